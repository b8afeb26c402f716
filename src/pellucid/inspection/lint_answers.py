"""Faults that answers to data show: units that are silent or saturated, activations that explode or vanish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from pellucid.errors import PellucidError
from pellucid.graph import ops, windows
from pellucid.graph.ops import Parameter
from pellucid.inspection.answers import Answer, Answers, Key, emit_answers, key_of
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.findings import Finding
from pellucid.inspection.running import Runner, run_graph
from pellucid.layers import Layer
from pellucid.models import Model

SILENT = 1e-6  # range of a unit's answers, as a share of the largest answer of its layer
AT_THE_END = 0.02  # of the range of an activation, from where on it is nearly flat
SATURATED = 0.95  # share of answers there
EXPLODED, VANISHED = 1e3, 1e-3  # spread of a layer's answers, as a share of that of what the first weights are given
MOST_NUMBERS = 16 * 1024 * 1024
"""How many numbers the answers of a batch may have together."""
_GRID = np.array([-300, -200, -0.5, 0, 200, 300], np.float32)
_WEIGHTED = (windows.Convolution, windows.ConvolutionInputGradient, ops.Matmul)


@dataclass(eq=False)
class Sums:
    """What is kept of one layer's answers, channel by channel, while batches go by.

    Attributes:
        answer: whose.
        ends: the lowest and the highest number that its activation can give, None for an end that does not count;
            None where it has no such ends.
    """

    answer: Answer
    ends: tuple[float | None, float] | None
    count: int = 0
    low: np.ndarray = field(init=False)
    high: np.ndarray = field(init=False)
    total: np.ndarray = field(init=False)
    squares: np.ndarray = field(init=False)
    at_end: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        channels = self.answer.channels
        self.low, self.high = np.full(channels, np.inf), np.full(channels, -np.inf)
        self.total, self.squares, self.at_end = np.zeros((3, channels))

    def add(self, array: np.ndarray) -> None:
        """Count a batch."""
        rows = self.answer.channels_last(array).reshape(-1, len(self.low))
        self.count += len(rows)
        self.low, self.high = np.minimum(self.low, rows.min(axis=0)), np.maximum(self.high, rows.max(axis=0))
        with np.errstate(over="ignore", invalid="ignore"):
            self.total += rows.sum(axis=0, dtype=np.float64)
            self.squares += np.square(rows, dtype=np.float64).sum(axis=0)
        if self.ends is not None:
            low, high = self.ends
            room = AT_THE_END * (high - (low or 0.0))
            is_low = False if low is None else rows <= low + room
            self.at_end += np.count_nonzero((rows >= high - room) | is_low, axis=0)

    @property
    def silent(self) -> np.ndarray:
        """Which channels always give the same number."""
        return self.high - self.low <= self.limit

    @property
    def limit(self) -> float:
        """The range up to which a channel is silent."""
        largest = max(abs(float(self.low.min())), abs(float(self.high.max())))
        return SILENT * largest if np.isfinite(largest) else 0.0

    @property
    def spread(self) -> float:
        """Standard deviation of an answer from the mean of its channel; infinite where numbers are not finite."""
        with np.errstate(over="ignore", invalid="ignore"):
            variance = float(np.mean(self.squares / self.count - np.square(self.total / self.count)))
        return float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else np.inf


def batch_size_for(model: Model, arrays: Sequence[np.ndarray], most: int) -> int:
    """How many samples at a time, so that the answers of all layers are not too many numbers."""
    answers = emit_answers(model, [(1, *array.shape[1:]) for array in arrays])
    numbers = sum(int(np.prod(answer.tensor.shape)) for answer in answers.each)
    return max(1, min(most, MOST_NUMBERS // max(numbers, 1)))


def observed(model: Model, arrays: Sequence[np.ndarray], batch_size: int, engine: object) -> tuple[list[Sums], Answers]:
    """What all layers answer to samples, summed up batch by batch."""
    size, runs = batch_size_for(model, arrays, batch_size), dict[int, tuple[Answers, Runner]]()
    sums: list[Sums] = []
    for start in range(0, len(arrays[0]), size):
        batch = [array[start : start + size] for array in arrays]
        count = len(batch[0])
        if count not in runs:
            answers = emit_answers(model, [part.shape for part in batch])
            answers.graph.outputs = {str(number): answer.tensor for number, answer in enumerate(answers.each)}
            runs[count] = answers, Runner(model, answers.graph, engine)  # type: ignore[arg-type]
            sums = sums or [Sums(answer, _ends_of(model, answer)) for answer in answers.each]
        for each, found in zip(sums, runs[count][1](batch).values(), strict=True):
            each.add(found)
    return sums, next(iter(runs.values()))[0]


def _ends_of(model: Model, answer: Answer) -> tuple[float | None, float] | None:
    """Where the activation of a layer is flat; None unless it is at its upper end."""
    curve = _curve(model, answer)
    if curve is None or not np.isfinite(curve).all():
        return None
    lowest, low, before, zero, high, highest = curve.tolist()
    width = highest - lowest
    if width <= 0 or abs(high - highest) > 1e-3 * width:
        return None
    is_flat_below = abs(low - lowest) <= 1e-3 * width
    is_rectified = before == zero == lowest  # silence is what such units are made for
    return (None if is_rectified or not is_flat_below else lowest), highest


def _curve(model: Model, answer: Answer) -> np.ndarray | None:
    """The activation of a layer at the places of `_GRID`; None where it has none that treats each number alone."""
    callee, x = answer.callee, _GRID[:, None]
    if not isinstance(callee, Layer) or answer.is_input:
        return None
    function: Callable[[np.ndarray], object] | None = getattr(callee, "activation", None)
    try:
        if callable(function):
            curve = np.asarray(function(x), np.float64)
        elif callee.weights or not _is_elementwise(answer):
            return None
        else:
            alone = EmittedLayer(callee, [x.shape])
            alone.graph.outputs = {"y": alone.outputs[0]}
            curve = run_graph(model, alone.graph, [x], "reference", callee)["y"]
    except PellucidError:
        return None  # such as one that wants more axes
    return curve[:, 0] if curve.shape == x.shape else None


def _is_elementwise(answer: Answer) -> bool:
    computed = [node for node in answer.nodes if not isinstance(node.op, ops.Leaf)]
    return len(answer.given) == 1 and bool(computed) and all(isinstance(n.op, ops.Elementwise) for n in computed)


def is_weighted(answer: Answer) -> bool:
    """Whether weights are multiplied with what comes in."""
    read = any(isinstance(tensor.node.op, Parameter) for node in answer.nodes for tensor in node.inputs)
    return read and any(isinstance(node.op, _WEIGHTED) for node in answer.nodes)


def foremost(model: Model) -> set[str]:
    """The layers whose weights look at what the model is given, with no weights of others before them."""
    found, behind = set[str](), set[Key]()
    for answer in emit_answers(model, model.trial_shapes()).each:
        is_behind = any(key_of(tensor) in behind for tensor in answer.given)
        if is_weighted(answer) and not is_behind:
            found.add(answer.path)
        if is_behind or is_weighted(answer):
            behind.add(answer.key)
    return found


def _computes(answer: Answer) -> bool:
    """Whether a unit of it can fall silent: not where numbers are only moved, chosen or averaged."""
    return any(isinstance(node.op, (ops.Elementwise, *_WEIGHTED)) for node in answer.nodes)


def silent_units(sums: Sequence[Sums], samples: int) -> Iterator[Finding]:
    """Units whose answer is always the same; a channel that was silent before it came to a layer is told once."""
    known = {each.answer.key: each for each in sums}
    for each in sums:
        before = [known[key] for key in map(key_of, each.answer.given) if key in known]
        inherited = [other.silent for other in before if len(other.low) == len(each.low)]
        fresh = each.silent & ~np.logical_and.reduce(inherited) if inherited else each.silent
        saturated = _saturated_shares(each) >= SATURATED
        for number in np.flatnonzero(fresh & ~saturated) if _computes(each.answer) else ():
            low, high = float(each.low[number]), float(each.high[number])
            evidence = {"lowest": low, "highest": high, "samples": samples, "answers": each.count}
            yield Finding(
                "dead", each.answer.path, int(number), "range of its answers", high - low, each.limit, evidence,
                "It says nothing of these data, and gets no gradient where it is cut off: lower the learning rate, "
                "begin with 'he_normal', use LeakyReLU, or take it out.",
            )  # fmt: skip


def _saturated_shares(each: Sums) -> np.ndarray:
    return each.at_end / each.count if each.ends is not None else np.zeros(len(each.low))


def saturated_units(sums: Sequence[Sums], ends: set[Key], samples: int) -> Iterator[Finding]:
    """Units of inner layers that stand at an end of their activation; what the model gives may be sure of itself."""
    for each in sums:
        if each.ends is None or each.answer.key in ends:
            continue
        shares, (low, high) = _saturated_shares(each), each.ends
        for number in np.flatnonzero(shares >= SATURATED):
            evidence = {"upper end": high, "samples": samples, "answers": each.count}
            evidence |= {} if low is None else {"lower end": low}
            yield Finding(
                "saturated", each.answer.path, int(number), "share of its answers at the ends of the activation",
                float(shares[number]), SATURATED, evidence,
                "Its gradient is nearly zero: make its inputs or weights smaller (normalise, lower the learning rate), "
                "or use another activation.",
            )  # fmt: skip


def exploding_or_vanishing(sums: Sequence[Sums], ends: set[Key]) -> Iterator[Finding]:
    """The first layer with weights that answers a thousand times as much, or as little, as the first one is given."""
    weighted = [each for each in sums if is_weighted(each.answer)]
    known = {each.answer.key: each for each in sums}
    first = next((known[key] for each in weighted for key in map(key_of, each.answer.given) if key in known), None)
    if first is None or not first.spread:
        return
    course = {f"spread of {first.answer.path}": first.spread}
    for kind in ("exploding", "vanishing"):
        for number, each in enumerate(weighted):
            share = each.spread / first.spread
            crossed = share > EXPLODED if kind == "exploding" else share < VANISHED and each.answer.key not in ends
            if crossed:
                limit = EXPLODED if kind == "exploding" else VANISHED
                passed = weighted[: number + 1]
                evidence = course | {f"spread of {other.answer.path}": other.spread for other in passed}
                yield Finding(
                    kind, each.answer.path, None, "spread of its answers as a share of that of the input", share, limit,
                    evidence,
                    "Let each layer keep the spread: 'he_normal' before ReLU, 'glorot_uniform' else, and "
                    "BatchNormalization between the layers.",
                )  # fmt: skip
                break
