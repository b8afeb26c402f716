"""Pixels in tables and arrays in folders, as people have MNIST: what to type is said, and what is said works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.cli.class_folders import classes_in
from pellucid.data.image_tables import read_table
from pellucid.errors import FileError


class Told:
    """A model that notes what it is given to train on."""

    def fit(self, *arrays: Any) -> None:
        self.given = arrays


def _typed(error: FileError, begun: str) -> tuple[Any, ...]:
    """What a model is given by the Python that an error says."""
    code = begun + str(error).partition(begun)[2]
    names = {"numpy": np, "model": Told()}
    exec(code, names)
    return names["model"].given


@pytest.mark.parametrize(("label", "shape"), [(0, (4, 4, 1)), (-1, (5, 5, 3))])
def test_a_table_of_pixels(tmp_path: Path, label: int, shape: tuple[int, ...]) -> None:
    pixels, labels = np.arange(2 * np.prod(shape)).reshape(2, -1), np.array([7, 3])
    table = np.insert(pixels, 0 if label == 0 else pixels.shape[1], labels, axis=1)
    titles = np.insert([f"pixel{n}" for n in range(pixels.shape[1])], 0 if label == 0 else pixels.shape[1], "label")
    path = tmp_path / "train.csv"
    np.savetxt(path, table, "%d", ",", header=",".join(titles), comments="")
    with pytest.raises(FileError, match="holds pixels, not names of image files") as caught:
        read_table(path)
    x, y = _typed(caught.value, "table = ")
    assert np.array_equal(x * 255, pixels.reshape(2, *shape)) and y.tolist() == [7, 3]


def test_a_table_of_pixels_without_labels(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(",".join(f"pixel{n}" for n in range(16)) + "\n" + ",".join("0" * 16) + "\n")
    with pytest.raises(FileError, match=r"trained on in Python$"):
        read_table(tmp_path / "test.csv")


def test_labels_may_be_called_as_pixels_are(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"{number}.png").touch()
    rows = "\n".join(f"{number}.png," + ",".join(["1", "0"] * 8) for number in range(2))
    (tmp_path / "tags.csv").write_text(",".join(["file", *map(str, range(16))]) + "\n" + rows)
    assert read_table(tmp_path / "tags.csv").kind == "labels"


def test_a_folder_of_arrays(tmp_path: Path) -> None:
    for name, values in (("X_train", np.ones((2, 4, 4))), ("y_train", [1, 0]), ("X_test", np.zeros((1, 4, 4)))):
        np.save(tmp_path / f"{name}.npy", values)
    with pytest.raises(FileError, match=r"holds arrays \(X_test.npy, X_train.npy, y_train.npy\)") as caught:
        classes_in(tmp_path)
    x, y = _typed(caught.value, "model.fit")
    assert x.shape == (2, 4, 4) and y.tolist() == [1, 0]
