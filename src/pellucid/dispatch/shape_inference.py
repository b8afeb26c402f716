"""From the shape of a layer's input to the shape of its result: by emitting the layer's operations and looking.

Sizes that are open (None) are tried out with two values; what changes with them in the result is open there too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pellucid.dispatch.symbolic import InputShape, Structure, SymbolicShape
from pellucid.errors import ShapeError
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input, check_shape

Emit = Callable[[Structure[Tensor]], Structure[Tensor]]

# Values for open axes: large, and divisible by every power of two up to 2^9, so that networks which halve and double
# the size (U-Net) meet themselves again.
TRIALS = (512, 1024)


def checked(shape: InputShape | Sequence[InputShape], layer: str) -> InputShape:
    """A shape, or a list of shapes, with tuples throughout; raises `ShapeError` where a size is impossible."""
    if isinstance(shape, list | tuple) and shape and all(isinstance(item, list | tuple) for item in shape):
        return [_one(item, layer) for item in shape]  # type: ignore[arg-type]
    return _one(shape, layer)  # type: ignore[arg-type]


def _one(shape: SymbolicShape, layer: str) -> SymbolicShape:
    if not isinstance(shape, list | tuple):
        raise ShapeError(f"{layer}: a shape is a tuple such as (None, 28, 28, 1), got {shape!r}")
    for size in shape:
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            raise ShapeError(f"{layer}: sizes of a shape are None or whole numbers from 1 on, got {shape!r}")
    return tuple(shape)


def output_shape(emit: Emit, input_shape: InputShape) -> InputShape:
    """The shape of what `emit` returns for tensors of this shape, batch first, None where open."""
    shapes = input_shape if isinstance(input_shape, list) else [input_shape]
    has_open = any(size is None for shape in shapes for size in shape[1:])
    small = _emitted(emit, input_shape, 1, TRIALS[0])
    large = _emitted(emit, input_shape, 2, TRIALS[1]) if has_open else small
    results = [
        (None, *(a if a == b else None for a, b in zip(first[1:], second[1:], strict=True)))
        for first, second in zip(_listed(small), _listed(large), strict=True)
    ]
    return results if isinstance(small, list) else results[0]


def _emitted(emit: Emit, input_shape: InputShape, batch: int, size: int) -> Structure[tuple[int, ...]]:
    graph = Graph()
    shapes = input_shape if isinstance(input_shape, list) else [input_shape]
    tensors = [
        graph.add(Input(check_shape((batch, *(n if n is not None else size for n in shape[1:]))), str(number)))
        for number, shape in enumerate(shapes)
    ]
    y = emit(tensors if isinstance(input_shape, list) else tensors[0])
    return [tensor.shape for tensor in y] if isinstance(y, list) else y.shape


def _listed(shapes: Structure[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return shapes if isinstance(shapes, list) else [shapes]
