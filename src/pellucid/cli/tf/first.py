"""Names of TensorFlow 1 that its second has no more, or elsewhere: `tf.log`, `tf.depth_to_space`, `tf.random_normal`.

Scripts of Keras 1 and 2 have them in the functions of Lambda layers and in losses. Source: TensorFlow 1.15,
https://www.tensorflow.org/versions/r1.15/api_docs/python/tf
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli import tf
from pellucid.cli.tf import image, io, linalg, nn, random, sparse
from pellucid.cli.tf.arrays import are_plain, eager, eagerly
from pellucid.cli.tf.flow import numpy_function
from pellucid.cli.tf.selecting import negative

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "VarLenFeature",
    "arg_max",
    "arg_min",
    "ceil",
    "decode_raw",
    "depth_to_space",
    "diag",
    "div",
    "erf",
    "extract_image_patches",
    "floor_div",
    "floordiv",
    "is_finite",
    "is_inf",
    "is_nan",
    "log",
    "log1p",
    "matrix_band_part",
    "matrix_transpose",
    "mod",
    "mul",
    "neg",
    "parse_example",
    "parse_single_example",
    "py_func",
    "random_crop",
    "random_normal",
    "random_shuffle",
    "random_uniform",
    "read_file",
    "real_div",
    "realdiv",
    "reduce_logsumexp",
    "rsqrt",
    "space_to_depth",
    "sparse_tensor_to_dense",
    "sub",
    "to_double",
    "to_float",
    "to_int32",
    "to_int64",
    "trace",
    "truediv",
    "truncated_normal",
]

log, log1p, rsqrt, erf = eagerly(ops.log), eagerly(ops.log1p), eagerly(ops.rsqrt), eagerly(ops.erf)
ceil = eagerly(ops.ceil, np.ceil)
is_nan, is_inf, is_finite = eagerly(ops.isnan), eagerly(ops.isinf), eagerly(ops.isfinite)
reduce_logsumexp = eagerly(ops.logsumexp, words="input_tensor")
sub, mul, neg = tf.subtract, tf.multiply, negative
truediv = realdiv = real_div = tf.divide
floordiv = floor_div = eagerly(ops.floor_divide, np.floor_divide)
mod = eagerly(ops.mod, np.mod)
depth_to_space, space_to_depth = nn.depth_to_space, nn.space_to_depth
matrix_band_part, matrix_transpose, trace = linalg.band_part, linalg.matrix_transpose, linalg.trace
random_normal, random_uniform, truncated_normal = random.normal, random.uniform, random.truncated_normal
random_shuffle, random_crop = random.shuffle, image.random_crop
py_func = numpy_function
FixedLenFeature, VarLenFeature = io.FixedLenFeature, io.VarLenFeature
FixedLenSequenceFeature, decode_raw = io.FixedLenSequenceFeature, io.decode_raw
parse_example, parse_single_example, read_file = io.parse_example, io.parse_single_example, io.read_file
sparse_tensor_to_dense = sparse.to_dense


def div(x: Any, y: Any, name: str | None = None) -> Any:
    """Divided; of whole numbers the whole part, as Python 2 did."""
    whole = all(np.asarray(each).dtype.kind in "iu" for each in (x, y)) if are_plain(x, y) else False
    return floordiv(x, y) if whole else tf.divide(x, y)


def to_float(x: Any, name: str | None = None) -> Any:
    """As float32."""
    return tf.cast(x, np.float32)


def to_double(x: Any, name: str | None = None) -> Any:
    """As float64; tensors of models are of float32."""
    return tf.cast(x, np.float64)


def to_int32(x: Any, name: str | None = None) -> Any:
    """As whole numbers."""
    return tf.cast(x, np.int32)


def to_int64(x: Any, name: str | None = None) -> Any:
    """As whole numbers."""
    return tf.cast(x, np.int64)


def arg_max(input: Any, dimension: Any, output_type: Any = None, name: str | None = None) -> Any:
    """See `tf.argmax`."""
    return tf.argmax(input, dimension, output_type)


def arg_min(input: Any, dimension: Any, output_type: Any = None, name: str | None = None) -> Any:
    """See `tf.argmin`."""
    return tf.argmin(input, dimension, output_type)


def diag(diagonal: Any, name: str | None = None) -> Any:
    """A matrix with these numbers on its diagonal."""
    return eager(ops.diag(diagonal))


def extract_image_patches(
    images: Any, ksizes: Any = None, strides: Any = None, rates: Any = None, padding: Any = None, name: Any = None
) -> Any:
    """See `tf.image.extract_patches`."""
    return image.extract_patches(images, ksizes, strides, rates, padding)
