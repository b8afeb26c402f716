"""What the network says: each number under the name of what it stands for."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, layers, set_random_seed
from pellucid.explorer import Samples, Study, answers, inputs, training_requests
from pellucid.explorer.asked import Asked
from pellucid.explorer.touching import value
from pellucid.explorer.wire import unpacked
from pellucid.models import Model

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = np.arange(40) % 2
NOTHING = Asked({}, {}, b"")


def model_of(units: int, activation: str | None) -> Model:
    set_random_seed(4)
    return Sequential([layers.Input((3,)), layers.Dense(units, activation)])


def said(study: Study) -> dict[str, float]:
    """Name and number of what is told, in its order."""
    scores: list[dict[str, Any]] = json.loads(answers.answer(study, NOTHING).body)["scores"]
    return {each["name"]: each["value"] for each in scores}


@pytest.mark.parametrize("number", [0, 5])
def test_one_unit_tells_two_classes_apart(number: int) -> None:
    """Its number is the second's, as `binary_crossentropy` has it; behind a sigmoid the rest is the first's."""
    model = model_of(1, "sigmoid")
    study = Study(model, Samples(X, Y, ("no", "yes")))
    study.choose_sample(number)
    yes = float(model.predict(X[number : number + 1], verbose=0)[0, 0])
    assert said(study) == pytest.approx({"yes": yes, "no": 1 - yes})
    assert next(iter(said(study))) == ("yes" if yes > 0.5 else "no")
    assert answers.unit_names(study) == ("yes",)


def test_the_number_before_a_sigmoid_has_no_rest() -> None:
    assert list(said(Study(model_of(1, None), Samples(X, Y, ("no", "yes"))))) == ["yes"]
    assert list(said(Study(model_of(1, None), Samples(X, Y)))) == ["1"]


@pytest.mark.parametrize("y", [None, np.arange(40)])
def test_a_number_that_stands_for_no_class_has_no_name(y: np.ndarray | None) -> None:
    study = Study(model_of(1, None), Samples(X, y))
    assert list(said(study)) == [""] and answers.unit_names(study) == ()


@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_the_next_mistake_of_one_unit(activation: str | None) -> None:
    """More than 0.5 behind a sigmoid and more than 0 before one are the second class, as in what is counted."""
    model = model_of(1, activation)
    study = Study(model, Samples(X, Y, ("no", "yes")))
    logits = X.astype(np.float64) @ model.layers[0].kernel.numpy()[:, 0]
    wrong = np.flatnonzero((logits > 0) != Y).tolist()
    found = [inputs.next_mistake(study, after) for after in (-1, *wrong[:-1])]
    assert found == wrong
    head, arrays = unpacked(training_requests.confusion(study, NOTHING).body)
    assert head["names"] == ["no", "yes"]
    assert arrays["counts"].sum() - np.trace(arrays["counts"]) == len(wrong)


def test_names_of_classes_are_those_of_the_answer_alone() -> None:
    """A softmax within the network tells no classes apart."""
    model = Sequential(
        [layers.Input((3,)), layers.Dense(2, "softmax", name="within"), layers.Dense(2, "softmax", name="end")]
    )
    study = Study(model, Samples(X, Y, ("no", "yes")))
    for layer, names in (("within", {"0", "1"}), ("end", {"no", "yes"})):
        head, _ = unpacked(value(study, Asked({"layer": layer}, {"at": "0"}, b"")).body)
        assert {term["name"] for term in head["softmax"]["listed"]} == names
