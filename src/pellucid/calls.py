"""How a call that does not fit is explained: an argument that is unknown, missing, or one too many.

Python says so too, but names neither the nearest argument nor those that Keras has and Pellucid has not. Only a call
that has failed is looked at; one that fits costs nothing.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from pellucid.errors import ArgumentTypeError, nearest_names, shown
from pellucid.naming import is_ours

__all__ = ["Explained", "called", "explain", "explained", "unknown_argument"]

P = ParamSpec("P")
R = TypeVar("R")
BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def unknown_argument(
    owner: str, name: str, known: Collection[str], *, in_keras: str | None = None
) -> ArgumentTypeError:
    """The error for an argument that a class or function has not, with the nearest that it has.

    Args:
        owner: the class or function, as it is called: "Conv2D", "fit".
        name: of the argument.
        known: the names of those that it takes.
        in_keras: under which name Keras's arguments are listed; the owner's by default.

    Example:
        >>> print(unknown_argument("Dense", "unit", ["units", "use_bias"]))
        Dense: unknown argument 'unit'; did you mean 'units'? Known: units, use_bias
        >>> print(unknown_argument("Dense", "lora_rank", ["units"]))
        Dense: Keras has the argument 'lora_rank', Pellucid has not. Known: units
        >>> print(unknown_argument("NonNeg", "axis", []))
        NonNeg: unknown argument 'axis'; it takes none
    """
    from pellucid import keras_names  # only now: mistakes are rare

    near = nearest_names(name, known, most=1)
    listed = f"Known: {', '.join(known)}" if known else "it takes none"
    if name in f"{keras_names.ARGUMENTS.get(in_keras or owner, '')} {keras_names.ARGUMENTS['']}".split():
        return ArgumentTypeError(f"{owner}: Keras has the argument {name!r}, Pellucid has not. {listed}")
    end = f"did you mean {near[0]!r}? {listed}" if near else listed
    return ArgumentTypeError(f"{owner}: unknown argument {shown(name)}; {end}")


def explain(
    error: TypeError,
    owner: str,
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    further: Collection[str] = (),
) -> None:
    """Raise what is wrong with a call, where it was the call itself that Python refused; else do nothing.

    To be used where it was called: `except TypeError as error: explain(...); raise`.

    Args:
        error: what came of `function(*args, **kwargs)`.
        owner: as it is called.
        function: that was called.
        args: by position; for a method with the object.
        kwargs: by name.
        further: the names that it takes as `**kwargs`.

    Raises:
        ArgumentTypeError: an argument is unknown, missing, or one too many.
    """
    came_from_within = error.__traceback__ is not None and error.__traceback__.tb_next is not None
    if not came_from_within:
        found = misfit(owner, function, args, kwargs, further)
        if found is not None:
            raise found from None


def misfit(
    owner: str,
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    further: Collection[str] = (),
) -> ArgumentTypeError | None:
    """What is wrong with a call; None where it fits. For the arguments see `explain`."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # of a function written in C, which does not tell
        return None
    hidden = [name for name in parameters if name in ("self", "cls")]
    names = [name for name, each in parameters.items() if each.kind in BY_POSITION]
    named = [name for name, each in parameters.items() if each.kind in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD)]
    known = [*(name for name in named if name not in hidden), *further]
    takes_all = not further and any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    for name in kwargs:
        if name in names[: len(args)]:
            return ArgumentTypeError(f"{owner} got {name!r} twice, by position and by name")
        if name not in known and not takes_all:
            return unknown_argument(owner, name, known)
    if len(args) > len(names) and not any(each.kind is each.VAR_POSITIONAL for each in parameters.values()):
        own = [name for name in names if name not in hidden]
        took = f"at most {len(own)} arguments by position, {', '.join(own)}" if own else "no arguments by position"
        return ArgumentTypeError(f"{owner} takes {took}; got {len(args) - len(names) + len(own)}")
    given = {*names[: len(args)], *kwargs}
    for name in (*names, *named):
        if name not in given and parameters[name].default is inspect.Parameter.empty:
            return ArgumentTypeError(f"{owner}: {name} is missing; it takes {', '.join(known)}")
    return None


def called(owner: str, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    """What a function of the user's own returns; that it does not take such a call is explained.

    Example:
        >>> called("Lambda", lambda x: x + 1, 2)
        3
        >>> called("Lambda", lambda x: x + 1, 2, factor=3)
        Traceback (most recent call last):
        pellucid.errors.ArgumentTypeError: Lambda: unknown argument 'factor'; Known: x
    """
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        explain(error, owner, function, args, kwargs)
        raise


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: calls of the function that do not fit are explained.

    Example:
        >>> @explained
        ... def half(x, *, rounded=False):
        ...     return x / 2
        >>> half(3, rounde=True)
        Traceback (most recent call last):
        pellucid.errors.ArgumentTypeError: half: unknown argument 'rounde'; did you mean 'rounded'? Known: x, rounded
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            explain(error, function.__name__, function, args, kwargs)
            raise

    return call


class Explained:
    """The base of the library's classes that are called by users: a call that does not fit is explained.

    Only those of the library's own: what the class of a user says of its arguments is Python's business.

    Example:
        >>> from pellucid import initializers
        >>> initializers.Ones(seed=3)
        Traceback (most recent call last):
        pellucid.errors.ArgumentTypeError: Ones: unknown argument 'seed'; it takes none
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if is_ours(cls) and "__init__" in vars(cls):
            cls.__init__ = _explained_making(cls.__init__)  # type: ignore[method-assign]


def _explained_making(method: Callable[P, None]) -> Callable[P, None]:
    """An `__init__` whose calls are explained, under the name of the class that is made."""

    @functools.wraps(method)
    def made(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(*args, **kwargs)
        except TypeError as error:
            explain(error, type(args[0]).__name__, method, args, kwargs)
            raise

    return made
