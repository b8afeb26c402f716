"""What a model computes, as a record that never changes, and what follows from it: graphs, shapes, receptive fields."""

from pellucid.dispatch.arrangement import ONE, Arrangement, in_a_row, leaves
from pellucid.network.emit import (
    check_does_without,
    described_by,
    emit_calls,
    emit_inputs,
    emit_network,
    forward_graph,
    is_absent,
    results_of,
    shapes_of,
)
from pellucid.network.network import (
    HasNetwork,
    Network,
    connect,
    input_name,
    layers_at,
    variables_beside,
    with_losses,
)

__all__ = [
    "ONE",
    "Arrangement",
    "HasNetwork",
    "Network",
    "check_does_without",
    "connect",
    "described_by",
    "emit_calls",
    "emit_inputs",
    "emit_network",
    "forward_graph",
    "in_a_row",
    "input_name",
    "is_absent",
    "layers_at",
    "leaves",
    "results_of",
    "shapes_of",
    "variables_beside",
    "with_losses",
]
