"""Models with several inputs or outputs, as a page sees them: from one input, and to one output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.inspection.image_samples import are_batches
from pellucid.inspection.one_input import chosen_input, held
from pellucid.models import Model
from pellucid.naming import names_kept
from pellucid.network.rooting import in_order
from pellucid.training.door import prepare_inputs

__all__ = ["one_end_of"]


def one_end_of(model: Model, path: str, x: Any, y: Any) -> tuple[Model, Any, Any, list[str]]:
    """A model with one input and one output, of the same layers, with its samples and classes; and what was done.

    Args:
        model: built.
        path: of the layer that the page is on, which the input leads to, and from which the output comes.
        x: samples, an array for each input; None where none are given.
        y: right answers, one array, or one for each output.

    Raises:
        ArgumentError: x is no array for each input.
    """
    said = []
    names, outputs = [tensor.call.layer.name for tensor in model.inputs], list(model.built_network().outputs)
    number = chosen_input(model, None, path)
    if len(outputs) > 1:
        end = next((place for place, tensor in enumerate(outputs) if _leads(tensor, path)), 0)
        said.append(f"Of its outputs the page asks number {end}, {outputs[end].call.layer.name}.")
        y = list(y.values()) if isinstance(y, Mapping) else y
        y = y[end] if isinstance(y, list | tuple) and len(y) == len(outputs) else y
    if len(names) > 1:
        if x is not None and not are_batches(model, x):
            raise ArgumentError(f"learn: {model.name} has the inputs {', '.join(names)}: x is an array for each")
        shapes = model.trial_shapes()
        arrays = prepare_inputs(x, model.built_network(), model.name) if x is not None else None
        first = [np.full((1, *shape[1:]), 0.5, np.float32) for shape in shapes] if arrays is None else arrays
        others = " and ".join(name for name in names if name != names[number])
        at = "0.5" if arrays is None else "what the first sample gives"
        said.append(f"It is seen from its input {names[number]}; {others} held at {at}.")
        model = held(model, [array[:1] for array in first], number)
        x = None if arrays is None else arrays[number]
    if len(outputs) > 1:
        with names_kept():
            one = Model(model.inputs[0], model.outputs[end], name=model.name, seed=model.seed)
        one.runtime.run_on(model.engine)
        model = one
    return model, x, y, said


def _leads(tensor: Any, path: str) -> bool:
    """Whether a layer, or the model that it is inside of, stands before an output."""
    calls = in_order([tensor.call], lambda call: [each.call for each in call.inputs], ())
    return any(call.layer.name == path.partition("/")[0] for call in calls)
