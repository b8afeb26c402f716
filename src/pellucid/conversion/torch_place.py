"""Where a layer stands in the code that is written for PyTorch, and pieces of code that many layers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pellucid.conversion.flow import Use
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError

__all__ = ["Pads", "Place", "channels_of", "cut", "is_even", "one_or_all", "options", "padded", "pads_of", "refused"]

Pads = Sequence[tuple[int, int]]


class Place(Protocol):
    """Where a use stands in the code that is written."""

    use: Use
    inputs: list[str]
    """The variables that hold what it takes."""
    shapes: list[SymbolicShape]
    """Their shapes here, batch first."""

    def module(self, code: str, end: str = "") -> str:
        """Let the module have a part of that code; returns how `forward` calls it."""
        ...

    def here(self, source: int = 0) -> str:
        """An input as it lies here: channels last, where they are last here."""
        ...

    def there(self, code: str) -> str:
        """A result that lies as here, as it lies there."""
        ...

    def axis(self, axis: int, rank: int) -> int:
        """The number there of an axis of the result, which has so many."""
        ...

    def turned(self) -> bool:
        """Whether what is flattened is turned to channels last before."""
        ...

    def lose(self, sentence: str) -> None:
        """Note something that the code does not say."""
        ...


def refused(place: Place, why: str) -> ArgumentError:
    """The error for a layer that PyTorch has not, or not like this."""
    return ArgumentError(f"{place.use.label} cannot be written for PyTorch: {why}")


def spatial_sizes(place: Place, data_format: str) -> tuple[int | None, ...]:
    shape = place.shapes[0]
    return tuple(shape[2:] if data_format == "channels_first" else shape[1:-1])


def channels_of(place: Place, data_format: str) -> int:
    shape = place.shapes[0]
    return int(shape[1 if data_format == "channels_first" else -1] or 0)


def pads_of(layer: Any, place: Place, rank: int) -> Pads:
    """How much a window pads each axis, before and after."""
    sizes = spatial_sizes(place, layer.data_format)
    if len(sizes) != rank:
        raise refused(place, f"its input has {len(sizes) - rank} batch axes more than PyTorch takes")
    moves = layer.padding == "same" and max(layer.strides) > 1
    if moves and None in sizes:
        raise refused(place, "padding='same' with a stride depends on the size of the input, which is open")
    window = layer.window([1 << 16 if size is None else size for size in sizes])
    return window.padding


def padded(x: str, pads: Pads, mode: str = "constant", value: str = "") -> str:
    """The code for an input with padding; F.pad begins with the last axis."""
    if not any(map(any, pads)):
        return x
    amounts = tuple(amount for pair in reversed(pads) for amount in pair)
    kind = f", mode={mode!r}" if mode != "constant" else ""
    return f"F.pad({x}, {amounts}{kind}{value})"


def is_even(pads: Pads) -> bool:
    return all(before == after for before, after in pads)


def one_or_all(values: Sequence[int]) -> int | tuple[int, ...]:
    """One number where all are the same."""
    return values[0] if len(set(values)) == 1 else tuple(values)


def options(**given: tuple[Any, Any]) -> str:
    """Those that are not as by default."""
    return "".join(f", {name}={value!r}" for name, (value, usual) in given.items() if value != usual)


def cut(before: int, after: int) -> str:
    """The code of a slice that leaves out so many at the ends."""
    return f"{before or ''}:{-after if after else ''}"
