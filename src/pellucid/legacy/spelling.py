"""What a table row of old spellings holds: how one class or function was called before, in terms of today's call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from pellucid.frozen import Frozen


class OldCall(Frozen):
    """A call as it was written.

    Attributes:
        owner: the class or function that was called.
        args: by position.
        kwargs: by name.
        parameters: today's names of what may be given by position, in order.
    """

    owner: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    parameters: tuple[str, ...]


class Join(Frozen):
    """Several old arguments that are one today.

    Attributes:
        today: the argument that they make.
        parts: their names, in the order in which they stand in the tuple.
        optional: those that may be missing; None takes their place.
    """

    today: str
    parts: tuple[str, ...]
    optional: tuple[str, ...] = ()


class Dropped(Frozen):
    """An old argument that has no place today.

    Attributes:
        allowed: the values with which the call means the same without it; any if empty.
        types: the types of such values; any if empty.
        advice: what to do instead, for another value; or, where any will do, what takes its place.
    """

    allowed: tuple[Any, ...] = ()
    types: tuple[type, ...] = ()
    advice: str = ""


Order = tuple[str, ...]
Arguments = tuple[Any, ...]
Named = dict[str, Any]


class Spelling(Frozen):
    """How a class or function was called before.

    Attributes:
        today: what it is called now.
        name_is_old: whether the name alone is old, so that every call under it is one.
        order: picks the old names of the arguments by position, or None where they stand in today's order; raises
            where a call can be read in two ways.
        names: old names of arguments and what each is today; several where its value goes to several.
        joins: old arguments that were put together.
        dropped: old arguments that were taken away.
        values: old forms of values, by old or present name of the argument: a function that returns today's form, and
            the value itself where it is of today's form.
        still_taken: old names that Keras 3 takes too, with a warning whose words ours says as well.
        defaults: arguments that have another value today where they are left out, and the old value.
        in_generation: the same for one Keras alone, by its number; it holds where calls are known to be written for it.
        finish: what else is to be done with `args` and `kwargs` that have today's names.
    """

    today: str
    name_is_old: bool = False
    order: Callable[[OldCall], Order | None] | None = None
    names: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    dropped: Mapping[str, Dropped] = field(default_factory=dict)
    values: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    still_taken: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    in_generation: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    finish: Callable[[Arguments, Named], tuple[Arguments, Named]] | None = None

    @property
    def only_words_are_old(self) -> bool:
        """Whether a call can be an old one by the names of its arguments alone."""
        return not (self.name_is_old or self.order or self.values or self.defaults or self.in_generation)

    @property
    def words(self) -> frozenset[str]:
        """All names of arguments that are not today's."""
        parts = (part for join in self.joins for part in join.parts)
        return frozenset((*self.names, *self.dropped, *parts))
