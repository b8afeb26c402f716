"""How the arrays of Keras 1 and 2 lie, and how they are turned into today's: which axis is which, and which way round.

A convolution multiplies a window with its kernel as it lies ("correlation"); only Theano turned the kernel round first,
so what it learned is turned here. Keras 1 had the axes of kernels in the order of its backend (`dim_ordering`).

Source: preprocess_weights_for_loading in Keras 2.2.4 (engine/saving.py); layers/convolutional.py and
layers/normalization.py of Keras 0.3.3, 1.0.0 and 1.2.2.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from pellucid.conversion.old_rows import Rows, taken
from pellucid.formats.keras_h5 import KerasH5
from pellucid.frozen import Frozen
from pellucid.layers import Layer

__all__ = ["Origin", "Turn", "by_filters", "is_laid_by_filters", "of_theano", "orders_that_fit", "turn"]

Shape = tuple[int, ...]

FLIPPED = {"Conv1D": 1, "Conv2D": 2, "Conv3D": 3, "Conv2DTranspose": 2}
"""Classes whose kernels Theano turned round, with the number of axes of the window. Not those of depthwise
convolutions: Keras's backend turned these before it gave them to Theano."""
THEANO = {2: (2, 3, 1, 0), 3: (2, 3, 4, 1, 0)}
"""From (out, in, rows, columns) to (rows, columns, in, out), by the number of axes of the window."""
RANKS = {"Conv2D": 2, "Conv3D": 3, "SeparableConv2D": 2, "DepthwiseConv2D": 2}


class Turn(Frozen):
    """What is done to one array of a file.

    Attributes:
        shape: of the result.
        run: makes it.
        why: in a few words; "" where the array is taken as it is.
    """

    shape: Shape
    run: Callable[[np.ndarray], np.ndarray]
    why: str = ""


class Origin(Frozen):
    """What decides how the arrays of a file lie.

    Attributes:
        generation: of Keras, from 0 to 3.
        theano: whether Theano computed.
        order: where the model had its channels; None where nothing says so: as the layers have them that are filled.
        rows: of layers whose rows lie in another order there, see `old_rows`.
    """

    generation: int
    theano: bool
    order: str | None
    rows: Rows


def of_theano(file: KerasH5) -> bool:
    """Whether Theano computed what is in a file.

    Files of Keras 2 say so. Those of Keras 1 do not, but TensorFlow ends the names of all its arrays in ":0", and there
    was no third. Those of before 1.0 have no names; then Theano was the usual one.
    """
    if file.backend is not None:
        return file.backend == "theano"
    names = [weight.name for weights in file.layers.values() for weight in weights]
    return (
        file.generation < 2
        and bool(names)
        and not any(name.rpartition(":")[2].isdigit() and ":" in name for name in names)
    )


def orders_that_fit(layer: Layer, name: str, stored: Shape, wanted: Shape) -> set[str] | None:
    """In which orders of Keras 1 ("channels_last", "channels_first") a kernel would fit; None where none matters."""
    axes = _axes(layer, name)
    if axes is None or len(stored) != len(wanted):
        return None
    return {order for order, turned in axes.items() if tuple(stored[axis] for axis in turned) == wanted}


def turn(layer: Layer, name: str, stored: Shape, origin: Origin) -> Turn:
    """What is to be done to an array of a file.

    Args:
        layer: that it belongs to, a single one.
        name: of the weight there ("kernel").
        stored: the shape in the file.
        origin: of the file.
    """
    steps: list[tuple[Callable[[np.ndarray], np.ndarray], str]] = []
    shape = stored
    if origin.generation < 2:
        axes = _old_axes(layer, name, stored, origin.order)
        if axes is not None and axes != tuple(range(len(stored))):
            shape = tuple(stored[axis] for axis in axes)
            steps.append((partial(np.transpose, axes=axes), f"its axes are {stored} in the file"))
        if _class(layer) == "Conv1D" and name == "kernel" and len(shape) == 4 and shape[1] == 1:
            shape = (shape[0], *shape[2:])
            steps.append((partial(np.squeeze, axis=1), "Keras 1 had another axis in it"))
    rank = FLIPPED.get(_class(layer), 0) if name == "kernel" and origin.theano else 0
    if rank and len(shape) == rank + 2:
        back = (slice(None, None, -1),) * rank
        steps.append((partial(_at, place=back), "Theano turned it round"))
    if _is_deviation(layer, name, origin):
        epsilon = float(layer.epsilon)  # type: ignore[attr-defined]  # it normalises
        steps.append((partial(_variance, epsilon=epsilon), "a deviation became a variance"))
    if origin.generation < 3 and is_laid_by_filters(layer, name) and len(shape) == 3:
        steps.append((by_places, "it lay filter by filter"))
    for axis, places in taken(layer, name, origin.rows.get(layer, (None, None))):
        if axis < len(shape) and shape[axis] == len(places):
            steps.append((partial(np.take, indices=places, axis=axis), "channels came first in what was flattened"))
    return Turn(shape, _all_of([run for run, _ in steps]), "; ".join(why for _, why in steps))


def _at(array: np.ndarray, place: tuple[slice, ...]) -> np.ndarray:
    return array[place]


def _variance(deviation: np.ndarray, epsilon: float) -> np.ndarray:
    """What divides by the same number: sqrt(variance + epsilon) = deviation + epsilon."""
    return np.square(deviation + np.float32(epsilon)) - np.float32(epsilon)


def is_laid_by_filters(layer: Layer, name: str) -> bool:
    """Whether Keras 2 took the numbers of a bias in another order than its shape says: (filters, rows, columns)."""
    return _class(layer) == "LocallyConnected2D" and name == "bias" and layer.data_format == "channels_first"  # type: ignore[attr-defined]


def by_places(array: np.ndarray) -> np.ndarray:
    """Numbers that lie filter by filter, in the order of their shape (rows, columns, filters)."""
    rows, columns, filters = array.shape
    return array.reshape(filters, rows, columns).transpose(1, 2, 0)


def by_filters(array: np.ndarray) -> np.ndarray:
    """The way back from `by_places`."""
    return np.ascontiguousarray(array.transpose(2, 0, 1)).reshape(array.shape)


def _all_of(steps: list[Callable[[np.ndarray], np.ndarray]]) -> Callable[[np.ndarray], np.ndarray]:
    def run(array: np.ndarray) -> np.ndarray:
        for step in steps:
            array = step(array)
        return np.ascontiguousarray(array, np.float32)

    return run


def _class(layer: Layer) -> str:
    return type(layer).__name__


def _axes(layer: Layer, name: str) -> dict[str, Shape] | None:
    """For each order of Keras 1 the places of today's axes in a kernel that had it; None where there was one order."""
    kind = _class(layer)
    if kind == "Conv2DTranspose" and name == "kernel":
        return {"channels_last": (0, 1, 3, 2), "channels_first": (2, 3, 0, 1)}
    if kind in RANKS and name in ("kernel", "depthwise_kernel", "pointwise_kernel"):
        rank = RANKS[kind]
        return {"channels_last": tuple(range(rank + 2)), "channels_first": THEANO[rank]}
    return None


def _old_axes(layer: Layer, name: str, stored: Shape, order: str | None) -> Shape | None:
    """The places of today's axes in an array of Keras 1."""
    if _class(layer) == "Conv1D" and name == "kernel" and len(stored) == 4:
        size, filters = layer.kernel_size[0], layer.filters  # type: ignore[attr-defined]
        is_later = stored[:2] == (size, 1) and stored[3] == filters
        return None if is_later else (2, 3, 1, 0)
    axes = _axes(layer, name)
    if axes is None or len(stored) != len(axes["channels_last"]):
        return None
    return axes[order or str(getattr(layer, "data_format", "channels_last"))]


def _is_deviation(layer: Layer, name: str, origin: Origin) -> bool:
    """Before Keras 1.0 the running variance of batch normalisation was the square root of it."""
    return origin.generation == 0 and _class(layer) == "BatchNormalization" and name == "moving_variance"
