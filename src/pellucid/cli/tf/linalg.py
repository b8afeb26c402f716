"""`tf.linalg`: products of arrays, and lengths."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import are_plain, eager, eagerly
from pellucid.cli.tf.nn import l2_normalize as l2_normalize
from pellucid.errors import ArgumentError

matmul = eagerly(ops.matmul, np.matmul)
tensordot = eagerly(ops.tensordot)


def norm(tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
    """The length of all, or along axes; sums of absolute values with `ord` 1, the largest with infinity."""
    if ord in ("euclidean", "fro", 2):
        return eager(ops.sqrt(ops.sum(ops.square(tensor), axis, keepdims)))
    if ord not in (1, np.inf):
        raise ArgumentError(f'tf.norm: ord is "euclidean", 1, 2 or infinity here, got {ord!r}')
    return eager((ops.sum if ord == 1 else ops.max)(ops.absolute(tensor), axis, keepdims))


def global_norm(t_list: Any, name: str | None = None) -> Any:
    """The length of several arrays as one."""
    squares = [ops.sum(ops.square(each)) for each in t_list if each is not None]
    return eager(ops.sqrt(ops.sum(ops.stack(squares))))


def matrix_transpose(a: Any, name: str | None = None) -> Any:
    """With the last two axes exchanged."""
    return eager(ops.swapaxes(a, -1, -2))


def einsum(equation: str, *inputs: Any, name: str | None = None) -> Any:
    """Sums of products along axes that go by letters, of one operand or two: "bijc,bijd->bcd".

    Raises:
        ArgumentError: there are more operands, or letters that cannot be read so.

    Example:
        >>> einsum("ij,jk->ik", np.ones((2, 3)), np.ones((3, 4))).tolist()[0]
        [3.0, 3.0, 3.0, 3.0]

    Source: tf.einsum.
    """
    if are_plain(*inputs):
        return eager(np.einsum(equation, *inputs, optimize=True))
    left, arrow, out = equation.replace(" ", "").partition("->")
    letters = left.split(",")
    if not arrow:
        out = "".join(sorted({each for each in "".join(letters) if left.count(each) == 1}))
    if len(letters) != len(inputs) or len(inputs) > 2 or not (left + out).replace(",", "").isalpha():
        raise ArgumentError(f"tf.einsum: one operand or two with a letter for each axis, got {equation!r}")
    if any(len(set(each)) < len(each) for each in (*letters, out)) or not set(out) <= set(left):
        raise ArgumentError(f"tf.einsum: each letter once in an operand, none in the result alone, got {equation!r}")
    return eager(_einsum(letters, out, [ops.convert_to_tensor(each) for each in inputs]))


def _einsum(letters: list[str], out: str, inputs: list[Any]) -> Any:
    """One product of matrices for each combination of what is in both operands and in the result."""
    alone = [_summed(own, set(out).union(*letters[:place], *letters[place + 1 :])) for place, own in enumerate(letters)]
    inputs = [ops.sum(each, axes) if axes else each for each, (axes, _) in zip(inputs, alone, strict=True)]
    letters = [kept for _, kept in alone]
    if len(inputs) == 1:
        return _ordered(inputs[0], letters[0], out)
    first, second = letters
    both = [each for each in first if each in second and each in out]
    inner = [each for each in first if each in second and each not in out]
    rows, columns = ([each for each in own if each not in other] for own, other in ((first, second), (second, first)))
    sizes = {
        letter: size for own, x in zip(letters, inputs, strict=True) for letter, size in zip(own, x.shape, strict=True)
    }
    product = ops.matmul(
        _as_matrices(inputs[0], first, (both, rows, inner), sizes),
        _as_matrices(inputs[1], second, (both, inner, columns), sizes),
    )
    order = [*both, *rows, *columns]
    return _ordered(ops.reshape(product, [sizes[each] for each in order]), "".join(order), out)


def _summed(own: str, wanted: set[str]) -> tuple[list[int], str]:
    """Axes that nobody else has, and the letters without them."""
    return [place for place, each in enumerate(own) if each not in wanted], "".join(e for e in own if e in wanted)


def _ordered(x: Any, letters: str, out: str) -> Any:
    return x if letters == out else ops.transpose(x, [letters.index(each) for each in out])


def _as_matrices(x: Any, letters: str, groups: tuple[list[str], ...], sizes: dict[str, int]) -> Any:
    turned = _ordered(x, letters, "".join("".join(group) for group in groups))
    return ops.reshape(turned, [math.prod(sizes[each] for each in group) for group in groups])
