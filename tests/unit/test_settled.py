"""Settings that programs are built from cannot be changed without effect; classes of users' own go on as in Keras."""

from __future__ import annotations

import copy
import inspect
import pickle
from abc import ABC
from dataclasses import dataclass

import numpy as np
import pytest
from cases.measures import METRIC_ARGUMENTS

from pellucid import Sequential, constraints, initializers, layers, losses, metrics, ops, optimizers, regularizers
from pellucid.constraints import Constraint
from pellucid.errors import ArgumentError
from pellucid.graph import builder
from pellucid.losses import Loss
from pellucid.metrics import Metric
from pellucid.metrics.accuracy import FittingAccuracy
from pellucid.optimizers import Optimizer
from pellucid.regularizers import Regularizer

SETTLED = [
    *regularizers.REGULARIZERS.classes.values(),
    *constraints.CONSTRAINTS.classes.values(),
    *losses.LOSSES.classes.values(),
    *metrics.METRICS.classes.values(),
    *optimizers.OPTIMIZERS.classes.values(),
    FittingAccuracy,
]
MAY_CHANGE = {"learning_rate"}  # of optimisers: it counts from the next step on
each_settled = pytest.mark.parametrize("cls", SETTLED, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")


def _made(cls):
    """An object of a class, with what it needs."""
    if cls is optimizers.MultiOptimizer:
        return cls(optimizers.OptimizerMap(optimizers.SGD()))
    return cls(**METRIC_ARGUMENTS.get(cls.__name__, {}))


@each_settled
def test_no_setting_changes_once_it_is_made(cls):
    made = _made(cls)
    before = made.get_config()
    for name, value in before.items():
        if name in MAY_CHANGE:
            continue
        with pytest.raises(ArgumentError, match=f"^{name} of {cls.__name__} is fixed once it is made and stays"):
            setattr(made, name, value)
    assert made.get_config() == before


@each_settled
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])
def test_copies_have_the_same_settings_and_are_settled_too(cls, copied):
    made = _made(cls)
    other = copied(made)
    assert type(other) is cls and other.get_config() == made.get_config()
    assert vars(other).keys() == vars(made).keys()
    for name in other.get_config().keys() - MAY_CHANGE:
        with pytest.raises(ArgumentError, match="is fixed once it is made"):
            setattr(other, name, None)


@each_settled
def test_parameters_are_told_as_they_stand_in_the_class(cls):
    assert _made(cls).get_config().keys() <= inspect.signature(cls).parameters.keys()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda: setattr(regularizers.L2(0.1), "l2", 10),
            "l2 of L2 is fixed once it is made and stays 0.1; make a new regularizer with l2=10 and give it to the "
            "layer",
        ),
        (
            lambda: setattr(constraints.MaxNorm(2), "max_value", 0.01),
            "max_value of MaxNorm is fixed once it is made and stays 2.0; make a new constraint with max_value=0.01 "
            "and give it to the layer",
        ),
        (
            lambda: setattr(losses.CategoricalCrossentropy(), "label_smoothing", 0.5),
            "label_smoothing of CategoricalCrossentropy is fixed once it is made and stays 0.0; make a new loss with "
            "label_smoothing=0.5 and compile the model with it",
        ),
        (
            lambda: setattr(metrics.BinaryAccuracy(), "threshold", 0.9),
            "threshold of BinaryAccuracy is fixed once it is made and stays 0.5; make a new metric with threshold=0.9 "
            "and compile the model with it",
        ),
    ],
)
def test_the_message_says_what_to_do(change, message):
    with pytest.raises(ArgumentError) as caught:
        change()
    assert str(caught.value) == message


def test_a_layer_that_was_compiled_takes_new_ones_as_the_message_says():
    model = Sequential([layers.Input((3,)), layers.Dense(2, kernel_regularizer=regularizers.L2(0.1))])
    model.compile("sgd", "mse")
    x, y, dense = np.ones((4, 3), np.float32), np.zeros((4, 2), np.float32), model.layers[-1]
    before = model.evaluate(x, y, verbose=0)
    dense.kernel_regularizer = regularizers.L2(10.0)
    squares = float(np.sum(np.square(dense.kernel.numpy())))
    assert model.evaluate(x, y, verbose=0) == pytest.approx(before + 9.9 * squares, rel=1e-5)
    dense.kernel_constraint = constraints.MaxNorm(0.01)
    model.fit(x, y, verbose=0)
    assert np.linalg.norm(dense.kernel.numpy(), axis=0).max() <= 0.0101


def test_thresholds_are_the_metrics_own():
    given = [0.2, 0.3]
    precision = metrics.Precision(given)
    given[0] = 0.9
    assert precision.init_thresholds == precision.get_config()["thresholds"] == [0.2, 0.3]
    with pytest.raises(AttributeError, match="init_thresholds"):
        precision.init_thresholds = 0.9


# Classes of users' own.


class Bare(Regularizer):
    """Without the base's `__init__`, and it settles its setting in two goes."""

    def __init__(self, scale):
        self.scale = scale
        self._clean()

    def _clean(self):
        self.scale = float(self.scale)

    def __call__(self, x):
        return ops.sum(x) * self.scale


class Polite(Bare):
    def __init__(self, scale=2):
        super().__init__(scale)
        self.scale = self.scale * 2


class Bounded(Constraint):
    def __init__(self, top):
        super().__init__()
        self.top = top

    def __call__(self, w):
        return ops.minimum(w, self.top)


@dataclass
class Recorded(Regularizer):
    scale: float = 1

    def __post_init__(self):
        self.scale = float(self.scale)

    def __call__(self, x):
        return ops.sum(x) * self.scale


class Named(Loss):
    def __init__(self, power=2):
        super().__init__("first")
        self.name, self.reduction, self.power = "second", "sum", power

    def call(self, y_true, y_pred):
        return ops.sum(ops.absolute(y_true - y_pred) ** self.power, axis=-1)


class Heavy(optimizers.SGD):
    def __init__(self, momentum=0.5):
        super().__init__(momentum=momentum)
        self.name, self.note = "heavy", 1


@pytest.mark.parametrize(
    ("made", "name", "value"),
    [
        (Bare(3), "scale", 3.0),
        (Polite(), "scale", 4.0),
        (Bounded(1.0), "top", 1.0),
        (Recorded(5), "scale", 5.0),
        (Named(), "power", 2),
        (Named(), "name", "second"),
        (Named(), "reduction", "sum"),
        (Heavy(), "name", "heavy"),
    ],
)
def test_settings_of_ones_own_are_made_freely_and_settled_then(made, name, value):
    for each in (made, copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert getattr(each, name) == value
        with pytest.raises(ArgumentError, match=f"^{name} of {type(made).__name__} is fixed once it is made"):
            setattr(each, name, 7)
        assert getattr(each, name) == value


def test_making_that_fails_leaves_nothing_behind():
    made = Bare(1)
    with pytest.raises(ValueError, match="could not convert"):
        made.__init__("x")
    with pytest.raises(ArgumentError, match="is fixed once it is made"):
        made.scale = 2


def test_what_is_computed_late_is_kept():
    """Attributes that are no settings are the class's own business, and so is a setting that was left open."""

    class Late(Regularizer):
        def __init__(self, scale=None):
            self.scale = scale
            self.matrix = None
            self.calls = 0

        def __call__(self, x):
            if self.scale is None:
                self.scale = 1.0 / x.shape[-1]
            if self.matrix is None:
                self.matrix = np.full(x.shape, 2.0)
            self.calls += 1
            return ops.sum(x * self.matrix) * self.scale

    late = Late()
    assert [float(late(np.ones((2, 4)))) for _ in range(2)] == [4.0, 4.0]
    assert late.calls == 2 and late.scale == 0.25
    late.matrix = np.ones((2, 4))
    with pytest.raises(ArgumentError, match=r"^scale of Late is fixed once it is made and stays 0\.25"):
        late.scale = 3.0


def test_metrics_of_ones_own_may_change_what_is_theirs():
    class Fading(Metric):
        def __init__(self, factor=1.0, name="fading"):
            super().__init__(name)
            self.factor = factor
            self.batches = 0

        def state(self, *shapes):
            return {"hits": ()}

        def sums(self, target, prediction, weight):
            return {"hits": builder.reduce_sum(builder.equal(target, prediction))}

        def value(self, sums):
            return float(sums["hits"]) * self.factor

        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_true, y_pred, sample_weight)
            self.batches += 1

        def reset_state(self):
            super().reset_state()
            self.batches, self.factor = 0, self.factor / 2

    fading = Fading()
    fading.update_state([1, 2], [1, 2])
    assert (float(fading.result()), fading.batches) == (2.0, 1)
    fading.reset_state()
    fading.update_state([1, 2], [1, 2])
    assert (float(fading.result()), fading.batches) == (1.0, 1)
    with pytest.raises(ArgumentError, match="name of Fading is fixed once it is made"):
        fading.name = "other"


def test_attributes_of_the_users_come_and_go():
    for made in (
        regularizers.L2(),
        constraints.MaxNorm(),
        losses.loss_of("mse"),
        metrics.Precision(),
        optimizers.SGD(),
    ):
        made.note = 1
        made.note = 2
        assert made.note == 2


@pytest.mark.parametrize("base", [Regularizer, Constraint, Loss, Metric, Optimizer])
def test_bases_go_together_with_others(base):
    class WithOptions(base, ABC):
        def __init_subclass__(cls, **options):
            super().__init_subclass__(**options)

    class Both(layers.Layer, base):
        pass

    assert issubclass(WithOptions, base) and issubclass(Both, base)


# Initialisers are asked when a layer is built, so what is changed before counts.


@pytest.mark.parametrize(
    ("initializer", "name", "value"),
    [
        (initializers.Constant(1.0), "value", 2.0),
        (initializers.RandomNormal(seed=1), "seed", 2),
        (initializers.RandomNormal(), "seed", 2),
        (initializers.RandomNormal(seed=1), "stddev", 2.0),
        (initializers.RandomUniform(seed=1), "maxval", 2.0),
        (initializers.TruncatedNormal(seed=1), "mean", 2.0),
        (initializers.Orthogonal(seed=1), "gain", 2.0),
        (initializers.VarianceScaling(seed=1), "mode", "fan_out"),
        (initializers.GlorotUniform(seed=1), "seed", 2),
    ],
)
def test_settings_of_initialisers_count_when_they_are_called(initializer, name, value):
    before = initializer((3, 4))
    setattr(initializer, name, value)
    equal = type(initializer).from_config(initializer.get_config())
    assert not np.array_equal(initializer((3, 4)), before)
    np.testing.assert_array_equal(initializer((3, 4)), equal((3, 4)))
