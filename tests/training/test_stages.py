"""A step in stages: what each made stands under a name; a probe looks in with states of its own, free when off."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pellucid import Input, Sequential, layers, optimizers
from pellucid.data.sources.source import Batch
from pellucid.engines import HostState, State
from pellucid.graph import builder
from pellucid.graph.ops import Parameter, Update
from pellucid.training import stages
from pellucid.training.samples import prepare_samples

RNG = np.random.default_rng(0)
X, Y = RNG.random((16, 5)).astype(np.float32), RNG.random((16, 2)).astype(np.float32)


def _model() -> Sequential:
    model = Sequential(
        [
            Input((5,)),
            layers.Dense(4, kernel_initializer="ones", kernel_regularizer="l2", activation="tanh"),
            layers.Dense(2, kernel_initializer="ones"),
        ]
    )
    model.compile(optimizers.SGD(0.1, momentum=0.9), "mse", metrics=["mse"])
    return model


def _batch(model: Sequential) -> Batch:
    return Batch(prepare_samples(model.network, model.stepper.plan.objectives, model.name, X, Y))


def _step(model: Sequential, probes: tuple[stages.Probe, ...] = ()) -> None:
    with model.stepper.tally(training=True) as tally:
        model.stepper.train(_batch(model), tally, probes)


class GradientNorms:
    """Keeps the squared norm of each weight's gradient, summed over the steps."""

    def __init__(self, weights: int) -> None:
        self.state = HostState(weights)

    @property
    def states(self) -> Mapping[str, State]:
        return {self.state.name: self.state}

    def emit(self, step: stages.StepGraph) -> None:
        for number, gradient in enumerate(step.gradients.values()):
            old = step.graph.leaf(Parameter((), self.state.name, number))
            step.graph.apply(Update(self.state.name, number), old + builder.reduce_sum(gradient * gradient))


def test_stages_leave_what_they_made_under_names() -> None:
    model = _model()
    placed = model.runtime.placed()
    step = stages.forward(model.network, [X.shape], training=True)
    assert (step.samples, step.outputs[0].shape, step.loss) == (16, (16, 2), None)
    loss = stages.add_loss(step, model.stepper.plan.objectives, placed.trained)
    assert step.loss is loss and len(step.losses) == len(step.penalties) == 1
    stages.add_gradients(step, placed.trained)
    assert [gradient.shape for gradient in step.gradients.values()] == [(5, 4), (4,), (4, 2), (2,)]


def test_a_probe_sees_the_gradients() -> None:
    """The gradient is what plain descent takes off a weight."""
    model, twin = _model(), _model()
    probe = GradientNorms(4)
    _step(model, (probe,))
    twin.compile(optimizers.SGD(1.0), "mse")
    before = twin.get_weights()
    _step(twin)
    expected = [np.square(b - a).sum() for b, a in zip(before, twin.get_weights(), strict=True)]
    np.testing.assert_allclose(probe.state.read(), expected, rtol=1e-5)


def test_a_probe_changes_nothing_of_the_step_and_is_free_when_off() -> None:
    watched, alone = _model(), _model()
    probe, programs = GradientNorms(4), []
    for number in range(4):
        _step(watched, (probe,) if number % 2 else ())
        _step(alone)
        programs.append(len(watched.runtime._programs._kept))
    assert programs == [1, 2, 2, 2]
    assert [a.tobytes() for a in watched.get_weights()] == [a.tobytes() for a in alone.get_weights()]
    graphs = [model.stepper.described(_batch(model))[0] for model in (watched, alone)]
    assert [type(node.op) for node in graphs[0].nodes] == [type(node.op) for node in graphs[1].nodes]
