"""Optimisers make Keras's steps, in one pass over memory, and refuse settings that would fail later."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from pellucid import optimizers
from pellucid.engines.reference import ReferenceEngine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, ops, optimize

RATE = 2.0**-6  # float32, in which Keras keeps it, holds it exactly
SETTINGS = {
    "sgd": ("SGD", {}),
    "sgd, momentum": ("SGD", {"momentum": 0.9}),
    "sgd, nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop, large epsilon": ("RMSprop", {"rho": 0.7, "epsilon": 0.1}),
    "rmsprop, momentum": ("RMSprop", {"momentum": 0.5}),
    "rmsprop, centered": ("RMSprop", {"momentum": 0.5, "centered": True}),
    "adam": ("Adam", {}),
    "adam, large epsilon": ("Adam", {"epsilon": 0.1}),
    "adam, other means": ("Adam", {"beta_1": 0.5, "beta_2": 0.8}),
}
SIZE, STEPS = 12, 20


def step_graph(optimizer: optimizers.Optimizer) -> Graph:
    """One step on a flat weight, as the training loop builds it."""
    graph = Graph()
    weight, *slots = (graph.add(ops.Parameter((SIZE,), name, 0)) for name in ("weight", *optimizer.slots))
    gradient = graph.add(ops.Input((SIZE,), "gradient"))
    scalars = {name: graph.add(ops.Input((), name)) for name in optimizer.scalars(0)}
    named = dict(zip(optimizer.slots, slots, strict=True))
    new, new_slots = optimizer.update(weight, gradient, named, scalars)
    assert set(new_slots) == set(optimizer.slots)
    for name, value in {"weight": new, **new_slots}.items():
        graph.apply(ops.Update(name, 0), value)
    return graph


def gradients() -> np.ndarray:
    """Large and small ones, and a weight that has none at all."""
    rng = np.random.default_rng(4)
    return rng.normal(size=(STEPS, SIZE)) * np.logspace(-4, 1, SIZE) * (np.arange(SIZE) != 5)


def rate_at(step: int) -> float:
    """The learning rate is lowered on the way, as a schedule would."""
    return RATE if step < STEPS // 2 else RATE / 4


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("case", SETTINGS)
def test_twenty_steps_are_those_of_keras(case):
    """Held in float64; what Keras rounds to float32 inside (powers, roots, in Adam's alpha) costs 4 digits."""
    name, settings = SETTINGS[case]
    start = np.random.default_rng(3).normal(size=SIZE)

    ours = getattr(optimizers, name)(RATE, **settings)
    state = {"weight": start.copy(), **{slot: np.zeros(SIZE) for slot in ours.slots}}
    program = ReferenceEngine().prepare(step_graph(ours))
    theirs = getattr(keras.optimizers, name)(RATE, **settings)
    variable = keras.Variable(start, dtype="float64")
    theirs.build([variable])

    for step, gradient in enumerate(gradients()):
        ours.learning_rate = theirs.learning_rate = rate_at(step)
        program.run({"gradient": gradient, **ours.scalars(step)}, state)
        theirs.apply([gradient], [variable])
        np.testing.assert_allclose(state["weight"] - start, np.asarray(variable.value) - start, rtol=1e-4, atol=1e-12)
    assert state["weight"][5] == start[5]


@pytest.mark.parametrize("case", SETTINGS)
def test_a_step_is_one_pass_over_memory(case):
    name, settings = SETTINGS[case]
    nodes = optimize(step_graph(getattr(optimizers, name)(**settings))).nodes
    computing = [node.op for node in nodes if not isinstance(node.op, ops.Leaf | ops.Constant | ops.Update)]
    assert [type(op) for op in computing] == [ops.Chain]


def test_slots_are_those_that_are_needed():
    assert optimizers.SGD().slots == ()
    assert optimizers.SGD(momentum=0.9).slots == ("momentum",)
    assert optimizers.Adam().slots == ("momentum", "velocity")
    assert optimizers.RMSprop(momentum=0.1, centered=True).slots == ("velocity", "momentum", "average_gradient")


def test_the_correction_of_adam_ends():
    """Kingma and Ba, section 2: alpha in the first step, and in the long run."""
    assert optimizers.Adam(0.001).scalars(0)["alpha"] == pytest.approx(0.001 * np.sqrt(0.001) / 0.1)
    assert optimizers.Adam(0.001).scalars(10**6)["alpha"] == pytest.approx(0.001)


def test_the_learning_rate_counts_from_the_next_step():
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = 1
    assert optimizer.scalars(3) == {"learning_rate": 1.0}
    assert optimizer.get_config()["learning_rate"] == 1.0


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "fast", None, True, lambda: 0.1])
def test_a_learning_rate_that_is_no_number_is_refused(rate):
    optimizer = optimizers.Adam()
    with pytest.raises(ArgumentError, match="Adam: learning_rate must be a finite number >= 0, got"):
        optimizer.learning_rate = rate
    with pytest.raises(ArgumentError, match="learning_rate must be a finite number >= 0, got"):
        optimizers.SGD(rate)
    assert optimizer.learning_rate == 0.001


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optimizers.SGD(momentum=1.5), "SGD: momentum must be a finite number >= 0 and <= 1, got 1.5"),
        (lambda: optimizers.SGD(nesterov=True), "nesterov=True needs a momentum"),
        (lambda: optimizers.Adam(beta_1=1.0), "Adam: beta_1 must be below 1, got 1.0"),
        (lambda: optimizers.Adam(beta_2=-0.1), "beta_2 must be a finite number >= 0"),
        (lambda: optimizers.Adam(epsilon=0.0), "epsilon must be greater than 0"),
        (lambda: optimizers.RMSprop(rho=1), "RMSprop: rho must be below 1"),
        (lambda: optimizers.get("adma"), r"unknown optimizer 'adma'; did you mean 'adam'\? Known: adadelta, adagrad, "),
        (lambda: optimizers.get(None), "optimizer must be a name"),
        (lambda: optimizers.get(0.1), "optimizer must be a name"),
        (
            lambda: optimizers.get(keras.optimizers.serialize(keras.optimizers.SGD(clipnorm=1.0))),
            "optimizer SGD: clipnorm=1.0 is not supported, only None",
        ),
        (
            lambda: optimizers.get({"class_name": "Adam", "config": {"beta1": 0.5}}),
            "unknown setting of optimizer Adam 'beta1'; did you mean 'beta_1'",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_settings_that_are_built_in_cannot_be_set_without_effect():
    optimizer = optimizers.SGD(momentum=0.9)
    with pytest.raises(
        ArgumentError, match=r"momentum of SGD is fixed once it is made \(only learning_rate can be set\)"
    ):
        optimizer.momentum = 0.5
    assert optimizer.momentum == 0.9


@pytest.mark.parametrize("case", SETTINGS)
def test_records_go_to_keras_and_back(case):
    name, settings = SETTINGS[case]
    ours = getattr(optimizers, name)(RATE, name="mine", **settings)
    theirs = keras.optimizers.get(optimizers.serialize(ours))
    assert type(theirs).__name__ == name
    back = optimizers.get(keras.optimizers.serialize(theirs))
    assert (type(back), back.get_config()) == (type(ours), ours.get_config())


@pytest.mark.parametrize("name", ["adam", "Adam", "sgd", "SGD", "rmsprop", "RMSprop"])
def test_names_and_defaults_are_those_of_keras(name):
    config, of_keras = optimizers.get(name).get_config(), keras.optimizers.get(name).get_config()
    assert set(config) <= set(of_keras)
    for setting in set(config) - {"name"}:
        assert config[setting] == pytest.approx(of_keras[setting], rel=1e-6), setting
