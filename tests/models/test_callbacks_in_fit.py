"""Callbacks during `fit`: who is called when, how training is stopped, and what Ctrl-C leaves behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Sequential
from pellucid.callbacks import Callback, EarlyStopping, History, LambdaCallback, ProgbarLogger
from pellucid.legacy import collected
from pellucid.training import portions

Data = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Sequential]


class Recorder(Callback):
    """Notes the name of every hook that is called, and raises or stops at a chosen one."""

    def __init__(self, at: tuple[Any, ...] = (), then: Callable[[Any], None] | None = None) -> None:
        super().__init__()
        self.calls: list[tuple[Any, ...]] = []
        for hook in (name for name in dir(Callback) if name.startswith("on_")):
            setattr(self, hook, lambda *arguments, hook=hook: self._note(hook, *arguments))
        self.at, self.then = at, then

    def _note(self, hook: str, *arguments: Any) -> None:
        call = (hook, *[argument for argument in arguments if isinstance(argument, int)])
        self.calls.append(call)
        if call == self.at and self.then is not None:
            self.then(self.model)


def interrupt(model: Sequential) -> None:
    """As if Ctrl-C were pressed now."""
    raise KeyboardInterrupt


def stop(model: Sequential) -> None:
    """What EarlyStopping does."""
    model.stop_training = True


def interrupted(model: Sequential, *arguments: Any, **settings: Any) -> History:
    """What is recorded of a `fit` that Ctrl-C ends."""
    with pytest.raises(KeyboardInterrupt):
        model.fit(*arguments, verbose=0, **settings)
    assert model.history is not None
    return model.history


def test_order_of_calls(make_classifier: Make, data: Data) -> None:
    """Two epochs of two batches, each followed by a validation of one batch."""
    recorder = Recorder()
    make_classifier().fit(*data, epochs=2, batch_size=20, validation_split=0.2, verbose=0, callbacks=[recorder])
    epoch = [
        [("on_epoch_begin", number)]
        + [call for batch in (0, 1) for call in (("on_train_batch_begin", batch), ("on_train_batch_end", batch))]
        + [("on_test_begin",), ("on_test_batch_begin", 0), ("on_test_batch_end", 0), ("on_test_end",)]
        + [("on_epoch_end", number)]
        for number in (0, 1)
    ]
    assert recorder.calls == [("on_train_begin",), *epoch[0], *epoch[1], ("on_train_end",)]


def test_callbacks_of_evaluate(make_classifier: Make, data: Data) -> None:
    """Only what belongs to a test."""
    recorder = Recorder()
    make_classifier().evaluate(*data, batch_size=50, verbose=0, callbacks=[recorder])
    assert [call[0] for call in recorder.calls] == [
        "on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end",
    ]  # fmt: skip


def test_several_callbacks_in_the_order_given(make_classifier: Make, data: Data) -> None:
    """Each knows the model; the logs of an epoch hold everything that the history gets."""
    seen: list[Any] = []
    first = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(("first", epoch, dict(logs))))
    second = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(("second", epoch, dict(logs))))
    model = make_classifier(metrics=["accuracy"])
    history = model.fit(*data, validation_split=0.2, verbose=0, callbacks=[first, second])
    expected = {name: values[0] for name, values in history.history.items()}
    assert seen == [("first", 0, expected), ("second", 0, expected)]
    assert first.model is second.model is model


def test_a_single_callback_may_stand_alone(make_classifier: Make, data: Data) -> None:
    """As in Keras."""
    recorder = Recorder()
    make_classifier().fit(*data, verbose=0, callbacks=recorder)
    assert recorder.calls[-1] == ("on_train_end",)


def test_stop_after_an_epoch(make_classifier: Make, data: Data) -> None:
    """The history ends there, `on_train_end` is called, and the next fit starts afresh."""
    recorder, model = Recorder(("on_epoch_end", 1), stop), make_classifier()
    history = model.fit(*data, epochs=9, verbose=0, callbacks=[recorder])
    assert history.epoch == [0, 1]
    assert not history.interrupted
    assert recorder.calls.count(("on_train_end",)) == 1
    assert model.fit(*data, epochs=3, verbose=0).epoch == [0, 1, 2]


@pytest.mark.parametrize(
    ("at", "epochs"),
    [
        (("on_epoch_begin", 0), []),
        (("on_train_batch_begin", 1), []),
        (("on_train_batch_end", 0), []),
        (("on_test_batch_begin", 0), []),
        (("on_epoch_end", 1), [0, 1]),
        (("on_epoch_begin", 2), [0, 1]),
    ],
)
def test_ctrl_c_keeps_the_work(make_classifier: Make, data: Data, at: tuple[Any, ...], epochs: list[int]) -> None:
    """What was completed is in `model.history`, callbacks are told of the end, and training can go on."""
    early, late, model = Recorder(), Recorder(at, interrupt), make_classifier()
    history = interrupted(model, *data, epochs=4, batch_size=20, validation_split=0.2, callbacks=[early, late])
    assert history.interrupted
    assert set(history.epoch) <= set(epochs)
    assert all(len(curve) == len(history.epoch) for curve in history.history.values())
    for recorder in (early, late):
        assert recorder.calls[-1] == ("on_train_end",)
        assert recorder.calls.count(("on_train_end",)) == 1
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    again = model.fit(*data, epochs=2, verbose=0)
    assert again.epoch == [0, 1]
    assert not again.interrupted


def test_ctrl_c_between_batches_keeps_the_steps_made(make_classifier: Make, data: Data) -> None:
    """After an interruption behind the second batch the weights are those after two steps."""
    stepped, model = make_classifier("sgd"), make_classifier("sgd")
    model.set_weights(stepped.get_weights())
    for part in (slice(0, 20), slice(20, 40)):
        stepped.train_on_batch(data[0][part], data[1][part])
    recorder = Recorder(("on_train_batch_end", 1), interrupt)
    interrupted(model, *data, batch_size=20, shuffle=False, callbacks=[recorder])
    for mine, reference in zip(model.get_weights(), stepped.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, reference)


def test_a_real_signal_ends_a_long_training(make_classifier: Make, data: Data) -> None:
    """SIGINT arrives at some moment within a step: that is finished and counted, then `KeyboardInterrupt` comes."""
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread only")
    model = make_classifier()
    model.fit(*data, verbose=0)
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    before = model.stepper.iterations
    history = interrupted(model, *data, epochs=1_000_000)
    assert history.interrupted
    epochs, batches = model.stepper.position
    assert model.stepper.iterations - before == 2 * epochs + batches
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert 0 < len(history.epoch) < 1_000_000
    assert np.isfinite(np.asarray(model.predict(data[0]))).all()


def test_ctrl_c_gives_the_best_weights_back(make_classifier: Make, data: Data) -> None:
    """EarlyStopping restores them at every end of a training."""
    model, best = make_classifier(), []
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: best.append(model.get_weights()))
    spoil = LambdaCallback(on_train_batch_end=lambda batch, logs: _spoil(model) if len(best) == 2 else None)
    stopper = EarlyStopping("loss", patience=9, restore_best_weights=True)
    interrupter = Recorder(("on_epoch_begin", 3), interrupt)
    assert interrupted(model, *data, epochs=9, callbacks=[keep, spoil, stopper, interrupter]).interrupted
    assert stopper.best_epoch == 1
    for mine, reference in zip(model.get_weights(), best[1], strict=True):
        np.testing.assert_array_equal(mine, reference)


def _spoil(model: Sequential) -> None:
    model.set_weights([weight * 50 for weight in model.get_weights()])


def test_other_exceptions_come_through(make_classifier: Make, data: Data) -> None:
    """They are the caller's; the model can be used afterwards."""

    def fail(model: Sequential) -> None:
        raise ZeroDivisionError("mine")

    model = make_classifier()
    with pytest.raises(ZeroDivisionError, match=r"^mine$"):
        model.fit(*data, epochs=3, verbose=0, callbacks=[Recorder(("on_epoch_end", 0), fail)])
    assert model.fit(*data, verbose=0).epoch == [0]


def test_weights_that_a_callback_changes_count_at_once(make_classifier: Make, data: Data) -> None:
    """`set_weights` between two batches changes what the next step computes."""
    model, losses = make_classifier("sgd"), []
    zero = LambdaCallback(
        on_train_batch_begin=lambda batch, logs: model.set_weights([w * 0 for w in model.get_weights()]),
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"]),
    )
    model.fit(*data, batch_size=10, verbose=0, callbacks=[zero])
    assert losses == pytest.approx([np.log(3)] * 5, rel=1e-6)


def test_a_callback_may_freeze_a_layer_between_two_batches(make_classifier: Make, data: Data) -> None:
    """The steps after it leave that layer's weights alone; those before it, and other layers, are trained as ever."""
    kernels: list[np.ndarray] = []

    class Freeze(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            kernels.append(np.array(self.model.layers[0].get_weights()[0]))
            self.model.layers[0].trainable = batch < 1

    model = make_classifier()
    model.fit(*data, batch_size=4, verbose=0, callbacks=[Freeze()])
    assert len(kernels) > 3
    assert not np.array_equal(kernels[0], kernels[1])
    assert all(np.array_equal(kernels[1], kernel) for kernel in kernels[2:])


def test_a_history_of_the_users_is_the_one(make_classifier: Make, data: Data) -> None:
    """As in Keras: it is returned, and what it has of an earlier training stays in its curves."""
    mine, model = History(), make_classifier()
    assert model.fit(*data, epochs=2, verbose=0, callbacks=[mine]) is mine is model.history
    model.fit(*data, epochs=3, verbose=0, callbacks=[mine])
    assert (mine.epoch, len(mine.history["loss"])) == ([0, 1, 2], 5)


def test_a_progress_bar_of_the_users_is_the_only_one(
    make_classifier: Make, data: Data, capsys: pytest.CaptureFixture[str]
) -> None:
    make_classifier().fit(*data, callbacks=[ProgbarLogger(2)])
    assert capsys.readouterr().out.count("loss") == 1


class OldHooks(Callback):
    """As it was written for Keras 1 and 2."""

    def __init__(self) -> None:  # without that of the base
        self.seen: list[tuple[str, int, float | None]] = []

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.seen.append(("begin", batch, logs.get("acc")))

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        self.seen.append(("end", batch, logs.get("acc")))


@pytest.mark.parametrize("name", ["acc", "accuracy"])
def test_hooks_and_names_of_older_kerases(make_classifier: Make, data: Data, name: str) -> None:
    """`logs.get("acc")` is there where "acc" was asked for, and with a word about it where "accuracy" was."""
    callback, ends = OldHooks(), []
    watch = LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append((logs.get("acc"), logs.get("val_acc"))))
    with collected() as told:
        history = make_classifier(metrics=[name]).fit(
            *data, batch_size=25, validation_split=0.2, verbose=0, callbacks=[callback, watch]
        )
    assert [call[:2] for call in callback.seen] == [("begin", 0), ("end", 0), ("begin", 1), ("end", 1)]
    assert [call[2] is None for call in callback.seen] == [True, False, True, False]
    assert ends == [(history.history[name][0], history.history[f"val_{name}"][0])]
    assert bool(told) is (name == "accuracy")
    assert callback.params == {"verbose": 0, "epochs": 1, "steps": 2}


@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_a_callback_may_end_a_pass(make_classifier: Make, data: Data, method: str) -> None:
    """`stop_evaluating` and `stop_predicting`, as in Keras; the next pass sees everything."""
    model, x = make_classifier(), data[0]
    end = LambdaCallback(
        on_test_batch_end=lambda batch, logs: setattr(model, "stop_evaluating", batch == 1),
        on_predict_batch_end=lambda batch, logs: setattr(model, "stop_predicting", batch == 1),
    )
    if method == "evaluate":
        expected = model.evaluate(x[:20], data[1][:20], verbose=0)
        assert model.evaluate(*data, batch_size=10, verbose=0, callbacks=[end]) == pytest.approx(expected)
    else:
        np.testing.assert_allclose(model.predict(x, batch_size=10, callbacks=[end]), model.predict(x[:20]), rtol=1e-6)
    assert len(np.asarray(model.predict(x, batch_size=10))) == len(x)


def test_watching_changes_nothing(make_classifier: Make, data: Data, same_weights: Callable[..., bool]) -> None:
    """Training that looks at the model before each batch gives the same weights to the bit."""
    trained = []
    for callbacks in ([], [LambdaCallback(on_train_batch_end=lambda *_: None)]):
        pellucid.set_random_seed(0)
        model = make_classifier()
        model.fit(*data, batch_size=7, epochs=2, verbose=0, callbacks=callbacks)
        trained.append(model)
    assert same_weights(*trained)


def test_who_hears_of_batches_now_and_then(make_classifier: Make, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the first, and then only so often; who wants to hear of all is heard of by all."""

    class Rare(Callback):
        def __init__(self) -> None:
            super().__init__()
            self.heard: list[int] = []
            self.unhurried_hooks = (Rare.on_train_batch_end,)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.heard.append(batch)

    monkeypatch.setattr(portions, "PACE", 1e9)
    model, rare = make_classifier(), Rare()
    model.fit(*data, batch_size=2, verbose=0, callbacks=[rare])
    assert rare.heard == [0]
    rare.heard.clear()
    model.fit(*data, batch_size=2, verbose=0, callbacks=[rare, LambdaCallback(on_train_batch_begin=lambda *_: None)])
    assert rare.heard == list(range(25))


def test_the_line_of_an_evaluation_tells_how_far_it_came(
    make_classifier: Make, data: Data, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether the logger was told of its batches, because somebody else is, or not."""
    model = make_classifier()
    end = LambdaCallback(on_test_batch_end=lambda batch, logs: setattr(model, "stop_evaluating", batch == 1))
    for callbacks, count in (([], "5/5"), ([end], "2/5")):
        model.evaluate(*data, batch_size=10, verbose=2, callbacks=callbacks)
        assert capsys.readouterr().out.startswith(f"{count} - 0s - ")
