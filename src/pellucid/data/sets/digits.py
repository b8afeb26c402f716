"""The bundled digits: 1,797 real handwritten digits of 8x8 pixels, for a first network without a download.

Where they come from, and their licence, is in `files/README.md` beside this module.
"""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from pellucid.calls import explained
from pellucid.data.sets.idx import read_idx
from pellucid.errors import FileError

__all__ = ["load_data"]

_HELD_OUT = 360
_LARGEST_VALUE = 16


@explained
def load_data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Load the 8x8 digits, scaled to 0..1, with a fifth of them held out.

    The split is part of the file and never changes, so accuracies can be compared: 1,437 images to train on, and 360
    to test with, in which every digit has its share. Both parts are in random order.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images as float32 `(1437, 8, 8, 1)` and `(360, 8, 8, 1)` in 0..1 (0
        is paper, 1 is ink), labels 0..9 as uint8 `(1437,)` and `(360,)`. Every call returns new arrays.

    Raises:
        FileError: the installation is damaged.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
        ((1437, 8, 8, 1), (1437,), (360, 8, 8, 1), (360,))
        >>> y_train[:5]
        array([3, 9, 1, 3, 1], dtype=uint8)

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
    """
    images = _read_bundled("digits-images-idx3-ubyte.gz")[..., np.newaxis].astype(np.float32) / _LARGEST_VALUE
    labels = _read_bundled("digits-labels-idx1-ubyte.gz")
    # Copies, so that writing into one part cannot change the other.
    train = images[:-_HELD_OUT].copy(), labels[:-_HELD_OUT].copy()
    test = images[-_HELD_OUT:].copy(), labels[-_HELD_OUT:].copy()
    return train, test


def _read_bundled(name: str) -> np.ndarray:
    try:
        content = files("pellucid.data.sets").joinpath("files", name).read_bytes()
    except OSError as error:
        raise FileError(f"the bundled file {name} is missing: install pellucid again") from error
    return read_idx(content)
