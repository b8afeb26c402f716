"""What layers and models of Keras tell they tell here, or it is said to be missing; what cannot be set says so."""

from __future__ import annotations

import copy
from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid import Model, Sequential, layers, losses, ops
from pellucid.errors import ArgumentError, PellucidError, ReservedError
from pellucid.keras_names import ATTRIBUTES

X, Y = np.ones((4, 3), np.float32), np.ones((4, 2), np.float32)


def made(library: Any) -> list[Any]:
    """A compiled model, and its layer."""
    model = library.Sequential([library.Input((3,)), library.layers.Dense(2)])
    model.compile("sgd", "mse", steps_per_execution=2)
    return [model, model.layers[0]]


def names(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_every_name_of_keras_is_here_or_said_to_be_missing() -> None:
    """In one sentence, which is no less than what Python says of other names."""
    missing = {
        name for theirs, ours in zip(made(keras), made(pellucid), strict=True) for name in names(theirs) - names(ours)
    }
    assert missing <= set(ATTRIBUTES.split()), "write these into pellucid/keras_names.py"
    for ours in made(pellucid):
        for name in missing - names(ours):
            assert not hasattr(ours, name)
            with pytest.raises(AttributeError, match=rf"has no attribute '{name}': "):
                getattr(ours, name)
    with pytest.raises(AttributeError, match=r"'Dense' object has no attribute 'kernal'$"):
        _ = layers.Dense(2).kernal


def _without_setter(thing: Any) -> list[str]:
    found = ((name, getattr(type(thing), name, None)) for name in names(type(thing)))
    return [name for name, each in found if isinstance(each, property) and each.fset is None]


def test_what_only_tells_cannot_be_set() -> None:
    """By an error of the library's own, whoever sets it: a user, or a class of theirs while it is made."""
    for ours in (*made(pellucid), layers.Conv2D(2, 3, name="c")):
        for name in _without_setter(ours):
            with pytest.raises(PellucidError, match=rf'^{type(ours).__name__} ".*": .*{name}'):
                setattr(ours, name, None)

    class Own(layers.Layer):
        def __init__(self, attribute: str) -> None:
            super().__init__(name="own")
            setattr(self, attribute, 3)

        def call(self, inputs: Any) -> Any:
            return inputs

    with pytest.raises(
        ReservedError, match=r"^Own: .* under the name 'label', which no Keras has; call yours otherwise"
    ):
        Own("label")
    assert Own("labels").labels == 3


def test_what_a_model_was_compiled_with() -> None:
    """Is told as Keras tells it; it changes by compiling."""
    ours, theirs = made(pellucid)[0], made(keras)[0]
    for name in ("loss", "run_eagerly", "steps_per_execution"):
        assert getattr(ours, name) == getattr(theirs, name)
    with pytest.raises(ReservedError, match=r'^Sequential ".*": loss cannot be set: say compile\(optimizer, loss\)'):
        ours.loss = "mae"
    with pytest.raises(ReservedError, match=r'^Sequential ".*": optimizer cannot be set: say compile\(optimizer, loss'):
        ours.optimizer = "adam"
    with pytest.warns(UserWarning, match="run_eagerly=True changes nothing"):
        ours.run_eagerly = True
    given = losses.Huber()
    ours.compile("sgd", given)
    assert ours.loss is given and copy.deepcopy(ours).loss.get_config() == given.get_config()
    assert Sequential([pellucid.Input((3,)), layers.Dense(2)]).loss is None


class OwnLoss(Model):
    """An attribute of that name is a user's own until the model is compiled with one, as in Keras."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(2)
        self.loss = losses.MeanAbsoluteError()
        self.count = self.add_variable((), "zeros", trainable=False, name="count")

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, **options: Any) -> Any:
        return self.loss(y, y_pred)


def test_a_loss_of_a_class_of_ones_own() -> None:
    model = OwnLoss()
    model.compile("sgd")
    loss = model.train_on_batch(X, Y)
    assert loss > 0 and type(model.loss) is losses.MeanAbsoluteError
    assert model.count.name == "count" and not model.count.trainable
    assert (model.dense.compute_dtype, model.dense.variable_dtype) == ("float32", "float32")


class ByName(Model):
    """Arguments in an order of its own, and what else Keras hands in left open."""

    def __init__(self, compute: Any) -> None:
        super().__init__()
        self.dense, self.compute = layers.Dense(2, kernel_initializer="ones"), [compute]

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def _with(compute: Any) -> Model:
    return type("Made", (ByName,), {"compute_loss": compute})(compute)


@pytest.mark.parametrize(
    "compute",
    [
        lambda self, y_pred, y, **rest: ops.mean(ops.square(y_pred - 2.0 * y)),
        lambda self, x, y, y_pred, **rest: ops.mean(ops.square(y_pred - 2.0 * y)),
        lambda self, **given: ops.mean(ops.square(given["y_pred"] - 2.0 * given["y"])),
        lambda self, x=None, y=None, y_pred=None, sample_weight=None, training=True: ops.mean(
            ops.square(y_pred - 2.0 * y)
        ),
        lambda self, inputs, targets, predictions, weights: ops.mean(ops.square(predictions - 2.0 * targets)),
    ],
    ids=["another order", "the rest open", "all open", "as in Keras", "other names"],
)
def test_compute_loss_is_called_by_name(compute: Any) -> None:
    """Each sum is 3, each target twice 0.5, so the loss is (3 - 1)^2."""
    model = _with(compute)
    model.compile("sgd")
    assert model.train_on_batch(X, 0.5 * Y) == pytest.approx(4.0)


@pytest.mark.parametrize(
    "compute", [lambda self, y, y_pred: ops.mean(y_pred), lambda self, y, y_pred, x, weights: ops.mean(y_pred)]
)
def test_a_compute_loss_that_cannot_be_called(compute: Any) -> None:
    """Nothing is handed in for something else."""
    model = _with(compute)
    model.compile("sgd")
    with pytest.raises(ArgumentError, match=r"compute_loss is called by name with x, y, y_pred and sample_weight"):
        model.train_on_batch(X, Y)
