"""What a source of batches breaks of that on which a training relies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from pellucid.arraylike import NoNumbers, array_of
from pellucid.calls import explained
from pellucid.checks import whole
from pellucid.data.sources.epochs import gives_epochs
from pellucid.data.sources.source import length_of
from pellucid.errors import ArgumentTypeError, shown
from pellucid.random import check_seed

__all__ = ["check_source"]

MOST_BATCHES = 10_000  # of a source that does not say where it ends
NAMES = ("x", "y", "sample_weight")


@explained
def check_source(source: Any, classes: int | None = None, seed: int = 0) -> list[str]:
    """What a source of batches breaks, in sentences; it is gone through twice.

    A training relies on a length that is true, on shapes that stay the same but for the number of samples, on finite
    numbers, on labels that are classes, and, where it is resumed, on equal batches for an equal epoch and seed, from
    any batch on.

    Args:
        source: has `batches(epoch, *, seed, start=0)`; see `Epochs`.
        classes: how many there are, where y are their numbers.
        seed: with which it is gone through.

    Returns:
        one sentence for each kind of fault; none where all is well.

    Raises:
        ArgumentTypeError: it is no source.
        ArgumentError: a number is out of range.

    Example:
        >>> from pellucid.data import Epochs
        >>> class Short(Epochs):
        ...     def __len__(self):
        ...         return 3
        ...     def batches(self, epoch, *, seed, start=0):
        ...         yield from [(np.ones((2, 4)), np.array([0, 7]))] * (2 - start)
        >>> for fault in check_source(Short(), classes=5):
        ...     print(fault)
        it says that it has 3 batches, and gives 2
        batch 0: labels of y are from 0 to 7, there are 5 classes (0 to 4)
    """
    if not gives_epochs(source):
        raise ArgumentTypeError(f"check_source takes what has batches(epoch, *, seed, start=0), got {shown(source)}")
    seed = check_seed(seed)
    most = None if classes is None else whole("check_source", "classes", classes, 1)
    told = length_of(source)
    first: dict[str, tuple[Any, ...]] = {}
    faults: dict[str, str] = {}
    prints: list[Any] = []
    for number, batch in enumerate(_arrays(source.batches(0, seed=seed), faults)):
        prints.append(_print_of(batch))
        for kind, fault in _faults_of(batch, first, most):
            faults.setdefault(kind, f"batch {number}: {fault}")
    if told is not None and told != len(prints):
        faults = {"length": f"it says that it has {told} batches, and gives {len(prints)}", **faults}
    if not prints:
        faults["none"] = "it gives no batches"
    return [*faults.values(), *_repeats(source, seed, prints)]


def _arrays(batches: Iterator[Any], faults: dict[str, str]) -> Iterator[dict[str, np.ndarray]]:
    """The arrays of each batch, by their names."""
    for number, raw in enumerate(islice(batches, MOST_BATCHES)):
        parts = raw if isinstance(raw, tuple) else (raw,)
        found = {}
        for name, part in zip(NAMES, parts, strict=False):
            try:
                found[name] = array_of(part)
            except NoNumbers as error:
                faults.setdefault(f"kind of {name}", f"batch {number}: {name} are no numbers: {error}")
        yield found


def _faults_of(
    batch: dict[str, np.ndarray], first: dict[str, tuple[Any, ...]], classes: int | None
) -> Iterator[tuple[str, str]]:
    counts = {name: len(array) if array.ndim else 0 for name, array in batch.items()}
    if len(set(counts.values())) > 1:
        yield "counts", f"numbers of samples differ: {counts}"
    if 0 in counts.values():
        yield "empty", "it has no samples"
    for name, array in batch.items():
        shape = array.shape[1:]
        if first.setdefault(name, shape) != shape:
            yield f"shape of {name}", f"samples of {name} are of shape {shape}, those of batch 0 of {first[name]}"
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            bad = int((~np.isfinite(array)).sum())
            yield f"numbers of {name}", f"{bad} of {array.size} values of {name} are NaN or infinite"
        elif name == "y" and classes is not None and array.size:
            low, high = array.min(), array.max()
            if low < 0 or high >= classes or (array % 1).any():
                yield (
                    "labels",
                    f"labels of y are from {low:g} to {high:g}, there are {classes} classes (0 to {classes - 1})",
                )


def _print_of(batch: dict[str, np.ndarray]) -> Any:
    """What tells a batch from others, in few bytes."""
    return [
        (name, array.shape, array.dtype.str, hashlib.blake2b(array.tobytes(), digest_size=16).digest())
        for name, array in batch.items()
    ]


def _repeats(source: Any, seed: int, prints: list[Any]) -> Iterator[str]:
    """Whether an epoch is the same again, and from its middle on."""
    start = len(prints) // 2
    for begin, wanted in ((0, prints), (start, prints[start:])):
        again = [_print_of(batch) for batch in _arrays(source.batches(0, seed=seed, start=begin), {})]
        if again != wanted:
            yield (
                "the same epoch and seed give other batches the second time"
                if begin == 0
                else f"from batch {begin} on (start={begin}) it gives other batches than when it begins at the first"
            ) + ", so a training that is resumed would see others"
            return
