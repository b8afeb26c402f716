"""A class that was written for Keras may call its methods and attributes as it likes.

What our bases have beyond Keras's is found by looking. A class that has one of these names too, as a method or as an
attribute, trains to the same numbers as without it, or is refused where it is written, in words that name it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from pellucid import (
    Input,
    Model,
    Sequential,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    ops,
    optimizers,
    regularizers,
)
from pellucid.absent import TAKEN
from pellucid.errors import PellucidError, ReservedError

X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(8, 3)
Y = np.ones((8, 2), np.float32)
MEANT = {"lr", "optimizer", "comes_last", "idle_hooks", "unhurried_hooks"}
"""Names that are to be set: what cannot be one is refused."""


class _Layer(layers.Layer):
    def build(self, input_shape: Any) -> None:
        self.k = self.add_weight(shape=(input_shape[-1], 2), initializer="ones", name="k")

    def call(self, inputs: Any) -> Any:
        return ops.matmul(inputs, self.k)


class _Model(Model):
    def __init__(self) -> None:
        super().__init__()
        self.d = layers.Dense(2, kernel_initializer="ones")

    def call(self, inputs: Any) -> Any:
        return self.d(inputs)


class _Optimizer(optimizers.Optimizer):
    def __init__(self) -> None:
        super().__init__(learning_rate=0.1)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        self.assign_sub(variable, learning_rate * gradient)


class _Loss(losses.Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)


class _Metric(metrics.Metric):
    def __init__(self) -> None:
        super().__init__(name="own")
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.total.assign_add(ops.sum(ops.abs(y_true - y_pred)))

    def result(self) -> Any:
        return self.total * 1


class _Callback(callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seen.append(epoch)


class _Initializer(initializers.Initializer):
    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return np.full(shape, 0.5, np.float32)


class _Constraint(constraints.Constraint):
    def __call__(self, w: Any) -> Any:
        return ops.clip(w, -0.4, 0.4)


class _Regularizer(regularizers.Regularizer):
    def __call__(self, x: Any) -> Any:
        return 0.1 * ops.sum(x * x)


BASES: dict[str, tuple[type, Any]] = {
    "Layer": (_Layer, keras.layers.Dense(1)),
    "Model": (_Model, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])),
    "Optimizer": (_Optimizer, keras.optimizers.SGD()),
    "Loss": (_Loss, keras.losses.MeanSquaredError()),
    "Metric": (_Metric, keras.metrics.MeanSquaredError()),
    "Callback": (_Callback, keras.callbacks.Callback()),
    "Initializer": (_Initializer, keras.initializers.Ones()),
    "Constraint": (_Constraint, keras.constraints.NonNeg()),
    "Regularizer": (_Regularizer, keras.regularizers.L1()),
}
"""A class of a user's own for each of our bases, and an object of Keras's, whose names are not ours to take."""


def names_of(kind: str) -> list[str]:
    """The names of a base without an underscore that Keras's has not."""
    own, of_keras = BASES[kind]
    return sorted(name for name in set(dir(own())) - set(dir(of_keras)) if name[0] != "_" and not hasattr(Odd, name))


class Odd:
    """What a user's class keeps there: of no use to anybody else."""

    k = d = total = seen = None


def trained(kind: str, cls: Callable[[], Any]) -> list[Any]:
    """What comes of a training, an evaluation and a prediction with an object of the class."""
    made = cls()
    layer = made if kind == "Layer" else layers.Dense(2, kernel_initializer=made if kind == "Initializer" else "ones")
    layer = layers.Dense(2, kernel_constraint=made, kernel_initializer="ones") if kind == "Constraint" else layer
    layer = layers.Dense(2, kernel_regularizer=made, kernel_initializer="ones") if kind == "Regularizer" else layer
    model = made if kind == "Model" else Sequential([Input((3,)), layer])
    optimizer = made if kind == "Optimizer" else optimizers.SGD(0.1)
    model.compile(optimizer, made if kind == "Loss" else "mse", metrics=[made] if kind == "Metric" else None)
    history = model.fit(
        X, Y, epochs=2, batch_size=4, shuffle=False, verbose=0, callbacks=[made] if kind == "Callback" else None
    ).history
    seen = made.seen if kind == "Callback" else []
    return [history, model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0).tolist(), seen]


def with_method(cls: type, name: str) -> type:
    return type("Mine", (cls,), {name: lambda self, *args, **kwargs: Odd(), "__module__": "script"})


def with_attribute(cls: type, name: str) -> type:
    class Mine(cls):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__()
            setattr(self, name, Odd())

    return Mine


@pytest.mark.parametrize("kind", BASES)
def test_a_name_of_ours_in_a_class_of_a_users_does_no_harm_or_is_refused(kind: str) -> None:
    cls, wrong = BASES[kind][0], {}
    plain = trained(kind, cls)
    for name in names_of(kind):
        for write in (with_method, with_attribute):
            try:
                if name not in MEANT and trained(kind, write(cls, name)) != plain:
                    wrong[name, write.__name__] = "other numbers"
            except PellucidError as error:
                if name not in str(error):
                    wrong[name, write.__name__] = str(error)
            except Exception as error:
                wrong[name, write.__name__] = repr(error)
    assert not wrong


@pytest.mark.parametrize("kind", TAKEN)
def test_what_is_taken_is_ours_and_not_kerass(kind: str) -> None:
    assert set(TAKEN[kind].split()) <= set(names_of(kind)) | {"restore_rate"}


@pytest.mark.parametrize("value", [0, "x", None])
def test_attributes_are_refused_in_and_after_making(value: object) -> None:
    class Counting(_Layer):
        def __init__(self) -> None:
            super().__init__()
            self.calls = value

    with pytest.raises(ReservedError, match=r"^Counting: .* in layers under the name 'calls'.* such as 'my_calls'$"):
        Counting()
    layer = _Layer()
    with pytest.raises(ReservedError, match="'parts'"):
        layer.parts = value
    with pytest.raises(ReservedError, match="'network', which no Keras has"):
        _Model().network = value
    with pytest.raises(ReservedError, match="in optimizers under the name 'clip'"):
        _Optimizer().clip = value


def test_methods_are_refused_where_they_are_written_in_grandchildren_too() -> None:
    with pytest.raises(ReservedError, match=r"^Clipped: .* 'clip'"):

        class Clipped(optimizers.Adam):
            def clip(self, gradient: Any) -> Any:
                return gradient

    with pytest.raises(ReservedError, match=r"^Labelled: .* 'label'"):

        class Labelled(_Layer):
            label = "mine"


def test_the_librarys_own_assignments_go_through_a_setattr_of_the_users() -> None:
    class Watching(_Model):
        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)

    assert trained("Model", Watching) == trained("Model", _Model)
