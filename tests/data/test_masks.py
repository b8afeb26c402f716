"""Masks: which belongs to which image, what their values stand for, and that image and mask move together."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from pellucid.data import Reading, TrainedOn
from pellucid.data.images.affine import affine_map
from pellucid.data.images.looks import Looks, looks_of, unlike
from pellucid.data.masks.coding import COLORED, Coding, numbered
from pellucid.data.masks.moved_together import DRAWS, SCALED, SHIFTED, TURNED, moved
from pellucid.data.masks.pairs import is_masked, pairs_by_part, pairs_in
from pellucid.data.masks.values import coding_of, names_of, read_masks
from pellucid.errors import ArgumentError, FileError


def _empty(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("images/a.jpg", "masks/a.png", "images/b.jpg", "masks/b_mask.png"), ["a", "b"]),
        (("JPEGImages/a.jpg", "SegmentationClass/a.png"), ["a"]),
        (("Images/x/a.jpg", "Labels/x/a_seg.png"), ["a"]),
        (("a.png", "a_mask.png", "b.png", "b_MASK.png"), ["a", "b"]),
        (("a.jpg", "a.png"), ["a"]),
        (("train/a.jpg", "train_masks/a_mask.gif", "test/b.jpg"), ["a"]),
        (("original/a.jpg", "ground_truth/a.bmp"), ["a"]),
        (("images_prepped_train/a.png", "annotations_prepped_train/a.png"), ["a"]),
        (("x/a.png", "y/a.png"), ["a"]),
        (("images/a.jpg", "annotations/trimaps/a.png"), ["a"]),
        (("images/a.png", "labels/a_L.png"), ["a"]),
        (("a_sat.jpg", "a_mask.png"), ["a_sat"]),
        (("leftImg8bit/train/a_leftImg8bit.png", "gtFine/train/a_gtFine_labelIds.png"), ["a_leftImg8bit"]),
    ],
)
def test_pairs(tmp_path: Path, names: tuple[str, ...], wanted: list[str]) -> None:
    _empty(tmp_path, *names)
    assert is_masked(tmp_path)
    found = pairs_in(tmp_path)
    assert [Path(path).stem for path in found.images] == wanted
    stems = [stem.split("_")[0] for stem in wanted]
    assert all(Path(mask).stem.lower().startswith(stem) for mask, stem in zip(found.masks, stems, strict=True))


def test_images_and_masks_with_words_before_their_names(tmp_path: Path) -> None:
    _empty(tmp_path, "images/img_1.jpg", "images/img_2.jpg", "masks/mask_2.png", "masks/mask_1.png")
    found = pairs_in(tmp_path)
    assert [Path(path).name for path in found.masks] == ["mask_1.png", "mask_2.png"]


def test_parts_whose_names_say_what_is_in_them(tmp_path: Path) -> None:
    for part in ("train", "test"):
        _empty(tmp_path, f"{part}_images/a.jpg", f"{part}_images/b.jpg", f"{part}_masks/a.png", f"{part}_masks/b.png")
    assert [(part, len(pairs.images)) for part, pairs in pairs_by_part(tmp_path)] == [("test", 2), ("train", 2)]


def test_classes_may_be_called_as_masks_are(tmp_path: Path) -> None:
    """Faces with masks before them, and without."""
    for names in (("with_mask", "without_mask"), ("mask", "no_mask"), ("face", "face_mask"), ("labels", "boxes")):
        root = tmp_path / names[0]
        _empty(root, f"{names[0]}/1.jpg", f"{names[1]}/2.jpg")
        assert not is_masked(root)


def test_what_is_no_pair(tmp_path: Path) -> None:
    _empty(tmp_path, "images/a.jpg", "images/b.jpg", "masks/a.png", "masks/c.png")
    found = pairs_in(tmp_path)
    assert [Path(path).name for path in (*found.without, *found.spare)] == ["b.jpg", "c.png"]
    _empty(tmp_path, "masks/a_mask.png")
    with pytest.raises(FileError, match="both masks of the name 'a'"):
        pairs_in(tmp_path)
    _empty(tmp_path / "other", "images/a.jpg", "masks/z.png")
    with pytest.raises(FileError, match="no image has a mask of its name"):
        pairs_in(tmp_path / "other")
    _empty(tmp_path / "boxes", "images/a.jpg", "labels/a.txt", "labels/b.txt")
    with pytest.raises(FileError, match=r"has a mask of its name; .*labels holds no images \(\.txt 2\): boxes"):
        pairs_in(tmp_path / "boxes")
    _empty(tmp_path / "classes", "cats/a.jpg", "dogs/a.jpg")
    _empty(tmp_path / "flat", "a.jpg", "b.jpg", "c.png")
    assert not is_masked(tmp_path / "classes") and not is_masked(tmp_path / "flat")


def _saved(path: Path, pixels: np.ndarray, mode: str | None = None) -> str:
    image = Image.fromarray(pixels.astype(np.uint8))
    if mode == "P":
        image.putpalette([*range(255, -1, -1)] * 3)
    (image if mode in (None, "P") else image.convert(mode)).save(path)
    return str(path)


SQUARES = np.kron(np.array([[0, 1], [2, 1]]), np.ones((4, 4), int))


def test_values_are_indices_greys_or_colours(tmp_path: Path) -> None:
    """However a mask is drawn, each class has its number, and none is mixed of two when it is scaled."""
    red_green = np.array([[0, 0, 0], [255, 0, 0], [0, 128, 0]])[SQUARES]
    alpha = np.dstack([np.zeros((8, 8, 3)), SQUARES * 100])
    drawn = {
        "grey": _saved(tmp_path / "grey.png", SQUARES),
        "palette": _saved(tmp_path / "palette.png", SQUARES, "P"),
        "grey in colours": _saved(tmp_path / "rgb.png", SQUARES, "RGB"),
        "colours": _saved(tmp_path / "colours.png", red_green),
        "transparency": _saved(tmp_path / "alpha.png", alpha),
    }
    for name, path in drawn.items():
        found = read_masks([path], (4, 4))
        numbers = numbered(found.values, coding_of(found, name), name)[0]
        wanted = SQUARES[::2, ::2]
        if name == "colours":  # in the order of their numbers: black, green, red
            wanted = np.array([0, 2, 1])[wanted]
        np.testing.assert_array_equal(numbers, wanted, err_msg=name)
    assert coding_of(read_masks([drawn["colours"]], (2, 2)), "").names == ("#000000", "#008000", "#ff0000")
    with pytest.raises(FileError, match="some masks are drawn in colours"):
        coding_of(read_masks([drawn["grey"], drawn["colours"]], (2, 2)), "here")


@pytest.mark.parametrize("size", [(6, 6), (3, 3), (12, 9)])
def test_every_colour_stays_what_it_is(tmp_path: Path, size: tuple[int, int]) -> None:
    """Colours that differ by one in the blue are two classes, in whatever size."""
    colors = [(0, 0, 0), (0, 0, 255), (0, 1, 0), (0, 0, 128), (0, 0, 129), (255, 255, 0), (255, 0, 255)]
    for one, other in pairwise(colors):
        pixels = np.zeros((6, 6, 3), np.uint8)
        pixels[:, :3], pixels[:, 3:] = one, other
        found = read_masks([_saved(tmp_path / "m.png", pixels)], size)
        coding = coding_of(found, "m")
        assert set(coding.names) == {"#{:02x}{:02x}{:02x}".format(*color) for color in (one, other)}
        numbers = numbered(found.values, coding, "m")[0]
        left, right = numbers[:, 0], numbers[:, -1]
        first = coding.names.index("#{:02x}{:02x}{:02x}".format(*one))
        assert (left == first).all() and (right == 1 - first).all() and set(np.unique(numbers)) == {0, 1}


def test_what_values_stand_for(tmp_path: Path) -> None:
    def coded(pixels: np.ndarray, name: str = "m.png") -> Coding:
        return coding_of(read_masks([_saved(tmp_path / name, pixels)], (8, 8)), "here")

    bright = np.where(SQUARES == 1, 255, 0)
    assert coded(bright) == Coding((0, 255)) and coded(bright).names == ("background", "object")
    assert coded(np.where(SQUARES == 2, 255, SQUARES)) == Coding((0, 1), 255)
    assert coded(SQUARES * 100) == Coding((0, 100, 200))
    big = np.kron(bright, np.ones((8, 8)))
    rows, columns = np.mgrid[:120, :120] - np.array([60.3, 59.6]).reshape(2, 1, 1)
    disc = (40.0 - np.hypot(rows, columns)).clip(0, 1) * 255  # drawn with soft edges
    assert coded(disc, "soft.png") == Coding((0, 255), None, True)
    ids = np.zeros((60, 60))
    ids[0, :10] = [3, 7, 9, 11, 14, 16, 20, 23, 31, 255]  # rare classes between which nothing lies
    assert len(coded(ids, "ids.png").values) == 11
    assert coded(big, "binary.jpg").values == (0, 255)
    with pytest.raises(FileError, match="export them as PNG"):
        coded(np.kron(SQUARES * 60, np.ones((3, 3))), "several.jpg")
    with pytest.raises(FileError, match="at most 128 are classes"):
        coded(np.arange(256).reshape(16, 16))
    with pytest.raises(FileError, match="all have the value 7"):
        coded(np.full((4, 4), 7))
    with pytest.raises(FileError, match="the value 3 occurs in masks and is none of"):
        numbered(np.array([[0, 3]]), Coding((0, 1)), "here")


def test_masks_lie_over_their_images(tmp_path: Path) -> None:
    """One of other proportions cannot; a photo counts as the camera says that it is turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (16, 8))
    image.save(tmp_path / "turned.jpg", exif=exif)
    image.save(tmp_path / "flat.jpg")
    mask = _saved(tmp_path / "mask.png", np.ones((8, 4)))
    found = read_masks([mask, mask], (4, 4), [str(tmp_path / "turned.jpg"), str(tmp_path / "flat.jpg")])
    assert list(found.bad) == [1] and "do not lie over each other" in found.bad[1] and len(found.values) == 1


def test_names_of_classes(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("sky\n\nroad\ncar\n")
    assert names_of(tmp_path, Coding((0, 2))) == ("sky", "car")
    assert names_of(tmp_path, Coding((0, 100, 200))) == ("sky", "road", "car")
    with pytest.raises(FileError, match="names 3 classes; the masks have 2 values"):
        names_of(tmp_path, Coding((0, 200)))


def test_image_and_mask_move_together() -> None:
    """The image as SciPy resamples it, the mask as its nearest pixels."""
    rng = np.random.default_rng(3)
    mask = (ndimage.gaussian_filter(rng.normal(size=(24, 20)), 3) > 0).astype(np.uint8)
    image = (mask[..., np.newaxis] * 150.0 + 50).astype(np.float32)
    draws = rng.uniform(-1, 1, DRAWS)
    draws[0], draws[5:] = -1.0, 0.0
    x, y = moved(image, mask, draws)
    zoom = 1 + SCALED * draws[4]
    place = affine_map((24, 20), TURNED * draws[1], SHIFTED * draws[2] * 24, SHIFTED * draws[3] * 20, 0.0, zoom, zoom)
    other = ndimage.affine_transform(image[..., 0].astype(np.float64), *place, order=1, mode="reflect")
    np.testing.assert_allclose(x[..., 0], other, atol=2e-3)
    inside = np.abs(x[..., 0] - 125) > 70  # where no edge is near
    np.testing.assert_array_equal(y[inside], (x[..., 0] > 125)[inside])
    assert set(np.unique(y)) <= {0, 1} and y.dtype == np.uint8


def test_what_images_are_like() -> None:
    rng = np.random.default_rng(0)
    digits = [np.zeros((28, 28, 1)) for _ in range(20)]
    for digit in digits:
        digit[8:20, 8:20] = rng.integers(80, 255, (12, 12, 1))
    looks = looks_of(digits, [(28, 28)] * 20)
    assert looks is not None
    assert unlike(looks, digits[0], (28, 28)) == []
    (told,) = unlike(looks, 255 - digits[0], (28, 28))
    assert "looks inverted" in told
    (told,) = unlike(looks, digits[0] / 255, (28, 28))
    assert "scaled to 0..1 already" in told
    (told,) = unlike(looks, digits[0], (400, 400))
    assert "much larger: 400x400" in told
    (told,) = unlike(looks, digits[0], (56, 28))
    assert "other proportions" in told
    (told,) = unlike(looks, np.full((28, 28, 1), 5.0), (28, 28))
    assert "darker than all" in told
    with pytest.raises(ArgumentError, match="light must be the least and the largest"):
        Looks((3.0, 1.0), (0.0, 1.0), (0.0, 1.0), (1.0, 1.0), (1.0, 1.0), 3)


def test_images_without_colours_are_told_from_those_with_some() -> None:
    """Grey photos where all had colours, and the other way round; a model of grey images is not asked."""
    rng = np.random.default_rng(0)
    coloured = rng.integers(0, 255, (20, 8, 8, 3))
    grey = np.repeat(rng.integers(0, 255, (20, 8, 8, 1)), 3, axis=-1)
    of_coloured, of_grey, of_both = (
        looks_of(each, [(8, 8)] * len(each)) for each in (coloured, grey, np.concatenate([coloured, grey]))
    )
    assert of_coloured is not None and of_grey is not None and of_both is not None
    assert unlike(of_coloured, grey[0], (8, 8)) == ["it is without colours, and all images trained on had some"]
    assert unlike(of_grey, coloured[0], (8, 8)) == ["it has colours, and no image trained on had any"]
    for looks, image in ((of_coloured, coloured[0]), (of_grey, grey[0]), (of_both, grey[0]), (of_both, coloured[0])):
        assert unlike(looks, image, (8, 8)) == []


def test_what_is_told_is_kept() -> None:
    looks = Looks((1.0, 2.0), (0.0, 1.0), (0.0, 1.0), (1.0, 9.0), (1.0, 1.0), 3)
    told = TrainedOn(Reading(8, 8), 1.0, ("a", "b"), "masks", Coding((0, COLORED + 3), None), looks)
    assert TrainedOn.of_record(told.to_record()) == told
    record = told.to_record()
    del record["looks"]["colour"]  # as files have it that were written before colours were looked at
    assert TrainedOn.of_record(record) == told
    record = told.to_record()
    for wrong in ({"kind": "smells"}, {"coding": {"values": [1]}}, {"looks": 3}, {"more": 1}):
        with pytest.raises(ArgumentError):
            TrainedOn.of_record(record | wrong)
