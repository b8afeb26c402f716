"""What all of Keras's ready-made networks share: input, top, weights from files, and pixels as they want them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import layers, ops
from pellucid.arraylike import NoNumbers, array_of, floats_of
from pellucid.checks import flag, whole
from pellucid.config import image_data_format
from pellucid.data.sets.get_file import get_file, keras_home
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, ShapeError, shown, unknown_name
from pellucid.frozen import Frozen
from pellucid.graph import Tensor
from pellucid.layers import InputLayer
from pellucid.models import Model
from pellucid.network.rooting import in_order

IMAGENET = "imagenet"
CLASSES = 1000
MIRROR = "https://storage.googleapis.com/tensorflow/keras-applications"
POOLINGS = ("avg", "max")


class Pretrained(Frozen):
    """A file of weights that Keras offers.

    Attributes:
        name: of the file.
        md5: of its content; None where Keras knows none, and neither do we.
        folder: the address of the folder that has it.
    """

    name: str
    md5: str | None
    folder: str


class Wanted(Frozen):
    """What a network was asked for, by the arguments that all have.

    Attributes:
        name: of the model.
        include_top: whether it ends in classes.
        weights: None, "imagenet", or the path of a file.
        input_tensor: a symbolic tensor to begin with, or None.
        input_shape: of a sample, or None.
        pooling: what becomes of the maps where there is no top: None, "avg" or "max".
        classes: how many.
        classifier_activation: behind the last layer.
    """

    name: str
    include_top: bool
    weights: Any
    input_tensor: Any
    input_shape: Any
    pooling: str | None
    classes: int
    classifier_activation: Any

    def checked(self) -> Wanted:
        """Itself, if it can be."""
        flag(self.name, "include_top", self.include_top)
        whole(self.name, "classes", self.classes, 1)
        if self.pooling is not None and self.pooling not in POOLINGS:
            raise unknown_name("pooling", self.pooling, POOLINGS)
        if self.weights == IMAGENET and self.include_top and self.classes != CLASSES:
            raise ArgumentError(
                f"{self.name}: the weights of ImageNet are for {CLASSES} classes, got classes={self.classes}; say "
                "include_top=False and add layers of your own, or weights=None"
            )
        if not (self.weights in (None, IMAGENET) or isinstance(self.weights, str | os.PathLike)):
            raise ArgumentError(f"{self.name}: weights are None, 'imagenet' or a file, got {shown(self.weights)}")
        if self.weights not in (None, IMAGENET) and not Path(self.weights).exists():
            raise FileError(f"{self.name}: there is no file {shown(os.fspath(self.weights))}")
        return self


def channels_axis() -> int:
    """Where the channels stand."""
    return 1 if image_data_format() == "channels_first" else -1


def weights_file(wanted: Wanted, file: Pretrained) -> str | None:
    """The file that the weights are to come from, looked for before anything is built; None for no file.

    Raises:
        FileError: it is not there and cannot be downloaded; the message says where to put it.
    """
    if wanted.weights != IMAGENET:
        return None if wanted.weights is None else os.fspath(wanted.weights)
    place = keras_home() / "models" / file.name
    if file.md5 is None and not place.exists():
        raise FileError(
            f"{wanted.name}: weights='imagenet' need {file.name}, whose hash nobody has published: download it from "
            f"{file.folder} and put it into {place.parent}, or say weights=None"
        )
    try:
        return get_file(file.name, f"{file.folder}/{file.name}", cache_subdir="models", file_hash=file.md5)
    except FileError as error:
        raise FileError(f"{wanted.name}: weights='imagenet': {error}; or say weights=None") from error


def input_of(wanted: Wanted, default: int, smallest: int) -> SymbolicTensor:
    """Where the network begins.

    Args:
        wanted: what was asked for.
        default: rows and columns where nothing is said and there is a top.
        smallest: the fewest that it takes.

    Raises:
        ShapeError: the shape does not fit.
    """
    if wanted.input_tensor is not None:
        if not isinstance(wanted.input_tensor, SymbolicTensor):
            raise ArgumentError(
                f"{wanted.name}: input_tensor is a symbolic tensor, as of Input(...), got {shown(wanted.input_tensor)}"
            )
        return wanted.input_tensor
    return layers.Input(_shape(wanted, default, smallest))


def _shape(wanted: Wanted, default: int, smallest: int) -> tuple[int | None, ...]:
    first = image_data_format() == "channels_first"
    usual = (3, default, default) if first else (default, default, 3)
    if wanted.input_shape is None:
        open_shape: tuple[int | None, ...] = (3, None, None) if first else (None, None, 3)
        return usual if wanted.include_top else open_shape
    given = wanted.input_shape
    shape = tuple(given) if isinstance(given, list | tuple) else ()
    if len(shape) != 3:
        raise ShapeError(f"{wanted.name}: input_shape has three sizes, such as {usual}, got {shown(given)}")
    sizes = shape[1:] if first else shape[:2]
    if any(size is not None and size < smallest for size in sizes):
        raise ShapeError(f"{wanted.name} takes images of at least {smallest}x{smallest}, got input_shape={shape}")
    if wanted.include_top and None in shape:
        raise ShapeError(f"{wanted.name}: with a top all sizes must be known, got input_shape={shape}")
    if wanted.weights == IMAGENET and shape[0 if first else 2] != 3:
        raise ShapeError(f"{wanted.name}: the weights of ImageNet are for 3 channels, got input_shape={shape}")
    if wanted.weights == IMAGENET and wanted.include_top and shape != usual:
        raise ShapeError(f"{wanted.name}: with the top of ImageNet input_shape is {usual}, got {shape}")
    return shape


def ended(x: SymbolicTensor, wanted: Wanted, *, names: tuple[str | None, str | None] = ("avg_pool", "max_pool")) -> Any:
    """The top, or the pooling without one.

    Args:
        x: the last maps.
        wanted: what was asked for.
        names: of the poolings.
    """
    if wanted.include_top:
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        return layers.Dense(wanted.classes, activation=wanted.classifier_activation, name="predictions")(x)
    return pooled(x, wanted, names)


def pooled(x: Any, wanted: Wanted, names: tuple[str | None, str | None] = (None, None)) -> Any:
    """One number per map, if that was asked for."""
    if wanted.pooling == "avg":
        return layers.GlobalAveragePooling2D(name=names[0])(x)
    return layers.GlobalMaxPooling2D(name=names[1])(x) if wanted.pooling == "max" else x


def model_of(wanted: Wanted, start: SymbolicTensor, end: SymbolicTensor, file: str | None) -> Model:
    """The model between the input and the end, with its weights."""
    calls = in_order(
        [start.call], lambda call: [] if isinstance(call.layer, InputLayer) else [t.call for t in call.inputs]
    )
    roots = [call.results[0] for call in calls if isinstance(call.layer, InputLayer)]
    model = Model(roots[0] if len(roots) == 1 else roots, end, name=wanted.name)
    if file is not None:
        model.load_weights(file)
    return model


# Pixels as they want them

BGR_MEANS = (103.939, 116.779, 123.68)
MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def prepared(x: Any, data_format: str | None, mode: str) -> Any:
    """Pixels from 0 to 255 as a network wants them.

    Args:
        x: images, or a symbolic tensor.
        data_format: that of `config.image_data_format()` by default.
        mode: "tf" (from -1 to 1), "torch" (normalised by the mean and deviation of ImageNet), or "caffe" (blue first,
            the mean of ImageNet taken off).
    """
    place = image_data_format() if data_format is None else data_format
    if not isinstance(place, str) or place not in ("channels_last", "channels_first"):
        raise unknown_name("data_format", data_format, ("channels_last", "channels_first"))
    is_array = not isinstance(x, SymbolicTensor | Tensor)
    x = _pixels(x) if is_array else x
    if mode == "tf":
        return x / 127.5 - 1.0
    rank = len(x.shape)
    if rank < 3 or x.shape[-3 if place == "channels_first" else -1] != 3:
        raise ShapeError(f"preprocess_input takes images of three colours ({place}), got shape {tuple(x.shape)}")
    shape = (3, 1, 1) if place == "channels_first" else (3,)
    axis = rank - 3 if place == "channels_first" else rank - 1
    if mode == "torch":
        return (x / 255.0 - np.reshape(MEANS, shape).astype(np.float32)) / np.reshape(DEVIATIONS, shape).astype(
            np.float32
        )
    turned = np.flip(x, axis) if is_array else ops.flip(x, axis)
    return turned - np.reshape(BGR_MEANS, shape).astype(np.float32)


def _pixels(x: Any) -> np.ndarray:
    """Images as float32; raises `ArgumentTypeError` where they are no numbers."""
    try:
        return floats_of(array_of(x))
    except NoNumbers as error:
        raise ArgumentTypeError(f"preprocess_input takes images, arrays of numbers, got {error}") from error


def decode_predictions(preds: Any, top: int = 5, classes: Any = None) -> list[list[tuple[str, str, float]]]:
    """The likeliest classes of each sample, in words.

    Args:
        preds: (samples, classes), as `predict` gives them.
        top: how many of each.
        classes: their names, in order, or pairs of an identifier and a name; by default those of ImageNet, from
            Keras's own file.

    Returns:
        for each sample triples of identifier, name and probability, the likeliest first.

    Raises:
        ArgumentError: there are not as many classes as numbers.
        FileError: Keras's file is not there and cannot be downloaded.

    Example:
        >>> decode_predictions(np.array([[0.25, 0.75]]), top=1, classes=["cat", "dog"])
        [[('1', 'dog', 0.75)]]

    Source: keras.applications.imagenet_utils.decode_predictions.
    """
    values = np.asarray(preds)
    names = _class_names() if classes is None else _pairs(classes)
    if values.ndim != 2 or values.shape[1] != len(names):
        raise ArgumentError(
            f"decode_predictions takes (samples, {len(names)}) for {len(names)} classes, got {values.shape}; give the "
            "names of yours as classes=[...]"
        )
    order = values.argsort(axis=1)[:, ::-1][:, : whole("decode_predictions", "top", top, 1)]
    return [[(*names[place], float(row[place])) for place in best] for row, best in zip(values, order, strict=True)]


def _pairs(classes: Any) -> Sequence[tuple[str, str]]:
    if isinstance(classes, Mapping):  # class_indices of a generator
        classes = [name for name, _ in sorted(classes.items(), key=lambda item: item[1])]
    return [(str(n), each) if isinstance(each, str) else (each[0], each[1]) for n, each in enumerate(classes)]


def _class_names() -> Sequence[tuple[str, str]]:
    origin = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
    md5 = "c2c37ea517e94d9795004a39431a14cb"
    path = get_file("imagenet_class_index.json", origin, cache_subdir="models", file_hash=md5)
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    return [(found[str(number)][0], found[str(number)][1]) for number in range(len(found))]
