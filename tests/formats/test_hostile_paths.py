"""Paths that are none, too long, or of a folder: one clear error, whoever reads or writes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pellucid import Sequential, conversion, layers, load_model, utils
from pellucid.data.images.files import read_image
from pellucid.data.sets.idx import read_idx
from pellucid.errors import FileError, PellucidError
from pellucid.formats.paths import made_folder
from pellucid.formats.source import open_source
from pellucid.views import curves_figure, save_figure

MODEL = Sequential([layers.Input((2,)), layers.Dense(1)])
DOORS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "save": (".keras", MODEL.save),
    "load": (".keras", load_model),
    "figure": (".png", lambda path: save_figure(curves_figure({"loss": [1.0]}), path)),
    "image": (".png", read_image),
    "idx": (".idx", read_idx),
}


@pytest.mark.parametrize("door", DOORS)
def test_hostile_paths(door: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a raw error, nor one of several lines."""
    monkeypatch.chdir(tmp_path)
    end, use = DOORS[door]
    (tmp_path / f"folder{end}").mkdir()
    paths = [f"a\0{end}", f"a{end}".encode(), "a" * 256 + end, "é" * 128 + end, None, 3, [], "", ".", f"folder{end}",
             f"no/such/folder/a{end}", "/dev/null", f"line\nbreak/a{end}", Path, object()]  # fmt: skip
    for path in paths:
        with pytest.raises(PellucidError) as caught:
            use(path)
        assert len(str(caught.value)) > 20 and "\n" not in str(caught.value)
    assert [each.name for each in tmp_path.iterdir()] == [f"folder{end}"]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file that can be opened and not be read")
def test_a_disk_that_fails_while_it_is_read() -> None:
    """Whoever opened it, and by whatever reads."""
    for read in (lambda file: file.read(9), lambda file: file.read(), lambda file: file.readline()):
        with open_source("/proc/self/mem", what="a .keras file") as file, pytest.raises(FileError) as caught:
            read(file)
        assert str(caught.value) == "/proc/self/mem cannot be read: Input/output error; expected a .keras file"
    for call in (load_model, lambda path: utils.load_img(path), lambda path: conversion.load(path)):
        with pytest.raises(FileError, match=r"^/proc/self/mem cannot be read: Input/output error"):
            call("/proc/self/mem")


@pytest.mark.parametrize("place", ["file/below", "dangling/below", "/dev/full/below"])
def test_a_folder_that_cannot_be_made(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("dangling").symlink_to("no/where")
    before = sorted(os.listdir())
    with pytest.raises(FileError, match=f"^the folder {place} cannot be made: .*; give another place$"):
        made_folder(Path(place))
    with pytest.raises(FileError, match=r"cannot be made: .*; give get_file another cache_dir"):
        utils.get_file(
            f"{tmp_path}/{place}/a.txt" if place[0] != "/" else f"{place}/a.txt", origin="http://127.0.0.1:9"
        )
    assert sorted(os.listdir()) == before
