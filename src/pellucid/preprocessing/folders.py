"""Batches of images in files: what all such batches share, and those of a folder with a folder for each class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checks import flag, several, whole
from pellucid.config import image_data_format
from pellucid.data.images.pictures import img_to_array, load_img
from pellucid.errors import ArgumentError, DataError, shown, unknown_name
from pellucid.preprocessing.iterators import Iterator, Saving, subset_of

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
"""Those of Keras's generator, so that numbers of files and of classes are Keras's."""
CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}
CLASS_MODES = ("categorical", "binary", "sparse", "input", None)


def _rows_and_columns(target_size: Any) -> tuple[int, int]:
    """The two sizes that images are brought to; raises `ArgumentError` for all else."""
    sizes = several("flow_from_directory", "target_size", target_size, "two sizes (rows, columns)")
    if len(sizes) != 2:
        raise ArgumentError(f"target_size is two sizes (rows, columns), got {shown(target_size)}")
    rows, columns = (whole("", "each size of target_size", size, 1) for size in sizes)
    return rows, columns


class FileIterator(Iterator):
    """The base of batches of images in files.

    Args:
        filepaths: of the images.
        targets: of each image; numbers of classes where the mode asks for classes.
        image_data_generator: changes them.
        mode: what the targets of a batch are; None for none.
        count: how many classes there are.
        target_size, color_mode, interpolation, keep_aspect_ratio: see `load_img`.
        weights: of the samples, or None.
        saving: where changed images are written.
        dtype: of the batches.
        batch_size, shuffle, seed: see `Iterator`.
    """

    def __init__(
        self,
        filepaths: Sequence[str],
        targets: Any,
        image_data_generator: Any,
        mode: str | None,
        count: int,
        target_size: Any,
        color_mode: str,
        interpolation: str,
        weights: Any,
        saving: Saving,
        dtype: Any,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
        keep_aspect_ratio: bool = False,
    ) -> None:
        if not isinstance(color_mode, str) or color_mode not in CHANNELS:
            raise unknown_name("color_mode", color_mode, CHANNELS)
        self.filepaths, self.targets, self.class_mode, self.num_classes = list(filepaths), targets, mode, count
        self.image_data_generator = image_data_generator
        self.target_size = _rows_and_columns(target_size)
        self.color_mode, self.interpolation, self.sample_weight = color_mode, interpolation, weights
        self.keep_aspect_ratio = flag("flow_from_directory", "keep_aspect_ratio", keep_aspect_ratio)
        self.saving, self.dtype = saving, np.float32 if dtype is None else np.dtype(dtype)
        shape = (*self.target_size, CHANNELS[color_mode])
        self.image_shape = shape if saving.data_format == "channels_last" else (shape[-1], *shape[:-1])
        super().__init__(len(self.filepaths), batch_size, shuffle, seed)

    @property
    def nb_sample(self) -> int:
        """Keras 1's name for `samples`."""
        return self.samples

    def batch(self, chosen: np.ndarray, draws: Any) -> Any:
        """See `Iterator.batch`."""
        images = [self.image_data_generator.changed(self._image(number), draws) for number in chosen]
        x = np.stack(images).astype(self.dtype, copy=False)
        self.saving.write(x, chosen, draws)
        if self.class_mode is None:
            return x
        y = x.copy() if self.class_mode == "input" else self._targets(chosen)
        return (x, y) if self.sample_weight is None else (x, y, self.sample_weight[chosen])

    def _image(self, number: int) -> np.ndarray:
        path = self.filepaths[number]
        image = load_img(path, self.color_mode, self.target_size, self.interpolation, self.keep_aspect_ratio)
        return img_to_array(image, self.saving.data_format, self.dtype)

    def _targets(self, chosen: np.ndarray) -> Any:
        if self.class_mode == "multi_output":
            return tuple(column[chosen] for column in self.targets)
        found = self.targets[chosen]
        if self.class_mode != "categorical":
            return found.astype(self.dtype) if self.class_mode in ("binary", "sparse") else found
        return np.eye(self.num_classes, dtype=self.dtype)[found] if found.ndim == 1 else found.astype(self.dtype)


class DirectoryIterator(FileIterator):
    """Batches of the images in a folder that has a folder for each class.

    Args:
        directory: the folder.
        image_data_generator: changes the images.
        target_size: (height, width) to which all are scaled [pixels].
        color_mode: "rgb", "rgba" or "grayscale".
        classes: the names of the folders, in the order of their numbers; all there are by default, by their names.
        class_mode: targets: "categorical" (one number per class), "binary" or "sparse" (the number of the class),
            "input" (the images themselves), or None.
        batch_size, shuffle, seed: see `Iterator`.
        data_format: of the images.
        save_to_dir, save_prefix, save_format: where changed images are written, if at all.
        follow_links: whether links to folders are followed.
        subset: "training" or "validation", a part of each class.
        interpolation, keep_aspect_ratio: see `utils.load_img`.
        dtype: of the batches.

    Attributes:
        class_indices: the number of each class, by its name.
        classes: the number of each image's class.
        filenames: of the images, within the folder.

    Raises:
        ArgumentError: a word is unknown, or there is no such folder.
        DataError: there is no image in it.

    Source: keras.preprocessing.image.DirectoryIterator of Keras 1 and 2.
    """

    def __init__(
        self,
        directory: Any,
        image_data_generator: Any,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = None,
    ) -> None:
        if not (class_mode is None or isinstance(class_mode, str)) or class_mode not in CLASS_MODES:
            raise unknown_name("class_mode", class_mode, [mode for mode in CLASS_MODES if mode])
        if not isinstance(directory, str | os.PathLike) or not os.path.isdir(directory):
            raise ArgumentError(f"flow_from_directory: there is no folder {shown(directory)}")
        self.directory = os.fspath(directory)
        told = [] if classes is None else several("flow_from_directory", "classes", classes, "names of folders")
        if not all(isinstance(name, str) for name in told):
            raise ArgumentError(f"flow_from_directory: classes is a list of names of folders, got {shown(classes)}")
        names = told or sorted(e.name for e in os.scandir(self.directory) if e.is_dir())
        self.class_indices = {name: number for number, name in enumerate(names)}
        self.filenames: list[str] = []
        numbers: list[int] = []
        for name, number in self.class_indices.items():
            found = images_in(os.path.join(self.directory, name), follow_links)
            found = found[subset_of(subset, len(found), image_data_generator.validation_split)]
            self.filenames += [os.path.join(name, path) for path in found]
            numbers += [number] * len(found)
        self.classes = self.labels = np.array(numbers, np.int64)
        if not numbers:
            raise DataError(
                f"{self.directory}: there is no image in its folders ({', '.join(names) or 'it has none'}); each "
                "class has a folder, whose images end in " + ", ".join(ENDINGS)
            )
        super().__init__(
            [os.path.join(self.directory, name) for name in self.filenames], self.classes, image_data_generator,
            class_mode, len(names), target_size, color_mode, interpolation, None,
            Saving(save_to_dir, save_prefix, save_format, data_format or image_data_format()), dtype, batch_size,
            shuffle, seed, keep_aspect_ratio,
        )  # fmt: skip
        print(f"Found {self.samples} images belonging to {len(names)} classes.")

    @property
    def nb_class(self) -> int:
        """Keras 1's name for `num_classes`."""
        return self.num_classes


def images_in(folder: str, follow_links: bool) -> list[str]:
    """The images in a folder and in those within, by their paths inside it, in order."""
    found = []
    for root, _, names in sorted(os.walk(folder, followlinks=follow_links)):
        inside = os.path.relpath(root, folder)
        found += [os.path.normpath(os.path.join(inside, name)) for name in sorted(names) if is_image(name)]
    return found


def is_image(name: str) -> bool:
    """Whether a file is an image, by the ending of its name."""
    return name.lower().endswith(ENDINGS)
