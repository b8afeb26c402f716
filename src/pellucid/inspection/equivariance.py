"""Whether a model answers to a shifted image with shifted maps, layer by layer: f(Tx) against T f(x)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Node, ops
from pellucid.inspection.answers import Answer, emit_answers
from pellucid.inspection.given import described, is_whole, model_of, one_of
from pellucid.inspection.image_samples import OneSample
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.map_records import UseRecord
from pellucid.inspection.one_input import at_one_input
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.running import Runner
from pellucid.models import Model
from pellucid.network.sight import Sight, of_input
from pellucid.network.sight_rules import through

FILLS = {"wrap": "wrap", "zero": "constant", "nearest": "edge"}
"""What comes in where the image has moved away, as `numpy.pad` calls it."""
_NEAR = 8  # how far the right number of places may be from the proportion, where an axis is made of several


class ShiftedLayer(UseRecord, Frozen, eq=False):
    """How one layer's answer moves with the image.

    Errors are root mean squares over the places that are meant, as a share of that of the whole answer f(x).

    Args:
        layer: its name, "inner/conv" in a model inside.
        kind: its class.
        shift: how far its maps ought to move [places]; None where they have no places that move with the image.
        divides: whether that is exact: the strides so far divide the shift of the image.
        inside: error of f(Tx) against T f(x) where neither sees an edge; None where no place does, or none is known.
        edge: the same where one of them sees an edge of the image: padding, or what came in; None where none does.
        inner_share: how many of the places that can be compared are inside, from 0 to 1.
        invariance: error of f(Tx) against f(x) itself: 0 for what does not move at all.
        errors: of each place that can be compared (places...), root mean squares over the channels; NaN elsewhere.
        call: which use of the layer, counted from 0, where it is used several times; None where it is used once.

    Example:
        >>> moved = ShiftedLayer("pool", "MaxPooling2D", (1, 0), True, 0.0, 0.5, 0.75, 0.9, np.zeros((4, 4)))
        >>> moved.shift, moved.inside
        ((1, 0), 0.0)
    """

    layer: str
    kind: str
    shift: tuple[int, ...] | None
    divides: bool
    inside: float | None
    edge: float | None
    inner_share: float
    invariance: float
    errors: np.ndarray
    call: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "errors", snapshot(self.errors, f'errors of "{self.layer}"'))


class Equivariance(Record, Frozen):
    """How the answers of a model move with its image.

    Args:
        model: name of the model.
        shift: of the image along each of its axes [pixels]; positive to higher numbers.
        fill: what came in where the image had moved away: "wrap", "zero" or "nearest".
        layers: in the order of computation, the input first.
        input: of a model with several inputs, the one that moved, the others being held; else "".

    Example:
        >>> Equivariance("tiny", (1, 0), "wrap", ()).shift
        (1, 0)
    """

    model: str
    shift: tuple[int, ...]
    fill: str
    layers: tuple[ShiftedLayer, ...]
    input: str = ""


@explained
def equivariance(
    model: Model,
    x: OneSample,
    shift: int | Sequence[int] = 1,
    *,
    fill: str = "wrap",
    input: str | None = None,
    engine: str | Engine | None = None,
) -> Equivariance:
    """Compare what a model answers to a shifted sample with its shifted answer, layer by layer.

    A convolution answers to a shifted image with shifted maps, but for the edges. A stride keeps that for shifts which
    it divides; pooling gives it up for small ones, and changes the less in return; a mean over all places does not
    change at all. What each layer of this model does, for this image, is told in numbers.

    Args:
        model: a built model.
        x: one sample, (places..., channels) in the order of the model; or the path of an image file, or of a `.npy`
            file with one. Of a model with several inputs a list of arrays, or a dictionary by the names of the inputs.
        shift: how far it is moved along each axis of places [pixels], or one number for all of them.
        fill: what comes in on the other side: "wrap" what left on this one, "zero", or "nearest", the last row again.
        input: of a model with several inputs, the name of the one that is moved; by default the first. The others stay
            where they are.
        engine: who computes, the model's own by default; "reference" for float64.

    Returns:
        the errors inside and at the edges for every layer, those of models inside included.

    Raises:
        ArgumentError: the sample has no places, or the shift is none or as large as the image.
        DataError: the sample does not fit the model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> conv, pool = layers.Conv2D(2, 3, padding="same", name="conv"), layers.MaxPooling2D(2, name="pool")
        >>> model = Sequential([layers.Input((8, 8, 1)), conv, pool, layers.GlobalMaxPooling2D(name="all")])
        >>> x = np.random.default_rng(0).random((8, 8, 1))
        >>> moved = equivariance(model, x, (0, 2), engine="reference").layers
        >>> [(each.layer, each.shift, each.inside) for each in moved]
        [('input', (0, 2), 0.0), ('conv', (0, 2), 0.0), ('pool', (0, 1), 0.0), ('all', None, None)]
        >>> equivariance(model, x, (0, 1)).layers[2].divides
        False
    """
    model, x = seen_with(told_apart(model_of(model, "equivariance")), x)
    seen = at_one_input(model, x, input)
    model, image = seen.model, seen.sample
    answers = emit_answers(model, [image.shape])
    first = answers.each[0]
    places = [axis for axis in range(1, image.ndim) if axis != image.ndim - 1 - first.behind]
    by_axis = _shift_of(model.name, shift, [image.shape[axis] for axis in places])
    moves = dict(zip(places, by_axis, strict=True))
    moved = _moved(image, moves, one_of("fill", fill, list(FILLS)))
    answers.graph.outputs = {str(number): answer.tensor for number, answer in enumerate(answers.each)}
    run = Runner(model, answers.graph, engine)
    before, after = run([image]), run([moved])
    sights, layers = _sights(answers.graph), []
    for name, answer in zip(answers.graph.outputs, answers.each, strict=True):
        pair = before[name].astype(np.float64), after[name].astype(np.float64)
        layers.append(_compared(answer, pair, _axes(answer, sights[answer.tensor.node], moves, image.shape)))
    return Equivariance(model.name, by_axis, fill, tuple(layers), seen.input)


def _shift_of(name: str, shift: object, sizes: Sequence[int]) -> tuple[int, ...]:
    """One whole number per axis of places."""
    if not sizes:
        raise ArgumentError(f"{name} takes samples without places: there is nothing along which they could be shifted")
    given: list[Any] = [shift] * len(sizes) if is_whole(shift) else []
    if isinstance(shift, list | tuple) or (isinstance(shift, np.ndarray) and shift.ndim):
        given = list(shift)
    if not given or not all(map(is_whole, given)):
        raise ArgumentTypeError(f"shift is a whole number, or one for each axis of places, got {described(shift)}")
    if len(given) != len(sizes):
        raise ArgumentError(f"{name} has {len(sizes)} axes of places, got {len(given)} numbers as shift")
    found = tuple(int(each) for each in given)
    if not any(found):
        raise ArgumentError("shift is nothing: at least one of its numbers is to be other than 0")
    for each, size in zip(found, sizes, strict=True):
        if abs(each) >= size:
            places = f"{size} place{'' if size == 1 else 's'}"
            raise ArgumentError(f"shift must be smaller than the image, which has {places} there, got {shown(each)}")
    return found


def _moved(image: np.ndarray, moves: dict[int, int], fill: str) -> np.ndarray:
    """The image, shifted."""
    for axis, step in moves.items():
        before, after = max(step, 0), max(-step, 0)
        pads = [(before, after) if each == axis else (0, 0) for each in range(image.ndim)]
        wide = np.pad(image, pads, mode=FILLS[fill])  # type: ignore[call-overload]
        start, size = after, image.shape[axis]
        image = np.ascontiguousarray(wide.take(range(start, start + size), axis=axis))
    return image


def _sights(graph: Graph) -> dict[Node, Sight | None]:
    """What each tensor of a graph sees of the input."""
    found: dict[Node, Sight | None] = {}
    for node in graph.nodes:
        is_input = isinstance(node.op, ops.Input)
        seen = [found[tensor.node] for tensor in node.inputs]
        found[node] = of_input(node.op.output_shapes()[0]) if is_input else through(node, seen)
    return found


class _Axis(Frozen, eq=False):
    """One axis of places of an answer, seen from an axis of the image.

    Attributes:
        size: its length.
        step: how far the answer ought to move along it.
        divides: whether that is exact.
        inside: whether f(Tx) at a place, and whether f(x) there, sees nothing but the image as it was; None where that
            is not known.
    """

    size: int
    step: int
    divides: bool
    inside: tuple[np.ndarray, np.ndarray] | None


def _axes(answer: Answer, sight: Sight | None, moves: dict[int, int], shape: tuple[int, ...]) -> list[_Axis] | None:
    """The axes of places of an answer, in the order of `channels_last`; None where nothing moves with the image."""
    sizes = answer.tensor.shape
    own = [axis for axis in range(1, len(sizes)) if axis != len(sizes) - 1 - answer.behind]
    if not own:
        return None
    if sight is None:  # behind what is not understood: by the proportion of sizes, where there are as many axes
        return _by_proportion(sizes, own, moves, shape) if len(own) == len(moves) else None
    found, used = [], set()
    for axis in own:
        atoms = sight.axes[axis]
        sources = [s for s, each in sight.seen.items() if any(each.steps.get(atom) for atom in atoms) and s in moves]
        if len(sources) > 1:
            return None
        if not sources:
            found.append(_Axis(sizes[axis], 0, True, (np.ones(sizes[axis], bool),) * 2))
            continue
        (source,) = sources
        used.add(source)
        starts = sight.seen[source].start + np.zeros(sizes[axis], int)
        numbers = np.unravel_index(np.arange(sizes[axis]), [atom.size for atom in atoms])
        for atom, number in zip(atoms, numbers, strict=True):
            starts = starts + sight.seen[source].steps.get(atom, 0) * number
        sees_all = source in sight.whole
        found.append(_axis(starts, sight.seen[source].extent, moves[source], shape[source], sees_all=sees_all))
    return found if used or not any(moves.values()) else None


def _axis(starts: np.ndarray, extent: int, shift: int, size: int, *, sees_all: bool) -> _Axis:
    """An axis whose places see so many pixels of the image from `starts` on."""
    count, span = len(starts), int(starts[-1] - starts[0])
    about = round(shift * (count - 1) / span) if span else 0
    misses = {}  # the furthest that the place so many further is from seeing what this one saw
    for step in range(max(about - _NEAR, 1 - count), min(about + _NEAR, count - 1) + 1):
        first = starts[max(-step, 0) : count - max(step, 0)]
        second = starts[max(step, 0) : count - max(-step, 0)]
        misses[step] = int(np.abs(second - first - shift).max())
    step = min(misses, key=lambda each: (misses[each], abs(each))) if misses else 0
    if not shift:
        return _Axis(count, 0, True, (np.ones(count, bool),) * 2)  # edges along it are the same in both
    low, high = starts, starts + extent - 1
    after = (low >= max(shift, 0)) & (high < size + min(shift, 0))
    before = (low >= max(-shift, 0)) & (high < size - max(shift, 0))
    if sees_all:
        after, before = np.zeros((2, count), bool)
    return _Axis(count, step, misses.get(step, 1) == 0, (after, before))


def _by_proportion(
    sizes: Sequence[int], own: Sequence[int], moves: dict[int, int], shape: tuple[int, ...]
) -> list[_Axis]:
    """Axes that are longer or shorter than the image's by a factor, as behind transposed convolutions."""
    found = []
    for axis, (source, shift) in zip(own, moves.items(), strict=True):
        exact = shift * sizes[axis] / shape[source]
        found.append(_Axis(sizes[axis], round(exact), exact == round(exact), None))
    return found


@np.errstate(invalid="ignore")  # of what is infinite
def _compared(answer: Answer, pair: tuple[np.ndarray, np.ndarray], axes: list[_Axis] | None) -> ShiftedLayer:
    """The errors of one layer."""
    before, after = (answer.channels_last(array)[0] for array in pair)
    size, named = _rms(before), (answer.path, answer.kind)
    invariance = _share(_rms(after - before), size)
    if axes is None:
        nothing = np.full(before.shape[:-1], np.nan)
        return ShiftedLayer(*named, None, True, None, None, 0.0, invariance, nothing, answer.call)
    shift, divides = tuple(axis.step for axis in axes), all(axis.divides for axis in axes)
    here = tuple(slice(max(axis.step, 0), axis.size + min(axis.step, 0)) for axis in axes)
    there = tuple(slice(max(-axis.step, 0), axis.size - max(axis.step, 0)) for axis in axes)
    squares = np.square(after[here] - before[there]).mean(axis=-1)
    inner = np.ones(squares.shape, bool)
    for number, axis in enumerate(axes):
        line = np.zeros(squares.shape[number], bool)
        if axis.inside is not None:
            line = axis.inside[0][here[number]] & axis.inside[1][there[number]]
        inner &= line.reshape([-1 if each == number else 1 for each in range(len(axes))])
    inside, edge = (
        _share(float(np.sqrt(squares[which].mean())), size) if which.any() else None for which in (inner, ~inner)
    )
    errors = np.full(after.shape[:-1], np.nan)
    errors[here] = np.sqrt(squares)
    share = float(inner.mean()) if inner.size else 0.0
    return ShiftedLayer(*named, shift, divides, inside, edge, share, invariance, errors, answer.call)


def _rms(array: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(array))))


def _share(error: float, size: float) -> float:
    return error / size if size else float(np.inf if error else 0.0)
