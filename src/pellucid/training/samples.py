"""Samples and targets together, checked against a compiled network: what `fit` and `evaluate` begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import targets
from pellucid.arraylike import shape_told
from pellucid.dispatch import shape_inference
from pellucid.errors import DataError
from pellucid.graph.ops import Shape
from pellucid.network import Network, emit_network, input_name
from pellucid.training.door import Data, arranged, by_name, check_lengths, prepare_inputs
from pellucid.training.objectives import Objective
from pellucid.training.weights import ClassWeight, check_weighed, of_classes, of_samples, together


def prepare_samples(
    network: Network, objectives: Sequence[Objective], name: str, x: Data, y: Data | None, sample_weight: Any = None
) -> dict[str, np.ndarray]:
    """The arrays of a data set under the names by which a step takes them.

    Args:
        network: of the model.
        objectives: what it is compiled for.
        name: of the model, for messages.
        x: samples (batch, ...), as `predict` takes them.
        y: targets, as the losses want them; where the model has several outputs a list of arrays, or arrays by name.
        sample_weight: see `Model.fit`.

    Raises:
        DataError: the data cannot be used.
    """
    check_weighed(name, objectives, sample_weight)
    arrays = prepare_inputs(x, network, name, lacks=True)
    prepared = {input_name(number): array for number, array in enumerate(arrays)}
    if y is not None or any(objective.needs_targets for objective in objectives):
        prepared |= _prepare_targets(network, objectives, name, arrays, y)
    if sample_weight is not None:
        weights = of_samples(network, name, len(arrays[0]), _unlisted(network, sample_weight, len(arrays[0])))
        of_each = {objective.weights: weights[objective.number] for objective in objectives}
        prepared |= {key: weight for key, weight in of_each.items() if weight is not None}
    return prepared


def with_class_weights(
    network: Network,
    objectives: Sequence[Objective],
    samples: Mapping[str, np.ndarray],
    class_weights: Sequence[ClassWeight],
) -> dict[str, np.ndarray]:
    """Prepared samples that count as their classes do, too.

    Args:
        network: of the model.
        objectives: what it is compiled for.
        samples: see `prepare_samples`.
        class_weights: for each output, see `of_outputs`.
    """
    found = dict(samples)
    for objective in objectives:
        class_weight = class_weights[objective.number]
        if class_weight and objective.target in samples:
            target = samples[objective.target]
            are_labels = target.ndim < len(network.outputs[objective.number].shape)
            by_class = of_classes(target, class_weight, are_labels=are_labels)
            found[objective.weights] = together(samples.get(objective.weights), by_class)
    return found


def _prepare_targets(
    network: Network, objectives: Sequence[Objective], name: str, arrays: Sequence[np.ndarray], y: Data | None
) -> dict[str, np.ndarray]:
    """The targets of all objectives, by their names."""
    if not objectives:
        return {}
    if y is None:
        raise DataError(f"{name}: there are no targets; pass y, one for each sample of x")
    given, prepared = _targets_of_each(network, objectives, name, _unlisted(network, y, len(arrays[0]))), {}
    shapes = _output_shapes(network, arrays)
    for objective in objectives:
        layer = network.outputs[objective.number].call.layer.name
        where = name if len(network.outputs) == 1 else f"{name}, output {layer!r}"
        wanted = targets.as_array(given[objective.number], f"{where}, y")
        if wanted.ndim:
            check_lengths(arrays, wanted, where)
        found = (
            np.ascontiguousarray(targets.as_numbers(wanted), np.float32)
            if objective.loss is None
            else objective.loss.prepare_targets(wanted, shapes[objective.number], layer)
        )
        is_longer = objective.shows_targets and wanted.shape == (*found.shape, 1)
        prepared[objective.target] = found[..., np.newaxis] if is_longer else found
    return prepared


def _unlisted(network: Network, y: Data, samples: int) -> Data:
    """What belongs to the only output, out of the list in which it may stand alone, `fit(x, [y])`; else as it is."""
    if len(network.outputs) != 1 or not isinstance(y, list | tuple) or len(y) != 1:
        return y
    return y[0] if network.gives.is_single and shape_told(y[0])[:1] == (samples,) else y


def _targets_of_each(network: Network, objectives: Sequence[Objective], name: str, y: Data) -> list[Any]:
    """The targets of each output; None for outputs that are not trained and get none."""
    count = len(network.outputs)
    if network.gives.is_nested:
        return arranged(network.gives, y, network.output_names, f"y of {name}")
    if isinstance(y, Mapping):
        trained = [network.output_names[objective.number] for objective in objectives]
        wanted = [output for output in network.output_names if output in trained or output in y]
        found = dict(zip(wanted, by_name(y, wanted, f"output of {name}"), strict=True))
        return [found.get(output) for output in network.output_names]
    if count == 1:
        return list(y) if not network.gives.is_single and isinstance(y, list | tuple) and len(y) == 1 else [y]
    if len(objectives) == 1 and not isinstance(y, list | tuple):  # the one output that is trained
        return [y if number == objectives[0].number else None for number in range(count)]
    if not isinstance(y, list | tuple) or len(y) != count:
        if isinstance(network.gives.form, dict):
            named = ", ".join(network.output_names)
            raise DataError(f"{name} gives a dictionary; pass y as one with {named}, got {type(y).__name__}")
        came = f"a list of {len(y)}" if isinstance(y, list | tuple) else type(y).__name__
        raise DataError(f"{name} has {count} outputs; pass a list of {count} arrays as y, got {came}")
    return list(y)


def _output_shapes(network: Network, arrays: Sequence[np.ndarray]) -> list[Shape]:
    """The shape of one sample of each output, for inputs of these shapes."""
    shapes = [tensor.shape for tensor in network.outputs]
    if any(size is None for shape in shapes for size in shape[1:]):
        found = shape_inference.output_shape(
            lambda inputs: emit_network(network, inputs if isinstance(inputs, list) else [inputs]),
            [(None, *array.shape[1:]) for array in arrays],
        )
        shapes = found if isinstance(found, list) else [found]
    return [tuple(int(size or 0) for size in shape[1:]) for shape in shapes]
