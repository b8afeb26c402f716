"""One implementation for every kind of operand: tensors of a graph, symbolic tensors, arrays.

A function of tensors is written once, with `graph.builder` or arithmetic, and decorated with `anywhere`. It then

- emits its operations where it is given tensors of a graph, as in the `call` of a layer;
- computes at once where it is given arrays, numbers, lists of numbers or weights, and returns an `Array`.

In the order of use: `symbolic` (what a layer returns while a model is described), `shape_inference` (its shape),
`arrays` (what comes back, and how it is computed), `anywhere` (the decorator).

Example:
    >>> from pellucid.dispatch import Operand, anywhere
    >>> @anywhere("x")
    ... def twice(x: Operand):
    ...     return x * 2.0
    >>> twice([1.0, 2.0]).tolist()
    [2.0, 4.0]
"""

from pellucid.arraylike import Array
from pellucid.dispatch.anywhere import Operand, anywhere, known_values, settled
from pellucid.dispatch.arrays import compute

__all__ = ["Array", "Operand", "anywhere", "compute", "known_values", "settled"]
