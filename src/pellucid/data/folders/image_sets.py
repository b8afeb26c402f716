"""Image files as batches: decoded in threads ahead of whoever takes them, and kept in memory where that is wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Self

import numpy as np

from pellucid.calls import Explained
from pellucid.checks import flag, object_of, whole, word
from pellucid.data.folders.survey import survey
from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.data.sources.batches import batch_slices, epoch_order
from pellucid.data.sources.epochs import Epochs, Prefetched, Sharded, Skipped, Taken
from pellucid.data.sources.prefetching import prefetched, processors
from pellucid.errors import ArgumentError, DataError, FileError, escaped, shown
from pellucid.random import check_seed

__all__ = ["ImageSet", "bad_images"]

MOST_NAMED = 20
"""Files that a message names at most."""
MOST_LOOKED_AT = 10_000
"""Files that are looked through where one of them cannot be used."""


def bad_images(bad: dict[str, str], advice: str) -> FileError:
    """The error for image files that cannot be used: all at once, up to twenty by name.

    Args:
        bad: why each cannot be used, by its path.
        advice: what to do.

    Example:
        >>> print(bad_images({"cats/1.jpg": "cats/1.jpg is empty"}, "Remove it"))
        1 image file cannot be used: cats/1.jpg is empty. Remove it
    """
    told = "; ".join(list(bad.values())[:MOST_NAMED])
    more = f"; and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
    count = f"{len(bad)} image file{'s' * (len(bad) > 1)}"
    return FileError(f"{count} cannot be used: {told}{more}. {advice}")


class _BadImages(FileError):
    """Files of one batch cannot be used: why each, by its path."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons


class ImageSet(Epochs, Explained):
    """Image files with what is to be learned of them, as batches of pixels.

    Args:
        files: paths of image files.
        targets: one for each file: (files, ...); None for images alone.
        reading: how files become pixels.
        batch_size: images in a batch; None gives one image after the other, which a model does not take.
        shuffle: whether each epoch has an order of its own.
        seed: decides on the order, with the epoch; that of the training by default.
        class_names: of the classes, where the targets are their numbers.
        channels_first: whether the channels come before rows and columns.
        on_bad_image: "error", or "skip" to leave out files that cannot be read; `skipped` has them, then.
        cached: whether decoded pixels are kept in memory.

    Raises:
        ArgumentError: an argument is out of range, or there are no files.

    Attributes:
        skipped: why files were left out, by their paths.

    Example:
        >>> import tempfile, PIL.Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     PIL.Image.new("L", (8, 8), 200).save(f"{folder}/grey.png")
        ...     images = ImageSet([f"{folder}/grey.png"], [3], Reading(4, 4, 1))
        ...     [(x.shape, y.tolist()) for x, y in images]
        [((1, 4, 4, 1), [3])]
    """

    def __init__(
        self,
        files: Sequence[str],
        targets: Any,
        reading: Reading,
        *,
        batch_size: int | None = 32,
        shuffle: bool = False,
        seed: int | None = None,
        class_names: Sequence[str] | None = None,
        channels_first: bool = False,
        on_bad_image: str = "error",
        cached: bool = False,
    ) -> None:
        self.file_paths = list(files)
        self.targets = None if targets is None else np.asarray(targets)
        self.reading = object_of("ImageSet", reading, Reading, "a Reading, which says how files become pixels")
        self.batch_size = None if batch_size is None else whole("ImageSet", "batch_size", batch_size, 1)
        self.shuffled = flag("ImageSet", "shuffle", shuffle)
        self.seed = None if seed is None else check_seed(seed)
        self.class_names = None if class_names is None else list(class_names)
        self.channels_first = flag("ImageSet", "channels_first", channels_first)
        self.on_bad_image = word("ImageSet", "on_bad_image", on_bad_image, ("error", "skip"))
        self.skipped: dict[str, str] = {}
        self._share = 1, 0
        self._drops = self._keeps_order = False
        self._kept = _Kept(len(self.file_paths), reading) if flag("ImageSet", "cached", cached) else None
        if not self.file_paths:
            raise ArgumentError("ImageSet: there are no image files")
        if self.targets is not None and len(self.targets) != len(self.file_paths):
            raise DataError(f"ImageSet: got {len(self.targets)} targets for {len(self.file_paths)} files")

    def __len__(self) -> int:
        """Batches in an epoch."""
        files, size = len(self.file_paths), self.batch_size or 1
        return (files // size if self._drops else -(-files // size)) // self._share[0]

    def cache(self, filename: str = "") -> Self:
        """The same images; decoded once, and kept in memory from then on, never in a file."""
        if filename != "":
            raise ArgumentError(f"cache: decoded images are kept in memory alone, leave out filename={shown(filename)}")
        return self._changed(_kept=self._kept or _Kept(len(self.file_paths), self.reading))

    def shuffle(
        self, buffer_size: int | None = None, seed: int | None = None, reshuffle_each_iteration: bool = True
    ) -> Self:
        """The same images, each epoch in an order of its own, or all in one: of all of them, so no buffer is needed."""
        once = not flag("shuffle", "reshuffle_each_iteration", reshuffle_each_iteration)
        if buffer_size is not None:
            whole("shuffle", "buffer_size", buffer_size, 1)
        return self._changed(shuffled=True, seed=self.seed if seed is None else check_seed(seed), _keeps_order=once)

    def batch(self, batch_size: int, drop_remainder: bool = False, num_parallel_calls: int | None = None) -> Self:
        """The same images in batches of another size; decoding takes all processors, whatever is said of calls."""
        drops = flag("batch", "drop_remainder", drop_remainder)
        return self._changed(batch_size=whole("batch", "batch_size", batch_size, 1), _drops=drops)

    def shard(self, num_shards: int, index: int) -> Any:
        """Every so-manieth batch, see `Sharded`; the files of the others are not read."""
        share = Sharded(self, num_shards, index)  # which says what cannot be
        return share if self._share != (1, 0) else self._changed(_share=(num_shards, index))

    def _changed(self, **settings: Any) -> Self:
        other = copy(self)
        other.__dict__.update(settings)
        return other

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """See `Epochs`."""
        count = len(self.file_paths)
        seed = seed if self.seed is None else self.seed
        turn = 0 if self._keeps_order else epoch
        order = epoch_order(count, seed=seed, epoch=turn) if self.shuffled else np.arange(count)
        shares, index = self._share
        parts = list(batch_slices(count, self.batch_size or 1))
        parts = parts[index : len(self) * shares : shares][start:]
        for pixels, rows in self._decoded([order[part] for part in parts]):
            if len(rows):
                yield self._given(pixels, rows)

    def _decoded(self, parts: list[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The pixels of some files after the other, with the numbers of those that could be read."""
        if self._kept is not None and self._kept.is_complete:
            for rows in parts:
                yield self._pixels_of(rows)
            return
        workers = processors()
        made = prefetched(lambda number: self._pixels_of(parts[number]), iter(range(len(parts))), workers, workers + 2)
        try:
            for _, found in made:
                yield found
        except _BadImages as error:
            raise self._all_bad(error.reasons) from error

    def _all_bad(self, found: dict[str, str]) -> FileError:
        """The error where some files cannot be used: it names those of later batches too."""
        files = self.file_paths[:MOST_LOOKED_AT]
        reasons = found | dict(survey(files).bad)
        part = "" if len(files) == len(self.file_paths) else f" (of later ones than {len(files):,} nobody knows)"
        advice = f'Mend or remove them{part}, or leave such files out with on_bad_image="skip"'
        return bad_images({path: reasons[path] for path in self.file_paths if path in reasons}, advice)

    def _pixels_of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self._kept is not None and self._kept.has(rows):
            return self._kept.take(rows), rows
        pixels = np.empty((len(rows), *self.reading.shape), self.reading.dtype)
        bad: dict[int, str] = {}
        for place, row in enumerate(rows):
            try:
                pixels[place] = self.pixels(int(row))
            except FileError as error:
                bad[place] = str(error)
        if bad:
            self._say_of(bad, rows)
            good = np.array([place for place in range(len(rows)) if place not in bad], np.int64)
            return pixels[good], rows[good]
        return pixels, rows

    def pixels(self, row: int) -> np.ndarray:
        """The pixels of one file; raises `FileError` where there are none."""
        if self._kept is not None and self._kept.has(np.array([row])):
            return self._kept.take(np.array([row]))[0]
        path = self.file_paths[row]
        if path in self.skipped:
            raise FileError(self.skipped[path])
        pixels = self.reading.read(path)
        if pixels.shape != self.reading.shape:
            raise FileError(f"{escaped(path)} has {pixels.shape[-1]} channels, not {self.reading.channels}")
        if self._kept is not None:
            self._kept.put(row, pixels)
        return pixels

    def _say_of(self, bad: dict[int, str], rows: np.ndarray) -> None:
        reasons = {self.file_paths[rows[place]]: reason for place, reason in bad.items()}
        if self.on_bad_image == "error":
            raise _BadImages(reasons)
        self.skipped.update(reasons)

    def _given(self, pixels: np.ndarray, rows: np.ndarray) -> Any:
        x = np.moveaxis(pixels, -1, 1) if self.channels_first else pixels
        if self.batch_size is None:
            return x[0] if self.targets is None else (x[0], self.targets[rows[0]])
        return x if self.targets is None else (x, self.targets[rows])

    def __repr__(self) -> str:
        folder = escaped(Path(os.path.commonpath(self.file_paths)))
        return f"<{type(self).__name__} of {len(self.file_paths)} images of {self.reading.shape} below {folder}>"


def images_told_by(source: Any) -> TrainedOn | None:
    """What is known of the images that a model is trained on, where they come as they are read; else None.

    Args:
        source: what batches come from. What changes their numbers (`map`) leaves nobody to tell how files are read.

    Example:
        >>> import tempfile, PIL.Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     PIL.Image.new("L", (8, 8), 200).save(f"{folder}/grey.png")
        ...     images = ImageSet([f"{folder}/grey.png"], [0], Reading(4, 4, 1), class_names=["grey"])
        >>> images_told_by(images.take(1)).class_names, images_told_by(images.map(lambda x, y: (x / 255, y)))
        (('grey',), None)
    """
    while isinstance(source, Taken | Skipped | Sharded | Prefetched):
        source = source.source
    if not isinstance(source, ImageSet) or source.channels_first:
        return None
    return TrainedOn(source.reading, 1.0, tuple(source.class_names or ()))


class _Kept:
    """Decoded pixels in memory. Threads that decode write into rows of their own."""

    def __init__(self, count: int, reading: Reading) -> None:
        self._pixels = np.empty((count, *reading.shape), reading.dtype)  # pages are taken when they are written
        self._is_there = np.zeros(count, bool)

    @property
    def is_complete(self) -> bool:
        return bool(self._is_there.all())

    def has(self, rows: np.ndarray) -> bool:
        return bool(self._is_there[rows].all())

    def take(self, rows: np.ndarray) -> np.ndarray:
        return self._pixels.take(rows, axis=0)

    def put(self, row: int, pixels: np.ndarray) -> None:
        self._pixels[row] = pixels
        self._is_there[row] = True
