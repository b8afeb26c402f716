"""One output value, down to the last product: which inputs, which weights, which sums.

The sums are made here, in float64 and by the definition; what the engine computed stands beside them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pellucid import activations
from pellucid.dispatch.symbolic import InputShape, SymbolicShape
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph
from pellucid.graph.ops import Input as InputOp
from pellucid.inspection.feature_maps import layer_inputs
from pellucid.inspection.records import Arithmetic, Product
from pellucid.layers import Dense, Layer
from pellucid.layers.convolution import Convolution
from pellucid.models import Model


def arithmetic(
    model: Model,
    layer: str,
    sample: npt.ArrayLike,
    position: Sequence[int] = (),
    filter: int = 0,
    *,
    engine: str | Engine = "native",
) -> Arithmetic:
    """How one output value of a convolutional or dense layer comes about for one sample.

    Args:
        model: a built model with one input.
        layer: name of the layer.
        sample: one sample, without a batch axis.
        position: place in the feature map, one number per spatial axis; () for a dense layer.
        filter: number of the filter (of the unit, in a dense layer).
        engine: whose value is compared with the sum.

    Returns:
        every product input * weight with its place, the sum per channel, bias, total, activation, value, and what the
        engine computed.

    Raises:
        ArgumentError: the layer is of another kind, or position or filter do not exist.
        DataError: the sample does not fit the model.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> bump = layers.Conv1D(1, 3, weights=[np.array([0, 1, 0]).reshape(3, 1, 1), [0]], name="bump")
        >>> model = Sequential([layers.Input((8, 1)), bump])
        >>> x = np.array([0, 0, 0, 1, 1, 0, 0, 0]).reshape(8, 1)
        >>> value = arithmetic(model, "bump", x, position=(2,))
        >>> [(p.input, p.weight, p.product) for p in value.products], value.value
        ([(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (1.0, 0.0, 0.0)], 1.0)
    """
    found = model.get_layer(layer)
    if not isinstance(found, Convolution | Dense):
        raise ArgumentError(
            f"{found.label} multiplies nothing; the arithmetic of convolutional and dense layers is shown"
        )
    x = layer_inputs(model, layer, sample, engine=engine)
    chosen = _chosen(found, position, filter)
    products = _products(found, x, chosen, filter)
    sums, bias = _channel_sums(products), _bias(found, filter)
    total = math.fsum(sums) + bias
    return Arithmetic(
        layer=found.name,
        kind=type(found).__name__,
        output_index=chosen,
        filter=filter,
        products=products,
        channel_sums=sums,
        bias=bias,
        total=total,
        activation=activations.serialize(found.activation),
        value=_activated(found, x, chosen, filter, total),
        engine_value=_engine_value(found, x, (*chosen, filter), get_engine(engine)),
        formula=_formula(found),
    )


def _sample_shape(shape: InputShape) -> SymbolicShape:
    """Without the batch; these layers have one input and one output."""
    assert isinstance(shape, tuple)
    return shape[1:]


def _chosen(layer: Convolution | Dense, position: Sequence[int], number: int) -> tuple[int, ...]:
    """The position, checked against the layer's output."""
    *spatial, channels = _channels_last(layer, _sample_shape(layer.output_shape))
    if not all(isinstance(index, int | np.integer) for index in (*position, number)):
        raise ArgumentError(f"{layer.label}: position and filter are whole numbers, got {position!r} and {number!r}")
    place = tuple(int(index) for index in position)
    if len(place) != len(spatial) or any(not 0 <= i < int(n or 0) for i, n in zip(place, spatial, strict=True)):
        raise ArgumentError(f"{layer.label} gives feature maps of {tuple(spatial)}, there is no position {place}")
    if not 0 <= number < int(channels or 0):
        raise ArgumentError(f"{layer.label} has filters 0 to {int(channels or 0) - 1}, there is no filter {number}")
    return place


def _channels_last(layer: Layer, shape: Sequence[int | None]) -> list[int | None]:
    if getattr(layer, "data_format", "channels_last") == "channels_first":
        return [*shape[1:], shape[0]]
    return list(shape)


def _products(layer: Convolution | Dense, x: np.ndarray, position: tuple[int, ...], number: int) -> tuple[Product, ...]:
    if isinstance(layer, Convolution):
        return _convolution_products(layer, x, position, number)
    return _dense_products(layer, x, position, number)


def _bias(layer: Convolution | Dense, number: int) -> float:
    return float(layer.bias.numpy()[number]) if layer.bias is not None else 0.0


def _convolution_products(
    layer: Convolution, x: np.ndarray, position: tuple[int, ...], number: int
) -> tuple[Product, ...]:
    if layer.data_format == "channels_first":
        x = np.moveaxis(x, 0, -1)
    kernel, window = layer.kernel.numpy(), layer.window(x.shape[:-1])
    in_group = kernel.shape[-2]
    first = number // (layer.filters // layer.groups) * in_group
    products = []
    for channel in range(in_group):
        for tap in itertools.product(*map(range, window.size)):
            source = tuple(
                window.source(axis, place, k) for axis, (place, k) in enumerate(zip(position, tap, strict=True))
            )
            outside = any(not 0 <= i < n for i, n in zip(source, x.shape[:-1], strict=True))
            value = 0.0 if outside else float(x[(*source, first + channel)])
            weight = float(kernel[(*tap, channel, number)])
            products.append(Product(tap, source, first + channel, value, weight, value * weight, outside))
    return tuple(products)


def _dense_products(layer: Dense, x: np.ndarray, position: tuple[int, ...], number: int) -> tuple[Product, ...]:
    row, kernel = x[position], layer.kernel.numpy()
    return tuple(
        Product((), (), channel, float(value), float(weight), float(value) * float(weight))
        for channel, (value, weight) in enumerate(zip(row, kernel[:, number], strict=True))
    )


def _channel_sums(products: Sequence[Product]) -> tuple[float, ...]:
    terms: dict[int, list[float]] = {}
    for product in products:
        terms.setdefault(product.channel, []).append(product.product)
    return tuple(math.fsum(values) for values in terms.values())


def _activated(
    layer: Convolution | Dense, x: np.ndarray, position: tuple[int, ...], number: int, total: float
) -> float:
    """The activation of all filters' totals at the position; softmax needs every one of them."""
    totals = [total] * (number + 1)
    if activations.serialize(layer.activation) in ("softmax", "log_softmax"):
        channels = layer.filters if isinstance(layer, Convolution) else layer.units
        totals = [
            math.fsum(_channel_sums(_products(layer, x, position, other))) + _bias(layer, other)
            for other in range(channels)
        ]
    graph = Graph()
    graph.outputs["y"] = layer.activation(graph.add(InputOp((1, len(totals)), "totals")))
    result = get_engine("reference").prepare(graph).run({"totals": np.array([totals])}, {})
    return float(result["y"][0, number])


def _engine_value(layer: Convolution | Dense, x: np.ndarray, index: tuple[int, ...], engine: Engine) -> float:
    """What the engine computes at `index` (spatial..., filter) when it runs this layer alone on the same input."""
    graph = Graph()
    y_tensor = layer.emit(graph.add(InputOp((1, *x.shape), "x")))
    assert not isinstance(y_tensor, list)
    graph.outputs["y"] = y_tensor
    states = {weight.state.name: weight.state for weight in layer.weights}
    y = engine.prepare(graph).run({"x": x[np.newaxis]}, states)["y"][0]
    if getattr(layer, "data_format", "channels_last") == "channels_first":
        y = np.moveaxis(y, 0, -1)
    return float(y[index])


def _formula(layer: Convolution | Dense) -> str:
    """The layer's formula with its own numbers, as cross-correlation."""
    activation = activations.serialize(layer.activation)
    wrap = "{}" if activation == "linear" else activation + "({})"
    if isinstance(layer, Dense):
        return "y[f] = " + wrap.format("bias[f] + sum over i of x[i] * kernel[i, f]")
    places = "ijk"[: layer.rank]
    taps = ["l", "lm", "lmn"][layer.rank - 1]
    window = layer.window([size for size in _channels_last(layer, _sample_shape(layer.input_shape))[:-1] if size])
    reads = [
        _index(o, t, stride, dilation, before)
        for o, t, stride, dilation, (before, _) in zip(
            places, taps, window.strides, window.dilation, window.padding, strict=True
        )
    ]
    inner = f"bias[f] + sum over {', '.join(taps)}, c of x[{', '.join(reads)}, c] * kernel[{', '.join(taps)}, c, f]"
    return f"y[{', '.join(places)}, f] = " + wrap.format(inner)


def _index(output: str, tap: str, stride: int, dilation: int, before: int) -> str:
    start = output if stride == 1 else f"{stride}{output}"
    step = tap if dilation == 1 else f"{dilation}{tap}"
    return f"{start}+{step}" + (f"-{before}" if before else "")
