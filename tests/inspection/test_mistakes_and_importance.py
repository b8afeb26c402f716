"""Confusion, mistakes, importance, runs side by side: each number counted another way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Model, Sequential, callbacks, inspection, layers
from pellucid.errors import ArgumentError, DataError
from pellucid.inspection import confusion, importance, mistakes, training_runs

RNG = np.random.default_rng(9)
X = RNG.normal(size=(30, 6, 6, 1)).astype(np.float32)
Y = RNG.integers(0, 3, 30)


def _net(last: str | None = "softmax", units: int = 3) -> Sequential:
    pellucid.clear_session()
    pellucid.set_random_seed(5)
    model = Sequential([
        layers.Input((6, 6, 1)), layers.Conv2D(4, 3, activation="relu", name="conv"), layers.MaxPooling2D(2),
        layers.Dropout(0.5), layers.Flatten(), layers.Dense(units, activation=last, name="head"),
    ], name="net")  # fmt: skip
    model.compile("sgd", "sparse_categorical_crossentropy" if last == "softmax" else "mse")
    return model


def test_confusion_is_counted() -> None:
    model = _net()
    predicted = model.predict(X, verbose=0).argmax(axis=1)
    found = confusion(model, X, Y, batch_size=7, class_names=["a", "b", "c"])
    for true in range(3):
        for taken in range(3):
            assert found.counts[true, taken] == ((true == Y) & (predicted == taken)).sum()
    assert found.accuracy == pytest.approx((predicted == Y).mean()) and found.samples == 30
    np.testing.assert_allclose(found.recalls, [(predicted[k == Y] == k).mean() for k in range(3)])
    for true, taken, count in found.pairs(3):
        assert found.counts[true, taken] == count > 0
    assert len(found.mistakes) == min(24, 30 - int(np.trace(found.counts))) and found.class_names == ("a", "b", "c")
    sure = model.predict(X, verbose=0).max(axis=1)
    wrong = [k for k in np.argsort(-sure, kind="stable").tolist() if predicted[k] != Y[k]]
    assert [each.number for each in found.mistakes] == wrong[:24]
    assert found.mistakes[0].probability == pytest.approx(float(sure[wrong[0]]), rel=1e-5)
    one_hot = np.eye(3)[Y]
    for data in ((X, one_hot), ((X[k : k + 4], Y[k : k + 4]) for k in range(0, 30, 4)), (X, Y[:, None])):
        assert np.array_equal(confusion(model, data).counts, found.counts)


@pytest.mark.parametrize("last", ["sigmoid", None])
def test_two_classes_by_one_number(last: str | None) -> None:
    """The limit is one half behind a sigmoid, zero without."""
    model = _net(last, 1)
    truth, answers = Y > 0, model.predict(X, verbose=0)[:, 0] > (0.5 if last else 0.0)
    found = confusion(model, X, truth.astype(int))
    expected = [[int(((truth == i) & (answers == j)).sum()) for j in (False, True)] for i in (False, True)]
    assert found.counts.tolist() == expected


def test_maps_of_classes() -> None:
    model = Sequential([layers.Input((5, 5, 2)), layers.Conv2D(3, 1, activation="softmax")])
    x, y = RNG.normal(size=(4, 5, 5, 2)), RNG.integers(0, 3, (4, 5, 5))
    found = confusion(model, x, y)
    assert found.samples == 100
    assert found.accuracy == pytest.approx((model.predict(x, verbose=0).argmax(-1) == y).mean())
    with pytest.raises(ArgumentError, match="gives a map of classes"):
        mistakes(model, x, y)


@pytest.mark.parametrize("last", ["softmax", None])
def test_the_worst_mistakes(last: str | None) -> None:
    """Sorted by the loss of their own class, as NumPy has it; with the maps of the last layer with weights and maps."""
    model = _net(last)
    scores = model.predict(X, verbose=0).astype(np.float64)
    shares = scores if last else np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    losses, wrong = -np.log(shares[np.arange(30), Y]), shares.argmax(axis=1) != Y
    order = [k for k in np.argsort(-losses).tolist() if wrong[k]]
    found = mistakes(model, X, Y, count=5, batch_size=4)
    assert [each.number for each in found] == order[:5]
    for each in found:
        assert each.true == Y[each.number] and each.predicted == shares[each.number].argmax()
        assert each.loss == pytest.approx(losses[each.number], rel=1e-4)
        assert each.probability == pytest.approx(shares[each.number].max(), abs=1e-6)
        assert np.array_equal(each.image, X[each.number]) and [maps.layer for maps in each.maps] == ["conv"]
        expected = inspection.feature_maps(model, X[each.number], "conv")[0].maps
        np.testing.assert_allclose(each.maps[0].maps, expected)
    assert len(mistakes(model, X, Y, count=1000)) == wrong.sum()
    assert len(mistakes(model, X, shares.argmax(axis=1))) == 0


def test_saturated_mistakes_are_still_told_apart() -> None:
    """Where all probabilities are 0 or 1 in float32, by the numbers before the softmax."""
    model = Sequential([layers.Input((1,)), layers.Dense(2, "softmax", use_bias=False)])
    model.layers[0].kernel[...] = [[200.0, 0.0]]
    found = mistakes(model, [[1.0], [4.0], [2.0]], [1, 1, 1])
    assert [each.number for each in found] == [1, 2, 0] and found[0].loss == pytest.approx(800.0)


@pytest.mark.parametrize(
    ("told", "error", "message"),
    [
        (lambda: confusion(_net(), X), DataError, "there are no classes with the data"),
        (lambda: confusion(_net(), X, Y + 1), DataError, "labels are 0 to 2, got 1 to 3"),
        (lambda: confusion(_net(), X, Y / 2), DataError, "labels are whole numbers"),
        (lambda: confusion(_net(), X, Y, class_names=["a"]), ArgumentError, "got 1 class_names for 3 classes"),
        (lambda: confusion(_net("tanh", 1), X, Y > 0), ArgumentError, "one number behind tanh"),
        (lambda: mistakes(_net(), X, Y, layers="cnov"), ArgumentError, "did you mean 'conv'"),
        (lambda: importance(_net(), X, "conv"), DataError, "there are no targets with the data"),
        (lambda: importance(_net(), (X, Y), "cnov"), ArgumentError, "did you mean 'conv'"),
        (lambda: training_runs({}), ArgumentError, "at least one run"),
        (lambda: training_runs([{"loss": [1]}]), ArgumentError, "by name"),
        (lambda: training_runs({"a": callbacks.History()}), ArgumentError, "at least one curve"),
    ],
)
def test_what_cannot_be_told(told: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        told()


@pytest.mark.parametrize("layer", ["conv", "head"])
def test_importance_is_the_loss_without_a_filter(layer: str) -> None:
    """Of a model whose filter is taken away in earnest: its kernel and bias are zero, and so are its answers."""
    model = _net(None)
    y = RNG.normal(size=(30, 3))
    found = importance(model, (X, y), layer, batch_size=11)
    assert found.loss == pytest.approx(model.evaluate(X, y, verbose=0), rel=1e-5)
    weights = model.get_layer(layer).get_weights()
    for number in range(len(found.without)):
        without = [array.copy() for array in weights]
        for array in without:
            array[..., number] = 0
        model.get_layer(layer).set_weights(without)
        assert found.without[number] == pytest.approx(model.evaluate(X, y, verbose=0), rel=1e-5)
    model.get_layer(layer).set_weights(weights)
    assert found.order[0] == int(found.added.argmax())


def test_importance_counts_penalties_uses_and_other_formats() -> None:
    """A shared layer is without the filter in both uses; channels first is the same; a sigmoid is put to zero too."""
    x = layers.Input((6, 6, 1))
    conv = layers.Conv2D(2, 3, activation="sigmoid", padding="same", kernel_regularizer="l2", name="shared")
    two = layers.Concatenate()([conv(x), conv(layers.ReLU()(x))])
    model = Model(x, layers.Dense(2)(layers.GlobalAveragePooling2D()(two)))
    model.compile("sgd", "mse")
    y = RNG.normal(size=(30, 2))
    found = importance(model, (X, y), "shared")
    assert found.loss == pytest.approx(model.evaluate(X, y, verbose=0), rel=1e-5)
    maps = [1 / (1 + np.exp(-inspection.feature_maps(model, each, "shared", stage="before activation")[k].maps))
            for k in (0, 1) for each in X]  # fmt: skip
    means = np.concatenate([np.stack(maps[:30]).mean(axis=(1, 2)), np.stack(maps[30:]).mean(axis=(1, 2))], axis=1)
    kernel, bias = model.layers[-1].get_weights()
    means[:, [1, 3]] = 0
    penalty = 0.01 * float(np.square(conv.kernel.numpy()).sum())
    expected = np.square(means @ kernel + bias - y).mean() + penalty
    assert found.without[1] == pytest.approx(expected, rel=1e-4)


def test_runs_part_where_validation_turns() -> None:
    up = np.concatenate([np.linspace(3, 1, 6), np.linspace(1.2, 2, 4)])
    plain = {"loss": np.linspace(3, 0.1, 10), "val_loss": up, "accuracy": np.linspace(0.1, 0.99, 10)}
    history = callbacks.History()
    history.epoch, history.history = [0, 1, 2], {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.2, 1.5]}
    found = training_runs({"plain": plain, "other": history})
    (one, two) = found.partings
    assert one.epoch == 6 and one.best == pytest.approx(1.0) and one.gap == pytest.approx(1.9)
    assert two.epoch is None and found.runs["other"].epochs == (1, 2, 3) and found.quantities == ("loss", "accuracy")
    better = {"accuracy": [0.5, 0.7, 0.9], "val_accuracy": [0.5, 0.8, 0.6]}
    assert training_runs({"a": better}).partings[0].epoch == 2
    assert training_runs({"a": better}, tolerance=0.9).partings[0].epoch is None
    worse_both = {"loss": [1.0, 2.0, 3.0], "val_loss": [1.0, 2.0, 3.0]}
    assert training_runs({"a": worse_both}).partings[0].epoch is None


def test_importance_of_a_model_inside_is_that_of_its_last_layer() -> None:
    inner = Sequential([layers.Input((2,)), layers.Dense(2, use_bias=False, name="both")], name="inner")
    model = Sequential([layers.Input((2,)), inner, layers.Dense(1)], name="net")
    model.set_weights([np.eye(2), np.array([[1.0], [0.0]]), np.zeros(1)])
    model.compile("sgd", "mse")
    x, y = np.array([[2.0, 1.0], [4.0, 1.0]]), np.array([[2.0], [4.0]])
    for path in ("inner", "inner/both"):
        assert inspection.importance(model, x, path, y).added.tolist() == [10.0, 0.0]
