"""Everything public that takes arguments, found by looking, for values that no argument was made for.

A subject is a public class or function with arguments that it takes as they are; it is called with one or two of them
replaced, and what comes of it is used once.
"""

from __future__ import annotations

import atexit
import inspect
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import pellucid
from cases.hostile_functions import of_arrays, of_methods, of_pictures, on_models
from cases.hostile_readers import of_classes, write_files
from cases.layers import LAYERS
from cases.measures import METRIC_ARGUMENTS
from cases.rows import LayerCase
from cases.stand_ins import StandIn

from pellucid import (  # isort: skip
    Input, activations, callbacks, constraints, conversion, filterbank, formats, initializers, layers, losses, metrics,
    models, optimizers, regularizers, saving, schedules, utils,
)  # fmt: skip


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
LABELS, TEXTS = np.array([0, 2]), np.array([[1, 2], [1, 0]])
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
    "backup_dir": {"backup_dir": "kept"},
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


ENDS = ("start", "stop", "step")
FOLDER = tempfile.TemporaryDirectory()  # it goes with the process
MODEL, KERAS_FILE = pellucid.Sequential([Input((3,)), layers.Dense(2)]), f"{FOLDER.name}/model.keras"
MODEL.save(KERAS_FILE)
IMAGES = f"{FOLDER.name}/images"
write_files(IMAGES)
PICTURE = f"{FOLDER.name}/picture.png"
utils.save_img(PICTURE, np.ones((2, 3, 3)))
COSINE = {"initial_learning_rate": 0.1, "decay_steps": 10}
OWN: dict[str, dict[str, Any]] = {
    "initializers.ArrayInitializer": {"values": np.ones((3, 4))},
    "initializers.PatchWhitening": {"images": np.eye(32, 9).reshape(2, 4, 4, 9)[..., :2], "size": 3},
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
    "losses.deserialize": {"name": "mse"},
    "losses.LossFunctionWrapper": {"fn": losses.mean_absolute_error},
    "losses.sparse_categorical_crossentropy": {"y_true": LABELS},
    "losses.categorical_generalized_cross_entropy": {"y_true": LABELS, "q": 0.5},
    "losses.circle": {"y_true": LABELS},
    "losses.ctc": {"y_true": TEXTS, "y_pred": np.zeros((2, 4, 3))},
    "metrics.serialize": {"metric": metrics.MeanSquaredError()},
    "metrics.deserialize": {"config": {"class_name": "Mean", "config": {}}},
    "metrics.sparse_categorical_accuracy": {"y_true": LABELS},
    "metrics.sparse_categorical_crossentropy": {"y_true": LABELS},
    "metrics.sparse_top_k_categorical_accuracy": {"y_true": LABELS},
    **{f"metrics.{name}": given for name, given in METRIC_ARGUMENTS.items()},
    "schedules.get": {"value": 0.1, "owner": "SGD"},
    "schedules.serialize": {"learning_rate_schedule": 0.1},
    "schedules.deserialize": {"config": {"class_name": "CosineDecay", "config": COSINE}},
    "schedules.CosineDecayRestarts": {"first_decay_steps": 10},
    "schedules.Triangular": {"peak_learning_rate": 0.1, "total_steps": 10},
    "activations.serialize": {"activation": activations.relu},
    "activations.deserialize": {"config": "relu"},
    "activations.glu": {"axis": 0},
    "activations.threshold": {"threshold": 0.5, "default_value": 0.0},
    "filterbank.centered": {"kernels": np.ones((3, 3)), "size": (5, 5)},
    "utils.to_categorical": {"x": LABELS},
    **{f"utils.{kind}_dataset_from_directory": {"directory": IMAGES, "verbose": False} for kind in ("audio", "text")},
    "utils.image_dataset_from_directory": {"directory": IMAGES, "image_size": 4, "verbose": False},
    "utils.load_img": {"path": PICTURE},
    "utils.save_img": {"path": f"{FOLDER.name}/saved.png", "x": np.ones((2, 3, 3))},
    "utils.img_to_array": {"img": np.ones((2, 3, 3))},
    "utils.array_to_img": {"x": np.ones((2, 3, 3))},
    "utils.get_file": {"fname": PICTURE},
    "utils.model_to_dot": {"model": MODEL, "dpi": 20},
    "utils.plot_model": {"model": MODEL, "to_file": f"{FOLDER.name}/plan.png", "dpi": 20},
    "utils.timeseries_dataset_from_array": {"data": REAL[:, 0], "targets": REAL[:, 0], "sequence_length": 1},
    "utils.pad_sequences": {"sequences": [[1, 2], [3]]},
    "utils.split_dataset": {"dataset": REAL, "left_size": 1},
    **{
        f"{room}.{name}": given
        for room in ("utils", "saving")
        for name, given in (
            ("get_registered_name", {"obj": len}),
            ("get_registered_object", {"name": "nothing"}),
            ("deserialize_keras_object", {"config": {"class_name": "__slice__", "config": dict.fromkeys(ENDS)}}),
        )
    },
    "saving.load_model": {"filepath": KERAS_FILE},
    "saving.load_weights": {"model": MODEL, "filepath": KERAS_FILE},
    "saving.save_model": {"model": MODEL, "filepath": KERAS_FILE},
    "saving.save_weights": {"model": MODEL, "filepath": f"{FOLDER.name}/model.weights.h5"},
    **{f"metrics.{name}": {"name": "own"} for name in ("Statistic", "Metric", "MeanOverSamples")},
    "callbacks.CSVLogger": {"filename": "folder/training.csv"},
    "callbacks.LearningRateScheduler": {"schedule": lambda epoch: 0.1},
    "callbacks.ModelCheckpoint": {"filepath": "folder/{epoch}.keras"},
}


def _configured(made: Any) -> None:
    repr(made)
    if hasattr(made, "get_config"):
        made.get_config()


def _use_initializer(made: Any) -> None:
    if isinstance(made, initializers.Initializer):
        shapes = {"STFT": (4, 1, 3), "Identity": (2, 3), "ArrayInitializer": (3, 4)}
        made(shapes.get(type(made).__name__, (3, 3, 2, 4)))
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
        labels = LABELS if made.target_shape(REAL.shape) == LABELS.shape else REAL
        made(*((TEXTS, np.zeros((2, 4, 3))) if isinstance(made, losses.CTC) else (labels, REAL)))
        _configured(made)


def _use_metric(made: Any) -> None:
    if isinstance(made, metrics.Mean | metrics.Sum):
        made.update_state(REAL)
    elif isinstance(made, metrics.Metric):
        shape = made.target_shape(REAL.shape)
        made.update_state(LABELS if shape == LABELS.shape else np.ones(shape, np.float32), REAL)
    if isinstance(made, metrics.Statistic):
        made.result()
        _configured(made)


def _use_callback(made: Any) -> None:
    if isinstance(made, callbacks.Callback):
        made.set_model(StandIn())
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
    saving: lambda made: None,
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
    cases = {case.layer: case for case in reversed(LAYERS)}  # the first row of each
    for name, case in cases.items():
        make = getattr(layers, name)
        names = tuple(each.name for each in arguments_of(make))
        given = dict(case.arguments)

        def use(made: Any, case: LayerCase = case) -> None:
            made.get_config()
            arrays = [np.full(shape, 0.5, np.float32) for shape in case.inputs]
            made(arrays if len(arrays) > 1 else arrays[0], training=True)

        yield Subject(f"layers.{name}", make, lambda given=given: {**given}, (*dict.fromkeys((*names, *COMMON)),), use)
    for make, arguments, read in of_classes():
        named = (*dict.fromkeys((*(each.name for each in arguments_of(make)), *COMMON)),)
        yield Subject(f"layers.{make.__name__}", make, lambda given=arguments: {**given}, named, read)
    for make in (layers.Input, layers.InputLayer):
        plain = tuple(each.name for each in arguments_of(make))
        yield Subject(f"layers.{make.__name__}", make, lambda: {"shape": (3,)}, plain)


def _network() -> pellucid.Sequential:
    model = pellucid.Sequential([Input((3,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "mse")
    return model


def _chain() -> dict[str, Any]:
    return {"layers": [Input((3,)), layers.Dense(2)]}


def _graph() -> dict[str, Any]:
    x = Input((3,))
    return {"inputs": x, "outputs": layers.Dense(2)(x)}


TEXT = _network().to_json()
METHODS: dict[str, dict[str, Any]] = {
    "compile": {"optimizer": "sgd", "loss": "mse"},
    "fit": {"x": REAL, "y": REAL, "verbose": 0},
    "evaluate": {"x": REAL, "y": REAL, "verbose": 0},
    "predict": {"x": REAL},
    "train_on_batch": {"x": REAL, "y": REAL},
    "summary": {"print_fn": lambda line: None},
    "to_json": {},
}


def _of_models() -> Iterator[Subject]:
    for make, given in ((models.Sequential, _chain), (models.Model, _graph)):
        names = tuple(each.name for each in arguments_of(make))
        yield Subject(f"models.{make.__name__}", make, given, names, repr)
    cloning = models.clone_model
    names = tuple(each.name for each in arguments_of(cloning))
    yield Subject("models.clone_model", cloning, lambda: {"model": _network()}, names, repr)
    yield Subject("models.model_from_json", models.model_from_json, lambda: {"json_string": TEXT}, ("json_string",))
    for name, given_here in METHODS.items():

        def call(name: str = name, **arguments: Any) -> Any:
            return getattr(_network(), name)(**arguments)

        names = tuple(each.name for each in arguments_of(getattr(models.Model, name)) if each.name != "self")
        yield Subject(f"Model.{name}", call, lambda given=given_here: {**given}, names)


def _in_a_folder(function: Callable[..., Any], folder: Callable[[], str]) -> Callable[..., Any]:
    """A function of files, called on those in a folder."""

    def call(**arguments: Any) -> Any:
        is_file = {key: isinstance(value, str) and value in FILES for key, value in arguments.items()}
        return function(**{k: str(Path(folder(), v)) if is_file[k] else v for k, v in arguments.items()})

    return call


FILES = ("model.keras", "weights.npz", "filter.csv", "new.keras", "new.npz", "new.csv", "new.py")


def _of_files() -> Iterator[Subject]:
    model, layer = _network(), layers.Conv2D(1, 3)
    layer.build((None, 4, 4, 1))

    @cache
    def folder() -> str:
        """Made at the first call, and gone with the process."""
        made = tempfile.TemporaryDirectory()
        atexit.register(made.cleanup)
        model.save(Path(made.name, "model.keras"))
        model.save_weights(Path(made.name, "weights.npz"))
        conversion.save_filter(layer.filter(0), Path(made.name, "filter.csv"))
        return made.name

    calls: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "convert": (conversion.convert, {"source": "model.keras", "target": "new.npz"}),
        "export": (conversion.export, {"model": model, "filepath": "new.py"}),
        "load": (conversion.load, {"filepath": "model.keras"}),
        "load_filter": (conversion.load_filter, {"filter": layer.filter(0), "filepath": "filter.csv"}),
        "load_weights": (conversion.load_weights, {"model": model, "filepath": "weights.npz"}),
        "save": (conversion.save, {"model": model, "filepath": "new.keras"}),
        "save_filter": (conversion.save_filter, {"filter": layer.filter(0), "filepath": "new.csv"}),
        "save_weights": (conversion.save_weights, {"model": model, "filepath": "new.npz"}),
        "open": (formats.open, {"path": "model.keras"}),
    }
    for name, (function, given) in calls.items():
        names = tuple(each.name for each in arguments_of(function) if each.name not in ("model", "options"))
        yield Subject(f"conversion.{name}", _in_a_folder(function, folder), lambda given=given: {**given}, names)


def _of_functions() -> Iterator[Subject]:
    for name, make, given in (*of_arrays(), *on_models(), *of_methods(), *of_pictures()):
        yield Subject(name, make, given, tuple(each.name for each in arguments_of(make)))


def subjects() -> list[Subject]:
    """All of them."""
    rooms = (each for module in USES for each in _of_room(module))
    return [*_of_layers(), *_of_models(), *_of_files(), *rooms, *_of_functions()]
