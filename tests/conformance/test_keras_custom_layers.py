"""Layers of the user's own, written once and run on Pellucid and on Keras: numbers, training, weights and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import check_close

import pellucid

Library = Any
LIBRARIES = {"pellucid": pellucid, "keras": keras}
IMAGES = np.random.default_rng(0).normal(size=(6, 8, 8, 3)).astype(np.float32)
ROWS = np.random.default_rng(1).normal(size=(10, 5)).astype(np.float32)


def _layers(library: Library) -> dict[str, Any]:
    """The classes, as Keras code has them; nothing in them knows which library it is."""
    ops, k = library.ops, library.layers

    class Scale(k.Layer):
        """One factor per channel."""

        def build(self, input_shape: Any) -> None:
            self.factor = self.add_weight(shape=(input_shape[-1],), initializer="random_normal", name="factor")
            super().build(input_shape)

        def call(self, inputs: Any) -> Any:
            return inputs * self.factor

    class Residual(k.Layer):
        """Parts as attributes, in a list, a tuple and a dictionary, and one that is made in build."""

        def __init__(self, units: int = 4, activation: Any = None, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units, self.activation = units, library.activations.get(activation)
            self.first = k.Dense(units, activation="relu")
            self.more = [k.Dense(units), Scale()]
            self.pair = (k.Dense(units, use_bias=False), k.Dense(units))
            self.named = {"left": k.Dense(units), "right": Scale()}

        def build(self, input_shape: Any) -> None:
            self.gain = self.add_weight(shape=(1,), initializer="ones", name="gain")
            self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")
            self.offset = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="offset")
            self.last = k.Dense(input_shape[-1])
            self.built = True

        def call(self, inputs: Any, training: Any = False) -> Any:
            y = self.first(inputs)
            for layer in (*self.more, *self.pair):
                y = layer(y)
            y = self.activation(self.named["left"](y) + self.named["right"](y))
            if training:
                self.count.assign(self.count + 1.0)
            return inputs + self.last(y) * self.gain - 0.5 * self.offset

        def get_config(self) -> dict[str, Any]:
            config = super().get_config()
            config.update({"units": self.units, "activation": library.activations.serialize(self.activation)})
            return config

    class SqueezeAndExcite(k.Layer):
        """Channels weighed by what the whole image holds; Hu et al., arXiv 1709.01507."""

        def __init__(self, ratio: int = 2, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.ratio = ratio

        def build(self, input_shape: Any) -> None:
            channels = input_shape[-1]
            small = (channels, max(channels // self.ratio, 1))
            self.down = self.add_weight(shape=small, initializer="glorot_uniform", name="down")
            self.up = self.add_weight(shape=small[::-1], initializer="glorot_uniform", name="up")

        def call(self, inputs: Any) -> Any:
            mean = ops.mean(inputs, axis=(1, 2))
            gate = ops.sigmoid(ops.relu(mean @ self.down) @ self.up)
            return inputs * ops.expand_dims(ops.expand_dims(gate, 1), 1)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "ratio": self.ratio}

    class Coordinates(k.Layer):
        """Two channels more: the place of each pixel; Liu et al., arXiv 1807.03247."""

        def call(self, inputs: Any) -> Any:
            batch, rows, columns, _ = ops.shape(inputs)
            down = ops.broadcast_to(
                ops.reshape(ops.linspace(-1.0, 1.0, rows), (1, rows, 1, 1)), (batch, rows, columns, 1)
            )
            along = ops.reshape(ops.linspace(-1.0, 1.0, columns), (1, 1, columns, 1)) * ops.ones_like(down)
            return ops.concatenate([inputs, down, along], axis=-1)

    class GatedConvolution(k.Layer):
        """A convolution whose result is let through by another one, with a kernel of length 1 per filter."""

        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight(shape=(3, 3, input_shape[-1], 8), initializer="he_normal", name="kernel")

        def call(self, inputs: Any) -> Any:
            kernel = self.kernel / ops.sqrt(ops.sum(ops.square(self.kernel), axis=(0, 1, 2), keepdims=True) + 1e-6)
            values, gates = ops.split(ops.conv(inputs, kernel, padding="same"), 2, axis=-1)
            return ops.tanh(values) * ops.sigmoid(gates)

    class Pyramid(k.Layer):
        """The largest values of the quarters and of the whole image, side by side; He et al., arXiv 1406.4729."""

        def call(self, inputs: Any) -> Any:
            quarters = ops.max_pool(inputs, 4, strides=4)
            parts = [ops.max(inputs, axis=(1, 2)), ops.reshape(quarters, (ops.shape(inputs)[0], -1))]
            return ops.concatenate(parts, axis=-1)

    class MovingMean(k.Layer):
        """Takes off a mean that it keeps itself."""

        def build(self, input_shape: Any) -> None:
            self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False, name="mean")
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

        def call(self, inputs: Any, training: Any = None) -> Any:
            if training:
                self.mean.assign(0.8 * self.mean + 0.2 * ops.mean(inputs, axis=0))
            return (inputs - self.mean) * self.scale

    class Penalised(k.Layer):
        """Adds to the loss, by its weights and by what it sees."""

        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight(shape=(input_shape[-1], 3), initializer="glorot_uniform", name="kernel")

        def call(self, inputs: Any) -> Any:
            y = ops.matmul(inputs, self.kernel)
            self.add_loss(0.1 * ops.sum(ops.abs(self.kernel)))
            self.add_loss(0.01 * ops.mean(ops.square(y)))
            return y

    class Halves(k.Layer):
        """Two results."""

        def call(self, inputs: Any) -> Any:
            return inputs * 2.0, ops.exp(-ops.square(inputs))

    class Mix(k.Layer):
        """Several inputs, and weights that depend on their shapes."""

        def build(self, input_shape: Any) -> None:
            self.share = self.add_weight(shape=(input_shape[0][-1],), initializer="random_normal", name="share")

        def call(self, inputs: Any) -> Any:
            a, b = inputs
            return a * self.share + b * (1.0 - self.share)

    made = (
        Scale,
        Residual,
        SqueezeAndExcite,
        Coordinates,
        GatedConvolution,
        Pyramid,
        MovingMean,
        Penalised,
        Halves,
        Mix,
    )
    return {made_class.__name__: made_class for made_class in made}


OWN = {name: _layers(library) for name, library in LIBRARIES.items()}


def _composite(library: Library, own: dict[str, Any]) -> Any:
    """A layer of layers, used twice."""
    block, x = own["Residual"](6, "tanh", name="block"), library.Input((5,), name="x")
    return library.Model(x, library.layers.Dense(2, name="end")(block(block(x))))


def _image(library: Library, own: dict[str, Any]) -> Any:
    """An image network of own layers."""
    chain = [own["Coordinates"](), own["GatedConvolution"](), own["SqueezeAndExcite"](ratio=2), own["Pyramid"]()]
    return library.Sequential([library.Input((8, 8, 3)), *chain, library.layers.Dense(2)])


def _keeping(library: Library, own: dict[str, Any]) -> Any:
    """What a layer keeps itself, in training; used twice in one step."""
    mean, x = own["MovingMean"](), library.Input((5,), name="x")
    return library.Model(x, library.layers.Dense(2)(mean(library.layers.Dense(5, activation="tanh")(mean(x)))))


def _penalised(library: Library, own: dict[str, Any]) -> Any:
    """Penalties from `call`."""
    return library.Sequential([library.Input((5,)), own["Penalised"](), library.layers.Dense(2)])


def _several(library: Library, own: dict[str, Any]) -> Any:
    """Lists in and out."""
    x = library.Input((5,), name="x")
    double, bell = own["Halves"]()(x)
    return library.Model(x, library.layers.Dense(2)(own["Mix"]()([bell, own["Scale"]()(double)])))


def _inside(library: Library, own: dict[str, Any]) -> Any:
    """Own layers in a model in a model."""
    inner = library.Sequential([library.Input((5,)), own["Scale"](), own["Residual"](3, name="block")], name="inner")
    return library.Sequential([library.Input((5,)), inner, own["MovingMean"](), library.layers.Dense(2)])


NETWORKS = [_composite, _image, _keeping, _penalised, _several, _inside]
each_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)


def _data(model: Any) -> np.ndarray:
    return IMAGES if len(model.inputs[0].shape) == 4 else ROWS


def _pair(network: Any) -> tuple[Any, Any]:
    """The same network with the same weights in both libraries."""
    ours, theirs = (network(library, OWN[name]) for name, library in LIBRARIES.items())
    theirs.set_weights(ours.get_weights())
    return ours, theirs


@each_network
def test_numbers_and_weights(network: Any) -> None:
    """Predictions on both engines; order, names, shapes and kinds of the weights."""
    ours, theirs = _pair(network)
    x = _data(ours)
    expected = theirs.predict(x, verbose=0)
    for engine in ("native", "reference"):
        check_close("own layers: output", ours.predict(x, engine=engine), expected, 1e-5)
    for kind in ("weights", "trainable_weights", "non_trainable_weights"):
        mine, reference = getattr(ours, kind), getattr(theirs, kind)
        assert [(weight.name, tuple(weight.shape)) for weight in mine] == [(w.name, tuple(w.shape)) for w in reference]
    assert ours.count_params() == theirs.count_params()


@each_network
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_ten_steps(network: Any, optimizer: str) -> None:
    """Losses, all weights (those that layers keep themselves included), and what `evaluate` says afterwards."""
    ours, theirs = _pair(network)
    x = _data(ours)
    y = np.random.default_rng(2).normal(size=(len(x), 2)).astype(np.float32)
    for model in (ours, theirs):
        model.compile(optimizer, "mse")
    for _ in range(10):
        theirs.reset_metrics()
        mine, reference = ours.train_on_batch(x, y), float(theirs.train_on_batch(x, y))
        check_close("own layers: loss of a step", np.float64(mine) / reference, np.float64(1.0), 1e-4)
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close("own layers: weights after training", mine, reference, 2e-4)
    mine, reference = ours.evaluate(x, y, batch_size=4, verbose=0), theirs.evaluate(x, y, batch_size=4, verbose=0)
    check_close("own layers: evaluation", np.float64(mine) / reference, np.float64(1.0), 1e-4)


@each_network
@pytest.mark.parametrize("loader", LIBRARIES)
@pytest.mark.parametrize("writer", LIBRARIES)
def test_files(network: Any, writer: str, loader: str, tmp_path: Path) -> None:
    """Whoever writes, whoever reads: the same predictions, and the same weights in the same order."""
    model = network(LIBRARIES[writer], OWN[writer])
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(size=np.shape(array)).astype(np.float32) * 0.5 for array in model.get_weights()])
    model.save(tmp_path / "own.keras")
    load = pellucid.load_model if loader == "pellucid" else keras.models.load_model
    again = load(tmp_path / "own.keras", custom_objects=OWN[loader])
    for mine, reference in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, reference)
    x = _data(model)
    check_close("own layers: files", again.predict(x, verbose=0), np.asarray(model.predict(x, verbose=0)), 1e-5)


def test_both_uses_of_a_layer_are_penalised() -> None:
    """As in Keras 2; Keras 3.15 forgets the activity penalty of all uses but the last."""
    layer, x = pellucid.layers.Dense(5, use_bias=False, activity_regularizer="l1"), pellucid.Input((5,))
    model = pellucid.Model(x, layer(layer(x)))
    model.compile("sgd", "mse")
    once = ROWS @ layer.kernel.numpy()
    twice = once @ layer.kernel.numpy()
    expected = np.mean(twice**2) + 0.01 * (np.abs(once).sum() + np.abs(twice).sum()) / len(ROWS)
    assert model.evaluate(ROWS, np.zeros_like(ROWS), batch_size=10, verbose=0) == pytest.approx(expected, rel=1e-5)
