"""IMDB and Reuters in files like theirs, read as Keras reads them; nothing in a file is executed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from pellucid import datasets, utils
from pellucid.errors import ArgumentError, FileError


def texts(count: int, seed: int) -> np.ndarray:
    draws = np.random.default_rng(seed)
    found = np.empty(count, object)
    found[:] = [draws.integers(1, 400, draws.integers(1, 30)).tolist() for _ in range(count)]
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of few texts in Keras's place, of which its own reader checks no hash."""
    place = tmp_path / "datasets"
    place.mkdir()
    labels = np.arange(40) % 2
    np.savez(place / "imdb.npz", x_train=texts(40, 0), y_train=labels, x_test=texts(40, 1), y_test=labels[::-1])
    np.savez(place / "reuters.npz", x=texts(50, 2), y=np.arange(50) % 46)
    (place / "imdb_word_index.json").write_text(json.dumps({"the": 1, "and": 2}))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for module in ("imdb", "reuters"):
        monkeypatch.setattr(f"keras.src.datasets.{module}.get_file", lambda fname, **_: str(place / fname))
    return place


OPTIONS: list[dict[str, Any]] = [
    *({}, {"num_words": 100}, {"num_words": 100, "skip_top": 20}, {"maxlen": 12}, {"oov_char": None, "num_words": 50}),
    {"start_char": None, "index_from": 0, "seed": 7},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_texts_are_keras_s(name: str, options: dict[str, Any], folder: Path) -> None:
    mine, theirs = getattr(datasets, name).load_data(**options), getattr(keras.datasets, name).load_data(**options)
    for (x, y), (wanted, labels) in zip(mine, theirs, strict=True):
        assert x.tolist() == wanted.tolist()
        np.testing.assert_array_equal(y, labels)
    assert utils.pad_sequences(mine[0][0], 8).shape == (len(mine[0][0]), 8)


def test_words_and_old_words(folder: Path) -> None:
    assert datasets.imdb.get_word_index() == {"the": 1, "and": 2}
    assert datasets.reuters.get_label_names() == keras.datasets.reuters.get_label_names()
    new, old = datasets.imdb.load_data(num_words=30), datasets.imdb.load_data(nb_words=30)
    assert new[0][0].tolist() == old[0][0].tolist()
    with pytest.raises(ArgumentError, match="no text is shorter than maxlen=1"):
        datasets.imdb.load_data(maxlen=1)
    with pytest.raises(FileError, match=r"holds no x_train, and is not imdb"):
        datasets.imdb.load_data(folder / "reuters.npz")


class Code:
    def __reduce__(self) -> Any:
        return print, ("executed",)


def test_code_in_a_file_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = np.empty(1, object)
    evil[0] = Code()
    np.savez(folder / "reuters.npz", x=evil, y=np.zeros(1, int))
    with pytest.raises(FileError, match="asks for 'builtins print', which is no data"):
        datasets.reuters.load_data()
    assert capsys.readouterr().out == ""
