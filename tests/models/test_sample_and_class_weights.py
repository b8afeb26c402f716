"""`sample_weight` and `class_weight`: which numbers come of them, where they may stand, what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, legacy
from pellucid.errors import ArgumentError, DataError
from pellucid.training.weights import of_classes

RANDOM = np.random.default_rng(3)
X, LABELS = RANDOM.normal(size=(20, 4)).astype(np.float32), np.arange(20) % 3
WEIGHT = RANDOM.uniform(0, 2, 20).astype(np.float32)
CLASSES = {0: 0.5, 2: 3.0}
OF_CLASSES = np.float32([0.5, 1.0, 3.0])[LABELS]
START = [RANDOM.normal(size=(4, 3)).astype(np.float32), np.zeros(3, np.float32)]


def _model(loss: str = "sparse_categorical_crossentropy") -> Any:
    head = layers.Dense(3, activation="softmax", weights=START, name="out")
    model = Sequential([Input((4,)), head], name="net", seed=1)
    model.compile("sgd", loss)
    return model


def _pair() -> Any:
    x = Input((4,), name="x")
    model = Model(x, [layers.Dense(1, name="a")(x), layers.Dense(2, name="b")(x)], name="pair")
    model.compile("sgd", "mse")
    return model


def _same(first: Any, second: Any) -> bool:
    return all(map(np.array_equal, first.get_weights(), second.get_weights()))


@pytest.mark.parametrize("one_hot", [False, True])
def test_classes_weigh_as_their_samples_would(one_hot: bool) -> None:
    """Multiplied with the weights of samples; classes without one count 1; also batch by batch."""
    loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    y = np.eye(3)[LABELS] if one_hot else LABELS
    first, second, both, alone = (_model(loss) for _ in range(4))
    settings = {"batch_size": 6, "epochs": 2, "verbose": 0}
    one = first.fit(X, y, class_weight=CLASSES, **settings)
    assert one.history == second.fit(X, y, sample_weight=OF_CLASSES, **settings).history and _same(first, second)
    both.fit(X, y, class_weight=CLASSES, sample_weight=WEIGHT, **settings)
    alone.fit(X, y, sample_weight=WEIGHT * OF_CLASSES, **settings)
    assert _same(both, alone) and not _same(both, first)
    parts = [(X[start : start + 6], y[start : start + 6]) for start in range(0, 20, 6)]
    told = _model(loss).fit(iter(parts), class_weight=CLASSES, verbose=0).history
    assert told == _model(loss).fit(X, y, batch_size=6, shuffle=False, class_weight=CLASSES, verbose=0).history
    assert first.train_on_batch(X, y, class_weight=CLASSES) == second.train_on_batch(X, y, OF_CLASSES)


@pytest.mark.parametrize("by_name", [False, True])
def test_classes_of_each_output_weigh_as_their_samples_would(by_name: bool) -> None:
    """As Keras 1 and 2 had it, also batch by batch; an output without any counts each sample 1."""

    def made() -> Any:
        x = Input((4,), name="x")
        heads = [layers.Dense(3, "softmax", weights=START, name=name)(x) for name in ("a", "b")]
        model = Model(x, heads, seed=1)
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    classes: Any = {"b": CLASSES} if by_name else [None, CLASSES]
    ones = np.ones(20, np.float32)
    settings = {"batch_size": 6, "epochs": 2, "verbose": 0, "validation_split": 0.25}
    first, second = made(), made()
    told = first.fit(X, [LABELS, LABELS], class_weight=classes, **settings).history
    cut = [ones, np.where(np.arange(20) < 15, OF_CLASSES, 1.0)]  # the part that is held back has none
    assert told == second.fit(X, [LABELS, LABELS], sample_weight=cut, **settings).history
    assert _same(first, second)
    batch = X, [LABELS, LABELS]
    assert first.train_on_batch(*batch, class_weight=classes) == second.train_on_batch(*batch, [ones, OF_CLASSES])


@pytest.mark.parametrize("given", [[0.5, 1.0, 3.0], np.array([0.5, 1.0, 3.0]), (CLASSES, CLASSES)])
def test_keras_1_and_2_passed_over_what_was_no_dictionary(given: Any) -> None:
    """A row of weights, as scikit-learn computes them: what was trained then is trained, and it is said."""
    first, second, third = _model(), _model(), _model()
    with legacy.collected(), legacy.written_for(2):
        with pytest.warns(UserWarning, match="of which Keras 1 and 2 heeded nothing, so no class is weighed"):
            first.fit(X, LABELS, class_weight=given, verbose=0)
        third.fit(X, LABELS, class_weight=[CLASSES], verbose=0)
    assert _same(first, _trained(second)) and _same(third, _trained(_model(), class_weight=CLASSES))
    with pytest.raises(ArgumentError, match="class_weight is a dictionary"):
        second.fit(X, LABELS, class_weight=given, verbose=0)


def _trained(model: Any, **options: Any) -> Any:
    model.fit(X, LABELS, verbose=0, **options)
    return model


def test_the_part_that_is_held_back_keeps_its_weights_and_no_class_has_one_there() -> None:
    split, apart = _model(), _model()
    settings = {"batch_size": 5, "epochs": 2, "verbose": 0, "class_weight": CLASSES}
    one = split.fit(X, LABELS, sample_weight=WEIGHT, validation_split=0.25, **settings)
    held = X[15:], LABELS[15:], WEIGHT[15:]
    other = apart.fit(X[:15], LABELS[:15], sample_weight=WEIGHT[:15], validation_data=held, **settings)
    assert one.history == other.history and _same(split, apart)
    assert one.history["val_loss"][-1] == split.evaluate(*held[:2], sample_weight=held[2], batch_size=5, verbose=0)
    assert split.test_on_batch(*held) == split.evaluate(*held[:2], sample_weight=held[2], verbose=0)


@pytest.mark.parametrize(
    "weight", [WEIGHT.tolist(), WEIGHT[:, None], WEIGHT.astype(np.float64), {"out": WEIGHT}], ids=str
)
def test_forms_of_weights(weight: Any) -> None:
    assert _model().test_on_batch(X, LABELS, weight) == _model().test_on_batch(X, LABELS, WEIGHT)


def test_weights_of_values() -> None:
    """Each step in time, or place of a map, may have its own."""
    maps = Sequential([Input((5, 4)), layers.Conv1D(3, 1, weights=[START[0][None], START[1]])])
    maps.compile("sgd", "mse")
    x, y = RANDOM.normal(size=(6, 5, 4)), RANDOM.normal(size=(6, 5, 3))
    weight = RANDOM.uniform(size=(6, 5))
    error = ((maps.predict(x) - y) ** 2).mean(axis=-1)
    assert maps.test_on_batch(x, y, weight) == pytest.approx(float((error * weight).mean()), rel=1e-5)
    assert maps.test_on_batch(x, y, weight[:, 0]) == pytest.approx(float((error * weight[:, :1]).mean()), rel=1e-5)
    with pytest.raises(ArgumentError, match=r"weights of shape \(6, 4\) do not fit values of shape \(6, 5\)"):
        maps.test_on_batch(x, y, np.ones((6, 4)))


def test_several_outputs() -> None:
    """One array for all, a list, or by name; an output may be left out."""
    model, a, b = _pair(), RANDOM.normal(size=(20, 1)), RANDOM.normal(size=(20, 2))

    def told(weight: Any) -> Any:
        return model.test_on_batch(X, [a, b], weight)

    ones = np.ones(20)
    assert told(WEIGHT) == told([WEIGHT, WEIGHT]) == told({"a": WEIGHT, "b": WEIGHT})
    assert told([WEIGHT, None]) == told({"a": WEIGHT}) == told([WEIGHT, ones])
    assert told([WEIGHT, None]) != told([None, WEIGHT])


def test_a_loss_of_the_models_own_sees_them() -> None:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(1, kernel_initializer="ones")

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            from pellucid import ops

            return ops.mean(y_pred[:, 0] * sample_weight)

    model = Own()
    model.compile("sgd")
    expected = float((X.sum(axis=1) * WEIGHT).mean())
    assert model.test_on_batch(X, sample_weight=WEIGHT) == pytest.approx(expected, rel=1e-5)


def test_classes_of_maps() -> None:
    """A label for each place weighs as a label for each sample does."""
    labels = np.arange(12).reshape(2, 2, 3) % 3
    np.testing.assert_array_equal(of_classes(labels, CLASSES, are_labels=True), np.float32([0.5, 1, 3])[labels])
    flat = of_classes(np.eye(3)[labels], CLASSES, are_labels=False)
    np.testing.assert_array_equal(flat, np.float32([0.5, 1, 3])[labels])
    binary = np.float32([[0.2], [0.9]])
    assert of_classes(binary, {1: 4.0}, are_labels=False).tolist() == [1.0, 4.0]


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "too few": (
        lambda: _model().fit(X, LABELS, sample_weight=WEIGHT[:3]),
        "net: sample_weight has shape (3,), but there are 20 samples; give one number for each",
    ),
    "a number": (
        lambda: _model().evaluate(X, LABELS, sample_weight=2.0),
        "net: sample_weight has shape (), but there are 20 samples; give one number for each",
    ),
    "NaN": (
        lambda: _model().fit(X, LABELS, sample_weight=np.where(LABELS == 1, np.nan, 1)),
        "net: sample_weight nan at index 1 is not a finite 32-bit number",
    ),
    "text": (
        lambda: _model().fit(X, LABELS, sample_weight=["a"] * 20),
        "net: sample_weight must hold numbers, got an array of type <U1",
    ),
    "an unknown output": (
        lambda: _pair().fit(X, [X[:, :1], X[:, :2]], sample_weight={"c": WEIGHT}),
        "unknown output of pair in sample_weight 'c'. Known: a, b",
    ),
    "too many outputs": (
        lambda: _pair().fit(X, [X[:, :1], X[:, :2]], sample_weight=[WEIGHT] * 3),
        "pair has 2 outputs; pass a list of 2 arrays as sample_weight, got 3",
    ),
    "values of several outputs": (
        lambda: _pair().fit(X, [X[:, :1], X[:, :2]], sample_weight=np.ones((20, 2))),
        "pair has 2 outputs; sample_weight of shape (20, 2) can be one number for each sample, shape (20,), or a list "
        "of 2 arrays",
    ),
    "classes of several outputs": (
        lambda: _pair().fit(X, [X[:, :1], X[:, :2]], class_weight={0: 1.0}),
        "pair: class_weight of a model with 2 outputs is a list of 2 dictionaries, or a dictionary of them by output "
        "(a, b), got {0: 1.0}",
    ),
    "classes of too many outputs": (
        lambda: _pair().fit(X, [X[:, :1], X[:, :2]], class_weight=[{0: 1.0}] * 3),
        "pair: class_weight of a model with 2 outputs is a list of 2 dictionaries, or a dictionary of them by output "
        "(a, b), got [{0: 1.0}, {0: 1.0}, {0: 1.0}]",
    ),
    "a list of classes": (
        lambda: _model().fit(X, LABELS, class_weight=[1.0, 2.0]),
        "net: class_weight is a dictionary of a weight for each class, such as {0: 1.0, 1: 2.5}, got [1.0, 2.0]",
    ),
    "names of classes": (
        lambda: _model().train_on_batch(X, LABELS, class_weight={"cat": 1.0}),
        "net: class_weight names classes by their numbers, from 0, got 'cat'",
    ),
    "an infinite weight": (
        lambda: _model().fit(X, LABELS, class_weight={0: 1e300}),
        "net: the weight of class 0 must be a finite number, got 1e+300",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    use, message = WRONG[case]
    with pytest.raises((ArgumentError, DataError), match=f"^{re.escape(message)}$"):
        use()
