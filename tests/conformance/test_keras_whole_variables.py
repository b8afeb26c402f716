"""Variables of whole numbers, alone and as weights of layers, lose fractions where Keras's do; files both ways."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid.errors import ArgumentError, DataError, FileError

LIBRARIES = (keras, pellucid)
X = np.full((4, 3), 0.25, np.float32)


def _alone(library: Any, *values: Any) -> list[Any]:
    """What becomes of a variable that is given these, and has them added and taken off."""
    made = library.Variable(values[0], dtype="int32", trainable=False)
    found = [np.asarray(made.numpy()).tolist()]
    for value in values:
        for change in (made.assign, made.assign_add, made.assign_sub):
            change(value)
            found.append(np.asarray(made.numpy()).tolist())
    return found


@pytest.mark.parametrize("values", [(2, 2.7, -0.6), ([1, -2], [0.6, -1.7], [-0.4, 0.9]), (2**24, -1.5, 3)], ids=str)
def test_alone(values: Any) -> None:
    theirs, ours = (_alone(library, *values) for library in LIBRARIES)
    assert ours == theirs


def test_numbers_that_float32_does_not_hold_are_refused() -> None:
    """Keras's are of 32 bits; ours would be other numbers."""
    wrong = r"v keeps whole numbers in float32.*: 16777217 would become 16777216; count in parts"
    with pytest.raises(DataError, match=wrong):
        pellucid.Variable(2**24 + 1, dtype="int32", trainable=False, name="v")
    made = pellucid.Variable([0, 2**24], dtype="int32", trainable=False, name="v")
    for change in (lambda: made.assign([0, 2**24 + 1]), lambda: made.assign_add([0, 1])):
        with pytest.raises(DataError, match=wrong):
            change()
    made[0] = 2.5
    assert made.numpy().tolist() == [2.0, 2**24]


def _model(library: Any) -> Any:
    """One whose layer counts, by fractions too."""

    class Counting(library.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.seen = self.add_weight(shape=(2,), dtype="int32", trainable=False, name="seen")

        def call(self, inputs: Any) -> Any:
            both = library.ops.sum(inputs) * np.array([0.5, -0.5], np.float32)
            self.seen.assign_add(library.ops.cast(both, "int32"))
            return inputs * library.ops.cast(self.seen[0] + 1, "float32")

    layer = library.saving.register_keras_serializable(package="test_whole_variables")(Counting)
    return library.Sequential([library.layers.Input((3,)), layer(name="counting")], name="chain")


def test_weights_of_layers(tmp_path: Any) -> None:
    """In calls, in training, and from one library's file in the other."""
    models = [_model(library) for library in LIBRARIES]
    told = []
    for model in models:
        model.compile("sgd", "mse")
        found = [np.asarray(model(X)), model.fit(X, X, batch_size=2, epochs=2, verbose=0).history["loss"]]
        told.append([*found, model.layers[0].seen.numpy()])
    for theirs, ours in zip(*told, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    for (library, other), model in zip((LIBRARIES, LIBRARIES[::-1]), models, strict=True):
        model.save(tmp_path / f"{library.__name__}.keras")
        read = other.models.load_model(tmp_path / f"{library.__name__}.keras")
        np.testing.assert_array_equal(np.asarray(read.layers[0].seen.numpy()), np.asarray(model.layers[0].seen.numpy()))


def test_a_file_with_a_number_that_float32_does_not_hold_is_refused(tmp_path: Any) -> None:
    """Whole, and with nothing of it taken."""
    theirs, ours = (_model(library) for library in LIBRARIES)
    theirs.layers[0].seen.assign([7, 2**24 + 1])
    theirs.save(tmp_path / "model.keras")
    theirs.save_weights(tmp_path / "model.weights.h5")
    with pytest.raises(FileError, match=r"chain/counting/seen keeps whole numbers in float32"):
        pellucid.load_model(tmp_path / "model.keras")
    with pytest.raises(DataError, match=r"chain/counting/seen keeps whole numbers in float32"):
        ours.load_weights(tmp_path / "model.weights.h5")
    assert ours.layers[0].seen.numpy().tolist() == [0.0, 0.0]


def test_they_are_never_learned() -> None:
    with pytest.raises(ArgumentError, match=r"holds float32 numbers, got dtype='int32'"):
        pellucid.layers.Dense(1).add_weight(shape=(1,), dtype="int32")


@pytest.mark.parametrize("dtype", [np.array([]), np.array([1, 2]), "float64", 3])
def test_a_type_of_a_weight_that_is_none_is_refused(dtype: Any) -> None:
    with pytest.raises(ArgumentError, match=r"\"counting\" holds float32 numbers, got dtype="):
        pellucid.layers.Layer(name="counting").add_weight((2,), dtype=dtype, trainable=False)


@pytest.mark.parametrize("dtype", ["int32", np.int32, np.dtype("int32")])
def test_weights_of_whole_numbers_begin_with_zeros(dtype: Any) -> None:
    made = pellucid.layers.Layer().add_weight((2,), dtype=dtype, trainable=False)
    assert made.numpy().tolist() == [0, 0]
