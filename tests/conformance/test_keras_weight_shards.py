"""Weights in several files with their table, both ways with Keras; a set that is torn or lies is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid import Sequential, formats, layers
from pellucid.errors import ArgumentError, FileError

assert keras_oracle.keras is keras

BOTH = [(pellucid, keras), (keras, pellucid), (pellucid, pellucid)]
SMALL = 3000 / 2**30  # GiB: several files for this network, and one layer in two of them


def _network(library: Any, seed: int = 3) -> Any:
    kinds = library.layers
    model = library.Sequential([
        kinds.Input((6, 5, 2)), kinds.Conv2D(8, 3), kinds.BatchNormalization(), kinds.Flatten(),
        kinds.Dense(7, use_bias=False), kinds.Dense(90), kinds.Dense(8),
    ])  # fmt: skip
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.1, 1, size=array.shape).astype(np.float32) for array in model.get_weights()])
    return model


@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=["ours to Keras", "Keras to ours", "ours to ours"])
def test_weights_in_several_files(writer: Any, reader: Any, tmp_path: Path) -> None:
    model, other = _network(writer), _network(reader, seed=4)
    model.save_weights(tmp_path / "model.weights.json", max_shard_size=SMALL)
    names = sorted(os.listdir(tmp_path))
    assert names[0] == "model.weights.json" and names[1] == "model_00000.weights.h5" and len(names) > 3
    other.load_weights(tmp_path / "model.weights.json")
    for wanted, got in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_the_optimiser_goes_with_them(tmp_path: Path) -> None:
    x, y = np.ones((4, 6, 5, 2), np.float32), np.ones((4, 8), np.float32)
    model, other = _network(pellucid), _network(pellucid, seed=4)
    for each in (model, other):
        each.compile("adam", "mse")
    model.fit(x, y, verbose=0)
    model.save_weights(tmp_path / "model.weights.json", max_shard_size=SMALL)
    other.load_weights(tmp_path / "model.weights.json")
    for wanted, got in zip(model.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_array_equal(got.numpy(), wanted.numpy())


def test_the_name_of_a_single_file_becomes_that_of_a_table(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"their table is .*model\.weights\.json"):
        _network(pellucid).save_weights(tmp_path / "model.weights.h5", max_shard_size=1)
    assert sorted(os.listdir(tmp_path)) == ["model.weights.json", "model_00000.weights.h5"]
    found = formats.open(tmp_path / "model.weights.json")
    assert len(found.arrays) == len(_network(pellucid).get_weights())


def test_weights_that_are_equal_are_one_set_of_files(tmp_path: Path) -> None:
    model = _network(pellucid)
    for folder in ("a", "b"):
        os.mkdir(tmp_path / folder)
        model.save_weights(tmp_path / folder / "m.weights.json", max_shard_size=SMALL)
    for name in os.listdir(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "size", "why"),
    [
        ("model.weights.json", 0, "max_shard_size"),
        ("model.weights.json", -1, "max_shard_size"),
        ("model.weights.json", "1GB", "max_shard_size"),
        ("model.weights.json", float("nan"), "max_shard_size"),
        ("model.weights.json", 2000 / 2**30, "layers/dense/vars/0 takes 2,688 bytes, more than a file may have"),
        ("model.weights.json", None, "is written with max_shard_size="),
        ("model.npz", 1, r"should end in '\.weights\.json'"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, name: str, size: Any, why: str) -> None:
    with pytest.raises(ArgumentError, match=why):
        _network(pellucid).save_weights(tmp_path / name, max_shard_size=size)


def _saved(folder: Path, seed: int = 3) -> Path:
    path = folder / "model.weights.json"
    _network(pellucid, seed).save_weights(path, max_shard_size=SMALL)
    return path


def _told(path: Path, change: Any) -> None:
    table = json.loads(path.read_text())
    change(table)
    path.write_text(json.dumps(table))


def _without_sums(table: Any) -> None:
    table["metadata"] = {"total_size": 1}


TABLES = {
    "elsewhere": (lambda t: t["weight_map"].update(x="../model_00000.weights.h5"), "is no .weights.h5 file beside it"),
    "a number": (lambda t: t["weight_map"].update(x=5), "is no .weights.h5 file beside it"),
    "nested": (lambda t: t["weight_map"].update(x=[["a.weights.h5"]]), "is no .weights.h5 file beside it"),
    "missing": (lambda t: t["weight_map"].update(x="other.weights.h5"), "other.weights.h5"),
    "many": (lambda t: t["weight_map"].update(x=[f"{n}.weights.h5" for n in range(1001)]), "at most 1000 are read"),
    "no map": (lambda t: t.update(weight_map={}), "is no table of weights"),
    "no words": (lambda t: t.pop("metadata"), "is no table of weights"),
    "sums of another kind": (lambda t: t["metadata"].update(sha256=5), "has no checksums where they stand"),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_lie(tmp_path: Path, name: str) -> None:
    change, why = TABLES[name]
    path, model = _saved(tmp_path), _network(pellucid, seed=4)
    _told(path, change)
    with pytest.raises(FileError, match=why):
        model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], _network(pellucid, seed=4).get_weights()[0])


def test_a_set_that_is_torn_is_refused(tmp_path: Path) -> None:
    """One file of another time: without checksums, as Keras writes the table, nobody could tell."""
    path = _saved(tmp_path)
    older = (tmp_path / "model_00001.weights.h5").read_bytes()
    _saved(tmp_path, seed=5)
    (tmp_path / "model_00001.weights.h5").write_bytes(older)
    with pytest.raises(FileError, match=r"model_00001\.weights\.h5 is not what its table was written for"):
        _network(pellucid).load_weights(path)


def test_arrays_that_stand_twice_are_refused(tmp_path: Path) -> None:
    path = _saved(tmp_path)
    _told(path, _without_sums)
    (tmp_path / "model_00001.weights.h5").write_bytes((tmp_path / "model_00000.weights.h5").read_bytes())
    with pytest.raises(FileError, match="is in two files"):
        _network(pellucid).load_weights(path)


def test_a_table_of_another_system_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(json.dumps({"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors"}}))
    with pytest.raises(FileError, match="join them"):
        Sequential([layers.Input((3,)), layers.Dense(2)]).load_weights(path)
