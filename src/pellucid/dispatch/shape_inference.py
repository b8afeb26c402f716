"""From the shape of a layer's input to the shape of its result: by emitting the layer's operations and looking.

Sizes that are open (None) are tried out with two values; what changes with them in the result is open there too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from pellucid.dispatch.arrangement import Arrangement
from pellucid.errors import ShapeError, shown
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input, check_sample, check_shape, count_emitted

T = TypeVar("T")
Structure: TypeAlias = T | list[T]
"""One thing, or a list of them where a layer takes or gives several."""

SymbolicShape: TypeAlias = tuple[int | None, ...]
InputShape: TypeAlias = Structure[SymbolicShape]
Emit = Callable[[Any], Any]

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
        raise ShapeError(f"{layer}: a shape is a tuple such as (None, 28, 28, 1), got {shown(shape)}")
    for size in shape:
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            raise ShapeError(f"{layer}: sizes of a shape are None or whole numbers from 1 on, got {shown(shape)}")
    return tuple(shape)


def output_shape(emit: Emit, input_shape: InputShape) -> Any:
    """The shape of what `emit` returns for tensors of this shape, batch first, None where open.

    Of several results it is a list of shapes, or shapes in such structures as the results are.
    """
    gives, results = output_shapes(emit, input_shape)
    return gives.packed(results)


def output_shapes(emit: Emit, input_shape: InputShape) -> tuple[Arrangement, list[SymbolicShape]]:
    """How what `emit` returns is arranged, and the shapes in a row; see `output_shape`."""
    shapes = input_shape if isinstance(input_shape, list) else [input_shape]
    if not all(shapes):
        raise ShapeError(f"a layer takes tensors whose first axis is the batch, got shape {input_shape}")
    batch = None if any(shape[0] is None for shape in shapes) else shapes[0][0]
    has_open = any(size is None for shape in shapes for size in shape[1:])
    gives, small = _emitted(emit, input_shape, 1, TRIALS[0], is_known=not has_open)
    large = _emitted(emit, input_shape, 2, TRIALS[1])[1] if has_open else small
    results = [
        (batch and first[0], *(a if a == b else None for a, b in zip(first[1:], second[1:], strict=True)))
        for first, second in zip(small, large, strict=True)
    ]
    return gives, results


def _emitted(
    emit: Emit, input_shape: InputShape, batch: int, size: int, *, is_known: bool = False
) -> tuple[Arrangement, list[tuple[int, ...]]]:
    graph = Graph()
    shapes = input_shape if isinstance(input_shape, list) else [input_shape]
    known = next((shape[0] for shape in shapes if shape[0] is not None), batch)
    tensors = _inputs(graph, shapes, known, size)
    graph.described = lambda each: _inputs(graph, [each.shape], known, size)[0]
    gives, row = Arrangement.of(emit(tensors if isinstance(input_shape, list) else tensors[0]))
    count_emitted(len(graph.nodes))
    if is_known:  # sizes that are tried are nobody's
        for node in graph.nodes:
            check_sample((tensor.shape for tensor in node.outputs), node.name or "")
    return gives, [tensor.shape for tensor in row]


def _inputs(graph: Graph, shapes: Sequence[SymbolicShape], batch: int, size: int) -> list[Tensor]:
    """Tensors of these shapes, with a batch and a size where they are open."""
    tried = [(*(batch if n is None else n for n in s[:1]), *(size if n is None else n for n in s[1:])) for s in shapes]
    return [graph.add(Input(check_shape(shape), str(number))) for number, shape in enumerate(tried)]


def with_sizes(input_shape: InputShape, size: int = TRIALS[0]) -> list[tuple[int, ...]]:
    """The shape, or each of the shapes, for a batch of 1 and with a size for each open axis.

    Example:
        >>> with_sizes((None, None, 3), 8)
        [(1, 8, 3)]
    """
    shapes = input_shape if isinstance(input_shape, list) else [input_shape]
    return [(1, *(size if n is None else n for n in shape[1:])) for shape in shapes]


class Shaped(Frozen):
    """What is known of a tensor that a function gives."""

    shape: SymbolicShape


BATCHES = (8, 16)


def shapes_of_results(function: Callable[[list[Tensor]], Any], shapes: Sequence[SymbolicShape]) -> Any:
    """What a function gives for tensors of these shapes, with `Shaped` in the place of each tensor.

    Unlike those of layers, results of functions need not have the batch as their first axis: whatever changes with an
    open size is open. Numbers that are no tensors (a shape, a rank) are None where they are open.

    Example:
        >>> shapes_of_results(lambda tensors: tensors[0][:, :2], [(None, 5)])
        Shaped(shape=(None, 2))
    """
    try:
        small, large = (
            _shaped(function(_inputs(Graph(), shapes, batch, size)))
            for batch, size in zip(BATCHES, TRIALS, strict=True)
        )
        found = _common(small, large)
        check_sample(tuple(size or 1 for size in each.shape[1:]) for each in _leaves(found))  # open ones are nobody's
        return found
    except ShapeError as error:
        raise ShapeError(f"{error}; got inputs {', '.join(map(str, shapes))}") from error


def _leaves(result: Any) -> Iterator[Shaped]:
    if isinstance(result, Shaped):
        yield result
    elif isinstance(result, list | tuple):
        for item in result:
            yield from _leaves(item)


def _shaped(result: Any) -> Any:
    if isinstance(result, Tensor):
        return Shaped(result.shape)
    return type(result)(map(_shaped, result)) if isinstance(result, list | tuple) else result


def _common(a: Any, b: Any) -> Any:
    """What two results have in common, None in the place of what differs."""
    if isinstance(a, Shaped):
        return Shaped(_common(a.shape, b.shape))
    if isinstance(a, list | tuple):
        if len(a) != len(b):
            raise ShapeError(f"how many results there are depends on a size that is open: {len(a)}, or {len(b)}")
        return type(a)(_common(x, y) for x, y in zip(a, b, strict=True))
    return a if a == b else None
