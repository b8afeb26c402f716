"""Metrics that a model or a layer holds, and counts with in its own code: told of as Keras tells of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid.callbacks import BackupAndRestore, Callback, EarlyStopping

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(20, 3)).astype(np.float32), RNG.normal(size=(20, 2)).astype(np.float32)
KERNEL = RNG.normal(size=(3, 2)).astype(np.float32)
RATIO = 1e-5


def _model(library: Any) -> Any:
    """A model that counts in `compute_loss`, with a layer that counts in `call`; with the same weights in both."""
    layers, metrics, ops = library.layers, library.metrics, library.ops

    class Largest(metrics.Metric):
        """No sum: it keeps a variable of its own."""

        def __init__(self, name: str = "largest") -> None:
            super().__init__(name=name)
            self.largest = self.add_weight(name="largest", shape=(), initializer="zeros")

        def update_state(self, y_true: Any, y_pred: Any) -> None:
            self.largest.assign(ops.maximum(self.largest, ops.max(ops.abs(y_true - y_pred))))

        def result(self) -> Any:
            return self.largest + 0.0  # on PyTorch the variable itself would be emptied before Keras tells of it

    class Watched(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.size = metrics.Mean(name="size")

        def call(self, inputs: Any) -> Any:
            self.size.update_state(ops.mean(ops.abs(inputs)))
            return inputs

    class Net(library.Model):
        def __init__(self) -> None:
            super().__init__()
            self.watched, self.dense = Watched(), layers.Dense(2)
            self.four_times, self.largest = metrics.Mean(name="four_times"), Largest()
            self.error = metrics.MeanAbsoluteError(name="error")

        def call(self, inputs: Any) -> Any:
            return self.dense(self.watched(inputs))

        def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None) -> Any:
            loss = super().compute_loss(x, y, y_pred, sample_weight)
            self.four_times.update_state(loss * 4)
            self.largest.update_state(y, y_pred)
            self.error.update_state(y, y_pred, sample_weight)
            return loss

    model = Net()
    model(X)
    model.set_weights([KERNEL, np.zeros(2, np.float32)])
    model.compile(library.optimizers.SGD(0.05), "mse", metrics=["mse"])
    return model


def test_they_are_told_as_keras_tells_them() -> None:
    told = []
    for library in (keras, pellucid):
        model = _model(library)
        given = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0, "sample_weight": np.arange(20.0)}
        history = model.fit(X, Y, validation_data=(X[:9] + 1, Y[:9]), **given).history
        evaluated = model.evaluate(X, Y, batch_size=8, verbose=0)
        own = [float(metric.result()) for metric in (model.four_times, model.largest, model.watched.size)]
        told.append((history, evaluated, own, model.evaluate(X, Y, verbose=0, return_dict=True)))
    (keras_history, keras_evaluated, keras_own, keras_named), (history, evaluated, own, named) = told
    assert sorted(history) == sorted(keras_history) and sorted(named) == sorted(keras_named)
    for name, values in keras_history.items():
        np.testing.assert_allclose(history[name], values, rtol=RATIO, err_msg=name)
    np.testing.assert_allclose(evaluated, keras_evaluated, rtol=RATIO)
    np.testing.assert_allclose(own, keras_own, rtol=RATIO)


def test_they_are_named_behind_those_of_compile() -> None:
    assert _model(pellucid).metrics_names == ["loss", "mse", "four_times", "largest", "error", "size"]


def test_one_that_compile_names_is_told_once() -> None:
    class Net(pellucid.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense, self.error = pellucid.layers.Dense(2), pellucid.metrics.MeanAbsoluteError(name="error")

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    model = Net()
    model.compile("sgd", "mse", metrics=[model.error])
    assert model.metrics_names == ["loss", "error"]


def test_they_can_be_watched() -> None:
    """What a callback monitors may be such a number."""
    model = _model(pellucid)
    stopping = EarlyStopping(monitor="val_largest", patience=5, mode="min")
    history = model.fit(X, Y, verbose=0, epochs=3, validation_data=(X[:9] + 1, Y[:9]), callbacks=[stopping]).history
    assert stopping.best == min(history["val_largest"]) > 0


def test_predictions_count_nothing() -> None:
    model = _model(pellucid)
    model.evaluate(X, Y, verbose=0)
    before = float(model.watched.size.result())
    model.predict(X[:3], verbose=0)
    assert float(model.watched.size.result()) == before


def test_one_that_is_made_too_late_is_told_of() -> None:
    class Late(pellucid.layers.Layer):
        def call(self, inputs: Any) -> Any:
            pellucid.metrics.Mean(name="late").update_state(inputs)
            return inputs

    model = pellucid.Sequential([pellucid.layers.Input((3,)), Late(), pellucid.layers.Dense(2)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="metric 'late' counts in call.. or compute_loss.., and nobody tells of it"):
        model.evaluate(X, Y, verbose=0)


def test_a_training_that_is_broken_off_goes_on_counting(tmp_path: Path) -> None:
    """In the middle of an epoch: what such metrics had counted is in the record of the training."""

    class Breaks(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 1:
                raise InterruptedError

    how: dict[str, Any] = {"batch_size": 5, "epochs": 2, "shuffle": False, "verbose": 0}
    whole = _model(pellucid).fit(X, Y, **how).history
    kept = BackupAndRestore(tmp_path / "run", save_freq=1)
    with pytest.raises(InterruptedError):
        _model(pellucid).fit(X, Y, callbacks=[kept, Breaks()], **how)
    resumed = _model(pellucid).fit(X, Y, callbacks=[BackupAndRestore(tmp_path / "run", save_freq=1)], **how).history
    assert {name: list(values) for name, values in resumed.items()} == {name: list(v) for name, v in whole.items()}
