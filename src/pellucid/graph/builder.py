"""Functions that add operations to a graph: the language in which layers, losses and optimisers are written.

Each takes tensors of one graph and returns a tensor of it; numbers, arrays and weights may stand beside the first
tensor. Compositions of several operations, such as softmax, get their gradient and their engines from their parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from pellucid.errors import ShapeError
from pellucid.geometry import Window
from pellucid.graph import movement, ops, windows
from pellucid.graph.ops import Shape
from pellucid.graph.tensor import Graph, Operand, Tensor


def _elementwise(function: str, *operands: Operand) -> Tensor:
    graph = next(item.graph for item in operands if isinstance(item, Tensor))
    return graph.add(ops.Elementwise(function), *map(graph.lift, operands))


def literal(graph: Graph, values: np.typing.ArrayLike) -> Tensor:
    """An array of constants as a tensor."""
    return graph.add(ops.Literal(np.asarray(values)))


def exp(x: Tensor) -> Tensor:
    """e to the power of each element."""
    return _elementwise("exp", x)


def expm1(x: Tensor) -> Tensor:
    """exp(x) - 1, with all digits near 0."""
    return _elementwise("expm1", x)


def log(x: Tensor) -> Tensor:
    """The natural logarithm of each element."""
    return _elementwise("log", x)


def log1p(x: Tensor) -> Tensor:
    """log(1 + x), with all digits near 0."""
    return _elementwise("log1p", x)


def sqrt(x: Tensor) -> Tensor:
    """The square root of each element."""
    return _elementwise("sqrt", x)


def square(x: Tensor) -> Tensor:
    """Each element times itself."""
    return x * x


def power(a: Operand, b: Operand) -> Tensor:
    """a to the power of b, element by element; one of the two at least is a tensor."""
    return _elementwise("power", a, b)


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent of each element."""
    return _elementwise("tanh", x)


def sin(x: Tensor) -> Tensor:
    """The sine of each element [radians]."""
    return _elementwise("sin", x)


def cos(x: Tensor) -> Tensor:
    """The cosine of each element [radians]."""
    return _elementwise("cos", x)


def erf(x: Tensor) -> Tensor:
    """The error function of each element: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return _elementwise("erf", x)


def absolute(x: Tensor) -> Tensor:
    """Each element without its sign."""
    return _elementwise("absolute", x)


def floor(x: Tensor) -> Tensor:
    """The largest whole number that is not above each element; no gradient flows back."""
    return _elementwise("floor", x)


def towards_zero(x: Tensor) -> Tensor:
    """Each element without its fraction."""
    return where(greater(x, 0.0), floor(x), -floor(-x))


def relu(x: Tensor) -> Tensor:
    """max(x, 0); the gradient at 0 is 0, as in Keras."""
    return _elementwise("relu", x)


def maximum(a: Operand, b: Operand) -> Tensor:
    """The larger of two, element by element."""
    return _elementwise("maximum", a, b)


def minimum(a: Operand, b: Operand) -> Tensor:
    """The smaller of two, element by element."""
    return _elementwise("minimum", a, b)


def clip(x: Tensor, low: Operand, high: Operand) -> Tensor:
    """Each element, or the nearer bound where it lies outside; no gradient flows back from outside."""
    return minimum(maximum(x, low), high)


def greater(a: Operand, b: Operand) -> Tensor:
    """1 where a > b, else 0."""
    return _elementwise("greater", a, b)


def greater_equal(a: Operand, b: Operand) -> Tensor:
    """1 where a >= b, else 0."""
    return _elementwise("greater_equal", a, b)


def equal(a: Operand, b: Operand) -> Tensor:
    """1 where a == b, else 0."""
    return _elementwise("equal", a, b)


def where(condition: Operand, a: Operand, b: Operand) -> Tensor:
    """a where the condition is not 0, else b."""
    return _elementwise("where", condition, a, b)


def reshape(x: Tensor, shape: Shape) -> Tensor:
    """The same elements under another shape."""
    return x if shape == x.shape else x.graph.add(movement.Reshape(shape), x)


def stop_gradient(x: Tensor) -> Tensor:
    """x, seen as a constant by the gradient."""
    return x.graph.add(movement.StopGradient(), x)


def redirect(y: Tensor, operands: Sequence[Tensor], slope: Callable[[Tensor], Sequence[Tensor | None]]) -> Tensor:
    """y, whose gradient goes to these operands and nowhere else: `slope` makes of that of y those of the operands."""
    result = stop_gradient(y)
    y.graph.redirected[result.node] = (tuple(operands), slope)
    return result


def broadcast_to(x: Tensor, shape: Shape) -> Tensor:
    """x repeated until it has the shape."""
    return x if shape == x.shape else x.graph.add(movement.BroadcastTo(shape), x)


def transpose(x: Tensor, permutation: Sequence[int]) -> Tensor:
    """The axes of x in another order."""
    return x.graph.add(movement.Transpose(tuple(permutation)), x)


def concatenate(tensors: Sequence[Tensor], axis: int) -> Tensor:
    """Tensors one after the other along an axis (negative counts from the end)."""
    first = tensors[0]
    return first.graph.add(movement.Concatenate(axis % first.rank), *tensors)


def stack(tensors: Sequence[Tensor], axis: int) -> Tensor:
    """Tensors of one shape side by side along a new axis (negative counts from the end of the result)."""
    place = axis % (tensors[0].rank + 1)
    return concatenate([reshape(x, (*x.shape[:place], 1, *x.shape[place:])) for x in tensors], place)


def slice_axis(x: Tensor, axis: int, start: int, stop: int) -> Tensor:
    """Elements `start` to `stop` (exclusive) along an axis."""
    axis %= x.rank
    return x if (start, stop) == (0, x.shape[axis]) else x.graph.add(movement.Slice(axis, start, stop), x)


def pad_axis(x: Tensor, axis: int, before: int, after: int) -> Tensor:
    """x with so many zeros before and after it along an axis."""
    return x if before == after == 0 else x.graph.add(movement.Pad(axis % x.rank, before, after), x)


def gather(x: Tensor, indices: np.typing.ArrayLike, axis: int) -> Tensor:
    """Element `i` of the result along `axis` is element `indices[i]` of x, or 0 where the index is -1."""
    return x.graph.add(movement.Gather(axis % x.rank, np.asarray(indices)), x)


def gather_at(x: Tensor, places: Tensor) -> Tensor:
    """Row `i` of each sample of x (batch, rows, ...) is its row `places[batch, i]`, or 0 where there is none."""
    return x.graph.add(movement.GatherAt(), x, places)


def scatter_add_at(x: Tensor, places: Tensor, size: int) -> Tensor:
    """Row `i` of each sample of x (batch, count, ...) is added to row `places[batch, i]` of `size` rows."""
    return x.graph.add(movement.ScatterAddAt(size), x, places)


def flip(x: Tensor, axis: int) -> Tensor:
    """The elements along an axis in reversed order."""
    return gather(x, ops.numbered(x.shape[axis])[::-1], axis)


def repeat(x: Tensor, times: int, axis: int) -> Tensor:
    """Each element along an axis so many times in a row."""
    axis %= x.rank
    outer, inner = x.shape[: axis + 1], x.shape[axis + 1 :]
    wide = broadcast_to(reshape(x, (*outer, 1, *inner)), (*outer, times, *inner))
    return reshape(wide, (*x.shape[:axis], x.shape[axis] * times, *inner))


def _contiguous(axes: Sequence[int]) -> list[tuple[int, ...]]:
    """Axes in runs of neighbours: (0, 1, 3) gives [(0, 1), (3,)]; an engine reduces one run in one go."""
    runs = groupby(enumerate(sorted(axes)), key=lambda pair: pair[1] - pair[0])
    return [tuple(axis for _, axis in run) for _, run in runs]


def _reduce(op: type[ops.ReduceSum | ops.ReduceMax], x: Tensor, axes: Sequence[int] | None, keepdims: bool) -> Tensor:
    chosen = {axis % x.rank for axis in axes} if axes is not None else set(range(x.rank))
    result = x
    for run in _contiguous(sorted(chosen)):
        result = x.graph.add(op(run), result)
    return result if keepdims else reshape(result, tuple(n for i, n in enumerate(x.shape) if i not in chosen))


def reduce_sum(x: Tensor, axes: Sequence[int] | None = None, *, keepdims: bool = False) -> Tensor:
    """The sum along `axes` (all of them by default)."""
    return _reduce(ops.ReduceSum, x, axes, keepdims)


def reduce_max(x: Tensor, axes: Sequence[int] | None = None, *, keepdims: bool = False) -> Tensor:
    """The maximum along `axes` (all of them by default)."""
    return _reduce(ops.ReduceMax, x, axes, keepdims)


def reduce_min(x: Tensor, axes: Sequence[int] | None = None, *, keepdims: bool = False) -> Tensor:
    """The minimum along `axes` (all of them by default)."""
    return -reduce_max(-x, axes, keepdims=keepdims)


def reduce_mean(x: Tensor, axes: Sequence[int] | None = None, *, keepdims: bool = False) -> Tensor:
    """The mean along `axes` (all of them by default)."""
    total = reduce_sum(x, axes, keepdims=keepdims)
    return total / (math.prod(x.shape) / math.prod(total.shape))


def variance(x: Tensor, axes: Sequence[int] | None = None, *, keepdims: bool = False) -> Tensor:
    """The mean of the squared deviations from the mean along `axes` (all of them by default).

    The mean is taken off first: the shorter mean(x^2) - mean(x)^2 loses all digits where the mean is large.
    """
    return reduce_mean(square(x - reduce_mean(x, axes, keepdims=True)), axes, keepdims=keepdims)


def sum_to(x: Tensor, shape: Shape) -> Tensor:
    """Undo a broadcast: sum x along the axes that were repeated to get from `shape` to the shape of x."""
    new = x.rank - len(shape)
    repeated = [axis for axis in range(x.rank) if axis < new or (shape[axis - new] == 1 and x.shape[axis] != 1)]
    return reshape(reduce_sum(x, repeated, keepdims=True) if repeated else x, shape)


def arg_max(x: Tensor) -> Tensor:
    """Index of the first maximum along the last axis."""
    return x.graph.add(ops.ArgMax(), x)


def one_hot(x: Tensor, depth: int) -> Tensor:
    """A new last axis that is 1 at the index which x holds, else 0."""
    return x.graph.add(ops.OneHot(depth), x)


def random_uniform(graph: Graph, shape: Shape, stream: int) -> Tensor:
    """Uniform numbers in [0, 1), drawn anew in each step; `stream` tells this draw from the others of the graph."""
    return graph.add(ops.RandomUniform(shape, stream))


def random_normal(graph: Graph, shape: Shape, stream: int) -> Tensor:
    """Normal numbers of mean 0 and variance 1, drawn anew in each step from one stream.

    Source: Box and Muller, A Note on the Generation of Random Normal Deviates, Ann. Math. Stat. 29 (1958).
    """
    pairs = random_uniform(graph, (2, *shape), stream)
    first, second = (reshape(slice_axis(pairs, 0, half, half + 1), shape) for half in (0, 1))
    # 1 - u lies in (0, 1]: its logarithm is finite.
    return sqrt(-2.0 * log(1.0 - first)) * cos(2.0 * math.pi * second)


def matmul(a: Tensor, b: Operand, *, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    """The product of two matrices, each transposed first where asked; axes before the last two are a batch."""
    op = ops.Matmul(transpose_a, transpose_b, precision=a.graph.precision)
    return a.graph.add(op, a, a.graph.lift(b))


def convolution(x: Tensor, kernel: Operand, window: Window, groups: int = 1) -> Tensor:
    """The cross-correlation of x (batch, spatial..., channels) with kernel (spatial..., channels / groups, filters)."""
    return x.graph.add(windows.Convolution(window, groups, precision=x.graph.precision), x, x.graph.lift(kernel))


def convolution_input_gradient(grad: Tensor, kernel: Operand, shape: Shape, window: Window, groups: int = 1) -> Tensor:
    """The gradient of a convolution with respect to its input, of shape `shape`; also a transposed convolution."""
    op = windows.ConvolutionInputGradient(window, groups, shape, precision=grad.graph.precision)
    return grad.graph.add(op, grad, grad.graph.lift(kernel))


def convolution_kernel_gradient(x: Tensor, grad: Tensor, shape: Shape, window: Window, groups: int = 1) -> Tensor:
    """The gradient of a convolution with respect to its kernel, of shape `shape`."""
    op = windows.ConvolutionKernelGradient(window, groups, shape, precision=x.graph.precision)
    return x.graph.add(op, x, grad)


def max_pool(x: Tensor, window: Window) -> Tensor:
    """The largest value of each channel in each window."""
    return x.graph.add(windows.MaxPool(window), x)


def average_pool(x: Tensor, window: Window) -> Tensor:
    """The mean of each channel in each window."""
    return x.graph.add(windows.AveragePool(window), x)


def pack(tensors: Sequence[Tensor], offsets: Sequence[int], length: int) -> Tensor:
    """Tensors, flattened, at given offsets of one flat array."""
    return tensors[0].graph.add(movement.Pack(tuple(offsets), length), *tensors)


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)); remembers x as its logits."""
    return _with_logits(_elementwise("sigmoid", x), x, "sigmoid")


def softmax(x: Tensor) -> Tensor:
    """exp(x) / sum of exp(x) along the last axis; remembers x as its logits.

    The maximum is taken off first, so that exp cannot overflow; it cancels, hence gets no gradient.
    """
    if x.rank < 2 or x.shape[-1] < 1:
        raise ShapeError(f"softmax needs a batch axis and a class axis, got shape {x.shape}")
    raised = exp(x - stop_gradient(reduce_max(x, [-1], keepdims=True)))
    return _with_logits(raised / reduce_sum(raised, [-1], keepdims=True), x, "softmax")


def log_softmax(x: Tensor) -> Tensor:
    """log(softmax(x)) along the last axis, computed so that it neither overflows nor loses digits."""
    shifted = x - stop_gradient(reduce_max(x, [-1], keepdims=True))
    return shifted - log(reduce_sum(exp(shifted), [-1], keepdims=True))


def _with_logits(probabilities: Tensor, logits: Tensor, link: str) -> Tensor:
    """The same tensor, with a note of what it was computed from (see `Tensor.logits`)."""
    return replace(probabilities, logits=logits, link=link)
