"""One graph says what is to be computed; engines say how.

In the order of use: `ops`, `movement` and `windows` (the vocabulary), `tensor` (graph, nodes, tensors), `builder`
(functions that add operations), `gradients` (one rule per operation), `grammar` (is the graph well formed?), `passes`
(graph to graph; written with `rewriter`, and `chains` for elementwise nodes), `plan` (order and memory).
"""

from pellucid.graph.gradients import gradient
from pellucid.graph.grammar import verify
from pellucid.graph.passes import optimize
from pellucid.graph.plan import Plan, make_plan
from pellucid.graph.tensor import Graph, Node, Tensor

__all__ = ["Graph", "Node", "Plan", "Tensor", "gradient", "make_plan", "optimize", "verify"]
