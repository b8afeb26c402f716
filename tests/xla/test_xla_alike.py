"""Processes that are about to compute something else are told before the first step: what each is about to do is
compared, and the graph of each program."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS
from cases.operations import OPERATIONS
from checks.problem import make_problem

from pellucid import Sequential, layers, optimizers
from pellucid.engines import XLAEngine
from pellucid.engines.xla.alike import text_of
from pellucid.graph import Graph, ops

ROWS = [*OPERATIONS, *COMPOSITIONS, *LAYERS]


def test_the_text_of_a_graph() -> None:
    """Made again it is the same, though states have other names then; another row has another one, but for a few that
    say one thing in two ways."""
    texts: dict[str, list[str]] = {}
    for case in ROWS[::9]:
        first, second = (text_of(make_problem(case).graph) for _ in range(2))
        assert first == second and " at 0x" not in first
        texts.setdefault(first, []).append(case.name)
    assert len(texts) > 0.97 * len(ROWS[::9]), [
        names for names in texts.values() if len(names) > 1
    ]  # some are the same


def _literal(middle: float) -> Graph:
    graph, numbers = Graph(), np.zeros(5000)
    numbers[2500] = middle
    graph.outputs["y"] = graph.add(ops.Literal(numbers))
    return graph


def test_what_the_text_tells_apart() -> None:
    """A number in the middle of an array; which of two states is which; an output."""
    assert text_of(_literal(0.0)) == text_of(_literal(0.0)) != text_of(_literal(1e-9))

    def reading(*names: str) -> Graph:
        graph = Graph()
        one, other = (graph.leaf(ops.Parameter((2,), name, 0)) for name in names)
        graph.outputs["y"] = one - other
        return graph

    assert text_of(reading("state1", "state2")) == text_of(reading("state9", "state10")) != text_of(reading("a", "a"))
    renamed = reading("a", "b")
    renamed.outputs = {"z": renamed.outputs["y"]}
    assert text_of(renamed) != text_of(reading("a", "b"))


def _told(
    monkeypatch: pytest.MonkeyPatch, activation: str = "relu", rate: float = 0.1, epochs: int = 1
) -> dict[str, str]:
    """What `fit` compares with the other processes, of which there are none here."""
    told: dict[str, str] = {}

    class Stop(Exception):
        pass

    def noted(facts: Mapping[str, str]) -> None:
        told.update(facts)
        raise Stop

    monkeypatch.setattr(XLAEngine, "spans_processes", True)
    monkeypatch.setattr("pellucid.engines.xla.engine.agree_on", noted)
    model = Sequential([layers.Input((2,)), layers.Dense(2, activation=activation)])
    model.compile(optimizers.SGD(rate), "mse", engine=XLAEngine())
    with pytest.raises(Stop):
        model.fit(np.ones((6, 2)), np.ones((6, 2)), batch_size=2, epochs=epochs, verbose=0)
    return told


def test_what_a_training_is_about_to_do_is_compared_before_its_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = _told(monkeypatch)
    assert usual == _told(monkeypatch) and all(usual.values())
    for name, changed in {
        "the layers": {"activation": "tanh"},
        "the learning rates": {"rate": 0.2},
        "the epochs": {"epochs": 2},
    }.items():
        other = _told(monkeypatch, **changed)  # type: ignore[arg-type]
        assert [each for each in usual if usual[each] != other[each]] == [name]
    assert usual["the batches of an epoch"] == "3" and usual["the batch sizes"] == "2"
    assert usual["the settings of the engines"] == "1 devices, fsdp=False, precision='float32'"
