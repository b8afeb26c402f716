"""Functions between the layers of older files, in today's form: those of TensorFlow that tf.keras wrote down as layers
(`TFOpLambda`, `SlicingOpLambda`), and those of Keras 3 in HDF5 files, which do not say in which module they are.

Functions are looked up in a closed table; a setting that is not in it is refused.

Source: layers/core/tf_op_layer.py of Keras 2.15.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from pellucid.errors import FileError, shown, unknown_name
from pellucid.layers.records import LAYERS
from pellucid.models.operations import FUNCTIONS, MODULES, operands_in_file
from pellucid.naming import snake_case

__all__ = ["is_function", "of_keras_3", "of_tensorflow"]

Config = dict[str, Any]

OF_TENSORFLOW = ("TFOpLambda", "SlicingOpLambda")
FORMER = "compat.v1."
"""How files begin the names of functions that are written anew in TensorFlow 2 and are the same."""
CONSTANT = "_CONSTANT_VALUE"
"""What stands for the name of a layer where a number is the first argument."""

_REDUCING = {"input_tensor": "x", "axis": "axis", "keepdims": "keepdims"}
_ALONE = {"x": "x"}


def _each(kind: str, *names: str, **parameters: str) -> dict[str, tuple[str, Mapping[str, str]]]:
    return dict.fromkeys(names, (kind, parameters))


ALONE = "negative sqrt rsqrt square exp log sign sin cos floor ceil erf reciprocal"
COMPARISONS = "Greater GreaterEqual Less LessEqual Equal NotEqual LogicalAnd LogicalOr"
TABLE: dict[str, tuple[str, Mapping[str, str]]] = {
    **_each("Add", "math.add", "__operators__.add", x="x1", y="x2"),
    **_each("Add", "nn.bias_add", value="x1", bias="x2"),
    **_each("Subtract", "math.subtract", x="x1", y="x2"),
    **_each("Multiply", "math.multiply", x="x1", y="x2"),
    **_each("TrueDivide", "math.truediv", "math.divide", "realdiv", x="x1", y="x2"),
    **_each("Maximum", "math.maximum", x="x1", y="x2"),
    **_each("Minimum", "math.minimum", x="x1", y="x2"),
    **_each("Power", "math.pow", x="x1", y="x2"),
    **_each("Matmul", "linalg.matmul", a="x1", b="x2"),
    **{f"math.{name}": (name.capitalize(), _ALONE) for name in ALONE.split()},
    **_each("Absolute", "math.abs", x="x"),
    **_each("Sigmoid", "math.sigmoid", "nn.sigmoid", x="x"),
    **_each("Tanh", "math.tanh", "nn.tanh", x="x"),
    **_each("Softplus", "math.softplus", "nn.softplus", features="x"),
    **_each("Softsign", "nn.softsign", features="x"),
    **{f"nn.{name.lower()}": (name, {"features": "x"}) for name in ("Relu", "Relu6", "Elu", "Selu")},
    **_each("Silu", "nn.silu", "nn.swish", features="x"),
    **_each("Gelu", "nn.gelu", features="x", approximate="approximate"),
    **_each("LeakyRelu", "nn.leaky_relu", features="x", alpha="negative_slope"),
    **_each("Softmax", "nn.softmax", logits="x", axis="axis"),
    **{
        f"math.reduce_{name}": (kind, _REDUCING)
        for name, kind in {
            "mean": "Mean", "sum": "Sum", "max": "Max", "min": "Min", "prod": "Prod", "std": "Std", "variance": "Var",
        }.items()
    },
    **_each("Reshape", "reshape", tensor="x", shape="newshape"),
    **_each("Transpose", "transpose", a="x", perm="axes"),
    **_each("Concatenate", "concat", values="xs", axis="axis"),
    **_each("Stack", "stack", values="x", axis="axis"),
    **_each("ExpandDims", "expand_dims", input="x", axis="axis"),
    **_each("Squeeze", "squeeze", input="x", axis="axis"),
    **_each("Tile", "tile", input="x", multiples="repeats"),
    **_each("Pad", "pad", tensor="x", paddings="pad_width", mode="mode", constant_values="constant_values"),
    **_each("Clip", "clip_by_value", t="x", clip_value_min="x_min", clip_value_max="x_max"),
    **_each("Cast", "cast", x="x", dtype="dtype"),
    **_each("Linear", "identity", input="x"),
    **_each("StopGradient", "stop_gradient", input="variable"),
    **_each("Flip", "reverse", tensor="x", axis="axis"),
    **_each("Unstack", "unstack", value="x", num="num", axis="axis"),
    **_each("Split", "split", value="x", num_or_size_splits="indices_or_sections", axis="axis"),
    **_each("Where", "where", condition="condition", x="x1", y="x2"),
    **{f"math.{snake_case(name)}": (name, {"x": "x1", "y": "x2"}) for name in COMPARISONS.split()},
}  # fmt: skip
"""TensorFlow's functions by the name in files: our class, and our name for each of their arguments, in order."""
USUAL: Mapping[str, tuple[object, ...]] = {
    "beta": (1.0,),
    "data_format": (None, "NHWC"),
    "conjugate": (False,),
    "squeeze_dims": (None,),
    "transpose_a": (False,),
    "transpose_b": (False,),
}
"""Further arguments, and the values with which they say nothing."""
DEFAULTS: Mapping[str, Config] = {"nn.gelu": {"approximate": False}, "expand_dims": {"axis": -1}}
"""What is meant where an argument is left out, and is another thing here."""


def is_function(record: Any) -> bool:
    """Whether the record of a layer in an older file is that of a function.

    Layers have a `trainable`; some functions have the name of a layer ("Multiply").

    Example:
        >>> is_function({"class_name": "Multiply", "config": {"name": "multiply"}, "inbound_nodes": [{"args": []}]})
        True
    """
    if not isinstance(record, Mapping) or not isinstance(record.get("config"), Mapping):
        return False
    name, nodes = record.get("class_name"), record.get("inbound_nodes")
    if name in OF_TENSORFLOW:
        return True
    in_todays_form = isinstance(nodes, list) and bool(nodes) and isinstance(nodes[0], Mapping)
    is_layer = LAYERS.knows(name) and "trainable" in record["config"]
    return in_todays_form and isinstance(name, str) and name in FUNCTIONS and not is_layer


def of_keras_3(record: Mapping[str, Any]) -> Config:
    """The record of a function in an HDF5 file of Keras 3, with the module that it lacks."""
    kind = record["class_name"]
    return {**record, "module": _module(kind), "registered_name": kind}


def _module(kind: str) -> str:
    return MODULES.get(FUNCTIONS[kind].__name__, "keras.src.ops.numpy")


def of_tensorflow(record: Mapping[str, Any], tensor: Callable[[Any], Any]) -> Config:
    """The record of one of TensorFlow's functions in today's form.

    Args:
        record: of a layer that stands for the function.
        tensor: makes the record of a tensor from a place [layer, use, result]; anything else comes back as it is.

    Raises:
        FileError: the function is not known, or has an argument that cannot be said today.
    """
    config, nodes = record["config"], record.get("inbound_nodes")
    name = record.get("name") or config.get("name")
    if not isinstance(nodes, list) or len(nodes) != 1 or not isinstance(name, str):
        raise FileError(f"the configuration has a function {shown(name)} that is not called once")
    first, given = _arguments(nodes[0], name, tensor)
    if record["class_name"] == "SlicingOpLambda":
        kind, named = "GetItem", {"x": first, "key": [_key(item) for item in _several(given.get("slice_spec"))]}
        return _written(kind, name, named)
    function = config.get("function")
    function = function.removeprefix(FORMER) if isinstance(function, str) else function
    if not isinstance(function, str) or function not in TABLE:
        raise FileError(str(unknown_name("function of TensorFlow's in the model file", function, TABLE)))
    kind, names = TABLE[function]
    named = {next(iter(names.values())): first}
    for key, value in {**DEFAULTS.get(function, {}), **given}.items():
        if key in names:
            named[names[key]] = _setting(key, tensor(value))
        elif key != "name" and (key not in USUAL or value not in USUAL[key]):
            raise FileError(f"the configuration calls {function} with {key}={shown(value)}, which is not read")
    if named.get("mode", "constant") != "constant" and named.get("constant_values") == 0:
        del named["constant_values"]
    return _written(kind, name, {key: value for key, value in named.items() if value is not None})


def _setting(key: str, value: Any) -> Any:
    """An argument as it is said today: modes in small letters, the places where something is cut instead of sizes."""
    if key == "mode" and isinstance(value, str):
        return value.lower()
    if key == "num_or_size_splits" and isinstance(value, list) and all(type(size) is int for size in value):
        return list(itertools.accumulate(value))[:-1]
    return value


def _arguments(node: Any, name: str, tensor: Callable[[Any], Any]) -> tuple[Any, Config]:
    """The first argument of a call, and the others by name."""
    places = [node] if isinstance(node, list) and node and isinstance(node[0], str) else node
    if (
        not isinstance(places, list)
        or not places
        or not all(isinstance(each, list) and len(each) > 3 for each in places)
    ):
        raise FileError(f"the configuration calls the function {name!r} on {shown(node)}, which is not known")
    given = places[0][3]
    if not isinstance(given, Mapping):
        raise FileError(f"the configuration calls the function {name!r} with {shown(given)}, which is not known")
    firsts = [each[2] if each[0] == CONSTANT else tensor(each[:3]) for each in places]
    return (firsts[0] if places is not node else firsts), dict(given)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _key(item: Any) -> Any:
    """One part of a key: a number, a slice, an ellipsis, a new axis."""
    if isinstance(item, Mapping) and set(item) <= {"start", "stop", "step"}:
        return {"class_name": "__slice__", "config": {key: item.get(key) for key in ("start", "stop", "step")}}
    if isinstance(item, Mapping) and item.get("class_name") == "__ellipsis__":
        return {"class_name": "__ellipsis__", "config": {}}
    return item


def _written(kind: str, name: str, named: Config) -> Config:
    """The record of a function whose arguments have their names of today."""
    operands = operands_in_file(FUNCTIONS[kind])
    return {
        "module": _module(kind),
        "class_name": kind,
        "config": {"name": name, **{key: value for key, value in named.items() if key not in operands}},
        "registered_name": kind,
        "name": name,
        "inbound_nodes": [{"args": [named.get(key) for key in operands], "kwargs": {}}],
    }
