"""Functions in a model (`a + b`, `ops.exp(a)`) as plain data in Keras 3's form, and back.

A record holds the name of the function and its settings; its operands (other parts of the model, numbers, arrays) stand
where the calls of layers have their inputs. Functions are looked up in a closed table.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import activations, ops
from pellucid.dispatch.anywhere import operands_of
from pellucid.dispatch.symbolic import Operation, Slot, SymbolicTensor, kind_of_function
from pellucid.errors import ArgumentError, FileError, unknown_name

Config = dict[str, Any]

KNOWN = [
    function
    for room in (activations, ops)
    for function in (getattr(room, name) for name in room.__all__)
    if operands_of(function)
]
FUNCTIONS: dict[str, Callable[..., Any]] = {kind_of_function(function): function for function in KNOWN}
"""Every function that a file may name, by its class in Keras; where two rooms have one, it is the function of `ops`."""

ELSEWHERE = {
    "keras.src.ops.core": "cast scatter scatter_update slice slice_update stop_gradient",
    "keras.src.ops.linalg": "norm",
    "keras.src.ops.math": "erf in_top_k logsumexp rsqrt segment_sum top_k",
    "keras.src.ops.nn": "adaptive_average_pool adaptive_max_pool average_pool batch_normalization binary_crossentropy "
    "categorical_crossentropy celu conv conv_transpose depth_to_space depthwise_conv elu gelu glu "
    "hard_shrink hard_sigmoid hard_silu hard_tanh layer_normalization leaky_relu log_sigmoid "
    "log_softmax max_pool moments multi_hot normalize one_hot psnr relu relu6 rms_normalization "
    "selu separable_conv sigmoid silu soft_shrink softmax softplus softsign space_to_depth "
    "sparse_categorical_crossentropy sparse_plus sparse_sigmoid sparsemax squareplus tanh_shrink "
    "threshold",
}
"""Keras's modules for the functions that are not in its `keras.src.ops.numpy`."""
MODULES = {name: module for module, names in ELSEWHERE.items() for name in names.split()}

SETTINGS_AMONG_OPERANDS = {
    "full_like": ("fill_value",),
    "get_item": ("key",),
    "isclose": ("rtol", "atol"),
    "percentile": ("q",),
    "quantile": ("q",),
    "slice_update": ("start_indices",),
    "take": ("indices",),
}
OPERANDS_AMONG_SETTINGS = {"clip": ("x_min", "x_max")}
"""Where Keras divides the arguments of a function otherwise."""


def is_operation(record: Mapping[str, Any]) -> bool:
    """Whether a record is that of a function, rather than of a layer."""
    return str(record.get("module")).startswith("keras.src.ops.")


KERAS_ONLY = [("sparse", False), ("initial", None), ("rms_scaling", False)]
"""Settings that Keras writes and that have one value here."""

TensorRecord = Callable[[SymbolicTensor], Config]
TensorAt = Callable[[Any], SymbolicTensor]


def operation_record(operation: Operation, tensor_record: TensorRecord) -> Config:
    """The record of a function in a model.

    Args:
        operation: the function and its arguments.
        tensor_record: how a symbolic tensor is referred to.

    Raises:
        ArgumentError: the function is none of the library's, or an argument cannot be written.
    """
    if operation.function not in KNOWN:
        raise ArgumentError(
            f"{operation.label} cannot be saved: a file knows the functions of pellucid.ops and activations by name; "
            "write a layer that calls this one"
        )
    if not isinstance(operation.name, str):
        raise ArgumentError(f"{operation.label} cannot be saved: its name is text, got {operation.name!r}")
    inputs = operation.calls[0].inputs
    bound = inspect.signature(operation.function).bind(*operation.args, **operation.kwargs)
    bound.apply_defaults()
    given = dict(bound.arguments)
    given |= given.pop(_named(operation.function) or "", {})
    if "key" in given:
        given["key"] = _with_arrays(given["key"])
    try:
        written = {name: _written(value, inputs, tensor_record) for name, value in given.items()}
    except TypeError as error:
        raise ArgumentError(f"{operation.label} cannot be saved: {error}") from error
    args: list[Any] = []
    for name in operands_in_file(operation.function):
        args += written.pop(name) if name == _spread(operation.function) else [written.pop(name)]
    return {
        "module": MODULES.get(operation.function.__name__, "keras.src.ops.numpy"),
        "class_name": operation.kind,
        "config": {"name": operation.name, **written},
        "registered_name": operation.kind,
        "name": operation.name,
        "inbound_nodes": [{"args": args, "kwargs": {}}],
    }


def operands_in_file(function: Callable[..., Any]) -> tuple[str, ...]:
    """The parameters that a record has among its node's arguments, in their order; the others stand in its config."""
    name = function.__name__
    operands = {*(operands_of(function) or ()), *SETTINGS_AMONG_OPERANDS.get(name, ())}
    among = operands - {*OPERANDS_AMONG_SETTINGS.get(name, ())}
    return tuple(each for each in inspect.signature(function).parameters if each in among)


def _spread(function: Callable[..., Any]) -> str | None:
    """The parameter that takes any number of operands (`*operands`), if the function has one."""
    parameters = inspect.signature(function).parameters.values()
    return next((each.name for each in parameters if each.kind is each.VAR_POSITIONAL), None)


def _named(function: Callable[..., Any]) -> str | None:
    """The parameter that takes settings of any name (`**settings`), if the function has one."""
    parameters = inspect.signature(function).parameters.values()
    return next((each.name for each in parameters if each.kind is each.VAR_KEYWORD), None)


def _called(function: Callable[..., Any], args: Sequence[Any], settings: Config, name: str) -> Any:
    """The function of a record on what stands among its node's arguments, and its settings."""
    names, spread = operands_in_file(function), _spread(function)
    if spread is None:
        if len(args) > len(names):
            raise ValueError(f"it takes {len(names)} operands, got {len(args)}")
        return Operation.described(function, (), dict(zip(names, args, strict=False)) | settings, name)
    parameters = inspect.signature(function).parameters.values()
    before = [settings.pop(each.name) for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    return Operation.described(function, (*before, *args), settings, name)


def _with_arrays(key: Any) -> Any:
    """A key with its list of places as an array: a list in a file stands for several parts of a key."""
    if isinstance(key, tuple):
        return tuple(_with_arrays(item) for item in key)
    return np.asarray(key) if isinstance(key, list) else key


def _written(value: Any, inputs: Sequence[SymbolicTensor], tensor_record: TensorRecord) -> Any:
    """An argument as data that JSON can hold; raises `TypeError` where it is none."""
    match value:
        case Slot(number=number):
            return tensor_record(inputs[number])
        case np.ndarray():
            is_whole = value.dtype.kind in "iub" and np.all(np.abs(value.astype(np.float64)) < 2**31)
            dtype = "int32" if is_whole else "float32"
            return {"class_name": "__tensor__", "config": {"value": value.tolist(), "dtype": dtype}}
        case np.generic():
            return value.item()
        case list() | tuple():
            return [_written(item, inputs, tensor_record) for item in value]
        case slice(start=start, stop=stop, step=step):
            return {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}
        case None | bool() | int() | float() | str():
            return value
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    raise TypeError(f"{value!r} among its arguments is nothing that a file can hold")


def describe(record: Mapping[str, Any], tensor_at: TensorAt) -> Operation:
    """Call the function of a record on symbolic tensors, as a model is read.

    Args:
        record: see `operation_record`.
        tensor_at: gives the symbolic tensor at a place [name, call, index].

    Raises:
        FileError: the function, or something among its arguments, is unknown or wrong.
    """
    kind, name, config = record.get("class_name"), record.get("name"), record.get("config")
    if not isinstance(kind, str) or kind not in FUNCTIONS:
        raise FileError(str(unknown_name("function in the model file", kind, FUNCTIONS)))
    if not isinstance(name, str) or not isinstance(config, dict):
        raise FileError(f"the model file gives no options, or no name, for a function {kind}")
    try:
        (node,) = record["inbound_nodes"]
        args = [_read(value, tensor_at) for value in node["args"]]
        settings = {key: value for key, value in config.items() if key != "name" and (key, value) not in KERAS_ONLY}
        given = {key: _read(value, tensor_at) for key, value in (*settings.items(), *node.get("kwargs", {}).items())}
        if not any(True for _ in sources([node["args"], config])):
            raise ValueError("none of its arguments is a part of the model")
        if kind == "GetItem" and args and isinstance(args[-1], list):
            args[-1] = tuple(args[-1])
        results = _called(FUNCTIONS[kind], args, given, name)
        operation = (results[0] if isinstance(results, list) else results).call.layer
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise FileError(f"the model file has a function {kind} {name!r} that cannot be called: {error}") from error
    return operation


def _read(value: Any, tensor_at: TensorAt) -> Any:
    """An argument from a file."""
    if isinstance(value, list):
        return [_read(item, tensor_at) for item in value]
    if not isinstance(value, dict):
        return value
    config = value["config"]
    match value.get("class_name"):
        case "__keras_tensor__":
            return tensor_at(config["keras_history"])
        case "__tensor__" | "__numpy__":
            return np.array(config["value"], np.int32 if "int" in str(config["dtype"]) else np.float32)
        case "__slice__":
            return slice(config["start"], config["stop"], config["step"])
        case "__ellipsis__":
            return Ellipsis
    raise ValueError(f"an argument of class {value.get('class_name')!r} is not supported")


def sources(value: Any) -> Iterator[Any]:
    """The places of all symbolic tensors among the arguments of a call."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        yield value["config"]["keras_history"]
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from sources(item)
