"""Weights from one model into another: by name, shape or order, in part where asked for; a report; frozen, tuned."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases.hostile_values import VALUES

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, PellucidError
from pellucid.models import transfer_weights

RNG = np.random.default_rng(0)


def _network(classes: int = 10, filters: int = 4, size: int = 3, name: str | None = None, **names: str) -> Sequential:
    model = Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(filters, size, padding="same", name=names.get("stem")),
            layers.BatchNormalization(name=names.get("norm")),
            layers.Flatten(),
            layers.Dense(classes, name=names.get("head")),
        ],
        name=name,
    )
    model.set_weights([RNG.random(weight.shape) for weight in model.weights])
    return model


NAMED = {"stem": "stem", "norm": "norm", "head": "head"}


def _equal(a: Any, b: Any) -> list[bool]:
    return [np.array_equal(x.numpy(), y.numpy()) for x, y in zip(a.weights, b.weights, strict=True)]


@pytest.mark.parametrize("match", ["name", "shape", "order"])
def test_a_twin_is_filled_wholly(match: str) -> None:
    """Also with names that nobody gave, which count on from model to model."""
    for names in (NAMED, {}):
        first, second = _network(**names), _network(**names)
        report = transfer_weights(first, second, match)
        assert all(_equal(first, second)) and not report.missed and not report.left
        assert all(row.is_whole for row in report.rows)
        x = RNG.random((2, 8, 8, 1))
        np.testing.assert_array_equal(first.predict(x), second.predict(x))


def test_another_head_stays_and_the_report_says_why() -> None:
    first, second = _network(10, **NAMED), _network(3, name="new", **NAMED)
    before = second.get_layer("head").get_weights()
    report = transfer_weights(first, second)
    assert report.taken == [
        *("stem/kernel", "stem/bias", "norm/gamma", "norm/beta", "norm/moving_mean", "norm/moving_variance")
    ]
    assert report.missed["head/bias"] == "the source has the shape (10,); partly=True takes what both have"
    assert report.left == ("head/kernel", "head/bias")
    assert all(map(np.array_equal, before, second.get_layer("head").get_weights()))
    assert "into" not in str(report) and " to new by name: 6 of 8 weights, " in str(report)


def test_names_that_are_missing_are_told_with_the_nearest() -> None:
    first, second = _network(**NAMED), _network(**{**NAMED, "norm": "norms"})
    assert transfer_weights(first, second).missed["norms/beta"] == (
        "the source has no layer of this name; the nearest is norm"
    )
    second.get_layer("stem").filter(0).set(np.zeros((3, 3, 1)))
    assert not transfer_weights(first, second, "shape").missed


def test_parts_are_taken_where_asked_for() -> None:
    """The first filters, channels and units; the middle of a kernel."""
    first, second = _network(10, 4, 3, **NAMED), _network(3, 6, 5, **NAMED)
    before = second.get_weights()
    report = transfer_weights(first, second, partly=True)
    kernel, old = second.get_layer("stem").kernel.numpy(), first.get_layer("stem").kernel.numpy()
    np.testing.assert_array_equal(kernel[1:4, 1:4, :, :4], old)
    np.testing.assert_array_equal(kernel[0], before[0][0])
    np.testing.assert_array_equal(kernel[..., 4:], before[0][..., 4:])
    np.testing.assert_array_equal(second.get_layer("head").bias.numpy(), first.get_layer("head").bias.numpy()[:3])
    assert report.rows[0].numbers == 36 and not report.rows[0].is_whole and " and a part of " in str(report)
    third = _network(10, 2, 1, **NAMED)
    transfer_weights(second, third, partly=True)
    np.testing.assert_array_equal(third.get_layer("stem").kernel.numpy()[0, 0], kernel[2, 2, :, :2])


def test_what_was_taken_is_frozen_and_then_tuned() -> None:
    first, second = _network(10, **NAMED), _network(3, **NAMED)
    report = transfer_weights(first, second).freeze()
    assert [second.get_layer(name).trainable for name in NAMED] == [False, False, True]
    second.compile("adam", "sparse_categorical_crossentropy")
    x, y = RNG.random((8, 8, 8, 1)), np.arange(8) % 3
    before = second.get_weights()
    second.fit(x, y, epochs=2, verbose=0)
    stayed = [np.array_equal(*pair) for pair in zip(before, second.get_weights(), strict=True)]
    assert stayed == [True] * 6 + [False] * 2
    report.unfreeze()
    second.fit(x, y, epochs=2, verbose=0)
    assert not any(map(np.array_equal, before, second.get_weights()))


def test_parts_that_were_taken_are_frozen_alone() -> None:
    first, second = _network(3, 4, **NAMED), _network(3, 6, **NAMED)
    report = transfer_weights(first, second, partly=True).freeze()
    second.compile("adam", "sparse_categorical_crossentropy")
    stem: Any = second.get_layer("stem")
    assert [stem.filter(number).is_frozen for number in range(6)] == [True] * 4 + [False] * 2
    before = stem.get_weights()[0]
    second.fit(RNG.random((8, 8, 8, 1)), np.arange(8) % 3, verbose=0)
    assert [np.array_equal(before[..., i], stem.get_weights()[0][..., i]) for i in range(6)] == [True] * 4 + [False] * 2
    report.unfreeze()
    assert all(weight.frozen_part is None for weight in second.weights)


def test_models_inside_and_single_layers() -> None:
    def whole() -> Model:
        x = Input((8, 8, 1))
        inner = _network(5, name="inner", **NAMED)
        return Model(x, layers.Dense(2, name="top")(inner(x)))

    first, second = whole(), whole()
    report = transfer_weights(first, second)
    assert report.taken[0] == "inner/stem/kernel" and not report.missed
    base = _network(5, **NAMED)
    assert len(transfer_weights(base, second.get_layer("inner")).taken) == 8
    report = transfer_weights(base.get_layer("stem"), second.get_layer("inner").get_layer("stem"))
    assert report.taken == ["stem/kernel", "stem/bias"]
    assert transfer_weights(first, base, "order").taken[0] == "stem/kernel"


def test_locally_connected_weights_belong_to_their_places() -> None:
    first, second, third = (layers.LocallyConnected1D(filters, 3, name="l") for filters in (2, 4, 2))
    for layer, size in ((first, 9), (second, 9), (third, 7)):
        layer.build((None, size, 1))
    assert len(transfer_weights(first, second, partly=True).taken) == 2
    with pytest.raises(ArgumentError, match="for other places"):
        transfer_weights(first, third, partly=True)


def test_a_shared_layer_is_taken_once() -> None:
    x = Input((3,))
    dense = layers.Dense(3, name="d")
    first, second = Model(x, dense(dense(x))), Model(x, layers.Dense(3, name="d")(x))
    assert transfer_weights(first, second).taken == ["d/kernel", "d/bias"]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "itself": (lambda: transfer_weights(model := _network(), model), "source and target are the same"),
    "no model": (lambda: transfer_weights("a.keras", _network()), "source must be a model or a layer, got 'a.keras'"),
    "unbuilt": (lambda: transfer_weights(Sequential([layers.Dense(2)]), _network()), "does not know its input shape"),
    "no weights": (lambda: transfer_weights(layers.Flatten(), _network()), "has no weights, or none yet"),
    "nothing fits": (
        lambda: transfer_weights(_network(**NAMED), Sequential([layers.Input((2,)), layers.Dense(2, name="x")])),
        "nothing fits; match may be 'name' or 'shape' or 'order'.*\n.*0 of 2 weights",
    ),
    "way": (lambda: transfer_weights(_network(), _network(), "names"), "unknown match 'names'; did you mean 'name'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    do, message = REFUSED[name]
    with pytest.raises(ArgumentError, match=message):
        do()


def test_nothing_is_written_where_something_is_refused() -> None:
    first, second = _network(**NAMED), _network(2, **NAMED)
    before = second.get_weights()
    with pytest.raises(ArgumentError):
        transfer_weights(first, second, partly="yes")  # type: ignore[arg-type]
    assert all(map(np.array_equal, before, second.get_weights()))


@pytest.mark.parametrize("argument", ["source", "target", "match", "partly"])
def test_whatever_is_given_the_error_is_ours(argument: str) -> None:
    first, second = _network(**NAMED), _network(**NAMED)
    for value in VALUES.values():
        given: dict[str, Any] = {"source": first, "target": second, argument: value()}
        with warnings.catch_warnings(), contextlib.suppress(PellucidError):
            warnings.simplefilter("ignore")
            transfer_weights(**given)
