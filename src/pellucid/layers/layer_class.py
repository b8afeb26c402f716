"""The class of layer classes: how they are called, what options they have, and how they are built."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

from pellucid import legacy
from pellucid.absent import names_taken
from pellucid.calls import explain, unknown_argument
from pellucid.dispatch import shape_inference
from pellucid.errors import ArgumentTypeError, shown
from pellucid.frozen import Frozen
from pellucid.layers.at_work import AT_WORK
from pellucid.layers.layer_options import LayerOptions
from pellucid.naming import is_ours

TELLING = ("compute_mask", "compute_output_spec")
"""Methods that Keras calls around `call`, and the library's layers have not."""


_OPTIONS: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()


class InAllSpellings(type):
    """The class of layer classes: the library's own layers can be made in the words of every Keras (see `legacy`)."""

    tells_of_results: bool
    """Whether a class of a user's own tells of what its `call` gives beforehand, which is asked once."""
    takes_arguments: bool
    """Whether it is called with further arguments: any class of a user's own, and those whose `call` names some."""
    _reserved_names: frozenset[str]

    def __init__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any], **options: Any) -> None:
        super().__init__(name, bases, members, **options)
        cls._reserved_names = names_taken(cls)
        cls.tells_of_results = any(hasattr(cls, name) for name in TELLING)
        cls.takes_arguments = not is_ours(cls) or (hasattr(cls, "call") and _names_arguments(cls.call))

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if is_ours(cls):
            args, kwargs = legacy.translate(cls.__name__, option_names(cls), args, kwargs)
        try:
            layer = super().__call__(*args, **kwargs)
        except TypeError as error:
            if is_ours(cls):
                explain(error, cls.__name__, cls.__init__, (cls, *args), kwargs, LayerOptions.__annotations__)  # type: ignore[misc]
            raise
        layer.__dict__["_is_made"] = True
        if not is_ours(cls):
            layer.__dict__[_GIVEN] = Given.of(cls, args, kwargs)
        return layer

    @property
    def __signature__(cls) -> inspect.Signature:
        """That of `__init__`: what editors and `help` show."""
        signature = inspect.signature(cls.__init__)  # type: ignore[misc]
        return signature.replace(parameters=list(signature.parameters.values())[1:])


def _names_arguments(call: Callable[..., Any]) -> bool:
    """Whether a `call` takes more than its inputs and the form."""
    return not set(inspect.signature(call).parameters) <= {"self", "inputs", "training"}


def check_specs(layer: Any, inputs: Any) -> None:
    """Raise `ShapeError` where a layer is called on what its `input_spec` does not allow.

    Args:
        layer: with an `input_spec`.
        inputs: what it is called on: things with a shape, alone or in lists and dictionaries.
    """
    first = layer.input_spec
    while isinstance(first, list | tuple | Mapping):
        parts = first.values() if isinstance(first, Mapping) else first
        first = next((part for part in parts if part is not None), None)
    if first is None:
        return
    if not hasattr(first, "check_inputs"):
        raise ArgumentTypeError(f"{layer.label}: input_spec must be an InputSpec or a list of them, got {shown(first)}")
    first.check_inputs(layer.label, layer.input_spec, inputs)  # so that the class is loaded by whoever uses it


def with_shapes(shape: Any) -> Any:
    """Shapes, alone or in lists and dictionaries, as things that have them."""
    if isinstance(shape, Mapping):
        return {name: with_shapes(each) for name, each in shape.items()}
    return [with_shapes(each) for each in shape] if isinstance(shape, list) else SimpleNamespace(shape=shape)


_GIVEN = "_given"


class Given(Frozen, eq=False):
    """How a layer of the user's own was made.

    Attributes:
        options: the arguments by name, those that were left out with their defaults.
        unnamed: whether there were some without names (`*arguments`).
    """

    options: Mapping[str, Any]
    unnamed: bool = False

    @classmethod
    def of(cls, maker: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Given:
        """The arguments of a call that has made a layer."""
        signature = inspect.signature(maker.__init__)  # type: ignore[misc]
        bound = signature.bind(None, *args, **kwargs)
        bound.apply_defaults()
        options: dict[str, Any] = {}
        unnamed = False
        for name, parameter in list(signature.parameters.items())[1:]:
            value = bound.arguments[name]
            if parameter.kind is parameter.VAR_KEYWORD:
                options |= value
            elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
                unnamed |= bool(value)
            else:
                options[name] = value
        return cls(options, unnamed)


def given_to(layer: Any) -> Given:
    """How a layer of the user's own was made, with the options that it was given since."""
    given: Given = layer.__dict__.get(_GIVEN) or Given({})
    return given


def note_given(layer: Any, name: str, value: Any) -> None:
    """Remember that a layer of the user's own was given another option."""
    given = given_to(layer)
    if not is_ours(type(layer)) and (name in given.options or name in option_names(type(layer))):
        layer.__dict__[_GIVEN] = Given({**given.options, name: value}, given.unnamed)


def option_names(cls: type) -> list[str]:
    """The names of a layer class's own options, in their order; with those of its base that it hands on by `**`."""
    if cls not in _OPTIONS:
        _OPTIONS[cls] = tuple(_own_options(cls))
    return list(_OPTIONS[cls])


def _own_options(cls: type) -> dict[str, None]:
    """The same, read from the signatures, which takes long where a network of hundreds of layers is gone through."""
    names: dict[str, None] = {}
    for owner in cls.__mro__:
        if "__init__" not in vars(owner):
            continue
        parameters = list(inspect.signature(owner.__init__).parameters.values())[1:]  # type: ignore[misc]
        names |= dict.fromkeys(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
        if is_ours(owner) or not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break  # the library's own layers name all their options themselves
    return names


def refuse_arguments(layer: str, others: Mapping[str, Any]) -> NoReturn:
    """Raise for arguments with which a layer was called on its inputs, and which layers do not take."""
    raise unknown_argument(layer, next(iter(others)), ("inputs", "training"), in_keras="__call__")


def built_properly(build: Callable[..., None]) -> Callable[..., None]:
    """A `build` that does its work within `ensure_built` only, and calls that otherwise."""
    parameters = inspect.signature(build).parameters.values()
    known = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    first, names = (known[1], known[2:]) if len(known) > 1 else ("input_shape", [])

    @functools.wraps(build)
    def wrapper(self: Any, input_shape: Any = None, *further: Any, **others: Any) -> None:
        if not self.built and self in AT_WORK.get():
            build(self, input_shape, *further, **others)  # its own build() calls that of its base
            return
        if input_shape is None and first in others:
            input_shape = others.pop(first)
        if len(further) > len(names):
            raise ArgumentTypeError(
                f"{self.label}: build takes {', '.join([first, *names])}, got {1 + len(further)} shapes; several "
                "inputs of one layer have their shapes in a list"
            )
        self.ensure_built(
            shape_inference.checked(input_shape, self.label), **dict(zip(names, further, strict=False)), **others
        )

    return wrapper
