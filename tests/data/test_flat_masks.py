"""Several masks of an image in one folder, by their names: of objects, which are united, and of classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid.cli.class_folders import classes_in
from pellucid.cli.image_folders import Photos
from pellucid.cli.mask_folders import find_masked, has_masks, masked_to_test
from pellucid.data.images.reading import TrainedOn
from pellucid.data.masks.pairs import pairs_in
from pellucid.errors import FileError

BOXES = ((0, 0), (4, 1), (4, 5))


def box(place: tuple[int, int], value: int = 255) -> np.ndarray:
    """A mask of 8x8 with a square of 3x3."""
    mask = np.zeros((8, 8), np.uint8)
    mask[place[0] : place[0] + 3, place[1] : place[1] + 3] = value
    return mask


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def folder(root: Path, image: str, masks: Mapping[str, np.ndarray], count: int = 6) -> Path:
    """Images of noise with the same masks; names have the number of the image in them."""
    for number in range(count):
        save(root / image.format(number), np.random.default_rng(number).integers(0, 255, (8, 8, 3)))
        for name, mask in masks.items():
            save(root / name.format(number), mask)
    return root


def told(found: Photos) -> TrainedOn:
    """What a model keeps that was trained on these."""
    return TrainedOn(found.reading, 1.0, found.class_names, "masks", found.coding)


def numbers_of(root: Path, found: Photos) -> np.ndarray:
    return masked_to_test(root, told(found), "error")[1]


@pytest.mark.parametrize(
    ("image", "masks"),
    [
        ("images/{0}.png", ("masks/{0}_0.png", "masks/{0}_1.png", "masks/{0}_2.png")),
        ("images/{0}.png", ("masks/{0}_mask_0a3f.png", "masks/{0}_mask_b27c.png", "masks/{0}_c3d1f.png")),
        ("images/{0}.png", ("masks/{0}_object1.png", "masks/{0}_object2.png", "masks/{0}_object3.png")),
        ("train/im{0}.png", ("train_masks/im{0}-0.png", "train_masks/im{0}-1.png", "train_masks/im{0}-2.png")),
        ("a b ({0}).png", ("a b ({0})_mask.png", "a b ({0})_mask_1.png", "a b ({0})_mask_2.png")),
        ("images/{0}.png", ("masks/{0}_mask.png", "masks/{0}_mask_1.png", "masks/{0}_mask_2.png")),
    ],
)
def test_masks_of_objects_are_united(tmp_path: Path, image: str, masks: tuple[str, ...]) -> None:
    """In any way in which names count them; the last but one is that of ultrasound images."""
    root = folder(tmp_path, image, dict(zip(masks, map(box, BOXES), strict=True)))
    assert has_masks(root)
    found = find_masked(root, 8, 1, "error", 4)
    assert "The 18 masks of 6 images are united into one for each: objects are not told apart." in found.told
    wanted = np.sum([box(place, 1) for place in BOXES], axis=0)
    numbers = numbers_of(root, found)
    assert len(numbers) == 6 and all(np.array_equal(each, wanted) for each in numbers)


@pytest.mark.parametrize(
    "names",
    [
        ("masks/{0}_Cat.png", "masks/{0}_dog.png"),
        ("masks/{0}_mask_cat.png", "masks/{0}_mask_dog.png"),
        ("masks/{0}_cat_mask.png", "masks/{0}_dog_mask.png"),
        ("masks/{0}/cat.png", "masks/{0}/dog.png"),
        ("masks/{0}/{0}_cat.png", "masks/{0}/{0}_dog.png"),
    ],
)
def test_masks_whose_names_say_classes(tmp_path: Path, names: tuple[str, str]) -> None:
    root = folder(tmp_path / "all", "images/{0}.png", dict(zip(names, map(box, BOXES), strict=False)))
    found = find_masked(root, 8, 1, "error", 4)
    assert found.class_names == ("background", "cat", "dog") and found.coding is not None
    assert found.coding.values == (0, 1, 2)
    assert "their names say the classes, and what none of them shows is background." in " ".join(found.told)
    wanted = box(BOXES[0], 1) + box(BOXES[1], 2)
    assert all(np.array_equal(each, wanted) for each in numbers_of(root, found))


@pytest.mark.parametrize("layout", ["masks/{{0}}_{0}.png", "masks/{{0}}/{0}.png", "masks/{{0}}_{0}_mask.png"])
@pytest.mark.parametrize("white", [1, 255])
def test_one_class_alone_is_the_class_that_its_name_says(tmp_path: Path, layout: str, white: int) -> None:
    """Of the model's, whatever the masks are white with: 1 would else be its first class, in silence."""

    def masks(*words: str) -> dict[str, np.ndarray]:
        return {layout.format(word): box(place, white) for word, place in zip(words, BOXES, strict=False)}

    known = find_masked(folder(tmp_path / "all", "images/{0}.png", masks("cat", "dog")), 8, 1, "error", 4)
    alone = folder(tmp_path / "one", "images/{0}.png", masks("dog"), 3)
    assert all(np.array_equal(each, box(BOXES[0], 2)) for each in numbers_of(alone, known))
    further = find_masked(alone, 8, 1, "error", 4, known.reading, told(known))
    assert further.class_names == ("background", "cat", "dog")
    assert all(np.isin(batch[1], (0, 2)).all() for batch in further.training.batches(0, seed=1))
    other = folder(tmp_path / "other", "images/{0}.png", masks("eel"))
    with pytest.raises(FileError, match=r"masks say eel in their names, .* are cat, dog\. Name .* \(1_cat\.png\)"):
        numbers_of(other, known)


def test_numbers_in_one_mask_are_classes_also_where_names_said_them(tmp_path: Path) -> None:
    names = {f"masks/{{0}}_{name}.png": box(place) for name, place in zip(("cat", "dog"), BOXES, strict=False)}
    known = find_masked(folder(tmp_path / "all", "images/{0}.png", names), 8, 1, "error", 4)
    wanted = box(BOXES[0], 2) + box(BOXES[1], 1)
    plain = folder(tmp_path / "plain", "images/{0}.png", {"masks/{0}_mask.png": wanted})
    assert all(np.array_equal(each, wanted) for each in numbers_of(plain, known))


def test_classes_have_the_numbers_that_a_model_knows(tmp_path: Path) -> None:
    """Where another folder has less of them, or others; and each object of a class counts to it."""
    known = find_masked(
        folder(tmp_path / "a", "images/{0}.png", {f"masks/{{0}}_{name}.png": box(place) for name, place in
                                                  zip(("ant", "cat", "dog"), BOXES, strict=True)}),
        8, 1, "error", 4,
    )  # fmt: skip
    names = {
        "masks/{0}_dog_1.png": box(BOXES[0]),
        "masks/{0}_dog_2.png": box(BOXES[1]),
        "masks/{0}_ant.png": box((4, 5)),
    }
    fewer = folder(tmp_path / "b", "images/{0}.png", names)
    wanted = box(BOXES[0], 3) + box(BOXES[1], 3) + box((4, 5), 1)
    assert all(np.array_equal(each, wanted) for each in numbers_of(fewer, known))
    other = folder(
        tmp_path / "c", "images/{0}.png", {"masks/{0}_dog.png": box((0, 0)), "masks/{0}_eel.png": box((4, 4))}
    )
    with pytest.raises(FileError, match="its masks show eel, which is none of background, ant, cat, dog"):
        numbers_of(other, known)


def test_what_is_not_clear_is_refused(tmp_path: Path) -> None:
    names = {"masks/{0}_cat.png": box((0, 0)), "masks/{0}_0.png": box((4, 4))}
    with pytest.raises(FileError, match="images have masks of the names cat, which seem to be"):
        save(tmp_path / "a" / "masks" / "1_dog.png", box((4, 0)))
        find_masked(folder(tmp_path / "a", "images/{0}.png", names), 8, 1, "error", 4)
    over = folder(
        tmp_path / "b", "images/{0}.png", {"masks/{0}_cat.png": box((0, 0)), "masks/{0}_dog.png": box((2, 2))}
    )
    with pytest.raises(FileError, match="its masks show two classes at 1 places"):
        find_masked(over, 8, 1, "error", 4)


def test_names_that_begin_alike_keep_their_own_masks(tmp_path: Path) -> None:
    """1_1 is an image of its own, and its mask none of an object of 1; without that image it is spare."""
    for name in ("1", "1_1"):
        save(tmp_path / "images" / f"{name}.png", np.zeros((8, 8, 3)))
        save(tmp_path / "masks" / f"{name}.png", box((0, 0)))
    assert [Path(path).name for path in pairs_in(tmp_path).masks] == ["1.png", "1_1.png"]
    (tmp_path / "images" / "1_1.png").unlink()
    found = pairs_in(tmp_path)
    assert [Path(path).name for path in (*found.masks, *found.spare)] == ["1.png", "1_1.png"] and not found.objects


def test_images_without_masks_are_named(tmp_path: Path) -> None:
    root = folder(tmp_path, "images/{0}.png", {"masks/{0}_0.png": box((0, 0)), "masks/{0}_1.png": box((4, 4))})
    for name in ("2_0.png", "2_1.png"):
        (root / "masks" / name).unlink()
    save(root / "masks" / "9_0.png", box((0, 0)))
    found = pairs_in(root)
    assert [Path(path).name for path in (*found.without, *found.spare)] == ["2.png", "9_0.png"]
    with pytest.raises(FileError, match=r"2\.png has no mask"):
        find_masked(root, 8, 1, "error", 4)


def test_masks_beside_the_images_of_classes_are_no_photos(tmp_path: Path) -> None:
    """As of ultrasound: benign/benign (1).png beside benign (1)_mask.png."""
    for kind in ("benign", "normal"):
        folder(tmp_path / kind, f"{kind} ({{0}}).png", {f"{kind} ({{0}})_mask.png": box((0, 0))}, 3)
    with pytest.raises(FileError, match="benign, normal have masks beside their images"):
        classes_in(tmp_path)


def test_gif_and_trimaps(tmp_path: Path) -> None:
    """Carvana's masks end in _mask.gif; those of Oxford's pets have 1, 2 and 3, in a folder inside of annotations."""
    for number in range(3):
        save(tmp_path / "cars" / "train" / f"{number}_01.jpg", np.full((8, 8, 3), 40 * number))
        (tmp_path / "cars" / "train_masks").mkdir(exist_ok=True)
        Image.fromarray(box((0, 0)) > 0).save(tmp_path / "cars" / "train_masks" / f"{number}_01_mask.gif")
        save(tmp_path / "pets" / "images" / f"pug_{number}.jpg", np.full((8, 8, 3), 40 * number))
        save(tmp_path / "pets" / "annotations" / "trimaps" / f"pug_{number}.png", 1 + box((0, 0), 1) + box((4, 4), 2))
    (tmp_path / "pets" / "annotations" / "trimaps" / "._pug_0.png").write_bytes(b"Mac OS X")
    (tmp_path / "pets" / "annotations" / "xmls").mkdir()
    (tmp_path / "pets" / "annotations" / "list.txt").write_text("pug_0 1 1 1\n")
    cars = find_masked(tmp_path / "cars", 8, 1, "error", 4)
    assert cars.class_names == ("background", "object")
    assert all(np.array_equal(each, box((0, 0), 1)) for each in numbers_of(tmp_path / "cars", cars))
    pets = find_masked(tmp_path / "pets", 8, 1, "error", 4)
    assert pets.class_names == ("1", "2", "3")
    assert all(np.array_equal(each, box((0, 0), 1) + box((4, 4), 2)) for each in numbers_of(tmp_path / "pets", pets))
