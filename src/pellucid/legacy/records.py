"""Layers as Keras 1 and 2 wrote them into files, in today's words: class by class, with the tables that calls have.

What follows from the model around a layer (how it is connected, where channels stand if its record does not say) is
decided above. Not imported before a file or a text of those days is read.

Source: the `get_config` of the layers of Keras 1.2.2, 2.2.4 and tf.keras 2.15.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.errors import FileError, shown
from pellucid.legacy.calls import translate
from pellucid.legacy.tables import SPELLINGS
from pellucid.legacy.warning import collected

__all__ = ["class_name", "joining", "layer_config", "plain", "setting", "without_modules"]

Config = dict[str, Any]

CLASSES = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "Container": "Functional",
    "Model": "Functional",
}
"""What was another name for a class, and no call."""

RANDOM = tuple(
    f"Random{what}"
    for what in ("Flip", "Rotation", "Zoom", "Crop", "Contrast", "Brightness", "Translation", "Height", "Width")
)
"""Layers that vary images; they drew their numbers from one of several generators."""
NO_GROUPS: Mapping[str, tuple[object, ...]] = {"groups": (1, None)}
RENORM: Mapping[str, tuple[object, ...]] = {
    "renorm": (False, None),
    "virtual_batch_size": (None,),
    "adjustment": (None,),
}
SAYS_NOTHING: dict[str, Mapping[str, tuple[object, ...]]] = {
    **{
        name: NO_GROUPS
        for name in (
            "DepthwiseConv1D",
            "DepthwiseConv2D",
            "SeparableConv1D",
            "SeparableConv2D",
            "Conv1DTranspose",
            "Conv2DTranspose",
            "Conv3DTranspose",
        )
    },
    "BatchNormalization": RENORM,
    "LocallyConnected1D": {"implementation": (1,)},
    "LocallyConnected2D": {"implementation": (1,)},
    "": {"dynamic": (False, None), "stateful": (False, None), "ragged": (False, None), "type_spec": (None,)},
}
"""Options that were written down and mean nothing with these values, by class; "" for all classes."""
OF_A_KERNEL = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")
NEVER_MATTERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), OF_A_KERNEL),  # of the one kernel that they have not
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), OF_A_KERNEL),
    **dict.fromkeys(RANDOM, ("rng_type", "force_generator")),
    "BatchNormalization": ("fused", "renorm_clipping", "renorm_momentum"),
    "Dense": ("input_dim",),
    "Lambda": ("function_type", "module", "output_shape_type", "output_shape_module"),
    "Conv1D": ("input_dim", "input_length"),
    "LocallyConnected1D": ("input_dim", "input_length"),
    "": ("batch_input_shape", "input_dtype"),
}
"""Options that decide nothing in a file: how fast it was, and what a model says better itself (where it begins)."""
MERGING = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate", "dot": "Dot"}
OTHER_PRECISIONS = ("mixed_float16", "float16", "float64", "bfloat16")
"""Policies of Keras that are none here; such layers compute in float32, which is what their weights were kept in."""
NEVER_RUN = "code in files is never run"


def class_name(record: Mapping[str, Any]) -> str:
    """Today's name of the class of a record.

    Example:
        >>> class_name({"class_name": "Convolution2D"}), class_name({"class_name": "Model"})
        ('Conv2D', 'Functional')
    """
    name = record.get("class_name")
    if not isinstance(name, str):
        raise FileError(f"the configuration has a layer whose class is {shown(name)}; expected its name")
    if name in CLASSES:
        return CLASSES[name]
    spelling = SPELLINGS.get(name)
    return spelling.today if spelling is not None and spelling.today else name


def without_modules(value: Any, depth: int) -> Any:
    """A record of tf.keras's without the modules in which its classes were: as all records of Keras 2 had been.

    Since 2.13 it wrote them, with paths of its own ("keras.src.engine.functional"). Classes of users keep theirs.

    Args:
        value: a record, or what is in one.
        depth: how deep records may lie in each other.

    Example:
        >>> told = {"module": "keras.layers", "class_name": "ReLU", "config": {"name": "r"}, "registered_name": None}
        >>> without_modules(told, 9)
        {'class_name': 'ReLU', 'config': {'name': 'r'}}
    """
    if depth < 0:
        raise FileError("the configuration has records in records, more deeply than any that is read")
    if isinstance(value, list):
        return [without_modules(item, depth - 1) for item in value]
    if not isinstance(value, Mapping):
        return value
    is_keras = isinstance(value.get("module"), str) and value["module"].partition(".")[0] in ("keras", "tf_keras")
    left_out = ("module", "registered_name") if is_keras and "class_name" in value else ()
    return {key: without_modules(item, depth - 1) for key, item in value.items() if key not in left_out}


def layer_config(record: Mapping[str, Any]) -> Config:
    """The options of a layer in today's words.

    Args:
        record: with its "class_name" and "config", of any Keras.

    Raises:
        FileError: an option has no words today, or none with that value.

    Example:
        >>> layer_config({"class_name": "Convolution2D", "config": {"nb_filter": 8, "nb_row": 3, "nb_col": 2}})
        {'filters': 8, 'kernel_size': (3, 2)}
    """
    name, config = record.get("class_name"), record.get("config")
    if not isinstance(name, str) or not isinstance(config, Mapping):
        raise FileError(f"the configuration has a layer without a class or options: {shown(record)}")
    today = class_name(record)
    _refuse_code(name, config)
    given = {key: plain(value) for key, value in config.items() if not _is_idle(today, key, value)}
    if today == "Lambda" and isinstance(given.get("output_shape"), str):
        del given["output_shape"]  # a function of the input's shape, which is not needed: see `Lambda`
    try:
        found = _translated(name, given)
    except ValueError as error:
        raise FileError(f"the {name} {config.get('name')!r} cannot be read: {error}") from error
    if today == "BatchNormalization" and isinstance(found.get("axis"), list) and len(found["axis"]) == 1:
        found["axis"] = found["axis"][0]  # tf.keras wrote a list of one
    if today == "Normalization":
        found |= _of_one_shape(found)
    return {key: setting(key, value) for key, value in found.items()}


def _of_one_shape(settings: Config) -> Config:
    """Mean and variance of a normalisation; tf.keras took one number beside a list."""
    pair = {key: settings.get(key) for key in ("mean", "variance")}
    lists = [value for value in pair.values() if isinstance(value, list)]
    if len(lists) != 1 or not all(isinstance(value, int | float | list) for value in pair.values()):
        return {}
    return {key: value if isinstance(value, list) else _filled(lists[0], value) for key, value in pair.items()}


def _filled(shape: list[Any], value: Any) -> list[Any]:
    return [_filled(item, value) if isinstance(item, list) else value for item in shape]


def _translated(name: str, settings: Config) -> Config:
    """Settings of a class that has a row in the tables, in today's words; those of others as they are."""
    if name not in SPELLINGS:
        return settings
    with collected():
        return translate(name, (), (), settings)[1]


def _is_idle(today: str, key: str, value: object) -> bool:
    """Whether an option can be left out."""
    for owner in (today, ""):
        allowed = SAYS_NOTHING.get(owner, {}).get(key)
        if key in NEVER_MATTERS.get(owner, ()) or (
            allowed is not None and any(value is each or value == each for each in allowed)
        ):
            return True
    return False


def _refuse_code(name: str, config: Mapping[str, Any]) -> None:
    kinds = [key for key in ("function_type", "mode_type", "output_shape_type") if config.get(key) == "lambda"]
    if kinds:
        raise FileError(f"the {name} {config.get('name')!r} holds a function as code: {NEVER_RUN}")


def plain(value: Any) -> Any:
    """A value without the wrappings that arrays had.

    Example:
        >>> plain({"type": "ndarray", "value": 0.25})
        0.25
    """
    if isinstance(value, Mapping) and set(value) == {"type", "value"}:
        return value["value"]
    if isinstance(value, Mapping) and value.get("class_name") == "__numpy__" and isinstance(value["config"], Mapping):
        return value["config"].get("value")
    return value


def setting(key: str, value: Any, *, as_told: bool = False) -> Any:
    """One option of a layer: an initialiser, a penalty, a constraint or a policy in today's form, others as they are.

    Args:
        key: its name.
        value: as a file has it.
        as_told: whether a precision that no layer computes in today stays; else it is float32.

    Example:
        >>> setting("kernel_regularizer", {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.5})
        {'class_name': 'L1L2', 'config': {'l1': 0.0, 'l2': 0.5}}
    """
    if key == "dtype":
        config = value.get("config") if isinstance(value, Mapping) else None
        name = config.get("name") if isinstance(config, Mapping) else value
        is_other = isinstance(name, str) and name in OTHER_PRECISIONS and not as_told
        return "float32" if is_other else name
    if not isinstance(value, Mapping) or isinstance(value.get("module"), str):
        return value
    if key.endswith("_initializer"):
        return _initializer(value)
    if key.endswith(("_regularizer", "_constraint")):
        return _named(value)
    return value


def _initializer(value: Mapping[str, Any]) -> Any:
    config = value.get("config")
    if not isinstance(config, Mapping):
        return value
    settings = {key: plain(item) for key, item in config.items() if key != "dtype"}
    if settings.get("distribution") == "normal":
        settings["distribution"] = "truncated_normal"  # it was cut off at two deviations under the shorter name, too
    return {**value, "config": settings}


def _named(value: Mapping[str, Any]) -> Any:
    """Keras 1 wrote the name of the class among its settings."""
    if "class_name" not in value and isinstance(value.get("name"), str):
        value = {"class_name": value["name"], "config": {key: item for key, item in value.items() if key != "name"}}
    config = value.get("config")
    name = value.get("class_name")
    if not isinstance(config, Mapping) or not isinstance(name, str):
        return value
    settings = {key: plain(item) for key, item in config.items()}
    today = SPELLINGS[name].today if name in SPELLINGS else name
    return {"class_name": today, "config": _translated(name, settings)}


def joining(config: Mapping[str, Any]) -> tuple[str, Config]:
    """The class and the options of Keras 1's one layer for all that joins tensors, `Merge`.

    Example:
        >>> joining({"mode": "concat", "mode_type": "raw", "concat_axis": 1, "name": "m"})
        ('Concatenate', {'name': 'm', 'axis': 1})

    Raises:
        FileError: it joins by a function, or in a way that is not known.
    """
    mode, name = config.get("mode"), config.get("name")
    if config.get("mode_type", "raw") != "raw":
        raise FileError(f"the Merge {name!r} joins by a function of its writer's: {NEVER_RUN}")
    known: Config = {} if name is None else {"name": name}
    if mode == "concat":
        return "Concatenate", {**known, "axis": config.get("concat_axis", -1)}
    if mode in ("dot", "cos"):
        axes = config.get("dot_axes", -1)
        return "Dot", {**known, "axes": axes, **({"normalize": True} if mode == "cos" else {})}
    if mode not in MERGING:
        raise FileError(f"the Merge {name!r} joins by {shown(mode)}; known are {', '.join(MERGING)} and cos")
    return MERGING[mode], known
