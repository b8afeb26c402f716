"""What would come out if some weights or pixels were different: everything before and after, and nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import several
from pellucid.engines import Engine, HostState, State
from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import Graph
from pellucid.inspection.answers import Answers, emit_answers
from pellucid.inspection.changes import Changes
from pellucid.inspection.given import model_of, words_of
from pellucid.inspection.image_samples import batch_of_one, inputs_of
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.running import Runner
from pellucid.models import Model
from pellucid.training import stages
from pellucid.training.samples import prepare_samples
from pellucid.training.stepper import LocalStepper
from pellucid.variables import Variable

LOSS = "loss"


class WhatIf(Record, Frozen, eq=False):
    """One sample through a model as it is, and as it would be.

    Args:
        model: name of the model.
        changes: what was changed, in sentences.
        before: the input and the answer of every layer, as they are; layers of models inside included.
        after: the same as they would be.
        outputs_before: what the model gives, an array for each output.
        outputs_after: the same as it would be.
        loss_before: with the penalties of weights; None where no targets were given.
        loss_after: the same as it would be.

    Raises:
        ShapeError: there are not as many records after as before, or other ones.

    Example:
        >>> before, after = (FeatureMaps("dense", "Dense", np.array(values)) for values in ([0.5, 1.0], [0.25, 1.0]))
        >>> WhatIf("tiny", ("dense/bias",), (before,), (after,), (before.maps,), (after.maps,)).distances
        [('dense', 0.25)]
    """

    model: str
    changes: tuple[str, ...]
    before: tuple[FeatureMaps, ...]
    after: tuple[FeatureMaps, ...]
    outputs_before: tuple[np.ndarray, ...]
    outputs_after: tuple[np.ndarray, ...]
    loss_before: float | None = None
    loss_after: float | None = None

    def __post_init__(self) -> None:
        first, second = ([(each.layer, each.maps.shape) for each in records] for records in (self.before, self.after))
        if first != second:
            raise ShapeError(f"{self.model}: before and after are to have the same layers, got {first} and {second}")
        for name in ("outputs_before", "outputs_after"):
            arrays = tuple(snapshot(array, f"{name} of {self.model}") for array in getattr(self, name))
            object.__setattr__(self, name, arrays)

    @property
    def difference(self) -> tuple[FeatureMaps, ...]:
        """What the change adds to each number of each layer; nothing where a number stays, infinity too."""
        pairs = zip(self.before, self.after, strict=True)
        return tuple(FeatureMaps(a.layer, a.kind, _added(a.maps, b.maps), call=a.call) for a, b in pairs)

    @property
    def distances(self) -> list[tuple[str, float]]:
        """Each layer with the largest difference of one of its numbers, in the order of computation."""
        return [(each.layer, float(np.abs(each.maps).max())) for each in self.difference]


@np.errstate(invalid="ignore")  # of what is infinite
def _added(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return np.where(before == after, 0.0, after.astype(np.float64) - before)


@explained
def what_if(
    model: Model,
    x: Any,
    changes: Mapping[Any, Any],
    y: Any = None,
    *,
    layers: Sequence[str] = (),
    engine: str | Engine | None = None,
) -> WhatIf:
    """Compute a sample as the model is and as it would be with other weights or pixels; nothing of it is kept.

    The changed weights stand in memory of their own beside the model's, so that these, their versions and what an
    optimiser remembers stay as they are, to the bit.

    Args:
        model: a built one.
        x: one sample, without a batch axis; where the model has several inputs a list of them, or by name;
            or the path of an image file, or of a `.npy` file with one.
        changes: by layer (its name, "inner/conv" in a model inside, or the layer itself), or "input" for the sample
            (the name of the input, where there are several). What a layer is given is for its kernel, or a dictionary:
            by number of the filter (what `layer.filter(k).set` takes: an array, the name of a kernel, a formula; or a
            number for all of it), by name of the weight, or by position (a tuple). What a weight or the input is given
            is a number for all of it, an array of its shape, a function of the array, or numbers by position; pixels by
            (row, column) for all channels or (row, column, channel).
        y: the target of the sample: then the loss is computed too; the model must be compiled.
        layers: paths of layers within blocks of your own ("block/conv") that are to be told too. A block of which a
            layer is changed is told layer by layer anyway, others as one layer.
        engine: who computes, the model's own by default; "reference" for float64.

    Returns:
        the feature maps, outputs and loss before and after.

    Raises:
        ArgumentError: a layer, weight, filter or position is not there; targets are given and there is no loss.
        ShapeError: values do not fit.
        DataError: the sample or the target does not fit the model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(2, 3, name="conv"), layers.Flatten()])
        >>> model.layers[0].kernel[...] = 1.0
        >>> tried = what_if(model, np.ones((4, 4, 1)), {"conv": {0: 0.0}, "input": {(0, 0): 3.0}})
        >>> tried.changes
        ('conv, filter 0: 9 of 9 numbers, by 1 at most', 'input: 1 of 16 numbers, by 2 at most')
        >>> tried.before[1].maps[0, 0].tolist(), tried.after[1].maps[0, 0].tolist()
        ([9.0, 9.0], [0.0, 11.0])
        >>> model.layers[0].kernel.numpy().min()
        np.float32(1.0)
    """
    model_of(model, "what_if").require_built()
    seen, x = seen_with(model, x)
    arrays = [array.astype(np.float32) for array in inputs_of(seen, x)]
    further, weighed = _targets(model, seen, x, y)
    within = [words_of("layers", each) for each in several("what_if", "layers", layers, "paths of layers")]
    asked = [*changes, *within] if isinstance(changes, Mapping) else within  # anything else is refused below
    answers = emit_answers(told_apart(seen, asked), [array.shape for array in arrays])
    names = [each.path for each in answers.each if each.is_input]
    given = Changes(told_apart(model, asked), dict(zip(names, arrays, strict=True)), changes)
    _choose_outputs((model, seen), answers, further, weighed)
    run = Runner(model, answers.graph, engine)
    found = [
        _looked_at(answers, run(inputs, states, further))
        for inputs, states in ((arrays, {}), (list(given.inputs.values()), _states(answers.graph, given.weights)))
    ]
    (before, outputs_before, loss_before), (after, outputs_after, loss_after) = found
    told = tuple(given.told)
    return WhatIf(model.name, told, before, after, outputs_before, outputs_after, loss_before, loss_after)


def _targets(model: Model, seen: Model, x: Any, y: Any) -> tuple[dict[str, np.ndarray], bool]:
    """The targets by the names that a graph gives them, and whether there is a loss to compute."""
    if y is None:
        return {}, False
    stepper = model.stepper
    if not isinstance(stepper, LocalStepper):
        raise ArgumentError(f"{model.name} must be compiled before a loss can be computed: model.compile(loss=...)")
    network = seen.built_network()
    count = len(network.outputs)
    batch = prepare_samples(
        network, stepper.plan.objectives, model.name, _sample_again(seen, x), batch_of_one(y, count)
    )
    return {name: array for name, array in batch.items() if name not in network.graph_names}, True


def _sample_again(model: Model, x: Any) -> Any:
    arrays = inputs_of(model, x)
    return arrays if len(arrays) > 1 else arrays[0]


def _choose_outputs(
    models: tuple[Model, Model], answers: Answers, further: Mapping[str, np.ndarray], weighed: bool
) -> None:
    """Let the graph give every answer, the outputs, and the loss where it is wanted."""
    (model, seen), graph = models, answers.graph
    graph.outputs = {f"map{number}": answer.tensor for number, answer in enumerate(answers.each)}
    graph.outputs |= {f"y{number}": tensor for number, tensor in enumerate(answers.outputs)}
    if weighed:
        assert isinstance(model.stepper, LocalStepper)
        plan, shapes = model.stepper.plan, {name: array.shape for name, array in further.items()}
        step = stages.StepGraph(graph, seen.built_network(), answers.inputs, answers.outputs)
        trained = [weight for weight in model.weights if weight.trainable]
        graph.outputs[LOSS] = stages.add_loss(step, plan.objectives, trained, shapes, plan.own_loss, model.name)


Looked = tuple[tuple[FeatureMaps, ...], tuple[np.ndarray, ...], float | None]


def _looked_at(answers: Answers, found: Mapping[str, np.ndarray]) -> Looked:
    """Maps, outputs and loss of one run."""
    maps = []
    for number, answer in enumerate(answers.each):
        own = answer.channels_last(found[f"map{number}"])[0]
        if own.ndim <= 4:  # what has more axes is no map
            maps.append(FeatureMaps(answer.path, answer.kind, own, call=answer.call))
    outputs = tuple(found[f"y{number}"][0] for number in range(len(answers.outputs)))
    return tuple(maps), outputs, float(found[LOSS]) if LOSS in found else None


def _states(graph: Graph, weights: Mapping[Variable, np.ndarray]) -> dict[str, State]:
    """Copies of the states in which weights of a graph live, with other values, under the names of those."""
    lived, copies = graph.states(), dict[str, State]()
    for weight in [each for each in weights if each in graph.brought]:
        name, window = graph.brought[weight][0].name, graph.brought[weight][1]
        if name not in copies:
            copies[name] = HostState(lived[name].size, lived[name].dtype)
            copies[name].write(0, lived[name].read())
        copies[name].write(window.offset, weights[weight])
    return copies
