"""Kuzushiji-MNIST: letters of old Japanese of 28x28 pixels, in MNIST's layout; see `mnist_kin`."""

from __future__ import annotations

import os

from pellucid.calls import explained
from pellucid.checks import flag
from pellucid.data.sets.mnist_kin import KUZUSHIJI, load
from pellucid.data.sets.npz_sets import Parts

__all__ = ["load_data"]


@explained
def load_data(path: str | os.PathLike[str] | None = None, *, check: bool = True) -> Parts:
    """Load Kuzushiji-MNIST: 60,000 images of letters of old Japanese to train on and 10,000 to test with.

    Args:
        path: a folder with the four IDX files under MNIST's names, with or without ".gz", or with a folder in which
            they are; an archive of them; or an .npz file. Without it Keras's copy is taken if there is one, else the
            files are downloaded once (21 MB) and kept as MNIST's are.
        check: whether there must be as many images as that, of that size, which are not those of another set.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images as uint8 `(60000, 28, 28)` and `(10000, 28, 28)` in 0..255,
        labels 0..9 as uint8: o, ki, su, tsu, na, ha, ma, ya, re, wo.

    Raises:
        FileError: a file is missing, damaged, something else, or cannot be downloaded.

    Example:
        >>> load_data("no/such/folder")
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: no/such/folder: there is no such file or folder; give one with Kuzushiji-MNIST, \
or no path to download it

    Source: T. Clanuwat et al., Deep Learning for Classical Japanese Literature, arXiv:1812.01718, 2018 (CC BY-SA 4.0).
    """
    return load(KUZUSHIJI, path, check=flag("load_data", "check", check))
