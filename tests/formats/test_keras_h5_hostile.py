"""Whole HDF5 files of Keras that are made to harm or are damaged: one sentence, no file opened, no memory taken."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from pellucid import Input, Sequential, layers, load_model
from pellucid.errors import FileError
from pellucid.formats.keras_h5 import open_keras_h5

Change = Callable[[h5py.File], Any]
PLACE = "model_weights/dense/dense"


def _again(file: h5py.File, **options: Any) -> h5py.Dataset:
    """The kernel, declared otherwise."""
    del file[f"{PLACE}/kernel:0"]
    return file[PLACE].create_dataset("kernel:0", **{"shape": (4, 3), "dtype": "f4", **options})


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "x", (4, 3))
    del file[f"{PLACE}/kernel:0"]
    file[PLACE].create_virtual_dataset("kernel:0", layout)


def _link(kind: Any) -> Change:
    def change(file: h5py.File) -> None:
        del file[f"{PLACE}/kernel:0"]
        file[PLACE]["kernel:0"] = kind

    return change


def _text(name: str, value: Any) -> Change:
    return lambda file: file.attrs.__setitem__(name, value)


def _names(group: str, name: str, value: Any) -> Change:
    return lambda file: file[group].attrs.__setitem__(name, value)


HOSTILE: dict[str, tuple[Change, str]] = {
    "external link": (_link(h5py.ExternalLink("/etc/x.h5", "/")), "is a ExternalLink; links are not followed"),
    "soft link": (_link(h5py.SoftLink("/model_weights")), "is a SoftLink; links are not followed"),
    "a cycle": (lambda f: f["model_weights"].__setitem__("loop", f["model_weights"]), "is a second name"),
    "external storage": (lambda f: _again(f, external=[("/etc/passwd", 0, 48)]), "keeps its values in another file"),
    "virtual array": (_virtual, "is a virtual array"),
    "4 TB in nothing": (lambda f: _again(f, shape=(2**20, 2**20), chunks=(1024, 1024)), "declares .* bytes but only 0"),
    "a filter of a plug-in": (lambda f: _again(f, chunks=(4, 3), compression="lzf"), "compressed by filter"),
    "texts for numbers": (lambda f: _again(f, dtype=h5py.string_dtype()), "holds values of type object"),
    "complex numbers": (lambda f: _again(f, dtype="c8", data=np.ones((4, 3), "c8")), "holds values of type complex64"),
    "a configuration of numbers": (_text("model_config", 3), "holds int64; expected text"),
    "a configuration in a list": (_text("model_config", [b"{}"]), "is a list; expected one text"),
    "no JSON": (_text("model_config", b"{"), "model_config is not valid JSON"),
    "bytes that are no text": (_text("model_config", np.void(b"\xff\xfe")), "expected text"),
    "a list": (_text("model_config", b"[1]"), "holds a JSON list"),
    "no layers": (_text("model_config", b'{"class_name": "Sequential", "config": {}}'), "has no list of layers"),
    "a version of its own": (_names("model_weights", "keras_version", b"9.1"), "is of Keras '9.1'"),
    "a layer that is not there": (
        _names("model_weights", "layer_names", [b"dense", b"x"]),
        "has no group 'model_weights/x'",
    ),
    "a layer twice": (_names("model_weights", "layer_names", [b"dense", b"dense"]), "names a layer twice"),
    "names that are numbers": (_names("model_weights", "layer_names", [1, 2]), "holds int64; expected text"),
    "an array that is not there": (
        _names("model_weights/dense", "weight_names", [b"dense/kernel:0", b"../x"]),
        "has no array '../x'",
    ),
    "too few arrays": (
        _names("model_weights/dense", "weight_names", [b"dense/kernel:0"]),
        "asks for more weights than it holds",
    ),
    "control characters": (lambda f: f["model_weights"].create_group("a\x1bb"), "has letters that names"),
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A small file as it should be."""
    model = Sequential([Input((4,)), layers.Dense(3, name="dense")], name="net")
    model.save(tmp_path / "model.h5")
    return tmp_path / "model.h5"


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files(case: str, content: Path) -> None:
    """Each is refused for its own reason, with the file's name before it."""
    change, words = HOSTILE[case]
    with h5py.File(content, "r+") as file:
        change(file)
    tracemalloc.start()
    try:
        with pytest.raises(FileError, match=words) as caught:
            load_model(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(content) in str(caught.value)
    assert peak < 10 * 2**20
    assert len(str(caught.value)) < 1000


def test_every_cut_is_told(content: Path) -> None:
    """A download that broke off, anywhere."""
    whole = content.read_bytes()
    for end in range(0, len(whole) - 1, len(whole) // 40):
        content.write_bytes(whole[:end])
        with pytest.raises(FileError):
            load_model(content)


def test_flipped_bytes_give_a_model_or_one_error(content: Path) -> None:
    """Nothing else may come of a damaged file."""
    whole, rng = content.read_bytes(), np.random.default_rng(8)
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        content.write_bytes(damaged)
        try:
            load_model(content)
        except FileError as error:
            assert str(content) in str(error)


VALUES: list[Any] = [None, True, 0, -1, 2**31, 1.5, "", "same", [], [1], {}, [None], {"class_name": "Zeros"}, 10**400]


def test_changed_configurations_give_a_model_or_one_error(content: Path) -> None:
    """Any value in any place, a part of them at each run: the choice is seeded."""
    with h5py.File(content) as file:
        config = json.loads(file.attrs["model_config"])
    places = list(_places(config))
    rng = np.random.default_rng(2)
    for number in range(60):
        place, changed = places[rng.integers(len(places))], json.loads(json.dumps(config))
        inside = changed
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = VALUES[number % len(VALUES)]
        with h5py.File(content, "r+") as file:
            file.attrs["model_config"] = json.dumps(changed).encode()
        try:
            load_model(content)
        except FileError as error:
            assert str(content) in str(error)


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in ((*place, key), *_places(item, (*place, key)))]


def test_memory_is_bounded(content: Path) -> None:
    """`max_bytes` counts what the weights would take."""
    with pytest.raises(FileError, match="larger than 100 bytes"), open_keras_h5(content, max_bytes=100):
        pass
