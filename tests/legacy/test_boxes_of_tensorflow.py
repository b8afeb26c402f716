"""`tf.image`'s boxes, and other functions of detectors and old networks, held to loops that do the same one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from pellucid import Input, Model, layers
from pellucid.cli.keras_imports import keras_is_pellucid
from pellucid.errors import ArgumentError

RNG = np.random.default_rng(4)
IMAGES = RNG.random((2, 7, 9, 3)).astype(np.float32)
BOXES = np.array([[0.11, 0.21, 0.83, 0.92], [0, 0, 1, 1], [-0.31, 0.51, 0.42, 1.23], [0.9, 0.71, 0.2, 0.1]], np.float32)
WHOSE = np.array([0, 1, 0, 1])


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


def _piece(image: np.ndarray, box: np.ndarray, size: tuple[int, int], method: str, outside: float) -> np.ndarray:
    """Pixel by pixel."""
    found = np.full((*size, image.shape[2]), outside)
    last = [side - 1 for side in image.shape[:2]]
    for row in range(size[0]):
        for column in range(size[1]):
            place = []
            for axis, at in ((0, row), (1, column)):
                low, high = (float(box[k]) * last[axis] for k in (axis, axis + 2))
                place.append((low + high) / 2 if size[axis] == 1 else low + at * (high - low) / (size[axis] - 1))
            if not all(0 <= where <= end for where, end in zip(place, last, strict=True)):
                continue
            if method == "nearest":
                found[row, column] = image[tuple(int(np.floor(where + 0.5)) for where in place)]
                continue
            (top, left), (down, across) = np.floor(place).astype(int), np.mod(place, 1)
            bottom, right = min(top + 1, last[0]), min(left + 1, last[1])
            above = image[top, left] * (1 - across) + image[top, right] * across
            below = image[bottom, left] * (1 - across) + image[bottom, right] * across
            found[row, column] = above * (1 - down) + below * down
    return found


@pytest.mark.parametrize("method", ["bilinear", "nearest"])
@pytest.mark.parametrize("size", [(4, 5), (1, 3), (7, 9)])
def test_pieces_of_images(tf: Any, size: tuple[int, int], method: str) -> None:
    expected = np.stack([_piece(IMAGES[k], box, size, method, 0.5) for k, box in zip(WHOSE, BOXES, strict=True)])
    found = tf.image.crop_and_resize(IMAGES, BOXES, WHOSE, size, method, extrapolation_value=0.5)
    np.testing.assert_allclose(found, expected, atol=2e-5)
    image = Input((7, 9, 3), batch_size=2)
    cut = layers.Lambda(lambda x: tf.image.crop_and_resize(x, BOXES[:2], [0, 1], size, method, 0.5))
    np.testing.assert_allclose(Model(image, cut(image)).predict(IMAGES, verbose=0), expected[:2], atol=2e-5)


def test_pieces_that_cannot_be(tf: Any) -> None:
    with pytest.raises(ArgumentError, match="box_indices are from 0 to 1"):
        tf.image.crop_and_resize(IMAGES, BOXES, [0, 1, 2, 0], (3, 3))
    with pytest.raises(ArgumentError, match="for each of box_indices there is a box"):
        tf.image.crop_and_resize(IMAGES, BOXES, [0, 1], (3, 3))
    with pytest.raises(ArgumentError, match="method is one of"):
        tf.image.crop_and_resize(IMAGES, BOXES, WHOSE, (3, 3), "cubic")


def test_boxes_that_are_kept(tf: Any) -> None:
    """One after the other, the best first; each is compared with all that were kept."""
    boxes, scores = RNG.random((40, 4)), RNG.random(40).round(1)

    def share(a: np.ndarray, b: np.ndarray) -> float:
        (at, al), (ab, ar) = np.minimum(a[:2], a[2:]), np.maximum(a[:2], a[2:])
        (bt, bl), (bb, br) = np.minimum(b[:2], b[2:]), np.maximum(b[:2], b[2:])
        both = max(0.0, min(ab, bb) - max(at, bt)) * max(0.0, min(ar, br) - max(al, bl))
        return both / ((ab - at) * (ar - al) + (bb - bt) * (br - bl) - both)

    for most, limit, least in ((40, 0.3, -np.inf), (5, 0.5, -np.inf), (40, 0.5, 0.6)):
        kept: list[int] = []
        for number in sorted(range(40), key=lambda k: (-scores[k], k)):
            if (
                len(kept) < most
                and scores[number] > least
                and all(share(boxes[number], boxes[k]) <= limit for k in kept)
            ):
                kept.append(number)
        found = tf.image.non_max_suppression(boxes, scores, most, iou_threshold=limit, score_threshold=least)
        assert found.tolist() == kept and found.dtype == np.int32
    assert tf.image.non_max_suppression(np.zeros((0, 4)), np.zeros(0), 3).tolist() == []


def test_edges_of_boxes(tf: Any) -> None:
    drawn = np.asarray(
        tf.image.draw_bounding_boxes(np.zeros((1, 5, 6, 3)), [[[0.25, 0.2, 0.75, 0.8]]], [[0.0, 1, 0.5]])
    )
    expected = np.zeros((5, 6))
    expected[1, 1:5] = expected[3, 1:5] = expected[1:4, 1] = expected[1:4, 4] = 1
    np.testing.assert_allclose(drawn[0], expected[..., np.newaxis] * np.array([0.0, 1.0, 0.5]))
    partly = np.asarray(tf.image.draw_bounding_boxes(np.zeros((1, 5, 6, 3)), [[[-1.0, -1.0, 0.5, 0.4]]]))[0, ..., 0]
    assert partly[2, :3].all() and partly[:3, 2].all() and partly.sum() == 5


def test_responses_among_channels(tf: Any) -> None:
    """As PyTorch has it, which counts the channels of the window and divides by their number."""
    x = RNG.normal(size=(2, 3, 4, 11)).astype(np.float32)
    for radius, bias, alpha, beta in ((5, 1.0, 1.0, 0.5), (2, 2.0, 1e-2, 0.75)):
        size = 2 * radius + 1
        planes = torch.from_numpy(np.moveaxis(x, -1, 1))
        theirs = torch.nn.functional.local_response_norm(planes, size, alpha * size, beta, bias).numpy()
        found = tf.nn.local_response_normalization(x, radius, bias, alpha, beta)
        np.testing.assert_allclose(np.moveaxis(np.asarray(found), -1, 1), theirs, rtol=1e-5, atol=1e-6)
    image = Input((3, 4, 11))
    model = Model(image, layers.Lambda(lambda t: tf.nn.lrn(t, 2, 2.0, 1e-2, 0.75))(image))
    np.testing.assert_allclose(model.predict(x, verbose=0), found, rtol=1e-5, atol=1e-6)


def test_windows_of_channels(tf: Any) -> None:
    """Beside each other, the rest left out; what no window can be is refused, and never passes as one of rows."""
    x = RNG.normal(size=(2, 3, 4, 7)).astype(np.float32)
    groups, wide = x[..., :6].reshape(2, 3, 4, 2, 3), (1, 1, 1, 3)
    for pool, expected in ((tf.nn.max_pool, groups.max(-1)), (tf.nn.avg_pool, groups.mean(-1))):
        np.testing.assert_allclose(pool(x, wide, wide, "VALID"), expected, atol=1e-6)
        image = Input((3, 4, 7))
        model = Model(image, layers.Lambda(lambda t, pool=pool: pool(t, wide, wide, "VALID"))(image))
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-6)
        with pytest.raises(ArgumentError, match="has one row and one column"):
            pool(x, (1, 2, 2, 3), wide, "VALID")
    for strides in ((2, 1, 1, 1), (1, 1, 1, 2)):
        with pytest.raises(ArgumentError, match="along samples and channels sizes and steps are 1"):
            tf.nn.conv2d(x, np.ones((3, 3, 7, 2)), strides, "SAME")


def test_sizes_in_proportion_and_without_ripples(tf: Any) -> None:
    assert tf.image.resize(IMAGES, (14, 10), preserve_aspect_ratio=True).shape == (2, 8, 10, 3)
    assert tf.image.resize(IMAGES[0], (3, 30), preserve_aspect_ratio=True).shape == (3, 4, 3)
    planes = torch.from_numpy(np.moveaxis(IMAGES, -1, 1))
    theirs = torch.nn.functional.interpolate(planes, (3, 4), mode="bilinear", antialias=True).numpy()
    found = tf.image.resize(IMAGES, (3, 4), antialias=True)
    np.testing.assert_allclose(found, np.moveaxis(theirs, 1, -1), atol=1e-5)


def test_rows_by_number(tf: Any) -> None:
    table = RNG.random((5, 3)).astype(np.float32)
    np.testing.assert_array_equal(tf.nn.embedding_lookup(table, [[1, 4], [0, 0]]), table[[[1, 4], [0, 0]]])
    np.testing.assert_array_equal(tf.gather(table, [2, 0], axis=1), table[:, [2, 0]])
    which = Input((2,))
    model = Model(which, layers.Lambda(lambda t: tf.gather(table, t))(which))
    np.testing.assert_array_equal(model.predict(np.array([[3, 1]]), verbose=0), table[[[3, 1]]])
