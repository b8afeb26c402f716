"""Bounding boxes that are changed with their images: Keras's numbers where it has some, and always where pixels go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from pellucid import Input, Model, layers, utils  # noqa: E402
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError  # noqa: E402

ROWS, COLUMNS = 40, 56
X = np.random.default_rng(0).uniform(0, 255, (3, ROWS, COLUMNS, 3)).astype(np.float32)
BOXES = np.array(
    [
        [[4, 6, 20, 30], [30, 2, 50, 18], [0, 0, 0, 0]],
        [[10, 10, 12, 12], [0, 0, 56, 40], [-1, -1, -1, -1]],
        [[40, 30, 56, 40], [5, 25, 9, 39], [0, 0, 0, 0]],
    ],
    np.float32,
)
LABELS = np.array([[1, 2, -1], [3, 4, -1], [5, 6, -1]], np.int32)
FORMATS = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh")
convert = keras.utils.bounding_boxes.convert_format

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "shifted": ("RandomTranslation", {"height_factor": (0.3, 0.3), "width_factor": (-0.45, -0.45), "seed": 1}),
    "nearer": ("RandomZoom", {"height_factor": (-0.4, -0.4), "seed": 1}),
    "farther": ("RandomZoom", {"height_factor": (0.3, 0.3), "width_factor": (0.2, 0.2), "seed": 1}),
    "stretched": ("Resizing", {"height": 20, "width": 30}),
    "cut and resized": ("Resizing", {"height": 33, "width": 90, "crop_to_aspect_ratio": True}),
    "widened and resized": ("Resizing", {"height": 33, "width": 90, "pad_to_aspect_ratio": True}),
    "heightened and resized": ("Resizing", {"height": 33, "width": 21, "pad_to_aspect_ratio": True}),
    "the middle": ("CenterCrop", {"height": 21, "width": 29}),
    "the middle, resized": ("CenterCrop", {"height": 50, "width": 30}),
    "brighter": ("RandomBrightness", {"factor": (0.2, 0.2), "seed": 1}),
    "the first two": ("MaxNumBoundingBoxes", {"max_number": 2}),
    "filled up": ("MaxNumBoundingBoxes", {"max_number": 5}),
}


def _sample(form: str) -> dict[str, Any]:
    boxes = np.asarray(convert(BOXES, source="xyxy", target=form, height=ROWS, width=COLUMNS))
    return {"images": X.copy(), "bounding_boxes": {"boxes": boxes, "labels": LABELS.copy()}}


@pytest.mark.parametrize("form", ["xyxy", "center_yxhw", "rel_xywh"])
@pytest.mark.parametrize("case", CASES)
def test_numbers_of_keras(case: str, form: str) -> None:
    """A thousandth of a pixel; labels of what is not seen any more are -1."""
    name, settings = CASES[case]
    ours, theirs = (
        getattr(room, name)(**settings, bounding_box_format=form)(_sample(form), training=True)["bounding_boxes"]
        for room in (layers, keras.layers)
    )
    assert np.abs(ours["boxes"] - np.asarray(theirs["boxes"])).max() <= 1e-3
    assert np.array_equal(ours["labels"], np.asarray(theirs["labels"]))
    assert ours["labels"].dtype == np.int32


@pytest.mark.parametrize("by", [0.07, -0.3])
def test_turned(by: float) -> None:
    """Keras turns boxes as corners whatever their format is; in ours the format does not matter."""
    settings = {"factor": (by, by), "seed": 1}
    theirs = keras.layers.RandomRotation(**settings, bounding_box_format="xyxy")(_sample("xyxy"), training=True)
    for form in FORMATS:
        found = layers.RandomRotation(**settings, bounding_box_format=form)(_sample(form), training=True)
        corners = convert(found["bounding_boxes"]["boxes"], source=form, target="xyxy", height=ROWS, width=COLUMNS)
        assert np.abs(np.asarray(corners) - np.asarray(theirs["bounding_boxes"]["boxes"])).max() <= 1e-3, form


MOVING: dict[str, dict[str, Any]] = {
    "RandomFlip": {},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2, "fill_mode": "constant"},
    "RandomZoom": {"height_factor": (-0.2, 0.3), "width_factor": (-0.2, 0.3), "fill_mode": "constant"},
    "RandomRotation": {"factor": 0.5, "fill_mode": "constant"},
    "RandomShear": {"x_factor": 0.4, "y_factor": 0.3, "fill_mode": "constant"},
    "RandomPerspective": {"factor": (0.6, 0.6), "scale": 0.5},
    "RandomCrop": {"height": 41, "width": 39},
    "RandAugment": {"factor": 0.2, "num_ops": 1},
    "Resizing": {"height": 33, "width": 90},
    "CenterCrop": {"height": 51, "width": 45},
}


@pytest.mark.parametrize("name", MOVING)
def test_boxes_lie_around_what_they_lay_around(name: str) -> None:
    """A mark with a box around it, varied sixteen times: the box is as the mark, of corners to within two pixels.

    Of turned marks only the corners reach the box, which lie between pixels.
    """
    marks = np.zeros((16, 60, 60, 3), np.float32)
    marks[:, 22:36, 25:40] = 255.0
    boxes = np.tile(np.array([25.0, 22.0, 40.0, 36.0], np.float32), (16, 1, 1))
    sample = {"images": marks, "bounding_boxes": {"boxes": boxes, "labels": np.ones((16, 1), int)}}
    sample["segmentation_masks"] = marks[..., :1] / 255
    seed = {} if name in ("Resizing", "CenterCrop") else {"seed": 3}
    found = getattr(layers, name)(**MOVING[name], bounding_box_format="xyxy", **seed)(sample, training=True)
    for mask, (box,) in zip(found["segmentation_masks"][..., 0], found["bounding_boxes"]["boxes"], strict=True):
        rows, columns = np.nonzero(mask > 0.5)
        if min(mask.shape) - 1 in (*rows, *columns) or 0 in (*rows, *columns):
            continue  # RandAugment fills by reflection: at the edge there may be more than one mark
        seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        assert np.abs(seen - box).max() <= 2.0, (seen, box)


def test_mixed_and_single() -> None:
    """Images that are mixed have the boxes of both; a single image is taken as well; further entries are handed on."""
    mixed = layers.MixUp(seed=2, bounding_box_format="xyxy")(_sample("xyxy"), training=True)["bounding_boxes"]
    assert mixed["boxes"].shape == (3, 6, 4)
    assert np.array_equal(mixed["boxes"][:, :3], BOXES)
    assert mixed["labels"].shape == (3, 6)
    one = {"images": X[0], "bounding_boxes": {"boxes": BOXES[0], "labels": LABELS[0], "score": 3}, "name": "a"}
    half = layers.Resizing(20, 28, bounding_box_format="xyxy")(one)
    assert half["bounding_boxes"]["boxes"].tolist() == (BOXES[0] / 2).tolist()
    assert (half["bounding_boxes"]["score"], half["name"]) == (3, "a")
    one["bounding_boxes"] = {"boxes": BOXES[0], "labels": LABELS[:1]}  # as Keras's own tests have them
    assert layers.Resizing(20, 28, bounding_box_format="xyxy")(one)["bounding_boxes"]["labels"].tolist() == [1, 2, -1]
    none = {"images": X[0], "bounding_boxes": {"boxes": np.zeros((0, 4)), "labels": np.zeros(0, int)}}
    assert layers.RandomFlip(bounding_box_format="xyxy")(none)["bounding_boxes"]["boxes"].shape == (0, 4)
    assert layers.MaxNumBoundingBoxes(2)(none)["bounding_boxes"]["boxes"].tolist() == [[-1] * 4] * 2
    passed = layers.RandomFlip(bounding_box_format="xyxy")(_sample("xyxy"), training=False)["bounding_boxes"]
    assert np.array_equal(passed["boxes"], BOXES)


def test_in_a_model() -> None:
    """Described, run, and written down."""
    layer = layers.Resizing(20, 28, bounding_box_format="XYWH")
    assert layer.get_config()["bounding_box_format"] == "xywh"
    assert layers.Resizing.from_config(layer.get_config()).bounding_box_format == "xywh"
    assert "bounding_box_format" not in layers.Resizing(2, 2).get_config()
    layer = layers.Resizing(20, 28, bounding_box_format="xyxy")
    images, boxes, labels = Input((ROWS, COLUMNS, 3)), Input((3, 4)), Input((3,))
    both = layer({"images": images, "bounding_boxes": {"boxes": boxes, "labels": labels}})
    model = Model([images, boxes, labels], both["bounding_boxes"]["boxes"])
    assert np.allclose(model.predict([X, BOXES, LABELS], verbose=0)[0, 1], BOXES[0, 1] / 2)


def test_what_is_refused() -> None:
    """By name, with what to do."""
    for name, settings in (("CutMix", {}), ("AugMix", {}), ("RandomElasticTransform", {})):
        with pytest.raises(ArgumentError, match=r'leave the key "bounding_boxes" out'):
            getattr(layers, name)(**settings, bounding_box_format="xyxy")(_sample("xyxy"))
    with pytest.raises(ArgumentError, match="say what the four numbers of a bounding box are"):
        layers.RandomFlip()(_sample("xyxy"))
    with pytest.raises(ArgumentError, match="unknown bounding_box_format"):
        layers.RandomFlip(bounding_box_format="corners")
    with pytest.raises(ArgumentTypeError, match='must be a dictionary with "boxes"'):
        layers.RandomFlip(bounding_box_format="xyxy")({"images": X, "bounding_boxes": BOXES})
    with pytest.raises(ShapeError, match=r"boxes are \(batch, boxes, 4\)"):
        layers.RandomFlip(bounding_box_format="xyxy")(
            {"images": X, "bounding_boxes": {"boxes": BOXES[:, :, :3], "labels": LABELS}}
        )
    assert np.array_equal(layers.MaxNumBoundingBoxes(3)(X), X)


@pytest.mark.parametrize("source", FORMATS)
def test_formats_and_what_is_computed_on_arrays(source: str) -> None:
    """Every format from every other, edges and shares in common, to a millionth of the image."""
    ours, theirs = utils.bounding_boxes, keras.utils.bounding_boxes
    size, boxes = {"height": ROWS, "width": COLUMNS}, BOXES[:, :2] + np.float32(0.25)
    given = np.asarray(convert(boxes, "xyxy", source, **size))
    for target in FORMATS:
        assert (
            np.abs(
                ours.convert_format(given, source, target, **size) - np.asarray(convert(given, source, target, **size))
            ).max()
            < 1e-4
        )
    shape = {"image_shape": (ROWS, COLUMNS, 3)}
    found = ours.compute_iou(given, given[:, :1], source, **shape)
    assert np.abs(found - np.asarray(theirs.compute_iou(given, given[:, :1], source, **shape))).max() < 1e-5
    wide = {"boxes": BOXES + np.float32(20), "labels": LABELS}
    cut, as_keras = (room.clip_to_image_size(wide, height=ROWS, width=COLUMNS) for room in (ours, theirs))
    assert np.array_equal(cut["boxes"], np.asarray(as_keras["boxes"]))
    assert np.array_equal(cut["labels"], np.asarray(as_keras["labels"]))
    for wrong in ({"source": "corners"}, {"target": 3}, {"target": "rel_xyxy", "source": "xyxy"}):
        with pytest.raises(ArgumentError):
            ours.convert_format(**{"boxes": boxes, "source": "xyxy", "target": "xyxy"} | wrong)
    with pytest.raises(ShapeError):
        ours.convert_format([1, 2, 3], "xyxy", "xywh")
