"""Calls in the words of Keras 1 and 2: tables that say what was called what, and the one converter that reads them.

Layers, optimisers and functions know today's words only; before they see a call, `translate` has turned it into them.
What was old about it is warned of once, with the call in today's spelling.

Source: Keras 1.2.2 and 2.2.4 (keras/legacy/interfaces.py), https://github.com/keras-team/keras
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from pellucid.legacy.conversion import Conversion
from pellucid.legacy.spelling import OldCall
from pellucid.legacy.tables import LAYER, SPELLINGS
from pellucid.legacy.warning import LegacyWarning, Translation, collected

__all__ = ["LegacyWarning", "Translation", "accepts_old_spelling", "collected", "translate"]

P = ParamSpec("P")
R = TypeVar("R")


def translate(
    owner: str, parameters: Sequence[str], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call in today's words. Warns once (`LegacyWarning`) if it was in older ones, at the line of the caller's.

    Args:
        owner: the class or function, as it was called: "Conv2D", "Convolution2D", "fit".
        parameters: today's names of what may be given by position, in order, without `self`.
        args: values by position, without `self`.
        kwargs: values by name.

    Returns:
        `args` and `kwargs` for today's class or function.

    Raises:
        ArgumentError: an argument came in both spellings, or the call can be read in two ways.

    Example:
        >>> import warnings
        >>> warnings.simplefilter("ignore", LegacyWarning)
        >>> translate("Convolution2D", ["filters", "kernel_size"], (32, 3, 3), {"border_mode": "same"})
        ((32, (3, 3)), {'padding': 'same'})

    Source: the rules are those of Keras 2's keras/legacy/interfaces.py, wider where Keras 1 accepted more.
    """
    spelling = SPELLINGS.get(owner, LAYER)
    return Conversion(spelling, OldCall(owner, args, kwargs, tuple(parameters))).run()


def accepts_old_spelling(owner: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator for functions and methods that may be called in older words.

    Args:
        owner: the row of the tables that holds for it.

    Example:
        >>> @accepts_old_spelling("to_categorical")
        ... def to_categorical(x, num_classes=None):
        ...     return num_classes
        >>> with collected() as found:
        ...     to_categorical([1, 2], nb_classes=10)
        10
        >>> print(found[0].today)
        to_categorical([1, 2], num_classes=10)
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        names = positional_parameters(function)
        own = int(names[:1] == ("self",))

        @functools.wraps(function)
        def translated(*args: P.args, **kwargs: P.kwargs) -> R:
            later, named = translate(owner, names[own:], args[own:], kwargs)
            return function(*args[:own], *later, **named)  # type: ignore[arg-type]

        return translated

    return decorate


def positional_parameters(function: Callable[..., object]) -> tuple[str, ...]:
    """The names of what a function takes by position.

    Example:
        >>> positional_parameters(lambda x, y=1, *, z=2: 0)
        ('x', 'y')
    """
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds)
