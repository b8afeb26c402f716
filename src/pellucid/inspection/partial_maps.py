"""The maps of one filter before they are summed: what each channel of the input adds to its feature map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.command_words import hint
from pellucid.engines import Engine
from pellucid.engines.reference import IMPLEMENTATIONS
from pellucid.errors import ArgumentError, EngineError, ShapeError, shown
from pellucid.frozen import Frozen
from pellucid.graph import Tensor, movement, ops, windows
from pellucid.inspection.addresses import MOVEMENTS, Place, Values
from pellucid.inspection.agreement import REFERENCE
from pellucid.inspection.elements import chosen_use, told_call
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.given import model_of, number_of, path_of
from pellucid.inspection.image_samples import OneSample, inputs_of
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.map_records import SPATIAL_AXES, UseRecord
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.record import snapshot
from pellucid.inspection.rounding import roundings
from pellucid.inspection.rules import PRODUCTS, RULES
from pellucid.inspection.running import Runner, Use, layer_inputs, run_graph, uses
from pellucid.inspection.weighted_sums import (
    WeightedSum,
    activation_name,
    axis_of,
    first_of,
    is_channels_to_end,
    is_channels_to_front,
    is_reshaped,
    weighted_sum,
)
from pellucid.layers import Layer
from pellucid.models import Model

__all__ = ["PartialMaps", "partial_maps"]

_MOST_NUMBERS = 2**24  # of the inputs that are computed at once, one for each channel


class PartialMaps(UseRecord, Frozen, eq=False):
    """One feature map of a layer as the sum that it is: one map for each channel that the filter reads.

    Args:
        layer: name of the layer.
        kind: its class, such as "Conv2D".
        filter: number of the filter.
        channels: the input channels that it reads, in the order of the maps.
        maps: what each adds (spatial..., channels), in float64 and by the definition.
        bias: what is added to their sum; where each place has its own, (spatial...).
        activation: what follows, "linear" for nothing.
        engine_map: what the engine computed (spatial...), before the activation.
        bound: how far rounding may lead the engine from the sum, at most.
        call: which use of the layer, counted from 0, where it is used several times; None where it is used once.

    Raises:
        ShapeError: the arrays do not fit each other.
        EngineError: the engine computed something else, by more than rounding explains.

    Example:
        >>> maps = PartialMaps("conv", "Conv1D", 0, (0, 1), np.array([[1.0, 2.0], [3.0, 4.0]]), 0.5, "relu",
        ...                    np.array([3.5, 7.5]), 1e-6)
        >>> maps.total.tolist(), maps.strongest
        ([3.5, 7.5], (1, 0))
    """

    layer: str
    kind: str
    filter: int
    channels: tuple[int, ...]
    maps: np.ndarray
    bias: float | np.ndarray
    activation: str
    engine_map: np.ndarray
    bound: float
    call: int | None = None

    def __post_init__(self) -> None:
        for name in ("maps", "engine_map"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f'partial maps of "{self.layer}", {name}'))
        if self.maps.shape != (*self.engine_map.shape, len(self.channels)):
            raise ShapeError(
                f'partial maps of "{self.layer}": expected {(*self.engine_map.shape, len(self.channels))}, one map for '
                f"each channel, got {self.maps.shape}"
            )
        with np.errstate(invalid="ignore"):
            apart = np.abs(self.total - self.engine_map)
        if (apart > self.bound).any():
            raise EngineError(
                f'partial maps of "{self.layer}", filter {self.filter}: their sum and what the engine computed differ '
                f"by {np.nanmax(apart):.1e}, and rounding explains {self.bound:.1e} at most; what was not computed is "
                f"not shown. Compare with {hint(REFERENCE, {})} and please report what it says"
            )

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the maps stands for."""
        return (*SPATIAL_AXES[self.maps.ndim - 1], "channel of the input")

    @property
    def spatial(self) -> tuple[int, ...]:
        """Lengths of the spatial axes; empty after a dense layer."""
        return self.maps.shape[:-1]

    @property
    def total(self) -> np.ndarray:
        """The sum of all maps plus the bias (spatial...), in float64."""
        return np.asarray(self.maps.sum(axis=-1) + self.bias)

    @property
    def strengths(self) -> np.ndarray:
        """The root of the mean square of each map."""
        return np.sqrt(np.square(self.maps.reshape(-1, len(self.channels))).mean(axis=0))

    @property
    def strongest(self) -> tuple[int, ...]:
        """The places of the maps along their last axis, the strongest first."""
        return tuple(np.argsort(-self.strengths, kind="stable").tolist())


@explained
def partial_maps(
    model: Model,
    layer: str | Layer,
    x: OneSample,
    filter: int = 0,
    *,
    call: int = 0,
    engine: str | Engine | None = None,
) -> PartialMaps:
    """What each channel of a layer's input adds to one of its feature maps.

    A filter over 64 channels has 64 such maps, one for each channel, and not 64 times 64. Their sum plus the bias is
    the feature map before the activation.

    Args:
        model: a built model.
        layer: name of the layer, in a model inside with the path to it: "inner/conv2d"; or the layer itself. One that
            adds up products with weights: convolutions of all kinds, dense layers, layers of users' own.
        x: one sample, without a batch axis, or the path of an image file. Of a model with several inputs a list of
            arrays, or a dictionary by the names of the inputs.
        filter: number of the filter (of the unit, in a dense layer).
        call: which of its uses, where the layer is used several times: 0 for the first.
        engine: whose map is compared with the sum; the model's own by default.

    Returns:
        the maps, in float64, with the bias, and the map that the engine computed.

    Raises:
        ArgumentError: layer, filter or call do not exist, or the layer adds up no products over channels.
        DataError: the sample does not fit the model.
        EngineError: the engine computed something else, by more than rounding explains.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(4, 3, name="conv")])
        >>> found = partial_maps(model, "conv", np.ones((8, 8, 3)), filter=2)
        >>> found.maps.shape, found.channels, found.axes
        ((6, 6, 3), (0, 1, 2), ('rows', 'columns', 'channel of the input'))
        >>> bool((abs(found.maps.sum(axis=-1) + found.bias - found.engine_map) <= found.bound).all())
        True

    Source: what learners ask for: "why has a layer of 64 filters on 64 channels 64 maps and not 4,096?"
    """
    model, x = seen_with(told_apart(model_of(model, "partial_maps"), layer), x)
    path = path_of(model, layer)
    found = uses(model, path)
    use = chosen_use(found, call, path)
    number = number_of("filter", filter, use.layer.label)
    given = layer_inputs(model, use, inputs_of(model, x), engine)
    record = partial_maps_of_use(model, path, use, given, number, engine)
    return replace(record, call=told_call(found, call))


@np.errstate(invalid="ignore")  # of what is infinite
def partial_maps_of_use(
    model: Model,
    path: str,
    use: Use,
    given: list[np.ndarray],
    number: int,
    engine: str | Engine | None = None,
) -> PartialMaps:
    """As `partial_maps`, of a layer of which is known what it is given: nothing before it is computed.

    Args:
        model: that it stands in.
        path: of the layer.
        use: of it.
        given: its inputs, each a batch of one.
        number: of the filter.
        engine: as in `partial_maps`.
    """
    label = use.layer.label
    emitted = EmittedLayer.of_use(use, [array.shape for array in given])
    sums = _Sums(model, use, emitted, given, number)
    total, engine_map = sums.total, sums.engine_map(engine)
    channels, maps = sums.maps()
    bias = sums.bias(total - maps.sum(axis=-1))
    bound = sums.bound(engine)
    if np.isfinite(total).all():
        size = float(np.abs(maps).sum(axis=-1).max(initial=0.0) + np.abs(total).max(initial=0.0))
        if (np.abs(maps.sum(axis=-1) + bias - total) > 1e-9 * size).any():
            raise ArgumentError(
                f"{label}: its maps are no sum over the channels of its input; arithmetic(...) explains"
            )
    kind = type(use.layer).__name__
    return PartialMaps(path, kind, number, channels, maps, bias, sums.activation, engine_map, bound)


class _Sums:
    """The sums that one filter's feature map is made of.

    Args:
        model, use, emitted: the layer, as a model uses it.
        given: its inputs.
        number: of the filter.
    """

    def __init__(self, model: Model, use: Use, emitted: EmittedLayer, given: list[np.ndarray], number: int) -> None:
        self.model, self.use, self.emitted, self.given, self.number = model, use, emitted, given, number
        label = use.layer.label
        if len(emitted.outputs) != 1 or len(given) != 1:
            raise ArgumentError(
                f"{label} has {len(given)} inputs and {len(emitted.outputs)} results; one of each is shown"
            )
        (self.output,) = emitted.outputs
        axis = emitted.channel_axis(self.output.rank) if self.output.rank > 1 else 0
        filters = self.output.shape[axis] if axis else 1
        if not 0 <= number < filters:
            raise ArgumentError(f"{label} has filters 0 to {filters - 1}, there is no filter {shown(number)}")
        self.index = first_of(number, axis, self.output.rank)
        found = weighted_sum(emitted, Place(self.output, self.index))
        is_sum = found is not None and RULES.get(type(found.at.tensor.node.op), ("",))[0] == PRODUCTS
        self.axis = axis_of(emitted, self.output, axis, found.total.tensor) if found and is_sum else None
        self._is_reshaped = False
        if found and is_sum and self.axis is None and axis == self.output.rank - 1:
            self._is_reshaped = is_reshaped(emitted, self.output, found.total.tensor)
            self.axis = found.total.tensor.rank - 1 if self._is_reshaped else None
        if found is None or self.axis is None:
            raise ArgumentError(
                f"{label} adds up no products of its input's channels with weights, so it has no partial maps; "
                "convolutions and dense layers have"
            )
        self.found: WeightedSum = found
        self.values: Values = emitted.values(model, given)

    def _of_filter(self, maps: np.ndarray) -> np.ndarray:
        """The maps of the filter alone (batch, spatial...), as the layer's result lies."""
        mine = np.take(maps, self.number, axis=self.axis) if self.axis else maps
        return mine.reshape(-1, *self.output.shape[1:-1]) if self._is_reshaped else mine

    @property
    def total(self) -> np.ndarray:
        """The feature map before the activation, in float64."""
        tensor = self.found.total.tensor
        return self._of_filter(self.values[tensor.node, tensor.index])[0]

    @property
    def activation(self) -> str:
        """What follows."""
        return activation_name(self.use.layer, self.found)

    def engine_map(self, engine: str | Engine | None) -> np.ndarray:
        """The same as the engine computes it."""
        self.emitted.graph.outputs = {"total": self.found.total.tensor}
        found = run_graph(self.model, self.emitted.graph, self.given, engine, self.use.layer)["total"]
        return self._of_filter(found)[0]

    def bound(self, engine: str | Engine | None) -> float:
        """How far rounding may lead it."""
        kernels = Runner(self.model, self.emitted.graph, engine, self.use.layer).kernels
        errors = roundings(self.emitted, self.values, self.found.total.tensor, kernels)
        return float(self._of_filter(errors).max(initial=0.0))

    def bias(self, rest: np.ndarray) -> float | np.ndarray:
        """What is added to the sum: a number, or one for each place (`rest`, the total without the maps)."""
        bias = self.found.bias
        if bias is None:
            return 0.0
        values = self.values[bias.tensor.node, bias.tensor.index]
        is_one = values.size == (self.found.total.tensor.shape[self.axis] if self.axis else 1)
        return bias.value(self.values) if is_one else rest

    def maps(self) -> tuple[tuple[int, ...], np.ndarray]:
        """The channels that the filter reads, and what each adds (spatial..., channels)."""
        node = self.found.at.tensor.node
        if self._keeps_order() and self._keeps_channels(node.inputs[0]):
            x, kernel = (self.values[tensor.node, tensor.index] for tensor in node.inputs)
            match node.op:
                case windows.Convolution(groups=groups):
                    width = kernel.shape[-2]
                    first = self.number // (kernel.shape[-1] // groups) * width
                    weights = kernel[..., self.number][..., None, :]
                    return _by_channel(replace(node.op, groups=width), x, range(first, first + width), weights)
                case windows.ConvolutionInputGradient(groups=groups):
                    group, place = divmod(self.number, kernel.shape[-2])
                    width = x.shape[-1] // groups
                    mine = range(group * width, (group + 1) * width)
                    weights = kernel[..., place, group * width : (group + 1) * width][..., None, :]
                    op = replace(node.op, groups=width, shape=(*node.op.shape[:-1], width))
                    return _by_channel(op, x, mine, weights)
                case ops.Matmul() if kernel.ndim == 2 and not (node.op.transpose_a or node.op.transpose_b):
                    return tuple(range(len(kernel))), np.asarray((x * kernel[:, self.number])[0])
        return self._one_by_one()

    def _keeps_order(self) -> bool:
        """Whether the sums have the order of the layer's maps, with the channels at the end or moved to the front."""
        way, total = self.found.way, self.found.total.tensor
        behind = next((number for number, place in enumerate(way) if place.tensor is total), 0)
        movements = [place.tensor.node.op for place in way[behind:-1] if type(place.tensor.node.op) in MOVEMENTS]
        is_last = self.axis == self.found.total.tensor.rank - 1
        return all(map(is_channels_to_front, movements)) and len(movements) <= 1 and is_last == (not movements)

    def _keeps_channels(self, tensor: Tensor) -> bool:
        """Whether a tensor is the layer's input, with more or other places but the same channels, last."""
        while not isinstance(tensor.node.op, ops.Input):
            op = tensor.node.op
            moves_places = isinstance(op, movement.Pad | movement.Slice | movement.Gather) and op.axis < tensor.rank - 1
            if not (moves_places or isinstance(op, movement.StopGradient) or is_channels_to_end(op)):
                return False
            tensor = tensor.node.inputs[0]
        return True

    def _one_by_one(self) -> tuple[tuple[int, ...], np.ndarray]:
        """What the layer makes of each channel alone, all others being zero, beyond what it makes of zeros."""
        (x,) = self.given
        axis = self.emitted.channel_axis(x.ndim) if x.ndim > 1 else 0
        count = x.shape[axis] if axis else 1
        several = max(1, _MOST_NUMBERS // max(x.size, self.total.size))
        nothing = self._total_of(np.zeros(x.shape))
        parts = []
        for start in range(0, count, several):
            channels = range(start, min(start + several, count))
            alone = np.zeros((len(channels), *x.shape[1:]))
            for row, channel in enumerate(channels):
                index: tuple[Any, ...] = (*[slice(None)] * (axis - 1), channel) if axis else ()
                alone[(row, *index)] = x[(0, *index)]
            parts.append(self._total_of(alone) - nothing)
        return tuple(range(count)), np.moveaxis(np.concatenate(parts), 0, -1)

    def _total_of(self, x: np.ndarray) -> np.ndarray:
        """The filter's maps before the activation, for other inputs."""
        again = EmittedLayer.of_use(self.use, [x.shape])
        (output,) = again.outputs
        found = weighted_sum(again, Place(output, self.index))
        assert found is not None
        again.graph.outputs = {"total": found.total.tensor}
        return self._of_filter(run_graph(self.model, again.graph, [x], "reference", self.use.layer)["total"])


def _by_channel(
    op: Any, x: np.ndarray, channels: Sequence[int], weights: np.ndarray
) -> tuple[tuple[int, ...], np.ndarray]:
    """A convolution with each channel a group of its own."""
    mine = x[..., channels[0] : channels[-1] + 1]
    return tuple(channels), np.asarray(IMPLEMENTATIONS[type(op)](op, mine, weights)[0])
