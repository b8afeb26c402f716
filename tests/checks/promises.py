"""What is promised in words: probabilities add up to 1, dropout keeps the mean, momentum is remembered."""

from __future__ import annotations

import numpy as np

from checks.mismatch import Mismatch
from checks.problem import SEED
from checks.states import run_on
from pellucid.engines import Engine
from pellucid.graph import Graph, Tensor, builder, ops
from pellucid.layers import Dropout
from pellucid.optimizers import SGD
from pellucid.variables import Variable


def _run(graph: Graph, y: Tensor, x: np.ndarray, engine: Engine) -> np.ndarray:
    graph.outputs["y"] = y
    return engine.prepare(graph).run({"x": x.astype(engine.dtype)}, {}, seed=SEED)["y"].astype(np.float64)


def check_softmax(engine: Engine) -> None:
    """Positive, adding up to 1, unmoved by a shift of all inputs, and finite for large ones."""
    x = np.random.default_rng(0).normal(size=(50, 11)) * 10
    for shift in (0.0, 1000.0, -1000.0):
        graph = Graph()
        y = _run(graph, builder.softmax(graph.add(ops.Input(x.shape, "x"))), np.round(x, 3) + shift, engine)
        if not (y >= 0).all():
            raise Mismatch("softmax gives a negative probability")
        if not np.allclose(y.sum(axis=-1), 1.0, rtol=1e-6):
            raise Mismatch("the probabilities of softmax do not add up to 1")
        if not np.array_equal(y.argmax(axis=-1), x.argmax(axis=-1)):
            raise Mismatch("softmax changes the order")


def check_dropout_keeps_the_mean(rate: float, engine: Engine) -> None:
    """The right share is dropped and the rest scaled up alike, so the mean stays: within five deviations."""
    count = 40_000
    graph = Graph(training=True)
    y = Dropout(rate, name="dropout").emit(graph.add(ops.Input((count,), "x")))
    found = _run(graph, y, np.ones(count), engine)
    kept = found != 0
    allowed = 5 * np.sqrt(rate * (1 - rate) / count)
    if not (abs(kept.mean() - (1 - rate)) < allowed):
        raise Mismatch(f"dropout of {rate} keeps {kept.mean():.4f}")
    if not np.allclose(found[kept], 1 / (1 - rate), rtol=1e-6):
        raise Mismatch("what dropout keeps is not scaled by 1 / (1 - rate)")
    if not (abs(found.mean() - 1.0) < allowed / (1 - rate)):
        raise Mismatch(f"dropout changes the mean from 1 to {found.mean():.4f}")


def check_momentum(engine: Engine) -> None:
    """Two steps of gradient descent with momentum on w^2 / 2 from 1: the second step remembers the first.

    With rate 0.1 and momentum 0.9: v = 0.1, w = 0.9; then v = 0.09 + 0.09 = 0.18, w = 0.72.
    """
    graph = Graph()
    weight = graph.leaf(ops.Parameter((1,), "weights", 0))
    velocity = graph.leaf(ops.Parameter((1,), "momentum", 0))
    rate = {"learning_rate": graph.constant(0.1)}
    pipeline = SGD(0.1, momentum=0.9).pipeline(Variable(np.ones(1), name="weights", owner="layer"))
    new, slots = pipeline.update(weight, weight * 1.0, {"momentum": velocity}, rate)
    graph.apply(ops.Update("weights", 0), new)
    graph.apply(ops.Update("momentum", 0), slots["momentum"])
    state = {"weights": np.ones(1, engine.dtype), "momentum": np.zeros(1, engine.dtype)}
    program = engine.prepare(graph)
    for step, (w, v) in enumerate(((0.9, 0.1), (0.72, 0.18))):
        run_on(program, {}, state, step=step)
        found = float(state["weights"][0]), float(state["momentum"][0])
        if not np.allclose(found, (w, v), rtol=1e-6):
            raise Mismatch(f"after step {step}: weight and velocity are {found}, not {(w, v)}")
