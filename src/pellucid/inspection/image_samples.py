"""What is looked at, as samples of a model: numbers, files of numbers, and images in the model's size."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import NoNumbers, array_of
from pellucid.command_words import hint
from pellucid.data.images.files import read_image
from pellucid.data.words.texts import is_text
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, DataError, escaped
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.running import one_sample
from pellucid.inspection.sample_files import ARRAY_FILES, read_samples
from pellucid.layers import CenterCrop, InputLayer, Normalization, Rescaling, Resizing
from pellucid.layers.base import vary_unasked
from pellucid.layers.input import ReadInput
from pellucid.models import Model
from pellucid.training.door import as_array, fitting, prepare_input, prepare_inputs

__all__ = [
    *(
        "are_batches",
        "batch_of_one",
        "each_sample",
        "inputs_of",
        "MOST_SAMPLES",
        "OneSample",
        "Sample",
        "Samples",
        "file_sample",
        "image_input",
        "image_pixels",
        "image_sample",
        "sample_of",
        "shown_input",
    ),
    *("knows_its_images", "picture_axes", "samples_of", "scales_bytes", "white_of"),
]

Sample = npt.ArrayLike | str | os.PathLike[str]
"""One sample: numbers of the shape that a model wants, without a batch axis, or the path of a file: an image, or an
array of NumPy's."""
OneSample = Sample | Sequence[npt.ArrayLike] | Mapping[str, npt.ArrayLike]
"""As `Sample`; of a model with several inputs an array for each, in order or by their names."""
Samples = Sample | Sequence[str | os.PathLike[str]]
"""One sample, or several: a batch of them, a file with such, or a list of files."""
MOST_SAMPLES = 64
"""That are looked at together; each has maps of every layer."""


def sample_of(model: Model, x: Sample) -> np.ndarray:
    """A sample, or a file, as a batch of one, checked against the model's input."""
    x = read_text(model, x)
    return one_sample(model, file_sample(model, x) if isinstance(x, str | os.PathLike) else x)


def read_text(model: Model, x: Any) -> Any:
    """What is handed in; text as the numbers that the model's first layer makes of it."""
    place = model.built_network().inputs[0].call.layer
    return place.numbers_of(x, model.name) if isinstance(place, ReadInput) and is_text(x) else x


def inputs_of(model: Model, x: Any) -> list[np.ndarray]:
    """One sample as a batch of one, an array for each input of the model."""
    network = model.built_network()
    if len(network.inputs) > 1 and isinstance(x, str | os.PathLike):
        x = file_sample(model, x)
    if len(network.inputs) == 1 and not isinstance(x, Mapping):
        return [sample_of(model, x)]
    return prepare_inputs(batch_of_one(x, len(network.inputs)), network, model.name)


def each_sample(model: Model, x: Any) -> dict[str, list[np.ndarray]]:
    """One sample or several by name, as `samples_of` has them; each an array for each input of the model.

    Raises:
        DataError: they do not fit the model's inputs, or there are none, or more than 64.
    """
    network = model.built_network()
    if len(network.inputs) == 1 and not isinstance(x, Mapping):
        return {name: [sample] for name, sample in samples_of(model, x).items()}
    if isinstance(x, str | os.PathLike):
        x = _by_input(model, x)
    if not are_batches(model, x):
        return {"": inputs_of(model, x)}
    arrays = prepare_inputs(x, network, model.name)
    _check_count(model, len(arrays[0]))
    return {str(number): [array[number : number + 1] for array in arrays] for number in range(len(arrays[0]))}


def are_batches(model: Model, x: Any) -> bool:
    """Whether each input of a model that has several, or is given arrays by name, is given several samples, not one."""
    if len(model.inputs) == 1 and not isinstance(x, Mapping):
        return False
    names = [tensor.call.layer.name for tensor in model.inputs]
    if isinstance(x, Mapping):
        x = [x[name] for name in names] if set(x) == set(names) else ()
    if not isinstance(x, list | tuple) or len(x) != len(names):
        return False
    pairs = zip(x, model.inputs, strict=True)
    return all(isinstance(each, np.ndarray) and _is_batch(each, tensor.shape) for each, tensor in pairs)


def batch_of_one(given: Any, count: int) -> Any:
    """A batch axis before each array of a sample, or of its targets.

    Numbers become arrays, so that a list of them is not taken for a list of arrays.

    Example:
        >>> batch_of_one([1.0, {"a": [2.0, 3.0]}], 2)
        [array([1.]), {'a': array([[2., 3.]])}]
    """
    if isinstance(given, Mapping):
        return {name: batch_of_one(value, 1) for name, value in given.items()}
    if count > 1 and isinstance(given, list | tuple):
        return [None if value is None else batch_of_one(value, 2 if _holds_arrays(value) else 1) for value in given]
    try:
        return array_of(given)[np.newaxis]
    except NoNumbers:
        return [given]  # who takes it says what is wrong with it


def _holds_arrays(given: Any) -> bool:
    """Whether it is a list of arrays, in a model whose inputs are lists in lists."""
    return isinstance(given, list | tuple) and any(isinstance(each, np.ndarray) for each in given)


def samples_of(model: Model, x: Samples) -> dict[str, np.ndarray]:
    """One sample or several, each as a batch of one under its name: the file's, its number, or "" where it is alone.

    Raises:
        DataError: they do not fit the model's input, or there are none, or more than 64.
    """
    if isinstance(x, list | tuple) and x and all(isinstance(each, str | os.PathLike) for each in x):
        _check_count(model, len(x))
        names = [Path(each).name for each in x]
        unique = len(set(names)) == len(names)
        return {
            escaped(name if unique else str(path)): sample_of(model, path) for name, path in zip(names, x, strict=True)
        }
    array: Any = x
    if isinstance(x, str | os.PathLike):
        if Path(x).suffix.lower() not in ARRAY_FILES:
            return {"": sample_of(model, x)}
        array = _one_array(x)
    model.require_built()
    if len(model.inputs) == 1:
        array, expected = as_array(read_text(model, array), model.name), model.inputs[0].shape
        if array.shape == expected[1:]:
            return {"": prepare_input(array[np.newaxis], expected, model.name)}
        if _is_batch(array, expected):
            _check_count(model, len(array))
            batch = prepare_input(array, expected, model.name)
            return {str(number): batch[number : number + 1] for number in range(len(batch))}
    return {"": one_sample(model, array)}


def _one_array(path: str | os.PathLike[str]) -> Any:
    """The array in a file; of several that called x. Raises `DataError` where there are several and none is."""
    found = read_samples(path)
    if isinstance(found, dict):
        raise DataError(
            f"{escaped(path)} holds {', '.join(map(escaped, found))}: call the samples x, or pass them alone"
        )
    return found


def _by_input(model: Model, path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """What a file holds for each input of a model that has several; raises `DataError` where one is missing."""
    names = [tensor.call.layer.name for tensor in model.inputs]
    found = read_samples(path) if Path(path).suffix.lower() in ARRAY_FILES else None
    if not isinstance(found, dict) or not set(names) <= set(found):
        called = ", ".join(f"{name}={name}" for name in names)
        raise DataError(
            f"{model.name} has the inputs {', '.join(names)}; {escaped(path)} is to hold an array for each: save them "
            f"with numpy.savez('data.npz', {called})"
        )
    return {name: found[name] for name in names}


def _is_batch(array: np.ndarray, expected: SymbolicShape) -> bool:
    """Whether it is no sample, but several; without their axis of channels only where no size is open, since an image
    of three colours would pass for a batch of grey ones."""
    is_whole = array.ndim == len(expected) or None not in expected[1:]
    return is_whole and fitting((1, *array.shape), expected) is None and fitting(array.shape, expected) is not None


def _check_count(model: Model, count: int) -> None:
    if not 1 <= count <= MOST_SAMPLES:
        raise DataError(
            f"{model.name}: 1 to {MOST_SAMPLES} samples are looked at together, got {count}"
            + (f"; pass some of them, such as x[:{MOST_SAMPLES}]" if count else "")
        )


def file_sample(model: Model, path: str | os.PathLike[str], number: int | None = None) -> Any:
    """The sample in a file: an image in the model's size, or an array; one of several by its number.

    Of a model with several inputs the file holds an array for each under its name, and so does what comes back.

    Raises:
        ArgumentError: a number is missing, or there are not so many samples.
        DataError: the array does not fit the model.
    """
    if len(model.inputs) > 1:
        arrays: Any = _by_input(model, path)
        if not are_batches(model, arrays):
            _number_in(path, number, None)
            return arrays
        count = min(len(array) for array in arrays.values())
        chosen = _number_in(path, number, count)
        return {name: array[chosen] for name, array in arrays.items()}
    if Path(path).suffix.lower() not in ARRAY_FILES:
        if number:
            raise ArgumentError(f"{escaped(path)} is one image; there is no sample {number}")
        return image_sample(model, path)
    array, expected = as_array(_one_array(path), model.name), model.inputs[0].shape
    if not _is_batch(array, expected):
        _number_in(path, number, None)
        return array
    return np.asarray(array[_number_in(path, number, len(array))])


def _number_in(path: str | os.PathLike[str], number: int | None, count: int | None) -> int:
    """Which sample of a file is meant, that holds so many, or one without an axis of samples for None."""
    if count is None:
        if number:
            raise ArgumentError(f"{escaped(path)} holds one sample; there is no sample {number}")
        return 0
    if number is None and count > 1:
        one = hint("pass one of them, x[0]", {"--sample": "--sample 0"})
        raise ArgumentError(f"{escaped(path)} holds {count} samples; say which: {one}")
    if not 0 <= (number or 0) < count:
        raise ArgumentError(f"{escaped(path)} holds {count} samples, counted from 0; there is no sample {number}")
    return number or 0


BYTE = 255
MOST_OF_BYTES = 1 / 100
"""By which a layer at the beginning of a model multiplies at most that takes bytes: 1/255 and 1/127.5 are usual."""
LEAST_OF_BYTES = 2.0
"""The least mean of pixels for which a model takes them for bytes that subtracts it first."""


def image_sample(model: Model, path: str | os.PathLike[str]) -> np.ndarray:
    """An image file as a sample of a model, float32, scaled to the model's size where that is not open.

    It is read as the images that the model was trained on, where the model knows that (`Model.trained_on`). Else its
    values are 0..255 for a model that scales bytes itself, as one does that begins with `Rescaling(1 / 255)`, and 0..1
    for all others.

    Args:
        model: a built model.
        path: PNG, JPEG, TIFF, WebP, ...; see `read_image`.

    Raises:
        ArgumentError: the model does not take one image of 1 or 3 channels.
        FileError: there is no such file, or no image in it.
    """
    sizes, channels, axis = image_input(model)
    if knows_its_images(model):
        pixels = model.trained_on.sample(path)
    else:
        pixels = image_pixels(path, sizes, channels).astype(np.float32) * white_of(model) / np.float32(BYTE)
    return np.moveaxis(pixels, -1, axis if axis < 0 else axis - 1)


def white_of(model: Model) -> np.float32:
    """The largest value of a pixel of an image file as the model takes it."""
    if knows_its_images(model):
        model.trained_on.require_files()
        return np.float32(BYTE * model.trained_on.scale)
    return np.float32(BYTE if scales_bytes(model) else 1.0)


def scales_bytes(model: Model) -> bool:
    """Whether a model brings pixels of 0..255 to the numbers that its layers learn from, before all else.

    Example:
        >>> from pellucid import Sequential, layers
        >>> begins = [layers.RandomFlip(), layers.Rescaling(1 / 127.5, offset=-1)]
        >>> scales_bytes(Sequential([layers.Input((8, 8, 3)), *begins, layers.Conv2D(2, 3)]))
        True
        >>> scales_bytes(Sequential([layers.Input((8, 8, 3)), layers.Conv2D(2, 3)]))
        False
    """
    for layer in model.layers:
        if isinstance(layer, Rescaling):
            return bool(np.max(np.abs(layer.scale)) <= MOST_OF_BYTES)
        if isinstance(layer, Normalization):
            mean = layer.mean if layer.mean is not None else layer.adapted_mean.numpy()
            return bool(np.max(np.abs(mean)) > LEAST_OF_BYTES)
        if isinstance(layer, Model) and scales_bytes(layer):
            return True
        if not isinstance(layer, InputLayer | Resizing | CenterCrop) and not vary_unasked([layer]):
            return False
    return False


def knows_its_images(model: Model) -> bool:
    """Whether it tells how the images were read that it was trained on, and takes such still."""
    sizes, channels, _ = image_input(model)
    return model.trained_on is not None and bool(model.trained_on.reading.shape == (*sizes, channels))


def image_input(model: Model) -> tuple[tuple[int | None, int | None], int, int]:
    """Rows and columns of the model's input, None where open; its channels, and on which axis they are."""
    model.require_built()
    shapes = [tensor.shape for tensor in model.inputs]
    found = picture_axes(model, 0) if len(shapes) == 1 else None
    if found is not None:
        return found
    raise ArgumentError(f"{model.name} takes inputs of shape {shapes}, not one image of 1 or 3 channels")


def picture_axes(model: Model, number: int) -> tuple[tuple[int | None, int | None], int, int] | None:
    """The same of one of the inputs of a model that is built; None where it is no picture of 1 or 3 channels."""
    given = model.inputs[number]
    if len(given.shape) != 4:
        return None
    _, first, middle, last = given.shape
    behind = axes_behind(model.built_network()).get(given.call)
    if last in (1, 3) and behind != 2:
        return (first, middle), last, -1
    return ((middle, last), first, 1) if first in (1, 3) and behind != 0 else None


def shown_input(model: Model) -> int:
    """The number of the input that is drawn where one stands for a sample: the first picture, else the first."""
    numbers = range(len(model.inputs))
    return next((number for number in numbers if picture_axes(model, number) is not None), 0)


def image_pixels(path: str | os.PathLike[str], sizes: tuple[int | None, int | None], channels: int) -> np.ndarray:
    """An image (rows, columns, channels) of bytes in the size that the model wants; where that is open, in its own."""
    if sizes == (None, None):
        return read_image(path, channels=channels)
    rows, columns = sizes
    if rows is None or columns is None:
        own = read_image(path, channels=channels).shape
        rows, columns = rows or own[0], columns or own[1]
    return read_image(path, size=(rows, columns), channels=channels)
