"""`fit` whole, side by side with Keras: weights of samples and classes, generators, steps; the same course."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import check_close
from networks import samples

import pellucid

LABELS = np.random.default_rng(1).integers(0, 5, 46)
WEIGHT = np.random.default_rng(2).uniform(0, 2, 46).astype(np.float32)
CLASSES = {0: 0.3, 1: 2.0, 4: 1.5}
SIZES = (12, 12, 10, 12)  # of batches; few different ones, since Keras compiles for each
Data = dict[str, Any]


def _parts(x: np.ndarray, *others: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    for stop, size in zip(np.cumsum(SIZES), SIZES, strict=True):
        yield tuple(array[stop - size : stop] for array in (x, *others))


def _without_end(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    while True:
        yield from _parts(*arrays)


def _dataset(library: Any, *arrays: np.ndarray) -> Any:
    class Dataset(library.utils.PyDataset):
        def __len__(self) -> int:
            return len(SIZES)

        def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
            return list(_parts(*arrays))[index]

    return Dataset()


CASES: dict[str, Callable[[Any, np.ndarray, np.ndarray], Data]] = {
    "weights of classes, validation after some epochs": lambda library, x, y: {
        **{"x": x, "y": y, "batch_size": 12, "class_weight": CLASSES},
        **{"validation_data": (x, y), "validation_freq": [1, 4], "validation_steps": 2, "validation_batch_size": 23},
    },
    "a part held back, with weights": lambda library, x, y: {
        **{"x": x, "y": y, "batch_size": 16, "sample_weight": WEIGHT, "validation_split": 0.3, "validation_freq": 2},
    },
    "steps that fit": lambda library, x, y: {"x": x, "y": y, "batch_size": 12, "steps_per_epoch": 2},
    "steps that leave something": lambda library, x, y: {"x": x, "y": y, "batch_size": 12, "steps_per_epoch": 3},
    "too many steps": lambda library, x, y: {"x": x, "y": y, "batch_size": 23, "steps_per_epoch": 9},
    "steps alone": lambda library, x, y: {"x": x, "y": y, "steps_per_epoch": 2},
    "a generator with weights": lambda library, x, y: {"x": _without_end(x, y, WEIGHT), "steps_per_epoch": 3},
    "a data set and weights of classes": lambda library, x, y: {
        **{"x": _dataset(library, x, y), "class_weight": CLASSES},
        **{"validation_data": _dataset(library, x, y, WEIGHT), "validation_steps": 3},
    },
}


def _pair() -> tuple[Any, Any]:
    """The same small network in both libraries, with our weights, compiled."""
    made = []
    for library in (pellucid, keras):
        model = library.Sequential([library.Input((6,)), library.layers.Dense(5, activation="softmax")])
        names = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]}
        model.compile(library.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", **names)
        made.append(model)
    made[1].set_weights(made[0].get_weights())
    return made[0], made[1]


@pytest.mark.parametrize("case", CASES)
def test_the_same_course(case: str) -> None:
    """Histories within 1e-4, the weights of the model too; params as well."""
    ours, theirs = _pair()
    x, told = samples(ours, 46), []
    for model, library in ((ours, pellucid), (theirs, keras)):
        with warnings.catch_warnings(action="ignore"):
            history = model.fit(**CASES[case](library, x, LABELS), epochs=4, shuffle=False, verbose=0)
        told.append(history)
    mine, reference = told
    assert mine.epoch == reference.epoch and mine.params == reference.params
    assert set(mine.history) == set(reference.history)
    for name, curve in reference.history.items():
        check_close(f"{case}: {name}", np.array(mine.history[name]), np.array(curve), 1e-4)
    for mine_now, reference_now in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close(f"{case}: weights after training", mine_now, reference_now, 1e-4)


KINDS: dict[str, Callable[[Any, np.ndarray], Data]] = {
    "arrays": lambda library, x: {"x": x, "y": LABELS, "sample_weight": WEIGHT},
    "a generator": lambda library, x: {"x": _without_end(x, LABELS, WEIGHT)},
    "a data set": lambda library, x: {"x": _dataset(library, x, LABELS, WEIGHT)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_evaluation_and_prediction(kind: str) -> None:
    """For some steps alone, in which a batch is as large as they need."""
    ours, theirs = _pair()
    x, results = samples(ours, 46), []
    for model, library in ((ours, pellucid), (theirs, keras)):
        given = KINDS[kind](library, x)
        told = model.evaluate(**given, steps=2, verbose=0, return_dict=True)
        results.append((told, model.predict(KINDS[kind](library, x)["x"], steps=2, verbose=0)))
    (mine, outputs), (reference, wanted) = results
    assert set(mine) == set(reference)
    for name, value in reference.items():
        check_close(f"{kind}: {name} of an evaluation", np.array(mine[name]), np.array(value), 1e-4)
    check_close(f"{kind}: prediction", outputs, wanted, 1e-4)
