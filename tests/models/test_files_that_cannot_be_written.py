"""Whoever writes a file: where it cannot be, one sentence says so, what was there stays, and nothing is left behind."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, conversion, inspection, layers, utils
from pellucid.errors import PellucidError
from pellucid.inspection.filter_film import FilterFilm
from pellucid.preprocessing.image import array_to_img, save_img
from pellucid.views import filters_figure, save_figure
from pellucid.views.films import save_film

MODEL = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="c"), layers.Flatten(), layers.Dense(9)])
FIGURE = filters_figure(inspection.filters(MODEL.layers[0]))
FILM = FilterFilm("c", "Conv2D", (0, 1), np.arange(36.0).reshape(2, 3, 3, 1, 2), ("rows", "columns", "channels"))
PICTURE = np.random.default_rng(0).random((40, 40, 3))
WRITERS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "a model": (".keras", MODEL.save),
    "a model of Keras 2": (".h5", MODEL.save),
    "weights": (".weights.h5", MODEL.save_weights),
    "weights for NumPy": (".npz", MODEL.save_weights),
    "weights for PyTorch": (".safetensors", MODEL.save_weights),
    "weights in parts": (".weights.json", lambda path: MODEL.save_weights(path, max_shard_size=2.0**-17)),
    "ONNX": (".onnx", MODEL.export),
    "code": (".py", MODEL.export),
    "one filter": (".csv", lambda path: conversion.save_filter(MODEL.layers[0].filter(0), path)),
    "a plan": (".png", lambda path: utils.plot_model(MODEL, path)),
    "a plan as JPEG": (".jpg", lambda path: utils.plot_model(MODEL, path)),
    "a figure": (".svg", lambda path: save_figure(FIGURE, path)),
    "a film": (".gif", lambda path: save_film(FILM, path)),
    "an image": (".png", lambda path: save_img(path, PICTURE)),
}


@contextmanager
def small_disk(most: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _held(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


@pytest.mark.parametrize("what", WRITERS)
def test_a_place_that_cannot_be_written(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    end, write = WRITERS[what]
    (tmp_path / f"folder{end}").mkdir()
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(f"pipe{end}")
    os.symlink(f"no/where{end}", f"dangling{end}")
    os.symlink(f"round{end}", f"round{end}")
    places = [f"no/such{end}", f"folder{end}", f"file/a{end}", f"pipe{end}", f"dangling{end}", f"round{end}",
              "/dev/full", "a" * 256 + end, f"a\0{end}", f"a{end}".encode(), "", None]  # fmt: skip
    before = sorted(os.listdir())
    for place in places:
        with pytest.raises(PellucidError) as caught:
            write(place)
        assert len(str(caught.value)) > 20 and "\n" not in str(caught.value), place
        assert sorted(os.listdir()) == before, place


@pytest.mark.parametrize("what", sorted(WRITERS.keys() - {"one filter", "a plan as JPEG"}))
def test_a_disk_that_is_full(what: str, tmp_path: Path) -> None:
    """Nothing is lost; once there is room it is written over the old."""
    end, write = WRITERS[what]
    path = tmp_path / f"it{end}"
    write(path)
    before = _held(tmp_path)
    with small_disk(200), pytest.raises(PellucidError, match="could not write"):
        write(path)
    assert _held(tmp_path) == before
    write(path)
    assert set(_held(tmp_path)) == set(before)


def test_files_that_belong_together_stay_together(tmp_path: Path) -> None:
    """A folder of arrays, parts of weights, code beside weights, of which the last is too large: none is replaced."""
    model = Sequential([layers.Input((3,)), layers.Dense(2), layers.Dense(500)])
    ways: dict[str, Callable[[Path], object]] = {
        "arrays": model.save_weights,
        "m.weights.json": lambda path: model.save_weights(path, max_shard_size=2.0**-18),
        "net.py": model.export,
    }
    for name, write in ways.items():
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        path = folder if name == "arrays" else folder / name
        write(path)
        before = _held(folder)
        model.set_weights([weight + 1 for weight in model.get_weights()])
        with small_disk(3000), pytest.raises(PellucidError, match="could not write"):
            write(path)
        assert len(before) > 1 and _held(folder) == before, name


def test_the_longest_name_is_one_for_what_stands_beside_too(tmp_path: Path) -> None:
    with pytest.raises(PellucidError, match="the weights beside the code: a name takes 255 bytes"):
        MODEL.export(tmp_path / ("a" * 252 + ".py"))
    assert not list(tmp_path.iterdir())
    MODEL.export(tmp_path / ("a" * 250 + ".onnx"))


def test_a_stretched_image_stays_within_its_bytes() -> None:
    """Rounded in another order than Keras's the largest number came to lie above 255: an image of 32 bits."""
    images = np.random.default_rng(0).random((200, 4, 4, 1), np.float32)
    for image in images:
        made = array_to_img(image)
        stretched = (image - image.min()) / (image - image.min()).max() * 255
        assert made.mode == "L" and np.array_equal(np.asarray(made), stretched[..., 0].astype(np.uint8))
    with pytest.raises(PellucidError, match="farther apart than float32 can say"):
        array_to_img(np.array([[[-3e38], [3e38]]]))
