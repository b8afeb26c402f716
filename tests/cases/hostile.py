"""Values that no argument was made for, and everything public that takes arguments, found by looking.

A subject is a public class or function with arguments that it takes as they are; it is called with one or two of them
replaced, and what comes of it is used once.
"""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

import pellucid
from cases.layers import LAYERS
from cases.rows import LayerCase
from pellucid import (
    Input,
    activations,
    callbacks,
    constraints,
    filterbank,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    schedules,
    utils,
)


def _itself() -> list[Any]:
    """A list that holds itself."""
    found: list[Any] = [1]
    found.append(found)
    return found


class Unwilling:
    """An object that cannot be compared, counted, converted or shown."""

    def _refuse(self, *_: object) -> Any:
        raise RuntimeError("this object does nothing")

    __eq__ = __bool__ = __len__ = __iter__ = __float__ = __int__ = __index__ = __repr__ = __lt__ = __array__ = _refuse  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


VALUES: dict[str, Callable[[], Any]] = {
    "10**400": lambda: 10**400,
    "-10**400": lambda: -(10**400),
    "10**5000": lambda: 10**5000,
    "2**31-1": lambda: 2**31 - 1,
    "2**63": lambda: 2**63,
    "-2**63-1": lambda: -(2**63) - 1,
    "-1": lambda: -1,
    "0": lambda: 0,
    "1": lambda: 1,
    "7": lambda: 7,
    "1.5": lambda: 1.5,
    "-0.0": lambda: -0.0,
    "1e300": lambda: 1e300,
    "1e-320": lambda: 1e-320,
    "1e38": lambda: 1e38,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: -float("inf"),
    "'3'": lambda: "3",
    "''": lambda: "",
    "b'x'": lambda: b"x",
    "a surrogate": lambda: "\ud800\n\x00",
    "long text": lambda: "x" * 1_000_000,
    "None": lambda: None,
    "True": lambda: True,
    "...": lambda: ...,
    "[]": list,
    "()": tuple,
    "[1, None]": lambda: [1, None],
    "[1, [2]]": lambda: [1, [2]],
    "(2, 3)": lambda: (2, 3),
    "[nan]": lambda: [float("nan")],
    "['a', 2]": lambda: ["a", 2],
    "[10**400]": lambda: [10**400],
    "1,000 numbers": lambda: list(range(1_000)),
    "a list in itself": _itself,
    "{}": dict,
    "{'a': 1}": lambda: {"a": 1},
    "{1: None}": lambda: {1: None},
    "a record of nothing": lambda: {"class_name": None, "config": 3},
    "a set": lambda: {1, 2},
    "range": lambda: range(3),
    "a generator": lambda: (item for item in (1, 2)),
    "object()": object,
    "an unwilling object": Unwilling,
    "array": lambda: np.ones((2, 2)),
    "array of nothing": lambda: np.zeros((0,)),
    "array of one": lambda: np.array([0.5]),
    "array ()": lambda: np.array(2),
    "array of objects": lambda: np.array([object(), None], dtype=object),
    "array of text": lambda: np.array(["a", "b"]),
    "array of times": lambda: np.array(["2020-01-01"], dtype="datetime64[D]"),
    "complex": lambda: 1 + 2j,
    "np.complex64": lambda: np.complex64(1j),
    "class": lambda: int,
    "class of ours": lambda: layers.Dense,
    "function": lambda: len,
    "lambda": lambda: lambda: None,
    "method": lambda: "a".join,
    "module": lambda: np,
    "exception": lambda: ValueError("no"),
    "np.float32": lambda: np.float32(0.5),
    "np.float32 nan": lambda: np.float32("nan"),
    "np.float16 inf": lambda: np.float16("inf"),
    "np.int64": lambda: np.int64(3),
    "np.uint64": lambda: np.uint64(2**64 - 1),
    "np.bool": lambda: np.bool_(True),
    "np.str": lambda: np.str_("valid"),
    "np.datetime64": lambda: np.datetime64("2020-01-01"),
    "datetime": lambda: datetime.datetime(2020, 1, 1),
    "timedelta": lambda: datetime.timedelta(days=1),
    "a layer": lambda: layers.Dense(2),
    "symbolic": lambda: Input((3,)),
    "initializer": lambda: initializers.Zeros(),
    "optimizer": lambda: optimizers.SGD(),
}
"""By how they read."""


@dataclass(frozen=True)
class Subject:
    """Something public that takes arguments.

    Attributes:
        name: as it is found: "layers.Conv2D".
        make: the class or function.
        given: arguments that it takes, made anew for each call.
        arguments: the names of all that it takes.
        use: what is done with what it returns.
    """

    name: str
    make: Callable[..., Any]
    given: Callable[[], dict[str, Any]]
    arguments: tuple[str, ...]
    use: Callable[[Any], object] = field(default=lambda made: None)


REAL = np.linspace(0.1, 0.9, 6, dtype=np.float32).reshape(2, 3)
LABELS = np.array([0, 2])
COMMON = ("name", "trainable", "weights", "input_shape", "dtype", "activity_regularizer")
"""What every layer takes by name."""

NEEDED: dict[str, dict[str, Any]] = {
    "x": {"x": REAL},
    "y_true": {"y_true": REAL},
    "y_pred": {"y_pred": REAL},
    "initial_learning_rate": {"initial_learning_rate": 0.1},
    "decay_steps": {"decay_steps": 10},
    "decay_rate": {"decay_rate": 0.5},
    "boundaries": {"boundaries": [1]},
    "values": {"values": [0.1, 0.01]},
    "function": {"function": lambda shape: np.zeros(shape)},
    "kernels": {"kernels": "lines"},
    "shape": {"shape": (3, 3)},
    "identifier": {"identifier": None},
    "kernel": {"kernel": np.ones((3, 3, 2))},
    "size": {"size": 5},
    "name": {"name": "sobel_x"},
    "seed": {"seed": 1},
    "count": {"count": 2},
}
"""Values for arguments that have no default, by their names."""


def _room_of(module: ModuleType) -> str:
    return module.__name__.removeprefix("pellucid.")


def arguments_of(make: Callable[..., Any]) -> list[inspect.Parameter]:
    """What a class or function takes, but for `*args` and `**kwargs`."""
    parameters = inspect.signature(make).parameters.values()
    return [each for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]


def _needed(make: Callable[..., Any], own: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for each in arguments_of(make):
        if each.name in own:
            found[each.name] = own[each.name]
        elif each.default is each.empty:
            found |= NEEDED.get(each.name, {each.name: None})
    return found


COSINE = {"initial_learning_rate": 0.1, "decay_steps": 10}
OWN: dict[str, dict[str, Any]] = {
    "initializers.ArrayInitializer": {"values": np.ones((3, 4))},
    "initializers.deserialize": {"config": {"class_name": "Zeros", "config": {}}},
    "initializers.serialize": {"initializer": initializers.Zeros()},
    "regularizers.deserialize": {"config": {"class_name": "L1", "config": {}}},
    "regularizers.serialize": {"regularizer": regularizers.L1()},
    "constraints.deserialize": {"config": {"class_name": "NonNeg", "config": {}}},
    "constraints.serialize": {"constraint": constraints.NonNeg()},
    "optimizers.deserialize": {"config": {"class_name": "SGD", "config": {}}},
    "optimizers.serialize": {"optimizer": optimizers.SGD()},
    "optimizers.MultiOptimizer": {"optimizer_map": lambda weight: optimizers.SGD()},
    "optimizers.OptimizerMap": {"default_optimizer": optimizers.SGD()},
    "optimizers.Optimizer": {"learning_rate": 0.1, "stages": (), "name": "own"},
    "losses.serialize": {"loss": losses.MeanSquaredError()},
    "losses.sparse_categorical_crossentropy": {"y_true": LABELS},
    "metrics.serialize": {"metric": metrics.MeanSquaredError()},
    "metrics.sparse_categorical_accuracy": {"y_true": LABELS},
    "schedules.get": {"value": 0.1, "owner": "SGD"},
    "schedules.serialize": {"learning_rate_schedule": 0.1},
    "schedules.deserialize": {"config": {"class_name": "CosineDecay", "config": COSINE}},
    "schedules.CosineDecayRestarts": {"first_decay_steps": 10},
    "activations.serialize": {"activation": activations.relu},
    "activations.deserialize": {"config": "relu"},
    "activations.glu": {"axis": 0},
    "activations.threshold": {"threshold": 0.5, "default_value": 0.0},
    "filterbank.centered": {"kernels": np.ones((3, 3)), "size": (5, 5)},
    "utils.to_categorical": {"x": LABELS},
    "metrics.Statistic": {"name": "own"},
    "metrics.Metric": {"name": "own"},
    "metrics.MeanOverSamples": {"name": "own"},
}


def _configured(made: Any) -> None:
    repr(made)
    if hasattr(made, "get_config"):
        made.get_config()


def _use_initializer(made: Any) -> None:
    if isinstance(made, initializers.Initializer):
        shape = {"STFT": (4, 1, 3), "Identity": (2, 3), "ArrayInitializer": (3, 4)}.get(
            type(made).__name__, (3, 3, 2, 4)
        )
        made(shape)
        _configured(made)
        initializers.serialize(made)


def _use_penalty(made: Any) -> None:
    if callable(made) and not isinstance(made, type):
        made(np.ones((3, 3), np.float32))
    _configured(made)


def _use_optimizer(made: Any) -> None:
    if isinstance(made, optimizers.Optimizer):
        made.apply([np.ones(3, np.float32)], [np.ones(3, np.float32)])
        _configured(made)
        optimizers.serialize(made)


def _use_schedule(made: Any) -> None:
    if isinstance(made, schedules.LearningRateSchedule):
        for step in (0, 7, 10**6):
            made(step)
        _configured(made)


def _use_loss(made: Any) -> None:
    if isinstance(made, losses.Loss):
        made(LABELS if isinstance(made, losses.SparseCategoricalCrossentropy) else REAL, REAL)
        _configured(made)


def _use_metric(made: Any) -> None:
    if isinstance(made, metrics.Mean):
        made.update_state(REAL)
    elif isinstance(made, metrics.Metric):
        made.update_state(LABELS if isinstance(made, metrics.SparseCategoricalAccuracy) else REAL, REAL)
    if isinstance(made, metrics.Statistic):
        made.result()
        _configured(made)


class _Model:
    """Who stands for a model that is trained."""

    name, stop_training = "model", False

    def get_weights(self) -> list[np.ndarray]:
        return []

    def set_weights(self, weights: object) -> None: ...


def _use_callback(made: Any) -> None:
    if isinstance(made, callbacks.Callback):
        made.set_model(_Model())
        made.set_params({"epochs": 1, "steps": 1, "verbose": 0})
        made.on_train_begin()
        for epoch in range(2):
            made.on_epoch_begin(epoch)
            made.on_train_batch_end(0, {"loss": 1.0})
            made.on_epoch_end(epoch, {"loss": 1.0, "val_loss": 1.0})
        made.on_train_end()


USES: dict[ModuleType, Callable[[Any], object]] = {
    initializers: _use_initializer,
    regularizers: _use_penalty,
    constraints: _use_penalty,
    optimizers: _use_optimizer,
    schedules: _use_schedule,
    losses: _use_loss,
    metrics: _use_metric,
    callbacks: _use_callback,
    activations: lambda made: None,
    filterbank: lambda made: None,
    utils: lambda made: None,
}


def _of_room(module: ModuleType) -> Iterator[Subject]:
    for name in module.__all__:
        make, called = getattr(module, name), f"{_room_of(module)}.{name}"
        if not (inspect.isclass(make) or inspect.isfunction(make)):
            continue
        own = OWN.get(called, {})
        names = tuple(each.name for each in arguments_of(make))
        yield Subject(called, make, lambda make=make, own=own: _needed(make, own), names, USES[module])


def _of_layers() -> Iterator[Subject]:
    cases: dict[str, LayerCase] = {}
    for case in LAYERS:
        cases.setdefault(case.layer, case)
    for name, case in cases.items():
        make = getattr(layers, name)
        names = tuple(each.name for each in arguments_of(make))
        given = dict(case.arguments)

        def use(made: Any, case: LayerCase = case) -> None:
            made.get_config()
            arrays = [np.full(shape, 0.5, np.float32) for shape in case.inputs]
            made(arrays if len(arrays) > 1 else arrays[0], training=True)

        yield Subject(f"layers.{name}", make, lambda given=given: {**given}, (*dict.fromkeys((*names, *COMMON)),), use)
    for make in (layers.Input, layers.InputLayer):
        names = tuple(each.name for each in arguments_of(make))
        yield Subject(f"layers.{make.__name__}", make, lambda: {"shape": (3,)}, names)


def _network() -> pellucid.Sequential:
    model = pellucid.Sequential([Input((3,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "mse")
    return model


def _chain() -> dict[str, Any]:
    return {"layers": [Input((3,)), layers.Dense(2)]}


def _graph() -> dict[str, Any]:
    x = Input((3,))
    return {"inputs": x, "outputs": layers.Dense(2)(x)}


METHODS: dict[str, dict[str, Any]] = {
    "compile": {"optimizer": "sgd", "loss": "mse"},
    "fit": {"x": REAL, "y": REAL, "verbose": 0},
    "evaluate": {"x": REAL, "y": REAL, "verbose": 0},
    "predict": {"x": REAL},
    "train_on_batch": {"x": REAL, "y": REAL},
    "summary": {"print_fn": lambda line: None},
}


def _of_models() -> Iterator[Subject]:
    for make, given in ((models.Sequential, _chain), (models.Model, _graph)):
        names = tuple(each.name for each in arguments_of(make))
        yield Subject(f"models.{make.__name__}", make, given, names, repr)
    for name, given_here in METHODS.items():

        def call(name: str = name, **arguments: Any) -> Any:
            return getattr(_network(), name)(**arguments)

        names = tuple(each.name for each in arguments_of(getattr(models.Model, name)) if each.name != "self")
        yield Subject(f"Model.{name}", call, lambda given=given_here: {**given}, names)


def subjects() -> list[Subject]:
    """All of them."""
    return [*_of_layers(), *_of_models(), *(each for module in USES for each in _of_room(module))]
