"""The settings that all optimisers share, written once: their names, and how a class takes them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ParamSpec, TypedDict

from pellucid.calls import unknown_argument

__all__ = ["DEFAULTS", "OptionsBesideDecay", "SharedOptions", "takes"]

P = ParamSpec("P")


class OptionsBesideDecay(TypedDict, total=False):
    """What every optimiser takes; see `Optimizer`. For those in which the weight decay is a setting of their own."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None


class SharedOptions(OptionsBesideDecay, total=False):
    """What every optimiser takes, the weight decay too."""

    weight_decay: float | None


DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "weight_decay": None,
        "clipnorm": None,
        "clipvalue": None,
        "global_clipnorm": None,
        "use_ema": False,
        "ema_momentum": 0.99,
        "ema_overwrite_frequency": None,
        "loss_scale_factor": None,
        "gradient_accumulation_steps": None,
        "name": None,
    }
)
"""What they are where nobody gives them; the name is then made from the class."""


def takes(options: type, **defaults: Any) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Decorator of an `__init__` that passes `**options: Unpack[...]` on: its signature names them one by one.

    So `help()`, `inspect` and messages know them, as type checkers do, and one that is unknown is refused.

    Args:
        options: the class of the dictionary.
        defaults: where they differ from `DEFAULTS`.

    Example:
        >>> class Own:
        ...     @takes(OptionsBesideDecay, name="own")
        ...     def __init__(self, learning_rate=0.1, **options): ...
        >>> list(inspect.signature(Own).parameters)[:3]
        ['learning_rate', 'clipnorm', 'clipvalue']
    """
    names = [name for name in DEFAULTS if name in options.__annotations__]

    def decorate(method: Callable[P, None]) -> Callable[P, None]:
        signature = inspect.signature(method)
        own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
        shared = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=defaults.get(name, DEFAULTS[name]),
                annotation=options.__annotations__[name].__forward_arg__,
            )
            for name in names
        ]
        known = [each.name for each in (*own, *shared)][1:]

        @functools.wraps(method)
        def made(*args: P.args, **kwargs: P.kwargs) -> None:
            for name in kwargs:
                if name not in known:
                    raise unknown_argument(type(args[0]).__name__, name, known)
            method(*args, **{**defaults, **kwargs})

        made.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        return made

    return decorate
