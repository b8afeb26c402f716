"""Models with normalisation, trained and saved by both libraries from equal weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import check_close

import pellucid

pytestmark = pytest.mark.filterwarnings("ignore:Skipping variable loading for optimizer:UserWarning")

Library = Any  # the module pellucid or keras
STEPS = 12
IMAGE = (8, 7, 2)


def chain(library: Library) -> Any:
    """Convolution, batch normalisation and ReLU, twice; with and without gamma; then batch normalisation of vectors."""
    k = library.layers
    return library.Sequential(
        [
            library.Input(IMAGE),
            k.Conv2D(6, 3, use_bias=False, name="first"),
            k.BatchNormalization(scale=False, momentum=0.8, name="first_norm"),
            k.ReLU(),
            k.Conv2D(5, 3, padding="same", use_bias=False, name="second"),
            k.BatchNormalization(epsilon=0.01, gamma_regularizer="l2", beta_constraint="non_neg", name="second_norm"),
            k.Activation("relu"),
            k.GlobalAveragePooling2D(),
            k.BatchNormalization(renorm=True, renorm_clipping={"rmax": 1.5, "dmax": 0.5}, name="last_norm"),
            k.Dense(4, activation="softmax", name="head"),
        ]
    )


def channels_first(library: Library) -> Any:
    """Batch and group normalisation along the first axis of an image."""
    k = library.layers
    return library.Sequential(
        [
            library.Input(IMAGE),
            k.Conv2D(6, 3, padding="same", data_format="channels_first", use_bias=False, name="wide"),
            k.BatchNormalization(axis=1, momentum=0.5, name="norm"),
            k.Activation("tanh"),
            k.GroupNormalization(3, axis=1, name="groups"),
            k.Flatten(),
            k.Dense(4, activation="softmax", name="head"),
        ]
    )


def by_sample(library: Library) -> Any:
    """Layer, group, root mean square and unit normalisation."""
    k = library.layers
    return library.Sequential(
        [
            library.Input(IMAGE),
            k.LayerNormalization([1, 2, 3], name="image"),
            k.Conv2D(6, 3, activation="relu", name="conv"),
            k.GroupNormalization(2, name="groups"),
            k.RMSNormalization(name="rms"),
            k.Flatten(),
            k.Dense(9, activation="tanh", name="hidden"),
            k.LayerNormalization(name="features"),
            k.UnitNormalization(),
            k.Dense(4, activation="softmax", name="head"),
        ]
    )


def used_twice(library: Library) -> Any:
    """One layer on two tensors in a row: its averages follow both, in order."""
    k, x = library.layers, library.Input(IMAGE)
    shared = k.BatchNormalization(momentum=0.7, name="shared")
    first = k.Activation("tanh")(shared(x))
    second = shared(k.Conv2D(IMAGE[-1], 1, use_bias=False, name="mix")(first))
    y = k.GlobalMaxPooling2D()(k.Add()([first, second]))
    return library.Model(x, k.Dense(4, activation="softmax", name="head")(y))


def frozen(library: Library) -> Any:
    """One normalisation is frozen: it acts as in prediction while the others learn."""
    model = chain(library)
    model.get_layer("second_norm").trainable = False
    return model


def spectral(library: Library) -> Any:
    """Kernels that are divided by their largest singular value in training."""
    k = library.layers
    return library.Sequential(
        [
            library.Input(IMAGE),
            k.SpectralNormalization(k.Conv2D(6, 3, activation="relu", name="conv"), power_iterations=2, name="around"),
            k.Flatten(),
            k.SpectralNormalization(k.Dense(4, name="dense"), name="head"),
            k.Softmax(),
        ]
    )


# A bias before batch normalisation changes nothing: its gradient is rounding errors, of which Adam makes whole steps.
# So the convolutions have none.
MODELS: list[Callable[[Library], Any]] = [chain, channels_first, by_sample, used_twice, frozen, spectral]
each_model = pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)


def _pair(build: Callable[[Library], Any]) -> tuple[Any, Any]:
    """Both models with equal weights: the first ones of ours, but for averages that differ from 0 and 1."""
    ours, theirs = build(pellucid), build(keras)
    rng = np.random.default_rng(3)
    for weight in ours.weights:
        if not weight.learned:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def _data(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return (rng.normal(size=(count, *IMAGE)) * 2 + 1).astype(np.float32), rng.integers(0, 4, count)


def _check_weights(family: str, ours: Any, theirs: Any) -> None:
    for weight, other in zip(ours.weights, theirs.weights, strict=True):
        assert weight.path.rsplit("/", 2)[-1] == other.path.rsplit("/", 2)[-1]
        check_close(f"{family}: weights after training", weight.numpy(), other.numpy(), 1e-4)


@each_model
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_steps(build: Callable[[Library], Any], optimizer: str) -> None:
    """The loss of each step, the weights after all of them, the predictions, and the loss in evaluation."""
    ours, theirs = _pair(build)
    for model in (ours, theirs):
        model.compile(optimizer, "sparse_categorical_crossentropy")
    x, y = _data(16)
    for step in range(STEPS):
        part = slice(8 * (step % 2), 8 * (step % 2) + 8)
        theirs.reset_metrics()
        mine, reference = ours.train_on_batch(x[part], y[part]), float(theirs.train_on_batch(x[part], y[part]))
        check_close(f"fit, {build.__name__}: loss", np.float64(mine), np.float64(reference), 1e-4)
    _check_weights(f"fit, {build.__name__}", ours, theirs)
    check_close(f"fit, {build.__name__}: prediction", ours.predict(x), theirs.predict(x, verbose=0), 1e-4)
    losses = [np.float64(model.evaluate(x, y, verbose=0)) for model in (ours, theirs)]
    check_close(f"fit, {build.__name__}: evaluation", losses[0], losses[1], 1e-4)


def test_fit_with_a_last_batch_of_one() -> None:
    """The statistics of a batch are those of the samples that it has."""
    ours, theirs = _pair(chain)
    x, y = _data(9)
    for model in (ours, theirs):
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    _check_weights("fit, last batch of one", ours, theirs)


@each_model
def test_files_go_both_ways(build: Callable[[Library], Any], tmp_path: Path) -> None:
    """What one library saves after training, the other reads: the same weights and predictions, and saves alike."""
    ours, theirs = _pair(build)
    x, y = _data(8)
    for model in (ours, theirs):
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    read_here, read_there = (
        pellucid.load_model(tmp_path / "theirs.keras"),
        keras.models.load_model(tmp_path / "ours.keras"),
    )
    for mine, reference in ((ours, read_there), (read_here, theirs)):
        for one, other in zip(mine.get_weights(), reference.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        check_close(f"files, {build.__name__}", mine.predict(x), reference.predict(x, verbose=0), 1e-5)
