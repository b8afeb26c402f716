"""What is wrong with a call of a function is said: its name, what was expected, what came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, ops
from pellucid.errors import ArgumentError, OutOfMemoryError, ShapeError
from pellucid.graph import Graph
from pellucid.graph.ops import Input as InputOp

M, V, IMAGE = np.ones((2, 3)), np.ones(4), np.ones((1, 5, 5, 2))
HUGE = 2**62

WRONG = {
    "sum axis": (lambda: ops.sum(M, axis=2), "ops.sum: axis must be a whole number from -2 to 1, got 2"),
    "sum axis below": (lambda: ops.sum(M, axis=-3), "from -2 to 1, got -3"),
    "sum axis twice": (lambda: ops.sum(M, axis=(0, -2)), r"names an axis twice: \(0, -2\)"),
    "sum axis of text": (lambda: ops.sum(M, axis="0"), "whole number from -2 to 1, got '0'"),
    "sum axis True": (lambda: ops.sum(M, axis=True), "got True"),
    "sum axis 2^62": (lambda: ops.sum(M, axis=HUGE), "got 4611686018427387904"),
    "sum axis of a number": (lambda: ops.sum(3.0, axis=0), "a single number has no axes, got axis=0"),
    "mean axis": (lambda: ops.mean(M, axis=1.5), "got 1.5"),
    "max axis": (lambda: ops.max(M, axis=7), "ops.max: axis"),
    "argmax axis": (lambda: ops.argmax(M, axis=2), "ops.argmax: axis"),
    "softmax axis": (lambda: ops.softmax(M, axis=2), "ops.softmax: .*axis"),
    "glu odd": (lambda: ops.glu(M), "ops.glu: .*even size"),
    "norm order": (
        lambda: ops.norm(M, ord="nuc"),
        "ord is None, or along one axis a number other than 0; got ord='nuc'",
    ),
    "norm of a matrix": (lambda: ops.norm(M, ord=2), "got ord=2 with axis=None"),
    "norm order 0": (lambda: ops.norm(V, ord=0), "other than 0"),
    "norm order NaN": (lambda: ops.norm(V, ord=float("nan")), "ord=nan"),
    "normalize order": (lambda: ops.normalize(V, order=0), "Expected a strictly positive value. Received order=0"),
    "normalize axes": (lambda: ops.normalize(M, axis=(0, 1), order=3), "is taken along one axis"),
    "add shapes": (lambda: ops.add(M, V), r"ops.add: shapes \(2, 3\) and \(4,\) cannot be combined"),
    "where shapes": (lambda: ops.where(V, M, 0.0), "ops.where: shapes"),
    "matmul sizes": (lambda: ops.matmul(M, M), r"ops.matmul: the inner sizes of \(2, 3\) and \(2, 3\) differ: 3 and 2"),
    "matmul number": (lambda: ops.matmul(M, 2.0), "needs at least one axis each"),
    "matmul batches": (
        lambda: ops.matmul(np.ones((2, 3, 4)), np.ones((5, 4, 6))),
        r"ops.matmul: shapes \(2,\) and \(5,\)",
    ),
    "dot sizes": (lambda: ops.dot(M, M), r"ops.dot: axes \[1\] of \(2, 3\) and \[0\] of \(2, 3\) differ in size"),
    "tensordot count": (lambda: ops.tensordot(M, M, axes=3), "axes=3 is more than both have"),
    "tensordot lists": (lambda: ops.tensordot(M, M, axes=[[0, 1], [0]]), "as many axes of both are needed"),
    "tensordot one list": (lambda: ops.tensordot(M, M, axes=[0]), "one list for each of the two factors"),
    "reshape": (lambda: ops.reshape(M, (4, 2)), r"\(2, 3\) cannot be reshaped to \(4, 2\)"),
    "reshape rest": (lambda: ops.reshape(M, (4, -1)), "do not tell what -1 stands for"),
    "reshape twice": (lambda: ops.reshape(M, (-1, -1)), "do not tell what -1 stands for"),
    "reshape 0": (lambda: ops.reshape(M, (0, -1)), "whole numbers from 1 on"),
    "reshape None": (lambda: ops.reshape(M, (None, None)), "do not tell what -1 stands for"),
    "transpose": (lambda: ops.transpose(M, (0, 0)), "names an axis twice"),
    "transpose short": (lambda: ops.transpose(M, (0,)), "must name each of the 2 axes once"),
    "expand_dims": (lambda: ops.expand_dims(M, 3), "ops.expand_dims: axis must be a whole number from -3 to 2, got 3"),
    "expand_dims None": (lambda: ops.expand_dims(M, None), "axis must be the place of the new axis, .*, got None"),
    "istft length": (lambda: ops.istft((M, M), 2, 1, 4, length=2**31), "positive integer up to 268435456"),
    "squeeze": (lambda: ops.squeeze(M, 0), r"axis=0 of a tensor of shape \(2, 3\) cannot go: only axes of size 1 can"),
    "swapaxes": (lambda: ops.swapaxes(M, 0, 2), "axis2 must be a whole number"),
    "moveaxis": (lambda: ops.moveaxis(M, (0, 1), 0), "must name as many axes"),
    "broadcast_to": (lambda: ops.broadcast_to(M, (2, 4)), r"ops.broadcast_to: shapes \(2, 3\) and \(2, 4\)"),
    "broadcast_to smaller": (lambda: ops.broadcast_to(M, (3,)), r"\(2, 3\) does not broadcast to \(3,\)"),
    "flip": (lambda: ops.flip(M, 2), "ops.flip: axis"),
    "roll": (lambda: ops.roll(M, 0.5), "shift must be a whole number, got 0.5"),
    "roll many": (lambda: ops.roll(M, (1, 2), axis=0), "shift needs a number for each axis"),
    "repeat negative": (lambda: ops.repeat(V, -1), "repeats is a number, or one for each of 4 elements, got -1"),
    "repeat many": (lambda: ops.repeat(V, [1, 2]), "repeats is a number"),
    "repeat nothing": (lambda: ops.repeat(V, 0), "at least one number"),
    "tile": (lambda: ops.tile(V, 0), "repeats takes whole numbers from 1 on, got 0"),
    "split": (lambda: ops.split(V, 3), "an axis of 4 elements cannot be cut into 3 equal parts"),
    "split 0": (lambda: ops.split(V, 0), "cut into 0 equal parts"),
    "split places": (lambda: ops.split(V, [3, 1]), r"begin at rising places, got \[3, 1\]"),
    "split beyond": (lambda: ops.split(V, [5]), "rising places"),
    "unstack": (lambda: ops.unstack(M, num=3), "there are 2 slices along axis 0, not num=3"),
    "take": (lambda: ops.take(V, [4], axis=0), "each index must be a whole number from -4 to 3, got 4"),
    "take fraction": (lambda: ops.take(V, [0.5], axis=0), r"indices must be whole numbers, got \[0.5\]"),
    "pad pairs": (
        lambda: ops.pad(M, [(1, 1)] * 3),
        "pad_width needs a pair of whole numbers from 0 on for each of 2 axes",
    ),
    "pad negative": (lambda: ops.pad(M, -1), "from 0 on"),
    "pad mode": (
        lambda: ops.pad(M, 1, mode="mirror"),
        "mode is one of constant, edge, reflect, symmetric, wrap, got 'mirror'",
    ),
    "pad value": (lambda: ops.pad(M, 1, mode="edge", constant_values=1.0), "constant_values is for mode='constant'"),
    "get_item": (lambda: ops.get_item(M, (0, 3)), "from -3 to 2, got 3"),
    "get_item many": (lambda: ops.get_item(M, (0, 0, 0)), "a tensor of 2 axes has no part"),
    "get_item nothing": (lambda: ops.get_item(M, slice(2, 2)), "leaves nothing of an axis of 2 elements"),
    "get_item mask": (lambda: ops.get_item(M, M > 0), "ops.get_item"),
    "get_item text": (lambda: ops.get_item(M, "a"), "got 'a'"),
    "slice": (lambda: ops.slice(M, (0, 2), (2, 2)), "ops.slice: elements 2 to 4 do not lie on axis 1"),
    "slice short": (lambda: ops.slice(M, (0,), (2,)), "start_indices takes a list of 2 whole numbers"),
    "one_hot": (lambda: ops.one_hot([1], 0), "num_classes must be a whole number >= 1, got 0"),
    "one_hot axis": (lambda: ops.one_hot([1], 3, axis=2), "ops.one_hot: axis"),
    "concatenate": (lambda: ops.concatenate([M, V]), "ops.concatenate: to be joined along axis 0 requires"),
    "concatenate axis": (lambda: ops.concatenate([M, M], axis=2), "ops.concatenate: axis"),
    "concatenate nothing": (lambda: ops.concatenate([]), r"xs is a list of tensors or arrays, at least one, got \[\]"),
    "concatenate one": (lambda: ops.concatenate(V), "xs is a list of tensors"),
    "stack": (lambda: ops.stack([M, V]), r"only tensors of one shape can be stacked, got \[\(2, 3\), \(4,\)\]"),
    "cast": (lambda: ops.cast(V, "float64"), "float32, bool and whole numbers such as int32, got dtype='float64'"),
    "cast nonsense": (lambda: ops.cast(V, "real"), "got dtype='real'"),
    "array": (lambda: ops.array(V, dtype="float16"), "got dtype='float16'"),
    "convert_to_tensor": (lambda: ops.convert_to_tensor(V, dtype="float16"), "got dtype='float16'"),
    "convert_to_numpy": (lambda: ops.convert_to_numpy("a"), "convert_to_numpy takes numbers, got"),
    "convert_to_numpy early": (lambda: ops.convert_to_numpy(Input((2,))), "has no values yet"),
    "arange": (lambda: ops.arange(0), "ops.arange: there is no number from 0 to below 0 with step 1"),
    "arange step": (lambda: ops.arange(0, 3, 0), "with step 0"),
    "linspace": (lambda: ops.linspace(0, 1, 0), "num in ops.linspace must be a whole number >= 1, got 0"),
    "zeros": (lambda: ops.zeros((2, 0)), "the shape in ops.full takes whole numbers from 1 on"),
    "eye": (lambda: ops.eye(0), "ops.eye takes whole numbers from 1 on"),
    "ones of floats": (lambda: ops.ones((2.0,)), "whole numbers from 1 on"),
    "conv rank": (lambda: ops.conv(IMAGE, M), r"conv takes inputs \(batch, spatial..., channels\) and a kernel"),
    "conv image rank": (lambda: ops.conv(np.ones((5, 5, 2)), np.ones((3, 3, 2, 1))), "conv takes inputs"),
    "conv channels": (lambda: ops.conv(IMAGE, np.ones((3, 3, 3, 1))), "takes 3 channels or a multiple of that, got 2"),
    "conv padding": (lambda: ops.conv(IMAGE, np.ones((3, 3, 2, 1)), padding="sam"), "did you mean 'same'"),
    "conv strides": (
        lambda: ops.conv(IMAGE, np.ones((3, 3, 2, 1)), strides=0),
        "`strides` argument must be a tuple of 2 integers",
    ),
    "conv size": (lambda: ops.conv(IMAGE, np.ones((7, 7, 2, 1))), "does not fit on an axis of 5"),
    "conv format": (lambda: ops.conv(IMAGE, np.ones((3, 3, 2, 1)), data_format="nhwc"), "unknown data_format 'nhwc'"),
    "depthwise channels": (lambda: ops.depthwise_conv(IMAGE, np.ones((3, 3, 3, 1))), "takes 3 channels, got 2"),
    "max_pool size": (lambda: ops.max_pool(IMAGE, 0), "`pool_size` argument must be a tuple of 2 integers"),
    "max_pool rank": (lambda: ops.max_pool(M, 2), "pooling takes inputs"),
    "max_pool padding": (lambda: ops.max_pool(IMAGE, 2, padding="full"), "unknown padding 'full'"),
    "average_pool fits": (lambda: ops.average_pool(IMAGE, 6), "does not fit on an axis of 5"),
    "text": (lambda: ops.relu("a"), "ops.relu: expected a tensor, a weight, an array or a number, got 'a'"),
    "None": (lambda: ops.add(None, 1.0), "ops.add"),
    "complex": (lambda: ops.exp(1j), "expected a tensor, a weight, an array or a number, got 1j"),
    "objects": (lambda: ops.exp([object()]), "expected a tensor"),
    "ragged": (lambda: ops.exp([[1.0], [1.0, 2.0]]), "parts of different shapes"),
    "empty": (lambda: ops.exp([]), "every size of a shape must be at least 1"),
    "symbolic": (
        lambda: ops.add(Input((3,), name="x"), Graph().add(InputOp((3,), "x"))),
        r"ops\.add: <SymbolicTensor .*> describes a model and has no values; inside a layer's call\(\) there are",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    """One sentence each."""
    call, message = WRONG[case]
    with pytest.raises(ArgumentError, match=message):
        call()


def test_a_list_of_tensors_for_one_tensor() -> None:
    """The way out is named."""
    x = Graph().add(InputOp((2,), "x"))
    with pytest.raises(ArgumentError, match=r"a list of tensors came where one tensor is expected; join them"):
        ops.sum([x, x])


def test_places_that_a_slice_cannot_have() -> None:
    """What is computed in the model cannot decide about shapes."""
    x = Graph().add(InputOp((3,), "x"))
    with pytest.raises(ArgumentError, match=r"known when the layer is built"):
        ops.get_item([1.0, 2.0], slice(x, 2))
    with pytest.raises(ArgumentError, match=r"looked up by ops.take"):
        ops.get_item(x, x)


def test_inside_a_layer_the_layer_is_named_too() -> None:
    """And the shape that came."""

    class Wrong(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return ops.matmul(inputs, np.ones((4, 2)))

    with pytest.raises(ShapeError, match=r'Wrong "wrong\w*": ops.matmul: the inner sizes of .* differ: 3 and 4'):
        Sequential([Input((3,)), Wrong()])


def test_arguments_of_another_name() -> None:
    """The nearest is told; the error is a TypeError, as of any function."""
    with pytest.raises(TypeError, match=r"^ops\.sum: unknown argument 'axes'; did you mean 'axis'\?"):
        ops.sum(M, axes=0)
    with pytest.raises(TypeError, match=r"^ops\.add: x2 is missing; it takes x1, x2"):
        ops.add(M)


def test_values_are_the_callers_own() -> None:
    """`convert_to_numpy` copies: what is written into the copy stays there."""
    given = np.ones(3, np.int16)
    taken = ops.convert_to_numpy(given)
    taken[0] = 5
    assert given[0] == 1 and taken.dtype == np.int16 and type(taken) is np.ndarray


def test_a_signal_that_no_memory_holds_is_refused() -> None:
    with pytest.raises(OutOfMemoryError, match="would have more than the 268,435,456 numbers"):
        ops.istft((M, M), 2, 2**30, 4)
