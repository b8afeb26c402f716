"""`tf.linalg`: products of arrays, and lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import are_plain, eager, eagerly
from pellucid.errors import ArgumentError

tensordot = eagerly(ops.tensordot)


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    name: str | None = None,
) -> Any:
    """The product of matrices, in the last two axes, each transposed first where that is said."""
    first = matrix_transpose(a) if transpose_a or adjoint_a else a
    return _product(first, matrix_transpose(b) if transpose_b or adjoint_b else b)


_product = eagerly(ops.matmul, np.matmul)


def norm(tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
    """The length of all, or along axes; sums of absolute values with `ord` 1, the largest with infinity."""
    if ord in ("euclidean", "fro", 2):
        return eager(ops.sqrt(ops.sum(ops.square(tensor), axis, keepdims)))
    if ord not in (1, np.inf):
        raise ArgumentError(f'tf.norm: ord is "euclidean", 1, 2 or infinity here, got {ord!r}')
    return eager((ops.sum if ord == 1 else ops.max)(ops.absolute(tensor), axis, keepdims))


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12) -> Any:
    """Divided by its length."""
    length = ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis, keepdims=True), epsilon))
    return eager(ops.divide(x, length))


def global_norm(t_list: Any, name: str | None = None) -> Any:
    """The length of several arrays as one."""
    squares = [ops.sum(ops.square(each)) for each in t_list if each is not None]
    return eager(ops.sqrt(ops.sum(ops.stack(squares))))


def matrix_transpose(a: Any, name: str | None = None) -> Any:
    """With the last two axes exchanged."""
    return eager(ops.swapaxes(a, -1, -2))


def einsum(equation: str, *inputs: Any, name: str | None = None) -> Any:
    """Sums of products along axes that go by letters: see `ops.einsum`.

    Example:
        >>> einsum("ij,jk->ik", np.ones((2, 3)), np.ones((3, 4))).tolist()[0]
        [3.0, 3.0, 3.0, 3.0]
    """
    return eager(np.einsum(equation, *inputs, optimize=True) if are_plain(*inputs) else ops.einsum(equation, *inputs))


def trace(x: Any, name: str | None = None) -> Any:
    """The sum of the diagonal of matrices, in the last two axes."""
    return eager(ops.trace(x, axis1=-2, axis2=-1))


def diag_part(input: Any, name: str | None = None) -> Any:
    """The diagonal of matrices, in the last two axes."""
    return eager(ops.diagonal(input, axis1=-2, axis2=-1))


def band_part(input: Any, num_lower: int, num_upper: int, name: str | None = None) -> Any:
    """Matrices without what is farther from the diagonal; negative numbers keep all on that side."""
    kept = input if num_upper < 0 else ops.tril(input, int(num_upper))
    return eager(kept if num_lower < 0 else ops.triu(kept, -int(num_lower)))
