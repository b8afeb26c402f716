"""Saving when it cannot work: one sentence, the old file as it was, no litter, and a model that goes on."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, load_model
from pellucid.errors import ArgumentError, FileError

X = np.ones((2, 4))


@pytest.fixture
def model() -> Sequential:
    """About 160 kB of weights."""
    return Sequential([Input((4,)), layers.Dense(8000, name="d")], name="m")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB; skips where it may not be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def _old_is_intact(path: Path, before: bytes) -> None:
    assert path.read_bytes() == before
    assert load_model(path).count_params() == 40000
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_full_disk(model: Sequential, small_disk: Path) -> None:
    """The second file does not fit beside the first: the first stays, and nothing else is left."""
    path = small_disk / "model.keras"
    model.save(path)
    before = path.read_bytes()
    model.layers[0].bias[0] = 7
    with pytest.raises(
        FileError, match=r"could not write .*model\.keras: .*[Nn]o space.*nothing that was there before"
    ):
        model.save(path)
    _old_is_intact(path, before)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_the_system_fails(
    model: Sequential, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    """Whatever call fails in the end."""
    path = tmp_path / "model.keras"
    model.save(path)
    before = path.read_bytes()

    def fail(*arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match=r"\S"):
        model.save(path)
    monkeypatch.undo()
    _old_is_intact(path, before)
    model.save(path)


def test_ctrl_c_while_saving(model: Sequential, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stays."""
    path = tmp_path / "model.keras"
    model.save(path)
    before = path.read_bytes()

    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.save(path)
    monkeypatch.undo()
    _old_is_intact(path, before)


def test_read_only_folder(model: Sequential, tmp_path: Path) -> None:
    """Where a file cannot be made; as root, who may write everywhere, on a file system that cannot be written."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    try:
        if os.access(folder, os.W_OK):
            folder = Path("/proc")
        with pytest.raises(
            FileError, match=r"cannot write .*model\.keras: .*; choose a folder that can be written to$"
        ):
            model.save(folder / "model.keras")
    finally:
        (tmp_path / "locked").chmod(0o755)
    assert np.shape(model.predict(X)) == (2, 8000)


def test_missing_folder(model: Sequential, tmp_path: Path) -> None:
    """Is not made silently."""
    with pytest.raises(FileError, match=r"there is no folder .*nowhere; create it first$"):
        model.save(tmp_path / "nowhere" / "model.keras")


def test_a_folder_in_the_place_of_the_file(model: Sequential, tmp_path: Path) -> None:
    """Is left alone."""
    (tmp_path / "model.keras").mkdir()
    with pytest.raises(FileError, match=r"model\.keras: it is a folder; give the name of a file in it$"):
        model.save(tmp_path / "model.keras")


@pytest.mark.parametrize("name", ["model", "model.png", "model.keras.bak", "model.KERAS"])
def test_another_ending(model: Sequential, tmp_path: Path, name: str) -> None:
    """Says which one it should be; nothing is written."""
    with pytest.raises(ArgumentError, match=r"models are written to files that end in '\.keras'"):
        model.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_overwriting_only_if_allowed(model: Sequential, tmp_path: Path) -> None:
    """`overwrite=False` keeps what is there."""
    path = tmp_path / "model.keras"
    model.save(path, overwrite=False)
    before = path.read_bytes()
    with pytest.raises(FileError, match=r"exists; pass overwrite=True to replace it$"):
        model.save(path, overwrite=False)
    _old_is_intact(path, before)


def test_what_a_file_cannot_hold(tmp_path: Path) -> None:
    """A function whose name means another one; nothing is written."""

    def relu(x: Any) -> Any:
        return x * x

    model = Sequential([Input((4,)), layers.Dense(3, activation=relu)])
    with pytest.raises(ArgumentError, match=r"relu has no name of its own, by which a file could refer to it"):
        model.save(tmp_path / "model.keras")
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_weights_yet(tmp_path: Path) -> None:
    """Its structure is written, as in Keras; there are no weights for a file of weights."""
    model = Sequential([layers.Dense(3)])
    model.compile("adam", "mse")
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert not loaded.built and loaded.layers[0].units == 3 and loaded.optimizer.name == "adam"
    with pytest.raises(ArgumentError, match=r"does not know its input shape"):
        model.save_weights(tmp_path / "model.weights.h5")
    assert [item.name for item in tmp_path.iterdir()] == ["model.keras"]


@pytest.mark.parametrize("name", ["with space.keras", "ümlaut-é-漢.keras", "new\nline.keras", "-dash.keras"])
def test_unusual_names(model: Sequential, tmp_path: Path, name: str) -> None:
    """Are names like any other."""
    model.save(tmp_path / name)
    np.testing.assert_array_equal(load_model(tmp_path / name).predict(X), model.predict(X))
    assert [item.name for item in tmp_path.iterdir()] == [name]


def test_a_path_as_text_and_a_relative_one(model: Sequential, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths come as strings too."""
    monkeypatch.chdir(tmp_path)
    model.save("model.keras")
    assert load_model("model.keras").name == "m"
