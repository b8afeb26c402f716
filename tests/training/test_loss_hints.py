"""Warnings before a training: losses, targets and the network's end that do not go together; and their absence."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, losses, ops
from pellucid.errors import DataError

RNG = np.random.default_rng(4)
X = RNG.normal(size=(30, 6)).astype(np.float32)
LABELS, BITS, NUMBERS = RNG.integers(0, 3, 30), RNG.integers(0, 2, 30), RNG.normal(size=30)
ONE_HOT = np.eye(3)[LABELS]


def said(loss: Any, end: list[Any], y: np.ndarray, metrics: Any = None) -> list[str]:
    """What two trainings warn of, but for what comes of it."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        model = Sequential([Input((6,)), *end])
        model.compile("sgd", loss, metrics=metrics)
        for _ in range(2):
            model.fit(X, y, verbose=0)
    return [str(item.message) for item in heard if "the loss is nan" not in str(item.message)]


def dense(units: int, activation: str | None = None, *more: Any) -> list[Any]:
    """The end of a network."""
    return [layers.Dense(units, activation, name="end"), *more]


SAID: dict[str, tuple[Any, list[Any], np.ndarray, str]] = {
    "logits of classes": (
        "sparse_categorical_crossentropy", dense(3), LABELS,
        "sparse_categorical_crossentropy wants probabilities of classes, but the last layer 'end' ends without an "
        "activation: end with activation='softmax', or pass from_logits=True to the loss",
    ),
    "tanh": ("categorical_crossentropy", dense(3, "tanh"), ONE_HOT, "the last layer 'end' ends with tanh"),
    "behind what carries it on": (
        "categorical_crossentropy", dense(3, None, layers.Reshape((3,)), layers.Dropout(0.1, name="last")), ONE_HOT,
        "the last layer 'last' ends without an activation: end with activation='softmax'",
    ),
    "inside a model": ("bce", [Sequential([Input((6,)), layers.Dense(1)], name="inner")], BITS, "'inner' ends without"),
    "a layer of its own": ("bce", dense(1, None, layers.LeakyReLU(name="leaky")), BITS, "'leaky' ends with leaky_relu"),
    "logits of bits": ("bce", dense(1), BITS, "binary_crossentropy wants probabilities, .* activation='sigmoid'"),
    "relu for bits": ("binary_focal_crossentropy", dense(1, "relu"), BITS, "'end' ends with relu"),
    "a divergence": ("kld", dense(3), ONE_HOT, "kl_divergence wants probabilities, but"),
    "rates": ("poisson", dense(1), BITS, "poisson wants numbers above 0, .* activation='softplus' or 'exponential'"),
    "embeddings": (losses.Circle(), dense(3), LABELS, "circle wants embeddings of length 1, .* a UnitNormalization"),
    "a mask": (losses.Dice(), dense(1), BITS, "dice wants probabilities, but the last layer 'end' ends without"),
    "no logits": (
        losses.CategoricalCrossentropy(from_logits=True), dense(3, "sigmoid"), ONE_HOT,
        "categorical_crossentropy is told from_logits=True, but the last layer 'end' ends with sigmoid",
    ),
    "softmax on one": ("bce", dense(1, "softmax"), BITS, "'end' applies softmax to one number, which gives 1 whatever"),
    "zeros": ("bce", dense(1, "sigmoid"), 0 * BITS, "all 30 targets are 0: there is nothing to learn from them"),
    "one class": ("categorical_crossentropy", dense(3, "softmax"), ONE_HOT[[1] * 30], "all 30 targets are the same"),
    "bytes": ("sparse_categorical_crossentropy", dense(3, "softmax"), np.ones(30, np.uint8), "all 30 targets are 1"),
    "a mask of bytes": ("dice", dense(1, "sigmoid"), 255 * BITS, "targets are from 0 to 255; dice compares masks of 0"),
    "no side": ("hinge", dense(1), LABELS, r"target 2\.0 at index .* is no side: hinge takes -1 or 1 \(or 0 or 1\)"),
    "negative": ("msle", dense(1), BITS - 1, r"target -1\.0 at .* is below 0, mean_squared_logarithmic_error"),
    "percent of 0": ("mape", dense(1), BITS, r"\d+ of 30 targets are 0, of which no error is a percentage"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_it_is_said_once(case: str) -> None:
    loss, end, y, message = SAID[case]
    (heard,) = said(loss, end, y)
    assert re.search(message, heard), heard


RIGHT: dict[str, tuple[Any, list[Any], np.ndarray]] = {
    "softmax": ("sparse_categorical_crossentropy", dense(3, "softmax"), LABELS),
    "a layer": ("sparse_categorical_crossentropy", dense(3, None, layers.Softmax()), LABELS),
    "shares that are made to sum to 1": ("categorical_crossentropy", dense(3, "softplus"), ONE_HOT),
    "a function of one's own": ("categorical_crossentropy", dense(3, lambda x: ops.softmax(x)), ONE_HOT),  # type: ignore[arg-type]
    "logits": (losses.SparseCategoricalCrossentropy(from_logits=True), dense(3), LABELS),
    "focal logits": (losses.BinaryFocalCrossentropy(from_logits=True), dense(1), BITS),
    "bits": ("bce", dense(1, "sigmoid"), BITS),
    "signs": ("hinge", dense(1), 2 * BITS - 1),
    "bits for signs": ("squared_hinge", dense(1), BITS),
    "embeddings": (losses.Circle(), dense(3, None, layers.UnitNormalization()), LABELS),
    "numbers": ("mse", dense(1), NUMBERS),
    "a loss of one's own": (lambda t, p: ops.mean(ops.square(p - t)), dense(1), 0 * BITS),
}


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_right_is_passed_over(case: str) -> None:
    assert said(*RIGHT[case]) == []


def test_an_accuracy_of_numbers() -> None:
    (heard,) = said("mse", dense(1), NUMBERS, ["accuracy"])
    assert "metric 'accuracy' counts predictions on the right side of 0.5" in heard and "metrics=['mae']" in heard
    assert said("mse", dense(1), BITS, ["accuracy"]) == []


def test_outputs_are_named() -> None:
    image = Input((6,))
    model = Model(image, [layers.Dense(1, name="a")(image), layers.Dense(3, name="b")(image)])
    model.compile("sgd", ["mse", "categorical_crossentropy"])
    with pytest.warns(UserWarning, match="output 'b': categorical_crossentropy wants probabilities") as heard:
        model.fit(X, [NUMBERS, ONE_HOT], verbose=0)
    assert len(heard) == 1


@pytest.mark.parametrize("loss", ["mse", "huber", "hinge"])
def test_class_numbers_for_a_loss_that_wants_one_number_for_each_class(loss: str) -> None:
    model = Sequential([Input((6,)), *dense(3)])
    model.compile("sgd", loss)
    with pytest.raises(
        DataError, match=r"class numbers go with loss='sparse_categorical_crossentropy', .*np\.eye\(3\)"
    ):
        model.fit(X, LABELS, verbose=0)
    with pytest.raises(DataError, match=r"gives 3 numbers for each sample$"):
        model.fit(X, NUMBERS, verbose=0)
