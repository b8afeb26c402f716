"""The arithmetic of windows, held to counting and to following taps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from checks.mismatch import Mismatch
from pellucid.geometry import ReceptiveField, output_length

Layer = tuple[int, int, int]  # window, stride, dilation


def count_windows(size: int, window: int, stride: int, dilation: int, padding: tuple[int, int]) -> int:
    """Walk along the padded axis and count the starts from which every tap is still on it."""
    padded = sum(padding) + size
    return sum(start + (window - 1) * dilation < padded for start in range(0, padded, stride))


def check_output_length(length: Callable[..., int], axis: tuple[int, int, int, int], padding: tuple[int, int]) -> None:
    """The number of windows is what counting gives; `axis` holds size, window, stride and dilation."""
    size, window, stride, dilation = axis
    found = length(size, window=window, stride=stride, dilation=dilation, padding=padding)
    if found != count_windows(*axis, padding):
        raise Mismatch(f"{found} windows on an axis {axis} with padding {padding}")


def check_same_padding(padding: Callable[..., tuple[int, int]]) -> None:
    """On every combination of small numbers: ceil(size / stride) windows, not one zero too many, an odd one after."""
    for size, window, stride, dilation in itertools.product(range(1, 13), range(1, 6), range(1, 6), range(1, 4)):
        before, after = padding(size, window=window, stride=stride, dilation=dilation)
        where = f"size {size}, window {window}, stride {stride}, dilation {dilation}: ({before}, {after})"
        expected = math.ceil(size / stride)
        if count_windows(size, window, stride, dilation, (before, after)) != expected:
            raise Mismatch(f"{where} is wrong")
        if output_length(size, window=window, stride=stride, dilation=dilation, padding=(before, after)) != expected:
            raise Mismatch(f"{where} has another length")
        if not (0 <= after - before <= 1):
            raise Mismatch(f"{where}: where the total is odd the extra zero goes after")
        if before + after and count_windows(size, window, stride, dilation, (before, after - 1)) >= expected:
            raise Mismatch(f"{where}: too much")


def seen_by(stack: Sequence[Layer], paddings: Sequence[int], unit: int, sizes: Sequence[int] | None = None) -> set[int]:
    """The input indices that reach a unit of the last layer, by following every tap of every layer back.

    `sizes` are the lengths of the layers' inputs: with them, paths that lead through padding end there.
    """
    units = {unit}
    for number in reversed(range(len(stack))):
        window, stride, dilation = stack[number]
        units = {o * stride + tap * dilation - paddings[number] for o in units for tap in range(window)}
        if sizes is not None:
            units = {index for index in units if 0 <= index < sizes[number]}
    return units


def field_of(stack: Sequence[Layer], paddings: Sequence[int], start: ReceptiveField | None = None) -> ReceptiveField:
    """The field of a stack of layers by the formula."""
    field = start or ReceptiveField()
    for (window, stride, dilation), before in zip(stack, paddings, strict=True):
        field = field.through(window=window, stride=stride, dilation=dilation, before=before)
    return field


def check_field(field: ReceptiveField, stack: Sequence[Layer], paddings: Sequence[int], unit: int) -> None:
    """A field spans what the taps reach, and moves by its jump."""
    seen = seen_by(stack, paddings, unit)
    if field.of(unit) != (min(seen), max(seen)):
        raise Mismatch(f"{field} of unit {unit} is {field.of(unit)}, taps reach {seen}")
    if field.size != max(seen) - min(seen) + 1:
        raise Mismatch(f"{field} has another size than what the taps reach: {seen}")
    if min(seen_by(stack, paddings, unit + 1)) - min(seen) != field.jump:
        raise Mismatch(f"{field} jumps otherwise")
