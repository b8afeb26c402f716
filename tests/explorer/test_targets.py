"""The loss of the input of the moment: of whatever is right for it, as it was given."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, set_random_seed
from pellucid.errors import DataError
from pellucid.explorer import Study, study_of
from pellucid.explorer.asked import Asked
from pellucid.explorer.editing import edit
from pellucid.explorer.effects import changes, gradient
from pellucid.explorer.wire import unpacked

COUNT, CHOSEN = 9, 4
X = np.random.default_rng(0).normal(size=(COUNT, 6, 6, 1)).astype(np.float32)
CLASSES = np.arange(COUNT) % 3
SCORES = np.linspace(-1, 1, COUNT)
MAPS = X[:, 1:5, 1:5] * 2


def chain(*ends: layers.Layer) -> Model:
    set_random_seed(3)
    return Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv"), *ends])


def flat(units: int, activation: str | None = None) -> Model:
    return chain(layers.Flatten(), layers.Dense(units, activation))


def two() -> Model:
    set_random_seed(3)
    begin = Input((6, 6, 1))
    x = layers.Flatten()(layers.Conv2D(2, 3, name="conv")(begin))
    return Model(begin, [layers.Dense(3, "softmax", name="kind")(x), layers.Dense(1, name="size")(x)])


def entropy(shares: np.ndarray) -> float:
    return float(-np.log(shares[CLASSES[CHOSEN]]))


def square(number: np.ndarray) -> float:
    return float((number[0] - SCORES[CHOSEN]) ** 2)


GIVEN: dict[str, tuple[Any, Any, Any]] = {
    "classes": (lambda: flat(3, "softmax"), CLASSES, lambda p: entropy(p)),
    "rows": (lambda: flat(3, "softmax"), np.eye(3)[CLASSES], lambda p: entropy(p)),
    "numbers": (lambda: flat(1), SCORES, lambda p: square(p)),
    "column": (lambda: flat(1), SCORES[:, None], lambda p: square(p)),
    "maps": (lambda: chain(layers.Conv2D(1, 1)), MAPS, lambda p: float(np.square(p - MAPS[CHOSEN]).mean())),
    "several": (two, [CLASSES, SCORES], lambda p: entropy(p[0]) + square(p[1])),
    "by name": (two, {"size": SCORES, "kind": CLASSES}, lambda p: entropy(p[0]) + square(p[1])),
}  # fmt: skip


def asked(**query: str) -> Asked:
    return Asked({"layer": "conv"}, query, b"")


def loss_of(study: Study, loss: Any) -> float:
    """By hand, from what the model predicts."""
    found = study.model.predict(study.chosen.x[None], verbose=0)
    return loss([each[0] for each in found] if isinstance(found, list) else found[0])


@pytest.mark.parametrize("kind", GIVEN)
def test_the_loss_of_a_sample(kind: str) -> None:
    """Whether it is trained on or held out: before an edit and after it, and what the gradient is of."""
    make, y, loss = GIVEN[kind]
    study = study_of(make(), X, y)
    study.choose_sample(CHOSEN)
    before = loss_of(study, loss)
    assert unpacked(gradient(study, asked(of="input")).body)[0]["loss"] == pytest.approx(before, rel=1e-5)
    edit(study, Asked({}, {}, json.dumps({"layer": "conv", "do": "numbers", "at": 4, "value": 0.75}).encode()))
    assert unpacked(changes(study, asked()).body)[0]["loss"] == pytest.approx([before, loss_of(study, loss)], rel=1e-5)
    assert unpacked(gradient(study, asked(of="batch")).body)[0]["samples"] == COUNT


def test_another_model_that_takes_other_samples() -> None:
    """Said before a page is opened."""
    other = Sequential([layers.Input((5, 2)), layers.Dense(1)], name="other")
    with pytest.raises(
        DataError, match=r"other was built for samples of shape \(5, 2\), got an array of shape \(1, 6, 6, 1\)"
    ):
        study_of(flat(1), X, SCORES, against=other)
    assert study_of(flat(1), X, SCORES, against=flat(2)).against is not None
