"""Learning rate schedules against Keras: values, records, and training with one."""

from __future__ import annotations

from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid import Variable, legacy, optimizers, schedules
from pellucid.errors import ArgumentError

THEIRS = keras.optimizers.schedules
CASES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("ExponentialDecay", (0.1, 10, 0.9), {}),
    ("ExponentialDecay", (0.1, 10, 0.9), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {}),
    ("InverseTimeDecay", (0.1, 7, 0.5), {"staircase": True}),
    ("PiecewiseConstantDecay", ([5, 17], [0.1, 0.05, 0.01]), {}),
    ("CosineDecay", (0.1, 30), {"alpha": 0.1}),
    ("CosineDecay", (0.02, 12), {"alpha": 0.1, "warmup_target": 0.3, "warmup_steps": 7}),
    ("CosineDecay", (0.02, 12), {"warmup_target": 0.3}),
    ("CosineDecayRestarts", (0.1, 5), {}),
    # No period ends at a whole step: there Keras's float32 logarithm says on some machines that it has not ended yet.
    ("CosineDecayRestarts", (0.1, 7), {"t_mul": 1.5, "m_mul": 0.7, "alpha": 0.2}),
    ("CosineDecayRestarts", (0.1, 6), {"t_mul": 1.0, "m_mul": 0.5}),
    ("PolynomialDecay", (0.1, 30), {}),
    ("PolynomialDecay", (0.1, 13), {"end_learning_rate": 0.02, "power": 0.5}),
    ("PolynomialDecay", (0.01, 13), {"end_learning_rate": 0.02, "power": 2.0, "cycle": True}),
]


@pytest.mark.parametrize(("name", "arguments", "options"), CASES)
def test_values_and_records(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    """At 40 steps; Keras's record makes ours, and ours makes Keras's."""
    ours, theirs = getattr(schedules, name)(*arguments, **options), getattr(THEIRS, name)(*arguments, **options)
    steps = range(40)
    expected = np.array([float(theirs(step)) for step in steps])
    keras_oracle.check_close("schedules", np.array([ours(step) for step in steps]), expected, 1e-6)
    np.testing.assert_array_equal(
        ours(np.arange(40).reshape(4, 10)).ravel(), np.float32([ours(step) for step in steps])
    )
    assert ours(Variable(7.0)) == ours(np.array(7)) == ours(7) and type(ours(np.int64(7))) is float
    again = THEIRS.deserialize(schedules.serialize(ours))
    assert float(again(13)) == float(theirs(13))
    assert schedules.get(THEIRS.serialize(theirs), "SGD").get_config() == ours.get_config()
    assert type(ours).from_config(ours.get_config()).get_config() == ours.get_config()


@pytest.mark.parametrize(
    "step",
    ["3", None, [], {}, 10**400, float("nan"), [1.0, float("inf")], 3j, True, object()],
    ids=lambda step: repr(step)[:20],
)
def test_steps_that_are_none(step: Any) -> None:
    """An error of the library's own, of every schedule; an array without steps has no rates."""
    for name, arguments, options in CASES:
        ours = getattr(schedules, name)(*arguments, **options)
        if step == []:
            assert ours(step).shape == (0,)
            continue
        with pytest.raises(ArgumentError, match=rf"^{name}: step must be a"):
            ours(step)


def test_rates_beyond_all_numbers() -> None:
    """Before the beginning an exponential decay rises without an end."""
    with pytest.raises(
        ArgumentError, match=r"^ExponentialDecay: the learning rate after -1e\+08 steps is larger than an"
    ):
        schedules.ExponentialDecay(0.1, 10, 0.5)(-(10**8))
    with pytest.raises(ArgumentError, match=r"^ExponentialDecay: the learning rate after -1 steps is larger than any"):
        schedules.ExponentialDecay(0.1, 10, 0.0)(-1)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop"])
def test_training_with_a_schedule(optimizer: str) -> None:
    """Ten steps of each optimiser, side by side with Keras."""
    models = []
    for library in (pellucid, keras):
        model = library.Sequential([library.Input((6,)), library.layers.Dense(3)])
        rate = (schedules if library is pellucid else THEIRS).InverseTimeDecay(0.05, 1, 0.3)
        model.compile(getattr(library.optimizers, optimizer)(rate), "mse")
        models.append(model)
    ours, theirs = models
    theirs.set_weights(ours.get_weights())
    rng = np.random.default_rng(0)
    for _ in range(10):
        x, y = rng.normal(size=(4, 6)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)
        ours.train_on_batch(x, y)
        theirs.train_on_batch(x, y)
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        keras_oracle.check_close("schedules: weights after training", mine, reference, 1e-5)


def test_decay_of_keras_1_and_2() -> None:
    """`decay=` divides the rate by 1 + decay * step, step by step."""
    with pytest.warns(legacy.LegacyWarning):
        optimizer = optimizers.SGD(lr=0.1, decay=0.5)
    assert [optimizer.scalars(step)["learning_rate"] for step in (0, 1, 2)] == pytest.approx([0.1, 0.1 / 1.5, 0.05])


WRONG = {
    "no steps": (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps"),
    "negative": (lambda: schedules.CosineDecay(-0.1, 10), "initial_learning_rate"),
    "boundaries that fall": (lambda: schedules.PiecewiseConstantDecay([5, 3], [1, 2, 3]), "must rise"),
    "too few values": (lambda: schedules.PiecewiseConstantDecay([5], [1]), "one more value"),
    "an unknown one": (lambda: optimizers.SGD({"class_name": "Decay", "config": {}}), "unknown learning rate schedule"),
    "a word": (lambda: optimizers.SGD("fast"), "learning_rate must be"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_arguments(case: str) -> None:
    """One sentence each."""
    make, message = WRONG[case]
    with pytest.raises(ArgumentError, match=message):
        make()


def _warming(library: Any) -> Any:
    """A schedule of the user's own, as the guides write it: with functions that take a tensor or a number."""
    ops = library.ops

    class Warming(library.optimizers.schedules.LearningRateSchedule):
        def __init__(self, width: int, steps: int = 4) -> None:
            super().__init__()
            self.width, self.steps = ops.cast(width, "float32"), steps

        def __call__(self, step: Any) -> Any:
            step = ops.cast(step, "float32")
            return ops.rsqrt(self.width) * ops.minimum(ops.rsqrt(step + 1.0), step * self.steps**-1.5)

    return Warming(100)


def test_one_of_the_users_own_computes_with_ops() -> None:
    """While a step is emitted too: what it gives is a number then as later."""
    x, y, trained = np.eye(4, 3, dtype=np.float32), np.ones((4, 1), np.float32), []
    for library in (keras, pellucid):
        model = library.Sequential(
            [library.layers.Input((3,)), library.layers.Dense(1, kernel_initializer="zeros", name="out")]
        )
        model.compile(library.optimizers.Adam(_warming(library)), "mse")
        model.fit(x, y, epochs=5, batch_size=2, shuffle=False, verbose=0)
        trained.append([*model.get_weights(), float(model.optimizer.learning_rate)])
    for theirs, ours in zip(*trained, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
