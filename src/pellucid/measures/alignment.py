"""How well a sequence of predictions can be aligned with a shorter sequence of labels, over all alignments."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.checks import whole
from pellucid.dispatch import Operand, anywhere, known_values
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.graph import Tensor, builder

IMPOSSIBLE = -1e5
"""The logarithm that stands for no probability at all, as in Keras: a loss stays a number that float32 can hold."""


@anywhere("y_true", "y_pred", name="losses.ctc")
def ctc(y_true: Operand, y_pred: Operand) -> Any:
    """Connectionist temporal classification: -log of the probability that the sequence reads as the labels say.

    A sequence reads as the labels that are left when equal neighbours become one, and then the blanks (class 0) go. The
    probabilities of all sequences of classes that read so are summed.

    Args:
        y_true: class numbers from 1, (batch, labels); shorter ones are filled up with 0 at the end.
        y_pred: logits, (batch, time, classes); class 0 is the blank.

    Returns:
        (batch,); about 1e5 where the labels are more than the sequence has room for.

    Raises:
        ShapeError: the shapes do not go together.
        DataError: a class number is out of range.

    Example:
        >>> even = np.zeros((1, 2, 2), "float32")        # blank or 1, each with probability 1/2
        >>> bool(np.isclose(ctc([[1]], even), -np.log(3 / 4)))    # of the four sequences only two blanks read otherwise
        True

    Source: keras.losses.ctc; A. Graves and others, Connectionist Temporal Classification, ICML 2006.
    """
    labels, logits = checked_alignment("losses.ctc", y_true, y_pred)
    count = builder.reduce_sum(1.0 - builder.equal(labels, 0.0), [1])
    return _unaligned(labels, logits, count, None, 0)


@anywhere("target", "output", "target_length", "output_length", name="ops.ctc_loss")
def ctc_loss(
    target: Operand, output: Operand, target_length: Operand, output_length: Operand, mask_index: int = 0
) -> Any:
    """The loss of `losses.ctc`, for sequences of labels and of predictions whose lengths are told.

    Args:
        target: class numbers, (batch, labels); what lies behind the length of a sample does not matter.
        output: logits, (batch, time, classes).
        target_length: how many labels each sample has, (batch,).
        output_length: how many predictions each sample has, (batch,).
        mask_index: the class that is the blank.

    Returns:
        (batch,).

    Raises:
        ShapeError: the shapes do not go together.
        ArgumentError: there is no such class.
        DataError: a class number is out of range.

    Example:
        >>> even = np.zeros((1, 3, 2), "float32")
        >>> bool(np.isclose(ctc_loss([[0]], even, [1], [2], mask_index=1), -np.log(3 / 4)))
        True

    Source: keras.ops.ctc_loss.
    """
    labels, logits = checked_alignment("ops.ctc_loss", target, output)
    blank = whole("ops.ctc_loss", "mask_index", mask_index, 0, logits.shape[2] - 1)
    for name, length in (("target_length", target_length), ("output_length", output_length)):
        if length.shape != labels.shape[:1]:
            raise ShapeError(
                f"ops.ctc_loss: {name} is one number for each of the {labels.shape[0]} samples, got {length.shape}"
            )
    return _unaligned(labels, logits, target_length, output_length, blank)


def checked_alignment(owner: str, labels: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Labels (batch, labels) and logits (batch, time, classes), checked; class numbers too, where they are known."""
    if logits.rank != 3 or labels.rank != 2 or labels.shape[0] != logits.shape[0]:
        raise ShapeError(
            f"{owner} takes class numbers (batch, labels) for logits (batch, time, classes), got shapes {labels.shape} "
            f"and {logits.shape}"
        )
    if logits.link == "softmax":
        raise ArgumentError(
            f"{owner} takes logits, but the last layer applies softmax already; leave its activation out"
        )
    values = known_values(labels)
    if values is not None and not ((values >= 0) & (values < logits.shape[2]) & (values == np.floor(values))).all():
        raise DataError(
            f"{owner}: class numbers are whole, from 0 to {logits.shape[2] - 1}, got {values.tolist()!r:.60}"
        )
    return labels, logits


def _unaligned(labels: Tensor, logits: Tensor, count: Tensor, lasts: Tensor | None, blank: int) -> Tensor:
    """-log of the sum over all alignments, by the forward recursion over time.

    A sequence goes through the states blank, label 1, blank, label 2, ..., blank. It stays, goes on by one, or leaves a
    blank out, between labels that differ.
    """
    samples, time, _ = logits.shape
    states = 2 * labels.shape[1] + 1
    readings = _with_blanks(labels, float(blank))
    skips = _with_blanks(_differs_from_last(labels), 0.0)
    logs = builder.transpose(builder.log_softmax(logits), (0, 2, 1))
    by_time = builder.transpose(builder.gather_at(logs, readings), (2, 0, 1))
    none = builder.literal(logits.graph, np.full((samples, 2), IMPOSSIBLE, np.float32))
    numbers = np.arange(states, dtype=np.float32)
    each = builder.reshape(builder.slice_axis(by_time, 0, 0, 1), (samples, states))
    reached = builder.where(builder.literal(logits.graph, numbers[None] < 2), each, IMPOSSIBLE)
    for step in range(1, time):
        before = builder.concatenate([none, reached], 1)
        ways = [builder.slice_axis(before, 1, 2 - back, 2 - back + states) for back in range(3)]
        ways[2] = builder.where(skips, ways[2], IMPOSSIBLE)
        each = builder.reshape(builder.slice_axis(by_time, 0, step, step + 1), (samples, states))
        further = _sum_of_ways(ways) + each
        if lasts is not None:
            further = builder.where(
                builder.greater(builder.reshape(lasts, (samples, 1)), float(step)), further, reached
            )
        reached = further
    end = builder.reshape(2.0 * count, (samples, 1))
    is_end = builder.maximum(builder.equal(numbers[None], end), builder.equal(numbers[None], end - 1.0))
    ends = builder.where(is_end, reached, IMPOSSIBLE)
    largest = builder.stop_gradient(builder.reduce_max(ends, [1], keepdims=True))
    total = builder.log(builder.reduce_sum(builder.exp(ends - largest), [1]))
    return -(total + builder.reshape(largest, (samples,)))


def _sum_of_ways(ways: list[Tensor]) -> Tensor:
    """log(sum of exp), number by number."""
    largest = builder.stop_gradient(builder.maximum(builder.maximum(ways[0], ways[1]), ways[2]))
    sums = [builder.exp(way - largest) for way in ways]
    return largest + builder.log(sums[0] + sums[1] + sums[2])


def _with_blanks(values: Tensor, between: float) -> Tensor:
    """(batch, labels) as (batch, 2 * labels + 1), with a number before, between and behind them."""
    samples, count = values.shape
    filled = builder.stack([values * 0.0 + between, values], 2)
    row = builder.reshape(filled, (samples, 2 * count))
    return builder.concatenate([row, builder.literal(values.graph, np.full((samples, 1), between, np.float32))], 1)


def _differs_from_last(labels: Tensor) -> Tensor:
    """1 where a label is another than the one before it; 0 for the first, before which nothing can be left out."""
    samples, count = labels.shape
    first = builder.literal(labels.graph, np.zeros((samples, 1), np.float32))
    if count == 1:
        return first
    pairs = builder.slice_axis(labels, 1, 1, count), builder.slice_axis(labels, 1, 0, count - 1)
    return builder.concatenate([first, 1.0 - builder.equal(*pairs)], 1)
