"""Sums of products in Einstein's notation, as operations of a graph: products of matrices, two operands at a time."""

from __future__ import annotations

import math
import re

from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import builder
from pellucid.graph.ops import numbered
from pellucid.graph.tensor import Tensor

Labels = list[str]
"""A letter for each axis; those that "..." stands for are called "0", "1", ..., the last of them "0"."""


def einsum(subscripts: str, *operands: Tensor) -> Tensor:
    """Sums of products, a letter for each axis; see `ops.einsum`."""
    terms, wanted = _read(subscripts, [operand.rank for operand in operands])
    _check_sizes(subscripts, terms, operands)
    rest = [_prepared(operand, term) for operand, term in zip(operands, terms, strict=True)]
    x, labels = rest.pop(0)
    while rest:
        y, others = rest.pop(0)
        needed = {*wanted, *(label for _, term in rest for label in term)}
        x, labels = _product(x, labels, y, others, needed)
    return _arranged(x, labels, wanted)


def _read(subscripts: str, ranks: list[int]) -> tuple[list[Labels], Labels]:
    """The labels of each operand and of the result."""
    if not isinstance(subscripts, str) or not re.fullmatch(r"[A-Za-z.,\s]*(->[A-Za-z.\s]*)?", subscripts):
        raise ArgumentError(f'subscripts are letters, as in "ij,jk->ik", got {shown(subscripts)}')
    left, arrow, right = "".join(subscripts.split()).partition("->")
    parts = left.split(",")
    if len(parts) != len(ranks):
        raise ArgumentError(f"{shown(subscripts)} names {len(parts)} operands, got {len(ranks)}")
    terms = [_labels(part, rank, subscripts) for part, rank in zip(parts, ranks, strict=True)]
    every = [label for term in terms for label in term]
    numbers = sorted({label for label in every if label.isdigit()}, key=int, reverse=True)
    if not arrow:
        once = sorted(label for label in set(every) if label.isalpha() and every.count(label) == 1)
        return terms, [*numbers, *once]
    wanted = _labels(right, len(right.replace("...", "")) + len(numbers), subscripts)
    if len(set(wanted)) != len(wanted) or not set(wanted) <= set(every):
        raise ArgumentError(f"the result of {shown(subscripts)} takes letters of the operands, each once")
    return terms, wanted


def _labels(part: str, rank: int, subscripts: str) -> Labels:
    before, dots, behind = part.partition("...")
    named = len(before) + len(behind)
    if "." in before + behind or named > rank or (named < rank and not dots):
        raise ArgumentError(f"{shown(part)} in {shown(subscripts)} does not name the axes of an operand with {rank}")
    return [*before, *(str(number) for number in reversed(range(rank - named))), *behind]


def _check_sizes(subscripts: str, terms: list[Labels], operands: tuple[Tensor, ...]) -> None:
    """Axes of one label have one size; that of 1 goes with any."""
    sizes: dict[str, int] = {}
    for term, operand in zip(terms, operands, strict=True):
        for label, size in zip(term, operand.shape, strict=True):
            known = sizes.setdefault(label, size)
            if 1 not in (known, size) and known != size:
                shapes = " and ".join(str(each.shape) for each in operands)
                raise ShapeError(f"{label!r} in {shown(subscripts)} has two sizes, {known} and {size}, in {shapes}")
            sizes[label] = max(known, size)


def _prepared(x: Tensor, labels: Labels) -> tuple[Tensor, Labels]:
    """An operand in which each label comes once: where one came twice, the diagonal."""
    labels = list(labels)
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            x, labels = _diagonal(x, labels, label)
    return x, labels


def _diagonal(x: Tensor, labels: Labels, label: str) -> tuple[Tensor, Labels]:
    first = labels.index(label)
    second = labels.index(label, first + 1)
    if x.shape[first] != x.shape[second]:
        raise ShapeError(f"the axes {label!r} of {x.shape} differ in size, so they have no diagonal")
    size, others = x.shape[first], [axis for axis in range(x.rank) if axis not in (first, second)]
    moved = builder.transpose(x, [*others, first, second])
    flat = builder.reshape(moved, (*moved.shape[:-2], size * size))
    return builder.gather(flat, numbered(size) * (size + 1), -1), [*(labels[axis] for axis in others), label]


def _product(x: Tensor, first: Labels, y: Tensor, second: Labels, needed: set[str]) -> tuple[Tensor, Labels]:
    """The product of two operands, summed over the labels that nobody needs any more."""
    x, first = _without_single(x, first, dict(zip(second, y.shape, strict=True)))
    y, second = _without_single(y, second, dict(zip(first, x.shape, strict=True)))
    x, first = _arranged_to(x, first, [label for label in first if label in needed or label in second])
    y, second = _arranged_to(y, second, [label for label in second if label in needed or label in first])
    both = [label for label in first if label in second and label in needed]
    inner = [label for label in first if label in second and label not in needed]
    rows = [label for label in first if label not in second]
    columns = [label for label in second if label not in first]
    x, y = _arranged(x, first, [*both, *rows, *inner]), _arranged(y, second, [*both, *inner, *columns])
    batch, height = x.shape[: len(both)], x.shape[len(both) : len(both) + len(rows)]
    width = y.shape[len(both) + len(inner) :]
    labels, shape = [*both, *rows, *columns], (*batch, *height, *width)
    if not inner:
        wide = builder.reshape(x, (*batch, *height, *(1 for _ in width)))
        return wide * builder.reshape(y, (*batch, *(1 for _ in height), *width)), labels
    depth = math.prod(x.shape[len(both) + len(rows) :])
    many = [math.prod(batch)] if batch else []
    left = builder.reshape(x, (*many, math.prod(height), depth))
    return builder.reshape(builder.matmul(left, builder.reshape(y, (*many, depth, math.prod(width)))), shape), labels


def _without_single(x: Tensor, labels: Labels, beside: dict[str, int]) -> tuple[Tensor, Labels]:
    """An operand without axes of size 1 that run along longer ones of the other."""
    stay = [axis for axis, label in enumerate(labels) if x.shape[axis] != 1 or beside.get(label, 1) == 1]
    return builder.reshape(x, tuple(x.shape[axis] for axis in stay)), [labels[axis] for axis in stay]


def _arranged_to(x: Tensor, labels: Labels, wanted: Labels) -> tuple[Tensor, Labels]:
    return _arranged(x, labels, wanted), wanted


def _arranged(x: Tensor, labels: Labels, wanted: Labels) -> Tensor:
    """The axes of these labels, in this order; over the others there is summed."""
    gone = [axis for axis, label in enumerate(labels) if label not in wanted]
    if gone:
        x, labels = builder.reduce_sum(x, gone), [label for label in labels if label in wanted]
    return builder.transpose(x, [labels.index(label) for label in wanted])
