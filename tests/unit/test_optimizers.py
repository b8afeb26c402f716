"""What optimisers are made of: settings, the learning rate, records; and settings that are refused at once."""

from __future__ import annotations

import copy
import importlib
import pickle

import keras
import numpy as np
import pytest
from cases.optimizers import OPTIMIZERS

import pellucid
from pellucid import optimizers
from pellucid.errors import ArgumentError
from pellucid.variables import Variable

each_case = pytest.mark.parametrize("case", OPTIMIZERS, ids=str)


def slots(optimizer: optimizers.Optimizer) -> dict[str, float]:
    """What is kept for a weight, and with what it begins."""
    found = optimizer.pipeline(Variable(np.zeros((2, 3)), name="kernel", owner="layer")).slots((2, 3))
    assert all(slot.shape == (2, 3) for slot in found.values())
    return {name: slot.initial for name, slot in found.items()}


def test_slots_are_those_that_are_needed():
    assert slots(optimizers.SGD()) == {}
    assert slots(optimizers.SGD(momentum=0.9, weight_decay=0.1, clipvalue=1.0)) == {"momentum": 0.0}
    assert slots(optimizers.Adam()) == {"momentum": 0.0, "velocity": 0.0}
    assert slots(optimizers.RMSprop(momentum=0.1, centered=True)) == {
        "velocity": 0.0,
        "momentum": 0.0,
        "average_gradient": 0.0,
    }
    assert slots(optimizers.Adagrad(initial_accumulator_value=0.3)) == {"accumulator": 0.3}
    assert slots(optimizers.Adadelta()) == {"accumulated_grad": 0.0, "accumulated_delta_var": 0.0}


def test_the_correction_of_adam_ends():
    """Kingma and Ba, section 2: alpha in the first step, and in the long run."""
    assert optimizers.Adam(0.001).scalars(0)["alpha"] == pytest.approx(0.001 * np.sqrt(0.001) / 0.1)
    assert optimizers.Adam(0.001).scalars(10**6)["alpha"] == pytest.approx(0.001)


def test_the_learning_rate_counts_from_the_next_step():
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = 1
    assert optimizer.scalars(3) == {"learning_rate": 1.0}
    assert optimizer.get_config()["learning_rate"] == 1.0


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "fast", None, True, float, optimizers.SGD()])
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
        (lambda: optimizers.SGD(momentum=1.5), r"SGD: `momentum` must be a float between \[0, 1\], got 1.5"),
        (lambda: optimizers.Adam(beta_1=1.0), "Adam: beta_1 must be below 1, got 1.0"),
        (lambda: optimizers.Adam(beta_2=-0.1), "beta_2 must be a finite number >= 0"),
        (lambda: optimizers.Adam(epsilon=0.0), "epsilon must be greater than 0"),
        (lambda: optimizers.RMSprop(rho=1), "RMSprop: rho must be below 1"),
        (lambda: optimizers.get("adma"), r"unknown optimizer 'adma'; did you mean 'adam"),
        (lambda: optimizers.get(0.1), "optimizer must be a name"),
        (lambda: optimizers.SGD(use_ema=1), "SGD: use_ema must be True or False, got 1"),
        (lambda: optimizers.SGD(use_ema=True, ema_momentum=1.5), "SGD: `ema_momentum` must be in the range"),
        (
            lambda: optimizers.SGD(use_ema=True, ema_overwrite_frequency=0),
            r"SGD: Invalid value for argument `ema_overwrite_frequency`. .*_frequency=0; .* up to 2147483647",
        ),
        (lambda: optimizers.Adam(loss_scale_factor=0.0), "Adam: loss_scale_factor must be greater than 0"),
        (
            lambda: optimizers.Adam(gradient_accumulation_steps=1),
            "Adam: gradient_accumulation_steps must be a whole number from 2 to 2147483647, got 1",
        ),
        (
            lambda: optimizers.AdamW(weight_decay=None),
            "AdamW: Argument `weight_decay` must be a float",
        ),
        (
            lambda: optimizers.Lion(beta_1=0.0),
            "Lion: Argument `beta_1` must be in the .0, 1. range. Otherwise",
        ),
        (lambda: optimizers.Lion(beta_1=1.1), "degenerates to SignSGD. Received: beta_1=1.1"),
        (
            lambda: optimizers.Ftrl(learning_rate_power=0.5),
            "`learning_rate_power` needs to be negative or zero. Received: learning_rate_power=0.5",
        ),
        (lambda: optimizers.Ftrl(0.0).scalars(0), "Ftrl: learning_rate must be greater than 0, got 0.0"),
        (lambda: optimizers.SGD(lambda a, b: 0.1), "SGD: a function that says the learning rate takes no argument, or"),
        (lambda: optimizers.SGD(lambda: "fast").scalars(0), "the learning rate after 0 steps must be a number"),
        (lambda: optimizers.SGD(lambda s: 1 / (s or np.nan)).scalars(0), "the learning rate after 0 steps is nan"),
        (lambda: optimizers.SGD(clipnorm=0.0), "SGD: clipnorm must be greater than 0"),
        (lambda: optimizers.Adam(clipvalue=-1), "Adam: clipvalue must be a finite number >= 0, got -1"),
        (lambda: optimizers.Adagrad(global_clipnorm="1"), "Adagrad: global_clipnorm must be a finite number"),
        (lambda: optimizers.Adadelta(weight_decay=-0.1), "Adadelta: weight_decay must be a finite number >= 0"),
        (
            lambda: optimizers.RMSprop(clipnorm=1.0, clipvalue=0.5),
            "RMSprop: Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set, got clipnorm=1.0, ",
        ),
        (lambda: optimizers.SGD().exclude_from_weight_decay(var_names="bias"), "var_names must be a list of patterns"),
        (
            lambda: optimizers.SGD().exclude_from_weight_decay(var_names=["("]),
            r"SGD: var_names: '\(' is no regular expression",
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
    said = r"momentum of SGD is fixed once it is made and stays 0\.9; .* \(only learning_rate can be set\)"
    with pytest.raises(ArgumentError, match=said):
        optimizer.momentum = 0.5
    assert optimizer.momentum == 0.9


def test_exclusions_are_refused_once_steps_are_built():
    optimizer = optimizers.SGD(weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    slots(optimizer)  # looking settles nothing
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    optimizer.apply([[1.0]], [np.zeros(1)])
    with pytest.raises(ArgumentError, match="must be called before the first step"):
        optimizer.exclude_from_weight_decay(var_names=["bias"])


def test_a_record_that_loses_exclusions_says_so():
    optimizer = optimizers.SGD(weight_decay=0.1)
    optimizers.serialize(optimizer)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    with pytest.warns(UserWarning, match="excluded from weight decay stands in no file"):
        optimizers.serialize(optimizer)


def of_keras(record):
    """The optimizer of a record; Keras finds Lamb by the name of its class alone."""
    return getattr(keras.optimizers, record["class_name"]).from_config(dict(record["config"]))


@each_case
def test_records_go_to_keras_and_back(case):
    ours = case.make(optimizers, 0.25, name="mine")
    theirs = of_keras(optimizers.serialize(ours))
    assert type(theirs).__name__ == case.kind
    back = optimizers.get(keras.optimizers.serialize(theirs))
    assert (type(back), back.get_config()) == (type(ours), ours.get_config())
    assert type(ours).from_config(ours.get_config()).get_config() == ours.get_config()
    assert eval(repr(ours), vars(optimizers)).get_config() == ours.get_config()


@each_case
def test_an_optimizer_can_be_pickled_and_copied(case):
    ours = case.make(optimizers, 0.25)
    for other in (pickle.loads(pickle.dumps(ours)), copy.deepcopy(ours)):
        assert (repr(other), other.stages) == (repr(ours), ours.stages)


@pytest.mark.parametrize("spelling", ["ExponentialDecay", "CosineDecay"])
def test_schedules_are_found_where_keras_has_them(spelling):
    assert getattr(optimizers.schedules, spelling) is getattr(pellucid.schedules, spelling)
    module = importlib.import_module("pellucid.optimizers.schedules")
    assert getattr(module, spelling) is getattr(pellucid.schedules, spelling)


@pytest.mark.parametrize(
    "name", [*sorted(optimizers.OPTIMIZERS.classes.keys() - {"multioptimizer"}), "Adam", "RMSprop", "AdamW"]
)
def test_names_and_defaults_are_those_of_keras(name):
    config = optimizers.get(name).get_config()
    record = {"class_name": type(optimizers.get(name)).__name__, "config": {}}
    theirs = of_keras(record).get_config()
    assert set(config) == set(theirs)
    for setting in set(config) - {"name"}:
        expected = theirs[setting]
        assert config[setting] == (expected if expected is None else pytest.approx(expected, rel=1e-6)), setting


def test_nesterov_without_momentum_does_nothing():
    """As in Keras; the warning, which Keras leaves out, points to the line of the user."""
    with pytest.warns(UserWarning, match="nesterov=True does nothing without a momentum") as caught:
        optimizer = optimizers.SGD(0.5, nesterov=True)
    assert caught[0].filename == __file__
    assert optimizer.stages == optimizers.SGD(0.5).stages
    assert optimizer.get_config()["nesterov"]
    assert optimizers.SGD(0.5, momentum=0.1, nesterov=True).stages != optimizer.stages
