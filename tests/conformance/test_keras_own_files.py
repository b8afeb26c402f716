"""What classes of users' own keep in files by `save_own_variables` and `save_assets`: both ways with Keras itself.

Source: https://keras.io/guides/customizing_saving_and_serialization/
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid.errors import ArgumentError, FileError
from pellucid.formats import opening

X = np.ones((2, 4), np.float32)
TABLE = np.random.default_rng(0).random(5)
WORDS = "one two"


def _classes(library: Any) -> dict[str, Any]:
    """A layer that keeps a table, counts and words beside its weights; and a model that keeps a number."""

    class Own(library.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.gain = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="gain")
            self.dense = library.layers.Dense(2)
            self.dense.build((None, input_shape[-1]))

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs * self.gain)

        def save_own_variables(self, store: Any) -> None:
            super().save_own_variables(store)
            store["table"], store["counts"] = self.table, np.arange(3)

        def load_own_variables(self, store: Any) -> None:
            self.gain.assign(store["0"])
            self.table, self.counts = np.array(store["table"]), np.array(store["counts"])

        def save_assets(self, folder: str) -> None:
            Path(folder, "words.txt").write_text(WORDS)
            Path(folder, "inner").mkdir()
            Path(folder, "inner", "bytes.bin").write_bytes(b"\x00\xff")

        def load_assets(self, folder: str) -> None:
            self.words = Path(folder, "words.txt").read_text()
            self.bytes = Path(folder, "inner", "bytes.bin").read_bytes()

    class Net(library.Model):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.own, self.note = Own(), 0.0

        def call(self, inputs: Any) -> Any:
            return self.own(inputs)

        def save_own_variables(self, store: Any) -> None:
            store["note"] = np.float64(self.note)

        def load_own_variables(self, store: Any) -> None:
            self.note = float(np.array(store["note"]))

    return {"Own": Own, "Net": Net}


def _made(library: Any, kind: str) -> Any:
    classes = _classes(library)
    own = classes["Own"]
    model = classes["Net"]() if kind == "net" else library.Sequential([library.Input((4,)), own()])
    model.predict(X, verbose=0)
    return model


def _filled(library: Any, kind: str) -> Any:
    model = _made(library, kind)
    model.layers[0].gain.assign([1.0, 2.0, 3.0, 4.0])
    model.layers[0].table, model.note = TABLE, 0.1
    return model


def _check(model: Any, answers: np.ndarray, *, with_assets: bool) -> None:
    own = model.layers[0]
    np.testing.assert_array_equal(own.table, TABLE)  # the float64 numbers that they were
    np.testing.assert_array_equal(own.counts, np.arange(3))
    np.testing.assert_allclose(model.predict(X, verbose=0), answers, rtol=1e-5)
    assert not isinstance(model, pellucid.Model) or type(model).__name__ != "Net" or model.note == 0.1
    assert not with_assets or (own.words, own.bytes) == (WORDS, b"\x00\xff")


@pytest.mark.parametrize("kind", ["chain", "net"])
@pytest.mark.parametrize(("writer", "reader"), [(pellucid, keras), (keras, pellucid), (pellucid, pellucid)])
def test_both_ways(writer: Any, reader: Any, kind: str, tmp_path: Path) -> None:
    """A `.keras` file holds all of it, a file of weights the variables."""
    model = _filled(writer, kind)
    answers = model.predict(X, verbose=0)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    loaded = reader.saving.load_model(str(tmp_path / "model.keras"), custom_objects=_classes(reader))
    _check(loaded, answers, with_assets=True)
    filled = _made(reader, kind)
    filled.load_weights(tmp_path / "model.weights.h5")
    _check(filled, answers, with_assets=False)


def test_every_form_of_a_file(tmp_path: Path) -> None:
    """A folder, in which what another model left is removed; several files of weights; another process that reads."""
    model = _filled(pellucid, "chain")
    answers, classes = model.predict(X, verbose=0), _classes(pellucid)
    stale = tmp_path / "folder" / "assets" / "old.txt"
    stale.parent.mkdir(parents=True)
    stale.write_text("of another model")
    model.save(tmp_path / "folder", zipped=False)
    assert not stale.exists()
    _check(pellucid.load_model(tmp_path / "folder", classes), answers, with_assets=True)
    model.save(tmp_path / "model.keras")
    _check(pellucid.load_model(tmp_path / "model.keras", classes, untrusted=True), answers, with_assets=True)
    model.save_weights(tmp_path / "model.weights.json", max_shard_size=1e-6)
    filled = _made(pellucid, "chain")
    filled.load_weights(tmp_path / "model.weights.json")
    _check(filled, answers, with_assets=False)
    names = [array.name for array in opening.open(tmp_path / "model.keras").arrays]
    assert "layers/own/vars/table" in names and "layers/own/dense/vars/0" in names


def test_what_a_class_without_the_methods_makes_of_it(tmp_path: Path) -> None:
    """Is said, and never silently left out."""
    model = _filled(pellucid, "chain")
    model.save(tmp_path / "model.keras")

    class Own(pellucid.layers.Layer):
        build, call = _classes(pellucid)["Own"].build, _classes(pellucid)["Own"].call

    with pytest.raises(FileError, match=r"expected arrays named 0, 1, 2 .* only its load_own_variables\(\) reads"):
        pellucid.load_model(tmp_path / "model.keras", {"Own": Own})
    other = pellucid.Sequential([pellucid.Input((4,)), Own()])
    before = other.get_weights()
    with pytest.raises(FileError, match=r"the file holds \['0', 'counts', 'table'\] for it"):
        other.load_weights(tmp_path / "model.keras")
    assert all(map(np.array_equal, before, other.get_weights()))


def test_a_method_that_fails(tmp_path: Path) -> None:
    """What it says is told, and the weights are what they were; or the layer is left where that was asked for."""

    class Own(_classes(pellucid)["Own"]):  # type: ignore[misc]
        def load_own_variables(self, store: Any) -> None:
            self.gain.assign([9.0] * 4)
            store["tables"]

    _filled(pellucid, "chain").save_weights(tmp_path / "model.weights.h5")
    model = pellucid.Sequential([pellucid.Input((4,)), Own()])
    before = model.get_weights()
    with pytest.raises(FileError, match=r"load_own_variables\(\) failed \(KeyError: 'tables'\); the file holds \['0'"):
        model.load_weights(tmp_path / "model.weights.h5")
    assert all(map(np.array_equal, before, model.get_weights()))
    with pytest.warns(UserWarning, match="1 layers keep the weights"):
        model.load_weights(tmp_path / "model.weights.h5", skip_mismatch=True)
    assert model.layers[0].gain.numpy().tolist() == [1.0] * 4
    with pytest.raises(ArgumentError, match=r'Own "own.*" expected 1 variables, \[.0.\], but received \[.table.\]'):
        pellucid.layers.Layer.load_own_variables(model.layers[0], {"table": TABLE})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("a/b", TABLE, "a name is"),
        ("words", np.array(["a"]), r"stores arrays of numbers|stores floats and whole numbers"),
        ("is_so", np.array([True]), "stored as 0 and 1"),
    ],
)
def test_what_is_no_array_of_numbers(name: str, value: Any, message: str, tmp_path: Path) -> None:
    """Is refused before anything is written."""

    class Odd(_classes(pellucid)["Own"]):  # type: ignore[misc]
        def save_own_variables(self, store: Any) -> None:
            store[name] = value

    with pytest.raises(ArgumentError, match=message):
        pellucid.Sequential([pellucid.Input((4,)), Odd()]).save(tmp_path / "model.keras")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../out.txt", "C:/out.txt", "a\\out.txt"])
def test_names_that_lead_elsewhere(name: str, tmp_path: Path) -> None:
    """A file that names a place beyond its own folder is refused as a whole."""
    _filled(pellucid, "chain").save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras", "a") as archive:
        archive.writestr(f"assets/{name}", b"1")
    with pytest.raises(FileError, match="expected only"):
        pellucid.load_model(tmp_path / "model.keras", _classes(pellucid))


def test_files_that_nobody_reads(tmp_path: Path) -> None:
    """Are told of."""
    pellucid.Sequential([pellucid.Input((4,)), pellucid.layers.Dense(2)]).save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras", "a") as archive:
        archive.writestr("assets/layers/dense/words.txt", b"1")
    with pytest.warns(UserWarning, match=r"1 files in it are of classes without a load_assets\(\).*words.txt"):
        pellucid.load_model(tmp_path / "model.keras")
