"""What is done for a model grows as its layers do: twice as many layers, twice the calls of functions. No clock."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.inspection import compare, trace

X = np.ones((1, 4), np.float32)
IMAGES = np.linspace(0, 1, 18, dtype=np.float32).reshape(2, 3, 3, 1)


def _one_by_one(count: int) -> Sequential:
    model = Sequential([Input((4,))])
    for _ in range(count):
        model.add(layers.Dense(4, "relu"))
    return model


def _functional(count: int) -> Model:
    x = y = Input((4,))
    for _ in range(count // 2):
        y = layers.Add()([y, layers.Dense(4)(y)])
    return Model(x, y)


def _of_one_layer(count: int) -> Model:
    x = y = Input((4,))
    layer = layers.Dense(4)
    for _ in range(count):
        y = layer(y)
    return Model(x, y)


def _compiled(model: Model) -> Model:
    model.compile("adam", "mse")
    return model


def _trained(count: int) -> Model:
    model = _compiled(_one_by_one(count))
    model.train_on_batch(X, X)
    return model


def _diverging(count: int) -> Model:
    """Whose first step is beyond all numbers, which is looked into."""
    model = _compiled(_functional(count))
    model.set_weights([np.full(weight.shape, 1e30) for weight in model.get_weights()])
    return model


def _told(count: int) -> Model:
    """Blocks of convolutions with a way around each."""
    x = image = Input((3, 3, 1))
    for number in range(count // 2):
        x = layers.Add()([x, layers.Conv2D(1, 3, padding="same", name=f"c{number}")(x)])
    return Model(image, layers.Dense(2, name="d")(layers.Flatten()(x)))


def _taken_off(model: Sequential) -> None:
    while model.layers:
        model.pop()


def _quietly(do: Callable[[], Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        do()


def _saved(model: Model, folder: Path) -> Path:
    model.save(folder / "model.keras")
    return folder / "model.keras"


Work = tuple[Callable[[int, Path], Any], Callable[[Any, Path], Any]]
WORK: dict[str, Work] = {
    "adding layer by layer": (lambda n, _: n, lambda n, _: _one_by_one(n)),
    "a list of layers": (lambda n, _: [layers.Dense(4) for _ in range(n)], lambda items, _: Sequential(items)),
    "building late": (
        lambda n, _: Sequential([layers.Dense(4) for _ in range(n)]),
        lambda model, _: model.build((None, 4)),
    ),
    "a network": (lambda n, _: n, lambda n, _: _functional(n)),
    "one layer again and again": (lambda n, _: n, lambda n, _: _of_one_layer(n)),
    "popping": (lambda n, _: _one_by_one(n), lambda model, _: _taken_off(model)),
    "the summary of a chain": (lambda n, _: _one_by_one(n), lambda model, _: model.summary(print_fn=str, derive=True)),
    "the summary of a network": (lambda n, _: _functional(n), lambda model, _: model.summary(print_fn=str)),
    "the first prediction": (lambda n, _: _one_by_one(n), lambda model, _: model.predict(X)),
    "the first step": (lambda n, _: _compiled(_one_by_one(n)), lambda model, _: model.train_on_batch(X, X)),
    "the step of a network": (lambda n, _: _compiled(_functional(n)), lambda model, _: model.train_on_batch(X, X)),
    "weights": (lambda n, _: _one_by_one(n), lambda model, _: model.set_weights(model.get_weights())),
    "configuration": (lambda n, _: _functional(n), lambda model, _: Model.from_config(model.get_config())),
    "that of a chain": (lambda n, _: _one_by_one(n), lambda model, _: Sequential.from_config(model.get_config())),
    "that of one layer": (lambda n, _: _of_one_layer(n), lambda model, _: Model.from_config(model.get_config())),
    "saving": (lambda n, _: _trained(n), _saved),
    "loading": (lambda n, folder: _saved(_trained(n), folder), lambda path, _: load_model(path)),
    "looking into a step that diverged": (
        lambda n, _: _diverging(n),
        lambda model, _: _quietly(lambda: model.fit(X, X, verbose=0)),
    ),
    "back to the pixels": (lambda n, _: _told(n), lambda model, _: trace(model, "d", IMAGES[0])),
    "one model beside another": (lambda n, _: _told(n), lambda model, _: compare(model, model, IMAGES)),
    "loading a network": (lambda n, folder: _saved(_functional(n), folder), lambda path, _: load_model(path)),
}


@pytest.mark.parametrize("work", WORK)
def test_work_grows_with_the_layers(work: str, tmp_path: Path) -> None:
    """Twenty more layers cost as much as the twenty before, within a tenth. The first time, modules are imported."""
    make, do = WORK[work]
    _, few, more, most = (_calls(lambda given: do(given, tmp_path), make(count, tmp_path)) for count in (2, 10, 30, 50))
    assert most - more <= 1.1 * (more - few)


def _calls(do: Callable[[Any], Any], given: Any) -> int:
    """How many functions are called."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        do(given)
    finally:
        sys.setprofile(None)
    return count
