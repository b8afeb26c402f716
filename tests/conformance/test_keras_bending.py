"""Layers that bend and mix images, held to Keras's functions of images with what was drawn given."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import scipy.stats

keras = pytest.importorskip("keras")

from pellucid import Input, Sequential, layers  # noqa: E402
from pellucid.errors import ArgumentError, ShapeError  # noqa: E402
from pellucid.graph import builder  # noqa: E402
from pellucid.layers.random_draws import Augmentation  # noqa: E402

X = np.random.default_rng(4).uniform(0, 255, (3, 9, 12, 2)).astype(np.float32)
MODES = ("reflect", "wrap", "constant", "nearest")
CLOSE = 0.255 * 2  # a thousandth of white, twice: places are computed in float32


def given(monkeypatch: pytest.MonkeyPatch, draws: dict[int, Any]) -> None:
    """What a layer draws under these numbers."""

    def drawn(self: Augmentation, x: Any, limits: tuple[float, float], number: int = 0) -> Any:
        value = np.broadcast_to(np.asarray(draws[number], np.float64).reshape(-1, 1, 1, 1), (x.shape[0], 1, 1, 1))
        return builder.literal(x.graph, value)

    monkeypatch.setattr(Augmentation, "drawn", drawn)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_slanted(mode: str, interpolation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    across, down, sides = np.array([0.31, 0.77, 0.0]), np.array([0.53, 0.0, 0.9]), np.array([1.0, -1.0, 1.0])
    given(monkeypatch, {0: [0.2, 0.8, 0.2], 1: across, 2: down})
    layer = layers.RandomShear(1.0, 1.0, interpolation=interpolation, fill_mode=mode, fill_value=9.0)
    zeros, ones = np.zeros(3), np.ones(3)
    maps = np.stack([ones, across * sides, zeros, down * sides, ones, zeros, zeros, zeros], axis=1)
    expected = keras.ops.image.affine_transform(X, maps.astype(np.float32), interpolation, mode, 9.0)
    assert np.abs(layer(X, training=True) - np.asarray(expected)).max() < CLOSE


def test_drawn_slants() -> None:
    """Each image to one side or the other, by a share between the limits."""
    line = np.zeros((64, 9, 12, 1), np.float32)
    line[:, :, 6] = 1.0
    y = layers.RandomShear((0.5, 0.5), fill_mode="constant", interpolation="nearest", seed=3)(line, training=True)
    moved = np.asarray(y)[:, 8, :, 0].argmax(axis=1) - 6
    assert set(moved) == {-4, 4}
    assert np.array_equal(layers.RandomShear(0.0)(X, training=True), X)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_perspective(interpolation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shares = np.random.default_rng(1).uniform(0.7, 1.3, (4, 3))
    given(monkeypatch, {**dict(enumerate(shares)), 4: 1.0, 5: [0.0, 0.0, 2.0]})
    layer = layers.RandomPerspective(scale=0.6, interpolation=interpolation, fill_value=7.0)
    starts = np.array([[[0, 0], [11, 0], [0, 8], [11, 8]]], np.float32).repeat(3, axis=0)
    ends = starts.copy()
    ends[:, 1, 0] *= shares[0]
    ends[:, 2, 1] *= shares[1]
    ends[:, 3] *= shares[2:].T
    expected = np.array(keras.ops.image.perspective_transform(X, starts, ends, interpolation, 7.0))
    expected[2] = X[2]
    y = np.asarray(layer(X, training=True))
    wrong = np.abs(y - expected) >= CLOSE
    assert wrong.mean() < (0.03 if interpolation == "nearest" else 1e-9)  # places between two pixels round either way


@pytest.mark.parametrize("mode", [*MODES, "mirror"])
def test_rubber(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The noise is blurred and scaled as Keras does it."""
    x = np.random.default_rng(5).uniform(0, 255, (2, 40, 60, 1)).astype(np.float32)
    noise = np.random.default_rng(6).standard_normal((2, 2, 40, 60)).astype(np.float32)
    given(monkeypatch, {0: [0.6, 0.9], 1: 1.0, 2: 0.0})
    drawn = iter(noise)
    monkeypatch.setattr(builder, "random_normal", lambda graph, shape, stream: builder.literal(graph, next(drawn)))
    layer = layers.RandomElasticTransform((1.0, 1.0), (0.6, 0.9), fill_mode=mode)
    layer.build((None, 40, 60, 1))
    y = np.asarray(layer(x, training=True))
    rows, columns = np.meshgrid(np.arange(40.0), np.arange(60.0), indexing="ij")
    for image, strength, found, number in zip(x, (0.6, 0.9), y, (0, 1), strict=True):
        sigma, alpha = 40 * 0.05 * strength, 60 * 0.1 * strength
        size = (int(6 * sigma) | 1,) * 2
        down, across = (
            np.asarray(
                keras.ops.image.gaussian_blur(
                    one[number][None, ..., None] * sigma, size, (sigma, sigma), "channels_last"
                )
            )
            for one in noise
        )
        places = [rows + alpha * down[0, ..., 0], columns + alpha * across[0, ..., 0]]
        expected = keras.ops.image.map_coordinates(image[..., 0], np.stack(places).astype(np.float32), 1, mode)
        assert np.abs(found[..., 0] - np.clip(np.asarray(expected), 0, 255)).max() < CLOSE


def test_masks_move_with_their_images() -> None:
    """Where an image is its own mask, both are moved alike; a mask has no new numbers."""
    mask = np.random.default_rng(1).integers(0, 3, (6, 12, 12, 1)).astype(np.float32)
    makers: list[Any] = [
        lambda: layers.RandomFlip(),
        lambda: layers.RandomRotation(0.2, interpolation="nearest"),
        lambda: layers.RandomZoom(0.4, interpolation="nearest"),
        lambda: layers.RandomTranslation(0.3, 0.3, interpolation="nearest"),
        lambda: layers.RandomShear(0.3, 0.3, interpolation="nearest"),
        lambda: layers.RandomPerspective(0.9, 0.5, interpolation="nearest"),
        lambda: layers.RandomElasticTransform(1.0, interpolation="nearest"),
        lambda: layers.RandomCrop(5, 7),
        lambda: layers.CenterCrop(5, 7),
        lambda: layers.Resizing(24, 36, interpolation="nearest"),
    ]
    for make in makers:
        both = make()({"images": mask, "segmentation_masks": mask, "labels": list("abcdef")}, training=True)
        assert np.array_equal(both["images"], both["segmentation_masks"]), make()
        assert both["labels"] == list("abcdef")
    soft = layers.RandomRotation(0.2)({"images": mask, "segmentation_masks": mask})
    assert set(np.unique(soft["segmentation_masks"])) <= {0.0, 1.0, 2.0}
    for colour in (layers.RandomBrightness(0.5), layers.AutoContrast((0, 3))):
        assert np.array_equal(colour({"images": mask, "segmentation_masks": mask})["segmentation_masks"], mask)
    policy = layers.RandAugment((0, 3), num_ops=3, interpolation="nearest")
    wide = mask.repeat(3, axis=-1)
    assert set(np.unique(policy({"images": wide, "segmentation_masks": mask})["segmentation_masks"])) <= {0.0, 1.0, 2.0}


def test_one_image() -> None:
    """As in the map() of a data set that has no batches yet."""
    flip, again = (layers.RandomFlip("horizontal", seed=2) for _ in range(2))
    assert np.array_equal(flip(X[0], training=True), again(X[:1], training=True)[0])
    one = layers.Resizing(4, 6)({"images": X[0], "labels": 3})
    assert one["images"].shape == (4, 6, 2) and one["labels"] == 3
    theirs = keras.layers.Resizing(4, 6)(X[0])
    assert np.abs(one["images"] - np.asarray(theirs)).max() < 1e-3
    with pytest.raises(ShapeError, match="channel axis missing"):
        flip(np.zeros((9, 28, 28)))


@pytest.mark.parametrize("alpha", [0.3, 1.0])
def test_mixed_up(alpha: float) -> None:
    """Images and labels in the same shares, of the beta distribution; each sample is the other of one."""
    count = 512
    images = np.arange(count, dtype=np.float32).reshape(-1, 1, 1, 1)
    mixed = layers.MixUp(alpha, seed=1)({"images": images, "labels": np.eye(count)})
    labels = np.asarray(mixed["labels"], np.float64)
    assert np.abs(labels @ np.arange(count) - mixed["images"].ravel()).max() < 1e-2
    assert np.abs(labels.sum(axis=1) - 1).max() < 1e-5
    assert np.abs(np.where(labels > 0, 1, 0).sum(axis=1)).max() <= 2
    share = np.diag(labels)[labels.max(axis=1) < 1]
    inside = (share > 1e-3) & (share < 1 - 1e-3)
    law = scipy.stats.beta(alpha, alpha)
    low, high = law.cdf([1e-3, 1 - 1e-3])
    assert scipy.stats.kstest((law.cdf(share[inside]) - low) / (high - low), "uniform").pvalue > 1e-3


def test_pasted() -> None:
    """Labels by the area that is pasted, which is one rectangle."""
    count, size = 64, 40
    images = np.arange(count, dtype=np.float32).reshape(-1, 1, 1, 1).repeat(size, 1).repeat(size, 2)
    mixed = layers.CutMix(seed=5)({"images": images, "labels": np.eye(count)})
    other = np.asarray(mixed["images"])[..., 0] != np.arange(count)[:, None, None]
    share = 1 - np.diag(mixed["labels"])
    assert np.abs(other.mean(axis=(1, 2)) - share).max() < 2 * 2 / size
    for pasted in other:
        rows, columns = np.nonzero(pasted.any(axis=1))[0], np.nonzero(pasted.any(axis=0))[0]
        assert pasted.sum() == len(rows) * len(columns)
        assert not len(rows) or (np.ptp(rows) + 1 == len(rows) and np.ptp(columns) + 1 == len(columns))


def test_mixing_needs_numbers_for_each_class() -> None:
    for layer in (layers.CutMix(), layers.MixUp()):
        with pytest.raises(ShapeError, match=r"mixes labels .* got \(3,\); make them so first: .*to_categorical"):
            layer({"images": X, "labels": np.array([0, 1, 2])})
        assert np.array_equal(layer({"images": X, "labels": np.eye(3)}, training=False)["images"], X)
        with pytest.warns(UserWarning, match="where their labels stay as they are"):
            Sequential([Input((9, 12, 2)), layer])
    with pytest.raises(ArgumentError, match="alpha must be above 0"):
        layers.MixUp(0.0)


def test_samples_need_images() -> None:
    with pytest.raises(ArgumentError, match=r"a dictionary with them under \"images\", got the keys \['image'\]"):
        layers.RandomFlip()({"image": X})
    with pytest.raises(ArgumentError, match="say what the four numbers of a bounding box are"):
        layers.RandomFlip()({"images": X, "bounding_boxes": {}})


def test_policies() -> None:
    """Each image is varied on its own, into the range; without strength nothing but tones is touched."""
    x = np.repeat(np.random.default_rng(2).uniform(0, 255, (1, 16, 16, 3)).astype(np.float32), 24, axis=0)
    for layer in (layers.RandAugment(seed=1), layers.AugMix(chain_depth=2, seed=1)):
        y = np.asarray(layer(x, training=True))
        assert y.shape == x.shape and y.min() >= -1e-3 and y.max() <= 255.001
        assert len({image.tobytes() for image in y}) > 12
        assert np.array_equal(layer(x, training=False), x)
        assert np.array_equal(y, type(layer).from_config(layer.get_config())(x, training=True))


def test_kept_for_the_next_batch() -> None:
    """What was prepared for a shape is kept; draws go on, a setting that changes counts, and a copy is one."""
    layer = layers.RandomTranslation(0.4, 0.4, seed=1)
    first, second = layer(X, training=True), layer(X, training=True)
    assert not np.array_equal(first, second)
    layer.fill_mode = "constant"
    assert (layer(X, training=True) == 0).any()
    again = copy.deepcopy(layer)
    assert np.array_equal(again(X, training=False), X) and again.fill_mode == "constant"
    for rows in range(3, 10):
        assert layer(X[:, :rows]).shape == (3, rows, 12, 2)
