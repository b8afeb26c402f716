"""Layers, models and classes may be called what Keras lets them be called, in every kind of file, both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
import pytest

import pellucid
from pellucid import Input, Sequential, inspection, layers, load_model, views

NAMES = {
    "a space": "my layer",
    "accents": "café",
    "combined": "cafe\u0301",
    "Japanese": "畳み込み\u30001",
    "Hindi": "\u0915\u094d\u200d\u0937",
    "an emoji": "🙂",
    "signs": "a:b;c,d(e)[f]{g}<h>&|*?!",
    "quotes": 'it\'s "so"',
    "a formula": "$x^$ $\\q",
    "a style": "[bold red]",
    "a format": "%s {0} {name}",
    "ends of spaces": " x ",
    "a long one": "é" * 255,
}
KINDS = (".keras", ".h5")
X = np.random.default_rng(0).random((2, 6, 6, 1), np.float32)


def network(library: Any) -> Any:
    """A model in which every layer bears one of them, and itself another."""
    chain = [library.layers.Conv2D(2, 3, padding="same", name=name) for name in NAMES.values()]
    return library.Sequential([library.Input((6, 6, 1), name="of it"), *chain], name="modèle 1")


def names(model: Any) -> list[str]:
    """Its own, then those of its layers."""
    return [model.name, *(layer.name for layer in model.layers)]


@pytest.mark.parametrize("ending", KINDS)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_files_both_ways(ending: str, tmp_path: Path) -> None:
    """The names come through, and the numbers."""
    ours, theirs = network(pellucid), network(keras)
    ours.save(tmp_path / f"ours{ending}")
    theirs.save(tmp_path / f"theirs{ending}")
    there = keras.models.load_model(tmp_path / f"ours{ending}", compile=False)
    here = load_model(tmp_path / f"theirs{ending}", compile=False)
    assert names(there) == names(here) == names(ours)
    for one, other in ((ours, there), (theirs, here)):
        assert all(map(np.array_equal, one.get_weights(), other.get_weights()))


@pytest.mark.parametrize("ending", [".weights.h5", ".npz", ".safetensors"])
def test_weights_alone(ending: str, tmp_path: Path) -> None:
    """Where they lie under the names of layers, and where not; the longest name may be the first."""
    for model in (network(pellucid), Sequential([Input((2,)), layers.Dense(3, name=NAMES["a long one"])])):
        before = model.get_weights()
        model.save_weights(tmp_path / f"w{ending}")
        model.set_weights([weight * 0 for weight in before])
        model.load_weights(tmp_path / f"w{ending}")
        assert all(map(np.array_equal, before, model.get_weights()))


def test_onnx(tmp_path: Path) -> None:
    """Another system runs the file."""
    model = network(pellucid)
    model.save(tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    (answer,) = session.run(None, {session.get_inputs()[0].name: X})
    np.testing.assert_allclose(answer, model.predict(X, verbose=0), rtol=1e-5, atol=1e-5)


def test_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Tables in the terminal, texts and pages hold the names as they are, and none is taken for a style or a mark."""
    model = network(pellucid)
    model.summary(line_length=400)
    table = capsys.readouterr().out
    for name in NAMES.values():
        told = views.arithmetic_text(inspection.arithmetic(model, name, X[0], position=(1, 2), filter=1))
        assert name in table and (name in told or len(name) > 100)
        assert "<h>" not in inspection.filters(model.get_layer(name))._repr_html_()


@pytest.mark.parametrize("name", [NAMES["a formula"], NAMES["signs"]])
def test_pictures(name: str, tmp_path: Path) -> None:
    """A title is no formula, whatever stands in it."""
    views.filters_figure(inspection.filters(network(pellucid).get_layer(name))).savefig(tmp_path / "filters.png")
    assert (tmp_path / "filters.png").stat().st_size > 1000


def test_names_that_would_forge_a_line(tmp_path: Path) -> None:
    """Keras takes them too; here a layer refuses them, and so does a file, by name; older files are read over them."""
    for name in ("two\nlines", "\x1b[31m", "turned \u202e"):
        with pytest.raises(pellucid.errors.ArgumentError, match="a name takes 1 to 255 letters that can be seen"):
            Sequential([Input((2,)), layers.Dense(3, name=name)])
        theirs = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name=name)])
        theirs.save(tmp_path / "theirs.keras")
        with pytest.raises(pellucid.errors.FileError, match="letters that can be seen") as caught:
            load_model(tmp_path / "theirs.keras")
        assert str(caught.value).isprintable()
