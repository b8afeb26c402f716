"""Muon: what goes by Adam, and kernels that are made orthogonal, against the formula in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Sequential, layers, optimizers
from pellucid.errors import ArgumentError
from pellucid.variables import Variable


def orthogonal(x: np.ndarray, steps: int = 5) -> np.ndarray:
    """Newton and Schulz's iteration by the book, in float64."""
    matrix = x.reshape(-1, x.shape[-1]).astype(np.float64)
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    wide = wide / (np.linalg.norm(wide) + 1e-7)
    for _ in range(steps):
        gram = wide @ wide.T
        wide = 3.4445 * wide + (-4.7750 * gram + 2.0315 * gram @ gram) @ wide
    return (wide.T if matrix.shape[0] > matrix.shape[1] else wide).reshape(x.shape)


@pytest.mark.parametrize("shape", [(3, 3, 2, 5), (1, 2, 1, 9), (2, 3, 4), (4, 3), (3, 4)])
def test_kernels_are_made_orthogonal(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    kernel, gradient = (rng.normal(size=shape).astype(np.float32) for _ in range(2))
    weight = Variable(kernel, name="kernel", owner="conv2d")
    optimizer = optimizers.Muon(0.5, momentum=0.9, weight_decay=0.2, flatten_kernels=True)
    velocity = np.zeros(shape)
    expected = kernel.astype(np.float64)
    for _ in range(3):
        optimizer.apply([gradient], [weight])
        velocity = 0.9 * velocity + gradient
        step = orthogonal(gradient + 0.9 * velocity) * 0.2 * np.sqrt(max(np.prod(shape[:-1]), shape[-1]))
        expected = expected * (1 - 0.2 * 0.5) - 0.5 * step
        gradient = gradient[..., ::-1] * 2
    np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-4, atol=1e-4)


def test_the_step_of_a_model_is_that_of_its_weights_alone() -> None:
    """Beside the flat segments of what goes by Adam."""
    model = Sequential([layers.Input((6, 6, 2)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3, name="last")])
    alone = [Variable(weight.numpy(), name=weight.name, owner="x") for weight in model.weights]
    settings = {"flatten_kernels": True, "weight_decay": 0.1, "exclude_layers": ["last"]}
    model.compile(optimizers.Muon(0.01, **settings), "mse")
    assert [model.optimizer.goes_by_adam(weight) for weight in model.weights] == [False, True, True, True]
    assert optimizers.Muon().goes_by_adam(model.weights[0])
    x, y = np.random.default_rng(0).normal(size=(8, 6, 6, 2)), np.zeros((8, 3))
    plain = Sequential.from_config(model.get_config())
    plain.set_weights(model.get_weights())
    plain.compile(optimizers.SGD(1.0), "mse")
    plain.train_on_batch(x, y)
    gradients = [old.numpy() - new for old, new in zip(model.weights, plain.get_weights(), strict=True)]
    model.train_on_batch(x, y)
    optimizer = optimizers.Muon(0.01, flatten_kernels=True, weight_decay=0.1, exclude_layers=["x/kernel$"])
    optimizer.apply(gradients[:1] + gradients[1:2] + gradients[3:], [alone[0], alone[1], alone[3]])
    for mine, other in zip([model.weights[1], model.weights[3]], [alone[1], alone[3]], strict=True):
        np.testing.assert_allclose(mine.numpy(), other.numpy(), rtol=1e-3, atol=1e-5)
    kernel = np.asarray(alone[0].numpy())
    assert kernel.shape == (3, 3, 2, 4)


def test_what_is_refused_and_kept() -> None:
    with pytest.raises(ArgumentError, match="Muon: exclude_layers: '\\(' is no regular expression"):
        optimizers.Muon(exclude_layers=["("])
    with pytest.raises(ArgumentError, match="Muon: exclude_layers must be a list of patterns"):
        optimizers.Muon(exclude_layers="last")
    with pytest.raises(
        ArgumentError,
        match=r"Muon: Invalid value for argument `ns_steps`. .* Received ns_steps=0; .* up to 100",
    ):
        optimizers.Muon(ns_steps=0)
    config = optimizers.Muon(flatten_kernels=True).get_config()
    assert optimizers.Muon.from_config(config).flatten_kernels
    assert "flatten_kernels" not in optimizers.Muon().get_config()


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.LocallyConnected1D(3, 2), (5, 2)),
        (layers.LocallyConnected2D(3, 2), (4, 4, 2)),
        (layers.PReLU(), (4, 4, 2)),
        (layers.LayerNormalization(axis=[1, 2, 3]), (4, 4, 2)),
        (layers.EinsumDense("abc,cde->abde", output_shape=(None, 3, 2), bias_axes="de"), (4, 2)),
    ],
)
def test_what_stands_beside_numbers_one_by_one_is_no_matrix(layer: layers.Layer, shape: tuple[int, ...]) -> None:
    """However many axes biases and slopes have, no product is formed with them; kernels beside them are flattened."""
    model = Sequential([layers.Input(shape), layer])
    muon = optimizers.Muon(flatten_kernels=True)
    for weight in model.weights:
        assert muon.goes_by_adam(weight) is (weight.name != "kernel"), weight.path
