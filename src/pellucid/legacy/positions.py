"""How arguments by position are to be read: in today's order or in an older one, or not at all without a word more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from pellucid.legacy.generation import TwoReadings, generation
from pellucid.legacy.spelling import OldCall, Order
from pellucid.legacy.values import INITIALIZERS, KERAS1_INITIALIZERS
from pellucid.legacy.wording import call_text

PADDINGS = ("valid", "same", "full", "causal")
STEP_WORDS = ("strides", "padding", "data_format")
"""Words of Keras 2 beside which Keras 2 itself did not read two numbers as the sizes of a kernel."""

Reading = Callable[[OldCall], Order | None]


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number, as a size is.

    Example:
        >>> is_whole(3), is_whole(True), is_whole((3, 3))
        (True, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, bool)


def leading_whole_numbers(args: Sequence[Any]) -> int:
    """How many whole numbers `args` begin with."""
    return next((place for place, value in enumerate(args) if not is_whole(value)), len(args))


def always(order: Order) -> Reading:
    """The old order, for names that exist no more."""
    return lambda call: order


def when(place: int, is_old: Callable[[Any], bool], order: Order) -> Reading:
    """The old order if the value at a place can stand there in that order only."""
    return lambda call: order if len(call.args) > place and is_old(call.args[place]) else None


def said_for(generations: tuple[int, ...], place: int, order: Order) -> Reading:
    """The old order if calls are written for one of these Kerases, and the value at a place stands by position."""
    return lambda call: order if len(call.args) > place and generation() in generations else None


def is_old_initializer(value: Any) -> bool:
    """Whether a value is the name of an initialiser of Keras 1 (none of these names is also that of an activation)."""
    return isinstance(value, str) and value in KERAS1_INITIALIZERS


def is_number(value: Any) -> bool:
    """Whether a value is a number that is no flag."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_text(value: Any) -> bool:
    """Whether a value is text."""
    return isinstance(value, str)


def is_renamed(value: Any) -> bool:
    """Whether a value is the name of an initialiser that has another one today."""
    return isinstance(value, str) and value in INITIALIZERS


def is_no_step(value: Any) -> bool:
    """Whether a value cannot be the step of a window, hence must be an initialiser."""
    return isinstance(value, str) or callable(value)


def kernel_sizes(
    today: str,
    order: Order,
    parts: tuple[str, ...],
    *,
    old_words: frozenset[str],
    keras1_name: bool,
    refuse: bool,
    oldest: Order,
) -> Reading:
    """For convolutions over two and three axes, whose kernel was told as so many whole numbers behind the filters.

    Args:
        today: the class.
        order: Keras 1's.
        parts: the names of those numbers.
        old_words: arguments whose presence says that the call is an old one.
        keras1_name: whether the name of the class is Keras 1's, and with it the meaning of bare numbers.
        refuse: whether numbers that Keras 1 and Keras 3 read differently are refused; otherwise they are Keras 3's.
        oldest: Keras 0's, which had one number more.
    """
    rank = len(parts)

    def reading(call: OldCall) -> Order | None:
        if any(part in call.kwargs for part in parts):
            return order
        sizes = leading_whole_numbers(call.args[1:])
        if sizes > rank:
            return oldest
        behind = call.args[1 + sizes] if len(call.args) > 1 + sizes else None
        padded = isinstance(behind, str) and behind in PADDINGS
        if sizes < 2 or (not keras1_name and (padded or sizes < rank)):
            return None
        said = generation()
        clearly_old = rank == 3 or behind is not None or said in (1, 2) or not old_words.isdisjoint(call.kwargs)
        new_words = padded or (refuse and any(word in call.kwargs for word in STEP_WORDS))
        if sizes == rank and not new_words and (clearly_old or (keras1_name and said != 3)):
            return order
        if said == 3 or not refuse:
            return None
        raise two_readings(today, call, parts)

    return reading


def two_readings(today: str, call: OldCall, parts: tuple[str, ...]) -> TwoReadings:
    """The error for whole numbers that Keras 1 and Keras 3 read differently; both readings are spelt out."""
    rank, (filters, size, step) = len(parts), call.args[:3]
    others = {name: value for name, value in call.kwargs.items() if name != "strides"}
    kernel = call.args[1 : 1 + rank] if leading_whole_numbers(call.args[1:]) >= rank else (size, step, "?")
    shape = "x".join(map(str, kernel))
    old = call_text(today, (filters, kernel), others).replace("'?'", "?")
    new = call_text(today, (filters, size), {"strides": step, **others})
    came = call_text(call.owner, call.args, call.kwargs)
    square = "x".join([str(size)] * rank)
    return TwoReadings(
        f"{came} can be read in two ways: Keras 1 and 2 read a kernel of {shape}, today {old}; tf.keras and Keras 3 "
        f"read a kernel of {square} that moves {step} at a time, today {new}. Write the one that is meant"
    )


def with_word(word: str, order: Order) -> Reading:
    """The old order if an argument is given that exists no more."""
    return lambda call: order if word in call.kwargs else None


def is_none(value: Any) -> bool:
    """Whether a value is None."""
    return value is None


def is_fraction(value: Any) -> bool:
    """Whether a value is a number that is not whole."""
    return isinstance(value, Real) and not isinstance(value, Integral)


def is_list(value: Any) -> bool:
    """Whether a value is a list or tuple."""
    return isinstance(value, list | tuple)


def is_mapping(value: Any) -> bool:
    """Whether a value is a dictionary."""
    return isinstance(value, Mapping)


def are_metrics(value: Any) -> bool:
    """Whether a value names metrics, hence is no list of loss weights.

    Example:
        >>> are_metrics(["accuracy"]), are_metrics([1.0, 0.5]), are_metrics(None)
        (True, False, False)
    """
    items = value if isinstance(value, list | tuple) else [value]
    return bool(items) and all(isinstance(item, str) or callable(item) for item in items)


def any_of(*readings: Reading) -> Reading:
    """The order that the first of several readings finds."""
    return lambda call: next((order for order in (reading(call) for reading in readings) if order is not None), None)


def tiny_epsilon(place: int, today: str, old: Order, is_old: Reading) -> Reading:
    """For optimisers where epsilon stood in the place that another setting has today.

    A number that small is refused, since it may be either, unless somebody has said for which Keras it is written.

    Args:
        place: of epsilon.
        today: the setting that stands there now.
        old: Keras 1's order.
        is_old: when it holds in any case.
    """

    def reading(call: OldCall) -> Order | None:
        found = is_old(call)
        value = call.args[place] if len(call.args) > place else 0
        if found is not None or not is_number(value) or not 0 < value < 1e-3:
            return found
        if generation() is not None:
            return None if generation() == 3 else old
        came, first = call_text(call.owner, call.args, call.kwargs), call.args[:place]
        once, now = (call_text(call.owner, first, {name: value}) for name in ("epsilon", today))
        raise TwoReadings(
            f"{came} can be read in two ways: {value} was epsilon in Keras 1 and 2, today {once}; it is {today} in "
            f"Keras 3, today {now}. Write the one that is meant"
        )

    return reading
