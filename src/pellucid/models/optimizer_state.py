"""What an optimiser remembers, in the form in which Keras keeps it in files: a list of arrays, `optimizer/vars`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.arraylike import first_odd
from pellucid.errors import FileError
from pellucid.formats.weight_store import WeightStore
from pellucid.optimizers.kept import KerasVariable, OptimizerVariable
from pellucid.training.base import Stepper
from pellucid.variables import Variable

GROUP = "optimizer/vars"
INNER_GROUP = "optimizer/inner_optimizer/vars"
"""Where Keras keeps those of the optimiser that a `LossScaleOptimizer` wraps, as it does under "mixed_float16"."""
NUMBERS = 2  # steps made and learning rate: all that Keras writes of an optimiser that has made no step


def optimizer_arrays(stepper: Stepper) -> list[np.ndarray]:
    """The number of steps, the learning rate, and all slots, in Keras's order."""
    return [variable.numpy() for variable in stepper.optimizer.variables]


def by_weight(
    stepper: Stepper, trained: Sequence[Variable]
) -> tuple[list[OptimizerVariable], dict[Variable, list[OptimizerVariable]]]:
    """What an optimiser remembers: its numbers (steps made, learning rate), and the arrays of each trained weight."""
    optimizer = stepper.optimizer
    numbers: list[OptimizerVariable] = []
    slots: dict[Variable, list[OptimizerVariable]] = {}
    for each, variable in zip(optimizer.keras_variables(trained), optimizer.variables, strict=True):
        (numbers if each.weight is None else slots.setdefault(each.weight, [])).append(variable)
    return numbers, slots


Kept = tuple[Variable | None, OptimizerVariable]
"""The weight that an array belongs to, None where it belongs to none; and the array."""


def in_order(stepper: Stepper, trained: Sequence[Variable], weights: Sequence[Variable]) -> list[Kept]:
    """What an optimiser remembers in the order that it would have in Keras, had the model its weights in this order.

    Args:
        stepper: has the optimiser.
        trained: the weights in the model's own order.
        weights: the same ones in another order.
    """
    optimizer = stepper.optimizer
    found = dict(zip(_keys(optimizer.keras_variables(trained)), optimizer.variables, strict=True))
    inside = optimizer.keras_variables(weights)
    return [(each.weight, found[key]) for each, key in zip(inside, _keys(inside), strict=True)]


def _keys(several: Sequence[KerasVariable]) -> list[tuple[str, Any, int]]:
    """What tells each from the others: several optimisers in one have their own numbers of one kind, in one order."""
    met: Counter[tuple[str, Any]] = Counter()
    keys = []
    for each in several:
        keys.append((each.kind, each.weight, met[each.kind, each.weight]))
        met[each.kind, each.weight] += 1
    return keys


def read_optimizer(stepper: Stepper, store: WeightStore) -> list[str]:
    """Let a compiled model's optimiser go on from what a file holds; from its beginning where the file holds nothing.

    Returns:
        which arrays hold values that are no finite numbers, and where.

    Raises:
        FileError: the arrays are not those of this optimiser for these weights.
    """
    group = INNER_GROUP if store.declared.get(INNER_GROUP) else GROUP
    if not store.declared.get(group):
        return []
    variables, found = stepper.optimizer.variables, []
    if len(store.declared[group]) <= NUMBERS:
        variables = [variable for variable in variables if not variable.shape][: len(store.declared[group])]
    for variable, array in zip(variables, store.read(group, [v.shape for v in variables]), strict=True):
        odd = first_odd(array)
        if odd is not None:
            if not array.shape:
                raise FileError(f"{GROUP}: {variable.name} is {array}, no finite number")
            found.append(f"{GROUP}: {variable.name} {odd}")
        if variable.name == "learning_rate" and variable == array:
            continue  # the configuration has it with more digits
        variable.assign(array)
    return found
