"""What can be trained on and looks wrong all the same: one warning each, at the user's line, and no other."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, losses

RANDOM = np.random.default_rng(6)
X, SORTED = RANDOM.normal(size=(60, 4)).astype(np.float32), np.repeat(np.arange(3), 20)
Y = np.arange(60) % 3
IMAGES = RANDOM.uniform(size=(60, 6, 6)).astype(np.float32)


def _model(activation: str | None = "softmax", units: int = 3, loss: Any = "sparse_categorical_crossentropy") -> Any:
    model = Sequential([Input((4,)), layers.Dense(units, activation=activation, name="out")], name="net")
    model.compile("sgd", loss)
    return model


def _pictures() -> Any:
    model = Sequential([Input((6, 6, 1)), layers.Flatten(), layers.Dense(3, activation="softmax")], name="net")
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def _heard(use: Callable[[], object]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        use()
    assert all(each.filename == __file__ for each in caught)
    return [str(each.message) for each in caught]


MISTAKES: dict[str, tuple[Callable[[], Any], dict[str, Any], str]] = {
    "validation on the training data": (
        _model,
        {"x": X, "y": Y, "validation_data": (X, Y)},
        "net: the validation data are training data: val_loss will not tell how the model does on what it has not seen"
        "; hold samples back, as validation_split does",
    ),
    "weights of classes that there are not": (
        _model,
        {"x": X, "y": Y, "class_weight": {1: 2.0, 3: 4.0}},
        "net: class_weight weighs class 3, but the model has only 0..2: that changes nothing; classes count from 0",
    ),
    "on a copy of them": (
        _model,
        {"x": X, "y": Y, "validation_data": (X.copy(), Y.copy())},
        "net: the validation data are training data: val_loss",
    ),
    "on a part of them": (
        _model,
        {"x": X, "y": Y, "validation_data": (X[:20], Y[:20])},
        "net: the validation data are training data: val_loss",
    ),
    "on a part of copies of them, in another order": (
        _pictures,
        {"x": IMAGES[..., None], "y": Y, "validation_data": (IMAGES[50:3:-2, ..., None].copy(), Y[50:3:-2])},
        "net: the validation data are training data: val_loss",
    ),
    "on them as lists": (
        _model,
        {"x": X.tolist(), "y": Y.tolist(), "validation_data": (X.tolist(), Y.tolist())},
        "net: the validation data are training data: val_loss",
    ),
    "a class that is only in the validation data": (
        _model,
        {"x": X[:20], "y": Y[:20] % 2, "validation_data": (X[40:], Y[40:])},
        "net: the validation data have samples of class 2, of which none is trained on",
    ),
    "a class that the validation data have not": (
        _model,
        {"x": X[:30], "y": Y[:30], "validation_data": (X[30:], Y[30:] % 2)},
        "net: none of the 30 samples to validate with is of class 2, though such are trained on",
    ),
    "a class that is held back as a whole": (
        _model,
        {"x": X, "y": SORTED, "validation_split": 0.4},
        "net: validation_split holds back the last samples, and all those of class 2 are among them: none is left to "
        "train on; shuffle x and y together before",
    ),
    "the same, as one number for each class": (
        lambda: _model(loss="categorical_crossentropy"),
        {"x": X, "y": np.eye(3)[SORTED], "validation_split": 0.4},
        "net: validation_split holds back the last samples, and all those of class 2 are among them",
    ),
    "a class of which none is held back": (
        _model,
        {"x": X, "y": np.where(np.arange(60) < 30, Y, Y % 2), "validation_split": 0.5},
        "net: validation_split holds back the last samples, and none of them is of class 2; shuffle x and y together "
        "before",
    ),
    "a class without samples": (
        _model,
        {"x": X, "y": Y % 2},
        "net: none of the 60 samples is of class 2, though the model tells 3 classes apart",
    ),
    "targets that are all equal": (
        lambda: _model(None, 1, "mse"),
        {"x": X, "y": np.full(60, 0.5)},
        "net: all 60 targets are 0.5: there is nothing to learn from them",
    ),
    "images without their channel": (
        _pictures,
        {"x": IMAGES, "y": Y},
        "net: x of shape (60, 6, 6) is taken for samples of shape (6, 6, 1)",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_once(case: str) -> None:
    make, given, message = MISTAKES[case]
    model = make()
    heard = _heard(lambda: model.fit(**given, verbose=0))
    assert len(heard) == 1 and heard[0].startswith(message)
    assert _heard(lambda: model.fit(**given, verbose=0)) == []


def test_images_without_their_channel_in_predictions() -> None:
    model = _pictures()
    assert _heard(lambda: model.predict(IMAGES)) == [
        "net: x of shape (60, 6, 6) is taken for samples of shape (6, 6, 1)"
    ]
    assert _heard(lambda: model.evaluate(IMAGES, Y, verbose=0)) == []


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (_model, {"x": X, "y": Y, "validation_split": 0.3}),
        (_model, {"x": X[:40], "y": Y[:40], "validation_data": (X[40:], Y[40:])}),
        (_model, {"x": X[::2], "y": Y[::2], "validation_data": (X[1::2], Y[1::2])}),
        (_pictures, {"x": IMAGES[::2, ..., None], "y": Y[::2], "validation_data": (IMAGES[1::2, ..., None], Y[1::2])}),
        (_model, {"x": X.round(), "y": Y, "validation_data": (X[9::-1].round(), Y[9::-1])}),  # few numbers, by chance
        (_model, {"x": X[:40], "y": Y[:40], "validation_data": (X[40:50], Y[40:50] % 2)}),  # too few to wonder
        (_model, {"x": X[:8], "y": Y[:8] % 2, "validation_split": 0.5}),  # too few to wonder
        (lambda: _model(None, loss=losses.SparseCategoricalCrossentropy(from_logits=True)), {"x": X, "y": Y}),
        (lambda: _model(None, 1, "mse"), {"x": X, "y": Y, "validation_split": 0.5}),
        (lambda: _model("sigmoid", 1, "binary_crossentropy"), {"x": X, "y": Y % 2}),
        (_pictures, {"x": IMAGES[..., None], "y": Y}),
    ],
)
def test_what_is_right_is_not_told_of(make: Callable[[], Any], given: dict[str, Any]) -> None:
    assert _heard(lambda: make().fit(**given, verbose=0)) == []


def test_a_row_of_targets_for_a_column_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """No warning: it is what is meant. And nothing is stretched to fit: the loss is that of the column."""
    y = np.linspace(0, 1, 60)
    losses_of = []
    for given in (y, y[:, None]):
        model = _model(None, 1, "mse")
        model.set_weights([np.ones((4, 1)), np.zeros(1)])
        with caplog.at_level("INFO"):
            losses_of += [model.fit(X, given, verbose=0, shuffle=False).history["loss"] for _ in range(2)]
    said = [record.getMessage() for record in caplog.records if record.name == "pellucid"]
    assert said == ["net: targets of shape (60,) are taken as (60, 1), as the output is"]
    assert losses_of[:2] == losses_of[2:]


def test_pixels_to_be_made_again_are_no_classes() -> None:
    """Of an autoencoder, whose loss is that of many answers of yes and no."""
    x = np.eye(60, 20, dtype=np.float32)
    model = Sequential([Input((20,)), layers.Dense(20, activation="sigmoid")], name="net")
    model.compile("sgd", "binary_crossentropy")
    held = np.roll(np.eye(30, 20, k=-15, dtype=np.float32), 1, axis=1)
    assert _heard(lambda: model.fit(x[:10], x[:10], validation_data=(held, held), verbose=0)) == []
    assert _heard(lambda: model.fit(x[:20], x[:20], validation_split=0.5, verbose=0)) == []
