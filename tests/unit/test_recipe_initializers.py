"""First values that whiten patches or pass channels on, against NumPy in float64 and PyTorch, and through files."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
import torch

from pellucid import Sequential, initializers, layers, load_model
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.initializers import Dirac, PatchWhitening


def pictures(count: int = 40, size: int = 9, channels: int = 3) -> np.ndarray:
    """Noise that was smoothed, so that neighbours are alike."""
    noise = np.random.default_rng(3).normal(size=(count, size + 1, size + 1, channels))
    return noise[:, 1:, 1:] + 0.8 * noise[:, :-1, 1:] + 0.6 * noise[:, 1:, :-1]


def patches_of(x: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """All patches of images, one after the other, by plain loops."""
    found = [
        x[:, i : i + rows, j : j + columns].reshape(len(x), -1)
        for i in range(x.shape[1] - rows + 1)
        for j in range(x.shape[2] - columns + 1)
    ]
    return np.concatenate(found).astype(np.float64)


@pytest.mark.parametrize(("size", "rows", "columns"), [(2, 2, 2), (3, 3, 3), ((1, 3), 1, 3)])
def test_what_whitened_filters_answer_is_uncorrelated(size, rows, columns):
    x = pictures()
    patches, many = patches_of(x, rows, columns), rows * columns * 3
    kernel = PatchWhitening(x, size, 1e-9)((rows, columns, 3, 2 * many)).reshape(many, 2 * many).astype(np.float64)
    answers = patches @ kernel
    np.testing.assert_allclose(answers[:, :many].T @ answers[:, :many] / len(answers), np.eye(many), atol=1e-4)
    np.testing.assert_array_equal(kernel[:, many:], -kernel[:, :many])


def test_small_eigenvalues_are_held_back_and_come_last():
    x = pictures()
    values = np.linalg.eigvalsh(patches_of(x, 2, 2).T @ patches_of(x, 2, 2) / len(patches_of(x, 2, 2)))[::-1]
    kernel = PatchWhitening(x, epsilon=0.5)((2, 2, 3, 12)).reshape(12, 12).astype(np.float64)
    np.testing.assert_allclose(np.linalg.norm(kernel, axis=0), 1 / np.sqrt(values + 0.5), rtol=1e-5)
    np.testing.assert_array_equal(PatchWhitening(x, epsilon=0.5)((2, 2, 3, 5)).reshape(12, 5), kernel[:, :5])


def test_bytes_patches_and_a_covariance_give_what_images_give():
    x = np.random.default_rng(5).integers(0, 256, (30, 6, 6, 3), np.uint8)
    wanted = PatchWhitening(x)((2, 2, 3, 24))
    np.testing.assert_allclose(
        PatchWhitening(patches_of(x, 2, 2).reshape(-1, 2, 2, 3))((2, 2, 3, 24)), wanted, rtol=1e-3
    )
    again = PatchWhitening(**PatchWhitening(x).get_config())
    np.testing.assert_array_equal(again((2, 2, 3, 24)), wanted)
    steps = PatchWhitening(np.random.default_rng(1).normal(size=(50, 20, 2)), 3)
    assert steps((3, 2, 12)).shape == (3, 2, 12)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({}, ArgumentError, "neither"),
        ({"images": np.ones((2, 4, 4, 1)), "covariance": np.eye(4)}, ArgumentError, "both"),
        ({"images": np.ones((2, 4))}, ShapeError, "no smaller than a patch"),
        ({"images": np.ones((2, 4, 4, 1)), "size": 5}, ShapeError, "no smaller than a patch"),
        ({"images": np.ones((2, 9, 9, 3)), "size": 8}, ShapeError, "at most 160"),
        ({"images": np.full((2, 4, 4, 1), np.nan)}, DataError, "NaN"),
        ({"images": np.ones((0, 4, 4, 1))}, ArgumentError, "and some"),
        ({"images": np.ones((2, 4, 4, 1)), "epsilon": 0.0}, ArgumentError, "epsilon"),
        ({"covariance": np.ones((4, 3))}, ShapeError, "square"),
        ({"covariance": np.triu(np.ones((4, 4)))}, ArgumentError, "symmetric"),
    ],
)
def test_what_cannot_be_whitened_is_refused(arguments, error, says):
    with pytest.raises(error, match=says):
        PatchWhitening(**arguments)


def test_a_kernel_that_does_not_fit_the_patches_is_refused():
    whitening = PatchWhitening(pictures())
    with pytest.raises(ShapeError, match="size= is that of the kernel"):
        whitening((3, 3, 3, 24))
    with pytest.raises(ShapeError, match="24 filters at most, got 25"):
        whitening((2, 2, 3, 25))


@pytest.mark.parametrize("size", [(3, 3), (5, 3), (3,), (3, 3, 3)])
@pytest.mark.parametrize("groups", [1, 2])
def test_dirac_is_that_of_pytorch(size, groups):
    theirs = torch.empty(8, 4 // groups, *size)
    torch.nn.init.dirac_(theirs, groups)
    ours = Dirac(scale=0.0, groups=groups)((*size, 4 // groups, 8))
    np.testing.assert_array_equal(np.moveaxis(ours, (-1, -2), (0, 1)), theirs.numpy())


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("channels", "filters"), [(3, 3), (3, 5), (5, 3)])
def test_with_padding_same_the_first_maps_are_the_input(size, channels, filters):
    x = np.random.default_rng(1).normal(size=(2, 7, 6, channels)).astype(np.float32)
    y = layers.Conv2D(filters, size, padding="same", kernel_initializer=Dirac(2.0, seed=1))(x)
    passed = min(channels, filters)
    np.testing.assert_allclose(y[..., :passed], 2.0 * x[..., :passed], rtol=1e-6)


def test_further_filters_have_the_size_of_their_input():
    kernel = Dirac(scale=0.5, seed=1)((3, 3, 16, 256))
    assert kernel[..., 16:].var() == pytest.approx(0.5 / 144, rel=0.05)
    with pytest.raises(ShapeError, match="Identity"):
        Dirac()((3, 3))
    with pytest.raises(ShapeError, match="do not make 3 groups"):
        Dirac(groups=3)((3, 3, 2, 4))


def test_files_hold_them_and_keras_reads_on(tmp_path):
    x = pictures()
    model = Sequential(
        [
            layers.Input((9, 9, 3)),
            layers.Conv2D(24, 2, kernel_initializer=PatchWhitening(x), trainable=False),
            layers.Conv2D(32, 3, kernel_initializer=Dirac()),
        ]
    )
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    first, second = (layer.kernel_initializer for layer in again.layers)
    np.testing.assert_array_equal(first((2, 2, 3, 24)), model.layers[0].kernel.numpy())
    assert isinstance(second, Dirac)
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    theirs = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(theirs.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-5)
    record = initializers.serialize(first)
    assert record["class_name"] == "Zeros"
    assert len(json.dumps(record)) < 10_000


def test_a_class_of_the_users_own_made_of_one_stays_the_users():
    class Half(Dirac):
        pass

    assert initializers.serialize(Half())["class_name"] == "Half"
    with pytest.raises(ArgumentError, match="has 'class_name' and 'config'"):
        initializers.get({"class_name": "Zeros", "config": {}, "pellucid": {"class_name": "Dirac"}})
