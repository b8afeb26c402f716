"""Calls that do not fit, and names that are not there: the nearest is told, and what Keras has and Pellucid has not."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np
import pytest

import pellucid
from pellucid import (
    Input,
    Model,
    Sequential,
    activations,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    ops,
    optimizers,
    regularizers,
    schedules,
)
from pellucid.errors import ArgumentError, ArgumentTypeError


def _model() -> Sequential:
    model = Sequential([Input((3,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


X = np.ones((2, 3), np.float32)

CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "a layer": (lambda: layers.Dense(unit=3), "Dense: unknown argument 'unit'; did you mean 'units'?"),
    "an option of all layers": (lambda: layers.Dense(3, nam="x"), "Dense: unknown argument 'nam'; did you mean 'name'"),
    "a loss": (lambda: losses.MeanSquaredError(reduce="sum"), "MeanSquaredError: unknown argument 'reduce'"),
    "a metric": (lambda: metrics.Mean(nam="x"), "Mean: unknown argument 'nam'; did you mean 'name'?"),
    "an optimizer": (lambda: optimizers.Adam(beta1=0.9), "Adam: unknown argument 'beta1'; did you mean 'beta_1'?"),
    "a schedule": (lambda: schedules.CosineDecay(0.1, decay_step=3), "did you mean 'decay_steps'?"),
    "a callback": (lambda: callbacks.EarlyStopping(patient=3), "EarlyStopping: unknown argument 'patient'"),
    "a hook": (lambda: callbacks.LambdaCallback(on_epoch_ends=print), "did you mean 'on_epoch_end'?"),
    "an initializer": (lambda: initializers.HeNormal(sead=3), "HeNormal: unknown argument 'sead'; did you mean 'seed'"),
    "an initializer without any": (lambda: initializers.Zeros(seed=3), "Zeros: unknown argument 'seed'; it takes none"),
    "a regularizer": (lambda: regularizers.L1L2(l3=3), "L1L2: unknown argument 'l3'; Known: l1, l2"),
    "a constraint": (lambda: constraints.MaxNorm(axes=0), "MaxNorm: unknown argument 'axes'; did you mean 'axis'?"),
    "a constraint without any": (lambda: constraints.NonNeg(axis=0), "NonNeg: unknown argument 'axis'; it takes none"),
    "an operation": (lambda: ops.max(X, axes=0), "ops.max: unknown argument 'axes'; did you mean 'axis'?"),
    "an activation": (lambda: activations.relu(X, max_val=6), "activations.relu: unknown argument 'max_val'; did you"),
    "compile": (lambda: _model().compile(optimiser="sgd"), "compile: unknown argument 'optimiser'; did you mean"),
    "fit": (lambda: _model().fit(X, X, epoch=3), "fit: unknown argument 'epoch'; did you mean 'epochs'?"),
    "of Keras alone, a layer": (lambda: layers.Dense(3, lora_rank=2), "Dense: Keras has the argument 'lora_rank', Pe"),
    "of Keras alone, all layers": (lambda: layers.Flatten(autocast=True), "Flatten: Keras has the argument 'autocast'"),
    "missing, a layer": (lambda: layers.Dense(), "Dense: units is missing; it takes units, activation, "),
    "missing, fit": (lambda: _model().fit(), "fit: x is missing; it takes x, y, "),
    "missing, a schedule": (lambda: schedules.CosineDecay(0.1), "CosineDecay: decay_steps is missing"),
    "too many": (lambda: regularizers.L1(1, 2), "L1 takes at most 1 arguments by position, l1; got 2"),
    "any for none": (lambda: callbacks.History(3), "History takes no arguments by position; got 1"),
    "twice": (lambda: losses.MeanSquaredError("sum", reduction="sum"), "MeanSquaredError got 'reduction' twice, by"),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_a_call_that_does_not_fit(case: str) -> None:
    make, message = CALLS[case]
    with pytest.raises(ArgumentTypeError) as caught:
        make()
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert isinstance(caught.value, TypeError) and isinstance(caught.value, ValueError)


def test_an_error_from_within_stays() -> None:
    """What a function of the user's own does wrong is not the call's fault."""

    class Broken(regularizers.Regularizer):
        def __init__(self, factor: float) -> None:
            self.factor = len(factor)  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="has no len") as caught:
        Broken(3.0)
    assert not isinstance(caught.value, ArgumentTypeError)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'factor'"):
        Broken()  # type: ignore[call-arg]


ABSENT = [
    ("layers", "LSTM", "there is no LSTM: Pellucid is for convolutional networks"),
    ("layers", "GroupQueryAttention", "there is no layers.GroupQueryAttention: Keras has it, Pellucid has not"),
    ("ops", "ctc_decode", "there is no ops.ctc_decode: Keras has it, Pellucid has not"),
    (
        "optimizers",
        "LossScaleOptimizer",
        "there is no LossScaleOptimizer: it keeps gradients of 16 bits from vanishing, and gradients are of 32 bits "
        "here, under every dtype policy; compile with the optimizer inside, whose loss_scale_factor multiplies by a "
        "constant",
    ),
    ("callbacks", "RemoteMonitor", "there is no RemoteMonitor: training tells nobody on the network"),
    ("ops", "svd", "there is no ops.svd: Keras has it, Pellucid has not"),
    ("utils", "FeatureSpace", "there is no utils.FeatureSpace: Keras has it, Pellucid has not"),
    ("datasets", "boston_housing", "there is no datasets.boston_housing: Keras has it, Pellucid has not"),
    ("", "visualization", "there is no visualization: Keras has it, Pellucid has not"),
]
"""Room, name, message; a name that comes to be here is replaced by another one."""


@pytest.mark.parametrize(("room", "name", "message"), ABSENT)
def test_names_that_keras_has(room: str, name: str, message: str) -> None:
    """Told to whoever looks and to whoever imports; `hasattr` answers."""
    path = f"pellucid.{room}".rstrip(".")
    module = importlib.import_module(path)
    assert not hasattr(module, name)
    with pytest.raises(AttributeError) as looked:
        getattr(module, name)
    with pytest.raises(ImportError) as imported:
        exec(f"from {path} import {name}", {})
    assert str(looked.value).startswith(message) and str(imported.value).startswith(message)


@pytest.mark.parametrize(
    ("module", "name", "near"), [(losses, "MeanSquaredEror", "MeanSquaredError"), (layers, "Conv2d", "Conv2D")]
)
def test_names_that_nobody_has(module: object, name: str, near: str) -> None:
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'; did you mean '{near}'"):
        getattr(module, name)
    with pytest.raises(AttributeError, match=r"has no attribute 'no_such_thing'$"):
        getattr(pellucid, "no_such_thing")  # noqa: B009


WORDS: dict[str, tuple[Callable[[], object], str]] = {
    "a loss": (lambda: losses.get("ctx"), "unknown loss 'ctx'; did you mean 'ctc'? Known: binary_"),
    "an optimizer": (
        lambda: optimizers.get("LossScaleOptimizer"),
        "there is no optimizer 'LossScaleOptimizer': Keras has LossScaleOptimizer, Pellucid has not",
    ),
    "a metric": (lambda: metrics.get("mean_io_u"), "MeanIoU: num_classes is missing; it takes num_classes, name"),
    "of a model": (lambda: Sequential([Input((3,))]).compile(optimizer="loss_scale_optimizer"), "Keras has LossS"),
}  # fmt: skip


@pytest.mark.parametrize("case", WORDS)
def test_words_that_keras_has(case: str) -> None:
    make, message = WORDS[case]
    with pytest.raises(ArgumentError) as caught:
        make()
    assert message in str(caught.value)


def test_a_model_is_called_as_a_class() -> None:
    x = Input((3,))
    with pytest.raises(ArgumentTypeError, match=r"^Model: unknown argument 'outputt'; did you mean 'outputs'\?"):
        Model(x, outputt=x)
