"""What a FilterHistory keeps: bounded, at equal distances of steps, the weights as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, callbacks, inspection, layers
from pellucid.callbacks.filter_history import Thinned
from pellucid.errors import ArgumentError

X = np.random.default_rng(0).normal(size=(40, 4, 4, 2)).astype(np.float32)


def _model() -> Sequential:
    inner = Sequential([layers.Input((2, 2, 2)), layers.SeparableConv2D(3, 2, name="s")], name="inner")
    model = Sequential([layers.Input((4, 4, 2)), layers.Conv2D(2, 3, name="c"), inner, layers.Flatten()])
    model.compile("sgd", "mse")
    return model


def _fit(model: Any, history: Any, **options: Any) -> None:
    model.fit(X, X[:, 0, 0, :1] * np.ones(3), batch_size=4, verbose=0, callbacks=history, **options)


class Kept(callbacks.Callback):
    """All filters after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[np.ndarray] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.all.append(self.model.layers[0].kernel.numpy())


@pytest.mark.parametrize("limit", [2, 3, 7, 100])
def test_frames_are_the_weights_as_they_were(limit: int) -> None:
    model, history, kept = _model(), callbacks.FilterHistory(frames=limit), Kept()
    first = model.layers[0].kernel.numpy()
    _fit(model, [history, kept], epochs=3)
    assert len(history.steps) <= limit + 1
    assert (history.steps[0], history.steps[-1]) == (0, 30)
    distances = np.diff(history.steps[:-1])
    assert (distances == distances[:1]).all()
    for step, frame in zip(history.steps, history.frames("c"), strict=True):
        np.testing.assert_array_equal(frame, kept.all[step - 1] if step else first)


def test_models_inside_and_banks_by_name() -> None:
    model, history = _model(), callbacks.FilterHistory()
    _fit(model, history)
    assert history.banks == [("c", "kernel"), ("inner/s", "pointwise_kernel"), ("inner/s", "depthwise_kernel")]
    film = inspection.filter_film(history, "inner/s")
    assert film.frames.shape == (11, 1, 1, 2, 3)
    depthwise = inspection.filter_film(history, "inner/s", "depthwise_kernel")
    assert (depthwise.frames.shape, depthwise.axes[-2]) == ((11, 2, 2, 1, 2), "channels")
    for bank, name in ((film, "pointwise_kernel"), (depthwise, "depthwise_kernel")):
        own = inspection.filters(model.layers[1].get_layer("s"), which=name)
        np.testing.assert_array_equal(bank.bank(-1).kernel, own.kernel)


def test_distances_are_those_of_numpy() -> None:
    history = callbacks.FilterHistory(frames=5)
    _fit(_model(), history, epochs=2)
    film, frames = inspection.filter_film(history, "c"), history.frames("c").astype(np.float64)
    for number in range(2):
        mine = frames[..., number].reshape(len(frames), -1)
        np.testing.assert_allclose(film.distance[:, number], np.sqrt(((mine - mine[0]) ** 2).sum(axis=1)))
        ways = np.sqrt(((mine[1:] - mine[:-1]) ** 2).sum(axis=1))
        np.testing.assert_allclose(film.path[number], ways.sum())
        fastest = int(np.argmax(ways / np.diff(film.steps)))
        assert film.moved_most(number) == (film.steps[fastest], film.steps[fastest + 1])


def test_each_fit_begins_anew_and_what_is_not_there_is_said() -> None:
    model, history = _model(), callbacks.FilterHistory(layers=["c"])
    with pytest.raises(ArgumentError, match="has recorded no training"):
        inspection.filter_film(history, "c")
    _fit(model, history)
    _fit(model, history)
    assert (history.steps[0], history.steps[-1], history.first_batch) == (10, 20, (0, 0))
    with pytest.raises(ArgumentError, match="recorded"):
        inspection.filter_film(history, "s")
    with pytest.raises(ArgumentError, match="layer with filters"):
        _fit(model, callbacks.FilterHistory(layers=["flatten"]))
    bare = Sequential([layers.Input((2,)), layers.BatchNormalization()])
    bare.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="no layer with filters"):
        bare.fit(np.eye(2), np.eye(2), verbose=0, callbacks=callbacks.FilterHistory())


def test_frames_of_a_loop_of_ones_own() -> None:
    model, history = _model(), callbacks.FilterHistory()
    history.set_model(model)
    for _ in range(3):
        history.take()
        model.train_on_batch(X[:4], np.ones((4, 3)))
    assert (history.steps, history.frames("c").shape) == ((0, 1, 2), (3, 3, 3, 2, 2))


def test_what_is_kept_has_a_bound() -> None:
    kept = Thinned[int](10)
    for step in range(5, 10_000):
        if kept.wants(step):
            kept.add(step, step)
        assert len(kept.steps) <= 10
    assert kept.steps == kept.kept
    assert kept.steps[0] == 5
