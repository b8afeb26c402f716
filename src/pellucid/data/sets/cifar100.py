"""CIFAR-100, 60,000 colour images of 32x32 pixels in 100 classes; see `cifar`."""

from __future__ import annotations

import os

from pellucid.calls import explained
from pellucid.checks import flag, word
from pellucid.data.sets.cifar import CIFAR100, Part, load

__all__ = ["load_data"]


@explained
def load_data(
    label_mode: str = "fine", path: str | os.PathLike[str] | None = None, *, check: bool = True
) -> tuple[Part, Part]:
    """Load CIFAR-100, as `keras.datasets.cifar100.load_data` does: 50,000 images to train on and 10,000 to test with.

    Args:
        label_mode: "fine" for 100 classes, "coarse" for 20.
        path: a folder with the files, binary (`train.bin`) or Python's (`train`), with or without ".gz", in it or
            in the folder that archives make; such an archive; or an .npz file with `x_train`, `y_train`, `x_test` and
            `y_test`. Nothing in them is executed. Without it Keras's copy is taken if there is one, else the archive is
            downloaded once (170 MB) and kept as MNIST is.
        check: whether the files must be the whole data set.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images as uint8 `(50000, 32, 32, 3)` and `(10000, 32, 32, 3)`, labels
        as uint8 `(50000, 1)` and `(10000, 1)`.

    Raises:
        FileError: a file is missing, damaged, not of CIFAR-100, or cannot be downloaded.
        ArgumentError: an argument is out of range.

    Example:
        A folder that is not there is named in the error:

        >>> load_data(path="no/such/folder")
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: no/such/folder: there is no such file or folder; give one with CIFAR-100, or no \
path to download it

    Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    flag("load_data", "check", check)
    return load(CIFAR100, path, word("load_data", "label_mode", label_mode, ("fine", "coarse")), check=check)
