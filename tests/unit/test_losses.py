"""Losses are Keras's in value and gradient, do not overflow, and refuse targets that would train into nonsense."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from checks.keras_slopes import slopes_of
from hypothesis import given
from hypothesis import strategies as st

from pellucid import activations, losses
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.graph import Graph, ops
from pellucid.graph.builder import reshape

SHAPES = [(6, 5), (2, 3, 4), (7, 2)]
CASES = {
    "sparse": (losses.SparseCategoricalCrossentropy, keras.losses.SparseCategoricalCrossentropy, {}),
    "dense": (losses.CategoricalCrossentropy, keras.losses.CategoricalCrossentropy, {}),
    "dense, smoothed": (losses.CategoricalCrossentropy, keras.losses.CategoricalCrossentropy, {"label_smoothing": 0.2}),
    "binary": (losses.BinaryCrossentropy, keras.losses.BinaryCrossentropy, {}),
    "binary, smoothed": (losses.BinaryCrossentropy, keras.losses.BinaryCrossentropy, {"label_smoothing": 0.2}),
    "squares": (losses.MeanSquaredError, keras.losses.MeanSquaredError, {}),
}
ENDINGS = [
    (case, ending)
    for case in CASES
    for ending in ("probabilities", "softmax", "sigmoid", "from_logits")
    if (case, ending) != ("squares", "from_logits")
]


def targets_for(kind: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, shape[-1], shape[:-1])
    if kind == "sparse":
        return labels.astype(float)
    if kind.startswith("dense"):
        return np.eye(shape[-1])[labels]
    return rng.integers(0, 2, shape).astype(float) if kind.startswith("binary") else rng.normal(size=shape)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("case", "ending"), ENDINGS)
def test_value_and_gradient_are_those_of_keras(case, ending, shape, compute, gradient_of):
    """Whatever the model ends in: given probabilities, an activation that the loss sees through, or bare logits.

    Keras takes the mean over the outputs (binary, squares) in float32.
    """
    ours, theirs, settings = CASES[case]
    settings = {**settings, "from_logits": True} if ending == "from_logits" else settings
    rng = np.random.default_rng(5)
    x = rng.uniform(0.05, 0.9, shape) if ending == "probabilities" else rng.normal(size=shape)
    target = targets_for(case, shape)
    activation = ending if ending in ("softmax", "sigmoid") else "linear"
    of_keras = theirs(reduction=None, dtype="float64", **settings)

    def emit(x, target):
        return ours(**settings).per_sample(target, activations.get(activation)(x))

    def expected(x):
        return of_keras(target, keras.activations.get(activation)(x))

    value = compute(emit, x=x, target=target)
    assert value.shape == shape[:-1]
    digits = 1e-10 if case.startswith(("sparse", "dense")) else 1e-6
    np.testing.assert_allclose(value, expected(x), rtol=digits)
    _, [slope] = slopes_of(lambda x: (keras.ops.sum(expected(x)), ()), [x])
    np.testing.assert_allclose(gradient_of(emit, "x", x=x, target=target), slope, rtol=digits, atol=digits / 10)


@pytest.mark.parametrize("loss", [losses.SparseCategoricalCrossentropy(), losses.CategoricalCrossentropy()])
def test_a_softmax_that_is_sure_and_wrong_still_learns(loss, compute, gradient_of):
    """Through probabilities the loss would end at -log(1e-7) = 16 with gradient 0."""
    x, label = np.array([[500.0, -500.0]]), np.array([1.0])
    target = label if loss.name.startswith("sparse") else np.array([[0.0, 1.0]])

    def emit(x, target):
        return loss.per_sample(target, activations.softmax(x))

    assert compute(emit, x=x, target=target) == [1000.0]
    assert gradient_of(emit, "x", x=x, target=target).tolist() == [[1.0, -1.0]]


def test_a_sigmoid_that_is_sure_and_wrong_still_learns(compute, gradient_of):
    x, target = np.array([[-500.0], [500.0], [0.0]]), np.array([[1.0], [0.0], [1.0]])

    def emit(x, target):
        return losses.BinaryCrossentropy().per_sample(target, activations.sigmoid(x))

    np.testing.assert_allclose(compute(emit, x=x, target=target), [500.0, 500.0, np.log(2)])
    assert gradient_of(emit, "x", x=x, target=target).tolist() == [[-1.0], [1.0], [-0.5]]


@pytest.mark.parametrize("loss", [losses.CategoricalCrossentropy(), losses.BinaryCrossentropy()])
def test_probabilities_of_zero_and_one_are_kept_off_the_logarithm(loss, compute):
    p, target = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    value = compute(lambda p, target: loss.per_sample(target, p), p=p, target=target)
    np.testing.assert_allclose(value, [-np.log(1e-7)], rtol=1e-6)


@pytest.mark.parametrize(
    ("loss", "activation"),
    [(losses.CategoricalCrossentropy, activations.softmax), (losses.BinaryCrossentropy, activations.sigmoid)],
)
def test_from_logits_after_an_activation_is_refused(loss, activation):
    graph = Graph()
    x, target = (graph.add(ops.Input((2, 3), name)) for name in "xt")
    with pytest.raises(ArgumentError, match=r"from_logits=True, but the last layer applies s.* already"):
        loss(from_logits=True).per_sample(target, activation(x))


def test_shapes_that_do_not_fit_are_refused_and_never_broadcast():
    graph = Graph()
    prediction = graph.add(ops.Input((4, 3), "p"))
    target = graph.add(ops.Input((4, 1), "t"))
    with pytest.raises(ShapeError, match=r"mean_squared_error takes targets of shape \(4, 3\) for .*, got \(4, 1\)"):
        losses.MeanSquaredError().per_sample(target, prediction)
    with pytest.raises(ShapeError, match=r"needs predictions \(batch, ..., outputs\), got \(4,\)"):
        losses.MeanSquaredError().per_sample(reshape(target, (4,)), reshape(target, (4,)))


ONE_HOT = np.eye(10)[[1, 2, 3]]
LABELS = np.array([1, 2, 3])

REFUSED = {
    "label too large": (
        "sparse_categorical_crossentropy",
        [5, 3, 9, 14],
        (10,),
        "label 14 at index 3 is outside 0..9 (the last layer 'dense' has 10 outputs)",
    ),
    "label negative": (
        "sparse_categorical_crossentropy",
        [5, -1],
        (10,),
        "label -1 at index 1 is outside 0..9 (the last layer 'dense' has 10 outputs)",
    ),
    "labels from 1": (
        "sparse_categorical_crossentropy",
        [1, 2, 3],
        (3,),
        "label 3 at index 2 is outside 0..2 (the last layer 'dense' has 3 outputs); the labels count from 1: use y - 1",
    ),
    "label too large, in a map": (
        "sparse_categorical_crossentropy",
        [[[0, 1], [4, 1]]],
        (2, 2, 3),
        "label 4 at index (0, 1, 0) is outside 0..2 (the last layer 'dense' has 3 outputs)",
    ),
    "two classes, one output": (
        "sparse_categorical_crossentropy",
        [0, 1],
        (1,),
        "label 1 at index 1 is outside 0..0 (the last layer 'dense' has 1 output); for two classes and one output use "
        "binary_crossentropy with a sigmoid",
    ),
    "fractional label": (
        "sparse_categorical_crossentropy",
        [1.0, 2.5],
        (10,),
        "label 2.5 at index 1 is not a whole number; classes are 0..9 (the last layer 'dense' has 10 outputs)",
    ),
    "one-hot for sparse": (
        "sparse_categorical_crossentropy",
        ONE_HOT,
        (10,),
        "targets have shape (3, 10), expected (3,): the last layer 'dense' gives 10 numbers for each sample; 10 "
        "numbers per target look one-hot: use loss='categorical_crossentropy', or pass y.argmax(axis=-1)",
    ),
    "other columns for sparse": (
        "sparse_categorical_crossentropy",
        ONE_HOT[:, :7],
        (10,),
        "targets have shape (3, 7), expected (3,): the last layer 'dense' gives 10 numbers for each sample",
    ),
    "labels for dense": (
        "categorical_crossentropy",
        LABELS,
        (10,),
        "targets have shape (3,), expected (3, 10): the last layer 'dense' gives 10 numbers for each sample; for one "
        "class number per sample use loss='sparse_categorical_crossentropy', or pass one-hot targets: np.eye(10)[y]",
    ),
    "shares beyond 1": (
        "categorical_crossentropy",
        [[0.0, 2.0]],
        (2,),
        "target 2.0 at index (0, 1) is outside 0..1, where the targets of 'dense' must lie; categorical_crossentropy "
        "takes one share per class",
    ),
    "labels -1 and 1 for binary": (
        "binary_crossentropy",
        [1, -1],
        (1,),
        "target -1 at index (1, 0) is outside 0..1, where the targets of 'dense' must lie; binary_crossentropy takes 0 "
        "or 1 for each output",
    ),
    "labels for binary with many outputs": (
        "binary_crossentropy",
        LABELS,
        (10,),
        "targets have shape (3,), expected (3, 10): the last layer 'dense' gives 10 numbers for each sample; for one "
        "class out of several use loss='sparse_categorical_crossentropy' with a softmax",
    ),
    "row for column": (
        "mse",
        np.zeros((3, 2)),
        (4,),
        "targets have shape (3, 2), expected (3, 4): the last layer 'dense' gives 4 numbers for each sample",
    ),
    "vector for an image": (
        "mse",
        np.zeros(3),
        (8, 8, 1),
        "targets have shape (3,), expected (3, 8, 8, 1): the last layer 'dense' gives an array of shape (8, 8, 1) for "
        "each sample; probably a Flatten (or GlobalAveragePooling2D) is missing between these maps and the layer that "
        "decides",
    ),
    "NaN": (
        "mse",
        [[0.5], [np.nan], [np.nan]],
        (1,),
        "target nan at index (1, 0) is not a finite 32-bit number (2 of 3 are not); remove or repair these samples",
    ),
    "NaN among labels": (
        "sparse_categorical_crossentropy",
        [0.0, np.nan],
        (3,),
        "target nan at index 1 is not a finite 32-bit number (1 of 2 are not); remove or repair these samples",
    ),
    "too large for float32": (
        "mse",
        [1e300],
        (1,),
        "target 1e+300 at index 0 is not a finite 32-bit number (1 of 1 are not); remove or repair these samples",
    ),
    "names": (
        "sparse_categorical_crossentropy",
        ["cat", "dog"],
        (2,),
        "targets must be numbers, got an array of type <U3; np.unique(y, return_inverse=True)[1] turns class names "
        "into numbers",
    ),
    "nothing": (
        "mse",
        np.zeros((0, 1)),
        (1,),
        "there are no targets: expected one or more for each sample, got shape (0, 1)",
    ),
    "one number": ("mse", 3.0, (1,), "there are no targets: expected one or more for each sample, got shape ()"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_targets_that_cannot_be_right_are_refused(case):
    name, y, prediction, message = REFUSED[case]
    with pytest.raises(DataError) as error:
        losses.loss_of(name).prepare_targets(np.asarray(y), prediction, "dense")
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("name", "y", "prediction", "expected"),
    [
        ("sparse_categorical_crossentropy", np.array([1, 2], np.uint8), (3,), [1, 2]),
        ("sparse_categorical_crossentropy", np.array([[1], [2]]), (3,), [1, 2]),
        ("sparse_categorical_crossentropy", np.array([1.0, 2.0], np.float16), (3,), [1, 2]),
        ("sparse_categorical_crossentropy", np.array([True, False]), (2,), [1, 0]),
        ("sparse_categorical_crossentropy", np.array([[[1], [0]]]), (2, 3), [[1, 0]]),
        ("categorical_crossentropy", np.array([[0.5, 0.5]]), (2,), [[0.5, 0.5]]),
        ("binary_crossentropy", np.array([1, 0]), (1,), [[1], [0]]),
        ("binary_crossentropy", np.array([[1, 0]]), (2,), [[1, 0]]),
        ("mse", np.array([7, 8]), (1,), [[7], [8]]),
        ("mse", np.array([[[7.0], [8.0]]]), (2,), [[7, 8]]),
    ],
)
def test_targets_that_mean_one_thing_are_taken(name, y, prediction, expected):
    loss = losses.loss_of(name)
    prepared = loss.prepare_targets(y, prediction, "dense")
    assert prepared.tolist() == expected
    assert prepared.dtype == (y.dtype if y.dtype.itemsize == 1 else np.float32)  # bytes stay bytes
    assert prepared.shape == loss.target_shape((len(y), *prediction))


@given(
    st.sampled_from(["mse", "bce", "categorical_crossentropy", "sparse_categorical_crossentropy"]),
    st.lists(st.integers(1, 3), min_size=1, max_size=4),
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
)
def test_targets_are_never_broadcast(name, came, prediction):
    """Whatever comes is refused, or kept number by number in the shape that the graph takes."""
    loss, y = losses.loss_of(name), np.zeros(came)
    try:
        prepared = loss.prepare_targets(y, tuple(prediction), "dense")
    except DataError:
        return
    assert prepared.size == y.size
    assert prepared.shape == loss.target_shape((came[0], *prediction))


@pytest.mark.parametrize("name", ["mse", "MSE", "bce", "MeanSquaredError", "categorical_crossentropy"])
def test_names_mean_what_they_mean_in_keras(name, compute):
    p, target = np.array([[0.2, 0.8]]), np.array([[0.0, 1.0]])
    ours = compute(lambda p, target: losses.loss_of(name).per_sample(target, p), p=p, target=target)
    theirs = keras.losses.get(name)(target, p)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize(
    "loss",
    [
        losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255),
        losses.CategoricalCrossentropy(label_smoothing=0.5),
        losses.BinaryCrossentropy(label_smoothing=0.25),
        losses.MeanSquaredError(reduction="sum"),
        losses.CategoricalCrossentropy(axis=1, reduction="mean_with_sample_weight"),
        losses.MeanSquaredError(reduction=None),
    ],
)
def test_records_go_to_keras_and_back(loss):
    theirs = keras.losses.get(losses.serialize(loss))
    back = losses.loss_of(keras.losses.serialize(theirs))
    assert (type(back), back.get_config()) == (type(loss), loss.get_config())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: losses.get("categorical_crossentrop"), "did you mean 'categorical_crossentropy'"),
        (lambda: losses.get(3), "loss must be a name"),
        (lambda: losses.loss_of(lambda y: y), "takes at most 1 arguments by position, y; got 2"),
        (lambda: losses.CategoricalCrossentropy(label_smoothing=2), "label_smoothing must be a finite number >= 0 and"),
        (
            lambda: losses.MeanSquaredError(reduction="median"),
            "MeanSquaredError: Invalid value for argument `reduction`: 'median'; it is one of 'sum_over_b",
        ),
        (lambda: losses.BinaryCrossentropy(axis=True), "BinaryCrossentropy: axis must be a whole number, got True"),
        (
            lambda: losses.SparseCategoricalCrossentropy(ignore_class=0.5),
            "ignore_class must be a whole number from -2147483648 to 2147483647, got",
        ),
    ],
)
def test_what_is_not_known_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_a_loss_is_kept_and_a_class_is_made():
    loss = losses.MeanSquaredError()
    assert losses.loss_of(loss) is loss
    assert isinstance(losses.loss_of(losses.MeanSquaredError), losses.MeanSquaredError)
