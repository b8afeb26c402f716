"""From a call in an older Keras's words to the same call in today's: one algorithm over the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import ArgumentError
from pellucid.legacy.generation import OLD, generation
from pellucid.legacy.spelling import Join, OldCall, Order, Spelling
from pellucid.legacy.values import OMITTED
from pellucid.legacy.warning import tell, tell_changed
from pellucid.legacy.wording import call_text, value_text


class Conversion:
    """One call on its way into today's words.

    Args:
        spelling: what is old about the owner's calls.
        call: as it was written.
    """

    def __init__(self, spelling: Spelling, call: OldCall) -> None:
        self.spelling, self.call = spelling, call
        self.words = spelling.words - set(call.parameters)  # what is a word of today's is not an old one
        self.sources: dict[str, str] = {}  # today's name: the old name that gave its value
        self.notes: list[str] = []
        self.changed = spelling.name_is_old
        self.order: Order | None = None

    def run(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The call in today's words; warns if any of them was old.

        Raises:
            ArgumentError: an argument came in both spellings, is incomplete or is not possible any more.
        """
        self.order = order = self.spelling.order(self.call) if self.spelling.order else None
        args, by_position = self._positions(order)
        kwargs = self._keywords(by_position)
        if order is not None:
            args, kwargs = self._leading(kwargs, set(by_position))
        taken = set(self.call.parameters[: len(args)])
        for name in sorted(taken & set(kwargs)):
            raise self._twice(name, self.sources.get(name, name))
        defaults = {**self.spelling.defaults, **self.spelling.in_generation.get(generation() or 0, {})}
        missing = {k: v for k, v in defaults.items() if k not in kwargs and k not in taken}
        self.changed |= bool(missing) and generation() in OLD
        if self.changed:
            kwargs |= missing
            if self.spelling.finish is not None:
                args, kwargs = self.spelling.finish(args, kwargs)
            self._tell(args, kwargs)
        elif missing and generation() is None:
            tell_changed(self.call.owner, missing)
        return args, kwargs

    def _positions(self, order: Order | None) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The values by position, and those of them that stand in an old order, by their old names."""
        args, call = self.call.args, self.call
        if order is None:
            names = (*call.parameters, *[""] * len(args))
            return tuple(self._value(name, value) for name, value in zip(names, args, strict=False)), {}
        if len(args) > len(order):
            raise ArgumentError(
                f"{call.owner} took at most {len(order)} arguments by position, {', '.join(order)}; got {len(args)}"
            )
        self.changed = True
        return (), dict(zip(order, args, strict=False))

    def _keywords(self, by_position: Mapping[str, Any]) -> dict[str, Any]:
        """All values that have a name, by today's names."""
        for name in sorted(set(by_position) & set(self.call.kwargs)):
            raise self._twice(name, name)
        named = {**by_position, **self.call.kwargs}
        result: dict[str, Any] = {}
        parts = {part: join for join in self.spelling.joins for part in join.parts if part in self.words}
        self.changed |= not self.words.isdisjoint(named)
        for name, value in named.items():
            if name in parts:
                self._put(
                    result, parts[name].today, self._joined(parts[name], named), self._words_of(parts[name], named)
                )
            elif name not in self.words:
                self._put(result, name, self._value(name, value), name)
            elif name in self.spelling.dropped:
                self._drop(name, value)
            else:
                target = self.spelling.names[name]
                if name in self.spelling.still_taken:
                    self.notes.append(f"Argument `{name}` is deprecated. Use `{target}` instead.")
                for today in (target,) if isinstance(target, str) else target:
                    self._put(result, today, self._value(name, value), name)
        return result

    def _put(self, result: dict[str, Any], today: str, value: Any, source: str) -> None:
        """Note a value, and which word it came from."""
        other = self.sources.get(today, source)
        if other != source:
            raise self._twice(today, source if other == today else other)
        self.sources[today] = source
        if value is not OMITTED:
            result[today] = value

    def _value(self, name: str, value: Any) -> Any:
        """A value in today's form."""
        if name not in self.spelling.values:
            return value
        today = self.spelling.values[name](value)
        self.changed |= today is not value
        return today

    def _joined(self, join: Join, named: Mapping[str, Any]) -> Any:
        """The value of several arguments that are one today."""
        if all(named.get(part) is None for part in join.parts):
            return OMITTED
        missing = [part for part in join.parts if part not in named and part not in join.optional]
        if missing:
            given = ", ".join(f"{part}={value_text(named[part], part)}" for part in join.parts if part in named)
            raise ArgumentError(
                f"{self.call.owner}: {given} without {' and '.join(missing)}; today: {join.today}=(...), a tuple of "
                f"{', '.join(join.parts)}"
            )
        return tuple(named.get(part) for part in join.parts)

    @staticmethod
    def _words_of(join: Join, named: Mapping[str, Any]) -> str:
        return "/".join(part for part in join.parts if part in named)

    def _drop(self, name: str, value: Any) -> None:
        """Leave an argument out, if nothing is lost by it."""
        dropped = self.spelling.dropped[name]
        shown = value_text(value, "...")
        if dropped.types and not isinstance(value, dropped.types):
            kinds = " or ".join(kind.__name__ for kind in dropped.types)
            raise ArgumentError(f"{self.call.owner}: {name} was a {kinds}, got {shown}; {dropped.advice}: leave it out")
        plain = value is None or isinstance(value, str | int | float)
        if dropped.allowed and not (plain and value in dropped.allowed):
            allowed = " or ".join(map(repr, dropped.allowed))
            raise ArgumentError(
                f"{self.call.owner}: The `{name}` argument is deprecated: {name}={shown} cannot be said today, only "
                f"{name}={allowed}, which is left out; {dropped.advice}"
            )
        if dropped.advice and not dropped.allowed:
            self.notes.append(f"{name}: {dropped.advice}")

    def _leading(self, named: dict[str, Any], by_position: set[str]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Put those values first that came by position and have their place at the beginning today as well."""
        positional = {today for today, source in self.sources.items() if set(source.split("/")) <= by_position}
        args: list[Any] = []
        for name in self.call.parameters:
            if name not in positional or name not in named:
                break
            args.append(named.pop(name))
        return tuple(args), named

    def _twice(self, today: str, source: str) -> ArgumentError:
        """The error for an argument that came under today's name and once more."""
        owner = self.call.owner
        if source == today:
            return ArgumentError(f"{owner} got {today!r} twice, by position and by name")
        return ArgumentError(
            f"{owner} got {source!r} and {today!r}, which are old and new spellings of one argument; keep {today!r} "
            "alone"
        )

    def _tell(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Show the call in old and new words."""
        call = self.call
        old = call_text(call.owner, call.args, call.kwargs, self.order or call.parameters)
        tell(old, call_text(self.spelling.today or call.owner, args, kwargs, call.parameters), "; ".join(self.notes))
