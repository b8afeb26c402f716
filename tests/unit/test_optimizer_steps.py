"""Optimisers make Keras's steps, say what each cause contributed to them, and need one pass over memory."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from cases.models import images, small_cnn
from cases.optimizers import OPTIMIZERS, PLAIN, OptimizerCase
from checks.keras_steps import KerasSteps
from checks.steps import Stepper
from checks.training import make_step

from pellucid import optimizers
from pellucid.graph import Graph, make_plan, ops, optimize
from pellucid.variables import Variable

RATE = 2.0**-6  # float32, in which Keras keeps it, holds it exactly
SHAPES, STEPS = ((12,), (3, 4), ()), 20

each_case = pytest.mark.parametrize("case", OPTIMIZERS, ids=str)


REMEMBERING = ("Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "Muon", "Nadam", "ScheduleFreeAdamW")
"""Optimisers whose steps always go along earlier gradients too."""


def start() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.normal(size=shape) for shape in SHAPES]


def gradients(step: int) -> list[np.ndarray]:
    """Large and small ones, an element that has none at all, and in some steps ones that no limit cuts."""
    rng = np.random.default_rng(step)
    found = [rng.normal(size=shape) * (0.1 if step % 3 else 1.0) for shape in SHAPES]
    found[0] *= np.logspace(-4, 1, 12) * (np.arange(12) != 5)
    return found


def rate_at(step: int) -> float:
    """The learning rate is lowered on the way, as a schedule would."""
    return RATE if step < STEPS // 2 else RATE / 4


@pytest.mark.usefixtures("float64")
@each_case
def test_twenty_steps_are_those_of_keras(case: OptimizerCase) -> None:
    """Held in float64; what Keras rounds to float32 inside (powers, roots, in Adam's alpha) costs 4 digits."""
    ours, theirs = case.make(optimizers, RATE), case.make(keras.optimizers, RATE)
    stepper, begin = Stepper(ours, start()), start()
    variables = [keras.Variable(value, dtype="float64") for value in begin]
    steps = KerasSteps(theirs, variables)
    for step in range(STEPS):
        ours.learning_rate = theirs.learning_rate = rate_at(step)
        stepper.step(gradients(step))
        steps.step(gradients(step))
        for mine, variable, value in zip(stepper.values, variables, begin, strict=True):
            np.testing.assert_allclose(mine - value, np.asarray(variable.value) - value, rtol=1e-4, atol=1e-12)
    if (
        ours.pipeline(stepper.weights[0]).decay is None and case.kind != "Ftrl"
    ):  # whose weights are made of gradients alone
        assert stepper.values[0][5] == begin[0][5]


@pytest.mark.usefixtures("float64")
def test_weights_with_an_excluded_name_do_not_decay() -> None:
    """Keras's patterns: found anywhere in the name."""
    ours, theirs = optimizers.Adam(RATE, weight_decay=0.5), keras.optimizers.Adam(RATE, weight_decay=0.5)
    names, zeros = ["kernel", "scaled_bias", "gamma"], [np.zeros(shape) for shape in SHAPES]
    variables = [keras.Variable(value, dtype="float64", name=name) for value, name in zip(start(), names, strict=True)]
    for optimizer in (ours, theirs):
        optimizer.exclude_from_weight_decay(var_names=["bias$", "nothing"])
    stepper = Stepper(ours, start(), names)
    for _ in range(3):
        stepper.step(zeros)
        theirs.apply([keras.ops.convert_to_tensor(zero) for zero in zeros], variables)
    for mine, variable in zip(stepper.values, variables, strict=True):
        np.testing.assert_allclose(mine, np.asarray(variable.value), rtol=1e-7)
    np.testing.assert_array_equal(stepper.values[1], start()[1])


def test_excluded_weights_are_the_objects_themselves() -> None:
    same, other = (Variable(np.zeros(3), name="kernel", owner="layer") for _ in range(2))
    optimizer = optimizers.SGD(RATE, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[same])
    assert optimizer.pipeline(same) == optimizers.SGD(RATE).pipeline(same)
    assert (
        optimizer.pipeline(other) == optimizers.SGD(RATE, weight_decay=0.5).pipeline(other) != optimizer.pipeline(same)
    )


@each_case
def test_the_causes_of_a_step_add_up_to_it(case: OptimizerCase) -> None:
    stepper = Stepper(case.make(optimizers, RATE), start())
    for step in range(6):
        before = list(stepper.values)
        stepper.step(gradients(step))
        for parts, old, new in zip(stepper.parts, before, stepper.values, strict=True):
            np.testing.assert_allclose(sum(parts.values()), new - old, rtol=0, atol=1e-12)
    settings, expected = case.settings, {"loss"}
    expected |= {"weight_decay"} if stepper.optimizer.weight_decay or case.kind == "Muon" else set()
    expected |= {"momentum"} if case.kind in REMEMBERING or settings.get("momentum") else set()
    expected |= {"averaging"} if "ema_overwrite_frequency" in settings else set()
    clips = {"clipnorm", "clipvalue", "global_clipnorm"} & settings.keys()
    expected |= {"clipping"} if clips and not stepper.optimizer.gradient_accumulation_steps else set()
    assert stepper.parts[0].keys() == expected


def test_each_cause_is_what_it_is_called() -> None:
    """By hand: momentum 0.5, rate 0.25, decay 0.1, and a gradient 8 that is clipped to 2."""
    optimizer = optimizers.SGD(0.25, momentum=0.5, weight_decay=0.1, clipvalue=2.0)
    stepper = Stepper(optimizer, [np.array([4.0])])
    stepper.step([np.array([8.0])])
    assert {name: float(part[0]) for name, part in stepper.parts[0].items()} == pytest.approx(
        {"loss": -2.0, "clipping": 1.5, "momentum": 0.0, "weight_decay": -0.1}
    )
    stepper.step([np.array([0.0])])
    assert {name: float(part[0]) for name, part in stepper.parts[0].items()} == pytest.approx(
        {"loss": 0.0, "clipping": 0.0, "momentum": -0.25, "weight_decay": -0.025 * 3.4}
    )


def flat_step(optimizer: optimizers.Optimizer) -> Graph:
    """One step on a flat weight, as training builds it."""
    graph, size = Graph(), 12
    pipeline = optimizer.pipeline(Variable(np.zeros(size), name="kernel", owner="layer"))
    weight, *slots = (graph.add(ops.Parameter((size,), name, 0)) for name in ("weight", *pipeline.slots((size,))))
    gradient = graph.add(ops.Input((size,), "gradient"))
    scalars = {name: graph.add(ops.Input((), name)) for name in optimizer.scalars(0)}
    named = dict(zip(pipeline.slots((size,)), slots, strict=True))
    new, kept = pipeline.update(weight, gradient, named, scalars)
    for name, value in {"weight": new, **kept}.items():
        graph.apply(ops.Update(name, 0), value)
    return graph


@pytest.mark.parametrize("case", [case for case in OPTIMIZERS if case.kind not in ("Lamb", "Adafactor")], ids=str)
def test_a_step_is_one_pass_over_memory(case: OptimizerCase) -> None:
    nodes = optimize(flat_step(case.make(optimizers, RATE))).nodes
    computing = [node.op for node in nodes if not isinstance(node.op, ops.Leaf | ops.Constant | ops.Update)]
    assert [type(op) for op in computing] == [ops.Chain]


COST = {
    "sgd": 2,
    "sgd, momentum": 4,
    "sgd, nesterov": 6,
    "rmsprop": 9,
    "rmsprop, momentum": 11,
    "rmsprop, centered with momentum": 16,
    "adam": 12,
    "adagrad": 7,
    "adadelta": 16,
}
"""Functions that are applied to each weight. They bound the speed of an update that lies in the caches."""


@pytest.mark.parametrize("case", [case for case in PLAIN if case.name in COST], ids=str)
def test_a_step_costs_no_more_than_its_formula(case: OptimizerCase) -> None:
    chains = [
        node.op for node in optimize(flat_step(case.make(optimizers, RATE))).nodes if isinstance(node.op, ops.Chain)
    ]
    assert [len(chain.steps) for chain in chains] == [COST[case.name]]


def test_an_update_of_a_model_is_as_cheap_as_its_weights_are_together() -> None:
    """Small weights side by side are one segment; those that decay otherwise are not."""

    def computing(optimizer: optimizers.Optimizer) -> int:
        model = small_cnn()
        model.compile(optimizer, "sparse_categorical_crossentropy")
        plan = make_plan(optimize(make_step(model, images(3), optimizer).graph))
        return sum(isinstance(node.op, ops.Update) for node in plan.graph.nodes)

    without = optimizers.SGD(0.1, weight_decay=0.1)
    without.exclude_from_weight_decay(var_names=["bias"])
    assert computing(optimizers.SGD(0.1)) == computing(optimizers.SGD(0.1, weight_decay=0.1)) == 1
    assert computing(without) == 6
