"""Axes split, moved and joined in one sentence, under Keras's name (keras.ops)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid import checks
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import builder
from pellucid.ops.places import whole

Groups = list[tuple[str, ...]]
"""Of each axis the names of those that it is made of, the slowest first."""


@anywhere("tensor")
def rearrange(tensor: Operand, pattern: str, **axes_lengths: int) -> Any:
    """Axes split, moved and joined: "b (h h1) (w w1) c -> b h w (c h1 w1)" makes channels of blocks of pixels.

    Args:
        tensor: of as many axes as there are words, or brackets, before the arrow.
        pattern: the same names on both sides of an arrow; names in brackets make one axis, the last of them moves
            fastest; "1" is an axis of size 1.
        axes_lengths: sizes of names that do not follow from the shape.

    Raises:
        ArgumentError: the pattern cannot be read, both sides have not the same names, or a size does not follow.
        ShapeError: the sizes do not fit the shape.

    Example:
        >>> rearrange([[1.0, 2.0, 3.0, 4.0]], "a (b c) -> a c b", b=2).tolist()
        [[[1.0, 3.0], [2.0, 4.0]]]

    Source: A. Rogozhnikov, "Einops: Clear and Reliable Tensor Manipulations with Einstein-like Notation", ICLR 2022.
    """
    before, after = _sides(pattern)
    if len(before) != tensor.rank:
        raise ShapeError(f"{shown(pattern)} is of {len(before)} axes before the arrow, got shape {tensor.shape}")
    sizes = _sizes(before, tensor.shape, pattern, axes_lengths)
    names = [name for group in before for name in group]
    parts = builder.reshape(tensor, tuple(sizes[name] for name in names))
    moved = builder.transpose(parts, [names.index(name) for group in after for name in group])
    return builder.reshape(moved, tuple(math.prod(sizes[name] for name in group) for group in after))


def _sides(pattern: Any) -> tuple[Groups, Groups]:
    """What stands before and behind the arrow."""
    halves = checks.object_of("pattern", pattern, str, "a sentence with an arrow").split("->")
    if len(halves) != 2:
        raise ArgumentError(f"pattern has one arrow, as in 'b h w c -> b c h w'; got {shown(pattern)}")
    before, after = (_groups(half, pattern) for half in halves)
    names = [sorted(name for group in side for name in group) for side in (before, after)]
    if names[0] != names[1] or len(set(names[0])) != len(names[0]):
        raise ArgumentError(f"pattern has each name once on both sides of the arrow, got {shown(pattern)}")
    return before, after


def _groups(half: str, pattern: str) -> Groups:
    words = re.findall(r"\([^()]*\)|[A-Za-z_]\w*|1|\S", half)
    found: Groups = []
    for word in words:
        inside = word[1:-1].split() if word.startswith("(") and word.endswith(")") else [word]
        names = tuple(name for name in inside if name != "1")
        if not all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in names):
            raise ArgumentError(f"pattern has names, brackets and 1; {shown(word)} in {shown(pattern)} is none of them")
        found.append(names)
    return found


def _sizes(before: Groups, shape: Sequence[int], pattern: str, given: Mapping[str, Any]) -> dict[str, int]:
    """The size of each name; one of an axis may follow from the others."""
    known = {name for group in before for name in group}
    if not given.keys() <= known:
        raise ArgumentError(f"{shown(pattern)} has no {', '.join(sorted(given.keys() - known))}")
    sizes = {name: whole(name, size, 1) for name, size in given.items()}
    for group, size in zip(before, shape, strict=True):
        open_names = [name for name in group if name not in sizes]
        rest = math.prod(sizes[name] for name in group if name in sizes)
        if len(open_names) > 1:
            raise ArgumentError(
                f"{shown(pattern)}: say how large {' or '.join(open_names)} is, as in {open_names[0]}=2"
            )
        if size % rest or (not open_names and size != rest):
            raise ShapeError(f"{shown(pattern)}: an axis of size {size} is not {' x '.join(group) or 1} with {sizes}")
        sizes |= dict.fromkeys(open_names, size // rest)
    return sizes
