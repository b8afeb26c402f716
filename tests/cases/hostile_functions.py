"""Functions of arrays (`ops`, the backend module), of models (`inspection`), and methods, for values of no use to them.

See `cases.hostile`, whose subjects these are too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from cases.function_arguments import CLASSES, IMAGES, OF_ARRAYS, OWN, REAL
from pellucid import (
    GradientTape,
    Input,
    Sequential,
    Variable,
    backend,
    constraints,
    initializers,
    inspection,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    regularizers,
    schedules,
    views,
)
from pellucid.applications import imagenet_utils
from pellucid.preprocessing import image

Row = tuple[str, Callable[..., Any], Callable[[], dict[str, Any]]]
"""A name, what is called, and arguments that it takes."""

OF_SEVERAL: list[Row] = [
    (
        "ops.switch",
        lambda index, branches, operand: ops.switch(index, branches, operand),
        lambda: {"index": 0, "branches": [lambda x: x], "operand": REAL},
    ),
    (
        "ops.einsum",
        lambda subscripts, first, second: ops.einsum(subscripts, first, second),
        lambda: {"subscripts": "ij,kj->ik", "first": REAL, "second": REAL},
    ),
    (
        "ops.meshgrid",
        lambda first, second, indexing="xy": ops.meshgrid(first, second, indexing=indexing),
        lambda: {"first": REAL[0], "second": REAL[1]},
    ),
]
"""Functions that take any number of operands, which have no names."""
OF_VARIABLES = ("set_value", "update", "update_add", "update_sub")
LEFT_OUT = {
    *("backend.set_floatx", "backend.set_image_data_format", "backend.set_image_dim_ordering"),
    *("backend.clear_session", "backend.function", "backend.gradients", "backend.set_learning_phase"),
}
"""They change what other tests rely on, or take what only a model that is described gives."""


def _defaults(make: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for the arguments of a function that has none of its own for them, and for those that are named."""
    found = {}
    for each in inspect.signature(make).parameters.values():
        if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD) and each.default is each.empty:
            found[each.name] = values.get(each.name)
    return found


def of_arrays() -> Iterator[Row]:
    """What `ops` and the backend module have."""
    for room, module in (("ops", ops), ("backend", backend)):
        for short in module.__all__:
            function, name = getattr(module, short), f"{room}.{short}"
            if name in LEFT_OUT or not inspect.isfunction(function):
                continue
            if any(each.kind is each.VAR_POSITIONAL for each in inspect.signature(function).parameters.values()):
                continue  # see `OF_SEVERAL`
            own = dict(OWN.get(name, {}))
            given = _defaults(function, OF_ARRAYS) | own
            if room == "backend" and short in OF_VARIABLES:
                given |= {"value": REAL} if short == "set_value" else {}
                yield name, function, lambda given=given: given | {"x": Variable(REAL)}
            else:
                yield name, function, lambda given=given: dict(given)
    yield from OF_SEVERAL
    yield "Variable", Variable, lambda: {"initializer": REAL}
    yield "GradientTape", GradientTape, dict
    for short in ("assign", "assign_add", "assign_sub"):
        yield f"Variable.{short}", getattr(Variable(REAL), short), lambda: {"value": REAL}


PICTURE = np.random.default_rng(0).random((6, 6, 3), np.float32)


def of_pictures() -> Iterator[Row]:
    """What `preprocessing.image` has for one image, and the generator's methods."""
    usual = {"x": PICTURE, "brightness": 0.5, "intensity": 0.1, "axis": 0, "brightness_range": (0.5, 1.0)}
    usual |= {"intensity_range": 0.1, "rg": 10.0, "wrg": 0.1, "hrg": 0.1, "zoom_range": (0.9, 1.1)}
    for short in image.__all__:
        if short.startswith(("random_", "apply_", "flip_")):
            given = _defaults(getattr(image, short), usual)
            yield f"image.{short}", getattr(image, short), lambda given=given: dict(given)
    made = image.ImageDataGenerator()
    of_generator: dict[str, dict[str, Any]] = {
        "flow": {"x": PICTURE[None], "y": [1]},
        "standardize": {"x": PICTURE},
        "random_transform": {"x": PICTURE},
        "get_random_transform": {"img_shape": (6, 6, 3)},
        "apply_transform": {"x": PICTURE, "transform_parameters": {"theta": 1.0}},
    }
    for short, given in of_generator.items():
        yield f"ImageDataGenerator.{short}", getattr(made, short), lambda given=given: dict(given)
    yield "image.ImageDataGenerator", image.ImageDataGenerator, dict
    yield "imagenet_utils.preprocess_input", imagenet_utils.preprocess_input, lambda: {"x": PICTURE}


def network() -> Sequential:
    """A small classifier of images."""
    model = Sequential(
        [
            Input((8, 8, 1)),
            layers.Conv2D(3, 3, activation="relu", name="c"),
            layers.Flatten(),
            layers.Dense(4, activation="softmax", name="d"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def on_models() -> Iterator[Row]:
    """What `inspection` has for one model and its layers."""
    model = network()
    layer = model.layers[0]
    common: dict[str, Any] = {"model": model, "layer": "c", "x": IMAGES[0], "sample": IMAGES[0], "data": IMAGES}
    common |= {"a": model, "b": model, "image": IMAGES[0], "kernel": "sobel_x", "filter": 0, "y": CLASSES}
    batch = {"x": IMAGES, "y": CLASSES}
    own: dict[str, Mapping[str, Any]] = {
        **{name: {"layer": layer} for name in ("filters", "formula", "initial_draw", "overview")},
        **dict.fromkeys(("kernel_gradient", "update", "mistakes", "confusion", "profile"), batch),
        "describe": {"filter": layer.filter(0)},
        "gradient_flow": {"models": {"one": model}, **batch},
        "recurrence": {"models": [model, network()]},
        "variations": {"varying": layers.RandomFlip()},
        "feature_maps": {"x": IMAGES},
        "arithmetic": {"position": (1, 1)},
        "trace": {"position": (1, 1)},
        "receptive_field": {"position": (1, 1), "samples": 2},
        "activation_maximum": {"steps": 2},
        "what_if": {"changes": {"c": {0: 0.0}}},
        "importance": {"data": (IMAGES, CLASSES)},
    }
    for name in ("all_filters", *own, "compare", "composition", "equivariance", "lint", "partial_maps"):
        function = getattr(inspection, name)
        given = _defaults(function, common) | dict(own.get(name, {}))
        yield f"inspection.{name}", function, lambda given=given: dict(given)
    yield _averaging()
    yield from _of_views(model)


def _of_views(model: Sequential) -> Iterator[Row]:
    """What draws a record, as a figure and for the terminal."""
    layer = model.layers[0]
    records = {
        "filters": inspection.filters(layer),
        "maps": inspection.feature_maps(model, IMAGES[:1]),
        "arithmetic": inspection.arithmetic(model, "c", IMAGES[0], position=(1, 1), filter=0),
        "overview": inspection.overview(layer),
        "lint": inspection.lint(model),
        "curves": {"loss": [1.0, 0.5]},
    }
    for kind, record in records.items():
        for form in ("figure", "text"):
            function = getattr(views, f"{kind}_{form}")
            first = next(iter(inspect.signature(function).parameters))
            yield f"views.{kind}_{form}", function, lambda first=first, record=record: {first: record}


def _averaging() -> Row:
    """A model of a model."""
    return "models.averaged_over_views", models.averaged_over_views, lambda: {"model": network()}


def _convolution() -> Any:
    layer = layers.Conv2D(3, 3)
    layer.build((None, 8, 8, 1))
    return layer


def of_methods() -> Iterator[Row]:
    """Methods of models and layers, each of a new one."""
    rows: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {}
    weights = network().get_weights()
    for name, given in {
        "get_layer": {"name": "c"},
        "set_weights": {"weights": weights},
        "memory_estimate": {"batch_size": 4},
        "predict_on_batch": {"x": IMAGES},
        "test_on_batch": {"x": IMAGES, "y": CLASSES},
        "compute_loss": {"x": IMAGES, "y": CLASSES, "y_pred": np.full((4, 4), 0.25)},
        "from_config": {"config": network().get_config()},
        "__call__": {"inputs": IMAGES},
    }.items():
        rows[f"Sequential.{name}"] = network, given
    for name, given in {
        "set_weights": {"weights": _convolution().get_weights()},
        "add_weight": {"shape": (2,)},
        "compute_output_shape": {"input_shape": (None, 8, 8, 1)},
        "build": {"input_shape": (None, 8, 8, 1)},
        "filter": {"number": 1},
        "from_config": {"config": _convolution().get_config()},
        "__call__": {"inputs": IMAGES},
    }.items():
        rows[f"Conv2D.{name}"] = _convolution, given
    rows |= _of_settled()
    for label, (owner, given) in rows.items():
        name = label.partition(".")[2]

        yield label, _of_a_new(owner, name), lambda given=given: dict(given)


def _adam() -> optimizers.Adam:
    optimizer = optimizers.Adam()
    optimizer.build([WEIGHT])
    return optimizer


def _met() -> metrics.Metric:
    metric = metrics.MeanSquaredError()
    metric.update_state(REAL, REAL)
    return metric


WEIGHT = np.zeros(3)
KEPT = [variable.numpy() for variable in _adam().variables]


def _of_settled() -> dict[str, tuple[Callable[[], Any], dict[str, Any]]]:
    """Methods of optimisers and metrics, and `from_config` of everything that has settings."""
    sums, both = [np.array(each) for each in _met().variables], {"y_true": REAL, "y_pred": REAL}
    of_optimizers: dict[str, dict[str, Any]] = {
        "apply": {"grads": [np.ones(3)]},
        "apply_gradients": {"grads_and_vars": [(np.ones(3), WEIGHT)]},
        "build": {"variables": [WEIGHT]},
        "set_weights": {"weights": KEPT},
        "save_own_variables": {"store": {}},
        "load_own_variables": {"store": {str(number): value for number, value in enumerate(KEPT)}},
        "finalize_variable_values": {"var_list": [WEIGHT]},
        "slot": {"name": "velocity", "variable": WEIGHT},
        "add_variable_from_reference": {"reference_variable": WEIGHT},
    }
    of_metrics: dict[str, dict[str, Any]] = {
        "update_state": both,
        "stateless_result": {"metric_variables": sums},
    }
    rows: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {}
    rows |= {f"Adam.{name}": (_adam, given) for name, given in of_optimizers.items()}
    rows |= {f"MeanSquaredError.{name}": (_met, given) for name, given in of_metrics.items()}
    for made in (
        *(initializers.Ones(), regularizers.L2(), constraints.MaxNorm(), losses.Huber(), metrics.AUC()),
        *(optimizers.SGD(), schedules.ExponentialDecay(0.1, 10, 0.5), layers.Dense(2), layers.InputLayer((3,))),
    ):
        rows[f"{type(made).__name__}.from_config"] = lambda made=made: made, {"config": made.get_config()}
    return rows


def _of_a_new(owner: Callable[[], Any], name: str) -> Callable[..., Any]:
    """A method that is called on something new each time."""

    def call(**arguments: Any) -> Any:
        return getattr(owner(), name)(**arguments)

    call.__signature__ = inspect.signature(getattr(owner(), name))  # type: ignore[attr-defined]
    return call
