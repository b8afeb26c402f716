"""`tf.linalg`: products of arrays, and lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import are_plain, eager, eagerly
from pellucid.cli.tf.shapes import eye as eye  # under both names in TensorFlow
from pellucid.errors import ArgumentError

tensordot = eagerly(ops.tensordot, words="a b")


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


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None) -> Any:
    """Divided by its length; `dim` is TensorFlow 1's word for the axis."""
    axis = dim if axis is None else axis
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


def matvec(a: Any, b: Any, transpose_a: bool = False, name: str | None = None) -> Any:
    """The product of matrices with vectors, which lie along the last axis."""
    found = matmul(a, ops.expand_dims(b, -1), transpose_a=transpose_a)
    return eager(ops.squeeze(found, -1))


def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None) -> tuple[Any, Any]:
    """What is left of an array when it is divided by its length, and the length."""
    length = norm(tensor, ord, axis, keepdims=True)
    return eager(ops.divide(tensor, length)), length


def diag(diagonal: Any, name: str | None = None) -> Any:
    """Matrices with these on their diagonals and 0 elsewhere."""
    size = ops.shape(diagonal)[-1]
    return eager(ops.multiply(ops.expand_dims(diagonal, -1), np.eye(size, dtype=np.float32)))


def cross(a: Any, b: Any, name: str | None = None) -> Any:
    """The product of vectors of three numbers that stands upright on both."""
    return eager(ops.cross(a, b))


tensor_diag, tensor_diag_part, adjoint = diag, diag_part, matrix_transpose


def _of_arrays(name: str, function: Any) -> Any:
    """A function of NumPy's; for what a gradient goes through there is none."""

    def called(*args: Any, **options: Any) -> Any:
        if not are_plain(*args):
            raise ArgumentError(
                f"tf.linalg.{name} takes arrays alone, outside of models and GradientTape: it has no gradient here"
            )
        options.pop("name", None)
        found = function(*args, **options)
        return tuple(eager(each) for each in found) if isinstance(found, tuple) else eager(np.asarray(found))

    called.__name__ = name
    return called


cholesky = _of_arrays("cholesky", np.linalg.cholesky)
det = _of_arrays("det", np.linalg.det)
eigh = _of_arrays("eigh", lambda tensor: tuple(np.linalg.eigh(tensor)))
inv = _of_arrays("inv", lambda input, adjoint=False: np.linalg.inv(np.swapaxes(input, -1, -2) if adjoint else input))
lstsq = _of_arrays("lstsq", lambda matrix, rhs: np.linalg.lstsq(matrix, rhs)[0])
matrix_rank = _of_arrays("matrix_rank", np.linalg.matrix_rank)
pinv = _of_arrays("pinv", np.linalg.pinv)
qr = _of_arrays(
    "qr", lambda input, full_matrices=False: tuple(np.linalg.qr(input, "complete" if full_matrices else "reduced"))
)
slogdet = _of_arrays("slogdet", lambda input: tuple(np.linalg.slogdet(input)))
solve = _of_arrays(
    "solve",
    lambda matrix, rhs, adjoint=False: np.linalg.solve(np.swapaxes(matrix, -1, -2) if adjoint else matrix, rhs),
)


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """Singular values, and the vectors on the left and on the right as columns, in TensorFlow's order."""
    if not compute_uv:
        return _of_arrays("svd", lambda x: np.linalg.svd(x, compute_uv=False))(tensor)
    left, sizes, right = _of_arrays("svd", lambda x: tuple(np.linalg.svd(x, full_matrices)))(tensor)
    return sizes, left, matrix_transpose(right)
