"""Predictions over views of an image are the mean that NumPy makes of single ones; files hold that too."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from pellucid import Input, Sequential, layers, load_model
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError
from pellucid.models import Model, averaged_over_views

X = np.random.default_rng(1).normal(size=(5, 8, 7, 2)).astype(np.float32)


def network(data_format: str = "channels_last") -> Sequential:
    shape = (8, 7, 2) if data_format == "channels_last" else (2, 8, 7)
    first = layers.Conv2D(4, 3, activation="relu", data_format=data_format)
    model = Sequential([Input(shape), first, layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    return model


def by_hand(model: Any, x: np.ndarray, mirror: tuple[int, ...], shift: int) -> np.ndarray:
    """The mean over views that NumPy makes."""
    wide = np.pad(x, ((0, 0), (shift, shift), (shift, shift), (0, 0)), mode="reflect")
    at = [(0.5, shift), (0.25, 0), (0.25, 2 * shift)] if shift else [(1.0, 0)]
    total = np.zeros((len(x), 3))
    for share, start in at:
        view = wide[:, start : start + x.shape[1], start : start + x.shape[2]]
        for each in (view, np.flip(view, mirror)) if mirror else (view, view):
            total += share / 2 * model.predict(np.ascontiguousarray(each), verbose=0).astype(np.float64)
    return total


@pytest.mark.parametrize(
    ("mirror", "axes"), [(None, ()), ("horizontal", (2,)), ("vertical", (1,)), ("horizontal_and_vertical", (1, 2))]
)
@pytest.mark.parametrize("shift", [0, 1, 3])
def test_it_is_the_mean_over_the_views(mirror: str | None, axes: tuple[int, ...], shift: int) -> None:
    model = network()
    if mirror is None and not shift:
        with pytest.raises(ArgumentError, match="one view alone"):
            averaged_over_views(model, mirror, shift)
        return
    found = averaged_over_views(model, mirror, shift).predict(X, verbose=0)
    np.testing.assert_allclose(found, by_hand(model, X, axes, shift), atol=1e-6)


def test_channels_may_come_first() -> None:
    model = network("channels_first")
    x = np.ascontiguousarray(np.moveaxis(X, -1, 1))
    found = averaged_over_views(model, data_format="channels_first").predict(x, verbose=0)
    views = [x, x[..., ::-1]]
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="reflect")
    views += [each for part in (wide[..., :-2, :-2], wide[..., 2:, 2:]) for each in (part, part[..., ::-1])]
    said = [model.predict(np.ascontiguousarray(view), verbose=0) for view in views]
    np.testing.assert_allclose(found, np.average(said, axis=0, weights=[2, 2, 1, 1, 1, 1]), atol=1e-6)


def test_what_the_model_learns_holds_and_files_hold_it(tmp_path: Any) -> None:
    model = network()
    over = averaged_over_views(model)
    model.fit(X, np.eye(3)[[0, 1, 2, 0, 1]], epochs=2, verbose=0)
    wanted = by_hand(model, X, (2,), 1)
    np.testing.assert_allclose(over.predict(X, verbose=0), wanted, atol=1e-6)
    over.save(tmp_path / "over.keras")
    np.testing.assert_allclose(load_model(tmp_path / "over.keras").predict(X, verbose=0), wanted, atol=1e-6)
    theirs = keras.models.load_model(tmp_path / "over.keras")
    np.testing.assert_allclose(theirs.predict(X, verbose=0), wanted, atol=1e-5)
    over.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    told = over.evaluate(X, np.eye(3)[[0, 1, 2, 0, 1]], verbose=0, return_dict=True)
    assert told["accuracy"] == pytest.approx((wanted.argmax(axis=1) == [0, 1, 2, 0, 1]).mean())


def test_what_has_no_views_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="a model"):
        averaged_over_views(layers.Dense(3))
    with pytest.raises(ArgumentError, match="not been built"):
        averaged_over_views(Sequential([layers.Dense(3)]))
    with pytest.raises(ShapeError, match="one image"):
        averaged_over_views(Sequential([Input((4,)), layers.Dense(3)]))
    image = Input((4, 4, 1))
    with pytest.raises(ShapeError, match="says 2"):
        averaged_over_views(Model(image, [layers.Flatten()(image), layers.Flatten()(image)]))
    with pytest.raises(ShapeError, match="smaller than the image"):
        averaged_over_views(network(), shift=7)
    with pytest.raises(ArgumentError, match="mirror"):
        averaged_over_views(network(), mirror="diagonal")
