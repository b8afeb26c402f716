"""What an optimiser remembers, in Keras's files: which array is what, and that training goes on as if never stopped."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from cases.optimizers import PLAIN, OptimizerCase
from keras_oracle import check_close

import pellucid
from pellucid.optimizers.kept import KerasVariable

RATE = 0.0625

KEPT_DIFFERENTLY = (
    "sgd",
    "sgd, momentum",
    "rmsprop",
    "rmsprop, momentum",
    "rmsprop, centered",
    "rmsprop, centered with momentum",
    "adam",
    "adagrad, large beginning",
    "adadelta",
    "adam, amsgrad",
    "nadam",
    "adamax",
    "ftrl",
    "lamb",
    "adafactor",
    "muon",
    "schedule free",
)
each_case = pytest.mark.parametrize("case", [case for case in PLAIN if case.name in KEPT_DIFFERENTLY], ids=str)


def network(library: Any) -> Any:
    """With weights that are not trained, between those that are."""
    k = library.layers
    return library.Sequential(
        [
            library.Input((5, 5, 1)),
            k.Conv2D(2, 2, name="first"),
            k.BatchNormalization(name="norm"),
            k.Flatten(),
            k.Dense(3, name="last"),
        ]
    )


def tensors(arrays: Any) -> list[Any]:
    """As Keras's optimisers take gradients."""
    return [keras.ops.convert_to_tensor(array) for array in arrays]


def trained_by_keras(case: OptimizerCase, path: Path, rate: Any = RATE) -> Any:
    """A model after two steps, which is in the file too."""
    model = network(keras)
    model.compile(case.make(keras.optimizers, rate), "mse")
    for step in (5, 6):
        model.optimizer.apply(tensors(gradients(model, step)), model.trainable_variables)
    model.save(path)
    return model


def arrays_of_file(path: Path) -> list[np.ndarray]:
    """The arrays of the optimiser, in the order of their numbers."""
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        group = file["optimizer/vars"]
        return [np.asarray(group[str(number)]) for number in range(len(group))]


def gradients(model: Any, step: int) -> list[np.ndarray]:
    rng = np.random.default_rng(step)
    return [rng.normal(size=tuple(w.shape)).astype(np.float32) for w in model.trainable_weights]


def check_names(table: list[KerasVariable], arrays: list[np.ndarray], of_keras: list[Any]) -> None:
    """Each array of a file belongs to the weight, and to the slot, that Keras names."""
    for entry, array, reference in zip(table, arrays, of_keras, strict=True):
        if entry.weight is None:
            assert (entry.kind.removesuffix("s"), array.shape) in ((reference.name, ()), ("u_product", ()))
        elif entry.kind in ("rows", "columns"):  # which Keras calls as it calls the weight
            assert reference.name == entry.weight.name and array.shape == tuple(reference.shape)
        else:
            assert reference.name.endswith(f"{entry.weight.path.replace('/', '_')}_{entry.kind}")
            assert array.shape == entry.weight.shape
        np.testing.assert_array_equal(entry.converted(entry.converted(array)), array)


def check_course(case: OptimizerCase, ours: Any, theirs: Any, optimizer: Any) -> None:
    """Three more steps along the same gradients move both alike."""
    for step in range(3):
        optimizer.apply(gradients(theirs, step), ours.trainable_weights)
        theirs.optimizer.apply(tensors(gradients(theirs, step)), theirs.trainable_variables)
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close(f"{case.kind}: weights after going on", mine, reference, 1e-4)
    for mine, reference in zip(optimizer.variables, theirs.optimizer.variables, strict=True):
        check_close(f"{case.kind}: what is kept after going on", mine.numpy(), np.asarray(reference), 1e-5)


@each_case
def test_training_of_keras_goes_on_here(case: OptimizerCase, tmp_path: Path) -> None:
    theirs = trained_by_keras(case, tmp_path / "model.keras")
    ours, arrays = pellucid.load_model(tmp_path / "model.keras"), arrays_of_file(tmp_path / "model.keras")
    check_names(ours.optimizer.keras_variables(ours.trainable_weights), arrays, theirs.optimizer.variables)
    for variable, array in zip(ours.optimizer.variables, arrays, strict=True):
        np.testing.assert_allclose(variable.numpy(), array, rtol=2e-7 if variable.name == "u_product" else 0)
    optimizer = case.make(pellucid.optimizers, RATE)
    optimizer.build(ours.trainable_weights)
    optimizer.set_weights(arrays)
    assert optimizer.iterations == 2
    check_course(case, ours, theirs, optimizer)


@each_case
def test_training_from_here_goes_on_in_keras(case: OptimizerCase, tmp_path: Path) -> None:
    ours, theirs = network(pellucid), network(keras)
    optimizer = case.make(pellucid.optimizers, RATE)
    for step in (7, 8):
        optimizer.apply(gradients(theirs, step), ours.trainable_weights)
    theirs.set_weights(ours.get_weights())
    theirs.compile(case.make(keras.optimizers, RATE), "mse")
    theirs.optimizer.build(theirs.trainable_variables)
    for variable, mine in zip(theirs.optimizer.variables, optimizer.variables, strict=True):
        variable.assign(mine.numpy())
    check_course(case, ours, theirs, optimizer)


def test_weights_can_be_excluded_from_decay_again_after_loading(tmp_path: Path) -> None:
    """No file holds which they are; said again before the next step, training goes on to the bit."""
    x, y = np.ones((4, 5, 5, 1)), np.ones((4, 3))
    model, optimizer = network(pellucid), pellucid.optimizers.Adam(RATE, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, "mse")
    model.train_on_batch(x, y)
    with pytest.warns(UserWarning, match="call exclude_from_weight_decay again after loading"):
        model.save(tmp_path / "model.keras")
    loaded, forgotten = (pellucid.load_model(tmp_path / "model.keras") for _ in range(2))
    loaded.optimizer.exclude_from_weight_decay(var_names=["bias"])
    for each in (model, loaded, forgotten):
        each.train_on_batch(x, y)
    for before, after in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert (model.get_weights()[1] != forgotten.get_weights()[1]).any()


def test_a_schedule_takes_the_place_of_the_learning_rate(tmp_path: Path) -> None:
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    trained_by_keras(PLAIN[1], tmp_path / "model.keras", schedule)
    ours, arrays = pellucid.load_model(tmp_path / "model.keras"), arrays_of_file(tmp_path / "model.keras")
    kinds = [entry.kind for entry in ours.optimizer.keras_variables(ours.trainable_weights)]
    assert kinds == ["iterations"] + ["momentum"] * 6 and len(arrays) == 7
