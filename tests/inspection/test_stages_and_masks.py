"""Feature maps of chosen layers: before and behind bias and activation, of image files, masks, winners; by NumPy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError
from pellucid.inspection import feature_maps

SAMPLE = np.random.default_rng(0).normal(size=(8, 7, 2)).astype(np.float32)


@pytest.fixture
def model() -> Sequential:
    inner = Sequential([Input((3, 2, 3)), layers.Conv2D(2, 2, activation="relu", name="deep")], name="inner")
    model = Sequential(
        [
            Input((8, 7, 2)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5, name="drop"),
            layers.SpatialDropout2D(0.5, name="spatial"),
            inner,
            layers.Flatten(name="flat"),
            layers.Dense(2, activation="softmax", name="head"),
        ],
        name="net",
    )
    model.set_weights([np.random.default_rng(1).normal(size=w.shape) ** 2 for w in model.get_weights()])
    return model


def test_stages_by_numpy(model: Sequential, convolve: Callable[..., np.ndarray]) -> None:
    """The sums, then with the bias, then behind the activation."""
    kernel, bias = model.get_weights()[:2]
    sums = convolve(SAMPLE, kernel, 0, (1, 1), (1, 1), "valid", 1)
    expected = {"input": SAMPLE, "before bias": sums, "before activation": sums + bias,
                "output": np.maximum(sums + bias, 0)}  # fmt: skip
    for stage, maps in expected.items():
        (record,) = feature_maps(model, SAMPLE, "conv", stage=stage)
        assert (record.layer, record.stage) == ("conv", stage)
        np.testing.assert_allclose(record.maps, maps, atol=1e-5)


def test_a_stage_is_shown_of_the_layers_that_have_it(model: Sequential) -> None:
    assert [each.layer for each in feature_maps(model, SAMPLE, stage="before activation")] == ["conv", "inner", "head"]
    assert [each.layer for each in feature_maps(model, SAMPLE, stage="before bias")][:2] == ["conv", "norm"]
    gamma, beta, mean, variance = (weight.numpy() for weight in model.get_layer("norm").weights)
    before, = feature_maps(model, SAMPLE, "norm", stage="before bias")  # fmt: skip
    after, = feature_maps(model, SAMPLE, "norm")  # fmt: skip
    np.testing.assert_allclose(after.maps - before.maps, np.broadcast_to(
        beta - mean * gamma / np.sqrt(variance + 1e-3), after.maps.shape), atol=1e-4)  # fmt: skip
    with pytest.raises(ArgumentError, match="none of pool has maps 'before activation'"):
        feature_maps(model, SAMPLE, "pool", stage="before activation")


def test_stages_with_channels_first() -> None:
    conv = layers.Conv2D(3, 3, data_format="channels_first", activation="relu", bias_initializer="ones", name="c")
    model = Sequential([Input((2, 8, 7)), conv])
    sample = np.moveaxis(SAMPLE, -1, 0)
    sums, total, output = (
        feature_maps(model, sample, "c", stage=stage)[0].maps
        for stage in ("before bias", "before activation", "output")
    )
    assert sums.shape == (6, 5, 3)
    np.testing.assert_allclose(sums + 1, total, atol=1e-6)
    np.testing.assert_allclose(np.maximum(total, 0), output, atol=1e-6)


def test_layers_are_chosen_by_name_object_and_path(model: Sequential) -> None:
    chosen = feature_maps(model, SAMPLE, ["inner/deep", model.get_layer("pool"), "input"])
    assert [each.layer for each in chosen] == ["input", "inner/deep", "pool"]
    (inside,), (whole,) = feature_maps(model, SAMPLE, "inner/deep"), feature_maps(model, SAMPLE, "inner")
    np.testing.assert_array_equal(inside.maps, whole.maps)
    everything = {each.layer: each.maps for each in feature_maps(model, SAMPLE)}
    np.testing.assert_array_equal(chosen[2].maps, everything["pool"])
    for wrong, error, message in (
        ("cnov", ArgumentError, "did you mean 'conv'"),
        ("inner/nothing", ArgumentError, "nothing"),
        (layers.ReLU(), ArgumentError, "is no layer of net"),
        ([], ArgumentError, "an empty list"),
        (3, ArgumentTypeError, "got 3"),
        ([3], ArgumentTypeError, "got 3"),
    ):
        with pytest.raises(error, match=message):
            feature_maps(model, SAMPLE, wrong)


def test_what_is_handed_on_is_named(model: Sequential) -> None:
    records = {each.layer: each for each in feature_maps(model, SAMPLE)}
    assert records["drop"].same_as == records["spatial"].same_as == "norm"
    assert not any(records[name].same_as for name in ("conv", "pool", "norm", "flat", "head"))


def test_dropout_in_training_shows_its_mask(model: Sequential) -> None:
    """Kept values are scaled, dropped ones 0; another seed draws another mask, the same one the same; the model is
    left alone."""
    before = [weight.tobytes() for weight in model.get_weights()]
    records = {each.layer: each for each in feature_maps(model, SAMPLE, training=True, seed=1)}
    given, drop, spatial = records["norm"].maps, records["drop"], records["spatial"]
    np.testing.assert_allclose(drop.maps, np.where(drop.kept, given * 2, 0), rtol=1e-6)
    assert 0 < drop.kept.mean() < 1 and drop.same_as == ""
    np.testing.assert_allclose(spatial.maps, np.where(spatial.kept, drop.maps * 2, 0), rtol=1e-6)
    assert (spatial.kept == spatial.kept[:1, :1]).all()
    again, = feature_maps(model, SAMPLE, "drop", training=True, seed=1)  # fmt: skip
    masks = {feature_maps(model, SAMPLE, "drop", training=True, seed=seed)[0].kept.tobytes() for seed in range(1, 9)}
    assert len(masks) == 8 and again.kept.tobytes() in masks
    assert all(each.kept is None for each in feature_maps(model, SAMPLE))
    assert [weight.tobytes() for weight in model.get_weights()] == before


@pytest.mark.parametrize(("pool", "strides"), [(2, 2), (3, 2), (3, 1)])
def test_winners_of_pooling(pool: int, strides: int) -> None:
    """How many windows each value wins, by plain loops; overlapping windows too."""
    model = Sequential([Input((8, 7, 2)), layers.MaxPooling2D(pool, strides, name="pool")])
    (record,) = feature_maps(model, SAMPLE, "pool", winners=True)
    wins = np.zeros((8, 7, 2), dtype=int)
    for row, column, channel in np.ndindex(record.maps.shape):
        rows, columns = row * strides, column * strides
        window = SAMPLE[rows : rows + pool, columns : columns + pool, channel]
        i, j = np.unravel_index(window.argmax(), window.shape)
        wins[rows + i, columns + j, channel] += 1
    np.testing.assert_array_equal(record.wins, wins)
    np.testing.assert_array_equal(record.given, SAMPLE)
    first = Sequential([Input((2, 8, 7)), layers.MaxPooling2D(pool, strides, data_format="channels_first", name="p")])
    np.testing.assert_array_equal(feature_maps(first, np.moveaxis(SAMPLE, -1, 0), "p", winners=True)[0].wins, wins)


def test_image_files(tmp_path: Path) -> None:
    """In the model's size and channels, from 0 to 1; channels first too; drawn as a picture, through rescaling."""
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    model = Sequential([Input((4, 5, 3)), layers.Rescaling(2, -1), layers.Conv2D(2, 3)])
    given, scaled, maps = feature_maps(model, tmp_path / "photo.png")
    np.testing.assert_allclose(given.maps, pixels / 255, atol=1e-6)
    assert (given.is_picture, scaled.is_picture, maps.is_picture) == (True, True, False)
    assert (given.brightness, scaled.brightness) == ((0, 1), (-1, 1))
    first = Sequential([Input((3, 4, 5)), layers.Conv2D(2, 3, data_format="channels_first")])
    np.testing.assert_array_equal(feature_maps(first, str(tmp_path / "photo.png"), "input")[0].maps, given.maps)
    with pytest.raises(FileError, match="no such file"):
        feature_maps(model, "nothing.png")
    with pytest.raises(ArgumentError, match="not one image of 1 or 3 channels"):
        feature_maps(Sequential([Input((4,)), layers.Dense(2)]), tmp_path / "photo.png")


def test_two_uses_of_a_layer_and_its_stages() -> None:
    x = Input((4, 4, 2))
    shared = layers.Conv2D(2, 1, activation="relu", name="shared")
    model = Model(x, shared(shared(x)))
    first, second = feature_maps(model, np.ones((4, 4, 2)), "shared", stage="before activation")
    assert first.maps.shape == second.maps.shape and (first.maps != second.maps).any()


def test_a_stage_is_not_mixed_with_training(model: Sequential) -> None:
    """What is before a bias is computed as in a prediction: it is not shown beside what a training step does."""
    with pytest.raises(ArgumentError, match="are those of a prediction"):
        feature_maps(model, SAMPLE, stage="before bias", training=True)


def test_looking_again_sees_new_weights_and_settings(model: Sequential) -> None:
    """The program is kept once the model has predicted; what it shows is what the model is now."""
    model.predict(SAMPLE[np.newaxis], verbose=0)
    first = feature_maps(model, SAMPLE, "conv")[0].maps
    assert (feature_maps(model, SAMPLE, "conv")[0].maps == first).all()
    model.get_layer("conv").bias.assign([5.0, 5.0, 5.0])
    assert (feature_maps(model, SAMPLE, "conv")[0].maps != first).any()
    model.get_layer("conv").activation = "tanh"
    assert feature_maps(model, SAMPLE, "conv")[0].maps.max() <= 1
    np.testing.assert_array_equal(
        feature_maps(model, SAMPLE, "head")[0].maps, np.asarray(model.predict(SAMPLE[np.newaxis], verbose=0))[0]
    )


def test_winners_are_asked_of_what_pools_a_maximum() -> None:
    """Elsewhere the word would mean nothing; a softmax takes a maximum too, and chooses nothing."""
    parts = [layers.Conv2D(2, 3, name="c"), layers.Softmax(name="s"), layers.GlobalMaxPooling2D(name="g")]
    model = Sequential([layers.Input((6, 6, 1)), *parts])
    x = np.random.default_rng(0).normal(size=(6, 6, 1))
    for names in ("c", ["c", "s"]):
        with pytest.raises(ArgumentError, match=r"are those of maximum pooling, and none of c.* pools a maximum"):
            feature_maps(model, x, names, winners=True)
    assert [record.wins is not None for record in feature_maps(model, x, winners=True)] == [False, False, False, True]


def test_winners_where_nothing_is_a_number() -> None:
    """A maximum of NaN has no winner; the layer pools a maximum all the same."""
    model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(1, 1, name="conv"), layers.MaxPooling2D(2, name="pool")])
    with pytest.warns(UserWarning, match="nan"):
        model.set_weights([np.full((1, 1, 1, 1), np.nan), np.zeros(1)])
    (record,) = feature_maps(model, np.ones((4, 4, 1)), "pool", winners=True)
    assert record.wins is not None and not record.wins.any()


@pytest.mark.parametrize("shape", [(4,), (6, 4), (5, 3, 2)])
@pytest.mark.parametrize("activation", [None, "relu", "softmax"])
def test_a_dense_layer_at_each_place_has_maps_before_its_bias(shape, activation):
    dense = layers.Dense(3, activation, bias_initializer="random_normal", name="dense")
    model = Sequential([layers.Input(shape), dense])
    x = np.random.default_rng(0).random(shape, np.float32)
    before, = feature_maps(model, x, "dense", stage="before bias")  # fmt: skip
    assert np.allclose(before.maps, x @ dense.kernel.numpy(), atol=1e-6)
