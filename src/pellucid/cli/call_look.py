"""Arguments by name that a script gives to what does not take them, found in its text before anything runs."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from pellucid.calls import unknown_argument
from pellucid.cli.keras_imports import value_of
from pellucid.layers import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.legacy.tables import LAYER, SPELLINGS
from pellucid.models import Model, Sequential

OF_MODELS = ("compile", "evaluate", "fit", "predict", "save", "save_weights", "load_weights", "summary")
"""Methods of models whose arguments are looked at, where a name of the script's stands for a model."""


def is_model(name: str) -> bool:
    """Whether calling what a name stands for makes a model."""
    return value_of(name) in (Model, Sequential)


def unknown_words(name: str, call: ast.Call) -> Iterator[str]:
    """Messages for the arguments by name that what is called does not take.

    Args:
        name: in full, of what is called: "keras.layers.Dense".
        call: of it.

    Example:
        >>> from pellucid.cli.keras_imports import keras_is_pellucid
        >>> call = ast.parse("Dense(3, kernal_initializer='ones')").body[0].value
        >>> with keras_is_pellucid():
        ...     print(next(unknown_words("keras.layers.Dense", call)).partition("; Known")[0])
        Dense: unknown argument 'kernal_initializer'; did you mean 'kernel_initializer'?...
    """
    value = value_of(name)
    if callable(value):
        yield from _unknown(value, name.rpartition(".")[2], call)


def unknown_words_of_model(method: str, call: ast.Call) -> Iterator[str]:
    """The same for a method of a model."""
    if method in OF_MODELS:
        yield from _unknown(getattr(Model, method), method, call)


def _unknown(value: object, word: str, call: ast.Call) -> Iterator[str]:
    known = _known(value, word)
    if known is None:
        return
    for given in call.keywords:
        if given.arg is not None and given.arg not in known:
            today = [name for name in known if name not in _old(value, word)]
            yield str(unknown_argument(getattr(value, "__name__", word), given.arg, today))


def _known(value: object, word: str) -> list[str] | None:
    """The names of arguments that something takes, in today's words and older ones; None where it takes any."""
    try:
        parameters = inspect.signature(value).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):  # of a function written in C, which does not tell
        return None
    names = [name for name, each in parameters.items() if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    takes_more = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    is_layer = isinstance(value, type) and issubclass(value, Layer)
    if takes_more and not is_layer:
        return None
    options = list(LayerOptions.__annotations__) if is_layer else []
    return list(dict.fromkeys(name for name in (*names, *options, *_old(value, word)) if name != "self"))


def _old(value: object, word: str) -> list[str]:
    """The older words that it understands."""
    found = set(LAYER.words) if isinstance(value, type) and issubclass(value, Layer) else set()
    for name in (word, getattr(value, "__name__", word)):
        found |= SPELLINGS[name].words if name in SPELLINGS else frozenset()
    return sorted(found)
