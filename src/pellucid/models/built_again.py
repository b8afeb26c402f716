"""A chain that is built again for sizes that are open now: its layers are those that they were, with another input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pellucid.dispatch.symbolic import Call
from pellucid.layers import Layer
from pellucid.network import Network


@contextmanager
def used_again(network: Network) -> Iterator[None]:
    """Inside, layers forget their uses in a network, since another takes its place; if that fails they know them again.

    Args:
        network: which was built for one shape.
    """
    known = {layer: layer.calls for layer in network.layers}
    old = frozenset(network.calls)
    for layer, calls in known.items():
        layer.calls = [call for call in calls if call not in old]
    try:
        yield
    except Exception:
        for layer, calls in known.items():
            layer.calls = calls
        raise


def know_shapes(old: Network, new: Network) -> None:
    """Let layers that were built for the shapes of a network know those of one like it, with sizes open."""
    for before, now in zip(old.calls, new.calls, strict=True):
        layer = now.layer
        if isinstance(layer, Layer) and now.inputs and layer.input_shape_built == _shape_of(before):
            layer.input_shape_built = _shape_of(now)


def _shape_of(call: Call) -> Any:
    shapes = [tensor.shape for tensor in call.inputs]
    return shapes if call.takes_list else next(iter(shapes), None)
