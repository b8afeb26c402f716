"""Functions of arrays (`ops`, the backend module), of models (`inspection`), and methods, for values of no use to them.

See `cases.hostile`, whose subjects these are too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

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

REAL = np.linspace(0.1, 0.9, 6, dtype=np.float32).reshape(2, 3)
IMAGE = np.linspace(0, 1, 64, dtype=np.float32).reshape(1, 8, 8, 1)
IMAGES = np.random.default_rng(0).random((4, 8, 8, 1), np.float32)
CLASSES = np.arange(4)

OF_ARRAYS: dict[str, Any] = {
    **dict.fromkeys(("x", "x1", "x2", "target", "output", "reference", "variable", "alt", "increment"), REAL),
    **{"xs": [REAL, REAL], "tensors": [REAL, REAL], "condition": REAL > 0, "bias": np.ones(3), "inputs": IMAGE},
    **{"kernel": np.ones((2, 2, 1, 2)), "depthwise_kernel": np.ones((2, 2, 1, 1))},
    **{"pointwise_kernel": np.ones((1, 1, 1, 2)), "pool_size": 2, "shape": (2, 3), "newshape": (3, 2), "N": 3},
    **{"start": 0, "x_min": 0.0, "x_max": 1.0, "min_value": 0.0, "max_value": 1.0, "fill_value": 1.0, "value": 1.0},
    **{"axis": 0, "axis1": 0, "axis2": 1, "axes": 0, "key": 0, "source": 0, "destination": 1, "num_classes": 3},
    **{"pad_width": 1, "repeats": 2, "shift": 1, "start_indices": (0, 0), "indices_or_sections": 2, "indices": [0, 1]},
    **{"threshold": 0.5, "default_value": 0.0, "n": 2, "height_factor": 2, "width_factor": 2, "mean": 0.0},
    **{"scale": 1.0, "low": 0.0, "high": 1.0, "dtype": "float32", "new_x": REAL, "decrement": REAL, "tuples": []},
}
"""Values for arguments that have no default, by their names."""

VOLUME = np.ones((1, 5, 5, 5, 1))
SERIES = np.ones((1, 5, 1))
OWN: dict[str, Mapping[str, Any]] = {
    "ops.tensordot": {"x2": REAL.T, "axes": 1},
    "ops.matmul": {"x2": REAL.T},
    "ops.dot": {"x2": REAL.T},
    "ops.glu": {"x": np.ones((2, 4))},
    "ops.stack": {"x": [REAL, REAL]},
    "ops.ctc_loss": {
        "target": [[1, 2], [1, 0]],
        "output": np.zeros((2, 4, 3)),
        "target_length": [2, 1],
        "output_length": [4, 3],
    },
    "ops.slice": {"inputs": REAL, "shape": (1, 1)},
    "ops.slice_update": {"inputs": REAL, "updates": [[1.0]]},
    "ops.scatter": {"indices": [[0]], "values": [1.0], "shape": (3,)},
    "ops.scatter_update": {"inputs": REAL, "indices": [[0]], "updates": [[1.0, 2.0, 3.0]]},
    "ops.segment_sum": {"data": REAL, "segment_ids": [0, 1]},
    "ops.take_along_axis": {"indices": [[0], [1]], "axis": 1},
    "ops.multi_hot": {"inputs": [[0, 1]], "num_classes": 3},
    "ops.top_k": {"k": 2},
    "ops.in_top_k": {"targets": [0, 1], "predictions": REAL, "k": 1},
    "ops.quantile": {"q": 0.3},
    "ops.percentile": {"q": 30},
    "ops.depth_to_space": {"x": np.ones((1, 2, 2, 4)), "block_size": 2},
    "ops.space_to_depth": {"x": IMAGE, "block_size": 2},
    "ops.batch_normalization": {"mean": np.ones(3), "variance": np.ones(3), "axis": -1},
    "ops.sparse_categorical_crossentropy": {"target": [0, 1]},
    "ops.conv_transpose": {"kernel": np.ones((2, 2, 2, 1))},
    **{f"ops.adaptive_{name}_pool": {"output_size": 2} for name in ("average", "max")},
    "ops.cond": {"pred": True, "true_fn": lambda: REAL, "false_fn": lambda: REAL},
    "ops.fori_loop": {"lower": 0, "upper": 2, "body_fun": lambda i, state: state, "init_val": REAL},
    "ops.while_loop": {"cond": lambda *state: False, "body": lambda *state: state, "loop_vars": (0,)},
    "ops.map": {"f": lambda x: x, "xs": REAL},
    "ops.vectorized_map": {"function": lambda x: x, "elements": REAL},
    "ops.custom_gradient": {"f": lambda x: (x, lambda upstream: upstream)},
    "ops.psnr": {"max_val": 1.0},
    **{f"ops.{name}": {"x": [REAL, REAL]} for name in ("fft", "fft2", "ifft2", "irfft")},
    "ops.stft": {"x": np.ones((2, 16)), "sequence_length": 4, "sequence_stride": 2, "fft_length": 8},
    "ops.istft": {"x": [np.ones((2, 5))] * 2, "sequence_length": 4, "sequence_stride": 2, "fft_length": 8},
    "ops.extract_sequences": {"sequence_length": 2, "sequence_stride": 1},
    "ops.unfold": {"x": IMAGE, "kernel_size": 1},
    "ops.fold": {"x": np.ones((1, 4, 4)), "output_size": 3, "kernel_size": 2},
    "ops.rearrange": {"tensor": REAL, "pattern": "a b -> b a"},
    **{f"ops.segment_{name}": {"data": REAL, "segment_ids": [0, 1]} for name in ("max", "min", "prod")},
    "ops.bincount": {"x": [0, 1, 1]},
    "ops.digitize": {"bins": [0.0, 0.5]},
    "ops.searchsorted": {"sorted_sequence": [0.0, 0.5], "values": REAL},
    "ops.vander": {"x": np.ones(3)},
    "ops.trapezoid": {"y": REAL, "x": None},
    "ops.correlate": {"x1": np.ones(4), "x2": np.ones(2)},
    **{f"ops.{name}": {"x": 4} for name in ("bartlett", "blackman", "hamming", "hanning")},
    **{"ops.kaiser": {"x": 4, "beta": 2.0}, "ops.cdist": {"y": REAL}},
    "ops.select": {"condlist": [REAL > 0], "choicelist": [REAL]},
    "ops.diff": {"a": REAL},
    "ops.rot90": {"array": REAL},
    "ops.one_hot": {"x": np.array([0, 1])},
    "ops.arange": {"start": 3},
    "ops.linspace": {"stop": 3},
    "ops.dot_product_attention": {name: np.ones((1, 3, 2, 4)) for name in ("query", "key", "value")},
    "ops.dsplit": {"x": IMAGE},
    "ops.hsplit": {"x": REAL.T},
    **{f"ops.{name}": {"start": 1, "stop": 3} for name in ("geomspace", "logspace")},
    "backend.arange": {"start": 3},
    "backend.batch_dot": {"y": REAL},
    "backend.batch_normalization": {"mean": np.ones(3), "var": np.ones(3)},
    "backend.stack": {"x": [REAL, REAL]},
    "backend.dot": {"y": REAL.T},
    "backend.dropout": {"level": 0.5},
    "backend.eye": {"size": 3},
    "backend.in_top_k": {"targets": [0, 1], "predictions": REAL, "k": 1},
    "backend.one_hot": {"indices": np.array([0, 1])},
    "backend.placeholder": {"shape": (None, 3)},
    "backend.repeat_elements": {"rep": 2},
    "backend.permute_dimensions": {"pattern": (1, 0)},
    "backend.reshape": {"shape": (3, 2)},
    "backend.stop_gradient": {"variables": REAL},
    "backend.switch": {"then_expression": REAL, "else_expression": -REAL},
    "backend.sparse_categorical_crossentropy": {"target": np.array([0, 1])},
    **{f"backend.{name}": {"y": REAL} for name in ("equal", "not_equal", "less", "less_equal", "maximum", "minimum")},
    **{f"backend.{name}": {"y": REAL} for name in ("greater", "greater_equal")},
    "backend.pow": {"a": 2.0},
    **{f"backend.{name}": {"fn": ops.add, "elems": REAL} for name in ("foldl", "foldr")},
    "backend.map_fn": {"fn": lambda x: x, "elems": REAL},
    "backend.conv1d": {"x": SERIES, "kernel": np.ones((2, 1, 1))},
    "backend.conv2d_transpose": {"x": IMAGE, "kernel": np.ones((2, 2, 2, 1)), "output_shape": (1, 9, 9, 2)},
    "backend.conv3d": {"x": VOLUME, "kernel": np.ones((2, 2, 2, 1, 1))},
    "backend.local_conv1d": {"inputs": SERIES, "kernel": np.ones((4, 2, 1)), "kernel_size": [2], "strides": [1]},
    "backend.local_conv2d": {
        "inputs": IMAGE,
        "kernel": np.ones((49, 4, 1)),
        "kernel_size": (2, 2),
        "strides": (1, 1),
        "output_shape": (7, 7),
    },
    "backend.pool3d": {"x": VOLUME},
    "backend.resize_volumes": {"x": VOLUME, "depth_factor": 1},
    "backend.spatial_3d_padding": {"x": VOLUME},
    "backend.temporal_padding": {"x": SERIES},
    **{f"backend.{name}": {"x": IMAGE} for name in ("conv2d", "pool2d", "resize_images", "spatial_2d_padding")},
    **{f"backend.{name}": {"x": IMAGE} for name in ("depthwise_conv2d", "separable_conv2d")},
}
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
