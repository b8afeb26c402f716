"""Layers for words against Keras on TensorFlow, where they run: `words_of_keras/make_of_keras.py` wrote the values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, layers, load_model

OF_KERAS = Path(__file__).with_name("words_of_keras")
TOLD = json.loads((OF_KERAS / "values.json").read_text())
DATA = {"TextVectorization": "texts", "StringLookup": "words", "IntegerLookup": "codes"}
CASES = [(name, case) for name in DATA for case in TOLD[name]]
ASKED = [np.array([["the cat and the bird"], ["dogs"]]), np.array([["a"], ["z"]]), np.array([[4, 7], [9, 9]])]


def made(name: str, options: dict[str, Any]) -> Any:
    ngrams = options.get("ngrams")
    further = {"ngrams": tuple(ngrams)} if isinstance(ngrams, list) else {}
    layer = getattr(layers, name)(**options | further)
    if "vocabulary" not in options:
        layer.adapt(TOLD[DATA[name]])
    return layer


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name} {case['options']}" for name, case in CASES])
def test_words_are_what_they_are_in_keras(name: str, case: dict[str, Any]) -> None:
    layer = made(name, case["options"])
    assert layer.get_vocabulary() == case["vocabulary"]
    assert layer.vocabulary_size() == len(case["vocabulary"])
    found = layer(np.array(case["asked"]))
    assert found.dtype.name == case["type"]
    np.testing.assert_allclose(found, case["values"], atol=2e-6)
    np.testing.assert_array_equal(layer(case["asked"]), found)
    config = layer.get_config()
    of_both = {key: list(value) if isinstance(value, tuple) else value for key, value in config.items()}
    assert of_both == case["config"] | {"name": layer.name, "trainable": True}
    again = type(layer).from_config(config)
    again.set_vocabulary(layer.get_vocabulary(), *([layer_weights(layer)] if layer.output_mode == "tf_idf" else []))
    np.testing.assert_allclose(again(case["asked"]), found, rtol=1e-6)


def layer_weights(layer: Any) -> Any:
    store: dict[str, Any] = {}
    layer.save_own_variables(store)
    return store["idf_weights"][: layer.vocabulary_size()]


@pytest.mark.parametrize("name", DATA)
def test_the_shape_in_a_model_is_that_of_the_numbers(name: str) -> None:
    """Keras itself describes rows of TextVectorization with an axis that they do not have."""
    for case in TOLD[name]:
        asked = np.array(case["asked"])[:, None] if name == "TextVectorization" else np.array(case["asked"])
        if case["options"].get("split", "") is None:
            continue
        layer = made(name, case["options"])
        described = layer(Input(asked.shape[1:], dtype=layer.input_type)).shape
        assert all(size in (None, real) for size, real in zip(described, layer(asked).shape, strict=True))


def test_keras_files_are_read_and_written_again(tmp_path: Path) -> None:
    model = load_model(OF_KERAS / "words.keras")
    np.testing.assert_allclose(model.predict(ASKED, verbose=0), TOLD["predicted"], rtol=1e-5)
    model.save(tmp_path / "again.keras")
    again = load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict(ASKED, verbose=0), model.predict(ASKED, verbose=0))
    assert again.get_config() == model.get_config()
    assert contents(tmp_path / "again.keras") == contents(OF_KERAS / "words.keras")


def contents(path: Path) -> dict[str, Any]:
    """The vocabularies that stand in a file, by their places."""
    from pellucid.formats.keras_v3 import read_keras

    return dict(read_keras(path).assets)


def test_words_and_their_numbers_are_inverse() -> None:
    back = layers.StringLookup(vocabulary=["a", "b"], invert=True)
    assert back([[0, 1], [2, 5]]).tolist() == [["[UNK]", "a"], ["b", "[UNK]"]]
    assert layers.IntegerLookup(vocabulary=[5, 7], invert=True)([0, 1, 2]).tolist() == [-1, 5, 7]
