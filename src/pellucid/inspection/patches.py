"""The real patches of data that excite each filter most, found in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import whole
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.frozen import Frozen
from pellucid.inspection.answers import emit_answers
from pellucid.inspection.given import model_of, number_of, one_of, path_of
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.lint_answers import batch_size_for
from pellucid.inspection.map_records import SPATIAL_AXES
from pellucid.inspection.measured import OUTPUT, SUM, answer_of, before_activation, channel_axis
from pellucid.inspection.one_input import chosen_input, held
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.passing import class_numbers, passed
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.running import Runner
from pellucid.inspection.seen import input_paths
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.network.reach import reached
from pellucid.network.receptive_fields import seen_from, sights_of

__all__ = ["TopPatches", "top_patches"]

SILENT = 1e-6
"""Range of a unit's answers, as a share of the largest answer of its layer, up to which it is said to be dead."""


class TopPatches(Record, Frozen, eq=False):
    """For each unit of a layer the parts of the data that excite it most, the strongest first; one of each sample.

    Args:
        layer: the path of the layer.
        kind: its class.
        units: the numbers of the units (units,).
        values: what they answer (units, count), falling; NaN where there were fewer samples.
        samples: the number of the sample, in the order of the data (units, count); -1 for none.
        positions: where in its map (units, count, axes of the map).
        boxes: first and last place of the input that the unit sees there, along each spatial axis (units, count,
            spatial axes, 2), padding included.
        patches: what it sees there (units, count, spatial..., channels), NaN where that is padding.
        lowest: the smallest answer of each unit to any place of any sample (units,).
        highest: the largest (units,).
        largest: the largest magnitude of any answer of the layer.
        seen: how many samples there were.
        stage: "output", or "before activation".
        labels: the samples' classes (units, count), as far as they came along; else None.
        input: of a model with several inputs, the one that the patches are cut from; else "".

    Raises:
        ShapeError: the arrays do not fit together.

    Example:
        >>> values, numbers = np.array([[2.0, 1.0], [0.0, 0.0]]), np.zeros((2, 2), int)
        >>> box, patches, low = np.zeros((2, 2, 1, 2), int), np.ones((2, 2, 1, 3)), np.zeros(2)
        >>> top = TopPatches("conv", "Conv1D", np.arange(2), values, numbers, numbers[..., None], box, patches, low,
        ...                  values[:, 0], 2.0, 5, "output")
        >>> top.dead, top.axes, top.said(1)
        ((1,), ('unit', 'rank', 'steps', 'channel'), 'dead: it answers 0 to every place of 5 samples')
    """

    layer: str
    kind: str
    units: np.ndarray
    values: np.ndarray
    samples: np.ndarray
    positions: np.ndarray
    boxes: np.ndarray
    patches: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    largest: float
    seen: int
    stage: str
    labels: np.ndarray | None = None
    input: str = ""

    def __post_init__(self) -> None:
        names = ("units", "values", "samples", "positions", "boxes", "patches", "lowest", "highest", "labels")
        for name in names:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of top patches"))
        shape = self.values.shape
        fits = all(each.shape[:2] == shape for each in (self.samples, self.positions, self.boxes, self.patches))
        if len(shape) != 2 or not fits or self.units.shape != shape[:1] or self.highest.shape != shape[:1]:
            raise ShapeError(f'top patches of "{self.layer}": expected (units, count, ...) of {shape} in each array')

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the patches stands for."""
        return ("unit", "rank", *SPATIAL_AXES[self.patches.ndim - 3], "channel")

    @property
    def dead(self) -> tuple[int, ...]:
        """The units that gave the same answer to every place of every sample."""
        silent = self.highest - self.lowest <= SILENT * self.largest
        return tuple(int(number) for number in self.units[silent])

    def said(self, unit: int) -> str:
        """That a unit is dead, with its one answer; "" for one that is not."""
        if unit not in self.dead:
            return ""
        (at,) = np.flatnonzero(self.units == unit)
        return f"dead: it answers {self.highest[at]:.4g} to every place of {self.seen} samples"


@explained
def top_patches(
    model: Model,
    data: Any,
    layer: str | Layer,
    units: int | Sequence[int] | None = None,
    *,
    y: Any = None,
    count: int = 9,
    samples: int | None = None,
    stage: str = OUTPUT,
    batch_size: int = 128,
    call: int = 0,
    input: str | None = None,
    engine: str | Engine | None = None,
) -> TopPatches:
    """The real parts of data that excite each filter of a layer most: what it looks for, in terms of the input.

    One pass over the data; of each sample the strongest place counts, so that the patches are of different samples.

    Args:
        model: a built model.
        data: samples (batch, ...), (x, y), or what batches come from, as `fit` takes them.
        layer: whose filters or units; "inner/conv2d" in a model inside.
        units: their numbers; all by default.
        y: the samples' classes, which are told beside the patches; batches bring their own.
        count: how many patches of each.
        samples: how many samples are looked at, the first ones; all by default.
        stage: "output", or "before activation".
        batch_size: how many samples at a time, where the answers fit into memory.
        call: which use of the layer, where it is used several times.
        input: of a model with several inputs, the name of the one that the patches are cut from; by default the first
            that leads to the layer.
        engine: who computes, the model's own by default.

    Returns:
        the record; `views.top_patches_figure` and `views.top_patches_text` draw it. Units that never answer anything
        else are said to be dead.

    Raises:
        ArgumentError: the layer, a unit or the input does not exist.
        DataError: the data do not fit the model, or give no sample.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(1, 2, name="sum")])
        >>> model.layers[0].kernel[...] = 1.0
        >>> x = np.zeros((3, 4, 4, 1)); x[1, 2:, 2:] = 5
        >>> top = top_patches(model, x, "sum", count=1)
        >>> top.values.tolist(), top.samples.tolist(), top.positions.tolist(), top.patches[0, 0, :, :, 0].tolist()
        ([[20.0]], [[1]], [[[2, 2]]], [[5.0, 5.0], [5.0, 5.0]])

    Source: M. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.
    """
    model, data = seen_with(told_apart(model_of(model, "top_patches"), layer), data)
    path = path_of(model, layer)
    model.require_built()
    one_of("stage of top_patches", stage, (OUTPUT, SUM))
    whole("top_patches", "count", count, 1, 1000)
    size = whole("top_patches", "batch_size", batch_size, 1)
    most = None if samples is None else whole("top_patches", "samples", samples, 1)
    use = number_of("call", call, "top_patches")
    search = _Search(model, path, stage, use, chosen_input(model, input, path, use), engine, count, units)
    for batch in passed(model, data, y, "top_patches", size, most):
        search.add(batch.given, batch.y, batch.first)
    return search.record()


class _Search:
    """The best so far, while batches go by."""

    def __init__(
        self,
        model: Model,
        path: str,
        stage: str,
        call: int,
        input: int,
        engine: str | Engine | None,
        count: int,
        units: Any,
    ) -> None:
        self._model, self._path, self._stage, self._call = model, path, stage, call
        self._engine, self._count, self._told, self._input = engine, count, units, input
        self._runs: dict[tuple[tuple[int, ...], ...], Runner] = {}
        self._boxes: dict[int, np.ndarray] = {}
        self._seen, self._most = 0, 0
        self._largest = 0.0

    def add(self, given: list[np.ndarray], y: np.ndarray | None, first: int) -> None:
        """Look at a batch."""
        if not self._most:
            self._begin(given)
        for start in range(0, len(given[0]), self._most):
            part = [array[start : start + self._most] for array in given]
            maps = self._answers(part)
            self._take(part[self._input], None if y is None else y[start : start + self._most], maps, first + start)

    def _begin(self, given: list[np.ndarray]) -> None:
        self._most = batch_size_for(self._model, given, 1024)
        seen = self._model if len(given) == 1 else held(self._model, [x[:1] for x in given], self._input)
        answers = emit_answers(seen, [(1, *given[self._input].shape[1:])])
        answer = answer_of(answers, self._path, self._call, self._model)
        self._alone, self._sights = (answers, answer), sights_of(answers.graph)
        self.kind, self._channels = answer.kind, answer.channels
        self._behind = answers.each[0].behind
        self.units = _units(self._told, answer.channels, self._path)
        shape = len(self.units), self._count
        self.values = np.full(shape, -np.inf)
        self.samples = np.full(shape, -1)
        self.labels: np.ndarray | None = None
        self.places = np.zeros(shape, int)
        self.patches: list[list[np.ndarray | None]] = [[None] * self._count for _ in self.units]
        self.lowest, self.highest = np.full(len(self.units), np.inf), np.full(len(self.units), -np.inf)
        self._map_shape: tuple[int, ...] = answer.channels_last(np.zeros(answer.tensor.shape, np.int8)).shape[1:-1]

    def _answers(self, given: list[np.ndarray]) -> np.ndarray:
        """What the layer answers (samples, places..., channels)."""
        shapes = tuple(x.shape for x in given)
        if shapes not in self._runs:
            answers = emit_answers(self._model, shapes)
            answer = answer_of(answers, self._path, self._call, self._model)
            tensor = before_activation(answer) if self._stage == SUM else answer.tensor
            answers.graph.outputs = {"maps": tensor}
            self._runs[shapes] = Runner(self._model, answers.graph, self._engine)
            self._last = answer
        return self._last.channels_last(self._runs[shapes](given)["maps"])

    def _take(self, x: np.ndarray, y: np.ndarray | None, maps: np.ndarray, first: int) -> None:
        if maps.shape[1:-1] != self._map_shape:
            raise ArgumentError(f"top_patches takes samples of one size; {self._path} gave maps of {self._map_shape}, "
                                f"then of {maps.shape[1:-1]}")  # fmt: skip
        flat = maps.reshape(len(maps), -1, maps.shape[-1])
        low, strongest = flat.min(axis=1), flat.max(axis=1)  # (samples, channels)
        self._seen += len(x)
        self._largest = max(self._largest, float(max(-low.min(), strongest.max())))
        self.lowest = np.minimum(self.lowest, low.min(axis=0)[self.units])
        self.highest = np.maximum(self.highest, strongest.max(axis=0)[self.units])
        y = None if y is None else class_numbers(y)
        if y is not None and self.labels is None:
            self.labels = np.full(self.samples.shape, -1, np.int64 if y.dtype.kind in "biu" else np.float64)
        for number, unit in enumerate(self.units):
            better = np.flatnonzero(strongest[:, unit] > self.values[number, -1])
            better = better[np.argsort(-strongest[better, unit], kind="stable")[: self._count]]
            if len(better):
                at = flat[better, :, unit].argmax(axis=1)
                labels = None if y is None else y[better]
                self._merge(number, x[better], labels, strongest[better, unit], at, first + better)

    def _merge(
        self, number: int, x: np.ndarray, y: np.ndarray | None, found: np.ndarray, at: np.ndarray, names: np.ndarray
    ) -> None:
        """The best of what was and of what is new, for one unit."""
        values = np.concatenate([self.values[number], found])
        order = np.argsort(-values, kind="stable")[: self._count]
        mine = self.patches[number]
        old = self._count
        self.patches[number] = [mine[k] if k < old else self._seen_of(x[k - old], int(at[k - old])) for k in order]
        self.samples[number] = np.concatenate([self.samples[number], names])[order]
        self.places[number] = np.concatenate([self.places[number], at])[order]
        if self.labels is not None and y is not None:
            self.labels[number] = np.concatenate([self.labels[number], y])[order]
        self.values[number] = values[order]

    def _seen_of(self, sample: np.ndarray, place: int) -> np.ndarray:
        """What of a sample a unit sees at a place (spatial..., channels), NaN where that is padding."""
        last = sample[:, np.newaxis] if sample.ndim == 1 else np.moveaxis(sample, -1 - self._behind, -1)
        box = self._box(place)
        found = np.full((*(box[:, 1] - box[:, 0] + 1), last.shape[-1]), np.nan, np.float32)
        take, put = [], []
        for (first, end), size in zip(box.tolist(), last.shape, strict=False):
            start, stop = max(first, 0), min(end + 1, size)
            take.append(slice(start, stop))
            put.append(slice(start - first, stop - first))
        found[tuple(put)] = last[tuple(take)]
        return found

    def record(self) -> TopPatches:
        """What was found."""
        positions = np.array(np.unravel_index(self.places, self._map_shape or (1,))).transpose(1, 2, 0)
        positions = positions if self._map_shape else positions[..., :0]
        known = [patch for row in self.patches for patch in row if patch is not None]
        if not known:
            raise ArgumentError(f"top_patches: all that {self._path} answers is NaN, so nothing excites it more than "
                                "another; look for the weights that are no numbers")  # fmt: skip
        widest = np.max([patch.shape for patch in known], axis=0)
        cut = np.full((*self.values.shape, *widest), np.nan, np.float32)
        boxes = np.zeros((*self.values.shape, len(widest) - 1, 2), int)
        for index in np.ndindex(*self.values.shape):
            patch = self.patches[index[0]][index[1]]
            if patch is not None:
                boxes[index] = self._box(int(self.places[index]))
                cut[(*index, *map(slice, patch.shape))] = patch
        return TopPatches(
            self._path, self.kind, np.array(self.units), np.where(self.samples >= 0, self.values, np.nan),
            self.samples, positions, boxes, cut, self.lowest, self.highest, self._largest, self._seen, self._stage,
            self.labels, input_paths(self._model)[self._input] if len(self._model.inputs) > 1 else "",
        )  # fmt: skip

    def _box(self, place: int) -> np.ndarray:
        """First and last place that a unit sees, along each spatial axis of the input, from a place in its map."""
        if place not in self._boxes:
            position = [int(each) for each in np.unravel_index(place, self._map_shape or (1,))]
            self._boxes[place] = self._seen_at(position if self._map_shape else [])
        return self._boxes[place]

    def _seen_at(self, position: list[int]) -> np.ndarray:
        answers, answer = self._alone
        source, tensor = answers.inputs[0], answer.tensor
        axis = channel_axis(answer)
        index = [0, *position]
        index[axis:axis] = [0] if axis else []
        spans = seen_from(answers.graph, tensor, index, self._sights)
        channels = source.rank - 1 - self._behind
        axes = [number for number in range(1, source.rank) if number != channels] or [1]
        if any(number not in spans for number in axes):
            mask = reached(answers.graph.nodes, tensor, tuple(index)).get(source.node)
            places = [(0,)] * source.rank if mask is None else np.nonzero(mask)
            spans = {n: (int(np.min(places[n])), int(np.max(places[n]))) for n in axes} | spans
        return np.array([spans[number] for number in axes])


def _units(told: Any, channels: int, path: str) -> list[int]:
    if told is None:
        return list(range(channels))
    several = [told] if isinstance(told, int | np.integer) else list(told) if isinstance(told, Sequence) else [told]
    numbers = [number_of("unit", each, path) for each in several]
    for number in numbers:
        if not 0 <= number < channels:
            raise ArgumentError(f"{path} has units 0 to {channels - 1}, there is no unit {shown(number)}")
    if not numbers:
        raise ArgumentError("units is an empty list: name those that are wanted, or leave it out for all")
    return numbers
