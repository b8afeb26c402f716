"""How far an engine's numbers may come from exact ones: an error bound, carried along from number to number.

Each number gets the largest error that it can have where its operands are off by theirs: so what a comparison, a step
or a division by almost nothing makes of a rounding is counted as well.

Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, sections 2.2, 3.1 and 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.engines.reference import FUNCTIONS, IMPLEMENTATIONS
from pellucid.graph import Node, Tensor, movement, ops, windows
from pellucid.inspection.addresses import MOVEMENTS, Place, Values
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.records import FLOAT32_ROUNDING, LARGEST_FLOAT32

_SMALLEST = 2.0**-126  # of float32: what is smaller may be taken for zero
_FUNCTION_ROUNDINGS = 8  # exp and its kin are good to 2 units in the last place, which are 4 roundings
_WINOGRAD = {1: 5e-6, 2: 3e-5, 3: 3e-5}
"""What Winograd's method loses at most, by spatial axes, of the largest sum of |products| that an output of the same
tile could have (docs/decisions/0012-rounding-in-winograds-method.md)."""
_BY_WINOGRAD = (windows.Convolution, windows.ConvolutionInputGradient)  # the latter is a transposed convolution
_BFLOAT16 = 2.0**-8 * 1.01  # of the product of two numbers of 8 significant bits

_Errors = dict[tuple[Node, int], np.ndarray]


def rounding(emitted: EmittedLayer, values: Values, output: Place, kernels: Sequence[str] = ()) -> float:
    """The largest difference that rounding explains; infinite where it may lead anywhere.

    Args:
        emitted: the layer.
        values: of all of its tensors.
        output: the element in question.
        kernels: how the engine computes the layer, as `KernelCall.variant` says: by Winograd's method, or from bfloat16
            factors.
    """
    found = float(roundings(emitted, values, output.tensor, kernels)[output.index])
    return math.inf if math.isnan(found) else found


def roundings(emitted: EmittedLayer, values: Values, tensor: Tensor, kernels: Sequence[str] = ()) -> np.ndarray:
    """The same for every element of a tensor; see `rounding`."""
    factor = _BFLOAT16 if any("bf16" in kernel for kernel in kernels) else 0.0
    by_winograd = _is_winograd(kernels)
    errors: _Errors = {}
    values = {key: np.asarray(values[key]) for key in values}
    with np.errstate(all="ignore"):
        for node in emitted.graph.nodes:
            if node.outputs and (node, 0) in values:
                errors[node, 0] = _beyond_range(_error(node, values, errors, factor, by_winograd), values[node, 0])
    found = errors[tensor.node, tensor.index]
    return np.where(np.isnan(found), math.inf, found)


def winograd_bound(emitted: EmittedLayer, values: Values, kernels: Sequence[str]) -> float | None:
    """How far a sum may be off by Winograd's method; None where no kernel computes the layer by it.

    A tile is not known here: it is taken for the whole image, whose sums are no smaller.
    """
    if not _is_winograd(kernels):
        return None
    found = [node for node in emitted.graph.nodes if isinstance(node.op, _BY_WINOGRAD) and (node, 0) in values]
    of_each = (_winograd(node, *(np.abs(np.asarray(values[t.node, t.index])) for t in node.inputs)) for node in found)
    return max((float(each.max()) for each in of_each), default=None)


def _is_winograd(kernels: Sequence[str]) -> bool:
    return any("winograd" in kernel for kernel in kernels)


def _winograd(node: Node, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """What each sample's filters may lose by Winograd's method, from the sizes of inputs and weights: by the sum of a
    window that lies inside the input and has the largest of each channel everywhere."""
    op, spatial = node.op, tuple(range(w.ndim - 2))
    assert isinstance(op, _BY_WINOGRAD)
    largest = _largest_around(x).reshape(len(x), op.groups, -1)
    weights = w.sum(axis=spatial).reshape(w.shape[-2], op.groups, -1)
    over = "ngc,cgf->ngf" if isinstance(op, windows.Convolution) else "ngf,cgf->ngc"
    sums = np.einsum(over, largest, weights).reshape(len(x), *(1 for _ in spatial), -1)
    return np.asarray(_WINOGRAD[len(spatial)] * sums)


def _error(node: Node, values: Values, errors: _Errors, factor: float, by_winograd: bool) -> np.ndarray:
    """The errors of a node's result."""
    op, value = node.op, values[node, 0]
    given = [values[tensor.node, tensor.index] for tensor in node.inputs]
    wrong = [errors[tensor.node, tensor.index] for tensor in node.inputs]
    compute: Callable[..., Any] = IMPLEMENTATIONS.get(type(op), np.zeros_like)
    match op:
        case ops.Input() | ops.Parameter():
            return np.zeros(value.shape)
        case ops.Constant() | ops.Literal() | ops.RandomUniform():
            return FLOAT32_ROUNDING * np.abs(value)
        case ops.Elementwise(function=function):
            own = _FUNCTION_ROUNDINGS * FLOAT32_ROUNDING * np.abs(value) + _SMALLEST
            return own + _carried(function, given, wrong)
        case ops.Matmul() | windows.Convolution() | windows.ConvolutionInputGradient():
            (x, w), (x_error, w_error) = map(np.abs, given), wrong
            sizes, around = compute(op, x, w), compute(op, x + x_error, w + w_error)
            own = ((_terms(node) + 4) * FLOAT32_ROUNDING + factor) * around + _terms(node) * _SMALLEST
            if by_winograd and isinstance(op, _BY_WINOGRAD):
                own = own + _winograd(node, x, w)
            return np.where(around <= LARGEST_FLOAT32, own + (around - sizes), math.inf)
        case windows.AveragePool() | ops.ReduceSum() | movement.ScatterAdd():
            (x,), (x_error,) = given, wrong
            around = compute(op, np.abs(x) + x_error)
            own = (_terms(node) + 4) * FLOAT32_ROUNDING * around
            return np.where(around * _terms(node) <= LARGEST_FLOAT32, own + compute(op, x_error), math.inf)
        case windows.MaxPool() | ops.ReduceMax():
            return compute(op, wrong[0])
        case _ if type(op) in MOVEMENTS:
            return np.asarray(compute(op, *wrong))
    return np.full(value.shape, math.inf)


def _largest_around(x: np.ndarray) -> np.ndarray:
    """The largest of each sample's channels: a tile of Winograd's method mixes neighbours that no product reads."""
    return x.max(axis=tuple(range(1, x.ndim - 1)), keepdims=True)


def _beyond_range(error: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Infinite where a float32 number would not hold the value."""
    return np.where(np.abs(value) + error <= LARGEST_FLOAT32, error, math.inf)


def _terms(node: Node) -> int:
    """How many numbers the sums of an operation add up, at most."""
    (x, *others) = [tensor.shape for tensor in node.inputs]
    match node.op:
        case ops.Matmul(transpose_a=transposed):
            return x[-2 if transposed else -1]
        case windows.Convolution():
            return math.prod(others[0][:-1])
        case windows.ConvolutionInputGradient():
            return math.prod(others[0][:-2]) * others[0][-1]
        case windows.AveragePool(window=window):
            return window.taps
        case ops.ReduceSum(axes=axes):
            return math.prod(x[axis] for axis in axes)
    return math.prod(x)


_MONOTONOUS = {"negative", "exp", "log", "sqrt", "tanh", "sigmoid", "relu", "erf", "log1p", "expm1", "floor"}
_GENTLE = {"absolute", "sin", "cos"}  # no steeper than 1


def _carried(function: str, given: Sequence[np.ndarray], wrong: Sequence[np.ndarray]) -> np.ndarray:
    """How far a function of numbers that are off by so much can be off."""
    if function in _MONOTONOUS:
        compute, (a,), (e,) = FUNCTIONS[function], given, wrong
        value = compute(a)
        moved = np.maximum(np.abs(compute(a + e) - value), np.abs(value - compute(a - e)))
        return np.where(e > 0, moved, 0.0)
    if function in _GENTLE:
        return wrong[0]
    if function == "where":
        (condition, a, b), (condition_error, a_error, b_error) = given, wrong
        either = np.maximum(a_error, b_error) + np.abs(a - b)
        is_open = (condition_error > 0) & (np.abs(condition) - condition_error <= 0)
        return np.where(is_open | (condition_error >= 1), either, np.where(condition != 0, a_error, b_error))
    (a, b), (a_error, b_error) = given, wrong
    match function:
        case "add" | "subtract":
            return a_error + b_error
        case "multiply":
            return np.abs(a) * b_error + np.abs(b) * a_error + a_error * b_error
        case "divide":
            room = np.abs(b) - b_error
            found = (a_error + np.abs(a / b) * b_error) / room
            return np.where(a_error + b_error == 0, 0.0, np.where(room > 0, found, math.inf))
        case "maximum" | "minimum":
            return np.maximum(a_error, b_error)
        case "power":
            return _power(a, b, a_error, b_error)
    return np.where((a_error + b_error > 0) & (np.abs(a - b) <= a_error + b_error), 1.0, 0.0)  # comparisons


def _power(a: np.ndarray, b: np.ndarray, a_error: np.ndarray, b_error: np.ndarray) -> np.ndarray:
    """Of a^b: from the ends of the base where the exponent is sure, else from its logarithm."""
    size, value = np.abs(a), np.abs(a) ** b
    ends = [np.abs((size + a_error) ** b - value), np.abs(value - np.maximum(size - a_error, 0.0) ** b)]
    by_ends = np.maximum(*ends)
    exponent = b_error * np.abs(np.log(size)) + (np.abs(b) + b_error) * -np.log1p(-a_error / size)
    by_logarithm = np.where(size > a_error, value * np.expm1(exponent), math.inf)
    return np.where(a_error + b_error == 0, 0.0, np.where(b_error == 0, by_ends, by_logarithm))
