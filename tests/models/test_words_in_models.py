"""Models that take text: what reads it stands at the door, and all behind is a network like any other."""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, inspection, layers, load_model, utils
from pellucid.data.sources.pipelines import Dataset
from pellucid.errors import ArgumentError, DataError, NotYetError

KINDS = (("good", "fine", "great"), ("bad", "poor", "awful"))


def reviews(count: int = 120) -> tuple[list[str], np.ndarray]:
    """Texts of which one word tells what they say."""
    draws, filler = np.random.default_rng(0), ["the", "film", "was", "plot", "a", "and"]
    labels = draws.integers(2, size=count)
    texts = [" ".join(draws.permutation([*draws.choice(filler, 5), draws.choice(KINDS[label])])) for label in labels]
    return texts, labels.astype(np.float32)


def reader(**options: Any) -> Any:
    layer = layers.TextVectorization(output_sequence_length=6, name="words", **options)
    layer.adapt(reviews()[0])
    return layer


def behind(x: Any) -> Any:
    x = layers.Embedding(20, 4, name="rows")(x)
    x = layers.GlobalMaxPooling1D()(layers.Conv1D(8, 2, activation="relu", name="conv")(x))
    return layers.Dense(1, activation="sigmoid", name="out")(x)


def functional() -> Any:
    text = Input((1,), dtype="string", name="text")
    return Model(text, behind(reader()(text)))


def test_a_model_learns_from_text_as_it_is() -> None:
    utils.set_random_seed(0)
    (texts, labels), model = reviews(), functional()
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.03
    model.fit(texts, labels, epochs=8, verbose=0)
    assert model.evaluate(texts, labels, verbose=0)[1] > 0.95
    batches = Dataset.from_tensor_slices((np.array(texts), labels)).batch(50)
    assert model.evaluate(batches, verbose=0)[1] > 0.95
    numbers = model.get_layer("words")(texts)
    np.testing.assert_array_equal(model.predict(texts, verbose=0), model.predict(numbers, verbose=0))
    np.testing.assert_array_equal(
        model(np.array(texts)[:, None]), model.predict(batches.map(lambda x, y: x), verbose=0)
    )


def test_what_a_model_of_text_says_of_itself(capsys: pytest.CaptureFixture[str]) -> None:
    model = functional()
    assert [type(layer).__name__ for layer in model.layers][:3] == ["InputLayer", "TextVectorization", "Embedding"]
    model.summary()
    printed = capsys.readouterr().out
    assert "text (InputLayer)" in printed
    assert "words (TextVectorization)" in printed
    model.summary(200, derive=True)
    assert "makes numbers of what comes in" in capsys.readouterr().out
    numbers = model.get_layer("words")("the film was great")
    of_text, of_numbers = (inspection.arithmetic(model, "conv", x, 0, 3) for x in ("the film was great", numbers))
    assert of_text.value == of_numbers.value
    maps = inspection.feature_maps(model, ["the film was great", "a plot"])
    np.testing.assert_array_equal(maps[0].maps, inspection.feature_maps(model, numbers)[0].maps)


def test_a_chain_may_begin_with_words(tmp_path: Any) -> None:
    """Without an Input: what TextVectorization takes is known."""
    inner = Sequential([layers.Input((6,)), layers.Embedding(20, 4), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    model = Sequential([reader(), inner, layers.Activation("sigmoid")])
    found = model.predict(["a great film", "poor plot"], verbose=0)
    np.testing.assert_array_equal(copy.deepcopy(model).predict(["a great film", "poor plot"], verbose=0), found)
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(["a great film", "poor plot"], verbose=0), found)
    assert model.pop() is not None
    assert model.output_shape == (None, 1)


def test_what_cannot_be_is_said() -> None:
    text, words = Input((1,), dtype="string", name="text"), reader()
    with pytest.raises(ArgumentError, match="computes numbers, and the input 'text' is text: TextVectorization"):
        Model(text, layers.Dense(2)(text))
    with pytest.raises(ArgumentError, match="'text' goes to several; give each an Input of its own"):
        Model(text, layers.Add()([words(text), layers.StringLookup(vocabulary=["a"])(text)]))
    with pytest.raises(ArgumentError, match=r'reads text: let the model begin with Input\(\(1,\), dtype="string"\)'):
        words(Input((1,)))
    with pytest.raises(NotYetError, match=re.escape("has no vocabulary yet: call adapt(data)")):
        layers.TextVectorization()(["a"])
    with pytest.raises(NotYetError, match="has no vocabulary yet"):
        layers.TextVectorization(output_mode="count")(text)
    with pytest.raises(DataError, match="one text for each sample"):
        words([["a", "b"]])
    with pytest.raises(DataError, match="takes text"):
        functional().predict(np.ones((2, 3)), verbose=0)
    with pytest.raises(DataError, match="TextVectorization"):
        Sequential([layers.Input((1,)), layers.Dense(1)]).predict(["a", "b"], verbose=0)
    with pytest.raises(DataError, match="num_oov_indices=1"):
        layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"])
    with pytest.raises(ArgumentError, match="its vocabulary was given"):
        layers.StringLookup(vocabulary=["a"]).adapt(["b"])
    with pytest.raises(ArgumentError, match="'a' is there twice"):
        layers.StringLookup(vocabulary=["a", "a"])


def test_functions_clean_and_take_apart(tmp_path: Any) -> None:
    layer = layers.TextVectorization(
        standardize=lambda texts: np.char.replace(texts, "<br />", " "),
        split=lambda texts: [text.split(",") for text in texts],
    )
    layer.adapt(["a,b<br />", "b "])
    assert layer.get_vocabulary() == ["", "[UNK]", "b ", "a"]
    model = Sequential([layers.Input((1,), dtype="string"), layer])
    with pytest.raises(ArgumentError, match="its standardize is a function, which no file holds"):
        model.save(tmp_path / "model.keras")


def test_a_vocabulary_is_read_as_it_was_written(tmp_path: Any) -> None:
    """Also words with what Unicode calls a line break, and an empty one at the end: each keeps its number."""
    tokens = ["a\u2028b", "c\x85d", "e\x0bf", "g\rh", "\u00e9", ""]
    lookup = layers.StringLookup(num_oov_indices=0, output_mode="one_hot", name="tokens")
    lookup.adapt([token for place, token in enumerate(tokens) for _ in range(len(tokens) - place)])
    assert lookup.get_vocabulary() == tokens
    text = Input((1,), dtype="string")
    model = Model(text, layers.Dense(1)(lookup(text)))
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert loaded.get_layer("tokens").get_vocabulary() == tokens
    given = np.array(tokens).reshape(-1, 1)
    np.testing.assert_array_equal(loaded.predict(given, verbose=0), model.predict(given, verbose=0))
    lookup.set_vocabulary(["two\nlines"])
    with pytest.raises(DataError, match="fits into no line of a file"):
        model.save(tmp_path / "other.keras")
