"""`image_dataset_from_directory`, with Keras's arguments, its order of files, its split and its pixels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import config
from pellucid.calls import explained
from pellucid.checks import flag, is_whole, several, whole, word
from pellucid.data.folders.class_folders import EXTENSIONS
from pellucid.data.folders.image_sets import ImageSet
from pellucid.data.folders.labelled_files import Wanted, check_split
from pellucid.data.images.reading import Reading
from pellucid.data.images.resampling import INTERPOLATIONS
from pellucid.errors import ArgumentError, shown

__all__ = ["image_dataset_from_directory"]

ME = "image_dataset_from_directory"
CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
OF_TENSORFLOW = ("area", "gaussian", "mitchellcubic")
IMAGES = Wanted(ME, "images", EXTENSIONS)


@explained
def image_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: str | Sequence[int] | None = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: int | tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
    *,
    on_bad_image: str = "error",
) -> Any:
    """The images in a folder with a sub-folder for each class, as batches (images, labels) for `fit`.

    Files, order, split and pixels are Keras's (on JAX): TIFF, WebP and others that Keras passes over are no images here
    (`pellucid train` reads them), photos are not turned as their camera noted it (EXIF), and
    pixels not averaged where they shrink. Threads decode ahead of the training.

    Args:
        directory: the folder.
        labels: "inferred" from the sub-folders, None for images alone, or a number for each file, by their paths.
        label_mode: "int" for numbers, "categorical" for rows with a one, "binary" for 0.0 and 1.0; None for no labels.
        class_names: sub-folders in the order of their numbers; all, by the alphabet, by default.
        color_mode: "rgb", "grayscale" or "rgba".
        batch_size: images in a batch; None gives single ones.
        image_size: (height, width) that all images are brought to [pixels].
        shuffle: whether files are mixed, and each epoch has an order of its own; `seed` decides on both.
        seed: 0 <= seed < 2^63.
        validation_split: which part of the files is kept aside, between 0 and 1.
        subset: "training", "validation", or "both" for a list of the two.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        follow_links: whether links to folders are followed.
        crop_to_aspect_ratio: whether the middle is cut out in the new proportions, so that nothing is distorted.
        pad_to_aspect_ratio: whether there are margins of zeros for that; not together with cropping.
        data_format: "channels_last" or "channels_first".
        format, verbose: "tf" or "grain", the same here; and whether it prints how many files there are.
        on_bad_image: "error", or "skip" to leave out files that cannot be read (not in Keras).

    Returns:
        an `ImageSet`: float32 pixels of 0..255 (batch, rows, columns, channels) and labels; with `class_names`,
        `file_paths`, `take`, `map`, `cache`, `shuffle` and `prefetch`.

    Raises:
        ArgumentError: an argument is out of range, or there are no images.
        FileError: the folder, or later a file in it, cannot be read.

    Example:
        >>> import tempfile, PIL.Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     os.mkdir(f"{folder}/cats")
        ...     PIL.Image.new("L", (8, 8), 200).save(f"{folder}/cats/1.png")
        ...     data = image_dataset_from_directory(folder, image_size=(4, 4))
        ...     [(x.shape, y.tolist()) for x, y in data], data.class_names
        Found 1 files belonging to 1 classes.
        ([((1, 4, 4, 3), [0])], ['cats'])

    Source: keras.utils.image_dataset_from_directory, https://keras.io/api/data_loading/image/
    """
    word(ME, "format", format, ("tf", "grain"))
    shuffle, verbose = flag(ME, "shuffle", shuffle), flag(ME, "verbose", verbose)
    check_split(ME, validation_split, subset, shuffle, seed)
    channels = CHANNELS[word(ME, "color_mode", color_mode, CHANNELS)]
    how = "keras", _method(interpolation), _aspect(crop_to_aspect_ratio, pad_to_aspect_ratio)
    options = _options(batch_size, data_format, on_bad_image) | {"reading": Reading(*_size(image_size), channels, *how)}
    found = IMAGES.found_in(directory, labels, label_mode, class_names, follow_links, verbose)

    def made(files: list[str], targets: np.ndarray | None, shuffled: bool) -> ImageSet:
        return ImageSet(files, targets, shuffle=shuffled, class_names=found.listing.class_names, seed=seed, **options)

    return found.parts(made, shuffle=shuffle, seed=seed, split=validation_split, subset=subset, verbose=verbose)


def _options(batch_size: Any, data_format: Any, on_bad_image: Any) -> dict[str, Any]:
    form = data_format if data_format is not None else config.image_data_format()
    return {
        "batch_size": None if batch_size is None else whole(ME, "batch_size", batch_size, 1),
        "on_bad_image": word(ME, "on_bad_image", on_bad_image, ("error", "skip")),
        "channels_first": word(ME, "data_format", form, ("channels_last", "channels_first")) == "channels_first",
    }


def _method(interpolation: Any) -> str:
    lower = interpolation.lower() if isinstance(interpolation, str) else interpolation
    if isinstance(lower, str) and lower in OF_TENSORFLOW:
        raise ArgumentError(
            f"{ME}: interpolation {lower!r} is TensorFlow's alone, in Keras too; there are {', '.join(INTERPOLATIONS)}"
        )
    return word(ME, "interpolation", lower, INTERPOLATIONS)


def _aspect(crop: Any, pad: Any) -> str:
    crop, pad = flag(ME, "crop_to_aspect_ratio", crop), flag(ME, "pad_to_aspect_ratio", pad)
    if crop and pad:
        raise ArgumentError(f"{ME}: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other")
    return "crop" if crop else "pad" if pad else "stretch"


def _size(value: Any) -> tuple[int, int]:
    sides = [value, value] if is_whole(value) else several(ME, "image_size", value, "height and width")
    if len(sides) != 2:
        raise ArgumentError(f"{ME}: image_size must be (height, width), got {shown(value)}")
    height, width = (whole(ME, "image_size", side, 1) for side in sides)
    return height, width
