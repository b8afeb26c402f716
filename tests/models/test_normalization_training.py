"""Normalisation inside models: what is kept while training, freezing, forms that a call asks for, files, engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.models import CLASSES, IMAGE, Data, compiled, images
from checks.round_trip import check_round_trip
from checks.training import check_model_gradient, check_threads, check_training

from pellucid import Input, Model, Sequential, layers, optimizers, set_random_seed, set_threads
from pellucid.engines import Engine, NativeEngine, ReferenceEngine
from pellucid.errors import PellucidError, ShapeError


def _network(*inner: Callable[[], layers.Layer], seed: int = 1) -> Sequential:
    """Convolution, the layers, and a classifier; equal seeds give equal weights."""
    set_random_seed(seed)
    made = [make() for make in inner]
    return Sequential(
        [
            Input(IMAGE),
            layers.Conv2D(6, 3, activation="tanh", name="conv"),
            *made,
            layers.Flatten(),
            layers.Dense(CLASSES, activation="softmax", name="classes"),
        ],
        seed=seed,
    )


def _spectral() -> layers.Layer:
    return layers.SpectralNormalization(layers.Conv2D(4, 2, name="inner"), name="norm")


NORMS: dict[str, Callable[[], layers.Layer]] = {
    "batch": lambda: layers.BatchNormalization(momentum=0.5, name="norm"),
    "renorm": lambda: layers.BatchNormalization(momentum=0.5, renorm=True, renorm_momentum=0.5, name="norm"),
    "layer": lambda: layers.LayerNormalization([1, 2, 3], name="norm"),
    "group": lambda: layers.GroupNormalization(3, name="norm"),
    "rms": lambda: layers.RMSNormalization(name="norm"),
    "unit": lambda: layers.UnitNormalization(name="norm"),
    "spectral": _spectral,
}
each_norm = pytest.mark.parametrize("norm", NORMS)
smooth = pytest.mark.parametrize("norm", [name for name in NORMS if name not in ("renorm", "spectral")])


def _kept(model: Model) -> list[np.ndarray]:
    return [weight.numpy() for weight in model.weights if not weight.learned]


@smooth
def test_a_step_goes_down_the_slope_of_the_loss(norm: str) -> None:
    """Through the statistics of the batch (where none of them counts as a constant)."""
    model = compiled(_network(NORMS[norm]), ReferenceEngine(), optimizers.SGD())
    check_model_gradient(model, images(6), ReferenceEngine())


@each_norm
def test_native_trains_as_the_reference_does(norm: str, note_deviation: Callable[[str, float], None]) -> None:
    """Weights, and what is kept beside them, after each of a few steps."""
    worst = check_training(
        lambda engine: compiled(_network(NORMS[norm]), engine, optimizers.SGD(0.05, momentum=0.9)),
        images(12, seed=3),
        ReferenceEngine(),
        NativeEngine(),
        steps=4,
    )
    note_deviation("training", worst)


@pytest.mark.usefixtures("keep_threads")
@each_norm
def test_same_bits_for_any_number_of_threads(norm: str) -> None:
    """Sums over the batch are cut by shapes only."""
    check_threads(
        lambda: compiled(_network(NORMS[norm]), NativeEngine(), optimizers.Adam(0.01)),
        images(40),
        set_threads,
        epochs=2,
    )


@each_norm
def test_files_keep_everything(norm: str, tmp_path: Path) -> None:
    """After training, so that averages differ from what they were first."""
    data = images(20)
    model = compiled(_network(NORMS[norm]), NativeEngine(), optimizers.SGD(0.1))
    model.fit(data.x, data.y, epochs=1, verbose=0)
    loaded = check_round_trip(model, tmp_path)
    assert [w.learned for w in loaded.weights] == [w.learned for w in model.weights]
    loaded.train_on_batch(data.x, data.y)
    assert all((old != new).any() for old, new in zip(_kept(model), _kept(loaded), strict=True))


def _normalizer(**options: Any) -> tuple[Sequential, layers.BatchNormalization]:
    layer = layers.BatchNormalization(momentum=0.5, **options)
    model = Sequential([Input((3,)), layer])
    model.compile(optimizers.SGD(0.0), "mse")
    return model, layer


X = np.array([[1.0, 2.0, 30.0], [3.0, 2.0, -10.0]])


def test_averages_by_hand() -> None:
    """Half of the old, half of the batch's mean and variance, which is divided by the count."""
    model, layer = _normalizer()
    model.train_on_batch(X, X)
    np.testing.assert_allclose(layer.moving_mean.numpy(), [1, 1, 5])
    np.testing.assert_allclose(layer.moving_variance.numpy(), [1, 0.5, 200.5])
    model.train_on_batch(X, X)
    np.testing.assert_allclose(layer.moving_mean.numpy(), [1.5, 1.5, 7.5])


def test_prediction_by_hand() -> None:
    """The moving averages count, not the batch."""
    model, layer = _normalizer(epsilon=0.0)
    layer.set_weights([[2, 2, 2], [1, 0, 0], [1, 2, 10], [4, 1, 100]])
    expected = np.array([[1, 0, 4], [3, 0, -4]])
    np.testing.assert_allclose(model.predict(X), expected, atol=1e-6)
    np.testing.assert_allclose(model.predict(X[:1]), expected[:1], atol=1e-6)


def test_prediction_and_evaluation_keep_nothing() -> None:
    """Only training does, and a call in the form for it (tests/training/test_draws_of_predictions.py)."""
    model, _ = _normalizer()
    before = _kept(model)
    model.predict(X)
    model.evaluate(X, X, verbose=0)
    model(X)
    assert all(map(np.array_equal, before, _kept(model)))


def test_a_batch_of_one() -> None:
    """Its mean is itself, its variance 0: the result is beta."""
    model, layer = _normalizer()
    layer.set_weights([[2, 2, 2], [7, 8, 9], [0, 0, 0], [1, 1, 1]])
    np.testing.assert_array_equal(model(X[:1], training=True), [[7, 8, 9]])
    layer.set_weights([[2, 2, 2], [7, 8, 9], [0, 0, 0], [1, 1, 1]])
    model.train_on_batch(X[:1], X[:1])
    np.testing.assert_allclose(layer.moving_mean.numpy(), X[0] / 2)
    np.testing.assert_allclose(layer.moving_variance.numpy(), [0.5] * 3)


def test_a_layer_that_is_used_twice() -> None:
    """The second use takes in its batch after the first, from where that left off."""
    x = Input((3,))
    layer = layers.BatchNormalization(momentum=0.5)
    model = Model(x, layer(layers.ReLU()(layer(x))))
    model.compile(optimizers.SGD(0.0), "mse")
    model.train_on_batch(X, X)
    normalized = (X - X.mean(0)) / np.sqrt(X.var(0) + 1e-3)
    second = np.maximum(normalized, 0)
    for weight, first, moment, after in (
        (layer.moving_mean, 0, X.mean(0), second.mean(0)),
        (layer.moving_variance, 1, X.var(0), second.var(0)),
    ):
        np.testing.assert_allclose(weight.numpy(), (first / 2 + moment / 2) / 2 + after / 2, rtol=1e-5)


@pytest.mark.parametrize("renorm", [False, True])
def test_frozen(renorm: bool) -> None:
    """In training a frozen layer acts as in prediction, and nothing of it changes."""
    model, layer = _normalizer(trainable=False, renorm=renorm)
    assert not layer.trainable_weights and len(layer.non_trainable_weights) == len(layer.weights)
    layer.set_weights([weight.numpy() + 0.5 for weight in layer.weights])
    before = model.get_weights()
    np.testing.assert_array_equal(model(X, training=True), model.predict(X))
    loss = model.train_on_batch(X, X * 2)
    assert loss == pytest.approx(float(np.square(model.predict(X) - X * 2).mean()), rel=1e-6)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_thawed_after_compiling_again() -> None:
    """`trainable` counts from the next `compile` on."""
    model, layer = _normalizer(trainable=False)
    layer.trainable = True
    model.compile(optimizers.SGD(0.1), "mse")
    before = model.get_weights()
    model.train_on_batch(X, X)
    assert all((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))


def test_a_call_that_asks_for_prediction() -> None:
    """`layer(x, training=False)` stays so in `fit`: nothing is kept, gamma and beta learn."""
    x = Input((3,))
    layer = layers.BatchNormalization(momentum=0.5)
    model = Model(x, layer(x, training=False))
    model.compile(optimizers.SGD(0.1), "mse")
    gamma, beta, *kept = layer.get_weights()
    model.fit(X, X * 2, verbose=0)
    assert all(map(np.array_equal, kept, _kept(model)))
    assert (layer.gamma.numpy() != gamma).any() and (layer.beta.numpy() != beta).any()


def test_frozen_model_as_a_base(tmp_path: Path) -> None:
    """What a trained base knows of its data stays while a head on it is trained (transfer learning)."""
    data = images(30)
    base = _network(NORMS["batch"])
    compiled(base, NativeEngine(), optimizers.SGD(0.1)).fit(data.x, data.y, epochs=2, verbose=0)
    base.trainable = False
    x = Input(IMAGE)
    model = compiled(
        Model(x, layers.Dense(CLASSES, activation="softmax")(base(x))), NativeEngine(), optimizers.SGD(0.1)
    )
    before = base.get_weights()
    model.fit(data.x, data.y, epochs=2, verbose=0)
    assert all(map(np.array_equal, before, base.get_weights()))
    check_round_trip(model, tmp_path)


def test_training_settles_the_averages() -> None:
    """After many steps they are the statistics of the data, and prediction does what training did."""
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(64, 3)) * [1, 5, 0.1] + [0, 100, -3]).astype(np.float32)
    model, layer = _normalizer()
    model.fit(x, x, batch_size=64, epochs=40, verbose=0)
    np.testing.assert_allclose(layer.moving_mean.numpy(), x.mean(0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance.numpy(), x.var(0), rtol=1e-4)
    np.testing.assert_allclose(model.predict(x), model(x, training=True), atol=1e-3)


def test_spectral_kernel_stretches_no_vector() -> None:
    """In training, after enough rounds, the layer's largest singular value is 1; the kernel that is kept stays."""
    layer = layers.SpectralNormalization(layers.Dense(4, use_bias=False), power_iterations=50)
    model = Sequential([Input((5,)), layer])
    before = layer.kernel.numpy()
    stretched = model(np.eye(5), training=True)
    assert np.linalg.svd(stretched)[1][0] == pytest.approx(1.0, rel=1e-5)
    np.testing.assert_allclose(stretched, before / np.linalg.svd(before)[1][0], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(model.predict(np.eye(5)), before)
    assert layer.kernel is layer.layer.kernel and [w.name for w in layer.weights] == ["kernel", "vector_u"]


def test_spectral_takes_weights() -> None:
    """`weights` are the kernel and the vector; the kernel is the one of the layer inside."""
    kernel, vector = np.arange(6.0).reshape(3, 2), [[0.6, 0.8]]
    layer = layers.SpectralNormalization(layers.Dense(2), weights=[kernel, vector])
    Sequential([Input((3,)), layer])
    np.testing.assert_array_equal(layer.layer.kernel.numpy(), kernel)
    np.testing.assert_allclose(layer.vector_u.numpy(), vector)


BAD_NUMBERS = [-1.0, float("nan"), float("inf"), "1", None, [1.0], True]
BAD_FRACTIONS = [*BAD_NUMBERS, 1.5, 2**31, 2**62]
BAD_FLAGS = [0, 1, "yes", None]
BAD_AXES = [1.5, "1", None, True, [], [1, "2"], [1, 1], [1, -2], 0, -3, 3, [0, 1], 2**31, 2**62, -(2**62)]
BAD_INITIALIZERS = ["onse", 3.5, {"class_name": "Nothing", "config": {}}]
BAD_ARGUMENTS: dict[str, dict[str, list[Any]]] = {
    "BatchNormalization": {
        "axis": [*BAD_AXES, [2]], "momentum": BAD_FRACTIONS, "epsilon": BAD_NUMBERS, "center": BAD_FLAGS,
        "scale": BAD_FLAGS, "renorm": BAD_FLAGS, "renorm_momentum": BAD_FRACTIONS, "synchronized": [*BAD_FLAGS, True],
        "renorm_clipping": [3, [1], {"rmaxx": 3}, {"rmax": -1}, {"rmin": 2, "rmax": 1}, {"dmax": float("nan")}],
        **{
            f"{weight}_{part}": BAD_INITIALIZERS
            for weight, parts in {
                "beta": ["initializer", "regularizer", "constraint"],
                "gamma": ["initializer", "regularizer", "constraint"],
                "moving_mean": ["initializer"],
                "moving_variance": ["initializer"],
            }.items()
            for part in parts
        },
    },
    "LayerNormalization": {
        "axis": BAD_AXES, "epsilon": BAD_NUMBERS, "center": BAD_FLAGS, "scale": BAD_FLAGS, "rms_scaling": BAD_FLAGS,
        "beta_initializer": BAD_INITIALIZERS, "gamma_constraint": BAD_INITIALIZERS,
    },
    "GroupNormalization": {
        "groups": [0, -2, 4, 2**31, 2**62, 1.5, "2", None, True, float("nan")], "axis": [*BAD_AXES, [2]],
        "epsilon": BAD_NUMBERS, "center": BAD_FLAGS, "scale": BAD_FLAGS, "gamma_regularizer": BAD_INITIALIZERS,
    },
    "RMSNormalization": {"axis": BAD_AXES, "epsilon": BAD_NUMBERS},
    "UnitNormalization": {"axis": BAD_AXES},
    "SpectralNormalization": {
        "power_iterations": [0, -1, 2**31, 2**62, 1.5, "2", None, True],
        "layer": [
            None, 3, "Dense", {}, {"class_name": "Dense"}, {"class_name": "Densee", "config": {"units": 1}},
            {"class_name": "Layer", "config": {}}, layers.ReLU(), layers.BatchNormalization(), layers.Dense,
        ],
    },
}  # fmt: skip
NEEDED: dict[str, dict[str, Any]] = {
    "GroupNormalization": {"groups": 2},
    "SpectralNormalization": {"layer": {"class_name": "Dense", "config": {"units": 2}}},
}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        pytest.param(kind, name, value, id=f"{kind}-{name}-{value!r}")
        for kind, arguments in BAD_ARGUMENTS.items()
        for name, values in arguments.items()
        for value in values
    ],
)
def test_bad_arguments(kind: str, name: str, value: Any) -> None:
    """By an error that names the layer, when it is made or at the latest when it meets its input."""
    options = {**NEEDED.get(kind, {}), name: value, "name": "probe"}
    with pytest.raises(PellucidError) as caught:
        getattr(layers, kind)(**options)(Input((3, 6)))
    assert "probe" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["BatchNormalization", "LayerNormalization", "RMSNormalization", "GroupNormalization"])
def test_bad_inputs(kind: str) -> None:
    """Open channels, no channels at all, and other channels than those of the first input."""
    make = getattr(layers, kind)
    options = NEEDED.get(kind, {})
    with pytest.raises(ShapeError, match=r"should have a defined dimension.*name its size in Input"):
        make(**options)(Input((4, None)))
    with pytest.raises(PellucidError, match="axis=-1"):
        make(**options)(Input(()))
    layer = make(**options)
    layer(Input((4, 6)))
    with pytest.raises(ShapeError, match=r"made for \(6,\)"):
        layer(Input((4, 1)))
    with pytest.raises(ShapeError, match=r"made for \(6,\)"):
        layer(Input((4, 12)))


def test_open_spatial_sizes() -> None:
    """Only the axes that weights span must be known."""
    x = Input((None, None, 6))
    y = layers.BatchNormalization()(layers.GroupNormalization(2)(layers.LayerNormalization()(x)))
    model = Model(x, layers.UnitNormalization([1, 2])(y))
    assert model.output_shape == (None, None, None, 6)
    for size in ((3, 4), (5, 2)):
        assert model.predict(np.ones((2, *size, 6))).shape == (2, *size, 6)


def test_a_negative_variance_has_no_root() -> None:
    """Batch renormalisation starts from the deviation; the message names the weight."""
    with pytest.raises(PellucidError, match="moving_stddev"):
        layers.BatchNormalization(renorm=True, moving_variance_initializer=-np.ones(3))(Input((3,)))


def test_named_groups_are_suggested() -> None:
    """The message says which numbers of groups there are."""
    with pytest.raises(PellucidError, match=r"does not divide the 12 channels.*1, 2, 3, 4, 6, 12, or -1"):
        layers.GroupNormalization()(Input((12,)))


def _data_of_scale(scale: float) -> Data:
    data = images(24)
    return Data(data.x * np.float32(scale), data.y)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_any_scale_of_the_data_can_be_learned(scale: float) -> None:
    """The point of it all: with batch normalisation first, the unit in which the data are given does not matter."""
    data = _data_of_scale(scale)
    set_random_seed(1)
    model = Sequential(
        [
            Input(IMAGE),
            layers.BatchNormalization(epsilon=1e-15),
            layers.Flatten(),
            layers.Dense(CLASSES, activation="softmax"),
        ],
        seed=1,
    )
    engine: Engine = NativeEngine()
    compiled(model, engine, optimizers.SGD(0.05)).fit(data.x, data.y, batch_size=24, epochs=60, verbose=0)
    loss = model.train_on_batch(data.x, data.y)
    assert isinstance(loss, list) and loss[0] < 0.3
