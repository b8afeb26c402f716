"""Optimisers, penalties, models, callbacks and functions in the words of older Kerases."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import constraints, optimizers, regularizers, utils
from keras.callbacks import EarlyStopping, ModelCheckpoint, ProgbarLogger, ReduceLROnPlateau, TensorBoard
from recording import read_back, translated

from pellucid.errors import ArgumentError
from pellucid.legacy import Curves, collected, written_for


def names(function: Callable[..., Any]) -> list[str]:
    """What Keras 3's class or function takes by position."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"]


RENAMED = [
    (keras.Model.compile, "compile", "compile('adam', 'mse', ['mae'])", "compile('adam', 'mse', metrics=['mae'])"),
    (keras.Model.compile, "compile", "compile('sgd', 'mse', ['mae'], [1])", "compile('sgd', 'mse', [1], ['mae'])"),
    (
        keras.Model.compile,
        "compile",
        "compile(loss='mse', optimizer='sgd', class_mode='categorical', theano_mode=None)",
        "compile(loss='mse', optimizer='sgd')",
    ),
    (keras.Model.fit, "fit", "fit(1, 2, nb_epoch=5, batch_size=8)", "fit(1, 2, epochs=5, batch_size=8)"),
    (keras.Model.fit, "fit", "fit(X=1, y=2, show_accuracy=False)", "fit(x=1, y=2)"),
    (keras.Model.fit, "fit", "fit(1, 2, workers=4, use_multiprocessing=True, max_queue_size=9)", "fit(1, 2)"),
    (keras.Model.predict, "predict", "predict(X=1, workers=4)", "predict(1)"),
    (keras.Model.evaluate, "evaluate", "evaluate(X=1, y=2, workers=4, show_accuracy=False)", "evaluate(1, 2)"),
    (keras.Model.train_on_batch, "train_on_batch", "train_on_batch(X=1, y=2)", "train_on_batch(1, 2)"),
    (keras.layers.InputLayer, "InputLayer", "InputLayer(input_shape=(8,))", "InputLayer((8,))"),
    (keras.layers.InputLayer, "InputLayer", "InputLayer(batch_input_shape=(None, 8))", "InputLayer((8,))"),
    (keras.Input, "Input", "Input(shape=(8,), input_dtype='float32')", "Input((8,), dtype='float32')"),
    (optimizers.SGD, "SGD", "SGD(lr=0.1, momentum=0.9, nesterov=True)", "SGD(0.1, momentum=0.9, nesterov=True)"),
    (optimizers.SGD, "SGD", "SGD(0.1, 0.9, 0.0, True)", "SGD(0.1, 0.9, nesterov=True)"),
    (optimizers.SGD, "SGD", "SGD(lr=0.1, decay=0.0)", "SGD(0.1)"),
    (optimizers.Adam, "Adam", "Adam(lr=0.01, epsilon=None)", "Adam(0.01)"),
    (optimizers.Adam, "Adam", "Adam(0.01, 0.9, 0.99, 1e-8, 0.0)", "Adam(0.01, 0.9, 0.99, 1e-8)"),
    (optimizers.Adam, "Adam", "Adam(0.01, 0.9, 0.99, None, 0.0, False)", "Adam(0.01, 0.9, 0.99, amsgrad=False)"),
    (optimizers.RMSprop, "RMSprop", "RMSprop(0.01, 0.9, None, 0.0)", "RMSprop(0.01, 0.9)"),
    (optimizers.RMSprop, "RMSprop", "RMSprop(0.01, 0.9, 1e-8, decay=0.0)", "RMSprop(0.01, 0.9, epsilon=1e-8)"),
    (optimizers.Adagrad, "Adagrad", "Adagrad(epsilon=None)", "Adagrad(0.01)"),
    (optimizers.Adadelta, "Adadelta", "Adadelta(rho=0.9, epsilon=None)", "Adadelta(1.0, rho=0.9)"),
    (optimizers.Adamax, "Adamax", "Adamax(lr=0.002)", "Adamax(0.002)"),
    (optimizers.Adamax, "Adamax", "Adamax(epsilon=None)", "Adamax(0.002)"),
    (optimizers.Nadam, "Nadam", "Nadam(epsilon=None)", "Nadam(0.002)"),
    (optimizers.Adadelta, "Adadelta", "Adadelta(lr=0.5)", "Adadelta(0.5)"),
    (optimizers.Adagrad, "Adagrad", "Adagrad(lr=0.5, decay=0.0)", "Adagrad(0.5)"),
    (optimizers.Nadam, "Nadam", "Nadam(lr=0.002, schedule_decay=0.004)", "Nadam(0.002)"),
    (regularizers.L1, "L1", "L1(l=0.1)", "L1(0.1)"),
    (regularizers.L2, "L2", "L2(l=0.1)", "L2(0.1)"),
    (regularizers.L1L2, "l1l2", "l1l2()", "L1L2(0.01, 0.01)"),
    (regularizers.L1L2, "l1l2", "l1l2(l2=0.5)", "L1L2(0.01, 0.5)"),
    (regularizers.L1L2, "l1l2", "l1l2(0.5)", "L1L2(0.5, 0.01)"),
    (regularizers.L1, "activity_l1", "activity_l1(l=0.1)", "L1(0.1)"),
    (regularizers.L1, "activity_l1", "activity_l1()", "L1()"),
    (regularizers.L2, "activity_l2", "activity_l2(l=0.1)", "L2(0.1)"),
    (regularizers.L1L2, "ActivityRegularizer", "ActivityRegularizer(0.1)", "L1L2(0.1)"),
    (regularizers.L1L2, "L1L2Regularizer", "L1L2Regularizer(0.1, 0.2)", "L1L2(0.1, 0.2)"),
    (regularizers.L2, "activity_l2", "activity_l2(0.1)", "L2(0.1)"),
    (regularizers.L1L2, "activity_l1l2", "activity_l1l2(l1=0.1)", "L1L2(0.1, 0.01)"),
    (regularizers.L1L2, "WeightRegularizer", "WeightRegularizer(l1=0.1)", "L1L2(0.1)"),
    (constraints.MaxNorm, "MaxNorm", "MaxNorm(m=3)", "MaxNorm(3)"),
    (constraints.MaxNorm, "maxnorm", "maxnorm(m=3, axis=1)", "MaxNorm(3, axis=1)"),
    (constraints.MaxNorm, "maxnorm", "maxnorm(3)", "MaxNorm(3)"),
    (constraints.NonNeg, "nonneg", "nonneg()", "NonNeg()"),
    (constraints.UnitNorm, "unitnorm", "unitnorm(axis=1)", "UnitNorm(1)"),
    (constraints.MinMaxNorm, "MinMaxNorm", "MinMaxNorm(low=0.1, high=2.0)", "MinMaxNorm(0.1, 2.0)"),
    (utils.to_categorical, "to_categorical", "to_categorical(y=[0, 1], nb_classes=3)", "to_categorical([0, 1], 3)"),
    (utils.to_categorical, "to_categorical", "to_categorical([0], dtype='float32')", "to_categorical([0])"),
    (utils.normalize, "normalize", "normalize(a=[1.0])", "normalize([1.0])"),
    (ReduceLROnPlateau, "ReduceLROnPlateau", "ReduceLROnPlateau(epsilon=1)", "ReduceLROnPlateau(min_delta=1)"),
    (TensorBoard, "TensorBoard", "TensorBoard('a', write_grads=True, batch_size=8)", "TensorBoard('a')"),
    (TensorBoard, "TensorBoard", "TensorBoard('a', 1, 32, False, True)", "TensorBoard('a', 1, False)"),
    (ProgbarLogger, "ProgbarLogger", "ProgbarLogger(count_mode='steps', stateful_metrics=[])", "ProgbarLogger()"),
]  # fmt: skip


def split(text: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call as text: with what by position and by name."""
    return eval(f"call({text.partition('(')[2]}", {"call": lambda *args, **kwargs: (args, kwargs)})


@pytest.mark.parametrize(("function", "owner", "written", "today"), RENAMED, ids=[row[2] for row in RENAMED])
def test_old_words(function: Callable[..., Any], owner: str, written: str, today: str) -> None:
    """Each becomes what it is today, and is told so once, as text that Python reads back."""
    args, kwargs = split(written)
    call, found = translated(owner, args, kwargs, names(function))
    expected = read_back(today, names(function))
    assert call == expected[1]
    assert len(found) == 1
    assert read_back(found[0].today, names(function)) == expected


@pytest.mark.parametrize(
    ("function", "today"),
    [
        (keras.Model.compile, "compile('adam', 'mse', [1.0, 2.0])"),
        (keras.Model.compile, "compile('adam', 'mse', None, ['mae'])"),
        (keras.Model.compile, "compile('adam', loss='mse', metrics=['mae'])"),
        (keras.Model.fit, "fit(1, 2, 8, 5)"),
        (optimizers.SGD, "SGD(0.1, 0.9, True)"),
        (optimizers.RMSprop, "RMSprop(0.1, 0.9, 0.5)"),
        (optimizers.Adagrad, "Adagrad(0.1, 0.1)"),
        (optimizers.Adam, "Adam(0.1, 0.9, 0.99, 1e-7, False)"),
        (regularizers.L2, "L2(0.1)"),
        (constraints.MaxNorm, "MaxNorm(3)"),
        (utils.to_categorical, "to_categorical([0], 3)"),
    ],
)
def test_todays_words(function: Callable[..., Any], today: str) -> None:
    """Nothing is changed, and nothing said."""
    args, kwargs = split(today)
    call, found = translated(today.partition("(")[0], args, kwargs, names(function))
    assert (call, found) == (read_back(today, names(function))[1], [])


def test_positions_that_a_generation_had() -> None:
    """Whoever says for which Keras a call is written has it read so; else it is today's."""
    stopping = ["loss", 3, 1]
    with written_for(1):
        call, found = translated("EarlyStopping", stopping, {}, names(EarlyStopping))
    assert call == {"monitor": "loss", "patience": 4, "verbose": 1} and len(found) == 1
    assert translated("EarlyStopping", stopping, {}, names(EarlyStopping))[1] == []
    saving = ["a", "loss", 0, True, False, "min", 1]
    with written_for(2):
        call, found = translated("ModelCheckpoint", saving, {}, names(ModelCheckpoint))
    assert "save_freq" not in call and call["mode"] == "min" and call["period"] == 1 and len(found) == 1
    assert translated("ModelCheckpoint", saving, {}, names(ModelCheckpoint))[0]["save_freq"] == 1


def test_the_learning_rate_of_a_history() -> None:
    """`history["lr"]`, as the callbacks of Keras 2 told it."""
    curves = Curves("history", {"learning_rate": [0.5]})
    with collected() as found:
        assert (curves["lr"], curves.get("lr"), Curves("history").get("lr")) == ([0.5], [0.5], None)
    assert found[0].today == "history['learning_rate']"


def test_a_model_of_input_and_output() -> None:
    call, found = translated("Model", [], {"input": "a", "output": "b"}, ["inputs", "outputs"])
    assert call == {"inputs": "a", "outputs": "b"} and len(found) == 1
    assert translated("Model", ["a", "b"], {}, ["inputs", "outputs"]) == (call, [])
    with pytest.raises(ArgumentError, match="'input' and 'inputs'"):
        translated("Model", [], {"input": "a", "inputs": "b", "outputs": "c"}, ["inputs", "outputs"])


@pytest.mark.parametrize(
    ("owner", "args", "kwargs", "initial"),
    [
        ("SGD", (), {"lr": 0.5, "decay": 0.1}, 0.5),
        ("SGD", (0.5, 0.9, 0.1), {}, 0.5),
        ("SGD", (0.5,), {"decay": 0.1}, 0.5),
        ("SGD", (), {"learning_rate": 0.5, "decay": 0.1}, 0.5),
        ("Adam", (), {"decay": 0.1}, 0.001),
        ("Adadelta", (), {"decay": 0.1}, 1.0),
        ("Adamax", (), {"decay": 0.1}, 0.002),
        ("Nadam", (), {"lr": 0.5, "decay": 0.1}, 0.5),
    ],
)
def test_decay_is_a_schedule(owner: str, args: tuple[Any, ...], kwargs: dict[str, Any], initial: float) -> None:
    """The record makes Keras's schedule, which has the rate that Keras 2 computed: lr / (1 + decay * iterations)."""
    call, found = translated(owner, args, kwargs, names(getattr(optimizers, owner)))
    assert "decay" not in call
    schedule = optimizers.schedules.deserialize(dict(call["learning_rate"]))
    assert isinstance(schedule, optimizers.schedules.InverseTimeDecay)
    for iteration in (0, 1, 2, 10, 1000):
        assert float(schedule(iteration)) == pytest.approx(initial / (1 + 0.1 * iteration), rel=1e-6)
    assert f"InverseTimeDecay(initial_learning_rate={initial}, decay_steps=1, decay_rate=0.1)" in found[0].today


# What can be read in two ways, or not at all ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "written", "readings"),
    [
        (
            optimizers.RMSprop,
            "RMSprop(0.001, 0.9, 1e-08)",
            ["RMSprop(0.001, 0.9, epsilon=1e-08)", "RMSprop(0.001, 0.9, momentum=1e-08)"],
        ),
        (
            optimizers.Adagrad,
            "Adagrad(0.01, 1e-08)",
            ["Adagrad(0.01, epsilon=1e-08)", "Adagrad(0.01, initial_accumulator_value=1e-08)"],
        ),
    ],
)
def test_a_number_that_may_be_epsilon_is_refused(
    function: Callable[..., Any], written: str, readings: list[str]
) -> None:
    args, kwargs = split(written)
    with pytest.raises(ArgumentError) as caught:
        translated(written.partition("(")[0], args, kwargs, names(function))
    assert all(f"today {reading}" in str(caught.value) for reading in readings)
    for reading in readings:
        args, kwargs = split(reading)
        assert translated(written.partition("(")[0], args, kwargs, names(function))[1] == []


@pytest.mark.parametrize(
    ("owner", "kwargs", "message"),
    [
        ("fit", {"nb_epoch": 1, "epochs": 1}, "'nb_epoch' and 'epochs'"),
        ("evaluate", {"show_accuracy": True}, "metrics=\\['accuracy'\\]"),
        ("fit", {"show_accuracy": True}, "metrics=\\['accuracy'\\]"),
        ("Nadam", {"schedule_decay": 0.1}, "schedule_decay=0.1"),
        ("compile", {"sample_weight_mode": "temporal"}, "sample_weight_mode"),
        ("SGD", {"lr": 0.1, "learning_rate": 0.1}, "'lr' and 'learning_rate'"),
        ("to_categorical", {"nb_classes": 3, "num_classes": 3}, "'nb_classes' and 'num_classes'"),
        ("MaxNorm", {"m": 3, "max_value": 3}, "'m' and 'max_value'"),
    ],
)
def test_what_is_refused(owner: str, kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        translated(owner, [], kwargs, [])
