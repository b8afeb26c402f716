"""A training is one record: captured between two steps, restored anywhere, it goes on to the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, callbacks, layers, optimizers, random
from pellucid.engines import get_engine
from pellucid.errors import ArgumentError, ShapeError
from pellucid.training.run_state import RunState

RNG = np.random.default_rng(0)
X, Y = RNG.random((40, 6, 6, 1)).astype(np.float32), RNG.integers(0, 3, 40)
EPOCHS = 4


def _model(seed: int = 3, units: int = 3) -> Model:
    """With all that a record must hold: dropout, moving averages, an inner model, momentum, a schedule."""
    random.set_random_seed(seed)
    inner = Sequential([Input((4, 4, 4)), layers.Dropout(0.4), layers.BatchNormalization()], name="inner")
    model = Sequential(
        [Input((6, 6, 1)), layers.Conv2D(4, 3, activation="relu"), inner, layers.Flatten(), layers.Dense(units)]
    )
    rate = optimizers.schedules.ExponentialDecay(0.05, 3, 0.9)
    loss = "sparse_categorical_crossentropy"
    model.add(layers.Softmax())
    model.compile(optimizers.SGD(rate, momentum=0.9), loss, metrics=["accuracy"])
    return model


class Capturing(callbacks.Callback):
    """Takes the record at one moment."""

    def __init__(self, epoch: int, batch: int | None) -> None:
        super().__init__()
        self.moment, self.epoch = (epoch, batch), 0
        self.state: RunState | None = None
        self.members: Any = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == self.moment:
            self.state = self.model.stepper.capture()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if (epoch, None) == self.moment:
            self.state = self.model.stepper.capture()


def _fit(model: Model, first: int = 0, told: Any = ()) -> Any:
    return model.fit(
        X, Y, batch_size=8, epochs=EPOCHS, initial_epoch=first, validation_split=0.2, callbacks=list(told), verbose=0
    )


@pytest.mark.parametrize("moment", [(0, None), (1, 0), (1, 2), (2, 3), (3, 1)])
def test_whoever_is_restored_gets_the_same_bits(moment: tuple[int, int | None]) -> None:
    watcher = Capturing(*moment)
    whole = _model()
    expected = _fit(whole, told=[watcher]).history
    state = watcher.state
    assert state is not None and state.step > 0
    resumed = _model(seed=99)
    resumed.stepper.restore(state)
    found = _fit(resumed, state.epoch, told=[Capturing(9, 9)]).history
    assert [a.tobytes() for a in resumed.get_weights()] == [a.tobytes() for a in whole.get_weights()]
    epochs = len(found["loss"])
    assert found == {name: values[-epochs:] for name, values in expected.items()}


def test_callbacks_go_on_where_they_were() -> None:
    """Early stopping has waited two epochs when the training is interrupted: it waits one more, not three."""
    stopping = [callbacks.EarlyStopping("loss", patience=3, min_delta=1e9) for _ in range(2)]
    model = _model()
    model.fit(X, Y, epochs=3, verbose=0, callbacks=stopping[0])
    assert (stopping[0].wait, stopping[0].stopped_epoch) == (2, None)
    state = model.stepper.capture(callbacks.CallbackList([stopping[0], model.history]).capture())
    assert list(state.callbacks) == ["0 EarlyStopping", "1 History"]
    resumed = _model(seed=5)
    resumed.stepper.restore(state)
    history = resumed.fit(X, Y, epochs=9, initial_epoch=state.epoch, verbose=0, callbacks=stopping[1])
    assert (stopping[1].stopped_epoch, history.epoch) == (3, [0, 1, 2, 3])


def test_other_callbacks_than_those_of_the_record_are_refused() -> None:
    model = _model()
    stopping = callbacks.EarlyStopping("loss")
    model.fit(X, Y, verbose=0, callbacks=stopping)
    model.stepper.restore(model.stepper.capture(callbacks.CallbackList([stopping]).capture()))
    with pytest.raises(ArgumentError, match="had the callback '0 EarlyStopping'"):
        model.fit(X, Y, verbose=0)


def test_a_record_names_weights_and_slots_by_path() -> None:
    model = _model()
    model.fit(X, Y, verbose=0)
    state = model.stepper.capture()
    names = [layer.name for layer in model.layers]
    inner = f"inner/{model.layers[1].layers[1].name}"
    assert list(state.weights)[:3] == [f"{names[0]}/kernel", f"{names[0]}/bias", f"{inner}/gamma"]
    assert set(state.slots) == {path for path in state.weights if "moving" not in path}
    assert state.slots[f"{names[0]}/kernel"]["momentum"].shape == (3, 3, 1, 4)
    assert (state.step, state.epoch, state.batch, state.seed) == (2, 1, 0, model.seed)
    assert state.learning_rate["class_name"] == "ExponentialDecay"


def test_a_record_is_a_copy() -> None:
    model = _model()
    model.fit(X, Y, verbose=0)
    state = model.stepper.capture()
    before = {path: array.copy() for path, array in state.weights.items()}
    model.fit(X, Y, verbose=0)
    assert all(np.array_equal(array, before[path]) for path, array in state.weights.items())


def test_a_record_of_another_model_is_refused_and_changes_nothing() -> None:
    model = _model()
    model.fit(X, Y, verbose=0)
    before = model.get_weights()
    other = Sequential([Input((6, 6, 1)), layers.Flatten(), layers.Dense(3, name="other")])
    other.compile("sgd", "mse")
    with pytest.raises(ArgumentError, match=r"another model: it lacks .*kernel.* and has other/kernel"):
        model.stepper.restore(other.stepper.capture())
    wider = _model(units=5)
    names = dict(zip(wider.stepper.capture().weights, model.stepper.capture().weights, strict=True))
    state = wider.stepper.capture()
    renamed = {**vars(state), "weights": {names[path]: array for path, array in state.weights.items()}}
    with pytest.raises(ShapeError):
        model.stepper.restore(RunState(**renamed))
    assert all(map(np.array_equal, before, model.get_weights()))


def test_a_run_goes_on_on_another_engine() -> None:
    """Within the rounding of float32: the reference engine computes in float64."""
    native = _model()
    native.fit(X, Y, epochs=2, verbose=0)
    state = native.stepper.capture()
    reference = _model(seed=8)
    reference.runtime.run_on(get_engine("reference"))
    reference.stepper.restore(state)
    for model in (native, reference):
        model.fit(X, Y, epochs=3, initial_epoch=2, verbose=0)
    for found, expected in zip(reference.get_weights(), native.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
