"""Which layers are building or emitting: in which thread, and one at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

from pellucid.locks import lock

BUILDING = lock()
"""Held by whoever makes weights: two threads that use a new layer at once get one set of them."""


class Named(Protocol):
    """A layer: weights are called after it."""

    @property
    def name(self) -> str: ...


AT_WORK: ContextVar[tuple[Named, ...]] = ContextVar("layers that build or emit", default=())
"""In this thread, those inside others behind them. Attributes that a layer sets then are its own business; another
thread's changes are settings."""


def place_of(layer: Named) -> str:
    """Where a layer stands that makes weights now: in which others, as the paths of Keras's weights begin."""
    around = {id(each): each for each in AT_WORK.get() if each is not layer}  # a model that builds is at work twice
    return "/".join(each.name for each in (*around.values(), layer))


class Place:
    """The attribute `path`, which a class of the user's own may use for something else."""

    def __get__(self, layer: Any, owner: type | None = None) -> Any:
        if layer is None:
            return self
        return "/".join([*layer._around, layer.name]) if layer.built else None


class HasPlace:
    """What has a `path`: the names of the layers within which it was built, and its own, as its weights have it.

    It is None before the layer is built.

    Example:
        >>> from pellucid import Sequential, layers
        >>> stem = layers.Dense(2, name="stem")
        >>> print(stem.path)
        None
        >>> model = Sequential([layers.Input((3,)), stem], name="net")
        >>> stem.path, stem.kernel.path
        ('net/stem', 'net/stem/kernel')

    Source: keras.Layer.path, which some layers without weights have not.
    """

    _around: tuple[str, ...] = ()
    path: Any = Place()


def note_place(layer: Any) -> None:
    """Let a layer remember where it stands, as it is built."""
    layer._around = tuple(place_of(layer).split("/")[:-1])


@contextlib.contextmanager
def at_work(layer: Named) -> Iterator[None]:
    """Within: the layer builds or emits, in this thread."""
    token = AT_WORK.set((*AT_WORK.get(), layer))
    try:
        yield
    finally:
        AT_WORK.reset(token)


class Chain(NamedTuple):
    """Stands for a chain that is not made yet while its layers are built: they are called after it."""

    name: str


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Within: what makes weights stands in no other layer."""
    token = AT_WORK.set(())
    try:
        yield
    finally:
        AT_WORK.reset(token)
