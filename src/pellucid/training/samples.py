"""Samples and targets together, checked against a compiled network: what `fit` and `evaluate` begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import targets
from pellucid.dispatch import shape_inference
from pellucid.errors import DataError
from pellucid.graph.ops import Shape
from pellucid.network import Network, emit_network, input_name
from pellucid.training.door import Data, arranged, by_name, check_lengths, prepare_inputs
from pellucid.training.objectives import Objective


def prepare_samples(
    network: Network, objectives: Sequence[Objective], name: str, x: Data, y: Data | None
) -> dict[str, np.ndarray]:
    """The arrays of a data set under the names by which a step takes them.

    Args:
        network: of the model.
        objectives: what it is compiled for.
        name: of the model, for messages.
        x: samples (batch, ...), as `predict` takes them.
        y: targets, as the losses want them; where the model has several outputs a list of arrays, or arrays by name.

    Raises:
        DataError: the data cannot be used.
    """
    arrays = prepare_inputs(x, network, name)
    prepared = {input_name(number): array for number, array in enumerate(arrays)}
    if not objectives or (y is None and all(objective.loss is None for objective in objectives)):
        return prepared  # penalties alone, or a loss of the model's own that wants no targets
    if y is None:
        raise DataError(f"{name}: there are no targets; pass y, one for each sample of x")
    given = _targets_of_each(network, objectives, name, y)
    shapes = _output_shapes(network, arrays)
    for objective in objectives:
        layer = network.outputs[objective.number].call.layer.name
        where = name if len(network.outputs) == 1 else f"{name}, output {layer!r}"
        wanted = targets.as_array(given[objective.number], f"{where}, y")
        if wanted.ndim:
            check_lengths(arrays, wanted, where)
        prepared[objective.target] = (
            np.ascontiguousarray(targets.as_numbers(wanted), np.float32)
            if objective.loss is None
            else objective.loss.prepare_targets(wanted, shapes[objective.number], layer)
        )
    return prepared


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
    if isinstance(network.gives.form, dict):
        named = ", ".join(network.output_names)
        raise DataError(f"{name} gives a dictionary; pass y as one with {named}, got {type(y).__name__}")
    if not isinstance(y, list | tuple) or len(y) != count:
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
