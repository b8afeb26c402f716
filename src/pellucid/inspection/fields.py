"""What one unit sees of the input: what it can see at all, and what it does see, as its gradient tells."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.command_words import hint
from pellucid.dispatch.arrangement import Arrangement
from pellucid.dispatch.symbolic import Call
from pellucid.engines import Engine, NativeEngine
from pellucid.errors import ArgumentError, DataError, EngineError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Tensor, builder, movement, ops
from pellucid.graph.gradients import gradient
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.elements import chosen_element, chosen_use, told_call
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.given import described, is_whole, model_of, path_of, place_of
from pellucid.inspection.image_samples import OneSample, are_batches, inputs_of
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.map_records import SPATIAL_AXES, UseRecord
from pellucid.inspection.one_input import chosen_input, held
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.running import Use, emit_inputs_of, one_sample, run_graph_on_each, uses
from pellucid.inspection.seen import input_paths
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.network.network import calls_in_order
from pellucid.network.reach import reached
from pellucid.network.receptive_fields import seen_from
from pellucid.network.windowed import Windowed, spatial_sizes
from pellucid.training.door import as_array, fitting, prepare_input, prepare_inputs

__all__ = ["FieldOfView", "receptive_field"]

_PADS = {"depth": "planes"}
MOST_SAMPLES = 4096


class FieldOfView(UseRecord, Frozen, eq=False):
    """What one unit of a layer sees of the model's input.

    Args:
        layer: name of the layer, or the path to it.
        kind: the layer's class.
        position: place of the unit in the layer's maps, one number per axis; () in a dense layer.
        unit: number of its filter or unit.
        theoretical: which elements of the input (spatial..., channels) can change the unit at all, bool.
        effective: how strongly they do (spatial..., channels): the mean over the samples of the magnitude of the
            unit's derivative with respect to each.
        samples: how many samples that is the mean of.
        image: the sample that was given (spatial..., channels), the first of several; None where they were drawn at
            random.
        spans: first and last place that is seen along each spatial axis, padding included: negative, or beyond the
            input, where it is seen. Where no interval tells that, as behind transposed convolutions, without padding.
        uneven: where layers on the way pad more on one side than on the other, one sentence each.
        input: of a model with several inputs, the one that the field is on, the others being held; else "".
        call: which use of the layer, counted from 0, where it is used several times; None where it is used once.

    Raises:
        ShapeError: the arrays differ in shape, or have no or more than three spatial axes.
        EngineError: something outside of the theoretical field has a gradient.

    Example:
        >>> seen = np.array([[False], [True], [True]])
        >>> field = FieldOfView("conv1d", "Conv1D", (1,), 0, seen, seen * 0.5, 1, None, ((1, 2),))
        >>> field.box, field.size, field.inner(0.9)
        (((1, 2),), (2,), ((1, 2),))

    Source: W. Luo, Y. Li, R. Urtasun, R. Zemel, "Understanding the Effective Receptive Field in Deep Convolutional
        Neural Networks", NIPS 2016.
    """

    layer: str
    kind: str
    position: tuple[int, ...]
    unit: int
    theoretical: np.ndarray
    effective: np.ndarray
    samples: int
    image: np.ndarray | None
    spans: tuple[tuple[int, int], ...]
    uneven: tuple[str, ...] = ()
    input: str = ""
    call: int | None = None

    def __post_init__(self) -> None:
        for name in ("theoretical", "effective", "image"):
            given = getattr(self, name)
            if given is None:
                continue
            array = np.array(given)
            if array.shape != np.shape(self.theoretical) or not 2 <= array.ndim <= 4 or not array.size:
                raise ShapeError(
                    f'field of "{self.layer}": expected arrays (spatial..., channels) of one shape with 1 to 3 spatial '
                    f"axes, got {name} of shape {array.shape}"
                )
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        outside = self.effective[~self.theoretical]
        if np.count_nonzero(outside[np.isfinite(outside)]):
            raise EngineError(
                f'field of "{self.layer}": a gradient of {np.abs(outside).max():.2g} was computed outside of what the '
                "unit can see; either is wrong, please report it"
            )

    @property
    def axes(self) -> tuple[str, ...]:
        """What the spatial axes are called."""
        return SPATIAL_AXES[len(self.spatial)]

    @property
    def spatial(self) -> tuple[int, ...]:
        """Lengths of the input's spatial axes."""
        return self.theoretical.shape[:-1]

    @property
    def seen(self) -> np.ndarray:
        """Which places (spatial...) are seen, in any channel."""
        return np.asarray(self.theoretical.any(axis=-1))

    @property
    def strength(self) -> np.ndarray:
        """How strongly each place (spatial...) acts, all channels added up."""
        return np.asarray(self.effective.sum(axis=-1))

    @property
    def box(self) -> tuple[tuple[int, int], ...]:
        """First and last place inside of the input that is seen, along each spatial axis."""
        return _box(self.seen)

    @property
    def size(self) -> tuple[int, ...]:
        """How many places are seen along each spatial axis, padding included."""
        return tuple(last - first + 1 for first, last in self.spans)

    def inner(self, share: float = 0.9) -> tuple[tuple[int, int], ...] | None:
        """The middle that holds a share of the gradient along each axis, as much being left out on either side.

        Returns:
            first and last place along each spatial axis; None where the gradient is zero everywhere, or not finite.

        Raises:
            ArgumentError: the share is not above 0 and at most 1.
        """
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise ArgumentError(f"share is a number above 0 and at most 1, got {described(share)}")
        strength, found = self.strength, []
        if not np.isfinite(strength).all() or not strength.any():
            return None
        for axis in range(strength.ndim):
            along = strength.sum(axis=tuple(each for each in range(strength.ndim) if each != axis))
            before = np.cumsum(along) / along.sum()
            tail = (1 - share) / 2 + 1e-12
            first, last = int(np.searchsorted(before, tail, "right")), int(np.searchsorted(before, 1 - tail))
            found.append((first, min(last, len(along) - 1)))
        return tuple(found)


def _box(mask: np.ndarray) -> tuple[tuple[int, int], ...]:
    places = np.nonzero(mask)
    return tuple((int(each.min()), int(each.max())) for each in places)


@explained
def receptive_field(
    model: Model,
    layer: str | Layer,
    position: int | Sequence[int] = (),
    unit: int = 0,
    x: OneSample | None = None,
    *,
    samples: int = 16,
    seed: int = 0,
    call: int = 0,
    input: str | None = None,
    engine: str | Engine | None = None,
) -> FieldOfView:
    """What one unit of a layer sees of the input: all that can change it, and how strongly each element does.

    Through whatever leads to the unit: strides, dilation, padding, pooling, transposed convolutions, upsampling,
    branches, Flatten and Dense, models inside the model, layers of users.

    Args:
        model: a built model.
        layer: name of the layer; in a model inside the model, the path to it: "inner/conv2d". Or the layer itself.
        position: place in the layer's output, one number per axis but batch and channels; () for a dense layer.
        unit: number of the filter, of the unit in a dense layer: the place along the axis of channels.
        x: one sample, or several (samples, ...), on which the gradient is taken; or the path of an image file, or of a
            `.npy` file with one sample. Of a model with several inputs a list of arrays, or a dictionary by the names
            of the inputs.
        samples: how many samples are drawn where none are given, uniformly from 0 to 1.
        seed: from which they are drawn.
        call: which of its uses, where the layer is used several times: 0 for the first.
        input: of a model with several inputs, the name of the one that the field is on; by default the first that leads
            to the unit. For each sample the others are held at what it gives for them.
        engine: who computes the gradient; the native engine with exact sums by default.

    Returns:
        the field as a record; `views.field_figure` and `views.field_text` draw it.

    Raises:
        ArgumentError: layer, position, unit or call do not exist; the model's sizes are open and no sample is given;
            the unit depends on no input.
        DataError: the sample does not fit the model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> top = layers.Conv2D(4, 3, name="top")
        >>> model = Sequential([layers.Input((28, 28, 1)), layers.Conv2D(4, 3), layers.MaxPooling2D(2), top])
        >>> field = receptive_field(model, "top", position=(0, 5), unit=2)
        >>> field.size, field.box
        ((8, 8), ((0, 7), (10, 17)))

    Source: as `FieldOfView`'s.
    """
    model, x = seen_with(told_apart(model_of(model, "receptive_field"), layer), x)
    path = path_of(model, layer)
    known = uses(model, path)
    chosen_use(known, call, path)
    said, number = told_call(known, call), chosen_input(model, input, path, call)
    arrays = _drawn(model, samples, seed) if x is None else _samples(model, x)
    if len(arrays) == 1:
        return replace(_field(model, path, position, unit, arrays[0], call, engine, is_drawn=x is None), call=said)
    found = []
    for part in zip(*arrays, strict=True):
        sample = [array[np.newaxis] for array in part]
        alone = held(model, sample, number)
        found.append(_field(alone, path, position, unit, sample[number], call, engine, is_drawn=x is None))
    effective = np.mean([each.effective for each in found], axis=0)
    return replace(found[0], effective=effective, samples=len(found), input=input_paths(model)[number], call=said)


def _field(
    model: Model,
    path: str,
    position: int | Sequence[int],
    unit: int,
    batch: np.ndarray,
    call: int,
    engine: str | Engine | None,
    *,
    is_drawn: bool,
) -> FieldOfView:
    """The field of a model with one input, on samples of it."""
    use = chosen_use(uses(model, path), call, path)
    graph = Graph()
    given = emit_inputs_of(model, use, graph, [(1, *batch.shape[1:])])
    emitted = EmittedLayer.of_use(use, [tensor.shape for tensor in given])
    index = chosen_element(use.layer, emitted, position, unit).index
    output = Arrangement.of(use.layer.emit(use.calls[-1].argument(given), use.training))[1][0]
    source = next(node for node in graph.nodes if isinstance(node.op, ops.Input))
    mask = reached(graph.nodes, output, index).get(source)
    if mask is None or not mask.any():
        raise ArgumentError(f"{use.layer.label}: this unit depends on nothing of the input, so there is no field")
    spans = seen_from(graph, output, index)
    strength = _strength(model, graph, _element(output, index), batch, engine)
    behind = axes_behind(model.built_network()).get(model.inputs[0].call, 0)
    spatial = _spatial_axes(mask.ndim, behind)
    theoretical = arranged(np.asarray(mask[0]), behind)
    box = _box(np.asarray(theoretical.any(axis=-1)))
    return FieldOfView(
        layer=path,
        kind=type(use.layer).__name__,
        position=place_of(position, use.layer.label),
        unit=int(unit),
        theoretical=theoretical,
        effective=arranged(strength, behind),
        samples=len(batch),
        image=None if is_drawn else arranged(batch[0], behind),
        spans=tuple(_widened(spans.get(axis), inside) for axis, inside in zip(spatial, box, strict=True)),
        uneven=tuple(dict.fromkeys(_uneven(model, use))),
    )


def _widened(span: tuple[int, int] | None, inside: tuple[int, int]) -> tuple[int, int]:
    """With the padding that is seen, where an interval tells it."""
    return inside if span is None else (min(span[0], inside[0]), max(span[1], inside[1]))


def _element(tensor: Tensor, index: Sequence[int]) -> Tensor:
    """One element as a scalar."""
    for axis, place in enumerate(index):
        tensor = tensor.graph.add(movement.Slice(axis, place, place + 1), tensor)
    return builder.reshape(tensor, ())


def _strength(model: Model, graph: Graph, target: Tensor, batch: np.ndarray, engine: str | Engine | None) -> np.ndarray:
    """The mean magnitude of the derivative of a scalar with respect to the one input of a graph."""
    (source,) = (node.outputs[0] for node in graph.nodes if isinstance(node.op, ops.Input))
    graph.outputs = {"gradient": gradient(target, [source])[0]}
    exact = NativeEngine(exact=True) if engine is None and model.engine.name == "native" else engine
    total = np.zeros(source.shape[1:])
    for answer in run_graph_on_each(model, graph, batch, exact):
        total += np.abs(answer["gradient"][0].astype(np.float64))
    return total / len(batch)


def _drawn(model: Model, samples: int, seed: int) -> list[np.ndarray]:
    """Samples of uniform numbers, (samples, ...) for each input of a model that says how large they are."""
    model.require_built()
    if not is_whole(samples) or not 1 <= samples <= MOST_SAMPLES:
        raise ArgumentError(f"samples is a whole number from 1 to {MOST_SAMPLES}, got {described(samples)}")
    if not is_whole(seed) or seed < 0:
        raise ArgumentError(f"seed is a whole number, 0 or more, got {described(seed)}")
    draws, found = np.random.default_rng(seed), []
    for tensor in model.inputs:
        shape = tensor.shape[1:]
        sizes = [size for size in shape if size is not None]
        if len(sizes) < len(shape):
            raise ArgumentError(
                f"{model.name} takes samples of shape {shape}, whose sizes are open; say how large they are by a "
                f"sample: {hint('receptive_field(..., x=sample)', {'--image': '--image FILE'})}"
            )
        found.append(draws.random((samples, *sizes), dtype=np.float32))
    return found


def _samples(model: Model, x: Any) -> list[np.ndarray]:
    """One sample as a batch, or several as they are, for each input."""
    model.require_built()
    if are_batches(model, x):
        arrays = prepare_inputs(x, model.built_network(), model.name)
    elif len(model.inputs) != 1 or isinstance(x, (str, os.PathLike, Mapping)):
        return inputs_of(model, x)
    else:
        array = as_array(x, model.name)
        is_one = fitting((1, *array.shape), model.inputs[0].shape) is not None
        if is_one or fitting(array.shape, model.inputs[0].shape) is None:
            return [one_sample(model, array)]
        arrays = [prepare_input(array, model.inputs[0].shape, model.name)]
    if len(arrays[0]) > MOST_SAMPLES:
        raise DataError(f"{model.name}: at most {MOST_SAMPLES} samples are looked at, got {len(arrays[0])}; pass fewer")
    return arrays


def _spatial_axes(rank: int, behind: int) -> list[int]:
    """The spatial axes of an input of so many axes, batch included, in order; a row of numbers counts as one."""
    channels = rank - 1 - behind
    return [axis for axis in range(1, rank) if axis != channels] or [1]


def arranged(sample: np.ndarray, behind: int) -> np.ndarray:
    """(spatial..., channels); numbers without spatial order become a row of one channel."""
    if sample.ndim == 1:
        return sample[:, np.newaxis]
    return np.asarray(np.moveaxis(sample, -1 - behind, -1))


def _uneven(model: Model, use: Use) -> Iterator[str]:
    """A sentence on each layer that leads to a use, itself included, that pads more on one side than on the other."""
    networks = [model, *(call.layer for call in use.calls[:-1])]
    for network, call in zip(networks, use.calls, strict=True):
        assert isinstance(network, Model)
        for each in calls_in_order(network.inputs, call.inputs):
            yield from _uneven_within(each)
    yield from _uneven_within(use.calls[-1])


def _uneven_within(call: Call) -> Iterator[str]:
    if not isinstance(call.layer, Model):
        yield from _sentence(call)
    elif not call.layer.has_own_call:  # to which it is one operation: its network is a call of itself
        for each in call.layer.built_network().calls:
            yield from _uneven_within(each)


def _pads(axis: str, count: int) -> str:
    """What is added along an axis: "2 rows", "1 row"."""
    name = _PADS.get(axis, axis)
    return name.removesuffix("s") if count == 1 else name


def _sentence(call: Call) -> Iterator[str]:
    """Where "same" puts the odd row."""
    layer = call.layer
    if not isinstance(layer, Windowed) or not call.inputs:
        return
    sizes = spatial_sizes(layer, call.inputs[0].shape)
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return
    padding = layer.window(known).padding
    sides = [
        f"{before} {_pads(name, before)} before and {after} behind"
        for name, (before, after) in zip(SPATIAL_AXES[len(padding)], padding, strict=True)
        if before != after
    ]
    if sides:
        yield f"{layer.name} adds {', '.join(sides)}"
