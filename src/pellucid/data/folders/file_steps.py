"""Folders of texts and of sounds, with a sub-folder for each class, as data sets made of steps."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import flag, whole, word
from pellucid.data.folders.labelled_files import Wanted, check_split
from pellucid.data.sources.batches import epoch_order
from pellucid.data.sources.pipelines import Begin, Dataset
from pellucid.data.words.sounds import decode_wav, in_one_batch
from pellucid.errors import ArgumentError, FileError, escaped, shown
from pellucid.formats.texts import text_of
from pellucid.random import next_seed

__all__ = ["audio_dataset_from_directory", "text_dataset_from_directory"]

TEXTS = Wanted("text_dataset_from_directory", "texts", (".txt",))
SOUNDS = Wanted("audio_dataset_from_directory", "sounds", (".wav",))


class FileSteps(Dataset):
    """Files, read whenever they are gone through, with what is to be learned of each.

    Attributes:
        class_names: of the sub-folders, in the order of their numbers; None where there are no classes.
        file_paths: of all files, in the order of an epoch that is not mixed.
    """

    def __init__(self, begin: Begin, count: int | None = None) -> None:
        super().__init__(begin, count)
        self.class_names: list[str] | None = None
        self.file_paths: list[str] = []

    def _with(self, begin: Begin, count: int | None) -> Dataset:  # type: ignore[override]
        found = Dataset(begin, count)  # which has other elements than these files
        found.is_batched = self.is_batched
        return found

    @classmethod
    def of(
        cls,
        files: Sequence[str],
        targets: np.ndarray | None,
        read: Callable[[str], np.ndarray],
        stacked: Callable[[list[np.ndarray]], np.ndarray],
        *,
        batch_size: int | None,
        shuffle: bool,
        seed: int,
        class_names: Sequence[str] | None,
    ) -> FileSteps:
        """Batches of what is read of files.

        Args:
            files: their paths.
            targets: one for each; None for none.
            read: what a file holds.
            stacked: a batch of such things.
            batch_size: None for one after the other.
            shuffle: whether each time they are gone through they have an order of its own.
            seed: decides on it.
            class_names: see the class.
        """
        turns = itertools.count()

        def begin() -> Iterator[Any]:
            count = len(files)
            order = epoch_order(count, seed=seed, epoch=next(turns)) if shuffle else np.arange(count)
            for start in range(0, count, batch_size or 1):
                rows = order[start : start + (batch_size or 1)]
                things = [read(files[row]) for row in rows]
                x = things[0] if batch_size is None else stacked(things)
                y = None if targets is None else targets[rows[0] if batch_size is None else rows]
                yield x if y is None else (x, y)

        found = cls(begin, -(-len(files) // (batch_size or 1)))
        found.is_batched = batch_size is not None
        found.class_names, found.file_paths = None if class_names is None else list(class_names), list(files)
        return found


@explained
def text_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: str | Sequence[int] | None = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """The texts (.txt) in a folder with a sub-folder for each class, as batches (texts, labels).

    Files, order and split are Keras's. `map` with a `TextVectorization` makes numbers of them for `fit`.

    Args:
        directory: the folder.
        labels: "inferred" from the sub-folders, None for texts alone, or a number for each file, by their paths.
        label_mode: "int" for numbers, "categorical" for rows with a one, "binary" for 0.0 and 1.0; None for no labels.
        class_names: sub-folders in the order of their numbers; all, by the alphabet, by default.
        batch_size: texts in a batch; None gives single ones.
        max_length: how many bytes of each text, in UTF-8, are kept; all by default.
        shuffle: whether files are mixed, and each epoch has an order of its own; `seed` decides on both.
        seed: 0 <= seed < 2^63.
        validation_split: which part of the files is kept aside, between 0 and 1.
        subset: "training", "validation", or "both" for a list of the two.
        follow_links: whether links to folders are followed.
        format: "tf" or "grain": the same here.
        verbose: prints how many files there are.

    Returns:
        a data set made of steps, with `class_names` and `file_paths`; its elements are arrays of text and of labels.

    Raises:
        ArgumentError: an argument is out of range, or there are no texts.
        FileError: the folder, or later a file in it, cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     os.mkdir(f"{folder}/praise")
        ...     Path(f"{folder}/praise/1.txt").write_text("A great film.")
        ...     data = text_dataset_from_directory(folder)
        ...     [(x.tolist(), y.tolist()) for x, y in data], data.class_names
        13
        Found 1 files belonging to 1 classes.
        ([(['A great film.'], [0])], ['praise'])

    Source: keras.utils.text_dataset_from_directory, https://keras.io/api/data_loading/text/
    """
    word(TEXTS.owner, "format", format, ("tf", "grain"))
    most = None if max_length is None else whole(TEXTS.owner, "max_length", max_length, 1)

    def read(path: str) -> np.ndarray:
        text = text_of(_content(path), escaped(path))
        return np.asarray(text if most is None else text.encode()[:most].decode(errors="ignore"))

    return _dataset(
        TEXTS, directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset,
        follow_links, verbose, read, np.stack,
    )  # fmt: skip


@explained
def audio_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: str | Sequence[int] | None = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """The sounds (.wav) in a folder with a sub-folder for each class, as batches (sounds, labels) for `fit`.

    Args:
        directory: the folder.
        labels, label_mode, class_names: see `text_dataset_from_directory`.
        batch_size: sounds in a batch; None gives single ones.
        sampling_rate: None: sounds keep the rate that they have. `scipy.signal.resample_poly` changes it.
        output_sequence_length: samples of each sound, cut off or filled up with zeros; by default those of the longest
            of a batch.
        ragged: False: batches are arrays.
        shuffle, seed, validation_split, subset, follow_links, verbose: see `text_dataset_from_directory`.

    Returns:
        a data set made of steps, with `class_names` and `file_paths`; float32 samples of -1..1
        (batch, samples, channels) and labels.

    Raises:
        ArgumentError: an argument is out of range, or there are no sounds.
        FileError: the folder, or later a file in it, cannot be read.

    Example:
        >>> import tempfile
        >>> from pellucid.data.words.sounds import encode_wav
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     os.mkdir(f"{folder}/yes")
        ...     Path(f"{folder}/yes/1.wav").write_bytes(encode_wav(np.zeros((20, 1)), 8000))
        ...     data = audio_dataset_from_directory(folder, output_sequence_length=16)
        ...     [(x.shape, y.tolist()) for x, y in data]
        84
        Found 1 files belonging to 1 classes.
        [((1, 16, 1), [0])]

    Source: keras.utils.audio_dataset_from_directory, https://keras.io/api/data_loading/audio/
    """
    if sampling_rate is not None or flag(SOUNDS.owner, "ragged", ragged):
        what, why = ("ragged=True", "batches are arrays") if ragged else ("sampling_rate", "sounds keep their rate")
        raise ArgumentError(f"{SOUNDS.owner}: leave out {what}: {why}; got {shown(ragged or sampling_rate)}")
    given = output_sequence_length
    length = None if given is None else whole(SOUNDS.owner, "output_sequence_length", given, 1)

    def read(path: str) -> np.ndarray:
        return decode_wav(_content(path), escaped(path), samples=length)[0]

    return _dataset(
        SOUNDS, directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset,
        follow_links, verbose, read, in_one_batch,
    )  # fmt: skip


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FileError(f"{escaped(path)} cannot be read: {error.strerror}") from error


def _dataset(
    wanted: Wanted, directory: Any, labels: Any, label_mode: Any, class_names: Any, batch_size: Any, shuffle: Any,
    seed: Any, split: Any, subset: Any, follow_links: Any, verbose: Any, read: Callable[[str], np.ndarray],
    stacked: Callable[[list[np.ndarray]], np.ndarray],
) -> Any:  # fmt: skip
    """The data set of a folder, or the part of it that is wanted, or both parts."""
    owner = wanted.owner
    mixed, says = flag(owner, "shuffle", shuffle), flag(owner, "verbose", verbose)
    check_split(owner, split, subset, mixed, seed)
    size = None if batch_size is None else whole(owner, "batch_size", batch_size, 1)
    found = wanted.found_in(directory, labels, label_mode, class_names, follow_links, says)

    def made(files: list[str], targets: np.ndarray | None, shuffled: bool) -> FileSteps:
        return FileSteps.of(
            files,
            targets,
            read,
            stacked,
            batch_size=size,
            shuffle=shuffled,
            seed=next_seed() if seed is None else seed,
            class_names=found.listing.class_names,
        )

    return found.parts(made, shuffle=mixed, seed=seed, split=split, subset=subset, verbose=says)
