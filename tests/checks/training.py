"""What is asserted about whole training steps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from cases.models import Data
from cases.tolerances import EPSILON

from checks.arrays import generator
from checks.mismatch import Mismatch
from checks.states import run_on
from pellucid import optimizers
from pellucid.engines import Engine, ReferenceEngine
from pellucid.graph import Graph
from pellucid.models import Model
from pellucid.network import input_name
from pellucid.training import stages
from pellucid.training.slots import Slots

LOSS_STEP = 1e-6
MOVED = 1e-4
"""Allowed deviation of a weight after some training steps, as a part of the way that weights have gone."""


@dataclass
class Step:
    """One training step of a model as a graph, with all its arrays in float64."""

    graph: Graph
    inputs: dict[str, np.ndarray]
    state: dict[str, np.ndarray]
    windows: dict[str, tuple[str, slice]]
    seed: int

    def run(self, engine: Engine) -> tuple[float, dict[str, np.ndarray]]:
        """The loss before the step, and the states after it; the step's own arrays stay as they are."""
        state = {name: array.copy() for name, array in self.state.items()}
        results = run_on(engine.prepare(self.graph), self.inputs, state, seed=self.seed, step=0)
        return float(results["loss"]), state


def make_step(model: Model, data: Data, optimizer: optimizers.Optimizer | None = None) -> Step:
    """The training step of a compiled model; plain gradient descent of rate 1 takes the gradient off."""
    optimizer = optimizer or optimizers.SGD(1.0)
    placed, objectives = model.runtime.placed(), model.stepper.plan.objectives
    slots = Slots(placed.trained, optimizer, ReferenceEngine())
    step = stages.forward(model.network, [data.x.shape], training=True)
    step.graph.outputs["loss"] = stages.add_loss(step, objectives, placed.trained)
    segments = slots.segments(placed.trained)
    stages.add_gradients(step, [weight for segment in segments for weight in segment.weights])
    stages.add_updates(step, optimizer, slots, segments)
    (objective,) = objectives
    inputs = {input_name(0): data.x, objective.target: data.y}
    inputs |= {name: np.array(value) for name, value in optimizer.scalars(0).items()}
    windows = {w.path: (w.state.name, slice(w.offset, w.offset + w.size)) for w in placed.trained}
    arrays = {name: state.read().astype(np.float64) for name, state in (placed.states | slots.by_name).items()}
    return Step(step.graph, inputs, arrays, windows, model.seed)


def check_model_gradient(model: Model, data: Data, engine: Engine) -> float:
    """What a step of plain gradient descent takes off each weight is the slope of the loss, along random directions.

    Returns:
        the largest relative deviation.
    """
    step = make_step(model, data)
    _, after = step.run(engine)
    worst = 0.0
    for path, (storage, window) in step.windows.items():
        grad = (step.state[storage] - after[storage])[window]
        if not (np.linalg.norm(grad) > 1e-6):
            raise Mismatch(f"{path} gets no gradient")
        for attempt in range(3):
            direction = generator(f"{path} {attempt}").normal(size=grad.shape)
            losses = []
            for sign in (-1, 1):
                moved = make_step(model, data)
                moved.state[storage][window] += sign * LOSS_STEP * direction
                losses.append(moved.run(engine)[0])
            slope, expected = (losses[1] - losses[0]) / (2 * LOSS_STEP), float(grad @ direction)
            deviation = abs(slope - expected) / np.linalg.norm(grad)
            if not (deviation < 1e-6):
                raise Mismatch(f"{path}: the loss rises by {slope:.9g}, the step says {expected:.9g}")
            worst = max(worst, float(deviation))
    return worst


def fingerprint(model: Model) -> str:
    """SHA-256 of all weights and of what the optimiser remembers."""
    kept = model.stepper.slots
    slots = [kept.states[name].read() for name in sorted(kept.states)] if kept else []
    return hashlib.sha256(b"".join(array.tobytes() for array in [*model.get_weights(), *slots])).hexdigest()


def check_training(make: Callable[[Engine], Model], data: Data, oracle: Engine, engine: Engine, steps: int) -> float:
    """Train two equal models on two engines, and compare loss and weights after each step.

    Rounding errors grow from step to step, hence the bound, for a few steps: what rounding does to the largest weight,
    and some of how far the weights have moved. So a gradient counts however small its steps are beside the weights.

    Returns:
        the largest deviation as a multiple of the bound.
    """
    expected, found = make(oracle), make(engine)
    first = [weight.numpy() for weight in expected.weights]
    worst = 0.0
    for step in range(steps):
        right = expected.train_on_batch(data.x, data.y, return_dict=True)
        actual = found.train_on_batch(data.x, data.y, return_dict=True)
        assert isinstance(right, dict) and isinstance(actual, dict)
        if not np.isclose(actual["loss"], right["loss"], rtol=1e-5, atol=0):
            raise Mismatch(f"step {step}: loss {actual} on {engine.name}, {right}")
        for ours, theirs, start in zip(found.weights, expected.weights, first, strict=True):
            now = theirs.numpy()
            rounding = EPSILON["float32"] * float(np.abs(now).max())
            bound = (step + 1) * rounding + MOVED * float(np.abs(now - start).max())
            difference = float(np.abs(ours.numpy() - theirs.numpy()).max())
            if not (difference <= bound):
                raise Mismatch(f"step {step}: {ours.path} differs by {difference:.3g}, more than {bound:.3g}")
            worst = max(worst, difference / bound if bound else 0.0)
    return worst


def check_threads(make: Callable[[], Model], data: Data, set_threads: Callable[[int], object], epochs: int) -> str:
    """Train two equal models, one with 1 thread and one with 4, and compare them to the bit; returns the SHA-256."""
    prints = []
    for threads in (1, 4):
        set_threads(threads)
        model = make()
        model.fit(data.x, data.y, batch_size=16, epochs=epochs, verbose=0)
        prints.append(fingerprint(model))
    if prints[0] != prints[1]:
        raise Mismatch("the weights depend on the number of threads")
    return prints[0]
