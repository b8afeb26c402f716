"""A model with the models inside it opened: one network of plain layers that computes the same.

Formats whose readers disagree on how the uses of a model inside are counted hold such a network instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.dispatch.symbolic import Call, Callee, SymbolicTensor
from pellucid.frozen import Frozen
from pellucid.layers import InputLayer, Layer
from pellucid.models import Model
from pellucid.network import Network
from pellucid.network.network import callees_in_order

__all__ = ["Opened", "opened"]


class Opened(Frozen, eq=False):
    """Layers and how they are called on each other, no model among them.

    Attributes:
        calls: each after those that it needs.
        outputs: what the network gives, in order.
        callees: layers and functions in Keras's order.
        names: of each of them, all different.
    """

    calls: tuple[Call, ...]
    outputs: tuple[SymbolicTensor, ...]
    callees: tuple[Callee, ...]
    names: dict[Callee, str]

    @property
    def layers(self) -> list[Layer]:
        """The layers among them."""
        return [callee for callee in self.callees if isinstance(callee, Layer)]


def opened(network: Network) -> Opened:
    """The network of a model with those of the models in it in their places.

    A layer whose name is taken by another one is called after the model that it stands in.
    """
    calls: list[Call] = []
    owners: dict[Callee, str] = {}
    outputs = _enter(network, None, None, "", calls, owners)
    for tensor in network.inputs:
        if tensor.call not in calls:
            calls.insert(0, tensor.call)
            owners.setdefault(tensor.call.layer, "")
    return Opened(tuple(calls), tuple(outputs), tuple(callees_in_order(calls, outputs)), _names(owners))


def _enter(
    network: Network,
    given: Sequence[SymbolicTensor] | None,
    training: bool | None,
    owner: str,
    calls: list[Call],
    owners: dict[Callee, str],
) -> list[SymbolicTensor]:
    """Add the calls of a network on these inputs (None: its own), and return what it gives."""
    found: dict[Call, list[SymbolicTensor]] = {}
    for number, tensor in enumerate(network.inputs):
        found[tensor.call] = [tensor if given is None else given[number]]
    for call in network.calls:
        if isinstance(call.layer, InputLayer):
            if given is None:
                calls.append(call)
                owners.setdefault(call.layer, owner)
            continue
        inputs = [found[tensor.call][tensor.index] for tensor in call.inputs]
        form = training if call.training is None else call.training
        inside = call.layer.described if isinstance(call.layer, Model) and not call.layer.has_own_call else None
        if inside is not None:
            found[call] = _enter(inside, inputs, form, f"{owner}{call.layer.name}_", calls, owners)
            continue
        made = Call(
            call.layer, tuple(inputs), call.takes_list, len(calls), call.shape, form, call.arguments, call.gives
        )
        calls.append(made)
        owners.setdefault(call.layer, owner)
        found[call] = made.results
    return [found[tensor.call][tensor.index] for tensor in network.outputs]


def _names(owners: dict[Callee, str]) -> dict[Callee, str]:
    """A name for each layer: its own, with its model's before it where that is taken."""
    names: dict[Callee, str] = {}
    taken: set[str] = set()
    for callee, owner in sorted(owners.items(), key=lambda item: bool(item[1])):
        name, number = callee.name, 1
        if name in taken:
            name = f"{owner}{callee.name}"
        while name in taken:
            number += 1
            name = f"{owner}{callee.name}_{number}"
        names[callee] = name
        taken.add(name)
    return names
