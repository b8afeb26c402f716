"""Paths that are none, too long, or of a folder: one clear error, whoever reads or writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pellucid import Sequential, layers, load_model
from pellucid.data.idx import read_idx
from pellucid.data.images import read_image
from pellucid.errors import PellucidError
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
