"""Einsum: sums of products along letters, as the products of matrices that they are.

Source: the specification of Einsum, https://onnx.ai/onnx/operators/onnx__Einsum.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.conversion.onnx.held import Held
from pellucid.conversion.onnx.read_arithmetic import say_function
from pellucid.conversion.onnx.reader import Reader, Rule, Value, refusal
from pellucid.formats.onnx_file import OnnxNode, quoted
from pellucid.frozen import Frozen

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # what "..." stands for; an equation with such letters has no dots here
MOST_OPERANDS = 8


class Term(Frozen, eq=False):
    """An operand or a result so far: a tensor or a constant, and a letter for each axis."""

    value: Any
    letters: str

    @property
    def size(self) -> dict[str, int | None]:
        """Per letter how many elements."""
        return dict(zip(self.letters, self.value.shape, strict=True))

    @property
    def is_held(self) -> bool:
        """Whether it depends on the data."""
        return not isinstance(self.value, np.ndarray)


def einsum(reader: Reader, node: OnnxNode) -> None:
    """Einsum; two operands at a time, and what no later one has is summed as early as can be."""
    equation = str(node.attributes.get("equation", "")).replace(" ", "")
    values = [reader.value(node, number) for number in range(len(node.inputs))]
    terms, wanted = _terms(reader, node, equation, values)
    if not any(term.is_held for term in terms):
        raise refusal(node, "no operand comes from the data")
    batches = {term.letters[0] for term in terms if term.is_held}
    if len(batches) > 1 or wanted[:1] not in batches:
        raise refusal(node, f"{quoted(equation)} mixes what belongs to different samples, or moves the batch")
    sizes: dict[str, int | None] = {}
    for term in terms:
        for letter, size in term.size.items():
            if sizes.setdefault(letter, size) != size:
                raise refusal(node, f"{quoted(equation)} gives axes of {sizes[letter]} and {size} one letter")
    whole = terms[0]
    for number, term in enumerate(terms[1:], start=1):
        later = {*wanted, *(letter for other in terms[number + 1 :] for letter in other.letters)}
        whole = _product(node, whole, term, later)
    whole = _summed(whole, set(wanted))
    order = tuple(whole.letters.index(letter) for letter in wanted)
    reader.give(node, Held(whole.value, order))
    say_function(reader, node, ops.matmul if len(terms) > 1 else ops.sum)


def _terms(reader: Reader, node: OnnxNode, equation: str, values: Sequence[Value]) -> tuple[list[Term], str]:
    """The operands with a letter for each axis, and the letters of the result."""
    left, arrow, right = equation.partition("->")
    parts = left.split(",")
    if len(parts) != len(values) or len(parts) > MOST_OPERANDS or not set(equation.replace("->", "")) <= _ALLOWED:
        raise refusal(node, f"its equation {quoted(equation)} is not one of {len(values)} operands")
    ranks = [value.rank if isinstance(value, Held) else value.ndim for value in values]
    dots = {rank - len(part) + 3 for part, rank in zip(parts, ranks, strict=True) if "..." in part}
    if len(dots) > 1 or (dots and (set(equation) & set(LETTERS) or not 0 <= min(dots) < len(LETTERS))):
        raise refusal(node, f'in its equation {quoted(equation)} "..." stands for different axes')
    filling = LETTERS[: min(dots, default=0)]
    parts = [part.replace("...", filling, 1) for part in parts]
    once = [letter for letter in "".join(sorted({*"".join(parts)})) if "".join(parts).count(letter) == 1]
    wanted = right.replace("...", filling, 1) if arrow else filling + "".join(x for x in once if x not in filling)
    for part, rank in zip([*parts, wanted], [*ranks, len(wanted)], strict=True):
        if len(part) != rank or len({*part}) != rank or "." in part or not {*wanted} <= {*"".join(parts)}:
            raise refusal(node, f"its equation {quoted(equation)} names an axis twice, or not all of them")
    tensors = [reader.plain(node, each) if isinstance(each, Held) else each for each in values]
    return [Term(tensor, part) for tensor, part in zip(tensors, parts, strict=True)], wanted


_ALLOWED = {*LETTERS, *LETTERS.lower(), ",", "."}


def _summed(term: Term, kept: set[str]) -> Term:
    """The sum along all letters that nobody needs any more."""
    axes = tuple(axis for axis, letter in enumerate(term.letters) if letter not in kept)
    if not axes:
        return term
    summed = ops.sum(term.value, axis=axes) if term.is_held else term.value.sum(axis=axes)
    return Term(summed, "".join(letter for letter in term.letters if letter in kept))


def _product(node: OnnxNode, left: Term, right: Term, later: set[str]) -> Term:
    """The product of two terms, summed along what neither the result nor a later operand needs."""
    if not left.is_held and right.is_held:
        left, right = right, left
    left, right = _summed(left, later | {*right.letters}), _summed(right, later | {*left.letters})
    if not left.is_held:
        return Term(_of_constants(node, left, right, later), _letters(left, right, later))
    both = [letter for letter in left.letters if letter in right.letters]
    along = [letter for letter in both if letter not in later]
    shared = [letter for letter in both if letter in later]
    columns = [letter for letter in right.letters if letter not in both]
    sizes = {**left.size, **right.size}
    lead, *rows = [letter for letter in left.letters if letter not in both or letter == left.letters[0]]
    shared = [letter for letter in shared if letter != lead]
    # The batch leads; with a constant that has nothing but what is summed in common, no row has to be joined.
    parts = [[letter] for letter in [lead, *shared]]
    first = [*parts, *([[letter] for letter in rows] if not shared and not right.is_held else [rows]), along]
    second = [*(parts if right.is_held else parts[1:]), along, columns]
    product = ops.matmul(_joined(node, left, first, sizes), _joined(node, right, second, sizes))
    letters = [lead, *shared, *rows, *columns]
    return Term(_parted(node, product, letters, sizes), "".join(letters))


def _letters(left: Term, right: Term, later: set[str]) -> str:
    return "".join(letter for letter in dict.fromkeys(left.letters + right.letters) if letter in later)


def _of_constants(node: OnnxNode, left: Term, right: Term, later: set[str]) -> np.ndarray:
    letters = _letters(left, right, later)
    if math.prod(size or 1 for letter, size in {**left.size, **right.size}.items() if letter in letters) > MOST:
        raise refusal(node, "it computes a constant that is too large")
    return np.asarray(np.einsum(f"{left.letters},{right.letters}->{letters}", left.value, right.value), np.float32)


MOST = 2**22  # elements of a constant that is computed


def _joined(node: OnnxNode, term: Term, groups: Sequence[Sequence[str]], sizes: dict[str, int | None]) -> Any:
    """A term with its axes in another order, those of a group as one."""
    order = [term.letters.index(letter) for group in groups for letter in group]
    shape = [_size(group, sizes) for group in groups]
    if not term.is_held:
        return np.asarray(term.value, np.float32).transpose(order).reshape([n or 0 for n in shape])
    turned = term.value if order == sorted(order) else ops.transpose(term.value, order)
    return turned if all(len(group) == 1 for group in groups) else _reshaped(node, turned, shape)


def _size(letters: Sequence[str], sizes: dict[str, int | None]) -> int | None:
    """How many elements letters that are joined have; None where one is open."""
    found = [sizes[letter] for letter in letters]
    return None if None in found else math.prod(size or 0 for size in found)


def _parted(node: OnnxNode, product: Any, letters: Sequence[str], sizes: dict[str, int | None]) -> Any:
    """Each letter an axis of its own again."""
    shape = [sizes[letter] for letter in letters]
    return product if list(product.shape) == shape else _reshaped(node, product, shape)


def _reshaped(node: OnnxNode, tensor: Any, shape: Sequence[int | None]) -> Any:
    if shape.count(None) > 1:
        raise refusal(node, "it joins sizes that are open; fix the sizes of the input")
    return ops.reshape(tensor, [-1 if size is None else size for size in shape])


EINSUM: dict[str, Rule] = {"Einsum": einsum}
