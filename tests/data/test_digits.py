"""The bundled digits: shapes, the held-out fifth, and that they are the published ones."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from pellucid import datasets
from pellucid.data.sets import digits
from pellucid.data.sets.idx import read_content
from pellucid.errors import FileError


def test_shapes_types_and_range() -> None:
    """Float images with a channel axis in 0..1, and integer labels 0..9."""
    (x_train, y_train), (x_test, y_test) = datasets.digits.load_data()
    assert x_train.shape == (1437, 8, 8, 1)
    assert x_test.shape == (360, 8, 8, 1)
    assert y_train.shape == (1437,)
    assert y_test.shape == (360,)
    assert x_train.dtype == x_test.dtype == np.float32
    assert y_train.dtype == y_test.dtype == np.uint8
    assert x_train.min() == 0.0
    assert x_train.max() == 1.0
    assert set(y_train) == set(range(10))


def test_split_is_stratified_and_in_random_order() -> None:
    """Every digit has a fifth of its images in the test set, and the end of the training set holds all digits."""
    (_, y_train), (_, y_test) = datasets.digits.load_data()
    total = np.bincount(y_train) + np.bincount(y_test)
    assert np.all(np.abs(np.bincount(y_test) - total / 5) <= 1)
    assert set(y_train[-144:]) == set(range(10))


def test_parts_are_copies() -> None:
    """Writing into one result changes neither another part nor the next call's result."""
    (x_train, _), _ = datasets.digits.load_data()
    x_train[:] = 5.0
    assert datasets.digits.load_data()[0][0].max() == 1.0
    assert x_train.base is None


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("digits-images-idx3-ubyte.gz", "85605444595503807d093efd36007b0fad105f90f8551851138b1aa1a20991aa"),
        ("digits-labels-idx1-ubyte.gz", "c784492453f768dd0618fc4c2a39ae4b42e91a2fbed012e615d1dcd3e3dbf861"),
    ],
)
def test_bundled_content_never_changes(name: str, sha256: str) -> None:
    """Published accuracies refer to exactly these bytes; the files stay small and their source is named."""
    folder = files("pellucid.data.sets").joinpath("files")
    packed = folder.joinpath(name).read_bytes()
    assert len(packed) < 100_000
    assert hashlib.sha256(read_content(packed)).hexdigest() == sha256
    assert "CC BY 4.0" in folder.joinpath("README.md").read_text(encoding="utf-8")


def test_damaged_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package without its data says so."""
    monkeypatch.setattr(digits, "files", lambda package: tmp_path)
    with pytest.raises(FileError, match=r"digits-images-idx3-ubyte\.gz is missing: install pellucid again"):
        digits.load_data()


def test_images_are_the_published_ones() -> None:
    """As a set, images and labels equal scikit-learn's copy of the same data."""
    published = pytest.importorskip("sklearn.datasets", reason="scikit-learn is the second source").load_digits()
    (x_train, y_train), (x_test, y_test) = datasets.digits.load_data()
    images = (np.concatenate([x_train, x_test]).reshape(-1, 64) * 16).astype(int)
    ours = np.column_stack([np.concatenate([y_train, y_test]), images])
    theirs = np.column_stack([published.target, published.data.astype(int)])
    assert sorted(map(tuple, ours.tolist())) == sorted(map(tuple, theirs.tolist()))
