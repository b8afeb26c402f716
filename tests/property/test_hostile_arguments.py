"""No argument of anything public makes it fail in another way than by an error of ours, or take long.

What is public is found by looking (`cases.hostile`), so what is new is tried at once. `make test` draws a few of the
tries for each class and function, the commit decides which; otherwise there are ten times as many.
"""

from __future__ import annotations

import contextlib
import io
import random
import signal
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
import sampling
from cases.hostile import Subject, subjects
from cases.hostile_values import VALUES

from pellucid import Input, Sequential, inspection, layers
from pellucid.errors import ArgumentError, PellucidError
from pellucid.inspection.given import described

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

SUBJECTS = {subject.name: subject for subject in subjects()}
ALONE, IN_PAIRS = (6, 3) if sampling.SAMPLES else (75, 25)
"""How many tries of one argument, and of two at once, for each subject."""
MOST_SECONDS = 1.0  # of the processor
LONGER = {"layers.AugMix": 3.0}  # seven changes, one after the other, are a graph of eight thousand operations
MOST_WAITING = 20.0
LONGEST_MESSAGE = 1500

FUNCTIONS = {"function", "lambda", "method", "class", "class of ours", "exception"}
"""What the function of a user's own raises is the user's to see, and may be anything."""
TAKES_FUNCTIONS = (
    "fn",
    "_expression",
    *(
        "function",
        "config",
        "identifier",
        "print_fn",
        "body",
        "cond",
        "true_fn",
        "false_fn",
        "regularizer",
        "constraint",
        "initializer",
        "on_",
        "schedule",
    ),
)
BASES = {
    "callbacks.SwapEMAWeights",  # without an optimiser that keeps averages
    "constraints.Constraint",
    "initializers.Initializer",
    "losses.Loss",
    "metrics.MeanOverSamples",
    "metrics.Metric",
    "metrics.Statistic",
    "optimizers.Optimizer",
    "regularizers.Regularizer",
    "schedules.LearningRateSchedule",
}
"""Classes that do nothing by themselves, and say so."""
NO_ARGUMENTS = {("Model.fit", "epochs"), ("schedules.get", "owner"), ("metrics.MeanMetricWrapper", "fn")}
"""A training of 2^31 epochs takes as long as it does; whose learning rate it is, the library says; a metric is whatever
can be called."""


class Hanging(BaseException):
    """It has taken too long."""


STATUS = Path("/proc/self/statm")
MOST_MEMORY = 3 * 2**30  # of a try [bytes]


def _hangs(number: int, frame: FrameType | None) -> None:
    raise Hanging


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken for the name of a file makes one where it harms nobody."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True, scope="module")
def _drawn_once() -> None:
    """The first picture of a process loads matplotlib, nearly a second, which is no fault of any argument."""
    subject = SUBJECTS["views.arithmetic_figure"]
    subject.use(subject.make(**subject.given()))


@pytest.fixture(autouse=True)
def _alarm() -> Iterator[None]:
    """What hangs is broken off; where there is no alarm, it hangs."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _hangs)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _little_memory() -> Iterator[None]:
    """Who asks for an array of two thousand million numbers shall be told, and not be given what the machine has."""
    if resource is None or not STATUS.exists():
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(STATUS.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MOST_MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def tries(subject: Subject) -> Iterator[dict[str, str]]:
    """Arguments, each with the name of a value in its place; other ones with each commit."""
    draw = random.Random(f"{sampling.commit()} {subject.name}")
    names, values = list(subject.arguments), list(VALUES)
    alone = [(name, value) for name in names for value in values]
    for name, value in draw.sample(alone, min(ALONE, len(alone))):
        yield {name: value}
    for _ in range(IN_PAIRS if len(names) > 1 else 0):
        yield {name: draw.choice(values) for name in draw.sample(names, 2)}


def is_left_out(subject: Subject, replaced: dict[str, str]) -> bool:
    """Whether a try says nothing of the library."""
    return any(
        (subject.name, name) in NO_ARGUMENTS
        or (value in FUNCTIONS and any(word in name for word in TAKES_FUNCTIONS))
        or (value in FUNCTIONS and (subject.name, name) == ("callbacks.Lookahead", "alpha"))
        or (value in FUNCTIONS and subject.name.startswith("ops.") and name == "f")
        or (value == "class of ours" and name == "layer")
        or (subject.name.endswith("_phase") and name in ("x", "alt"))  # a function of nothing may stand there
        or (value in ("a layer", "initializer") and (name.startswith("on_") or "_expr" in name))  # they can be called
        for name, value in replaced.items()
    )


def wrong_with(subject: Subject, replaced: dict[str, str]) -> str | None:
    """What is wrong with how a try ends; None where nothing is."""
    arguments: dict[str, Any] = subject.given() | {name: VALUES[value]() for name, value in replaced.items()}
    started = time.thread_time()
    if hasattr(signal, "SIGALRM"):
        signal.setitimer(signal.ITIMER_REAL, MOST_WAITING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", UserWarning)  # of the library's own
            subject.use(subject.make(**arguments))
    except PellucidError as error:
        message = str(error)
        if "\n" in message or len(message) > LONGEST_MESSAGE:
            return f"its message has several lines or {len(message)} characters: {message[:200]}"
    except MemoryError:
        return None  # said in Python's own word
    except Hanging:
        return "it hangs"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:300]}"
    spent = time.thread_time() - started
    return f"it takes {spent:.1f} s" if spent > LONGER.get(subject.name, MOST_SECONDS) else None


@pytest.mark.parametrize("name", SUBJECTS)
def test_it_works_or_is_refused(name: str) -> None:
    subject = SUBJECTS[name]
    found = {
        ", ".join(f"{argument}={value}" for argument, value in replaced.items()): wrong
        for replaced in tries(subject)
        if not is_left_out(subject, replaced) and (wrong := wrong_with(subject, replaced)) is not None
    }
    assert not found


def test_everything_public_is_tried() -> None:
    """The rooms are looked through."""
    known = {"layers.Conv2D", "losses.MeanSquaredError", "optimizers.Adam", "callbacks.EarlyStopping", "Model.fit"}
    assert known | {"schedules.CosineDecay", "initializers.STFT", "filterbank.gabor"} <= set(SUBJECTS)
    assert known | {"ops.matmul", "backend.pool2d", "inspection.arithmetic", "Conv2D.add_weight"} <= set(SUBJECTS)
    assert len(SUBJECTS) > 550


@pytest.mark.parametrize("name", [name for name in SUBJECTS if name not in BASES])
def test_it_works_as_it_is_given(name: str) -> None:
    """Otherwise nothing would be tried but the first argument."""
    subject = SUBJECTS[name]
    with contextlib.redirect_stdout(io.StringIO()):
        subject.use(subject.make(**subject.given()))


WHOLE = ["UpSampling1D(size", "UpSampling2D(size", "UpSampling3D(size", "SpectralNormalization(power_iterations"]


@pytest.mark.parametrize("argument", [*WHOLE, "Resizing(height", "RepeatVector(n", "Dense(units"])
@pytest.mark.parametrize("value", ["2**31-1", "10**400", "2**63"])
def test_sizes_that_nothing_can_hold(argument: str, value: str) -> None:
    """With every run: they took for ever once."""
    layer, _, name = argument.partition("(")
    subject = SUBJECTS[f"layers.{layer}"]
    assert wrong_with(subject, {name: value}) is None


def test_a_fault_is_noticed() -> None:
    """The check sees each of the ways to fail."""

    def fails(kind: object) -> None:
        if kind is None:
            raise TypeError("of Python's own")
        if kind == 0:
            raise PellucidError("two\nlines")
        while kind == 1:
            sum(range(1000))

    subject = Subject("fails", fails, dict, ("kind",))
    assert wrong_with(subject, {"kind": "None"}) == "TypeError: of Python's own"
    assert "several lines" in (wrong_with(subject, {"kind": "0"}) or "")
    assert wrong_with(subject, {"kind": "7"}) is None


def test_what_came_is_told_however_odd() -> None:
    """Lists so deep that Python cannot write them; a number whose size its type does not hold."""
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert described(deep) == "<list> (list)"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert described(np.int8(-128)) == "an object of type int8"


def test_a_call_of_a_number_that_cannot_be_written() -> None:
    """Python writes no whole number of thousands of digits down."""
    model = Sequential([Input((3,)), layers.Dense(2, name="d")])
    with pytest.raises(ArgumentError, match="there is no call <int of"):
        inspection.trace(model, "d", np.zeros(3), filter=0, call=10**5000)
