"""Steps made at once, by `apply` and `apply_gradients`: Keras's, on weights and arrays, each optimiser's own."""

from __future__ import annotations

import copy
import pickle

import keras
import numpy as np
import pytest
from cases.models import images, small_cnn
from cases.optimizers import OPTIMIZERS, OptimizerCase
from checks.keras_steps import KerasSteps

from pellucid import clear_session, constraints, layers, optimizers, schedules
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.variables import Variable

SHAPES = ((3, 4), (5,), ())


@pytest.fixture(autouse=True)
def _names_begin_anew() -> None:
    clear_session()


def values() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape).astype(np.float32) for shape in SHAPES]


def gradients(step: int) -> list[np.ndarray]:
    rng = np.random.default_rng(10 + step)
    return [rng.normal(size=shape).astype(np.float32) for shape in SHAPES]


def weights() -> list[Variable]:
    return [Variable(value, name=f"part{i}", owner="layer") for i, value in enumerate(values())]


@pytest.mark.parametrize("case", OPTIMIZERS, ids=str)
def test_steps_are_those_of_keras(case: OptimizerCase) -> None:
    """On weights and on arrays; and everything that is kept, in Keras's order. Of Adam's steps Keras has 4 digits."""
    first, second, theirs = (case.make(library, 0.125) for library in (optimizers, optimizers, keras.optimizers))
    moved, arrays, variables = weights(), values(), [keras.Variable(value) for value in values()]
    steps = KerasSteps(theirs, variables)
    for step in range(4):
        assert first.apply_gradients(zip(gradients(step), moved, strict=True)) == step + 1
        second.apply(gradients(step), arrays)
        steps.step(gradients(step))
    for weight, array, variable in zip(moved, arrays, variables, strict=True):
        np.testing.assert_allclose(weight.numpy(), np.asarray(variable.value), rtol=2e-5, atol=1e-5)
        np.testing.assert_array_equal(weight.numpy(), array)
    assert len(first.variables) == len(theirs.variables)
    for mine, other in zip(first.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(mine.numpy(), np.asarray(other.value), rtol=2e-5, atol=2e-6)
        assert mine.shape == tuple(other.shape)
        assert other.name.startswith("variable") or mine.name.rpartition("_")[2] == other.name.rpartition("_")[2]


def test_iterations_and_learning_rate_are_read_and_set() -> None:
    optimizer, weight = optimizers.SGD(0.5), Variable([1.0], name="w", owner="layer")
    assert (optimizer.iterations, len(optimizer.variables), optimizer.built) == (0, 2, False)
    optimizer.build([weight])
    optimizer.apply([[1.0]])
    optimizer.learning_rate = 0.25
    optimizer.apply([[1.0]])
    assert (float(weight.numpy()[0]), optimizer.iterations, optimizer.built) == (0.25, 2, True)
    count, rate = optimizer.variables
    assert (int(count), float(rate), bool(count == 2)) == (2, 0.25, True)
    count.assign(7)
    rate.assign(0.125)
    assert (optimizer.iterations, optimizer.learning_rate) == (7, 0.125)
    optimizer.iterations = 3
    assert int(count) == 3
    optimizer.iterations.assign(5)  # as scripts for tf.keras do
    assert (optimizer.iterations, int(optimizer.iterations.numpy()), repr(optimizer.iterations)) == (5, 5, "5")
    assert type(copy.copy(optimizer.iterations)) is int
    with pytest.raises(ArgumentError, match="iterations must be a whole number from 0 to 9223372036854775807, got -1"):
        optimizer.iterations = -1
    with pytest.raises(ShapeError, match=r"sgd/iteration has shape \(\), got \(2,\)"):
        count.assign([1, 2])


def test_a_schedule_follows_the_steps_and_is_no_variable() -> None:
    optimizer, array = optimizers.SGD(schedules.PiecewiseConstantDecay([0], [1.0, 0.5])), np.zeros(1)
    for _ in range(3):
        optimizer.apply([[1.0]], [array])
    assert array[0] == -2.0
    assert [variable.name for variable in optimizer.variables] == ["iteration"]


def test_what_is_kept_can_be_set_in_the_sign_of_keras() -> None:
    optimizer, array = optimizers.SGD(0.5, momentum=0.5), np.zeros(1)
    optimizer.apply([[1.0]], [array])
    velocity = optimizer.variables[2]
    assert (velocity.path, velocity.numpy()[0], array[0]) == ("sgd/variable_0_momentum", -0.5, -0.5)
    velocity.assign([4.0])
    optimizer.apply([[0.0]], [array])
    assert array[0] == 1.5


def test_all_that_is_kept_goes_from_one_optimizer_to_another() -> None:
    first, second = optimizers.Adam(0.5), optimizers.Adam(0.25)
    ones, others = weights(), weights()
    first.apply(gradients(0), ones)
    with pytest.raises(ArgumentError, match=r"set_weights of adam\w*, which keeps nothing yet: call build"):
        second.set_weights(first.variables)
    second.build(others)
    with pytest.raises(ArgumentError, match="has 8 variables, got 1 arrays"):
        second.set_weights(first.variables[:1])
    second.set_weights(first.variables)
    for mine, theirs in zip(first.variables, second.variables, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    assert (second.iterations, second.learning_rate) == (1, 0.5)


def test_a_constraint_is_applied_after_the_step() -> None:
    weight = Variable([1.0, -1.0], name="kernel", owner="dense", constraint=constraints.NonNeg())
    optimizers.SGD(0.5).apply([[4.0, -6.0]], [weight])
    np.testing.assert_array_equal(weight.numpy(), [0.0, 2.0])


def test_a_variable_without_gradient_stays_as_it_is() -> None:
    moved, optimizer = weights(), optimizers.Adam(0.5)
    with pytest.warns(UserWarning, match=r"adam: there is no gradient for \['layer/part1'\], which stay as they are"):
        optimizer.apply([gradients(0)[0], None, gradients(0)[2]], moved)
    np.testing.assert_array_equal(moved[1].numpy(), values()[1])
    assert (moved[0].numpy() != values()[0]).all() and moved[2].numpy() != values()[2]
    optimizer.apply([gradients(0)[1]], [moved[1]])
    assert optimizer.iterations == 2 and (moved[1].numpy() != values()[1]).all()


def test_excluded_weights_do_not_decay() -> None:
    moved, optimizer = weights(), optimizers.SGD(1.0, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[moved[0]], var_names=["2$"])
    optimizer.apply([np.zeros(shape) for shape in SHAPES], moved)
    for weight, old, left in zip(moved, values(), (1.0, 0.5, 1.0), strict=True):
        np.testing.assert_array_equal(weight.numpy(), old * np.float32(left))


def test_arrays_to_exclude_are_arrays() -> None:
    arrays, optimizer = [np.ones(1), np.ones(1)], optimizers.SGD(1.0, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[arrays[1]])
    optimizer.apply([[0.0], [0.0]], arrays)
    assert (arrays[0][0], arrays[1][0]) == (0.5, 1.0)


def test_an_optimizer_serves_a_model_or_steps_at_once() -> None:
    """One object in `compile` and in `apply_gradients` would mix what it remembers of both."""
    data, model, optimizer = images(6), small_cnn(), optimizers.SGD(0.1, momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    for _ in range(3):
        model.train_on_batch(data.x, data.y)
    with pytest.raises(
        ArgumentError, match=r"sgd trains a model, .* make another: SGD.from_config\(optimizer.get_config"
    ):
        optimizer.apply([np.ones(3)], [np.zeros(3)])
    other = optimizers.SGD.from_config(optimizer.get_config())
    other.apply([np.ones(3)], [np.zeros(3)])
    assert (optimizer.iterations, other.iterations) == (3, 1)
    assert [variable.shape for variable in optimizer.variables[2:]] == [w.shape for w in model.trainable_weights]


class Training:
    """What a model's training tells an optimiser."""

    def __init__(self, weight: Variable) -> None:
        self.iterations, self.weights, self.kept = 5, [weight], np.ones(2, np.float32)

    def read(self, slot: str, weight: object) -> np.ndarray:
        assert slot == "momentum" and weight is self.weights[0]
        return self.kept.copy()

    def write(self, slot: str, weight: object, value: np.ndarray) -> None:
        self.kept[...] = value


def test_an_optimizer_that_trains_a_model_shows_its_progress() -> None:
    training, optimizer = (
        Training(Variable(np.zeros(2), name="kernel", owner="dense")),
        optimizers.SGD(0.5, momentum=0.9),
    )
    optimizer.attach(training)
    assert [variable.name for variable in optimizer.variables] == [
        "iteration",
        "learning_rate",
        "dense_kernel_momentum",
    ]
    np.testing.assert_array_equal(optimizer.variables[2].numpy(), [-1.0, -1.0])
    optimizer.variables[2].assign([3.0, 4.0])
    optimizer.iterations += 1
    assert training.iterations == 6
    np.testing.assert_array_equal(training.kept, [-3.0, -4.0])
    with pytest.raises(ArgumentError, match="sgd trains a model, and what it remembers belongs to that"):
        optimizer.apply([[1.0, 1.0]], training.weights)
    alone = optimizers.SGD(0.5)
    alone.apply([[1.0]], [np.zeros(1)])
    with pytest.raises(ArgumentError, match="makes steps with apply_gradients"):
        alone.attach(training)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda optimizer: pickle.loads(pickle.dumps(optimizer))])
def test_a_copy_goes_on_where_the_original_stood(duplicate) -> None:
    array, optimizer = np.zeros(1), optimizers.Adam(0.5)
    optimizer.apply([[1.0]], [array])
    other = duplicate(optimizer)
    optimizer.apply([[2.0]])
    assert (other.iterations, optimizer.iterations) == (1, 2)
    before = array.copy()
    other.apply([[2.0]])
    np.testing.assert_array_equal(array, before)
    for mine, theirs in zip(optimizer.variables, other.variables, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())


def test_nothing_moves_where_one_value_would_not_be_finite() -> None:
    moved, optimizer = weights(), optimizers.Adam(0.5)
    bad = gradients(0)
    bad[1][2] = np.nan
    with pytest.raises(
        DataError, match="layer/part1: a value would become NaN or infinite in this step; no weight was"
    ):
        optimizer.apply(bad, moved)
    for weight, value in zip(moved, values(), strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    assert optimizer.iterations == 0 and not optimizer.variables[2].numpy().any()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda o, w: o.apply([None], [w[0]]), ArgumentError, "No gradients provided for any variable."),
        (lambda o, w: o.apply_gradients([]), ArgumentError, "No gradients provided for any variable."),
        (lambda o, w: o.apply([1.0]), ArgumentError, r"sgd: which variables\? Pass them too, or call build"),
        (lambda o, w: o.apply([np.ones(5)], w), ArgumentError, "there are 3 variables, got 1 gradients"),
        (lambda o, w: o.apply([np.ones(4)], w[1:2]), ShapeError, r"layer/part1 has shape \(5,\), its gradient \(4,\)"),
        (lambda o, w: o.apply([1.0, 1.0], [w[2], w[2]]), ArgumentError, "SGD: a variable was given twice"),
        (lambda o, w: o.apply([1], [np.ones((), int)]), ArgumentError, "variable_0: .* must hold floating .* of int64"),
        (lambda o, w: o.apply([1], [np.broadcast_to(1.0, ())]), ArgumentError, "variable_0: .* that is read-only"),
        (lambda o, w: o.apply([1], [1.0]), ArgumentError, "variable 0: an optimizer moves weights and .* got float"),
    ],
)
def test_what_cannot_be_is_refused(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call(optimizers.SGD(), weights())


def test_other_variables_need_another_optimizer() -> None:
    moved, optimizer = weights(), optimizers.SGD(0.5)
    optimizer.build(moved[:2])
    optimizer.build(moved[:1])
    for call in (lambda: optimizer.build(moved), lambda: optimizer.apply([1.0], moved[2:])):
        with pytest.raises(ArgumentError, match="has made steps for other variables and knows no layer/part2"):
            call()
    dense = layers.Dense(2)
    dense.build((None, 3))
    with pytest.raises(ArgumentError, match=f"knows no {dense.name}/kernel"):
        optimizer.apply_gradients([(np.zeros((3, 2)), dense.kernel)])
