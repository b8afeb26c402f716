"""What the elements of a tensor see of a network's input: along each of its axes an interval that moves with them.

Position i_1, i_2, ... in a tensor sees, along an axis of the input, the elements from start + step_1 * i_1 + step_2 *
i_2 + ... on, `extent` of them. Everything that slides, strides, pads, crops, joins or splits axes keeps that form.
"""

from __future__ import annotations

import math
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
        is_exact: whether what is seen is just these intervals. Otherwise, behind transposed convolutions and
            upsampling, elements see different numbers of others, none more than these; and the atoms of an axis may
            reach beyond its end.
    """

    axes: Axes
    seen: Mapping[int, Interval]
    whole: frozenset[int] = frozenset()
    slid: frozenset[int] = frozenset()
    is_exact: bool = True

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


def joined(axes: Axes, sights: Sequence[Sight]) -> Sight:
    """What is seen by who looks at one element of each; a bound of it where these move differently."""
    seen: dict[int, Interval] = {}
    is_exact = all(sight.is_exact for sight in sights)
    for sight in sights:
        for source, interval in sight.seen.items():
            other = seen.setdefault(source, interval)
            if other.steps != interval.steps:
                is_exact = False
                other, interval = _alike(other, interval), _alike(interval, other)
            start = min(other.start, interval.start)
            end = max(other.start + other.extent, interval.start + interval.extent)
            seen[source] = replace(interval, start=start, extent=end - start)
    whole = frozenset[int]().union(*(sight.whole for sight in sights))
    slid = frozenset[int]().union(*(sight.slid for sight in sights))
    return Sight(axes, {source: each for source, each in seen.items() if source not in whole}, whole, slid, is_exact)


def _alike(interval: Interval, other: Interval) -> Interval:
    """Wide enough that it does not move with atoms along which the other moves otherwise."""
    return widened(interval, [atom for atom, step in interval.steps.items() if other.steps.get(atom) != step])


def widened(interval: Interval, atoms: Iterable[Atom]) -> Interval:
    """As wide as what is seen from everywhere along these atoms."""
    gone = {atom: step for atom, step in interval.steps.items() if atom in set(atoms)}
    reaches = [step * (atom.size - 1) for atom, step in gone.items()]
    return replace(
        interval,
        steps={atom: step for atom, step in interval.steps.items() if atom not in gone},
        start=interval.start + sum(min(reach, 0) for reach in reaches),
        extent=interval.extent + sum(map(abs, reaches)),
    )


def spread(sight: Sight, axis: int, size: int, *, by: int, by_steps: int, reach: int) -> Sight | None:
    """The sight along an axis of `size` elements, so many of which (`by_steps`) move it by one element.

    Element i sees no elements but those from (by + i) // by_steps on, as many as `reach` further ones span: a bound.
    """
    if not depends(sight, sight.axes[axis]):
        return replace(sight, axes=_with_axis(sight.axes, axis, (Atom(size),)), is_exact=False)
    first, *others = sight.axes[axis]
    if others:  # of a bound along several atoms only the first goes on to move
        inner = math.prod(atom.size for atom in others)
        sight = replace(sight, seen={source: widened(each, others) for source, each in sight.seen.items()})
        by_steps *= inner
    outer, within = Atom(-(-size // by_steps)), Atom(by_steps)
    low, high = by // by_steps, (by_steps - 1 + by + reach) // by_steps
    seen = {}
    for source, interval in sight.seen.items():
        step = interval.steps.get(first, 0)
        rest = {atom: other for atom, other in interval.steps.items() if atom is not first}
        start = interval.start + min(step * low, step * high)
        extent = interval.extent + abs(step) * (high - low)
        seen[source] = replace(interval, steps=rest | ({outer: step} if step else {}), start=start, extent=extent)
    axes = _with_axis(sight.axes, axis, (outer, within) if by_steps > 1 else (outer,))
    return replace(sight, axes=axes, seen=seen, is_exact=False)


def moved(sight: Sight, axis: int, size: int, *, by: int = 0, stride: int = 1, reach: int = 0) -> Sight | None:
    """The sight along an axis of `size` elements of which element i looks at elements by + stride * i to that + reach.

    Along an axis that is the product of several a bound of it; None where the stride fits none of them.
    """
    if not depends(sight, sight.axes[axis]):
        return replace(sight, axes=_with_axis(sight.axes, axis, (Atom(size),)))
    if len(sight.axes[axis]) != 1:
        return _moved_along_several(sight, axis, size, by=by, stride=stride, reach=reach)
    (old,), new = sight.axes[axis], Atom(size)
    seen = {}
    for source, interval in sight.seen.items():
        step = interval.steps.get(old, 0)
        rest = {atom: other for atom, other in interval.steps.items() if atom is not old}
        steps = rest | ({new: step * stride} if step * stride else {})
        start = interval.start + step * by + min(step * reach, 0)
        seen[source] = replace(interval, steps=steps, start=start, extent=interval.extent + abs(step) * reach)
    return replace(sight, axes=_with_axis(sight.axes, axis, (new,)), seen=seen)


def _moved_along_several(sight: Sight, axis: int, size: int, *, by: int, stride: int, reach: int) -> Sight | None:
    """A bound of what `moved` tells: elements of the first atom are so many elements of the axis."""
    inner = math.prod(atom.size for atom in sight.axes[axis][1:])
    if stride % inner == 0:
        others = sight.axes[axis][1:]
        first = replace(
            sight,
            axes=_with_axis(sight.axes, axis, sight.axes[axis][:1]),
            seen={source: widened(each, others) for source, each in sight.seen.items()},
            is_exact=False,
        )
        further = (by + reach) // inner - by // inner
        return moved(first, axis, size, by=by // inner, stride=stride // inner, reach=further)
    if inner % stride:
        return None
    # Element i looks at by + stride * i and on; in steps of the stride that is by / stride and on, rounded outwards.
    low, high = by // stride, -(-(by + reach) // stride)
    if stride == 1:
        return spread(sight, axis, size, by=low, by_steps=1, reach=high - low)
    others = sight.axes[axis][1:]
    first = replace(
        sight,
        axes=_with_axis(sight.axes, axis, sight.axes[axis][:1]),
        seen={source: widened(each, others) for source, each in sight.seen.items()},
    )
    return spread(first, axis, size, by=low, by_steps=inner // stride, reach=high - low)


def slid_over(sight: Sight, axis: int) -> Sight:
    """The sight, known to be slid over along an axis of the tensor."""
    sources = [s for s, interval in sight.seen.items() if any(atom in interval.steps for atom in sight.axes[axis])]
    return replace(sight, slid=sight.slid | frozenset(sources))


def _with_axis(axes: Axes, axis: int, atoms: tuple[Atom, ...]) -> Axes:
    return (*axes[:axis], atoms, *axes[axis + 1 :])
