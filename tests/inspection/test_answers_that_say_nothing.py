"""A model that answers NaN says no class: it is right for nothing, and says the same as nobody."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Model, Sequential, inspection, layers, ops, views

LOG = np.array([[3.0, 1.0], [2.0, 1.0], [0.0, np.nan], [5.0, 4.0], [np.nan, 0.0]])
X = np.where(np.isnan(LOG), -1.0, np.exp(LOG)).astype(np.float32)
"""The first layer takes logarithms: NaN of what is below 0."""
Y = np.array([0, 0, 0, 1, 1])


def _model(end: str, units: int = 2) -> Model:
    """The logarithms of two numbers, or their sum."""
    last = layers.Dense(units, end, use_bias=False, name="says")
    model = Sequential([layers.Input((2,)), layers.Lambda(ops.log), last], name="plain")
    last.kernel[...] = np.eye(2)[:, :units] if units == 2 else np.ones((2, 1))
    return model


@pytest.mark.parametrize("end", ["softmax", "sigmoid", "linear"])
def test_it_is_counted_apart(end: str) -> None:
    """Two of five samples have no answer: of the others two are right and one is wrong."""
    found = inspection.confusion(_model(end), X, Y)
    assert found.counts.tolist() == [[2, 0], [1, 0]]
    assert found.unanswered == (1, 1)
    assert (found.samples, found.accuracy) == (5, 0.4)
    assert found.recalls.tolist() == [2 / 3, 0]
    assert [each.number for each in found.mistakes] == [3]
    said = "2 answers are NaN: they say no class, and are not right."
    assert said in views.confusion_text(found)
    assert said in found._repr_html_()


def test_of_one_number_too() -> None:
    """A classifier of two classes that answers one number."""
    found = inspection.confusion(_model("sigmoid", 1), X, Y)
    assert found.unanswered == (1, 1) and found.counts.sum() == 3


def test_all_numbers_are_counted_as_before() -> None:
    """Where there is no NaN, nothing is told of it."""
    found = inspection.confusion(_model("softmax"), X[[0, 1, 3]], Y[[0, 1, 3]])
    assert found.unanswered == () and found.samples == 3
    assert "NaN" not in views.confusion_text(found)


def test_mistakes_leave_it_out() -> None:
    """It is taken for no other class."""
    assert [each.number for each in inspection.mistakes(_model("softmax"), X, Y)] == [3]


def test_two_that_say_nothing_do_not_agree() -> None:
    """The share of samples for which both say the same counts those that have an answer of both."""
    shape = (6, 6, 1)
    net = [layers.Input(shape), layers.Lambda(ops.log), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)]
    model = Sequential(net, name="one")
    x = np.random.default_rng(0).random((4, *shape), np.float32) + 0.1
    assert inspection.compare(model, model, x).same_answer == 1.0
    x[1] = -1
    assert inspection.compare(model, model, x).same_answer == 0.75
