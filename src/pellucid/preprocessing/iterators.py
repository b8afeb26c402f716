"""Batches of images that are changed at random: without an end by `next`, or by their number in `fit`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator as Walk
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.checks import flag, number_type, whole
from pellucid.config import image_data_format
from pellucid.data.images.pictures import array_to_img, write_image
from pellucid.data.sources.datasets import PyDataset
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, shown, unknown_name
from pellucid.preprocessing.changes import numbers_of

SUBSETS = ("training", "validation")


class Iterator(PyDataset):
    """The base of what gives batches of images; it derives `batch`.

    Args:
        n: how many samples there are.
        batch_size: samples in a batch; the last of an epoch may have fewer.
        shuffle: whether each epoch has an order of its own.
        seed: decides orders and changes; None takes NumPy's generator as it stands.

    Raises:
        ArgumentError: a number is none, or there is no sample.
        DataError: there is no sample.

    Source: keras.preprocessing.image.Iterator of Keras 1 and 2.
    """

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None) -> None:
        super().__init__()
        owner = type(self).__name__
        self.n = self.samples = whole(owner, "n", n, 0)
        if not n:
            raise DataError(f"{owner}: there is no image")
        self.batch_size = whole(owner, "batch_size", batch_size, 1)
        self.shuffle = flag(owner, "shuffle", shuffle)
        self.seed = None if seed is None else whole(owner, "seed", seed, 0)
        self.batch_index = self.total_batches_seen = 0
        self.index_array: np.ndarray | None = None
        self.lock = threading.Lock()

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise ArgumentError(f"{type(self).__name__} has {len(self)} batches, there is no number {index}")
        with self.lock:
            draws = self._draws()
            order = self._order(draws) if self.index_array is None else self.index_array
            self.index_array = order
        return self.batch(order[self.batch_size * index : self.batch_size * (index + 1)], draws)

    def __iter__(self) -> Walk[Any]:
        return self

    def __next__(self) -> Any:
        with self.lock:
            draws = self._draws()
            if self.batch_index == 0 or self.index_array is None:
                self.index_array = self._order(draws)
            first = self.batch_index * self.batch_size
            chosen = self.index_array[first : first + self.batch_size]
            self.batch_index = self.batch_index + 1 if first + self.batch_size < self.n else 0
        return self.batch(chosen, draws)

    next = __next__

    def reset(self) -> None:
        """Begin an epoch anew."""
        self.batch_index = 0

    def on_epoch_end(self) -> None:
        """Take another order for the next epoch."""
        self.index_array = None

    def _draws(self) -> Any:
        """What numbers are drawn from for the next batch."""
        number, self.total_batches_seen = self.total_batches_seen, self.total_batches_seen + 1
        return np.random if self.seed is None else np.random.RandomState(self.seed + number)

    def _order(self, draws: Any) -> np.ndarray:
        permuted: np.ndarray = draws.permutation(self.n) if self.shuffle else np.arange(self.n)
        return permuted

    def batch(self, chosen: np.ndarray, draws: Any) -> Any:
        """The batch of these samples, changed as `draws` says."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a batch is: write batch(chosen, draws)")


class Saving:
    """Where changed images are written, for whoever wants to see them.

    Args:
        folder: that is there; None writes nothing.
        prefix: how the names of files begin.
        kind: their ending: "png" or "jpeg".
        data_format: of the images.
    """

    def __init__(self, folder: Any, prefix: str, kind: str, data_format: str) -> None:
        if folder is not None and not (isinstance(folder, str | os.PathLike) and os.path.isdir(folder)):
            raise ArgumentError(f"save_to_dir: there is no folder {shown(folder)}; make it first")
        self.folder = None if folder is None else os.fspath(folder)
        self.prefix, self.kind, self.data_format = prefix, kind, data_format

    def write(self, images: np.ndarray, chosen: np.ndarray, draws: Any) -> None:
        """Write the images of a batch, under the numbers of their samples."""
        if self.folder is None:
            return
        for image, number in zip(images, chosen, strict=True):
            name = f"{self.prefix}_{number}_{draws.randint(10_000_000)}.{self.kind}"
            write_image(array_to_img(image, self.data_format), Path(self.folder, name))


def _rows(name: str, value: Any) -> np.ndarray:
    """What comes with the images, a row for each; raises `ArgumentTypeError` where it forms no array."""
    try:
        return np.asarray(value)
    except Exception as error:  # whatever NumPy, or a foreign array, says of what forms none
        raise ArgumentTypeError(f"flow: {name} must have a row for each image, got {shown(value)}") from error


class NumpyArrayIterator(Iterator):
    """Batches of images in an array, made by `ImageDataGenerator.flow`; see there for the arguments.

    Source: keras.preprocessing.image.NumpyArrayIterator of Keras 1 and 2.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        dtype: Any = None,
    ) -> None:
        images, further = (x[0], x[1]) if isinstance(x, tuple | list) and len(x) == 2 else (x, [])
        others = [_rows("x", each) for each in (further if isinstance(further, list) else [further])]
        self.x = numbers_of("flow", images, may_be_empty=True).astype(number_type("flow", dtype), copy=False)
        self.y = None if y is None else _rows("y", y)
        self.sample_weight = None if sample_weight is None else _rows("sample_weight", sample_weight)
        if self.x.ndim != 4:
            raise ArgumentError(f"flow: x is (samples, rows, columns, channels), got shape {self.x.shape}")
        for name, other in [("y", self.y), ("sample_weight", self.sample_weight), *(("x", each) for each in others)]:
            if other is not None and other.shape[:1] != (len(self.x),):
                count = len(other) if other.ndim else "no row"
                raise ArgumentError(f"flow: there are {len(self.x)} images, and {count} in {name}")
        self.x_misc = others
        self._take_subset(subset, image_data_generator.validation_split)
        self.image_data_generator = image_data_generator
        self.saving = Saving(save_to_dir, save_prefix, save_format, data_format or image_data_format())
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _take_subset(self, subset: str | None, split: float) -> None:
        part = subset_of(subset, len(self.x), split)
        self.x, self.x_misc = self.x[part], [each[part] for each in self.x_misc]
        self.y = None if self.y is None else self.y[part]
        self.sample_weight = None if self.sample_weight is None else self.sample_weight[part]

    def batch(self, chosen: np.ndarray, draws: Any) -> Any:
        """See `Iterator.batch`."""
        images = [self.image_data_generator.changed(self.x[number], draws) for number in chosen]
        x = np.stack(images).astype(self.x.dtype, copy=False)
        self.saving.write(x, chosen, draws)
        first = [x, *(each[chosen] for each in self.x_misc)] if self.x_misc else x
        if self.y is None:
            return first
        further = () if self.sample_weight is None else (self.sample_weight[chosen],)
        return (first, self.y[chosen], *further)


def subset_of(subset: str | None, count: int, split: float) -> slice:
    """Which of so many samples a subset has: the validation's come first.

    Example:
        >>> subset_of("validation", 10, 0.2), subset_of("training", 10, 0.2)
        (slice(None, 2, None), slice(2, None, None))
    """
    if subset is None:
        return slice(None)
    if not isinstance(subset, str) or subset not in SUBSETS:
        raise unknown_name("subset", subset, SUBSETS)
    if not split:
        raise ArgumentError(f"subset={subset!r} needs ImageDataGenerator(validation_split=...), which is 0")
    border = int(split * count)
    return slice(None, border) if subset == "validation" else slice(border, None)
