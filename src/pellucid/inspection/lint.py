"""What is wrong with a model: filters and units that do nothing, do the same, or were never trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import several, whole
from pellucid.data.sources.source import Batch
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, DataError, unknown_name
from pellucid.inspection import lint_answers, lint_weights
from pellucid.inspection.answers import key_of, layers_of
from pellucid.inspection.findings import KINDS, OF_DATA, Finding, Lint
from pellucid.inspection.given import described, model_of
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.own_calls import told_apart
from pellucid.models import Model
from pellucid.training.door import prepare_inputs
from pellucid.training.given import Given, Pass, batch_maker, opened
from pellucid.variables import Variable

FEW = 10
"""Samples below which it is said that they are few."""


@explained
def lint(
    model: Model,
    data: Any = None,
    *,
    initial: Model | Sequence[Any] | None = None,
    samples: int = 1000,
    batch_size: int = 32,
    ignore: str | Sequence[str] = (),
    engine: str | Engine | None = None,
) -> Lint:
    """Look for faults in a model: in its weights, and in its answers to data.

    Weights that are NaN or infinite; dead units (the same answer everywhere), saturated ones, activations that explode
    or vanish from layer to layer; filters that are duplicates, that are all equal, that never moved, or, where they
    look at the input itself, have no pattern; and input channels that no filter reads. Nothing of the model changes.

    Args:
        model: a built one.
        data: samples (batch, ...), or what batches come from, as `predict` takes them; without them only weights are
            looked at.
        initial: what the weights were before the training: `model.get_weights()` of then, or a copy of the model made
            then. Without it "never moved" is told of those of which their provenance, or the initialiser, says it.
        samples: how many of the data are used at most: evenly spread over arrays, else the first.
        batch_size: how many at a time; fewer where the answers would not fit into memory.
        ignore: kinds that are not looked for, such as ("noise-like",).
        engine: who computes, the model's own by default.

    Returns:
        the findings, each with its numbers and a cure, and what could not be judged.

    Raises:
        ArgumentError: the model is not built, `initial` does not fit it, or a kind is unknown.
        DataError: the data do not fit the model.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu", name="edges")])
        >>> model.layers[0].kernel[..., 1] = model.layers[0].kernel[..., 0]
        >>> model.layers[0].bias[3] = -100.0
        >>> found = lint(model, np.random.default_rng(0).normal(size=(20, 8, 8, 1)))
        >>> [(each.kind, each.filter) for each in found.findings if each.kind in ("dead", "duplicate")]
        [('dead', 3), ('duplicate', 1)]
    """
    model_of(model, "lint").require_built()
    whole("lint", "samples", samples, 1)
    whole("lint", "batch_size", batch_size, 1)
    kinds = _wanted(ignore)
    before = _initial_values(model, initial)
    model, data = seen_with(told_apart(model), data)
    notes: list[str] = []
    found: list[Finding] = []
    used = given = 0
    if data is not None:
        chosen, given = _chosen(model, data, samples, batch_size, notes)
        used = len(chosen[0])
        found += _of_answers(model, chosen, kinds, (batch_size, engine), notes)
    elif any(kind in OF_DATA for kind in kinds):
        notes.append("There were no data: dead and saturated units and what explodes or vanishes were not looked for.")
        kinds = [kind for kind in kinds if kind not in OF_DATA]
    found += _of_weights(model, before, kinds, notes)
    ordered = sorted((each for each in found if each.kind in kinds), key=lambda each: KINDS.index(each.kind))
    return Lint(model.name, tuple(ordered), used, given, tuple(kinds), tuple(notes))


def _wanted(ignore: object) -> list[str]:
    words = [ignore] if isinstance(ignore, str) else several("lint", "ignore", ignore, "kinds of findings")
    for word in words:
        if not isinstance(word, str) or word not in KINDS:
            raise unknown_name("kind of finding", word if isinstance(word, str) else described(word), KINDS)
    return [kind for kind in KINDS if kind not in words]


def _initial_values(model: Model, initial: object) -> dict[Variable, np.ndarray]:
    """The first values by weight; none where nothing was given."""
    if initial is None:
        return {}
    if isinstance(initial, Model):
        initial.require_built()
        values: list[Any] = initial.get_weights()
    elif isinstance(initial, list | tuple):
        values = list(initial)
    else:
        raise ArgumentError(
            "lint: initial is what model.get_weights() gave before the training, or a copy of the model made then, got "
            f"{described(initial)}"
        )
    if len(values) != len(model.weights):
        raise ArgumentError(f"lint: {model.name} has {len(model.weights)} weights, initial has {len(values)}")
    return {weight: weight.check(value) for weight, value in zip(model.weights, values, strict=True)}


def _chosen(model: Model, data: Any, most: int, batch_size: int, notes: list[str]) -> tuple[list[np.ndarray], int]:
    """At most so many samples, an array for each input, and how many there were as far as that is known."""
    network = model.built_network()
    if Given(data).has_batches:
        return _first_batches(model, data, most, batch_size, notes)
    count = len(data) if isinstance(data, np.ndarray) and data.ndim else 0
    if count > most:  # of a file with more than memory holds no more is read
        data = data[_spread(count, most)]
    arrays = prepare_inputs(data, network, model.name)
    count = max(count, len(arrays[0]))
    if count > most:
        notes.append(f"{most} of {count} samples were used, evenly spread.")
    if len(arrays[0]) > most:
        arrays = [array[_spread(count, most)] for array in arrays]
    return arrays, count


def _spread(count: int, most: int) -> np.ndarray:
    """The numbers of so many of the samples, evenly spread over all."""
    return np.linspace(0, count - 1, most).round().astype(int)


def _first_batches(
    model: Model, data: Any, most: int, batch_size: int, notes: list[str]
) -> tuple[list[np.ndarray], int]:
    """The first samples of something that batches come from."""
    network = model.built_network()

    def check(given: Given) -> dict[str, np.ndarray]:
        return dict(zip(network.graph_names, prepare_inputs(given.x, network, model.name), strict=True))

    make = batch_maker(model.runtime, "predict", check)
    found: list[Batch] = []
    for batch in opened(data, make, Pass("predict", batch_size)).batches(0, seed=model.seed):
        found.append(batch)
        if sum(map(len, found)) >= most:
            notes.append(f"The first {most} samples were used.")
            break
    if not found:
        raise DataError(f"{model.name}: the data give no batch")
    if len({tuple(array.shape[1:] for array in batch.arrays.values()) for batch in found}) > 1:
        raise DataError(f"{model.name}: lint takes samples of one size; these batches have several")
    arrays = [np.concatenate([batch.arrays[name] for batch in found])[:most] for name in network.graph_names]
    return arrays, len(arrays[0])


def _of_answers(
    model: Model, arrays: list[np.ndarray], kinds: list[str], how: tuple[int, Any], notes: list[str]
) -> list[Finding]:
    """Faults of units and layers for these samples; kinds that cannot be judged are taken out of `kinds`."""
    if not any(kind in OF_DATA for kind in kinds):
        return []
    sums, answers = lint_answers.observed(model, arrays, *how)
    samples, ends = len(arrays[0]), {key_of(tensor) for tensor in answers.outputs}
    found: list[Finding] = list(lint_answers.exploding_or_vanishing(sums, ends))
    if samples < 2 or all((array == array[:1]).all() for array in arrays):
        what = "There is one sample" if samples < 2 else "All samples are equal"
        notes.append(f"{what}, so that units that are dead or saturated cannot be told.")
        kinds[:] = [kind for kind in kinds if kind not in ("dead", "saturated")]
        return found
    if samples < FEW:
        notes.append(f"{samples} samples are few: a unit that is silent for them may answer others.")
    return [
        *found, *lint_answers.silent_units(sums, samples), *lint_answers.saturated_units(sums, ends, samples)
    ]  # fmt: skip


def _of_weights(
    model: Model, before: Mapping[Variable, np.ndarray], kinds: Sequence[str], notes: list[str]
) -> list[Finding]:
    found: list[Finding] = []
    layers, foremost = layers_of(model), lint_answers.foremost(model)
    for path, layer in layers:
        found += lint_weights.not_finite(path, layer)
        for units in lint_weights.units_of(path, layer):
            if not np.isfinite(units.kernel).all():
                continue  # which is found by itself; there is nothing else that they say
            found += lint_weights.same_filters(units)
            found += lint_weights.unused_channels(units)
            found += lint_weights.noise_like(units) if path in foremost else ()
    if "never moved" in kinds:
        known, unknown = lint_weights.first_values(layers, before)
        for path, weight, first in known:
            found += lint_weights.unmoved(path, weight, first)
        if unknown:
            notes.append(f"Whether they moved is not known, since it is not known how they began: {_few(unknown)}.")
    return found


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} others" if len(listed) > 5 else "")
