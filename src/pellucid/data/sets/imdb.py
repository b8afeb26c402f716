"""Reviews of films as numbers of words, and whether they praise; see `word_sets`."""

from __future__ import annotations

import os

import numpy as np

from pellucid.calls import explained
from pellucid.data.sets.word_sets import IMDB, Parts, load, numbered, word_index
from pellucid.random import check_seed

__all__ = ["get_word_index", "load_data"]


@explained
def load_data(
    path: str | os.PathLike[str] = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    *,
    nb_words: int | None = None,
) -> Parts:
    """Load 25,000 reviews to train on and as many to test with, as lists of numbers of words.

    Args:
        path: of the file; or its name among those that Keras has downloaded. It is downloaded once otherwise (17 MB).
        num_words: only words with smaller numbers are kept, the most frequent ones; None for all.
        skip_top: how many of the most frequent words are left out likewise.
        maxlen: only texts that are shorter are kept; None for all.
        seed: decides on the order.
        start_char: stands at the beginning of each text; None for nothing.
        oov_char: stands for words that are left out; None for nothing.
        index_from: what is added to the number of each word.
        nb_words: what Keras 1 called `num_words`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists, and of labels, 1 for praise. 0 is no number of a word:
        `pad_sequences` fills up with it.

    Raises:
        ArgumentError: an argument is out of range, or no review is left.
        FileError: the file is missing, damaged, something else, or cannot be downloaded.

    Example:
        >>> load_data("no/such/file.npz")
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: no/such/file.npz: there is no such file; leave path out to download imdb.npz

    Source: A. Maas et al., Learning Word Vectors for Sentiment Analysis, 2011; keras.datasets.imdb.
    """
    arrays = load(IMDB, path, "x_train", "y_train", "x_test", "y_test")
    draws = np.random.RandomState(check_seed(seed) % 2**32)
    parts = []
    for name in ("train", "test"):
        order = np.arange(len(arrays[f"x_{name}"]))
        draws.shuffle(order)
        parts.append((arrays[f"x_{name}"][order], arrays[f"y_{name}"][order]))
    train, test = numbered(
        "imdb.load_data", parts, num_words=num_words if nb_words is None else nb_words, skip_top=skip_top,
        maxlen=maxlen, start_char=start_char, oov_char=oov_char, index_from=index_from,
    )  # fmt: skip
    return train, test


@explained
def get_word_index(path: str | os.PathLike[str] = "imdb_word_index.json") -> dict[str, int]:
    """The number of each word, 1 for the most frequent; in the reviews `index_from` is added.

    Args:
        path: of the file; or its name among those that Keras has downloaded. It is downloaded once otherwise.

    Raises:
        FileError: the file is missing, damaged, or cannot be downloaded.

    Example:
        >>> get_word_index("no/such/file.json")
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: no/such/file.json: there is no such file; leave path out to download \
imdb_word_index.json

    Source: keras.datasets.imdb.get_word_index.
    """
    return word_index(IMDB, path)
