"""`pellucid train mnist` with the real files, where they are at hand, and with files that are not what they should be.

The files are looked for in the folder that the environment variable PELLUCID_MNIST names, and beside the repository.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from command import run

from pellucid import load_model
from pellucid.data.sets.mnist import FILES

PLACES = [os.environ.get("PELLUCID_MNIST"), Path(__file__).parents[3] / "shared" / "data" / "mnist"]
MNIST = next((Path(place) for place in PLACES if place and Path(place).is_dir()), None)

needs_mnist = pytest.mark.skipif(MNIST is None, reason="set PELLUCID_MNIST to a folder with the four MNIST files")


@needs_mnist
def test_one_epoch(tmp_path: Path) -> None:
    """At least 0.985 on the test set, from files in a folder and without a network; the files follow."""
    unreachable = "http://127.0.0.1:9"
    env = {"http_proxy": unreachable, "https_proxy": unreachable, "PELLUCID_DATA": str(tmp_path / "cache")}
    outcome = run("train", "mnist", "--data", str(MNIST), "--out", "out", cwd=tmp_path, env=env)
    assert (outcome.code, outcome.err) == (0, "")
    found = re.search(r"^Accuracy on 10,000 held-out images: (\d\.\d{4}) \(", outcome.out, re.M)
    assert found
    assert float(found[1]) >= 0.985
    assert load_model(tmp_path / "out" / "model.keras").input_shape == (None, 28, 28, 1)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"model.keras", "filters-conv1.png", "filters-conv2.png", "feature-maps.png", "one-value.png"} <= names
    assert not (tmp_path / "cache").exists()


def _images(count: int) -> bytes:
    return struct.pack(">4B3I", 0, 0, 8, 3, count, 28, 28) + bytes(count * 784)


def _labels(count: int) -> bytes:
    return struct.pack(">4B1I", 0, 0, 8, 1, count) + bytes(count)


def _other_data(folder: Path) -> None:
    """Well formed files that are not MNIST."""
    for key, file in FILES.items():
        (folder / file.name).write_bytes(_images(10) if key.startswith("x") else _labels(10))


def _missing(folder: Path) -> None:
    _other_data(folder)
    (folder / FILES["y_test"].name).unlink()


def _damaged(folder: Path) -> None:
    _other_data(folder)
    name = folder / FILES["x_train"].name
    packed = gzip.compress(np.random.default_rng(0).bytes(20000))
    name.with_suffix(".gz").unlink(missing_ok=True)
    name.unlink()
    name.with_name(f"{name.name}.gz").write_bytes(packed[: len(packed) // 2])


def _cut(folder: Path) -> None:
    _other_data(folder)
    name = folder / FILES["x_train"].name
    name.write_bytes(name.read_bytes()[:5000])


def _text(folder: Path) -> None:
    _other_data(folder)
    (folder / FILES["x_train"].name).write_text("<html>404 Not Found</html>\n")


FOLDERS = {
    "other data": (_other_data, r"train-images-idx3-ubyte is not MNIST's .*SHA-256.*"),
    "a file missing": (_missing, r"has not all of MNIST: t10k-labels-idx1-ubyte is missing"),
    "a damaged archive": (_damaged, r"train-images-idx3-ubyte\.gz"),
    "a file cut short": (_cut, r"train-images-idx3-ubyte"),
    "a page in place of a file": (_text, r"train-images-idx3-ubyte"),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_folders_without_mnist(case: str, tmp_path: Path) -> None:
    """Exit code 1 and one sentence that names the file; no model, no traceback."""
    make, message = FOLDERS[case]
    data = tmp_path / "data"
    data.mkdir()
    make(data)
    outcome = run("train", "mnist", "--data", str(data), "--out", "out", cwd=tmp_path)
    assert outcome.code == 1
    assert re.fullmatch(rf"pellucid: .*{message}.*\n", outcome.err)
    assert not (tmp_path / "out" / "model.keras").exists()


@needs_mnist
def test_one_file_of_other_data(tmp_path: Path) -> None:
    """Three real files and one that is not: it is found out before the training."""
    assert MNIST is not None
    for path in MNIST.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    (tmp_path / f"{FILES['y_test'].name}.gz").write_bytes(gzip.compress(_labels(10_000)))
    outcome = run("train", "mnist", "--data", str(tmp_path), "--out", "out", cwd=tmp_path)
    assert outcome.code == 1
    assert re.fullmatch(r"pellucid: .*t10k-labels-idx1-ubyte\.gz is not MNIST's .*\n", outcome.err)


def test_without_a_network(tmp_path: Path) -> None:
    """Says which files to fetch by hand, and how to give them."""
    unreachable = "http://127.0.0.1:9"
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    env: dict[str, str | None] = {**dict.fromkeys(names, unreachable), "PELLUCID_DATA": str(tmp_path / "cache")}
    outcome = run("train", "mnist", "--out", "out", cwd=tmp_path, env={**env, "no_proxy": None, "NO_PROXY": None})
    assert outcome.code == 1
    assert "Traceback" not in outcome.err
    assert "--data FOLDER" in outcome.err
    assert "train-images-idx3-ubyte.gz" in outcome.err
