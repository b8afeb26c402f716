"""Functions that combine the elements along axes, under Keras's names (keras.ops).

`axis` is one axis, several, or None for all of them; with `keepdims` these stay, with size 1.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from pellucid import checks
from pellucid.config import EPSILON
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.ops.comparisons import truth
from pellucid.ops.places import kept, place, places
from pellucid.ops.shapes import in_a_row, row_or_axis

Axes = int | Sequence[int] | None
MOST_ORDER = 2**31 - 1  # of a length: what is more is infinity, for which `norm` is


@anywhere("x")
def all(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """1 where no element along the axes is 0, else 0; no gradient flows back.

    Example:
        >>> all([[1.0, 2.0], [0.0, 4.0]], axis=1).tolist()
        [1.0, 0.0]
    """
    return builder.reduce_min(truth(x), places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def amax(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The maximum along the axes: `max`, as NumPy calls it too.

    Example:
        >>> amax([1.0, 2.0]).tolist()
        2.0
    """
    return builder.reduce_max(x, places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def amin(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The minimum along the axes: `min`, as NumPy calls it too.

    Example:
        >>> amin([1.0, 2.0]).tolist()
        1.0
    """
    return builder.reduce_min(x, places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def any(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """1 where an element along the axes is not 0, else 0; no gradient flows back.

    Example:
        >>> any([[1.0, 2.0], [0.0, 0.0]], axis=1).tolist()
        [1.0, 0.0]
    """
    return builder.reduce_max(truth(x), places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x", whole=[0])
def argmax(x: Operand, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the first maximum along an axis, by default among all elements in one row; it has no gradient.

    Example:
        >>> argmax([[1.0, 5.0, 2.0]], axis=-1).tolist()
        [1]
    """
    return place_of_largest(x, axis, kept(keepdims))


@anywhere("x", whole=[0])
def argmin(x: Operand, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the first minimum along an axis, by default among all elements in one row; it has no gradient.

    Example:
        >>> argmin([[1.0, 5.0, 2.0]], axis=-1).tolist()
        [0]
    """
    return place_of_largest(-x, axis, kept(keepdims))


def place_of_largest(x: Tensor, axis: int | None, keepdims: bool) -> Tensor:
    """`argmax`."""
    if axis is None:
        found = builder.arg_max(in_a_row(x))
        return builder.reshape(found, (1,) * x.rank) if keepdims else found
    along = place(axis, x.rank)
    order = [item for item in range(x.rank) if item != along]
    found = builder.arg_max(x if along == x.rank - 1 else builder.transpose(x, [*order, along]))
    return builder.reshape(found, (*x.shape[:along], 1, *x.shape[along + 1 :])) if keepdims else found


@anywhere("x", "weights")
def average(x: Operand, axis: Axes = None, weights: Operand = None) -> Any:
    """The mean along the axes, in which each element counts by its weight.

    Args:
        x: of any shape.
        axis: one axis, several, or (None) all of them.
        weights: of the shape of x, or one for each place along one axis; all count alike by default.

    Raises:
        ShapeError: the weights do not fit.

    Example:
        >>> average([1.0, 3.0], weights=[3.0, 1.0]).tolist()
        1.5
    """
    along = places(axis, x.rank)
    if weights is None:
        return builder.reduce_mean(x, along)
    if weights.shape != x.shape:
        if len(along) != 1 or weights.shape != (x.shape[along[0]],):
            raise ShapeError(
                f"weights of {x.shape} are as many, or one for each place along one axis, got {weights.shape}"
            )
        weights = builder.reshape(weights, tuple(n if i in along else 1 for i, n in enumerate(x.shape)))
        weights = builder.broadcast_to(weights, x.shape)
    return builder.reduce_sum(x * weights, along) / builder.reduce_sum(weights, along)


@anywhere("x", whole=[0])
def count_nonzero(x: Operand, axis: Axes = None) -> Any:
    """How many elements along the axes are not 0; no gradient flows back.

    Example:
        >>> count_nonzero([1.0, 0.0, -2.0]).tolist()
        2
    """
    return builder.reduce_sum(truth(x), places(axis, x.rank))


@anywhere("x")
def cumprod(x: Operand, axis: int | None = None, dtype: Any = None) -> Any:
    """The product of each element and all before it along an axis, by default of all elements in one row.

    Args:
        x: of any shape.
        axis: along which.
        dtype: None or "float32", the one type there is.

    Example:
        >>> cumprod([1.0, 2.0, 3.0]).tolist()
        [1.0, 2.0, 6.0]
    """
    checks.number_type("ops.cumprod", dtype)
    return _cumulated(x, axis, operator.mul, 1.0)


@anywhere("x")
def cumsum(x: Operand, axis: int | None = None) -> Any:
    """The sum of each element and all before it along an axis, by default of all elements in one row.

    Example:
        >>> cumsum([1.0, 2.0, 3.0]).tolist()
        [1.0, 3.0, 6.0]

    Source: Hillis and Steele, Data parallel algorithms, Comm. ACM 29 (1986).
    """
    return _cumulated(x, axis, operator.add, 0.0)


def _cumulated(x: Tensor, axis: int | None, combine: Callable[[Tensor, Tensor], Tensor], neutral: float) -> Tensor:
    """Each element combined with all before it: log2(n) times x with itself, moved by 1, 2, 4, ... places."""
    x, along = row_or_axis(x, axis)
    moved, length = 1, x.shape[along]
    while moved < length:
        first = builder.broadcast_to(x.graph.constant(neutral), (*x.shape[:along], moved, *x.shape[along + 1 :]))
        x = combine(x, builder.concatenate([first, builder.slice_axis(x, along, 0, length - moved)], along))
        moved *= 2
    return x


@anywhere("x")
def logsumexp(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """log of the sum of exp(x) along the axes.

    The maximum is taken off first, so that exp cannot overflow; it cancels, hence gets no gradient.

    Example:
        >>> logsumexp([1000.0, 1000.0]).round(3).tolist()
        1000.6929931640625
    """
    along = places(axis, x.rank)
    top = builder.stop_gradient(builder.reduce_max(x, along, keepdims=True))
    total = builder.log(builder.reduce_sum(builder.exp(x - top), along, keepdims=kept(keepdims)))
    return total + builder.reshape(top, total.shape)


@anywhere("x")
def max(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The maximum along the axes; elements that tie share the gradient.

    Example:
        >>> max([[1.0, 2.0], [3.0, 4.0]], axis=-1).tolist()
        [2.0, 4.0]
    """
    return builder.reduce_max(x, places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def mean(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The mean along the axes.

    Example:
        >>> mean([[1.0, 2.0], [3.0, 4.0]]).tolist()
        2.5
    """
    return builder.reduce_mean(x, places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def min(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The minimum along the axes; elements that tie share the gradient.

    Example:
        >>> min([[1.0, 2.0], [3.0, 4.0]], axis=-1, keepdims=True).tolist()
        [[1.0], [3.0]]
    """
    return builder.reduce_min(x, places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def moments(x: Operand, axes: Axes, keepdims: bool = False) -> Any:
    """Mean and variance along the axes.

    Example:
        >>> [part.tolist() for part in moments([1.0, 3.0], 0)]
        [2.0, 1.0]
    """
    along = places(axes, x.rank)
    return builder.reduce_mean(x, along, keepdims=kept(keepdims)), builder.variance(x, along, keepdims=kept(keepdims))


@anywhere("x")
def norm(x: Operand, ord: float | str | None = None, axis: Axes = None, keepdims: bool = False) -> Any:
    """The length of vectors.

    Args:
        x: of any shape.
        ord: None for the root of the sum of squares, over any axes; along one axis a number p for (sum of
            |x|^p)^(1/p), among them 1, 2 and infinity (the largest magnitude).
        axis: along which; all by default.
        keepdims: whether the axes stay, with size 1.

    Raises:
        ArgumentError: another kind of length, such as those of matrices.

    Example:
        >>> norm([3.0, 4.0]).tolist(), norm([3.0, 4.0], ord=1).tolist()
        (5.0, 7.0)
    """
    along = places(axis, x.rank)
    if ord is None or (isinstance(ord, str) and ord == "fro" and len(along) == 2):
        return builder.sqrt(builder.reduce_sum(builder.square(x), along, keepdims=kept(keepdims)))
    if isinstance(ord, bool | str) or not isinstance(ord, int | float) or len(along) != 1 or ord != ord or not ord:
        got = f"ord={shown(ord)} with axis={shown(axis)}"
        raise ArgumentError(f"ord is None, or along one axis a number other than 0; got {got}")
    order = ord if isinstance(ord, float) and math.isinf(ord) else checks.number("", "ord", ord)
    return _norm_of_order(x, order, along, kept(keepdims))


def _norm_of_order(x: Tensor, order: float, along: list[int], keepdims: bool) -> Tensor:
    if order == 2.0:
        return builder.sqrt(builder.reduce_sum(builder.square(x), along, keepdims=keepdims))
    magnitudes = builder.absolute(x)
    if math.isinf(order):
        reduce = builder.reduce_max if order > 0 else builder.reduce_min
        return reduce(magnitudes, along, keepdims=keepdims)
    if order == 1.0:
        return builder.reduce_sum(magnitudes, along, keepdims=keepdims)
    return builder.power(builder.reduce_sum(builder.power(magnitudes, order), along, keepdims=keepdims), 1.0 / order)


@anywhere("x")
def normalize(x: Operand, axis: Axes = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """x divided by its length along the axes, or by `epsilon` where the length is less.

    Args:
        x: of any shape.
        axis: along which the length is taken; the last by default.
        order: of the length (see `norm`), >= 1.
        epsilon: 1e-7 by default.

    Raises:
        ArgumentError: the order is not a whole number from 1 on.

    Example:
        >>> normalize([3.0, 4.0]).round(1).tolist()
        [0.6000000238418579, 0.800000011920929]
    """
    order = checks.whole("", "order", order, 1, MOST_ORDER)
    least = EPSILON if epsilon is None else checks.number("", "epsilon", epsilon, 0.0)
    along = places(axis, x.rank)
    if order == 2:
        # The maximum is taken before the root, whose slope at 0 is infinite: a vector of zeros has a gradient too.
        squares = builder.reduce_sum(builder.square(x), along, keepdims=True)
        return x / builder.sqrt(builder.maximum(least * least, squares))
    if len(along) != 1:
        raise ArgumentError(f"a length of order {order} is taken along one axis, got axis={shown(axis)}")
    return x / builder.maximum(_norm_of_order(x, float(order), along, True), least)


@anywhere("x")
def prod(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The product along the axes: one half times the other until one element is left.

    Example:
        >>> prod([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist()
        [3.0, 8.0]
    """
    return product_along(x, places(axis, x.rank), keepdims=kept(keepdims))


def product_along(x: Tensor, along: Sequence[int], *, keepdims: bool = False) -> Tensor:
    """`prod` along axes that are counted from 0."""
    for item in along:
        while x.shape[item] > 1:
            half = x.shape[item] // 2
            folded = builder.slice_axis(x, item, 0, half) * builder.slice_axis(x, item, half, 2 * half)
            odd = x.shape[item] % 2
            last = [builder.slice_axis(x, item, 2 * half, 2 * half + 1)] if odd else []
            x = builder.concatenate([folded, *last], item) if odd else folded
    return x if keepdims else builder.reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in along))


@anywhere("x")
def ptp(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The maximum less the minimum along the axes ("peak to peak").

    Example:
        >>> ptp([1.0, 4.0, 2.0]).tolist()
        3.0
    """
    along = places(axis, x.rank)
    high = builder.reduce_max(x, along, keepdims=kept(keepdims))
    return high - builder.reduce_min(x, along, keepdims=kept(keepdims))


@anywhere("x")
def std(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The standard deviation, the root of `var`, along the axes; its gradient is not finite where all are equal.

    Example:
        >>> std([1.0, 3.0]).tolist()
        1.0
    """
    return builder.sqrt(builder.variance(x, places(axis, x.rank), keepdims=kept(keepdims)))


@anywhere("x")
def sum(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The sum along the axes.

    Example:
        >>> sum([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist()
        [4.0, 6.0]
    """
    return builder.reduce_sum(x, places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def var(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The variance along the axes: the mean squared distance from the mean, divided by the count.

    Example:
        >>> var([1.0, 3.0]).tolist()
        1.0
    """
    return builder.variance(x, places(axis, x.rank), keepdims=kept(keepdims))
