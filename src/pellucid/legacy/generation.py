"""For which Keras a script was written, where somebody says so: it settles what the words alone leave open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from pellucid.errors import ArgumentError
from pellucid.naming import numbered_from_one, snake_case, unique_name

GENERATIONS = (1, 2, 3)
OLD = (1, 2)
"""Those whose defaults were others than today's."""
OLD_WORDS = frozenset({"lr", "decay"})
"""By which a record of older words is known, of an optimiser."""
_said: list[int] = []
_AS_IT_STANDS: ContextVar[bool] = ContextVar("calls are those of records", default=False)


class TwoReadings(ArgumentError):
    """A call that means one thing in one Keras and another in the next; `written_for` settles it.

    Example:
        >>> from pellucid import layers
        >>> try:
        ...     layers.Conv2D(8, 3, 3)
        ... except TwoReadings as error:
        ...     print(error)
        Conv2D(8, 3, 3) can be read in two ways: ...
    """


def generation() -> int | None:
    """The Keras that calls are written for, or None if nobody has said it."""
    return _said[-1] if _said else None


def is_old() -> bool:
    """Whether calls are known to be written for Keras 1 or 2, so that what they leave unsaid is what it was there."""
    return generation() in OLD


@contextmanager
def in_todays_words(settings: Mapping[str, Any]) -> Iterator[None]:
    """Inside, calls are taken as they stand: they come from a record, whose words and numbers are today's already.

    Args:
        settings: of the record; those of one that was written by hand in older words are turned into today's.

    Example:
        >>> from pellucid import optimizers
        >>> with written_for(2), in_todays_words({"epsilon": 1e-14}):
        ...     optimizers.RMSprop(epsilon=1e-14).epsilon
        1e-14
    """
    token = _AS_IT_STANDS.set(OLD_WORDS.isdisjoint(settings))
    try:
        yield
    finally:
        _AS_IT_STANDS.reset(token)


def as_it_stands() -> bool:
    """Whether a call is one of a record's."""
    return _AS_IT_STANDS.get()


@contextmanager
def written_for(keras: int) -> Iterator[None]:
    """Inside, calls that can be read in two ways are read as that Keras read them, and have its defaults.

    Args:
        keras: 1, 2 or 3.

    Raises:
        ArgumentError: there is no such Keras.

    Example:
        >>> from pellucid import layers
        >>> from pellucid.legacy import collected
        >>> with written_for(2), collected():
        ...     layers.Conv2D(8, 3, 3).kernel_size
        (3, 3)
        >>> with written_for(3):
        ...     layers.Conv2D(8, 3, 3).strides
        (3, 3)
    """
    if isinstance(keras, bool) or keras not in GENERATIONS:
        raise ArgumentError(f"Keras has the generations 1, 2 and 3, got {keras!r}")
    _said.append(keras)
    try:
        with numbered_from_one() if keras in OLD else nullcontext():
            yield
    finally:
        _said.pop()


KINDS_OF_1 = {
    **{f"Conv{rank}D": f"convolution{rank}d" for rank in (1, 2, 3)},
    "Conv2DTranspose": "deconvolution2d",
    "SeparableConv2D": "separableconvolution2d",
}
"""What layers of Keras 1 were called that have other names today."""
KINDS = {"functional": "model", "input_layer": "input"}
"""The same of those of Keras 1 and 2."""


def automatic_name(kind: str) -> str:
    """A name for something that the user did not name, as the Keras has it that calls are written for.

    Args:
        kind: the name of its class.

    Example:
        >>> from pellucid.naming import clear_session, names_kept
        >>> found = []
        >>> with names_kept():
        ...     for keras in (1, 2, 3):
        ...         clear_session()
        ...         with written_for(keras):
        ...             found.append([automatic_name(kind) for kind in ("Conv2D", "InputLayer", "ReLU")])
        >>> found[0], found[1]
        (['convolution2d_1', 'input_1', 'relu_1'], ['conv2d_1', 'input_1', 're_lu_1'])
        >>> found[2]
        ['conv2d', 'input_layer', 're_lu']

    Source: `Layer.__init__` of keras/engine/topology.py in Keras 1.2.2, of keras/engine/base_layer.py in 2.2.4.
    """
    spaced = snake_case(kind)
    if not is_old():
        return unique_name(spaced)
    usual = kind.lower() if generation() == 1 else spaced
    return unique_name(KINDS.get(spaced) or (KINDS_OF_1.get(kind) if generation() == 1 else None) or usual)
