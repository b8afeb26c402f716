"""A graph as lines of text, for the reports of tests that draw graphs at random."""

from __future__ import annotations

from pellucid.graph import Graph, Tensor


def listing(graph: Graph) -> str:
    """One line per node: its number, its operation, the numbers of its operands, and the shapes that come out."""
    numbers = {node: number for number, node in enumerate(graph.nodes)}

    def at(tensor: Tensor) -> str:
        return f"{numbers[tensor.node]}.{tensor.index}" if tensor.index else f"{numbers[tensor.node]}"

    lines = []
    for node, number in numbers.items():
        operands = " ".join(map(at, node.inputs))
        shapes = " ".join(str(tensor.shape) for tensor in node.outputs)
        lines.append(f"{number}: {node.op} of [{operands}] -> {shapes}")
    return "\n".join([*lines, *(f"output {name}: {at(tensor)}" for name, tensor in graph.outputs.items())])
