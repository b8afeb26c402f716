"""The class of layer classes: how they are called, what options they have, and how they are built."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from pellucid import legacy
from pellucid.calls import explain, unknown_argument
from pellucid.dispatch import shape_inference
from pellucid.layers.at_work import AT_WORK
from pellucid.layers.layer_options import LayerOptions
from pellucid.naming import is_ours


class InAllSpellings(type):
    """The class of layer classes: the library's own layers can be made in the words of every Keras (see `legacy`)."""

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
        return layer

    @property
    def __signature__(cls) -> inspect.Signature:
        """That of `__init__`: what editors and `help` show."""
        signature = inspect.signature(cls.__init__)  # type: ignore[misc]
        return signature.replace(parameters=list(signature.parameters.values())[1:])


def option_names(cls: type) -> list[str]:
    """The names of a layer class's own options, in their order; with those of its base that it hands on by `**`."""
    names: dict[str, None] = {}
    for owner in cls.__mro__:
        if "__init__" not in vars(owner):
            continue
        parameters = list(inspect.signature(owner.__init__).parameters.values())[1:]  # type: ignore[misc]
        names |= dict.fromkeys(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
        if is_ours(owner) or not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break  # the library's own layers name all their options themselves
    return list(names)


def refuse_arguments(layer: str, others: Mapping[str, Any]) -> NoReturn:
    """Raise for arguments with which a layer was called on its inputs, and which layers do not take."""
    raise unknown_argument(layer, next(iter(others)), ("inputs", "training"), in_keras="__call__")


def built_properly(build: Callable[..., None]) -> Callable[..., None]:
    """A `build` that does its work within `ensure_built` only, and calls that otherwise."""

    @functools.wraps(build)
    def wrapper(self: Any, input_shape: Any) -> None:
        if not self.built and self in AT_WORK.get():
            build(self, input_shape)  # its own build() calls that of its base
        else:
            self.ensure_built(shape_inference.checked(input_shape, self.label))

    return wrapper
