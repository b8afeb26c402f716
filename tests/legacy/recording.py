"""Translating in tests: what a call becomes, and what would be said about it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from keras import layers as keras_layers

from pellucid import layers, legacy


def parameters(today: str) -> list[str]:
    """What Keras 3's class of that name takes by position, in order; Pellucid's where Keras has none any more."""
    signature = inspect.signature(getattr(keras_layers, today, getattr(layers, today)).__init__)
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD,)
    return [name for name, parameter in signature.parameters.items() if parameter.kind in kinds][1:]


def translated(
    owner: str, args: Sequence[Any], kwargs: Mapping[str, Any], names: Sequence[str]
) -> tuple[dict[str, Any], list[legacy.Translation]]:
    """A call in today's words, all by name, and what is said about it."""
    with legacy.collected() as found:
        later, named = legacy.translate(owner, names, tuple(args), kwargs)
    assert len(later) <= len(names) and not set(names[: len(later)]) & set(named)
    return {**dict(zip(names, later, strict=False)), **named}, found


def read_back(text: str, names: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """What a call as text calls, and with what, all by name: as Python reads it."""

    class Anything(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            def called(*args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
                return name, {**dict(zip(names, args, strict=False)), **kwargs}

            return called

    return eval(text, {"__builtins__": {}}, Anything())
