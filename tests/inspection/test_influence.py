"""Who wrote a filter: the parts add up to the change, and are those of a training that NumPy makes by the formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, callbacks, inspection, layers, losses, optimizers, schedules
from pellucid.errors import ArgumentError, ArgumentTypeError

RNG = np.random.default_rng(7)
X = RNG.normal(size=(24, 6, 6, 2)).astype(np.float32)
Y = np.arange(24) % 3
EXACT: dict[str, Callable[[], Any]] = {
    "sgd": lambda: optimizers.SGD(0.1),
    "nesterov, clipped": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True, clipnorm=0.1),
    "momentum over gathered batches": lambda: optimizers.SGD(0.1, momentum=0.9, gradient_accumulation_steps=2),
    "adam, clipped together": lambda: optimizers.Adam(0.01, global_clipnorm=0.1),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adamw with a schedule": lambda: optimizers.AdamW(schedules.ExponentialDecay(0.01, 5, 0.5)),
    "adamax": lambda: optimizers.Adamax(0.01),
    "nadam": lambda: optimizers.Nadam(0.01),
    "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda: optimizers.Adagrad(0.1),
    "adadelta": lambda: optimizers.Adadelta(0.5),
    "lamb": lambda: optimizers.Lamb(0.01),
    "adafactor": lambda: optimizers.Adafactor(0.01),
    "averages": lambda: optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=3),
    "averages at the end": lambda: optimizers.SGD(0.1, use_ema=True),
    "two optimizers": lambda: optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.Adam(0.01))),
}


def _model(optimizer: Any) -> Sequential:
    model = Sequential([
        layers.Input((6, 6, 2)),
        layers.Conv2D(3, 3, activation="relu", kernel_regularizer="l2", kernel_constraint="max_norm", name="c"),
        layers.BatchNormalization(), layers.Dropout(0.3), layers.Flatten(), layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def _trained(optimizer: Any, **options: Any) -> tuple[Sequential, Any]:
    model, history = _model(optimizer), callbacks.FilterHistory()
    model.fit(X, Y, batch_size=8, verbose=0)
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=history, **options)
    return model, history


@pytest.mark.parametrize("name", EXACT)
def test_the_parts_add_up_to_the_change(name: str) -> None:
    model, history = _trained(EXACT[name](), epochs=2)
    told = inspection.influence(model, X, Y, "c", 1, recorded=history, batch_size=8)
    np.testing.assert_array_equal(told.after, model.layers[0].kernel.numpy()[..., 1])
    np.testing.assert_array_equal(told.before, history.frames("c")[0][..., 1])
    assert (told.names[:3], told.groups, told.seen) == (("0", "1", "2"), 3, (16, 16, 16))
    rounding = 2.0**-22 * 8 * (np.abs(told.before).max() + np.abs(told.parts).sum(axis=0).max())
    assert np.abs(told.remainder).max() < rounding
    assert np.abs(told.change).max() > 50 * rounding
    assert told.shares.sum() == pytest.approx(1.0, abs=1e-4)


def test_images_of_a_class_add_up_to_the_class() -> None:
    model, history = _trained(optimizers.Adam(0.01), epochs=2)
    asked = {"recorded": history, "batch_size": 8, "steps": (5, 9)}
    by_class = inspection.influence(model, X, Y, "c", 0, **asked)
    by_image = inspection.influence(model, X, Y, "c", 0, by="image", **asked)
    by_group = inspection.influence(model, X, Y, "c", 0, by=["odd" if y % 2 else "even" for y in Y], **asked)
    numbers = [int(name.split()[1]) for name in by_image.names[: by_image.groups]]
    for number in range(3):
        mine = by_image.parts[[place for place, image in enumerate(numbers) if Y[image] == number]].sum(axis=0)
        np.testing.assert_allclose(mine, by_class.parts[number], atol=1e-8)
    np.testing.assert_allclose(by_group.parts[1], by_class.parts[1], atol=1e-8)
    assert by_group.names[:2] == ("even", "odd")
    assert sum(by_image.seen) == sum(by_class.seen) == 4 * 8
    assert "what the optimizer held before" in by_class.names
    assert by_class.steps == (5, 9)


def _by_hand(x: np.ndarray, y: np.ndarray, kernel: np.ndarray, rows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Adam with a softmax on one dense layer, in float64: the kernel at the end, and what each class added to it."""
    mean, square = np.zeros((3, *kernel.shape)), np.zeros_like(kernel)
    parts = np.zeros((3, *kernel.shape))
    for t, batch in enumerate(rows, 1):
        logits = x[batch] @ kernel
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        errors = (shares / shares.sum(axis=1, keepdims=True) - np.eye(3)[y[batch]]) / len(batch)
        each = np.stack([x[batch].T @ (errors * (y[batch] == number)[:, None]) for number in range(3)])
        mean = 0.9 * mean + 0.1 * each
        square = 0.999 * square + 0.001 * each.sum(axis=0) ** 2
        alpha = 0.05 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        steps = alpha * mean / (np.sqrt(square) + 1e-7)
        parts -= steps
        kernel = kernel - steps.sum(axis=0)
    return kernel, parts


def test_it_is_what_numpy_makes_of_adam_class_by_class() -> None:
    x, y = np.random.default_rng(8).normal(size=(24, 4)), np.arange(24) % 3
    model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax", use_bias=False, name="d")])
    model.compile(optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    first, history = model.layers[0].kernel.numpy().astype(np.float64), callbacks.FilterHistory(layers=["d"])
    model.fit(x, y, epochs=3, batch_size=6, shuffle=False, verbose=0, callbacks=history)
    kernel, parts = _by_hand(x, y, first, [np.arange(6) + 6 * k for k in range(4)] * 3)
    for unit in range(3):
        told = inspection.influence(model, x, y, "d", unit, recorded=history, batch_size=6, shuffle=False)
        np.testing.assert_allclose(told.after, kernel[:, unit], atol=2e-5)
        np.testing.assert_allclose(told.parts, parts[..., unit], atol=2e-5)


def test_weights_of_samples_and_the_rates_of_other_callbacks_count() -> None:
    model, history = _model(optimizers.SGD(0.1)), callbacks.FilterHistory()
    falling = callbacks.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))
    told = {"batch_size": 6, "class_weight": {0: 1.0, 1: 3.0, 2: 0.5}, "validation_split": 0.25}
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[history, falling], **told)
    found = inspection.influence(model, X, Y, "c", 0, recorded=history, class_names=["a", "b", "c"], **told)
    assert (found.names[:3], found.seen) == (("a", "b", "c"), (18, 18, 18))
    assert np.abs(found.remainder).max() < 1e-6
    with pytest.raises(ArgumentError, match="made again, the training does not come to the filters"):
        inspection.influence(model, X, Y, "c", 0, recorded=history, batch_size=6)


def test_weights_that_are_restored_at_the_end_are_a_part_of_their_own() -> None:
    model, history = _model(optimizers.SGD(0.1)), callbacks.FilterHistory()
    stopping = callbacks.EarlyStopping(monitor="loss", mode="max", patience=2, restore_best_weights=True)
    model.fit(X, Y, batch_size=8, epochs=9, verbose=0, callbacks=[history, stopping])
    told = inspection.influence(model, X, Y, "c", 1, recorded=history, batch_size=8)
    np.testing.assert_array_equal(told.after, model.layers[0].kernel.numpy()[..., 1])
    assert "what was set at the end" in told.names
    assert np.abs(told.remainder).max() < 1e-6


@pytest.mark.parametrize(
    ("optimizer", "why"),
    [
        (optimizers.Lion(0.001), "sign of a sum"),
        (optimizers.Ftrl(0.1), "anew from all gradients"),
        (optimizers.SGD(0.1, clipvalue=0.1), "clipvalue cuts"),
        (optimizers.ScheduleFreeAdamW(0.01), "averages the weights themselves"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_optimizers_whose_steps_are_no_sums_are_refused(optimizer: Any, why: str) -> None:
    model, history = _trained(optimizer)
    with pytest.raises(ArgumentError, match=why):
        inspection.influence(model, X, Y, "c", 1, recorded=history, batch_size=8)


def test_muon_is_refused_for_matrices() -> None:
    model = Sequential([layers.Input((4,)), layers.Dense(4, name="d"), layers.Dense(1)])
    model.compile(optimizers.Muon(0.01, exclude_layers=[]), "mse")
    history = callbacks.FilterHistory(layers=["d"])
    x = np.random.default_rng(9).normal(size=(8, 4))
    model.fit(x, x[:, 0], verbose=0, callbacks=history)
    with pytest.raises(ArgumentError, match="orthogonal"):
        inspection.influence(model, x, x[:, 0], "d", 0, recorded=history, by="image")


def test_what_cannot_be_split_is_refused() -> None:
    model, history = _trained("adam")
    ask = inspection.influence
    with pytest.raises(ArgumentTypeError, match=r"is a callbacks\.FilterHistory"):
        ask(model, X, Y, "c", 0, recorded="yes")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="has recorded no training yet"):
        ask(model, X, Y, "c", 0, recorded=callbacks.FilterHistory())
    with pytest.raises(ArgumentError, match="must be a part of those that were recorded, 3 to 6"):
        ask(model, X, Y, "c", 0, recorded=history, batch_size=8, steps=(0, 2))
    with pytest.raises(ArgumentError, match="by is 'class', 'image'"):
        ask(model, X, Y, "c", 0, recorded=history, batch_size=8, by="clas")
    with pytest.raises(ArgumentError, match="does not come to the filters"):
        ask(model, X[::-1], Y, "c", 0, recorded=history, batch_size=8)
    with pytest.raises(ArgumentError, match="FilterHistory recorded"):
        ask(model, X, Y, "dense", 0, recorded=history, batch_size=8)
    whole = losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
    model.compile("adam", whole)
    history = callbacks.FilterHistory()
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=history)
    with pytest.raises(ArgumentError, match="do not add up to that of the batch"):
        ask(model, X, Y, "c", 0, recorded=history, batch_size=8)
    model.compile("adam", "mse")
    numbers = np.random.default_rng(10).normal(size=(24, 3))
    model.fit(X, numbers, batch_size=8, verbose=0, callbacks=history)
    with pytest.raises(ArgumentError, match="the targets are numbers, no classes"):
        ask(model, X, numbers, "c", 0, recorded=history, batch_size=8)


def test_the_model_stays_as_it_is() -> None:
    model, history = _trained("adam")
    before, rate = [weight.numpy() for weight in model.weights], float(model.optimizer.learning_rate)
    step = model.stepper.iterations
    inspection.influence(model, X, Y, "c", 0, recorded=history, batch_size=8)
    for weight, values in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), values)
    assert (float(model.optimizer.learning_rate), model.stepper.iterations) == (rate, step)
    assert model.optimizer.iterations == step


def test_a_bias_is_split_as_the_weight_of_an_input_that_is_always_1() -> None:
    """By the same formulas in NumPy; the step that comes next, too."""
    x, y = np.random.default_rng(9).normal(size=(24, 4)), np.arange(24) % 3
    model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax", name="d")])
    model.compile(optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    model.layers[0].bias[...] = [0.3, -0.2, 0.1]
    first = np.vstack([model.layers[0].kernel.numpy(), model.layers[0].bias.numpy()]).astype(np.float64)
    history = callbacks.FilterHistory(layers=["d"])
    model.fit(x, y, epochs=2, batch_size=6, shuffle=False, verbose=0, callbacks=history)
    rows = [np.arange(6) + 6 * k for k in range(4)] * 2
    _, parts = _by_hand(np.hstack([x, np.ones((24, 1))]), y, first, rows)
    for unit in range(3):
        told = inspection.influence(model, x, y, "d", unit, recorded=history, batch_size=6, shuffle=False, which="bias")
        np.testing.assert_allclose(told.parts[:3, 0], parts[:, 4, unit], rtol=5e-6)  # float32, 8 steps
        np.testing.assert_array_equal(told.after, model.layers[0].bias.numpy()[unit : unit + 1])
        assert f"d, bias of filter {unit}: who wrote it" in str(told) and told._repr_png_()[1:4] == b"PNG"
    step = inspection.update(model, x[:6], y[:6], "d", 1, which="bias")
    model.train_on_batch(x[:6], y[:6])
    np.testing.assert_allclose(step.after, model.layers[0].bias.numpy()[1:2], atol=1e-7)


def test_a_bias_that_is_not_there_is_said() -> None:
    model, history = _trained(optimizers.SGD(0.1, use_ema=True))
    told = inspection.influence(model, X, Y, "c", 1, recorded=history, batch_size=8, which="bias")
    assert np.abs(told.remainder).max() < 1e-6 and told.after.shape == (1,)
    bare = Sequential([layers.Input((2,)), layers.Dense(2, use_bias=False, name="d")])
    bare.compile("sgd", "mse")
    with pytest.raises(ArgumentError, match=r'Dense "d", filter 0 has no bias'):
        inspection.update(bare, np.ones((2, 2)), np.ones((2, 2)), "d", 0, which="bias")
