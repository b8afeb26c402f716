"""The modules of PyTorch that a model's layers are: what their arrays are called there, and how they lie.

A kernel (rows, columns, channels, filters) is there (filters, channels, rows, columns), a matrix (inputs, outputs) is
(outputs, inputs); rows behind a flattened map are reordered (see `feature_order`). A module computes the same without
an array that is 0 where it is added, or 1 where it multiplies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from pellucid.conversion.feature_order import Order, Orders
from pellucid.conversion.flow import Flow
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.layers import (
    BatchNormalization,
    Dense,
    GroupNormalization,
    Layer,
    LayerNormalization,
    PReLU,
    RMSNormalization,
)
from pellucid.layers.convolution import Convolution
from pellucid.layers.depthwise import DepthwiseConvolution
from pellucid.layers.separable import SeparableConvolution
from pellucid.layers.transposed import TransposedConvolution
from pellucid.variables import Variable

__all__ = ["Module", "Part", "modules_of"]

Move = Callable[[np.ndarray], np.ndarray]


class Part(Frozen, eq=False):
    """One array of a module.

    Attributes:
        weight: the weight that it is here.
        shape: that it has there.
        here: from the array there to that here.
        there: the other way.
        neutral: the number that computes the same where the module has no such array; None where it must have it.
    """

    weight: Variable
    shape: tuple[int, ...]
    here: Move
    there: Move
    neutral: float | None = None


class Module(Frozen, eq=False):
    """A layer, or a part of one, as PyTorch has it.

    Attributes:
        path: of the layer in the model.
        layer: the layer.
        use: the number of its first use.
        end: how the module is called under the layer's name where the layer is several; "" where it is one.
        parts: its arrays by their names there.
    """

    path: str
    layer: Layer
    use: int
    end: str
    parts: Mapping[str, Part]


def modules_of(flow: Flow, orders: Orders) -> list[Module]:
    """The modules of a model's layers that have weights, in the order of their first uses.

    Raises:
        ArgumentError: a layer with weights is no module of PyTorch's, or is used on flattened maps of two kinds.
    """
    found: dict[Layer, list[Module]] = {}
    seen: dict[Layer, list[Order]] = {}
    for number, use in enumerate(flow.uses):
        layer = use.callee
        if not isinstance(layer, Layer):
            continue
        around = [orders.of_input(number), orders.results[number]]
        if layer in found:
            if not all(map(_same, around, seen[layer])):
                raise ArgumentError(f"{layer.label} is used on maps that were flattened differently")
            continue
        seen[layer] = around
        found[layer] = _modules(layer, use.path, number, *around)
        bent = getattr(layer, "activation", None)
        if isinstance(bent, Layer) and bent.own_weights:
            found[layer] += _modules(bent, f"{use.path}/{bent.name}", number, around[1], around[1])
    return [module for modules in found.values() for module in modules]


def _same(first: Order, second: Order) -> bool:
    return first is second or (first is not None and second is not None and np.array_equal(first, second))


def _modules(layer: Layer, path: str, number: int, before: Order, behind: Order) -> list[Module]:
    """What one layer is there; nothing where it has no weights."""
    if not layer.own_weights:
        return []
    one = partial(Module, path, layer, number)
    if isinstance(layer, Dense):
        weight = _matrix(layer.kernel, before, behind)
        return [one("", {"weight": weight} | _vector("bias", layer.bias, 0.0, behind))]
    if isinstance(layer, Convolution | TransposedConvolution):
        return [one("", {"weight": _kernel(layer.kernel)} | _vector("bias", layer.bias, 0.0))]
    if isinstance(layer, DepthwiseConvolution):
        return [one("", {"weight": _depthwise(layer.kernel)} | _vector("bias", layer.bias, 0.0))]
    if isinstance(layer, SeparableConvolution):
        pointwise = {"weight": _kernel(layer.pointwise_kernel)} | _vector("bias", layer.bias, 0.0)
        return [one("depthwise", {"weight": _depthwise(layer.depthwise_kernel)}), one("pointwise", pointwise)]
    if isinstance(layer, BatchNormalization) and not layer.renorm:
        return [one("", _affine(layer.gamma, layer.beta, behind) | _running(layer, behind))]
    if isinstance(layer, LayerNormalization | GroupNormalization):
        return [one("", _affine(layer.gamma, layer.beta, behind))]
    if isinstance(layer, RMSNormalization) and len(layer.own_weights) == 1:
        return [one("", _vector("weight", layer.own_weights[0], 1.0, behind))]
    if isinstance(layer, PReLU) and max(layer.alpha.shape) == layer.alpha.size:
        return [one("", {"weight": _reshaped(layer.alpha, behind)})]
    raise ArgumentError(f"{layer.label} has weights, and no module of PyTorch's computes what it does")


def _kernel(weight: Variable) -> Part:
    """(spatial..., last but one, last): both first there, the last one before the other."""
    axes = (weight.ndim - 1, weight.ndim - 2, *range(weight.ndim - 2))
    return _turned(weight, axes)


def _turned(weight: Variable, axes: Sequence[int]) -> Part:
    back = np.argsort(axes).tolist()
    shape = tuple(weight.shape[axis] for axis in axes)
    return Part(weight, shape, lambda there: there.transpose(back), lambda here: here.transpose(axes))


def _depthwise(weight: Variable) -> Part:
    """(spatial..., channels, multiplier): (channels * multiplier, 1, spatial...) there."""
    *spatial, channels, multiplier = weight.shape
    rank = len(spatial)
    grouped = (channels, multiplier, *spatial)
    return Part(
        weight,
        (channels * multiplier, 1, *spatial),
        lambda there: there.reshape(grouped).transpose(*range(2, rank + 2), 0, 1),
        lambda here: here.transpose(rank, rank + 1, *range(rank)).reshape(channels * multiplier, 1, *spatial),
    )


def _matrix(weight: Variable, before: Order, behind: Order) -> Part:
    """(inputs, outputs), each in the order of here: (outputs, inputs) in that of there."""
    if before is None and behind is None:
        return _turned(weight, (1, 0))
    rows, columns = (_indices(order, size) for order, size in zip((before, behind), weight.shape, strict=True))

    def there(here: np.ndarray) -> np.ndarray:
        result = np.empty_like(here.T)
        result[np.ix_(columns, rows)] = here.T
        return result

    return Part(weight, weight.shape[::-1], lambda array: array[np.ix_(columns, rows)].T, there)


def _indices(order: Order, size: int) -> np.ndarray:
    return np.arange(size) if order is None or order.size != size else order.reshape(-1)


def _vector(role: str, weight: Variable | None, neutral: float | None, order: Order = None) -> dict[str, Part]:
    """A weight of one axis, in the order of there; nothing where the layer has none."""
    if weight is None:
        return {}
    if weight.ndim != 1:
        raise ArgumentError(f"{weight.path} of shape {weight.shape} spans several axes; no module of PyTorch's does")
    places = _indices(order, weight.size)
    back = np.argsort(places)
    return {role: Part(weight, weight.shape, lambda there: there[places], lambda here: here[back], neutral)}


def _affine(gamma: Variable | None, beta: Variable | None, order: Order) -> dict[str, Part]:
    return _vector("weight", gamma, 1.0, order) | _vector("bias", beta, 0.0, order)


def _running(layer: BatchNormalization, order: Order) -> dict[str, Part]:
    mean = _vector("running_mean", layer.moving_mean, None, order)
    return mean | _vector("running_var", layer.moving_variance, None, order)


def _reshaped(weight: Variable, order: Order) -> Part:
    """All numbers in a row, in the order of there."""
    places = _indices(order, weight.size)
    back = np.argsort(places)
    return Part(
        weight,
        (weight.size,),
        lambda there: there[places].reshape(weight.shape),
        lambda here: here.reshape(-1)[back],
    )
