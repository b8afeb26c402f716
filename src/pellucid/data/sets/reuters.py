"""News of Reuters as numbers of words, and what they are about; see `word_sets`."""

from __future__ import annotations

import os

import numpy as np

from pellucid.calls import explained
from pellucid.data.sets.word_sets import REUTERS, Parts, load, numbered, share, word_index
from pellucid.random import check_seed

__all__ = ["get_label_names", "get_word_index", "load_data"]

TOPICS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply "
    "coffee sugar trade reserves ship cotton carcass crude nat-gas "
    "cpi money-fx interest gnp meal-feed alum oilseed gold tin "
    "strategic-metal livestock retail ipi iron-steel rubber heat jobs lei "
    "bop zinc orange pet-chem dlr gas silver wpi hog "
    "lead "
)
"""The 46 topics in the order of their numbers."""


@explained
def load_data(
    path: str | os.PathLike[str] = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    *,
    nb_words: int | None = None,
) -> Parts:
    """Load 11,228 news of 46 topics, as lists of numbers of words.

    Args:
        path: of the file; or its name among those that Keras has downloaded. It is downloaded once otherwise (2 MB).
        num_words: only words with smaller numbers are kept, the most frequent ones; None for all.
        skip_top: how many of the most frequent words are left out likewise.
        maxlen: only texts that are shorter are kept; None for all.
        test_split: which part is for testing, 0..1.
        seed: decides on the order.
        start_char: stands at the beginning of each text; None for nothing.
        oov_char: stands for words that are left out; None for nothing.
        index_from: what is added to the number of each word.
        nb_words: what Keras 1 called `num_words`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists, and of labels 0..45.

    Raises:
        ArgumentError: an argument is out of range, or no text is left.
        FileError: the file is missing, damaged, something else, or cannot be downloaded.

    Example:
        >>> load_data("no/such/file.npz")
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: no/such/file.npz: there is no such file; leave path out to download reuters.npz

    Source: Reuters-21578, as M. Thoma and keras.datasets.reuters have it.
    """
    arrays, draws = load(REUTERS, path, "x", "y"), np.random.RandomState(check_seed(seed) % 2**32)
    order = np.arange(len(arrays["x"]))
    draws.shuffle(order)
    ((x, y),) = numbered(
        "reuters.load_data", [(arrays["x"][order], arrays["y"][order])],
        num_words=num_words if nb_words is None else nb_words, skip_top=skip_top, maxlen=maxlen,
        start_char=start_char, oov_char=oov_char, index_from=index_from,
    )  # fmt: skip
    cut = int(len(x) * (1 - share("reuters.load_data", test_split)))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


@explained
def get_word_index(path: str | os.PathLike[str] = "reuters_word_index.json") -> dict[str, int]:
    """The number of each word, 1 for the most frequent; in the news `index_from` is added.

    Args:
        path: of the file; or its name among those that Keras has downloaded. It is downloaded once otherwise.

    Raises:
        FileError: the file is missing, damaged, or cannot be downloaded.

    Example:
        >>> get_word_index("no/such/file.json")
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: no/such/file.json: there is no such file; leave path out to download \
reuters_word_index.json

    Source: keras.datasets.reuters.get_word_index.
    """
    return word_index(REUTERS, path)


def get_label_names() -> tuple[str, ...]:
    """The topics in the order of their numbers.

    Example:
        >>> get_label_names()[:3]
        ('cocoa', 'grain', 'veg-oil')

    Source: keras.datasets.reuters.get_label_names.
    """
    return tuple(TOPICS.split())
