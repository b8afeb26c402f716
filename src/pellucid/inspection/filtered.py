"""One filter on one image: a kernel by its name, as an array, or of a layer of a model, with the map that it gives."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from pellucid import filterbank, ops
from pellucid.arraylike import NoNumbers, array_of
from pellucid.calls import explained
from pellucid.dispatch.arrangement import Arrangement
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError, shown
from pellucid.frozen import Frozen
from pellucid.graph import Graph
from pellucid.graph.ops import Product
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.elements import chosen_use
from pellucid.inspection.filters import filters
from pellucid.inspection.given import described, model_of, number_of, path_of
from pellucid.inspection.image_samples import OneSample
from pellucid.inspection.one_input import at_one_input
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.record import Record
from pellucid.inspection.running import emit_inputs_of, run_graph, uses
from pellucid.layers import Layer
from pellucid.models import Model

__all__ = ["FilteredImage", "filtered_image", "filtered_image_by"]

GREY = np.array([0.299, 0.587, 0.114])
"""What red, green and blue add to grey (ITU-R BT.601)."""
CHANNEL_NAMES = {1: ("grey",), 3: ("red", "green", "blue")}


class FilteredImage(Record, Frozen, eq=False):
    """An image, a filter, and the map that the filter gives on it.

    Args:
        name: what the filter is called: "sobel_x", "conv2d, filter 3".
        image: what the filter read, or what the model was given (rows, columns, channels).
        kernel: its weights (rows, columns, channels).
        map: its answers (rows, columns).
        made: how the map came about, in words: what was added, which activation followed.
        is_first: whether the kernel reads the image itself, so that its channels are those of the image.

    Raises:
        ShapeError: an array has other axes.

    Example:
        >>> record = FilteredImage("dot", np.ones((4, 4, 1)), np.ones((1, 1, 1)), np.ones((4, 4)), "a sum of products")
        >>> record.channel_names
        ('grey',)
    """

    name: str
    image: np.ndarray
    kernel: np.ndarray
    map: np.ndarray
    made: str
    is_first: bool = True

    def __post_init__(self) -> None:
        for name, axes in (("image", 3), ("kernel", 3), ("map", 2)):
            array = np.array(getattr(self, name))
            if array.ndim != axes or not array.size:
                raise ShapeError(f'filter "{self.name}": expected {name} with {axes} axes, got shape {array.shape}')
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """What the channels are called that the kernel reads."""
        count = self.kernel.shape[-1]
        named = self.is_first and count == self.image.shape[-1] and count in CHANNEL_NAMES
        return CHANNEL_NAMES[count] if named else tuple(f"channel {number}" for number in range(count))


@explained
def filtered_image(image: npt.ArrayLike, kernel: str | npt.ArrayLike, name: str | None = None) -> FilteredImage:
    """The map that one kernel gives on an image: at each place the sum of pixels times weights, without padding.

    The kernel is laid on the image as it stands (cross-correlation). One of a single slice reads the image in grey.

    Args:
        image: (rows, columns), or (rows, columns, 1 or 3); bytes count from 0 to 1.
        kernel: one of `filterbank.names()`, or weights (rows, columns) or (rows, columns, 1 or 3).
        name: what the kernel is called; its own name by default.

    Returns:
        the record; `views.filtered_figure` and `views.filtered_text` draw it.

    Raises:
        ArgumentError: there is no kernel of that name (the nearest is told).
        ShapeError: image or kernel have other axes, or the kernel is larger than the image.
        DataError: something is no number.

    Example:
        >>> step = np.repeat([[0, 0, 255, 255]], 3, axis=0).astype(np.uint8)
        >>> filtered_image(step, "sobel_x").map.tolist()
        [[4.0, 4.0]]

    Source: the definition of cross-correlation; ITU-R BT.601 for grey.
    """
    if name is not None and not isinstance(name, str):
        raise ArgumentTypeError(f"name is text, got {described(name)}")
    pixels, weights = _image(image), _kernel(kernel)
    if weights.shape[-1] == 1 and pixels.shape[-1] == 3:
        pixels = pixels @ GREY[:, np.newaxis]
    if weights.shape[-1] != pixels.shape[-1]:
        raise ShapeError(
            f"the kernel reads {weights.shape[-1]} channels, the image has {pixels.shape[-1]}; take a kernel of one "
            "slice, which reads any image in grey"
        )
    if any(taps > size for taps, size in zip(weights.shape, pixels.shape, strict=True)):
        raise ShapeError(f"a kernel of {weights.shape[:2]} does not fit on an image of {pixels.shape[:2]}")
    found = ops.conv(pixels[np.newaxis].astype(np.float32), weights[..., np.newaxis].astype(np.float32))
    called = name or (kernel.lower() if isinstance(kernel, str) else "kernel")
    return FilteredImage(called, pixels, weights, np.asarray(found)[0, ..., 0], "sums of products, without padding")


@explained
def filtered_image_by(
    model: Model,
    layer: str | Layer,
    image: OneSample,
    filter: int = 0,
    *,
    call: int = 0,
    input: str | None = None,
    engine: str | Engine | None = None,
) -> FilteredImage:
    """The map that one filter of a layer gives when the model sees an image.

    Args:
        model: a built model that takes images.
        layer: name of a layer that convolves over two axes, or the path to it: "inner/conv2d". Or the layer itself.
        image: one sample, of the shape that the model was built for, without a batch axis; or the path of an image
            file. Of a model with several inputs a list of arrays, or a dictionary by the names of the inputs.
        filter: number of the filter.
        call: which of its uses, where the layer is used several times: 0 for the first.
        input: of a model with several inputs, the name of the one that is drawn; by default the first that leads to the
            layer.
        engine: who computes, the model's own by default.

    Returns:
        the record, with the layer's output: bias and activation included.

    Raises:
        ArgumentError: layer, filter or call do not exist, or the layer has no filters of two axes.
        DataError: the sample does not fit the model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="c")])
        >>> filtered_image_by(model, "c", np.ones((8, 8, 1)), 2).map.shape
        (6, 6)

    Source: the layer's definition.
    """
    model = told_apart(model_of(model, "filtered_image_by"), layer)
    path = path_of(model, layer)
    use = chosen_use(uses(model, path), call, path)
    kinds = list(getattr(use.layer, "filter_axes", {}))
    if len(kinds) > 1:
        raise ArgumentError(
            f"{use.layer.label} makes its maps by {' and then '.join(kinds)}, so that no kernel stands beside a map; "
            "composition(model, layer, filter) makes one of both, where that is exact"
        )
    seen, bank = at_one_input(model, image, input, path, call), filters(use.layer)
    model, x = seen.model, seen.sample
    use = chosen_use(uses(model, path), call, path)
    if len(bank.spatial) != 2 or x.ndim != 4 or bank.places > 1:
        raise ArgumentError(
            f"{use.layer.label} has filters of shape {bank.kernel.shape[:-1]} and reads samples of {x.shape[1:]}; "
            "filters that slide over an image are drawn beside it"
        )
    number = number_of("filter", filter, use.layer.label)
    graph = Graph()
    given = emit_inputs_of(model, use, graph, [x.shape])
    is_first = not any(isinstance(node.op, Product) for node in graph.nodes)
    graph.outputs["map"] = Arrangement.of(use.layer.emit(use.calls[-1].argument(given), use.training))[1][0]
    found = run_graph(model, graph, [x], engine)["map"][0]
    maps = np.moveaxis(found, -1 - axes_behind(use.network).get(use.calls[-1], 0), -1)
    kernel = bank.filter(number)
    activation = getattr(getattr(use.layer, "activation", None), "__name__", "")
    followed = f", after {activation}" if activation not in ("", "linear") else ""
    bias = "" if bank.bias is None or not bank.bias[number] else f" plus a bias of {bank.bias[number]:.4g}"
    return FilteredImage(
        name=f"{path}, filter {number}" + (f", of the input {seen.input}" if seen.input else ""),
        image=np.moveaxis(x[0], -1 - axes_behind(model.built_network()).get(model.inputs[0].call, 0), -1),
        kernel=kernel,
        map=maps[..., number],
        made=f"sums of products{bias}{followed}",
        is_first=is_first,
    )


def _image(given: npt.ArrayLike) -> np.ndarray:
    """(rows, columns, 1 or 3), float64; bytes from 0 to 1."""
    array = _numbers(given, "the image")
    pixels = array / 255 if array.dtype == np.uint8 else array.astype(np.float64)
    pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3 or pixels.shape[-1] not in (1, 3) or not pixels.size:
        raise ShapeError(f"an image is an array (rows, columns) or (rows, columns, 1 or 3), got shape {array.shape}")
    return pixels


def _kernel(given: str | npt.ArrayLike) -> np.ndarray:
    """(rows, columns, channels), float64."""
    array = filterbank.get(given) if isinstance(given, str) else _numbers(given, "the kernel").astype(np.float64)
    if isinstance(given, str) and array.ndim > 2:
        raise ShapeError(f"the kernel {shown(given)} is one for volumes, {array.shape}; a photograph has no slices")
    if array.ndim == 1:
        array = array[np.newaxis]
    array = array[..., 0] if array.ndim == 4 and array.shape[-1] == 1 else array
    array = array[..., np.newaxis] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[-1] not in (1, 3) or not array.size:
        raise ShapeError(f"a kernel is an array (rows, columns) or (rows, columns, 1 or 3), got shape {array.shape}")
    return array


def _numbers(given: npt.ArrayLike, what: str) -> np.ndarray:
    """Finite real numbers, as they came."""
    try:
        array = array_of(given)
    except NoNumbers as error:
        is_path = isinstance(given, str | os.PathLike)
        advice = "; views.load_image reads a picture from a file" if is_path else ""
        raise DataError(f"{what} must hold numbers, got {error}{advice}") from error
    if array.dtype.kind not in "biuf":
        raise DataError(f"{what} must hold real numbers, got {described(given)}")
    if not np.isfinite(array).all():
        raise DataError(f"{what} holds NaN or infinity")
    return array
