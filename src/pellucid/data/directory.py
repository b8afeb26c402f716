"""`image_dataset_from_directory`, with Keras's arguments, its order of files, its split and its pixels."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import config, random
from pellucid.calls import explained
from pellucid.checks import flag, fraction, is_whole, several, whole, word
from pellucid.data.folders import EXTENSIONS, Listing, list_images
from pellucid.data.image_sets import ImageSet
from pellucid.data.labels import to_categorical
from pellucid.data.reading import Reading
from pellucid.data.resampling import INTERPOLATIONS
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, escaped, shown
from pellucid.formats.paths import checked_path

__all__ = ["image_dataset_from_directory"]

ME = "image_dataset_from_directory"
CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
OF_TENSORFLOW = ("area", "gaussian", "mitchellcubic")
SUBSETS = ("training", "validation", "both")


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

    Files, order, split and pixels are Keras's (on JAX): photos are not turned as their camera noted it (EXIF), and
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
        format: "tf" or "grain": the same here.
        verbose: prints how many files there are.
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
    mode = None if label_mode is None else word(ME, "label_mode", label_mode, ("int", "categorical", "binary"))
    shuffle, verbose = flag(ME, "shuffle", shuffle), flag(ME, "verbose", verbose)
    word(ME, "format", format, ("tf", "grain"))
    _check_split(validation_split, subset, shuffle, seed)
    channels = CHANNELS[word(ME, "color_mode", color_mode, CHANNELS)]
    aspect = _aspect(crop_to_aspect_ratio, pad_to_aspect_ratio)
    reading = Reading(*_size(image_size), channels, "keras", _method(interpolation), aspect)
    options = _options(batch_size, data_format, on_bad_image) | {"reading": reading, "seed": seed}
    found = _listed(directory, None if mode is None else labels, class_names, flag(ME, "follow_links", follow_links))
    _say_what_was_found(found, directory, mode, verbose)
    return _parts(found, mode, shuffle, validation_split, subset, verbose, options)


def _parts(
    found: Listing,
    mode: str | None,
    shuffle: bool,
    split: float | None,
    subset: str | None,
    verbose: bool,
    options: Mapping[str, Any],
) -> Any:
    """The files in their order, or the part of them that is wanted, or both."""
    order, targets, seed = np.arange(len(found.files)), _targets(found, mode), options["seed"]
    if shuffle:
        np.random.RandomState((random.next_seed() if seed is None else seed) % 2**32).shuffle(order)

    def part(rows: np.ndarray, shuffled: bool) -> ImageSet:
        chosen = None if targets is None else targets[rows]
        files = [found.files[row] for row in rows]
        return ImageSet(files, chosen, shuffle=shuffled, class_names=found.class_names, **options)

    if subset is None:
        return part(order, shuffle)
    kept = int((split or 0.0) * len(order))
    parts = {"training": order[: len(order) - kept], "validation": order[len(order) - kept :]}
    wanted = ("training", "validation") if subset == "both" else (subset,)
    for name in wanted:
        if not len(parts[name]):
            raise ArgumentError(f"{ME}: validation_split={split} of {len(order)} files leaves none for {name}")
        if verbose:
            print(f"Using {len(parts[name])} files for {name}.")
    made = [part(parts[name], shuffle and (name == "training" or subset != "both")) for name in wanted]
    return made if subset == "both" else made[0]


def _say_what_was_found(found: Listing, directory: Any, mode: str | None, verbose: bool) -> None:
    names = found.class_names
    if verbose:
        print(f"Found {len(found.files)} files{'' if names is None else f' belonging to {len(names)} classes'}.")
    if not found.files:
        endings = ", ".join(EXTENSIONS)
        raise ArgumentError(f"{ME}: there are no images in {escaped(directory)}; their names end in {endings}")
    if mode == "binary" and names is not None and len(names) != 2:
        raise ArgumentError(f"{ME}: label_mode 'binary' is for 2 classes, got {shown(names)}")


def _options(batch_size: Any, data_format: Any, on_bad_image: Any) -> dict[str, Any]:
    form = data_format if data_format is not None else config.image_data_format()
    return {
        "batch_size": None if batch_size is None else whole(ME, "batch_size", batch_size, 1),
        "on_bad_image": word(ME, "on_bad_image", on_bad_image, ("error", "skip")),
        "channels_first": word(ME, "data_format", form, ("channels_last", "channels_first")) == "channels_first",
    }


def _method(interpolation: Any) -> str:
    lower = interpolation.lower() if isinstance(interpolation, str) else interpolation
    if lower in OF_TENSORFLOW:
        raise ArgumentError(
            f"{ME}: interpolation {lower!r} is TensorFlow's alone, in Keras too; there are {', '.join(INTERPOLATIONS)}"
        )
    return word(ME, "interpolation", lower, INTERPOLATIONS)


def _check_split(split: Any, subset: Any, shuffle: bool, seed: Any) -> None:
    if seed is not None:
        random.check_seed(seed)
    if split is not None and not 0 < fraction(ME, "validation_split", split) < 1:
        raise ArgumentError(f"{ME}: validation_split must be between 0 and 1 (both excluded), got {shown(split)}")
    if subset is not None:
        word(ME, "subset", subset, SUBSETS)
    if (split is None) != (subset is None):
        raise ArgumentError(
            f"{ME}: validation_split and subset go together: say which part is wanted, 'training', 'validation' or "
            f"'both', got validation_split={split}, subset={subset!r}"
        )
    if split is not None and shuffle and seed is None:
        raise ArgumentError(
            f"{ME}: with validation_split and shuffle give a seed, so that both parts come of one order and do not "
            "overlap; or shuffle=False"
        )


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


def _listed(directory: Any, labels: Any, class_names: Any, follow_links: bool) -> Listing:
    """The files with their labels, wherever those come from."""
    folder = os.fspath(checked_path(directory, "a folder"))
    if labels is None or not isinstance(labels, str):
        if class_names is not None:
            raise ArgumentError(f"{ME}: class_names are those of sub-folders; they go with labels='inferred' alone")
        found = list_images(folder, has_classes=False, follow_links=follow_links)
        return found if labels is None else _labelled(found, labels)
    word(ME, "labels", labels, ("inferred",))
    names = None if class_names is None else several(ME, "class_names", class_names, "names of sub-folders")
    if names is not None and not (names and all(isinstance(name, str) for name in names)):
        raise ArgumentTypeError(f"{ME}: class_names must be names of sub-folders, got {shown(class_names)}")
    found = list_images(folder, class_names=names, follow_links=follow_links)
    if not found.class_names:
        raise FileError(
            f"{ME}: {escaped(folder)} has no sub-folders; expected one for each class, or labels=None for images alone"
        )
    return found


def _labelled(found: Listing, labels: Any) -> Listing:
    numbers = several(ME, "labels", labels, "whole numbers, one for each file; or 'inferred' or None")
    if not all(is_whole(number) and 0 <= number < 2**31 for number in numbers):
        raise ArgumentTypeError(f"{ME}: labels must be whole numbers from 0, got {shown(labels)}")
    if len(numbers) != len(found.files):
        raise ArgumentError(f"{ME}: got {len(numbers)} labels for the {len(found.files)} image files that there are")
    return Listing(found.files, tuple(map(int, numbers)), tuple(str(each) for each in sorted(set(numbers))))


def _targets(found: Listing, mode: str | None) -> np.ndarray | None:
    if mode is None or found.labels is None:
        return None
    numbers = np.array(found.labels, np.int32)
    classes = len(found.class_names or ())
    if mode != "int" and numbers.size and numbers.max() >= classes:
        raise ArgumentError(
            f"{ME}: for label_mode {mode!r} labels number the classes without gaps, 0 to {classes - 1}; got "
            f"{numbers.max()} among {shown(found.class_names)}"
        )
    if mode == "binary":
        return numbers[:, np.newaxis].astype(np.float32)
    return numbers if mode == "int" else to_categorical(numbers, classes)
