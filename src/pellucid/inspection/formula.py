"""The formula of a layer with its own numbers, as cross-correlation and as true convolution, and an impulse test."""

from __future__ import annotations

from functools import partial

import numpy as np

from pellucid import ops as functions
from pellucid.calls import explained
from pellucid.engines import get_engine
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.frozen import Frozen
from pellucid.geometry import Window
from pellucid.graph import Graph, ops, windows
from pellucid.inspection.addresses import Place, origin
from pellucid.inspection.closed_formulas import ClosedFormula, closed_formula
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.given import described, number_of
from pellucid.inspection.latex import flip_formula, last_of, latex_formula
from pellucid.inspection.layer_formulas import reduction_formula, sum_formula
from pellucid.inspection.notation import JOINT
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.running import weight_values
from pellucid.inspection.weighted_sums import FURTHER, WeightedSum, activation_name, weighted_sum
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.network.derivation import output_size, weight_count

__all__ = ["JOINT", "LayerFormula", "formula"]

SOURCE = "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, 2016, section 9.1"
"""For cross-correlation and true convolution."""


class LayerFormula(Record, Frozen, eq=False):
    """What a layer computes, as a formula.

    The impulse test shows what is meant by it: where one number of the input is 1 and all others are 0, a
    cross-correlation gives the kernel turned by half a turn, a true convolution the kernel as it is.

    Args:
        layer: name of the layer.
        kind: the layer's class.
        words: the formula in plain text.
        correlation: the same in LaTeX, as it is computed.
        convolution: as a true convolution with the flipped kernel F, in LaTeX; "" where there is no kernel to flip.
        flipped: what F is, in LaTeX; "" likewise.
        weights: how many there are, as a sum of products.
        sizes: how each spatial size follows from that of the input.
        filter: the filter that is tested.
        channel: the input channel of which its slice is.
        kernel: that slice (spatial...); None for layers without one.
        impulse: an input with a single 1 in its middle; None likewise.
        response: what the engine makes of it with that slice, step by step of one; None likewise.
        source: where the formula is from; "" where nobody has to be named.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(32, 3, name="c")
        >>> layer.build((None, 5, 5, 1))
        >>> print(formula(layer).words)
        y[i, j, f] = bias[f] + sum over l, m, c of x[i+l, j+m, c] * kernel[l, m, c, f]
    """

    layer: str
    kind: str
    words: str
    correlation: str
    convolution: str
    flipped: str
    weights: str
    sizes: tuple[str, ...]
    filter: int
    channel: int
    kernel: np.ndarray | None = None
    impulse: np.ndarray | None = None
    response: np.ndarray | None = None
    source: str = ""

    def __post_init__(self) -> None:
        for name in ("kernel", "impulse", "response"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, snapshot(getattr(self, name), f'{name} of "{self.layer}"'))

    @property
    def is_flipped(self) -> bool | None:
        """Whether the impulse came out as the kernel turned by half a turn, as in a cross-correlation; None where that
        cannot be told: the kernel is its own mirror image, or there is none."""
        if self.kernel is None or self.response is None:
            return None
        turned = np.flip(self.kernel)
        if np.array_equal(turned, self.kernel):
            return None
        return bool(np.array_equal(self.response, turned))


@explained
def formula(layer: Layer, filter: int = 0, channel: int | None = None) -> LayerFormula:
    """The formula of a layer, with the numbers of its window, as cross-correlation and as true convolution.

    Every framework computes the cross-correlation and calls it convolution: the kernel is laid on the input as it
    stands. A true convolution lays it turned by half a turn; with the kernel F turned beforehand it is the same.

    Args:
        layer: in a built model: one that convolves, depthwise or transposed too, a dense one, one that pools, that
            normalises, a softmax, or one with weights at each place.
        filter: whose slice is tested by an impulse.
        channel: of which input channel; by default of the first that the filter reads.

    Returns:
        the record; `views.formula_figure` and `views.formula_text` show it.

    Raises:
        ArgumentError: the layer has no such formula, does not know its input yet, or has no such filter or channel.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv1D(1, 3, use_bias=False, name="bump", weights=[np.array([1, 2, 3]).reshape(3, 1, 1)])
        >>> layer.build((None, 8, 1))
        >>> test = formula(layer)
        >>> test.impulse.tolist(), test.response.tolist(), test.is_flipped
        ([0.0, 0.0, 1.0, 0.0, 0.0], [3.0, 2.0, 1.0], True)
        >>> print(test.convolution, "where", test.flipped)
        y_{i,f} = \\sum_{l=0}^{2}\\;\\sum_{c=0}^{0} x_{i-l+2,c}\\,F_{l,c,f} where F_{l,c,f} = \\mathrm{kernel}_{2-l,c,f}

    Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, 2016, section 9.1.
    """
    if isinstance(layer, Model) or not isinstance(layer, Layer):
        raise ArgumentTypeError(f"formula takes a layer, such as model.layers[0], got {described(layer)}")
    if not layer.built:
        raise ArgumentError(f"{layer.label} has no formula before it knows its input; use it in a model first")
    emitted = EmittedLayer.alone(layer)
    if emitted is None:
        raise ArgumentError(f"{layer.label}: nothing tells on what it is called; use it in a model first")
    found = weighted_sum(emitted, Place(emitted.outputs[0], (0,) * emitted.outputs[0].rank))
    closed = closed_formula(layer, emitted, "linear" if found is None else activation_name(layer, found))
    if closed is not None:
        return _of_closed(layer, closed, number_of("filter", filter, layer.label), channel)
    text = "" if found is None else _text(emitted, found, latex=False)
    if found is None or not text:
        have = "convolutions, dense layers, pooling, normalisations and softmax have one"
        raise ArgumentError(f"{layer.label} has no formula of its own; {have}; arithmetic tells that of one value")
    node, convolution, flipped = found.at.tensor.node, "", ""
    if isinstance(node.op, windows.Convolution):
        convolution = _text(emitted, found, latex=True, flipped=True)
        flipped = flip_formula(node.op.window, _weight(emitted, found), last_of(node)) if convolution else ""
    number = number_of("filter", filter, layer.label)
    of_input = None if channel is None else number_of("channel", channel, layer.label)
    of_input, kernel, impulse, response = _impulse(emitted, found, number, of_input)
    return LayerFormula(
        layer=layer.name,
        kind=type(layer).__name__,
        words=text,
        correlation=_text(emitted, found, latex=True),
        convolution=convolution,
        flipped=flipped,
        weights=weight_count(layer),
        sizes=tuple(output_size(layer.calls[0])) if layer.calls else (),
        filter=number,
        channel=of_input,
        kernel=kernel,
        impulse=impulse,
        response=response,
        source=SOURCE if convolution else "",
    )


def _of_closed(layer: Layer, closed: ClosedFormula, filter: int, channel: int | None) -> LayerFormula:
    """The record of a layer that has no kernel to be flipped."""
    return LayerFormula(
        layer=layer.name,
        kind=type(layer).__name__,
        words=closed.words,
        correlation=closed.latex,
        convolution="",
        flipped="",
        weights=weight_count(layer),
        sizes=tuple(output_size(layer.calls[0])) if layer.calls else (),
        filter=filter,
        channel=0 if channel is None else number_of("channel", channel, layer.label),
        source=closed.source,
    )


def _text(emitted: EmittedLayer, found: WeightedSum, *, latex: bool, flipped: bool = False) -> str:
    """The formula in words or in LaTeX; what follows a sum and has no name is left out.

    Where it reads what another sum of the layer gave, as the pointwise half of a separable convolution does, that is
    called s and told behind.
    """
    activation = activation_name(emitted.layer, found)
    activation = "linear" if activation == FURTHER else activation
    bias = "" if found.bias is None else _name(emitted, found.bias)
    node, weight = found.at.tensor.node, _weight(emitted, found)
    if len(node.inputs) > 1 and isinstance(node.op, ops.Matmul) and node.inputs[1].rank > 2:
        return ""  # each place has weights of its own
    make = partial(latex_formula, flipped=flipped) if latex else sum_formula
    is_plain = not weight and not bias and activation == "linear" and not found.tail and not flipped
    reduced = reduction_formula(node, found.divisor, latex=latex) if is_plain else ""
    text = reduced or make(node, weight, bias, activation)
    read = node.inputs[0]
    source = origin(Place(read, (0,) * read.rank))
    before = None if source is None or not source.tensor.node.inputs else weighted_sum(emitted, source)
    if before is None:
        is_of_input = source is None or not source.tensor.node.inputs
        return text if is_of_input else ""  # as powers of x, of which the formulas know nothing
    if not text:
        return ""
    if flipped:
        return ""  # two kernels to flip
    inner = _text(emitted, before, latex=latex, flipped=flipped)
    if not inner:
        return ""
    joint = JOINT if latex else ", where "
    mark = "_{" if latex else "["
    return f"{text.replace('x' + mark, 's' + mark)}{joint}{inner.replace('y' + mark, 's' + mark, 1)}"


def _weight(emitted: EmittedLayer, found: WeightedSum) -> str:
    inputs = found.at.tensor.node.inputs
    return _name(emitted, Place(inputs[1], (0,) * inputs[1].rank)) if len(inputs) > 1 else ""


def _name(emitted: EmittedLayer, place: Place) -> str:
    """The weight that a place is an element of."""
    source = origin(place)
    if source is not None and emitted.is_weighted(source.tensor) and not source.tensor.node.inputs:
        return emitted.weight_name(source.tensor)
    return "kernel" if len(place.tensor.shape) > 1 else "bias"


def _impulse(
    emitted: EmittedLayer, found: WeightedSum, filter: int, channel: int | None
) -> tuple[int, np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """The input channel, a slice of the kernel, an impulse, and what the engine makes of it."""
    label, node = emitted.layer.label, found.at.tensor.node
    if not isinstance(node.op, windows.Convolution | windows.ConvolutionInputGradient):
        return channel or 0, None, None, None
    kernel = weight_values(emitted.layer, node.inputs[1])
    kernel = kernel if isinstance(node.op, windows.Convolution) else kernel.swapaxes(-1, -2)
    filters, read = kernel.shape[-1], kernel.shape[-2]
    if not 0 <= filter < filters:
        raise ArgumentError(f"{label} has filters 0 to {filters - 1}, there is no filter {shown(filter)}")
    first = filter * node.op.groups // filters * read  # groups read one after the other
    channel = first if channel is None else channel
    if not first <= channel < first + read:
        whose = f"{label} has" if node.op.groups == 1 else f"filter {filter} of {label} reads"
        channels = f"channels {first} to {first + read - 1}" if read > 1 else f"channel {first} alone"
        raise ArgumentError(f"{whose} {channels}, there is no channel {shown(channel)} for it")
    taps = kernel[..., channel - first, filter]
    if isinstance(node.op, windows.ConvolutionInputGradient):
        impulse = np.ones((1,) * taps.ndim, np.float32)
        response = _spread(impulse[None, ..., None], taps[..., None, None])
    else:
        impulse = np.zeros([2 * size - 1 for size in taps.shape], np.float32)
        impulse[tuple(size - 1 for size in taps.shape)] = 1
        response = functions.conv(impulse[None, ..., None], taps[..., None, None])
    return channel, taps, impulse, np.asarray(response)[0, ..., 0]


def _spread(impulse: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What a transposed convolution makes of one number."""
    graph, size = Graph(), kernel.shape[:-2]
    window = Window(size, (1,) * len(size), (1,) * len(size), ((0, 0),) * len(size))
    given = [graph.add(ops.Input(array.shape, name)) for name, array in (("x", impulse), ("k", kernel))]
    graph.outputs["y"] = graph.add(windows.ConvolutionInputGradient(window, 1, (1, *size, 1)), *given)
    return get_engine("native").prepare(graph).run({"x": impulse, "k": kernel}, {})["y"]
