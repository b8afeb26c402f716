"""Files of Keras that hold what Pellucid does not offer: refused by name, never read as something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

from pellucid import load_model
from pellucid.errors import FileError

assert keras_oracle.keras is keras


def _image() -> Any:
    return keras.Input((8, 8, 1))


def _layers(*stack: Any) -> Any:
    return keras.Sequential([_image(), *stack])


def _called(call: Callable[[Any], Any]) -> Any:
    x = _image()
    return keras.Model(x, call(x))


k = keras.layers
UNSUPPORTED: dict[str, tuple[Callable[[], Any], str]] = {
    "a layer that is not here": (lambda: _layers(k.Reshape((8, 8)), k.LSTM(2)), "class .*'LSTM'"),
    "a function that is not here": (lambda: _called(keras.ops.i0), "unknown function .* 'I0'"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_models_of_keras_that_are_not_supported(case: str, tmp_path: Path) -> None:
    """Said in one sentence; nothing is read differently from what it was."""
    make, message = UNSUPPORTED[case]
    make().save(tmp_path / "theirs.keras")
    with pytest.raises(FileError, match=rf"theirs\.keras: .*{message}") as caught:
        load_model(tmp_path / "theirs.keras")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("training", [None, False, True])
def test_the_training_argument_of_a_call_is_read_over(training: bool | None, tmp_path: Path) -> None:
    """Keras writes it for every Dropout, False by default, and overrides it whenever the model is run; so do we."""
    x = keras.Input((100,))
    theirs = keras.Model(x, k.Dropout(0.5)(x, training=training))
    theirs.save(tmp_path / "theirs.keras")
    ones = np.ones((1, 100), np.float32)
    assert bool((np.asarray(theirs(ones, training=True)) == 0).any())
    np.testing.assert_array_equal(theirs.predict(ones, verbose=0), ones)
    np.testing.assert_array_equal(load_model(tmp_path / "theirs.keras").predict(ones), ones)


@keras.saving.register_keras_serializable("theirs")
class Distance(keras.losses.Loss):
    """One that Pellucid is not told of."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return abs(y_true - y_pred)


COMPILED: dict[str, tuple[dict[str, Any], str]] = {
    "another loss": ({"optimizer": "sgd", "loss": Distance()}, "Distance"),
}


@pytest.mark.parametrize("case", COMPILED)
def test_settings_of_training_that_are_not_supported(case: str, tmp_path: Path) -> None:
    """Said with the way out, which works: the model without them."""
    settings, message = COMPILED[case]
    theirs = _layers(k.Flatten(), k.Dense(3))
    theirs.compile(**settings)
    theirs.save(tmp_path / "theirs.keras")
    with pytest.raises(FileError, match=rf"theirs\.keras: .*{message}.*compile=False"):
        load_model(tmp_path / "theirs.keras")
    assert load_model(tmp_path / "theirs.keras", compile=False).count_params() == 195
