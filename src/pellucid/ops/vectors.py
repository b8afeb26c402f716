"""Products, distances and likenesses of vectors, under Keras's names (keras.ops)."""

from __future__ import annotations

from typing import Any

from pellucid import checks
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.ops.places import number, place
from pellucid.ops.sliding import pieces_of

MOST_POWERS = 4096


@anywhere("x1", "x2")
def cross(x1: Operand, x2: Operand, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector product: across both vectors, as long as the area between them.

    Args:
        x1: vectors of 3 numbers, or of 2 that lie in a plane.
        x2: likewise.
        axisa: along which the numbers of x1 lie.
        axisb: those of x2.
        axisc: those of the result; two vectors in the plane give one number, without such an axis.
        axis: in the place of all three.

    Raises:
        ShapeError: vectors have neither 2 nor 3 numbers.

    Example:
        >>> cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]).tolist(), cross([1.0, 2.0], [3.0, 4.0]).tolist()
        ([0.0, 0.0, 1.0], -2.0)
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    (a, in_plane), (b, in_plane_too) = _parts(x1, axisa, "axisa"), _parts(x2, axisb, "axisb")
    upwards = a[0] * b[1] - a[1] * b[0]
    if in_plane and in_plane_too:
        return upwards
    parts = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], upwards]
    return builder.stack(parts, place(axisc, upwards.rank + 1, "axisc"))


def _parts(x: Tensor, axis: Any, name: str) -> tuple[list[Tensor], bool]:
    """The three numbers of vectors, the last 0 where they lie in the plane; and whether they do."""
    along = place(axis, x.rank, name)
    size = x.shape[along]
    if size not in (2, 3):
        raise ShapeError(f"vectors have 2 or 3 numbers, got shape {x.shape} with {size} along axis {along}")
    shape = (*x.shape[:along], *x.shape[along + 1 :])
    found = [builder.reshape(builder.slice_axis(x, along, k, k + 1), shape) for k in range(size)]
    return [*found, *[found[0] * 0.0] * (3 - size)], size == 2


@anywhere("x", "y")
def cdist(x: Operand, y: Operand) -> Any:
    """The distance of each vector of x to each of y.

    Args:
        x: (..., vectors, numbers).
        y: (..., others, numbers).

    Returns:
        (..., vectors, others).

    Raises:
        ShapeError: the vectors are not equally long.

    Example:
        >>> cdist([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]]).tolist()
        [[5.0, 1.0]]
    """
    if x.rank < 2 or y.rank < 2 or x.shape[-1] != y.shape[-1]:
        raise ShapeError(f"vectors of equal length along the last of two axes or more, got {x.shape} and {y.shape}")
    one = builder.reshape(x, (*x.shape[:-1], 1, x.shape[-1]))
    other = builder.reshape(y, (*y.shape[:-2], 1, *y.shape[-2:]))
    squares = builder.square(one - other)
    total = builder.reduce_sum(squares, [squares.rank - 1])
    is_apart = builder.greater(total, 0.0)  # where there is no distance, it has no slope
    return builder.sqrt(builder.where(is_apart, total, 1.0)) * is_apart


@anywhere("y", "x")
def trapezoid(y: Operand, x: Operand = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The area below lines through points: the mean of each two heights times the way between them.

    Args:
        y: heights.
        x: where they are: of the shape of y, or one number for each along the axis.
        dx: how far apart they are, where x is not given.
        axis: along which.

    Raises:
        ShapeError: x does not belong to y.

    Example:
        >>> trapezoid([1.0, 2.0, 3.0]).tolist(), trapezoid([1.0, 2.0], x=[0.0, 4.0]).tolist()
        (4.0, 6.0)
    """
    along = place(axis, y.rank)
    size = y.shape[along]
    heights = builder.slice_axis(y, along, 1, size) + builder.slice_axis(y, along, 0, size - 1)
    if x is None:
        return builder.reduce_sum(heights, [along]) * (0.5 * number("dx", dx))
    if x.rank == 1:
        x = builder.reshape(x, tuple(x.shape[0] if k == along else 1 for k in range(y.rank)))
    if x.rank != y.rank or x.shape[along] != size:
        raise ShapeError(f"x of shape {x.shape} does not say where heights of shape {y.shape} are")
    ways = builder.slice_axis(x, along, 1, size) - builder.slice_axis(x, along, 0, size - 1)
    return builder.reduce_sum(heights * ways, [along]) * 0.5


@anywhere("x")
def vander(x: Operand, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of each number, in a row: x^(N-1), ..., x, 1.

    Args:
        x: (numbers,).
        N: how many powers; as many as there are numbers by default.
        increasing: whether 1 comes first.

    Raises:
        ShapeError: x has not one axis.

    Example:
        >>> vander([2.0, 3.0], 3).tolist()
        [[4.0, 2.0, 1.0], [9.0, 3.0, 1.0]]
    """
    if x.rank != 1:
        raise ShapeError(f"x has one axis, got shape {x.shape}")
    count = x.shape[0] if N is None else checks.whole("", "N", N, 1, MOST_POWERS)
    powers = [builder.broadcast_to(x.graph.constant(1.0), x.shape)]
    for _ in range(count - 1):
        powers.append(powers[-1] * x)
    return builder.stack(powers if checks.flag("", "increasing", increasing) else powers[::-1], 1)


@anywhere("x1", "x2")
def correlate(x1: Operand, x2: Operand, mode: str = "valid") -> Any:
    """The cross-correlation of two rows: what a layer of convolution computes, of one channel.

    Args:
        x1: (numbers,).
        x2: (numbers,).
        mode: "valid" where both lie on each other whole, "same" for as many as the longer has, "full" where they touch.

    Raises:
        ArgumentError: there is no such mode.
        ShapeError: they have not one axis each.

    Example:
        >>> correlate([1.0, 2.0, 3.0], [0.0, 1.0, 0.5]).tolist()
        [3.5]
        >>> correlate([1.0, 2.0, 3.0], [0.0, 1.0, 0.5], mode="full").tolist()
        [0.5, 2.0, 3.5, 3.0, 0.0]

    Source: numpy.correlate.
    """
    mode = checks.word("", "mode", mode, ("valid", "same", "full"))
    if x1.rank != 1 or x2.rank != 1:
        raise ShapeError(f"two rows of numbers, got shapes {x1.shape} and {x2.shape}")
    long, short = (x1, x2) if x1.shape >= x2.shape else (x2, x1)
    size = short.shape[0]
    before, after = {"valid": (0, 0), "same": (size // 2, (size - 1) // 2), "full": (size - 1, size - 1)}[mode]
    padded = builder.pad_axis(long, 0, before, after)
    pieces = pieces_of(padded, size, 1)
    found = builder.reshape(builder.matmul(pieces, builder.reshape(short, (size, 1))), pieces.shape[:1])
    return found if long is x1 else builder.flip(found, 0)


@anywhere("x")
def corrcoef(x: Operand) -> Any:
    """How alike variables go, from -1 to 1: Pearson's correlation of each with each.

    Args:
        x: (variables, observations), or the observations of one variable.

    Raises:
        ShapeError: x has no axis, or more than two.

    Example:
        >>> corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]).round(5).tolist()
        [[1.0, -1.0], [-1.0, 1.0]]
    """
    if x.rank not in (1, 2):
        raise ShapeError(f"x has one axis, or two with the variables first; got shape {x.shape}")
    rows = x if x.rank == 2 else builder.reshape(x, (1, *x.shape))
    apart = rows - builder.reduce_mean(rows, [1], keepdims=True)
    length = builder.sqrt(builder.reduce_sum(builder.square(apart), [1], keepdims=True))
    alike = apart / length
    found = builder.matmul(alike, alike, transpose_b=True)
    return found if x.rank == 2 else builder.reshape(found, ())
