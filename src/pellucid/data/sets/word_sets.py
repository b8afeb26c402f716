"""IMDB and Reuters: texts as lists of whole numbers, a number for each word by how often it comes, as Keras keeps them.

The files hold pickled lists, of which nothing is executed (`plain_pickle`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.checks import fraction, whole
from pellucid.data.sets.download import RemoteFile, cache_folder, fetch
from pellucid.data.sets.get_file import keras_home
from pellucid.data.sets.plain_pickle import read_pickle
from pellucid.errors import ArgumentError, FileError, escaped, shown
from pellucid.formats.numpy_files import decode_npy
from pellucid.formats.source import open_source
from pellucid.formats.strict_zip import read_all_members
from pellucid.frozen import Frozen

__all__ = ["IMDB", "REUTERS", "Parts", "WordSet", "load", "numbered", "word_index"]

MIRROR = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
MOST_BYTES = 2**28
OBJECTS = re.compile(
    rb"\x93NUMPY[\x01-\x03]\x00.{2,4}\{'descr': '\|O', 'fortran_order': False, 'shape': \(\d+,\), \} *\n", re.S
)
Lists = list[list[int]]
Parts = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Texts and labels to train on, and to test with."""


class WordSet(Frozen):
    """A data set of words as two files.

    Attributes:
        name: as `datasets` calls it.
        file: of texts and labels.
        index: of words, and the number of each.
    """

    name: str
    file: RemoteFile
    index: RemoteFile


IMDB = WordSet(
    "imdb",
    RemoteFile("imdb.npz", 17_464_789, "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"),
    RemoteFile("imdb_word_index.json", 1_641_221, md5="bfafd718b763782e994055a2d397834f"),
)
REUTERS = WordSet(
    "reuters",
    RemoteFile("reuters.npz", 2_110_848, "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"),
    RemoteFile("reuters_word_index.json", 550_378, md5="4d44cc38712099c9e383dc6e5f11a921"),
)


def load(data_set: WordSet, path: Any, *keys: str) -> dict[str, np.ndarray]:
    """The arrays of a data set: of texts lists of numbers, of labels whole numbers.

    Args:
        data_set: which.
        path: of the file; or its name among those that Keras has downloaded, which is downloaded once otherwise.
        keys: of the arrays.

    Raises:
        FileError: the file is missing, damaged, something else, or cannot be downloaded.
    """
    place = _found(data_set, data_set.file, path)
    with open_source(place, what="an .npz file") as file:
        members = read_all_members(file, MOST_BYTES, name=escaped(place))
    missing = [key for key in keys if f"{key}.npy" not in members]
    if missing:
        raise FileError(f"{escaped(place)} holds no {missing[0]}, and is not {data_set.name}")
    return {key: _array(members[f"{key}.npy"], f"{escaped(place)}: {key}") for key in keys}


def _found(data_set: WordSet, file: RemoteFile, path: Any) -> Path:
    given = Path(os.fspath(path))
    kept = keras_home() / "datasets" / given
    for place in (given, kept):
        if place.is_file():
            return place
    if given.name != str(given) or given.name != file.name:
        raise FileError(f"{escaped(given)}: there is no such file; leave path out to download {file.name}")
    try:
        return fetch(file, mirrors=[MIRROR], folder=cache_folder(data_set.name))
    except FileError as error:
        raise FileError(f"{error}. Without a network, put {file.name} into {escaped(kept.parent)}") from error


def _array(content: bytes, name: str) -> np.ndarray:
    """An array of numbers, or of lists of them, which NumPy pickles."""
    header = OBJECTS.match(content)
    found = decode_npy(content, name=name) if header is None else read_pickle(content[header.end() :], name=name)
    if not isinstance(found, np.ndarray) or found.ndim != 1:
        raise FileError(f"{name} holds no row of texts or labels")
    return found


def word_index(data_set: WordSet, path: Any) -> dict[str, int]:
    """The number of each word: 1 for the most frequent."""
    place = _found(data_set, data_set.index, path)
    try:
        found: dict[str, int] = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileError(f"{escaped(place)} is no list of words: {error}") from error
    return found


def numbered(
    owner: str, parts: Sequence[tuple[Any, np.ndarray]], *, num_words: Any, skip_top: Any, maxlen: Any,
    start_char: Any, oov_char: Any, index_from: Any,
) -> list[tuple[np.ndarray, np.ndarray]]:  # fmt: skip
    """Texts with the numbers that are wanted, and their labels, part by part.

    Args:
        owner: the function, for messages.
        parts: texts and labels, in the order that is wanted.
        num_words, skip_top, maxlen, start_char, oov_char, index_from: see `imdb.load_data`.

    Raises:
        ArgumentError: an argument is out of range, or no text is left.
    """
    first = whole(owner, "index_from", index_from or 0, 0)
    begins = [] if start_char is None else [whole(owner, "start_char", start_char, 0)]
    most = whole(owner, "maxlen", maxlen, 1) if maxlen else None
    low, unknown = whole(owner, "skip_top", skip_top, 0), None
    if oov_char is not None:
        unknown = whole(owner, "oov_char", oov_char, 0)
    moved: list[tuple[Lists, np.ndarray]] = []
    for texts, labels in parts:
        found = [[*begins, *(number + first for number in text)] for text in texts]
        kept = [place for place, text in enumerate(found) if most is None or len(text) < most]
        if not kept:
            raise ArgumentError(f"{owner}: no text is shorter than maxlen={shown(maxlen)}; take more")
        moved.append(([found[place] for place in kept], labels[kept]))
    largest = max(max(text, default=0) for texts, _ in moved for text in texts)
    high = whole(owner, "num_words", num_words, 1) if num_words else largest  # which Keras leaves out, too
    return [(_limited(texts, low, high, unknown), labels) for texts, labels in moved]


def _limited(texts: Lists, low: int, high: int, unknown: int | None) -> np.ndarray:
    """Texts with numbers between two limits; others become `unknown`, or are left out."""
    listed = np.empty(len(texts), object)
    if unknown is None:
        listed[:] = [[number for number in text if low <= number < high] for text in texts]
    else:
        listed[:] = [[number if low <= number < high else unknown for number in text] for text in texts]
    return listed


def share(owner: str, value: Any) -> float:
    """Which part is for testing."""
    return fraction(owner, "test_split", value)
