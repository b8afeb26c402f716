"""What is said of a name that is not known: which known ones are probably meant."""

from __future__ import annotations

import pytest

from pellucid import losses, metrics, optimizers
from pellucid.errors import ArgumentError, nearest_names

BINARY, MANY, SPARSE = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"
LOSSES = {
    "sparse_crossentropy": [SPARSE],
    "sparse-categorical-crossentropy": [SPARSE],
    "sparse categorical cross entropy": [SPARSE],
    "sparse": [SPARSE],
    "scce": [SPARSE],
    "categorical": [MANY, SPARSE],
    "categorical_cross_entropy": [MANY],
    "cce": [MANY, SPARSE],
    "binary": [BINARY],
    "binary_cross_entropy": [BINARY],
    "crossentropy": [BINARY, MANY, SPARSE],
    "cross_entropy": [BINARY, MANY, SPARSE],
    "ce": [BINARY, MANY, SPARSE],
    "logloss": [BINARY, MANY, SPARSE],
    "nll": [BINARY, MANY, SPARSE],
    "l2": ["mean_squared_error"],
    "squared_error": ["mean_squared_error"],
    "mean_square_error": ["mean_squared_error"],
    "l1": ["mean_absolute_error"],
}
METRICS = {
    "sparse_accuracy": ["sparse_categorical_accuracy"],
    "categorical": ["categorical_accuracy", "sparse_categorical_accuracy"],
    "binary": ["binary_accuracy"],
    "acuracy": ["accuracy"],
    "prec": ["precision"],
    "f1": ["f1_score", "f_beta_score"],
}
OPTIMIZERS = {
    "adm": ["adam"],
    "momentum": ["sgd"],
    "gradient_descent": ["sgd"],
    "rms": ["rmsprop"],
}


@pytest.mark.parametrize(
    ("room", "name", "near"),
    [
        pytest.param(room, name, near, id=f"{room.__name__}-{name}")
        for room, cases in ((losses, LOSSES), (metrics, METRICS), (optimizers, OPTIMIZERS))
        for name, near in cases.items()
    ],
)
def test_what_is_probably_meant(room, name, near):
    with pytest.raises(ArgumentError) as caught:
        room.get(name)
    said = f"; did you mean {' or '.join(map(repr, near))}? Known: " if near else ". Known: "
    assert f"{name!r}{said}" in str(caught.value)


@pytest.mark.parametrize(
    ("room", "name", "in_keras"),
    [(optimizers, "loss_scale_optimizer", "LossScaleOptimizer")],
)
def test_what_keras_has(room, name, in_keras):
    with pytest.raises(ArgumentError, match=f"{name!r}: Keras has {in_keras}, Pellucid has not. Known: "):
        room.get(name)


def test_names_of_all_words_come_before_those_spelled_alike():
    assert nearest_names("sparse_crossentropy", [BINARY, MANY, SPARSE]) == [SPARSE]
    assert nearest_names("adm", ["adam", "sgd"]) == ["adam"]
    assert nearest_names("", ["adam"]) == []
