"""Files of models inside models, several ends, penalties and open sizes: Keras's are read, and Keras reads ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid

assert keras_oracle.keras is keras

Library = Any


def _nested(library: Library) -> Any:
    """A chain in a network in a chain; the innermost is used twice."""
    k = library.layers
    stem = library.Sequential([library.Input((8, 8, 1)), k.Conv2D(3, 3, activation="gelu"), k.Flatten()], name="stem")
    left, right = library.Input((8, 8, 1), name="left"), library.Input((8, 8, 1), name="right")
    pair = library.Model([left, right], k.Add(name="sum")([stem(left), stem(right)]), name="pair")
    a, b = library.Input((8, 8, 1), name="a"), library.Input((8, 8, 1), name="b")
    return library.Model([a, b], k.Dense(4, activation="softmax", name="head")(pair([a, b])), name="outer")


def _ends(library: Library) -> Any:
    """Two inputs, three outputs, one of them an inner tensor."""
    k = library.layers
    x, z = library.Input((5,), name="x"), library.Input((3,), name="z")
    penalty = library.regularizers.L1L2(0.01, 0.02)
    h = k.Concatenate(name="join")([k.Dense(4, kernel_regularizer=penalty, bias_constraint="non_neg", name="d")(x), z])
    return library.Model(
        [x, z], [k.Dense(2, name="p")(h), h, k.Dense(3, activation="softmax", name="q")(h)], name="ends"
    )


def _open(library: Library) -> Any:
    """A classifier for images of any size."""
    k = library.layers
    return library.Sequential(
        [
            library.Input((None, None, 2)),
            k.Conv2D(4, 3, padding="same", activation="silu", kernel_regularizer=library.regularizers.L2(0.1)),
            k.MaxPooling2D(2),
            k.GlobalAveragePooling2D(),
            k.Dense(3, activity_regularizer="l2"),
        ],
        name="open",
    )


def _named(library: Library) -> Any:
    """Ends in dictionaries, whose keys are no names of layers nor in the order of the alphabet."""
    k = library.layers
    a, b = library.Input((3,), name="a"), library.Input((4,), name="b")
    return library.Model({"x": a, "w": b}, {"y": k.Dense(2, name="d")(a), "q": k.Dense(1, name="e")(b)}, name="named")


def _named_inside(library: Library) -> Any:
    """Such a model called within another one, by its names."""
    a, b = library.Input((3,), name="a1"), library.Input((4,), name="b1")
    found = _named(library)({"x": a, "w": b})
    return library.Model([a, b], library.layers.Concatenate(name="join")([found["y"], found["q"]]), name="around")


def _in_the_middle(library: Library) -> Any:
    """From what a layer gives to what others make of it."""
    hidden = library.layers.Dense(4, name="d")(library.Input((3,)))
    return library.Model(hidden, library.layers.Dense(2, name="e")(hidden * 2.0), name="behind")


# A layer that stands in two models: Keras 3.15 cannot read its own file.
NETWORKS = [_nested, _ends, _open, _named, _named_inside, _in_the_middle]


def _data(model: Any) -> Any:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(3, *(size or 9 for size in t.shape[1:]))).astype(np.float32) for t in model.inputs]
    if isinstance(model.input, dict):
        return dict(zip(sorted(model.input), arrays, strict=True))
    return arrays if len(arrays) > 1 else arrays[0]


def _listed(outputs: Any) -> list[np.ndarray]:
    if isinstance(outputs, dict):
        outputs = [outputs[key] for key in sorted(outputs)]
    return [np.asarray(y) for y in (outputs if isinstance(outputs, list) else [outputs])]


def _check(ours: Any, theirs: Any) -> None:
    x = _data(ours)
    for mine, reference in zip(_listed(ours.predict(x, verbose=0)), _listed(theirs.predict(x, verbose=0)), strict=True):
        keras_oracle.check_close("files of nested models", mine, reference, 1e-5)
    assert ours.count_params() == theirs.count_params()


@pytest.mark.parametrize("build", NETWORKS)
def test_keras_files_are_read(build: Callable[[Library], Any], tmp_path: Path) -> None:
    """Same outputs, and as many weights: what is shared there is shared here."""
    theirs = build(keras)
    theirs.save(tmp_path / "theirs.keras")
    _check(pellucid.load_model(tmp_path / "theirs.keras"), theirs)


@pytest.mark.parametrize("build", NETWORKS)
def test_keras_reads_our_files(build: Callable[[Library], Any], tmp_path: Path) -> None:
    """And we read them again."""
    ours = build(pellucid)
    ours.save(tmp_path / "ours.keras")
    _check(ours, keras.models.load_model(tmp_path / "ours.keras"))
    _check(pellucid.load_model(tmp_path / "ours.keras"), ours)


def test_how_a_model_with_several_outputs_was_compiled(tmp_path: Path) -> None:
    """Losses, their weights and metrics of each output, both ways."""
    theirs = _ends(keras)
    settings = {"loss": ["mse", None, "categorical_crossentropy"], "loss_weights": [0.5, 1.0, 2.0]}
    theirs.compile("sgd", metrics=[["mse"], [], ["accuracy"]], **settings)
    theirs.save(tmp_path / "theirs.keras")
    ours = pellucid.load_model(tmp_path / "theirs.keras")
    found = [
        (o.number, o.loss.name, o.weight, [metric.name for metric in o.metrics]) for o in ours.stepper.plan.objectives
    ]
    assert found == [
        (0, "mean_squared_error", 0.5, ["mse"]),
        (2, "categorical_crossentropy", 2.0, ["accuracy"]),
    ]
    ours.save(tmp_path / "ours.keras")
    again = keras.models.load_model(tmp_path / "ours.keras")
    x = _data(ours)
    y = [np.zeros((3, 2)), np.zeros((3, 7)), np.eye(3)]
    mine = ours.evaluate(x, [y[0], None, y[2]], verbose=0, return_dict=True)
    reference = again.evaluate(x, [y[0], None, y[2]], verbose=0, return_dict=True)
    keras_oracle.check_close(
        "files of nested models: loss", np.float64(mine["loss"]), np.float64(reference["loss"]), 1e-5
    )
