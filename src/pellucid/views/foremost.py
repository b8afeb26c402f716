"""What matters most of a sum with very many terms: the strongest, and the rest as one number."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.frozen import Frozen
from pellucid.inspection.agreement import exact_sum
from pellucid.inspection.given import described, is_whole
from pellucid.inspection.records import Arithmetic, Product, Step

__all__ = ["Foremost", "digits_of", "foremost", "foremost_of_step", "most_of"]

FEW_CHANNELS = 4
"""Of so many none is left out, as far as they are small."""
FEW = 128
"""Products that are shown unless more are asked for: all channels of a kernel as far as they go, at least one."""
FEW_ALONE = 64
"""The same where each product stands for itself, as in a dense layer."""


class Foremost(Frozen):
    """What of a sum is shown.

    Attributes:
        products: the shown ones, channel by channel.
        others: how many channels are not shown, of products without taps how many of these.
        rest: their sum; None where nothing is added up, as in a maximum.
        noun: what is counted: "channel", "product".
    """

    products: tuple[Product, ...]
    others: int
    rest: float | None
    noun: str

    @property
    def rest_name(self) -> str:
        """What the rest is called; "" where there is none.

        Example:
            >>> Foremost((), 116, 0.5, "channel").rest_name
            'the other 116 channels'
        """
        return f"the other {self.others:,} {self.noun}{'s' * (self.others != 1)}" if self.others else ""


def digits_of(arithmetic: Arithmetic, digits: int) -> int:
    """Significant digits of the largest number, so many that the value has three, as far as nine digits go.

    Example:
        >>> steps = [Step("s1", "expression", "a + b", {"a": 1e5, "b": 1.0}, (), 100001.0)]
        >>> value = Arithmetic("n", "Lambda", (), 0, (), (), 0, 0.5, "linear", 0.5, 0.5, "", "expression", steps)
        >>> digits_of(value, 4)
        9
    """
    finite = [abs(number) for number in arithmetic.numbers if math.isfinite(number)]
    largest, value = max(finite, default=0.0), abs(arithmetic.value)
    if not (largest and value and math.isfinite(value)):
        return digits
    return max(digits, min(3 + math.ceil(math.log10(largest / value)), 9))


def most_of(limit: object) -> int | None:
    """How many products are shown: None for all, the usual number for "few".

    Raises:
        ArgumentTypeError: it is something else.
        ArgumentError: it is below 1.
    """
    if limit is None:
        return None
    if isinstance(limit, str) and limit == "few":
        return FEW
    if not is_whole(limit):
        raise ArgumentTypeError(f"limit is a whole number of products, or None for all, got {described(limit)}")
    if limit < 1:
        raise ArgumentError(f"limit must be at least 1 product, got {limit}")
    return int(limit)


def foremost(arithmetic: Arithmetic, most: int | None) -> Foremost:
    """Of a value's products the channels with the largest sums, or, where each stands for itself, the largest.

    Where all are shown they stand in their own order.

    Args:
        arithmetic: of the value.
        most: how many products are shown; of a channel all or none, and always one channel; None for all.
    """
    if most is None or len(arithmetic.products) <= most or (most == FEW and _is_nearly_all(arithmetic)):
        return Foremost(tuple(arithmetic.products), 0, None, "product")
    if arithmetic.is_dense or len(arithmetic.channels) == 1:
        return _largest(arithmetic.products, arithmetic.combination, most)
    of_channel: dict[int, list[Product]] = {channel: [] for channel in arithmetic.channels}
    for product in arithmetic.products:
        of_channel[product.channel].append(product)
    sums = dict(zip(arithmetic.channels, arithmetic.channel_sums, strict=True))
    order = sorted(sums, key=lambda channel: -_size(sums[channel]))
    shown: list[Product] = []
    count = 0
    for channel in order:
        if count and len(shown) + len(of_channel[channel]) > most:
            break
        shown += of_channel[channel]
        count += 1
    rest = exact_sum(sums[channel] for channel in order[count:]) if arithmetic.combination != "maximum" else None
    return Foremost(tuple(shown), len(order) - count, rest, "channel")


def _is_nearly_all(arithmetic: Arithmetic) -> bool:
    """Whether but one channel of a few would be left out, as of the three of a colour image."""
    return len(arithmetic.channels) <= FEW_CHANNELS and len(arithmetic.products) <= 2 * FEW


def foremost_of_step(step: Step, most: int | None) -> Foremost:
    """The same of a step on the way to a value."""
    if most is None or len(step.products) <= most:
        return Foremost(step.products, 0, None, "product")
    return _largest(step.products, step.combination, most)


def _largest(products: Sequence[Product], combination: str, most: int) -> Foremost:
    """The largest products one by one; of a maximum the winner and what comes next to it."""
    most = min(most, FEW_ALONE) if most == FEW else most
    if combination == "maximum":
        order = sorted(products, key=lambda product: (-product.weight, -product.input))
        return Foremost(tuple(order[:most]), len(order) - most, None, "value")
    order = sorted(products, key=lambda product: -_size(product.product))
    rest = exact_sum(product.product for product in order[most:])
    return Foremost(tuple(order[:most]), len(order) - most, rest, "product")


def _size(number: float) -> float:
    """Its magnitude; what is no number comes first."""
    return math.inf if math.isnan(number) else abs(number)
