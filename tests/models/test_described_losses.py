"""`model.add_loss(tensor)`, by which Keras 2 wrote variational autoencoders: a loss made of symbolic tensors."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, layers, ops
from pellucid import backend as K
from pellucid.errors import ArgumentError, DataError

RNG = np.random.default_rng(2)
X = RNG.normal(size=(32, 5)).astype(np.float32)


def _net(seed: int = 1) -> tuple[Any, Any, Model]:
    x = Input((5,))
    y = layers.Dense(3, name="d", kernel_initializer="ones")(x)
    return x, y, Model(x, y, seed=seed)


def test_the_loss_is_the_mean_of_what_was_described() -> None:
    """And its gradient is that of the mean: by hand, x^T (2 y / 96)."""
    _, y, model = _net()
    model.add_loss(ops.square(y))
    model.compile("sgd")
    outputs = X.astype(np.float64).sum(axis=1, keepdims=True) * np.ones(3)
    assert model.evaluate(X, verbose=0) == pytest.approx((outputs**2).mean(), rel=1e-5)
    model.optimizer.learning_rate = 0.5
    model.train_on_batch(X)
    slope = X.T.astype(np.float64) @ (2 * outputs / outputs.size)
    np.testing.assert_allclose(model.get_layer("d").kernel.numpy(), 1 - 0.5 * slope, rtol=1e-4, atol=1e-5)


def test_beside_a_loss_of_targets_and_several_of_them() -> None:
    _, y, model = _net()
    model.add_loss([2.0 * ops.mean(ops.absolute(y), axis=-1), ops.sum(y[:, 0]) * 0.01])
    model.compile("sgd", "mse")
    outputs = X.astype(np.float64).sum(axis=1, keepdims=True) * np.ones(3)
    expected = (outputs**2).mean() + 2 * np.abs(outputs).mean() + 0.01 * outputs[:, 0].sum()
    assert model.evaluate(X, np.zeros((32, 3)), batch_size=32, verbose=0) == pytest.approx(expected, rel=1e-4)
    assert model.predict(X, verbose=0).shape == (32, 3) and [layer.name for layer in model.layers][-1] == "d"


def test_a_variational_autoencoder_of_keras_2() -> None:
    """Its encoder stands inside, and gives parts of the loss; the spread of what is drawn is learned too."""
    inputs = Input((5,))
    hidden = layers.Dense(16, activation="relu")(inputs)
    mean, log_variance = layers.Dense(2, name="z_mean")(hidden), layers.Dense(2, name="z_log_var")(hidden)

    def sampled(parts: Any) -> Any:
        middle, spread = parts
        return middle + K.exp(0.5 * spread) * K.random_normal(shape=(K.shape(middle)[0], K.int_shape(middle)[1]))

    z = layers.Lambda(sampled, output_shape=(2,))([mean, log_variance])
    encoder = Model(inputs, [mean, log_variance, z], name="encoder")
    code = Input((2,))
    decoder = Model(code, layers.Dense(5)(layers.Dense(16, activation="relu")(code)), name="decoder")
    outputs = decoder(encoder(inputs)[2])
    vae = Model(inputs, outputs, name="vae", seed=3)
    rebuilt = 5 * K.mean(K.square(inputs - outputs), axis=-1)
    kl = -0.5 * K.sum(1 + log_variance - K.square(mean) - K.exp(log_variance), axis=-1)
    vae.add_loss(K.mean(rebuilt + kl))
    vae.compile("adam")
    x = np.repeat(RNG.normal(size=(300, 1)), 5, axis=1).astype(np.float32)  # one number, five times
    told = vae.fit(x, epochs=60, batch_size=30, verbose=0).history["loss"]
    assert told[-1] < 0.75 * told[0] and told[-1] < 4.0  # of 6 and more, where nothing is coded
    spread = encoder.predict(x, verbose=0)[1]
    assert spread.min() < -0.5, "nothing was learned of how exact the code is"


def test_copies_have_it_and_records_cannot(tmp_path: Path) -> None:
    _, y, model = _net()
    model.add_loss(ops.square(y))
    model.compile("sgd")
    again = copy.deepcopy(model)
    assert again.evaluate(X, verbose=0) == model.evaluate(X, verbose=0) > 0
    outer_input = Input((5,))
    outer = Model(outer_input, layers.Dense(1, kernel_initializer="zeros")(model(outer_input)))
    outer.compile("sgd", "mse")
    np.testing.assert_allclose(outer.evaluate(X, np.zeros((32, 1)), verbose=0), model.evaluate(X, verbose=0), rtol=1e-6)
    for write in (lambda: model.save(tmp_path / "net.keras"), model.get_config, model.to_json):
        with pytest.raises(ArgumentError, match=r"a loss that was given to model\.add_loss\(\) stands in no config"):
            write()
    model.save_weights(tmp_path / "net.weights.h5")
    fresh = _net()[2]
    fresh.load_weights(tmp_path / "net.weights.h5")
    np.testing.assert_array_equal(fresh.predict(X, verbose=0), model.predict(X, verbose=0))


def test_what_cannot_be_added() -> None:
    _, _, model = _net()
    other = layers.Dense(1)(Input((4,), name="elsewhere"))
    with pytest.raises(ArgumentError, match="the outputs depend on the input 'elsewhere'"):
        model.add_loss(ops.square(other))
    with pytest.raises(ArgumentError, match=r"add_loss is called from call\(\)"):
        model.add_loss(1.0)


def test_one_array_for_one_output_in_lists() -> None:
    """As models inside give it whose output was a list of one."""
    inner_input = Input((5,))
    inner = Model([inner_input], [layers.Dense(3)(inner_input)])
    x = Input((5,))
    model = Model(inputs=[x], outputs=[inner(x)])
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((32, 3)), verbose=0, validation_data=(X[:4] + 1, np.zeros((4, 3))))
    with pytest.raises(DataError):
        model.fit(X, [np.zeros((32, 3)), np.zeros((32, 3))], verbose=0)
