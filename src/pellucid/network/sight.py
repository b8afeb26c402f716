"""What the elements of a tensor see of a network's input: along each of its axes an interval that moves with them.

Position i_1, i_2, ... in a tensor sees, along an axis of the input, the elements from start + step_1 * i_1 + step_2 *
i_2 + ... on, `extent` of them. Everything that slides, strides, pads, crops, joins or splits axes keeps that form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, eq=False)
class Atom:
    """A piece of an axis: an axis is one of them, or the product of several after a reshaping."""

    size: int


Axes = tuple[tuple[Atom, ...], ...]


@dataclass(frozen=True)
class Interval:
    """What is seen along one axis of the input.

    Attributes:
        steps: how far the start moves [elements] when the element moves on by one along an atom; none is 0.
        start: first element that is seen from position 0; negative where padding is seen.
        extent: how many are seen.
        is_last: whether it is the last axis of the input, where the channels usually are: those that are summed up in
            groups are no window.
    """

    steps: Mapping[Atom, int]
    start: int = 0
    extent: int = 1
    is_last: bool = False


@dataclass(frozen=True)
class Sight:
    """What all elements of one tensor see.

    Attributes:
        axes: of the tensor, as atoms.
        seen: by axis of the input.
        whole: the axes of the input of which all is seen.
        slid: the axes of the input over which a window slid.
    """

    axes: Axes
    seen: Mapping[int, Interval]
    whole: frozenset[int] = frozenset()
    slid: frozenset[int] = frozenset()

    @property
    def is_blind(self) -> bool:
        """Whether the tensor does not depend on the input."""
        return not self.seen and not self.whole


def blind(shape: Sequence[int]) -> Sight:
    """A tensor that does not depend on the input."""
    return Sight(tuple((Atom(size),) for size in shape), {})


def of_input(shape: Sequence[int]) -> Sight:
    """The input itself: each element sees itself; the batch does not count."""
    axes = tuple((Atom(size),) for size in shape)
    last = len(shape) - 1
    return Sight(axes, {axis: Interval({axes[axis][0]: 1}, is_last=axis == last) for axis in range(1, len(shape))})


def without(sight: Sight, atoms: Iterable[Atom], *, summed: bool) -> Sight:
    """The sight when atoms go: summed up over, so that an element sees what any of them saw, or taken at position 0."""
    gone, seen, whole, slid = set(atoms), {}, set(sight.whole), set(sight.slid)
    for source, interval in sight.seen.items():
        left = {atom: step for atom, step in interval.steps.items() if atom not in gone}
        reaches = [step * (atom.size - 1) for atom, step in interval.steps.items() if atom in gone] if summed else []
        if len(left) < len(interval.steps) and not left:
            whole.add(source)
            continue
        if any(reaches) and not interval.is_last:
            slid.add(source)
        start = interval.start + sum(min(reach, 0) for reach in reaches)
        seen[source] = replace(interval, steps=left, start=start, extent=interval.extent + sum(map(abs, reaches)))
    return replace(sight, seen=seen, whole=frozenset(whole), slid=frozenset(slid))


def renamed(sight: Sight, names: Mapping[Atom, Mapping[Atom, int]]) -> Sight:
    """The sight with atoms replaced by others: a step along an atom becomes so many steps along each of those."""
    seen = {}
    for source, interval in sight.seen.items():
        steps: dict[Atom, int] = {}
        for atom, step in interval.steps.items():
            for new, factor in names.get(atom, {atom: 1}).items():
                steps[new] = steps.get(new, 0) + step * factor
        seen[source] = replace(interval, steps=steps)
    return replace(sight, seen=seen)


def depends(sight: Sight, atoms: Iterable[Atom]) -> bool:
    """Whether what is seen moves with any of these atoms."""
    return any(atom in interval.steps for interval in sight.seen.values() for atom in atoms)


def joined(axes: Axes, sights: Sequence[Sight]) -> Sight | None:
    """What is seen by who looks at one element of each; None where these move differently."""
    seen: dict[int, Interval] = {}
    for sight in sights:
        for source, interval in sight.seen.items():
            other = seen.setdefault(source, interval)
            if other.steps != interval.steps:
                return None
            start = min(other.start, interval.start)
            end = max(other.start + other.extent, interval.start + interval.extent)
            seen[source] = replace(interval, start=start, extent=end - start)
    whole = frozenset[int]().union(*(sight.whole for sight in sights))
    slid = frozenset[int]().union(*(sight.slid for sight in sights))
    return Sight(axes, {source: each for source, each in seen.items() if source not in whole}, whole, slid)


def moved(sight: Sight, axis: int, size: int, *, by: int = 0, stride: int = 1, reach: int = 0) -> Sight | None:
    """The sight along an axis of `size` elements of which element i looks at elements by + stride * i to that + reach.

    None where the axis is the product of several.
    """
    if not depends(sight, sight.axes[axis]):
        return replace(sight, axes=_with_axis(sight.axes, axis, (Atom(size),)))
    if len(sight.axes[axis]) != 1:
        return None
    (old,), new = sight.axes[axis], Atom(size)
    seen = {}
    for source, interval in sight.seen.items():
        step = interval.steps.get(old, 0)
        rest = {atom: other for atom, other in interval.steps.items() if atom is not old}
        steps = rest | ({new: step * stride} if step * stride else {})
        start = interval.start + step * by + min(step * reach, 0)
        seen[source] = replace(interval, steps=steps, start=start, extent=interval.extent + abs(step) * reach)
    return replace(sight, axes=_with_axis(sight.axes, axis, (new,)), seen=seen)


def slid_over(sight: Sight, axis: int) -> Sight:
    """The sight, known to be slid over along an axis of the tensor."""
    sources = [s for s, interval in sight.seen.items() if any(atom in interval.steps for atom in sight.axes[axis])]
    return replace(sight, slid=sight.slid | frozenset(sources))


def _with_axis(axes: Axes, axis: int, atoms: tuple[Atom, ...]) -> Axes:
    return (*axes[:axis], atoms, *axes[axis + 1 :])
