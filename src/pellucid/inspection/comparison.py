"""Two models side by side: their filters matched one to one, under permutation, sign and shift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import fraction, several, whole
from pellucid.command_words import hint
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.inspection.alignment import cosine_under_shift, cosines, likenesses
from pellucid.inspection.answers import Answer, emit_answers, layers_of
from pellucid.inspection.assignment import assigned
from pellucid.inspection.comparison_records import ALIKE, Comparison, LayerMatch, Recurrence
from pellucid.inspection.filters import filters
from pellucid.inspection.given import model_of, path_of, unknown_layer
from pellucid.inspection.left_out import both_seen_with
from pellucid.inspection.lint_answers import batch_size_for
from pellucid.inspection.lint_weights import units_of
from pellucid.inspection.measured import answer_of, before_activation
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.passing import passed
from pellucid.inspection.records import FilterBank
from pellucid.inspection.running import Runner
from pellucid.layers import Layer
from pellucid.models import Model

__all__ = ["compare", "recurrence"]

MOST_CHANNELS = 512
"""Channels of what a layer is given, above which they are not matched to compare its weights."""
MOST_ROWS = 20_000
"""Places of all samples together whose answers are compared."""


@explained
def compare(
    a: Model,
    b: Model,
    data: Any = None,
    *,
    layers: Sequence[Any] | None = None,
    samples: int = 256,
    batch_size: int = 64,
    engine: str | Engine | None = None,
) -> Comparison:
    """Which filter of one model is which of another, and how alike they are.

    Trainings from two seeds find filters in another order, with other signs, and moved by a tap. So the filters of
    each layer are matched one to one, such that the sum of their likenesses is the largest that there is. The
    likeness is that of their answers to data before the activation: the correlation over all samples and places,
    whatever its sign, in the best shift of the maps by up to half a kernel. Beside it stands the cosine of their
    weights, the channels that they read permuted as the answers say. Without data the layers that read the input
    itself are compared, by their weights.

    Args:
        a: a built model.
        b: another one, for the same samples.
        data: samples (batch, ...), or what batches come from, as `predict` takes them; None in the place of optional
            inputs that both do without.
        layers: which layers: names that both have, or pairs (of a, of b). By default all with filters or units: those
            of the same names, or where there are others, one after the other.
        samples: how many samples are used, the first ones.
        batch_size: how many at a time.
        engine: who computes, the models' own by default.

    Returns:
        the record; `views.comparison_figure` and `views.comparison_text` draw it.

    Raises:
        ArgumentError: the layers do not pair up, or the models differ in their number of inputs.
        DataError: the data do not fit the models.

    Example:
        >>> from pellucid import Sequential, layers
        >>> def net():
        ...     return Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3, activation="relu", name="conv")])
        >>> a, b = net(), net()
        >>> b.layers[0].kernel[...] = -a.layers[0].kernel.numpy()[..., [2, 0, 1]]
        >>> found = compare(a, b, np.random.default_rng(0).normal(size=(20, 6, 6, 1)))
        >>> found.layers[0].match.tolist(), found.layers[0].sign.tolist(), found.layers[0].weights.round(4).tolist()
        ([1, 2, 0], [-1, -1, -1], [1.0, 1.0, 1.0])

    Source: Y. Li, J. Yosinski, J. Clune, H. Lipson, J. Hopcroft, "Convergent Learning", ICLR 2016 (matching by
        correlation); H. W. Kuhn 1955 (assignment).
    """
    a, b = (told_apart(model_of(model, "compare"), layers) for model in (a, b))
    for model in (a, b):
        model.require_built()
    whole("compare", "samples", samples, 2)
    whole("compare", "batch_size", batch_size, 1)
    if len(a.inputs) != len(b.inputs):
        raise ArgumentError(
            f"compare: {a.name} has {len(a.inputs)} inputs and {b.name} {len(b.inputs)}; models are compared that take "
            "the same samples"
        )
    a, b, data = both_seen_with(a, b, data)
    pairs = _pairs(a, b, layers)
    if data is None:
        return _by_weights(a, b, pairs)
    shown = _Shown(a, b, pairs, engine)
    for batch in passed(a, data, None, "compare", batch_size, samples):
        shown.add(batch.given)
    return shown.comparison()


def answers_compared(a: Model, b: Model, data: Any, samples: int) -> Comparison:
    """What both say of the first samples, whatever layers they have: a comparison of none. Raises as `compare`."""
    a, b, data = both_seen_with(told_apart(a), told_apart(b), data)
    shown = _Shown(a, b, [], None)
    for batch in passed(a, data, None, "compare", 64, samples):
        shown.add(batch.given)
    return shown.comparison()


@explained
def recurrence(
    models: Sequence[Model],
    data: Any,
    *,
    threshold: float = ALIKE,
    layers: Sequence[Any] | None = None,
    samples: int = 256,
    engine: str | Engine | None = None,
) -> Recurrence:
    """Which filters of the first model are found again in each of the others, such as trainings from other seeds.

    Args:
        models: two or more, for the same samples.
        data: samples (batch, ...); the same for all, so what can be gone through once will not do.
        threshold: from which likeness on a filter is said to recur.
        layers: see `compare`; so are samples and engine.
        samples: see there.
        engine: see there.

    Returns:
        the record; `views.recurrence_figure` and `views.recurrence_text` draw it.

    Raises:
        ArgumentError: there are fewer than two models, or they cannot be compared.

    Example:
        >>> from pellucid import Sequential, layers
        >>> nets = [Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv")]) for _ in range(3)]
        >>> nets[2].layers[0].kernel[...] = nets[1].layers[0].kernel[...] = nets[0].layers[0].kernel.numpy()[..., ::-1]
        >>> recurrence(nets, np.random.default_rng(0).normal(size=(20, 6, 6, 1))).recurring("conv")
        (0, 1)
    """
    given = several("recurrence", "models", models, "models")
    if len(given) < 2:
        raise ArgumentError(f"recurrence takes two models or more, got {len(given)}")
    if hasattr(type(data), "__next__"):
        raise ArgumentTypeError("recurrence goes through the data once for each model; pass an array or a data set")
    limit = fraction("recurrence", "threshold", threshold)
    found = [compare(given[0], other, data, layers=layers, samples=samples, engine=engine) for other in given[1:]]
    paths = tuple(each.a for each in found[0].layers)
    likeness = tuple(np.stack([each.layers[k].likeness for each in found]) for k in range(len(paths)))
    return Recurrence(given[0].name, len(found), paths, likeness, limit)


def _pairs(a: Model, b: Model, told: object) -> list[tuple[str, str]]:
    """The paths of the layers that are compared."""
    if told is not None:
        items = several("compare", "layers", told, "names, or of pairs of names")
        pairs = [item if isinstance(item, tuple | list) and len(item) == 2 else (item, item) for item in items]
        if not pairs:
            raise ArgumentError("compare: layers is an empty list: name those that are wanted, or leave it out for all")
        return [(path_of(a, one), path_of(b, _twin(a, one) if one is two else two)) for one, two in pairs]
    first, second = ([path for path, layer in layers_of(model) if units_of(path, layer)] for model in (a, b))
    if not first:
        raise ArgumentError(f"compare: {a.name} has no layer with filters or units")
    if set(first) <= set(second):
        return [(path, path) for path in first]
    if len(first) != len(second):
        say = hint("layers=[('conv1', 'stem'), ...]", {"--layer": "--layer conv1=stem"})
        raise ArgumentError(
            f"compare: the layers of {a.name} ({', '.join(first)}) and of {b.name} ({', '.join(second)}) do not pair "
            f"up; say which belong together: {say}"
        )
    return list(zip(first, second, strict=True))


def layer_at(model: Model, path: str) -> Layer:
    """The layer at a path; raises `ArgumentError` where there is none."""
    known = dict(layers_of(model))
    if path not in known:
        raise unknown_layer(model, path, list(known))
    return known[path]


def _twin(a: Model, one: object) -> object:
    """The layer of the other model that a name, or a layer of the first, means."""
    return path_of(a, one) if isinstance(one, Layer) else one


def _keep(kept: list[np.ndarray], answers: np.ndarray) -> None:
    """Keep the answers (samples, places..., channels) of so many samples that all places are not too many."""
    places = int(np.prod(answers.shape[1:-1]))
    room = max(2, MOST_ROWS // max(places, 1)) - sum(map(len, kept))
    if room > 0:
        kept.append(answers[:room].astype(np.float32))


_Shapes = tuple[tuple[int, ...], ...]
"""Of a batch, for each input of a model."""


@dataclass(eq=False)
class _Pair:
    """What two layers answered, and what they were given, so far."""

    paths: tuple[str, str]
    answers: tuple[list[np.ndarray], list[np.ndarray]]
    given: tuple[list[np.ndarray], list[np.ndarray]]
    reach: tuple[int, ...]
    is_first: bool


class _Shown:
    """Two models that answer the same samples."""

    def __init__(self, a: Model, b: Model, pairs: list[tuple[str, str]], engine: str | Engine | None) -> None:
        self._models, self._paths, self._engine = (a, b), pairs, engine
        self._runs: dict[tuple[int, _Shapes], Runner] = {}
        self._pairs: list[_Pair] = []
        self._outputs: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
        self._samples = 0

    def add(self, given: list[np.ndarray]) -> None:
        """Let both answer."""
        count = len(given[0])
        size = min(batch_size_for(model, given, count) for model in self._models)
        for start in range(0, count, size):
            part = [array[start : start + size] for array in given]
            shapes = tuple(array.shape for array in part)
            self._begin(shapes)
            self._samples += len(part[0])
            for side in (0, 1):
                found = self._run(side, shapes)(part)
                for number, pair in enumerate(self._pairs):
                    answer, source = self._last[side][number]
                    _keep(pair.answers[side], answer.channels_last(found[f"answer {number}"]))
                    if f"given {number}" in found:
                        _keep(pair.given[side], source.channels_last(found[f"given {number}"]))
                self._outputs[side].append(found["output"])

    def _begin(self, shapes: _Shapes) -> None:
        if self._pairs:
            return
        self._last: dict[int, list[tuple[Answer, Answer]]] = {}
        answers = emit_answers(self._models[0], [(1, *shape[1:]) for shape in shapes])
        for one, two in self._paths:
            layer = layer_at(self._models[0], one)
            answer = answer_of(answers, one, 0, self._models[0])
            kernel = getattr(layer, "kernel_size", ())
            rank = answer.tensor.rank - 2
            reach = tuple((size - 1) // 2 for size in kernel) if len(kernel) == rank else (0,) * max(rank, 0)
            self._pairs.append(_Pair((one, two), ([], []), ([], []), reach, False))

    def _run(self, side: int, shapes: _Shapes) -> Runner:
        if (side, shapes) not in self._runs:
            model = self._models[side]
            answers = emit_answers(model, shapes)
            sources = {id(each.tensor): each for each in answers.each}
            outputs, last = {"output": answers.outputs[0]}, []
            for number, pair in enumerate(self._pairs):
                answer = answer_of(answers, pair.paths[side], 0, model)
                given = sources.get(id(answer.given[0])) if len(answer.given) == 1 else None
                pair.is_first = given is not None and given.is_input
                outputs[f"answer {number}"] = before_activation(answer)
                if given is not None and not pair.is_first and given.channels <= MOST_CHANNELS:
                    outputs[f"given {number}"] = given.tensor
                last.append((answer, given or answer))
            answers.graph.outputs = outputs
            self._last[side] = last
            self._runs[side, shapes] = Runner(model, answers.graph, self._engine)
        return self._runs[side, shapes]

    def comparison(self) -> Comparison:
        """What was found."""
        notes: list[str] = []
        layers = tuple(self._matched(pair, notes) for pair in self._pairs)
        one, two = (np.concatenate(each).astype(np.float64) for each in self._outputs)
        same = difference = None
        if one.shape == two.shape:
            difference = float(np.abs(one - two).max())
            if one.shape[-1] > 1:
                says = ~(np.isnan(one) | np.isnan(two)).any(axis=-1)  # NaN says no class
                same = float(((one.argmax(axis=-1) == two.argmax(axis=-1)) & says).mean())
        return Comparison(*_names(*self._models), layers, self._samples, same, difference, tuple(notes))

    def _matched(self, pair: _Pair, notes: list[str]) -> LayerMatch:
        one, two = (np.concatenate(each) for each in pair.answers)
        if one.shape[:-1] != two.shape[:-1]:
            raise ArgumentError(
                f"compare: {pair.paths[0]} answers maps of {one.shape[1:-1]}, {pair.paths[1]} of {two.shape[1:-1]}; "
                "layers are compared that answer maps of one size"
            )
        every, shifts = likenesses(one, two, pair.reach)
        found = _match(pair.paths, "answers", every, shifts)
        banks = _banks(self._models, pair.paths)
        order = None if banks is None else self._order(pair, banks[0].in_channels)
        if banks is None or order is None:
            why = "what they are given" if banks is not None else "their weights"
            notes.append(f"{pair.paths[0]}: its weights were not compared, since {why} cannot be matched.")
            return found
        ordered = replace(banks[1], kernel=banks[1].kernel[..., order, :])
        weights = cosines(banks[0].kernel, ordered.kernel, found.match, found.sign)
        return replace(found, weights=weights, bank_a=banks[0], bank_b=ordered)

    @staticmethod
    def _order(pair: _Pair, channels: int) -> np.ndarray | slice | None:
        """For each channel that a filter of a's layer reads, that of b's; None where that cannot be told."""
        if pair.is_first or channels == 1:
            return slice(None)
        if not pair.given[0] or not pair.given[1]:
            return None
        one, two = (np.concatenate(each) for each in pair.given)
        if one.shape != two.shape or one.shape[-1] != channels:  # filters of groups read some channels each
            return None
        every, _ = likenesses(one, two, (0,) * (one.ndim - 2))
        return assigned(np.abs(every))


def _match(paths: tuple[str, str], by: str, every: np.ndarray, shifts: np.ndarray) -> LayerMatch:
    """The best one-to-one match by likenesses with signs."""
    match = assigned(np.abs(every))
    has, at = match >= 0, (np.arange(len(match)), np.maximum(match, 0))
    likeness = np.where(has, np.abs(every)[at], np.nan)
    sign = np.where(every[at] < 0, -1, 1)
    none = np.full(len(match), np.nan)
    return LayerMatch(*paths, by, match, likeness, sign, shifts[at], none, np.abs(every))


def _banks(models: tuple[Model, Model], paths: tuple[str, str]) -> tuple[FilterBank, FilterBank] | None:
    """The filters of both layers, where both are banks of one shape but for the number of filters."""
    banks = []
    for model, path in zip(models, paths, strict=True):
        layer = layer_at(model, path)
        try:
            banks.append(replace(filters(layer), layer=path))
        except ArgumentError:
            units = units_of(path, layer)
            if len(units) != 1 or units[0].kernel.ndim != 2:
                return None
            banks.append(FilterBank(path, units[0].kernel))
    one, two = banks
    return (one, two) if one.kernel.shape[:-1] == two.kernel.shape[:-1] and one.places == two.places == 1 else None


def _by_weights(a: Model, b: Model, pairs: list[tuple[str, str]]) -> Comparison:
    """What weights alone tell: of layers that read the input itself."""
    matches, notes = [], []
    for one, two in pairs:
        reads = _input_of(a, one)
        banks = _banks((a, b), (one, two)) if reads is not None and reads == _input_of(b, two) else None
        if banks is None:
            notes.append(f"{one}: its weights alone tell nothing, since nobody knows which channel it reads is which; "
                         "pass data.")  # fmt: skip
            continue
        kernels = [bank.kernel.astype(np.float64) for bank in banks]
        every = np.zeros((banks[0].filters, banks[1].filters))
        shifts = np.zeros((*every.shape, len(banks[0].spatial)), int)
        for i, j in np.ndindex(*every.shape):
            cosines = [cosine_under_shift(kernels[0][..., i], s * kernels[1][..., j]) for s in (1, -1)]
            best = int(cosines[1][0] > cosines[0][0])
            every[i, j], shifts[i, j] = cosines[best][0] * (1, -1)[best], cosines[best][1]
        found = _match((one, two), "weights", every, shifts)
        matches.append(replace(found, weights=found.likeness, bank_a=banks[0], bank_b=banks[1]))
    if not matches:
        raise ArgumentError("compare: no layer that reads the input itself can be compared by its weights; pass data")
    return Comparison(*_names(a, b), tuple(matches), 0, None, None, tuple(notes))


def _names(a: Model, b: Model) -> tuple[str, str]:
    """What two models are called, told apart where they are called the same."""
    return (a.name, b.name) if a.name != b.name else (f"{a.name} (first)", f"{b.name} (second)")


def _input_of(model: Model, path: str) -> int | None:
    """The number of the model's input that a layer reads itself; None where it reads what other layers answer."""
    shapes = [tuple(32 if size is None else size for size in tensor.shape[1:]) for tensor in model.inputs]
    answers = emit_answers(model, [(1, *shape) for shape in shapes])
    answer = answer_of(answers, path, 0, model)
    given = answer.given[0] if len(answer.given) == 1 else None
    return next((number for number, each in enumerate(answers.inputs) if each is given), None)
