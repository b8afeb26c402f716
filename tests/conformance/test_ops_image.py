"""`ops.image` held to Keras's functions of those names: values, shapes of open sizes, and what is refused."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from pellucid import GradientTape, Input, Model, Variable, layers, ops, preprocessing
from pellucid.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 1, (2, 9, 7, 3)).astype(np.float32)
VOLUMES = RNG.uniform(0, 1, (2, 6, 5, 7, 2)).astype(np.float32)

CHANNELS_LAST = {"data_format": "channels_last"}
"""Said to `gaussian_blur`: unsaid, Keras 3.15 takes the first axis for the channels, whatever its default is."""

CALLS: dict[str, tuple[str, np.ndarray, dict[str, Any]]] = {
    "bilinear": ("resize", IMAGES, {"size": (5, 12)}),
    "of one image": ("resize", IMAGES[0], {"size": (4, 4), "antialias": True}),
    "nearest": ("resize", IMAGES, {"size": (5, 12), "interpolation": "nearest"}),
    "bicubic": ("resize", IMAGES, {"size": (11, 4), "interpolation": "bicubic"}),
    "cropped": ("resize", IMAGES, {"size": (4, 8), "crop_to_aspect_ratio": True}),
    "widened": ("resize", IMAGES, {"size": (4, 8), "pad_to_aspect_ratio": True, "fill_value": 0.5}),
    "side by side": ("extract_patches", IMAGES, {"size": (3, 2)}),
    "overlapping": ("extract_patches", IMAGES, {"size": 3, "strides": 1, "padding": "same"}),
    "apart": ("extract_patches", IMAGES, {"size": 2, "strides": (1, 2), "dilation_rate": 2}),
    "of an image": ("extract_patches", IMAGES[0], {"size": 4, "strides": 2, "padding": "same"}),
    "grey": ("rgb_to_grayscale", IMAGES, {}),
    "hues": ("rgb_to_hsv", IMAGES, {}),
    "colours": ("hsv_to_rgb", IMAGES, {}),
    "a part": ("crop_images", IMAGES, {"top_cropping": 1, "bottom_cropping": 2, "left_cropping": 3, "target_width": 2}),
    "its end": (
        "crop_images",
        IMAGES[0],
        {"target_height": 4, "bottom_cropping": 0, "target_width": 3, "right_cropping": 1},
    ),
    "blurred": ("gaussian_blur", IMAGES, CHANNELS_LAST),
    "blurred across": ("gaussian_blur", IMAGES, {"kernel_size": (5, 4), "sigma": (1.5, 0.7), **CHANNELS_LAST}),
    "blurred image": ("gaussian_blur", IMAGES[0], {"sigma": (0.3, 2.0), **CHANNELS_LAST}),
    "edges": ("sobel_edges", IMAGES, {}),
    "zeros": ("pad_images", IMAGES, {"top_padding": 1, "target_height": 12, "right_padding": 2, "target_width": 9}),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_numbers_of_keras(name: str) -> None:
    function, x, options = CALLS[name]
    expected = np.asarray(getattr(keras.ops.image, function)(x, **options))
    found = getattr(ops.image, function)(x, **options)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("name", ["bilinear", "overlapping", "a part", "blurred across"])
def test_channels_first_and_as_a_part_of_a_model(name: str) -> None:
    function, x, options = CALLS[name]
    expected = np.asarray(getattr(ops.image, function)(x, **options))
    first = getattr(ops.image, function)(np.moveaxis(x, -1, 1), **{**options, "data_format": "channels_first"})
    np.testing.assert_array_equal(np.moveaxis(np.asarray(first), 1, -1), expected)
    image = Input((None, None, 3))
    model = Model(image, layers.Activation("linear")(getattr(ops.image, function)(image, **options)))
    np.testing.assert_array_equal(model.predict(x, verbose=0), expected)


def test_patches_of_volumes() -> None:
    """Which Keras cuts by a convolution, with the pixels in the same order."""
    found = ops.image.extract_patches(VOLUMES, (2, 3, 2), strides=(2, 1, 2))
    assert found.shape == (2, 3, 3, 3, 24)
    np.testing.assert_array_equal(found[1, 2, 1, 2], VOLUMES[1, 4:6, 1:4, 4:6].ravel())


def test_what_does_not_fit() -> None:
    with pytest.raises(ArgumentError, match="interpolation"):
        ops.image.resize(IMAGES, (3, 3), interpolation="cubist")
    with pytest.raises(ShapeError, match="one image of 3 axes, or a batch of 4"):
        ops.image.resize(IMAGES[0, 0], (3, 3))
    with pytest.raises(ShapeError, match="a window over 8 pixels does not fit an axis of 7"):
        ops.image.extract_patches(IMAGES, 8)
    with pytest.raises(ShapeError, match="three colours"):
        ops.image.rgb_to_hsv(IMAGES[..., :2])
    with pytest.raises(ArgumentError, match="exactly two of left_cropping, right_cropping, target_width"):
        ops.image.crop_images(IMAGES, 1, 1, 1)
    with pytest.raises(ArgumentError, match="do not fit an axis of 9 pixels"):
        ops.image.crop_images(IMAGES, 5, 0, 5, 0)
    with pytest.raises(AttributeError, match=r"there is no ops\.image\.elastic_transform: Keras has it"):
        _ = ops.image.elastic_transform


@pytest.mark.parametrize("size", [(4, 4), (3, 9), (12, 5)])
def test_the_middle_in_another_size(size: tuple[int, int]) -> None:
    """For images of both proportions, and batches of them."""
    for x in (IMAGES, IMAGES[0], np.swapaxes(IMAGES, 1, 2)):
        theirs = np.asarray(keras.preprocessing.image.smart_resize(x, size, data_format="channels_last"))
        np.testing.assert_allclose(preprocessing.image.smart_resize(x, size), theirs, atol=2e-6)


def test_patches_of_volumes_under_their_own_name() -> None:
    theirs = np.asarray(keras.ops.image.extract_patches_3d(VOLUMES, (2, 3, 2), strides=(2, 1, 2), padding="same"))
    ours = ops.image.extract_patches_3d(VOLUMES, (2, 3, 2), strides=(2, 1, 2), padding="same")
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


TURNED = (0.81, -0.59, 2.317, 0.587, 0.803, -1.713, 0.0, 0.0)
TRANSFORMS = np.array([TURNED, (1.51, 0.203, -1.257, 0.0, 0.753, 0.611, 0.0, 0.0)], np.float32)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("fill_mode", ["constant", "nearest", "wrap", "reflect"])
def test_images_turned_and_sheared(fill_mode: str, interpolation: str) -> None:
    how = {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": 0.25, **CHANNELS_LAST}
    theirs = np.asarray(keras.ops.image.affine_transform(IMAGES, TRANSFORMS, **how))
    np.testing.assert_allclose(ops.image.affine_transform(IMAGES, TRANSFORMS, **how), theirs, atol=2e-5)
    one = np.asarray(keras.ops.image.affine_transform(IMAGES[0], TRANSFORMS[0], **how))
    np.testing.assert_allclose(ops.image.affine_transform(IMAGES[0], TURNED, **how), one, atol=2e-5)
    first = ops.image.affine_transform(
        np.moveaxis(IMAGES, -1, 1), TRANSFORMS, **{**how, "data_format": "channels_first"}
    )
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), ops.image.affine_transform(IMAGES, TRANSFORMS, **how))


def test_images_in_perspective() -> None:
    """By points, as Keras has it; and by the eight numbers that it makes of them."""
    start = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 8.0], [6.0, 8.0]], np.float32)
    end = np.array([[1.0, 0.5], [5.0, 1.0], [0.0, 7.0], [6.0, 8.0]], np.float32)
    for interpolation in ("bilinear", "nearest"):
        how = {"interpolation": interpolation, "fill_value": 0.5, **CHANNELS_LAST}
        theirs = np.asarray(
            keras.ops.image.perspective_transform(IMAGES, np.stack([start] * 2), np.stack([end] * 2), **how)
        )
        found = ops.image.perspective_transform(IMAGES, start, end, **how)
        np.testing.assert_allclose(found, theirs, atol=1e-4)
    x, y = end.astype(np.float64).T
    equations = np.zeros((8, 8))
    for place, (u, v) in enumerate(start):
        equations[2 * place] = [x[place], y[place], 1, 0, 0, 0, -u * x[place], -u * y[place]]
        equations[2 * place + 1] = [0, 0, 0, x[place], y[place], 1, -v * x[place], -v * y[place]]
    eight = np.linalg.solve(equations, start.ravel())
    found = ops.image.perspective_transform(IMAGES, start, end)
    np.testing.assert_allclose(ops.image.affine_transform(IMAGES, eight), found, atol=1e-5)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("fill_mode", ["constant", "nearest", "wrap", "mirror", "reflect"])
def test_numbers_at_coordinates(fill_mode: str, order: int) -> None:
    for x in (IMAGES[0, :, :, 0], VOLUMES[0, ..., 0], IMAGES[0, :, 0, 0]):
        places = np.random.default_rng(3).uniform(-3.4, 9.4, (x.ndim, 4, 5)).astype(np.float32)
        theirs = np.asarray(keras.ops.image.map_coordinates(x, places, order, fill_mode, 0.25))
        np.testing.assert_allclose(ops.image.map_coordinates(x, places, order, fill_mode, 0.25), theirs, atol=2e-5)


def test_places_are_learned_through() -> None:
    """The gradient with respect to where a number is taken is the slope there."""
    at = Input((2, 3))
    x = IMAGES[0, :, :, 0]
    places = np.array([[[1.25, 3.5, 2.75], [0.5, 4.25, 2.5]]], np.float32)
    model = Model(at, layers.Lambda(lambda p: ops.image.map_coordinates(x, p[0], order=1)[None])(at))
    slopes = np.empty((2, 3))
    for axis in range(2):
        for number in range(3):
            moved = [places.astype(np.float64).copy() for _ in range(2)]
            moved[0][0, axis, number] += 1e-2
            moved[1][0, axis, number] -= 1e-2
            up, down = (np.asarray(model.predict(each, verbose=0), np.float64)[0, number] for each in moved)
            slopes[axis, number] = (up - down) / 2e-2
    with GradientTape() as tape:
        given = Variable(places)
        value = ops.sum(ops.image.map_coordinates(x, ops.squeeze(given, 0), order=1))
    np.testing.assert_allclose(np.asarray(tape.gradient(value, given))[0], slopes, atol=1e-3)


def test_transforms_that_cannot_be() -> None:
    with pytest.raises(ShapeError, match=r"transform has shape \(8,\), or \(batch, 8\) for 2 images, got \(3, 8\)"):
        ops.image.affine_transform(IMAGES, np.ones((3, 8)))
    with pytest.raises(ArgumentError, match="fill_mode"):
        ops.image.affine_transform(IMAGES, TURNED, fill_mode="mirrored")
    with pytest.raises(ArgumentError, match="lie on one line"):
        ops.image.perspective_transform(IMAGES, [[0, 0], [1, 0], [0, 1], [1, 1]], [[0, 0], [1, 0], [2, 0], [3, 0]])
    with pytest.raises(ShapeError, match=r"start_points have shape \(4, 2\)"):
        ops.image.perspective_transform(IMAGES, np.ones((3, 2)), np.ones((4, 2)))
    with pytest.raises(ArgumentError, match=r"order is 0 \(nearest\) or 1"):
        ops.image.map_coordinates(IMAGES, np.ones((4, 2)), order=3)
    with pytest.raises(ShapeError, match=r"here \(4, \.\.\.\), got \(3, 2\)"):
        ops.image.map_coordinates(IMAGES, np.ones((3, 2)), order=1)


@pytest.mark.parametrize("form", ["channels_last", "channels_first"])
def test_how_alike_two_images_are(form: str) -> None:
    """As Keras has it, of batches and of one; 1 for equal ones."""
    shape = (2, 14, 13, 3) if form == "channels_last" else (2, 3, 14, 13)
    first, second = (RNG.uniform(0, 255, shape).astype(np.float32) for _ in range(2))
    second = 0.7 * first + 0.3 * second
    for options in ({"max_val": 255.0}, {"max_val": 255.0, "filter_size": 4, "filter_sigma": 0.8, "k1": 0.1}):
        theirs = np.asarray(keras.ops.image.ssim(first, second, data_format=form, **options))
        np.testing.assert_allclose(ops.image.ssim(first, second, data_format=form, **options), theirs, rtol=1e-4)
    one = ops.image.ssim(first[0], first[0], max_val=255.0, data_format=form)
    assert one.shape == () and one == pytest.approx(1, abs=1e-5)


def test_filters_that_cannot_be() -> None:
    """One sentence each."""
    for options in ({"kernel_size": 3}, {"sigma": (0.0, 1.0)}, {"kernel_size": (4, 4), "sigma": (1e-3, 1e-3)}):
        with pytest.raises(ArgumentError, match=r"^ops\.image\.gaussian_blur: "):
            ops.image.gaussian_blur(IMAGES, **options)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="both images must have one shape"):
        ops.image.ssim(IMAGES, IMAGES[:1])
    with pytest.raises(ArgumentError):
        ops.image.ssim(IMAGES, IMAGES)  # smaller than the window
