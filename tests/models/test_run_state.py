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
    """Takes the record at one moment, when all others were told of it."""

    comes_last = True

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
    assert found == expected


def test_callbacks_go_on_where_they_were() -> None:
    """Early stopping has waited two epochs when the training is interrupted: it waits one more, not three."""
    stopping = [callbacks.EarlyStopping("loss", patience=3, min_delta=1e9) for _ in range(2)]
    model = _model()
    model.fit(X, Y, epochs=3, verbose=0, callbacks=stopping[0])
    assert (stopping[0].wait, stopping[0].stopped_epoch) == (2, 0)
    state = model.stepper.capture()
    assert list(state.callbacks) == ["EarlyStopping", "History"]
    resumed = _model(seed=5)
    resumed.stepper.restore(state)
    history = resumed.fit(X, Y, epochs=9, initial_epoch=state.epoch, verbose=0, callbacks=stopping[1])
    assert (stopping[1].stopped_epoch, history.epoch) == (3, [0, 1, 2, 3])


def test_other_callbacks_than_those_of_the_record_are_refused() -> None:
    model = _model()
    stopping = callbacks.EarlyStopping("loss")
    model.fit(X, Y, verbose=0, callbacks=stopping)
    model.stepper.restore(model.stepper.capture())
    with pytest.raises(ArgumentError, match="had the callback 'EarlyStopping'"):
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
    renamed = {**vars(state), "weights": {names[path]: array for path, array in state.weights.items()}, "slots": {}}
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


PLAIN_X, PLAIN_Y = RNG.normal(size=(64, 4)).astype(np.float32), RNG.normal(size=(64, 2)).astype(np.float32)


def _chain(optimizer: Any = None, metrics: Any = None) -> Sequential:
    random.set_random_seed(5)
    parts = [layers.Dense(3, name="a"), layers.Dense(3, name="b"), layers.Dense(2, name="c")]
    model = Sequential([Input((4,)), *parts], seed=1)
    model.compile(optimizer or optimizers.SGD(0.05, momentum=0.9), "mse", metrics=metrics)
    return model


def _step(model: Model) -> None:
    model.train_on_batch(PLAIN_X, PLAIN_Y)


def _frozen(model: Sequential, name: str, steps: int) -> None:
    model.get_layer(name).trainable = False
    for _ in range(steps):
        _step(model)


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_what_is_remembered_is_current_after_a_layer_was_thawed(name: str) -> None:
    """After each step it is what the weight moved by, the other way round."""
    model = _chain()
    _frozen(model, name, 1)
    model.get_layer(name).trainable = True
    for _ in range(3):
        before = model.stepper.capture()
        _step(model)
        after = model.stepper.capture()
        for path, slots in after.slots.items():
            moved = after.weights[path] - before.weights[path]
            np.testing.assert_allclose(slots["momentum"], -moved, atol=1e-6)
            assert not np.array_equal(slots["momentum"], before.slots[path]["momentum"])


def test_a_step_after_restoring_is_the_same_step_though_a_layer_was_thawed() -> None:
    model = _chain()
    _frozen(model, "b", 1)
    model.get_layer("b").trainable = True
    _step(model)
    state = model.stepper.capture()
    _step(model)
    expected = model.get_weights()
    model.stepper.restore(state)
    _step(model)
    assert all(map(np.array_equal, expected, model.get_weights()))


def test_what_is_remembered_of_a_layer_that_an_older_model_shares_is_current() -> None:
    shared = layers.Dense(4, name="shared")
    Sequential([Input((4,)), shared, layers.Dense(1)]).predict(PLAIN_X)
    model = Sequential([Input((4,)), layers.Dense(4), shared, layers.Dense(2)], seed=1)
    model.compile(optimizers.SGD(0.01, momentum=0.9), "mse")
    _step(model)
    before = model.stepper.capture().slots
    _step(model)
    after = model.stepper.capture().slots
    assert not any(np.array_equal(before[path]["momentum"], after[path]["momentum"]) for path in before)


def test_a_record_keeps_what_is_remembered_of_frozen_weights() -> None:
    model = _chain()
    _step(model)
    _frozen(model, "a", 1)
    restored = _chain()
    restored.get_layer("a").trainable = False
    restored.stepper.restore(model.stepper.capture())
    for each in (model, restored):
        each.get_layer("a").trainable = True
        _step(each)
    assert all(map(np.array_equal, model.get_weights(), restored.get_weights()))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"metrics": ["mse"]}, "tells of loss, the model of loss, mse"),
        ({"optimizer": "adam"}, "a training by SGD, the model is compiled with Adam"),
    ],
    ids=["metrics", "optimizer"],
)
def test_a_record_of_another_plan_is_refused_and_changes_nothing(other: dict[str, Any], message: str) -> None:
    model, refusing = _chain(), _chain(**other)
    model.fit(PLAIN_X, PLAIN_Y, verbose=0)
    before = refusing.get_weights()
    with pytest.raises(ArgumentError, match=message):
        refusing.stepper.restore(model.stepper.capture())
    assert all(map(np.array_equal, before, refusing.get_weights()))
    assert refusing.stepper.iterations == 0


class _Stop(callbacks.Callback):
    """Interrupts in the middle of an epoch."""

    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self.error = error

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 3:
            raise self.error


class _Seen(callbacks.Callback):
    """Which batches there were."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches.append(batch)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_the_next_fit_after_an_interrupted_one_sees_all_batches(error: type[BaseException]) -> None:
    model, seen = _chain(), _Seen()
    with pytest.raises(error):
        model.fit(PLAIN_X, PLAIN_Y, batch_size=8, verbose=0, callbacks=_Stop(error))
    model.fit(PLAIN_X, PLAIN_Y, batch_size=8, epochs=2, verbose=0, callbacks=seen)
    assert seen.batches == [*range(8), *range(8)]


def test_an_interrupted_epoch_goes_on_only_where_its_record_was_restored_and_only_there() -> None:
    model = _chain()
    with pytest.raises(KeyboardInterrupt):
        model.fit(PLAIN_X, PLAIN_Y, batch_size=8, verbose=0, callbacks=_Stop(KeyboardInterrupt))
    state = model.stepper.capture()
    assert (state.epoch, state.batch) == (0, 4)
    for first, expected in ((0, [4, 5, 6, 7]), (1, [*range(8)])):
        seen = _Seen()
        model.stepper.restore(RunState(**{**vars(state), "callbacks": {}}))
        model.fit(PLAIN_X, PLAIN_Y, batch_size=8, initial_epoch=first, epochs=first + 1, verbose=0, callbacks=seen)
        assert seen.batches == expected
    model.stepper.restore(RunState(**{**vars(state), "callbacks": {}}))
    with pytest.raises(ArgumentError, match="stopped before batch 5 of 8, but the data makes 2 batches"):
        model.fit(PLAIN_X[:16], PLAIN_Y[:16], batch_size=8, verbose=0)


def test_the_history_in_a_record_from_within_a_fit_is_whole() -> None:
    watcher, model = Capturing(1, None), _chain()
    expected = model.fit(PLAIN_X, PLAIN_Y, epochs=4, verbose=0, callbacks=watcher)
    resumed = _chain()
    resumed.stepper.restore(watcher.state)
    history = resumed.fit(PLAIN_X, PLAIN_Y, epochs=4, initial_epoch=2, verbose=0, callbacks=Capturing(9, None))
    assert (history.epoch, history.history) == ([0, 1, 2, 3], expected.history)


def test_layers_that_are_added_later_leave_what_is_remembered_of_the_others() -> None:
    model = _chain("adam")
    _step(model)
    before = model.stepper.capture().slots["a/kernel"]
    model.add(layers.Dense(2, name="d"))
    after = model.stepper.capture().slots
    assert all(np.array_equal(before[name], after["a/kernel"][name]) for name in before)
    assert not any(array.any() for array in after["d/kernel"].values())


def test_models_of_one_optimizer_count_together() -> None:
    first = _chain()
    for _ in range(3):
        _step(first)
    second = _chain(first.optimizer)
    _step(second)
    assert (first.optimizer.iterations, second.optimizer.iterations, first.optimizer.iterations) == (4, 4, 4)
