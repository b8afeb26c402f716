"""Models with several inputs, seen from one of them: the others are held at what a sample gives for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.dispatch.symbolic import Call, SymbolicTensor
from pellucid.errors import ArgumentError, unknown_name
from pellucid.frozen import Frozen
from pellucid.graph import Tensor, builder
from pellucid.inspection.given import described
from pellucid.inspection.image_samples import inputs_of
from pellucid.inspection.running import uses
from pellucid.inspection.seen import INPUT, input_paths
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.naming import names_kept
from pellucid.network.rooting import in_order

__all__ = ["OneInput", "alone", "at_one_input", "chosen_input", "held"]


class OneInput(Frozen, eq=False):
    """A model as a function of one of its inputs.

    Attributes:
        model: with that input alone, of the same layers under the same names.
        sample: of it, a batch of one.
        input: its name; "" where the model has no other.
    """

    model: Model
    sample: np.ndarray
    input: str


def at_one_input(model: Model, x: Any, input: object = None, path: str | None = None, call: int = 0) -> OneInput:
    """A built model seen from one of its inputs, at a sample.

    Args:
        model: whose layers can be told apart.
        x: one sample, see `OneSample`; where the model has several inputs an array for each.
        input: the name of the input that is meant; by default the first that leads to a layer.
        path: of that layer; by default the first that the model's outputs depend on.
        call: which use of it.

    Raises:
        ArgumentError: there is no such input.
        DataError: the sample does not fit the model.
    """
    number = chosen_input(model, input, path, call)
    if len(model.inputs) == 1:
        return OneInput(model, inputs_of(model, x)[0], "")
    arrays = inputs_of(model, x)
    return OneInput(held(model, arrays, number), arrays[number], input_paths(model)[number])


def chosen_input(model: Model, input: object, path: str | None = None, call: int = 0) -> int:
    """The number of the input that is meant; see `at_one_input`."""
    model.require_built()
    names = input_paths(model)
    known = names if len(names) > 1 else [INPUT, model.inputs[0].call.layer.name]
    if input is not None:
        if not isinstance(input, str) or input not in known:
            raise unknown_name(f"input of {model.name}", input if isinstance(input, str) else described(input), known)
        return known.index(input) if len(names) > 1 else 0
    return next(iter(_leading_to(model, path, call)), 0)


def _leading_to(model: Model, path: str | None, call: int) -> list[int]:
    """The numbers of the inputs that lead to a use of a layer, or to what the model gives."""
    network, names = model.built_network(), input_paths(model)
    if path in names:
        return [names.index(path)]
    ends: Sequence[SymbolicTensor] = network.outputs
    if path is not None:
        found = uses(model, path)
        ends = found[call].calls[0].inputs if 0 <= call < len(found) else ()
    leading = set(in_order([tensor.call for tensor in ends], lambda each: [tensor.call for tensor in each.inputs], ()))
    return [number for number, tensor in enumerate(network.inputs) if tensor.call in leading]


def alone(model: Model, x: Any, input: object, path: str, call: int, function: str) -> tuple[Model, str]:
    """A built model as a function of one of its inputs, of which no sample is needed; see `at_one_input`.

    Returns:
        it, and the name of the input; "" where the model has no other.

    Raises:
        ArgumentError: another input leads to the layer too, and there is nothing at which it could be held; or there is
            one input, and a sample.
    """
    number = chosen_input(model, input, path, call)
    names = input_paths(model)
    if len(names) == 1:
        if x is not None:
            raise ArgumentError(f"{function}: x is for models with several inputs, {model.name} has one; leave it out")
        return model, ""
    others = [names[each] for each in _leading_to(model, path, call) if each != number]
    if x is None and others:
        raise ArgumentError(
            f"{function}: {path} depends on {' and '.join(others)} besides {names[number]}; say at what numbers the "
            "others are held by one sample, a list of arrays: x=[...]"
        )
    shapes = model.trial_shapes()
    arrays = [np.zeros((1, *shape[1:]), np.float32) for shape in shapes] if x is None else inputs_of(model, x)
    return held(model, arrays, number), names[number]


class _Held(Layer):
    """What one input is given, the same for each sample of a batch."""

    def __init__(self, name: str, value: np.ndarray) -> None:
        super().__init__(name=name, trainable=False)
        self.value = self.add_weight(shape=value.shape, initializer="zeros", trainable=False, name="value")
        self.value.assign(value)

    def get_config(self) -> dict[str, Any]:
        """What makes one like it, as copies of a model do."""
        return {"name": self.name, "value": self.value.numpy()}

    def emit(self, inputs: Any, training: bool | None = None) -> Tensor:
        """The value, as often as there are samples of the input that is not held."""
        shape = (inputs.shape[0], *self.value.shape[1:])
        return builder.broadcast_to(self.value.tensor(inputs.graph), shape)


def held(model: Model, arrays: Sequence[np.ndarray], number: int) -> Model:
    """The model as a function of its input of that number; the others are held.

    Its layers and their weights are those of the model, of which nothing changes: no name is taken, no seed drawn, and
    no layer remembers that it was called.

    Args:
        model: a built model with several inputs, whose layers can be told apart.
        arrays: a batch of one for each input.
        number: of the one that stays an input.

    Example:
        >>> from pellucid import Input, layers
        >>> a, b = Input((2,), name="a"), Input((2,), name="b")
        >>> model = Model([a, b], layers.Add(name="sum")([a, b]))
        >>> alone = held(model, [np.zeros((1, 2)), np.array([[10.0, 20.0]])], 0)
        >>> alone.predict(np.array([[1.0, 2.0], [3.0, 4.0]]), verbose=0).tolist()
        [[11.0, 22.0], [13.0, 24.0]]
    """
    network = model.built_network()
    given = {tensor.call: place for place, tensor in enumerate(network.inputs)}
    (kept,) = network.inputs[number : number + 1]
    made: dict[Call, Call] = {kept.call: kept.call}
    with names_kept():
        for call in (*given, *network.calls):
            if call in made:
                continue
            if call in given:
                array = np.asarray(arrays[given[call]], np.float32)
                made[call] = Call(_Held(call.layer.name, array), (kept,), False, 0, (None, *array.shape[1:]))
                continue
            sources = tuple(made[tensor.call].results[tensor.index] for tensor in call.inputs)
            settings = call.shape, call.training, call.arguments, call.gives
            made[call] = Call(call.layer, sources, call.takes_list, call.number, *settings)
        ends = [made[tensor.call].results[tensor.index] for tensor in network.outputs]
        alone = Model(kept, ends if len(ends) > 1 else ends[0], name=model.name, seed=model.seed)
    alone.runtime.run_on(model.engine)
    alone.runtime.step = model.runtime.step
    return alone
