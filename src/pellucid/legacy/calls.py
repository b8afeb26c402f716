"""The doors through which calls in old words come: a function for classes, a decorator for functions and methods."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from pellucid.calls import explain
from pellucid.legacy.conversion import Conversion
from pellucid.legacy.generation import as_it_stands
from pellucid.legacy.spelling import OldCall
from pellucid.legacy.tables import LAYER, SPELLINGS

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
        >>> from pellucid.legacy import collected
        >>> with collected() as found:
        ...     translate("Convolution2D", ["filters", "kernel_size"], (32, 3, 3), {"border_mode": "same"})
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
        >>> from pellucid.legacy import collected
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
        names = by_position(function)
        own = int(names[:1] == ("self",))
        spelling = SPELLINGS.get(owner, LAYER)
        only_words, old_words = spelling.only_words_are_old, spelling.words - set(names)

        @functools.wraps(function)
        def translated(*args: P.args, **kwargs: P.kwargs) -> R:
            plain = only_words and old_words.isdisjoint(kwargs)
            if not (plain or as_it_stands()):
                later, named = translate(owner, names[own:], args[own:], kwargs)
                args, kwargs = (*args[:own], *later), named  # type: ignore[assignment]
            try:
                return function(*args, **kwargs)
            except TypeError as error:
                explain(error, owner, function, args, kwargs)
                raise

        return translated

    return decorate


def takes_text_first(owner: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator for methods that took a name first in an older Keras; other calls are not looked at.

    Args:
        owner: the row of the tables that holds for it.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        today = by_position(function)[1:]

        @functools.wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            if len(args) > 1 and isinstance(args[1], str):
                later, named = translate(owner, today, args[1:], kwargs)
                args, kwargs = (args[0], *later), named  # type: ignore[assignment]
            return function(*args, **kwargs)

        return called

    return decorate


def by_position(function: Callable[..., object]) -> tuple[str, ...]:
    """The names of what a function takes by position.

    Example:
        >>> by_position(lambda x, y=1, *, z=2: 0)
        ('x', 'y')
    """
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds)
