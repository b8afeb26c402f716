"""A value as the sum that it is, as records: what adds to it, the rest, what is added whatever the input is."""

from __future__ import annotations

from pellucid.frozen import Frozen
from pellucid.inspection.agreement import exact_sum
from pellucid.inspection.map_records import UseRecord

__all__ = ["SLOPES", "Contribution", "TracedValue"]

SLOPES = "slopes"


class Contribution(UseRecord, Frozen):
    """One input of a value, times its slope.

    Args:
        layer: whose output it is; "input" for the sample, of several inputs the name of one.
        position: its place there.
        channel: its channel there.
        input: its value.
        slope: how much the sum grows with it: the weight, in a sum of products.
        product: input * slope.
        value: which of the chain's values explains it; None where it is a pixel, or was not followed.
        call: which use of the layer, counted from 0, where it is used several times; None where it is used once.

    Example:
        >>> Contribution("input", (2, 3), 0, 2.0, 3.0, 6.0).product
        6.0
        >>> Contribution("shared", (2, 3), 0, 2.0, 3.0, 6.0, call=1).use
        'shared, call 1'
    """

    layer: str
    position: tuple[int, ...]
    channel: int
    input: float
    slope: float
    product: float
    value: int | None = None
    call: int | None = None


class TracedValue(UseRecord, Frozen):
    """One value of a layer, as the sum that it is.

    Args:
        layer: name of the layer, or the path to it.
        kind: the layer's class.
        position: where it is, one number per axis; () in a dense layer.
        filter: its channel.
        combination: "sum of products", "sum", "mean" or "maximum"; "slopes" where the layer is no sum.
        largest: what adds most, largest magnitude first.
        rest: the sum of all others.
        others: how many those are.
        added: what is added whatever the input is: the bias; for slopes what these leave.
        total: the sum, before the activation, as the engine computed it.
        activation: what follows; "linear" for nothing.
        value: what comes out.
        bound: how far rounding may lead `total` from the sum; 0 for slopes, which are completed by `added`.
        share: of the traced value, how much is led through this one: the shares of the largest on the way, multiplied.
        call: which use of the layer, counted from 0, where it is used several times; None where it is used once.

    Example:
        >>> part = Contribution("input", (0,), 0, 2.0, 3.0, 6.0)
        >>> TracedValue("d", "Dense", (), 0, "sum of products", (part,), 1.0, 4, 0.5, 7.5, "relu", 7.5, 1e-6).sum
        7.5
    """

    layer: str
    kind: str
    position: tuple[int, ...]
    filter: int
    combination: str
    largest: tuple[Contribution, ...]
    rest: float
    others: int
    added: float
    total: float
    activation: str
    value: float
    bound: float
    share: float = 1.0
    call: int | None = None

    @property
    def sum(self) -> float:
        """What is listed, the rest and what is added."""
        return exact_sum([*(each.product for each in self.largest), self.rest, self.added])
