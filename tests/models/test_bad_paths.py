"""What is no path, or no file can be called: one sentence from every function that takes a path, and no litter."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pellucid import Input, Sequential, datasets, layers, load_model
from pellucid.data.images.files import read_image
from pellucid.data.sets.idx import read_idx
from pellucid.errors import ArgumentTypeError, FileError, PellucidError
from pellucid.formats.atomic import atomic_write
from pellucid.formats.keras_v3 import read_keras, write_keras
from pellucid.views.figures import save_figure


def _write(path: Any) -> None:
    with atomic_write(path):
        pass


def _draw(path: Any) -> None:
    from matplotlib.figure import Figure

    save_figure(Figure(), path)


TAKERS: dict[str, Callable[[Any], object]] = {
    "save": lambda path: Sequential([Input((2,)), layers.Dense(1)]).save(path),
    "load_model": load_model,
    "save_figure": _draw,
    "read_image": read_image,
    "read_idx": read_idx,
    "load_data": lambda path: datasets.mnist.load_data(path) if path is not None else read_idx(path),
    "atomic_write": _write,
    "write_keras": lambda path: write_keras(path, {}, {}, {}),
    "read_keras": read_keras,
}
READS_BYTES = ("read_idx", "read_keras")  # what a file holds
NO_PATHS: dict[str, tuple[Any, type[PellucidError], str]] = {
    "None": (None, ArgumentTypeError, "is text or a pathlib.Path, got None"),
    "a number": (3, ArgumentTypeError, "is text or a pathlib.Path, got 3"),
    "an open file": (io.BytesIO(), ArgumentTypeError, "is text or a pathlib.Path, got <"),
    "bytes": (b"model.keras", ArgumentTypeError, "is text or a pathlib.Path, got b'model.keras'"),
    "nothing": ("", FileError, "'' cannot name .*: it is empty"),
    "NUL": ("mo\0del.keras", FileError, "cannot name .*: it has a NUL character in it"),
    "256 bytes": ("m" * 250 + ".keras", FileError, "a name takes 255 bytes, and it has one of 256"),
    "256 bytes of few letters": ("漢" * 84 + ".keras", FileError, "a name takes 255 bytes, and it has one of 258"),
    "4,096 bytes in all": ("m/" * 2045 + ".keras", FileError, "a path takes 4095 bytes, and it has 4096"),
    "half a character": ("m\ud800.keras", FileError, "the system cannot write its character"),
}
TAKES_FILES = ("save", "load_model")
CASES = [
    (taker, case)
    for taker in TAKERS
    for case in NO_PATHS
    if not ((case == "bytes" and taker in READS_BYTES) or (case == "an open file" and taker in TAKES_FILES))
]


@pytest.mark.parametrize(("taker", "case"), CASES)
def test_what_is_no_path(taker: str, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words everywhere; nothing is left behind."""
    path, error, message = NO_PATHS[case]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message) as caught:
        TAKERS[taker](path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_longest_name(tmp_path: Path) -> None:
    """255 bytes are a name like any other."""
    for name in ("m" * 249 + ".keras", "漢" * 83 + ".keras"):
        Sequential([Input((2,)), layers.Dense(1)], name="m").save(tmp_path / name)
        assert load_model(tmp_path / name).name == "m"
