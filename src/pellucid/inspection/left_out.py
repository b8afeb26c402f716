"""Models seen without optional inputs for which nothing is given, as they compute then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.dispatch.arrangement import Arguments, Slot
from pellucid.dispatch.symbolic import Call, SymbolicTensor
from pellucid.errors import ArgumentError, DataError
from pellucid.layers import InputLayer
from pellucid.models import Model
from pellucid.naming import names_kept
from pellucid.network import check_does_without

__all__ = ["both_seen_with", "seen_with"]


def seen_with(model: Model, x: Any) -> tuple[Model, Any]:
    """A built model and what is given to it; where that is None for optional inputs, the model without these, and what
    is given to the others.

    A layer is then called with None in the place of such an input, as it is when the model predicts. Nothing of the
    model changes: its layers and their weights are in both.

    Args:
        model: whose layers can be told apart.
        x: an array for each input, a list or by name; or whatever else, which stays as it is.

    Raises:
        ArgumentError: a layer cannot do without.
        DataError: all inputs are left out.

    Example:
        >>> from pellucid import Input, layers
        >>> class More(layers.Layer):
        ...     __module__ = "example"  # not one of the library's own
        ...     def call(self, x, more=None):
        ...         return x if more is None else x + more
        >>> a, b = Input((2,), name="a"), Input((2,), name="b", optional=True)
        >>> model = Model([a, b], layers.Dense(1, name="last")(More(name="more")(a, b)))
        >>> alone, x = seen_with(model, [[1.0, 2.0], None])
        >>> [tensor.call.layer.name for tensor in alone.inputs], x
        (['a'], [1.0, 2.0])
    """
    left_out = _left_out(model, x)
    if not left_out:
        return model, x
    inputs = model.built_network().inputs
    names = [tensor.call.layer.name for tensor in inputs]
    if len(left_out) == len(names):
        raise DataError(f"{model.name}: at least one input must be given; all are None")
    kept = [name for name in names if name not in left_out]
    given = x if isinstance(x, Mapping) else dict(zip(names, x, strict=True))
    alone = _without(model, [tensor for tensor in inputs if tensor.call.layer.name in left_out])
    rest = {name: value for name, value in given.items() if name not in left_out}
    return alone, rest[kept[0]] if set(rest) == {kept[0]} else rest


def both_seen_with(a: Model, b: Model, x: Any) -> tuple[Model, Model, Any]:
    """Two built models of as many inputs, both without those that the samples leave out, and what is given to the rest.

    Raises:
        ArgumentError: the second model, or a layer, cannot do without.
        DataError: all inputs are left out.
    """
    alone, rest = seen_with(a, x)
    if alone is a:
        return a, b, x
    kept = {tensor.call.layer.name for tensor in alone.inputs}
    is_given = [tensor.call.layer.name in kept for tensor in a.built_network().inputs]
    twin, _ = seen_with(b, [True if given else None for given in is_given])
    if len(twin.inputs) != len(alone.inputs):
        names = [tensor.call.layer.name for tensor in b.inputs]
        needed = [name for name, given in zip(names, is_given, strict=True) if not given]
        raise ArgumentError(
            f"{a.name} is given nothing for some of its inputs; {b.name} needs all that stand in these places "
            f"({', '.join(needed)}), but for those made by Input(optional=True)"
        )
    return alone, twin, rest


def _left_out(model: Model, x: Any) -> set[str]:
    """The names of the optional inputs for which nothing is given."""
    if not model.built or not isinstance(x, Mapping | list | tuple):
        return set()
    inputs = model.built_network().inputs
    optional = {t.call.layer.name for t in inputs if isinstance(t.call.layer, InputLayer) and t.call.layer.optional}
    if isinstance(x, Mapping):
        return {name for name in optional if name in x and x[name] is None}
    if len(x) != len(inputs):
        return set()
    return {
        tensor.call.layer.name
        for tensor, value in zip(inputs, x, strict=True)
        if value is None and tensor.call.layer.name in optional
    }


def _without(model: Model, left_out: list[SymbolicTensor]) -> Model:
    """The model without some of its inputs."""
    network, missing = model.built_network(), {tensor.call for tensor in left_out}
    kept = [tensor for tensor in network.inputs if tensor.call not in missing]
    made = {tensor.call: tensor.call for tensor in kept}
    with names_kept():
        for call in network.calls:
            if call not in made and call not in missing:
                made[call] = _called_without(call, made)
        ends = [made[tensor.call].results[tensor.index] for tensor in network.outputs]
        alone = Model(
            kept if len(kept) > 1 else kept[0], ends if len(ends) > 1 else ends[0], name=model.name, seed=model.seed
        )
    alone.runtime.run_on(model.engine)
    alone.runtime.step = model.runtime.step
    return alone


def _called_without(call: Call, made: Mapping[Call, Call]) -> Call:
    """The same call on what was made so far, with None for what was not."""
    given = [made[tensor.call].results[tensor.index] if tensor.call in made else None for tensor in call.inputs]
    arguments = call.arguments
    if None in given:
        check_does_without(call, given)
        places = {number: place for place, number in enumerate(n for n, each in enumerate(given) if each is not None)}
        arguments = None if arguments is None else _filled(arguments, places)
    sources = tuple(each for each in given if each is not None)
    settings = call.shape, call.training, arguments, call.gives
    return Call(call.layer, sources, call.takes_list and arguments is None, call.number, *settings)


def _filled(arguments: Arguments, places: Mapping[int, int]) -> Arguments:
    """Arguments with the places of tensors counted anew, and None in those of tensors that are no more."""

    def place(item: Any) -> Any:
        if not isinstance(item, Slot):
            return item
        return Slot(places[item.number]) if item.number in places else None

    return arguments.mapped(place)
