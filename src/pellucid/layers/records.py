"""Layers as records: the classes that a file may name, and how one layer is written and made again.

The table is filled once, by the package around this module and by that of the models, so that layers which hold other
layers can read them from their own options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pellucid.config import dtype_policy, policy_name
from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen
from pellucid.layers.base import Layer
from pellucid.layers.input import InputLayer
from pellucid.registration import CustomObjectScope
from pellucid.registry import Registry, record_of_user


class _Offered(Mapping[str, type[Layer]]):
    """The classes by their names, each loaded when it is asked for.

    Attributes:
        bring: what gives the class of each name.
    """

    def __init__(self) -> None:
        self.bring: dict[str, Callable[[str], Any]] = {}

    def __getitem__(self, name: str) -> type[Layer]:
        found: type[Layer] = self.bring[name](name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.bring)

    def __len__(self) -> int:
        return len(self.bring)


_classes = _Offered()

LAYERS: Registry[Layer] = Registry("layer class", "keras.layers", Layer, _classes, exact=True)
"""Every layer class that a file may name."""

# Options that Keras writes for every layer and that have one value here; any other value is refused.
_KERAS_ONLY: dict[str, object] = {"autocast": True, "quantization_config": None, "lora_rank": None, "lora_alpha": None}


class FileForm(Frozen):
    """What records call a class that Keras has under another name, or in another module than its layers.

    The class has it as `file_form`. A class that derives from it is another one and has its own name.
    """

    module: str
    class_name: str
    registered_name: str | None = None


def own_form(layer: object) -> FileForm | None:
    """The form of a layer's class itself, if it has one."""
    form = vars(type(layer)).get("file_form")
    return form if isinstance(form, FileForm) else None


def offer(names: Iterable[str], bring: Callable[[str], Any]) -> None:
    """Let files name these classes.

    Args:
        names: of the classes.
        bring: gives the class of a name; called when it is needed.
    """
    _classes.bring.update(dict.fromkeys(names, bring))


def serialize(layer: Layer) -> dict[str, Any]:
    """The record of a layer: of one of the library's, or of a class of the user's own, whatever its name.

    Example:
        >>> from pellucid import layers
        >>> record = serialize(layers.Dense(3, name="out"))
        >>> record["module"], record["class_name"], record["config"]["units"]
        ('keras.layers', 'Dense', 3)
    """
    cls, config, form = type(layer), layer.get_config(), own_form(layer)
    if form is not None:
        named = {"class_name": form.class_name, "config": config, "registered_name": form.registered_name}
        return {"module": form.module, **named}
    return LAYERS.record(cls.__name__, config) if LAYERS.holds(cls) else record_of_user(cls, config)


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Layer:
    """A new layer from its record, as `serialize` or Keras wrote it.

    Args:
        config: 'class_name' and a 'config' of options, as a dictionary.
        custom_objects: classes and functions of your own that it names.

    Raises:
        ArgumentError: the class is unknown, or an option is not supported.

    Example:
        >>> from pellucid import layers
        >>> deserialize(serialize(layers.Dense(3, name="out"))).name
        'out'

    Source: keras.layers.deserialize.
    """
    if not isinstance(config, Mapping) or not isinstance(config.get("config"), Mapping):
        raise ArgumentError(f"the record of a layer has 'class_name' and a 'config' of options, got {shown(config)}")
    with CustomObjectScope(custom_objects):
        cls = LAYERS.class_of(config)
        return cls.from_config(own_options(cls, config["config"]))


def own_options(cls: type[Layer], config: Mapping[str, Any]) -> dict[str, Any]:
    """The options in a record that Pellucid's layers have; those that Keras adds must have the one value that is here.

    The `dtype` is left out where it is the process's own policy: layers of users need not take it.

    Raises:
        ArgumentError: an option of Keras's has another value, or the policy is unknown.
    """
    options = dict(config)
    for key, value in _KERAS_ONLY.items():
        if options.pop(key, value) != value:
            raise ArgumentError(
                f"layer {config.get('name')!r} has {key}={shown(config[key])}, which is not supported; remove it and "
                "save the model again"
            )
    if not issubclass(cls, InputLayer):
        dtype = options.pop("dtype", None)
        try:
            policy = policy_name("float32" if dtype is None else dtype)
        except ArgumentError:
            raise ArgumentError(
                f"layer {config.get('name')!r} computes in {shown(dtype)}; only float32 is supported, and "
                "mixed_bfloat16"
            ) from None
        options |= {} if policy == dtype_policy() else {"dtype": policy}
    return options
