"""Two processes, each of which reads its own part of the data, give the numbers of one that reads all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from one_with_a_part import Batches, X, Y, compiled
from together import together

from pellucid import distributed
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError

PROGRAM = Path(__file__).with_name("one_with_a_part.py")


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    """What each process tells."""
    ended = together(PROGRAM, "fed", devices=2)
    assert [process.returncode for process in ended] == [0, 0], ended[0].stderr + ended[1].stderr
    return [json.loads(process.stdout.splitlines()[-1]) for process in ended]


def _joined(*parts: list[tuple[int, int]]) -> Iterator[Any]:
    """Batches that hold, one behind the other, the samples of the batches of each process."""
    for pieces in zip(*parts, strict=True):
        rows = np.concatenate([np.arange(first, stop) for first, stop in pieces])
        yield X[rows], Y[rows]


def _check(found: dict[str, Any], history: dict[str, list[float]], weights: list[np.ndarray]) -> None:
    for name, values in history.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-6)
    for theirs, ours in zip(found["weights"], weights, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-5)


def test_batches_that_are_shared_out(told: list[dict[str, Any]]) -> None:
    """Process 0 makes the batches 0, 2, 4, 6 and process 1 the others; the ninth is left over. Two epochs."""
    first, second = ([(4 * n, 4 * n + 4) for n in range(start, 8, 2)] for start in (0, 1))
    model = compiled()
    batches = list(_joined(first, second))
    held = [(np.concatenate([X[k::2][p : p + 4] for k in (0, 1)]), np.concatenate([Y[k::2][p : p + 4] for k in (0, 1)]))
            for p in range(0, 18, 4)]  # fmt: skip
    history = model.fit(iter(batches * 2), epochs=2, steps_per_epoch=4, verbose=0, validation_data=_Again(held)).history
    for each in told:
        _check(each["shared out"], history, model.get_weights())
    assert told[0]["shared out"] == told[1]["shared out"]
    assert [each["asked"] for each in told] == [[0, 2, 4, 6] * 2, [1, 3, 5, 7] * 2]


class _Again:
    """A list of batches, as something that can be gone through again."""

    def __init__(self, batches: list[Any]) -> None:
        self._batches = batches

    def __iter__(self) -> Iterator[Any]:
        return iter(self._batches)


def test_streams_of_different_lengths(told: list[dict[str, Any]]) -> None:
    """18 samples and 14: of the last batch two of each are taken, and who has more says so."""
    first = [(0, 4), (4, 8), (8, 12), (12, 14)]
    second = [(18 + start, 18 + stop) for start, stop in first]
    model = compiled()
    history = model.fit(_joined(first, second), epochs=1, verbose=0).history
    for each in told:
        _check(each["streams"], history, model.get_weights())
    assert told[1]["warned"] == []
    (warned,) = told[0]["warned"]
    assert "of 4 samples 2 are taken" in warned


def test_who_cannot_read_its_part_ends_all() -> None:
    first, second = together(PROGRAM, "fails", devices=2)
    assert (first.returncode, second.returncode) == (1, 1)
    assert "another process could not read its part of the data" in first.stderr
    assert "the disk is gone" in second.stderr


def test_an_engine_of_one_process_does_not_take_parts() -> None:
    for process in together(PROGRAM, "native", devices=2):
        assert process.returncode == 1
        assert "the engine 'native' of this model computes in one alone: compile(engine='xla')" in process.stderr


def test_alone_a_part_is_the_whole() -> None:
    """The same script runs in one process, on any engine."""
    models = [compiled("native") for _ in range(3)]
    models[0].fit(distributed.shard(Batches()), verbose=0, shuffle=False)
    models[1].fit(distributed.local((X, Y), batch_size=4, shuffle=False), verbose=0)
    models[2].fit(X, Y, batch_size=4, verbose=0, shuffle=False)
    weights = [np.concatenate([w.ravel() for w in model.get_weights()]) for model in models]
    assert np.array_equal(weights[0], weights[2]) and np.array_equal(weights[1], weights[2])
    assert models[0].evaluate(distributed.local((X, Y), shuffle=False), verbose=0) == models[2].evaluate(
        X, Y, verbose=0
    )


def test_what_is_refused() -> None:
    for nonsense in (None, 3, "folder", [1, 2], {"x": X}):
        with pytest.raises(ArgumentTypeError, match=r"distributed\.local takes what batches come from"):
            distributed.local(nonsense)
    for broken in ((X, None), (X, 1.0), (X, "ab"), (X, Y[:-1])):
        with pytest.raises(DataError, match="arrays"):
            distributed.local(broken)
    with pytest.raises(ArgumentTypeError, match=r"distributed\.shard takes data whose batches have numbers"):
        distributed.shard(iter([1, 2]))
    with pytest.raises(ArgumentError, match="predict takes all samples in each process"):
        compiled("native").predict(distributed.local((X, Y)), verbose=0)
