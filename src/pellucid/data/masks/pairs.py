"""Images with masks beside them: where both lie, and which mask belongs to which image."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pellucid.data.folders.class_folders import class_folders, photos_in, spelled
from pellucid.data.folders.named_parts import part_called
from pellucid.data.masks.objects import masks_below, refuse_classes
from pellucid.errors import FileError, escaped
from pellucid.frozen import Frozen

__all__ = ["Pairs", "is_masked", "pairs_by_part", "pairs_in"]

IMAGES: tuple[str, ...] = ("images", "image", "imgs", "img", "photos", "jpegimages", "original", "originals", "inputs")
IMAGES += ("input", "leftimg8bit", "x")
MASKS: tuple[str, ...] = ("masks", "mask", "labels", "annotations", "segmentation", "segmentations")
MASKS += ("segmentationclass", "gt", "gtfine", "groundtruth", "label", "annotation", "annot", "targets", "target", "y")
"""What folders are called, and words in the names of folders; the first that is there is meant."""
ENDINGS = ("_mask", "-mask", "_masks", "_seg", "_segmentation", "_label", "_labels", "_gt")
"""What names of masks have behind the name of their image, where they have anything."""
FURTHER_ENDINGS = (*ENDINGS, "_l", "_annotation", "_gtfine_labelids", "_matte")
OF_IMAGES = ("_sat", "_image", "_img", "_leftimg8bit")
BEFORE_IMAGES = ("img_", "img-", "image_", "image-", "im_", "photo_")
BEFORE_MASKS = ("mask_", "mask-", "label_", "label-", "seg_", "gt_", "annotation_")
EXPECTED = "expected images/1.jpg and masks/1.png, or 1.jpg and 1_mask.png in one folder"
EXPECTED += "; several masks of one image lie in masks/1/"
SEVERAL = ", or lay the masks of each image into a folder that is called as it is: masks/1/0.png"
Key = Callable[[str, str], str]


class Pairs(Frozen):
    """Images and their masks.

    Attributes:
        images: paths, sorted.
        masks: the mask of each: a file, or a folder of several, which are one for each object.
        without: images that have none.
        spare: masks that have no image.
    """

    images: tuple[str, ...]
    masks: tuple[str, ...]
    without: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()


def is_masked(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder holds images with masks: in two sub-folders, in two for each image, or side by side.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("images", "masks"):
        ...         os.mkdir(f"{folder}/{name}")
        ...     is_masked(folder)
        True
    """
    root = os.fspath(folder)
    return bool(_folders(root) or _by_image(root)) or (not class_folders(root) and bool(_beside(root)[1]))


def pairs_in(folder: str | os.PathLike[str]) -> Pairs:
    """Which mask belongs to which image: that of the same name, but for its ending and a "_mask" behind the name.

    Raises:
        FileError: two masks belong to one image, or there is no pair.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("1.jpg", "1_mask.png", "2.jpg"):
        ...         open(f"{folder}/{name}", "w").close()
        ...     found = pairs_in(folder)
        >>> [os.path.basename(path) for path in (*found.images, *found.masks, *found.without)]
        ['1.jpg', '1_mask.png', '2.jpg']
    """
    found = [pairs for _, pairs in pairs_by_part(folder)]
    parts = ("images", "masks", "without", "spare")
    return Pairs(*(tuple(path for pairs in found for path in getattr(pairs, part)) for part in parts))


def pairs_by_part(folder: str | os.PathLike[str]) -> list[tuple[str | None, Pairs]]:
    """The pairs of each two folders, with the part of the data set that these are; see `named_parts`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("train", "train_masks", "val_images", "val_masks"):
        ...         os.mkdir(f"{folder}/{name}")
        ...         open(f"{folder}/{name}/1.png", "w").close()
        ...     [(part, len(pairs.images)) for part, pairs in pairs_by_part(folder)]
        [('train', 1), ('val', 1)]
    """
    root = os.fspath(folder)
    found = _folders(root)
    several = [] if found else _by_image(root)
    if several:
        return [(None, _of_objects(root, several))]
    if not found:
        photos, drawn = _beside(root)
        return [(None, _paired(root, root, photos, root, drawn))]
    return [(part, _pairs_of(root, a, b)) for part, a, b in found]


def _pairs_of(root: str, images: str, masks: str) -> Pairs:
    """The pairs of two folders: of files, or of images and folders of masks that are called as they are."""
    photos, inside = _files(images), {spelled(name): name for name in class_folders(masks)}
    if not any(spelled(Path(path).stem) in inside for path in photos):
        return _paired(root, images, photos, masks, _files(masks))
    places = [(path, inside.get(spelled(Path(path).stem))) for path in photos]
    return _of_objects(root, [(path, None if name is None else os.path.join(masks, name)) for path, name in places])


def _by_image(root: str) -> list[tuple[str, str | None]]:
    """The images that have each a folder of its own, with one of its masks beside it; nothing where none has."""
    found: list[tuple[str, str | None]] = []
    for name in class_folders(root):
        inside = os.path.join(root, name)
        folders = [] if part_called(name) else _folders(inside)
        photos = _files(folders[0][1] if folders else inside) if len(folders) < 2 else []
        if folders and len(photos) != 1:
            return []  # of several images, each folder is a data set or a class
        if len(photos) == 1:
            found.append((photos[0], folders[0][2] if folders else None))
    return found if any(masks for _, masks in found) else []


def _of_objects(root: str, places: Sequence[tuple[str, str | None]]) -> Pairs:
    """Pairs of images and folders of masks, of which some may be empty."""
    full = {path: masks for path, masks in places if masks is not None and masks_below(masks)}
    refuse_classes(list(full.values()), escaped(root))
    return Pairs(tuple(full), tuple(full.values()), tuple(path for path, _ in places if path not in full))


def _folders(root: str) -> list[tuple[str | None, str, str]]:
    """Folders of images and of their masks, which have what else is in their names in common; and which part it is."""
    read = {name: _read(name) for name in class_folders(root)}
    found: dict[frozenset[str], tuple[str, str]] = {}
    for word in MASKS:
        for mask, (kind, rest) in read.items():
            fitting = [name for name, other in read.items() if other[1] == rest and other[0] in IMAGES]
            fitting.sort(key=lambda name: IMAGES.index(read[name][0]))
            if not fitting and rest:  # such as "train" beside "train_masks"
                fitting = [name for name, other in read.items() if other == ("", rest) and _agree(root, name, mask)]
            if kind == word and fitting:
                found.setdefault(rest, (fitting[0], mask))
    pairs = sorted(found.items(), key=lambda each: sorted(each[0]))
    return [(_part_of(rest), os.path.join(root, a), os.path.join(root, b)) for rest, (a, b) in pairs]


def _part_of(rest: frozenset[str]) -> str | None:
    """The part that is named among other words, if one is."""
    return next((part for part in map(part_called, sorted(rest)) if part is not None), None)


def _read(name: str) -> tuple[str, frozenset[str]]:
    """A folder's name as the word that says what is in it, "" if none does, and all others."""
    joined = name.strip().lower().replace("ground_truth", "groundtruth").replace("ground truth", "groundtruth")
    words = [word for word in re.split(r"[\W_]+", joined) if word]
    kind = next((word for word in words if word in (*IMAGES, *MASKS)), "")
    return kind, frozenset(word for word in words if word != kind)


def _agree(root: str, images: str, masks: str) -> bool:
    """Whether at least half of the masks carry the name of an image: else both may be classes."""
    names = {Path(path).stem for path in _files(os.path.join(root, images))}
    drawn = [_without_end(Path(path).stem, FURTHER_ENDINGS) for path in _files(os.path.join(root, masks))]
    return bool(drawn) and 2 * sum(name in names for name in drawn) >= len(drawn)


def _files(folder: str) -> list[str]:
    return list(photos_in(folder, has_classes=False).files)


def _beside(folder: str) -> tuple[list[str], list[str]]:
    """Images and masks that lie in one folder: masks have an ending behind the name, or are the PNG beside a JPEG."""
    files = _files(folder)
    names = {os.path.splitext(path)[0] for path in files}
    names |= {_without_end(name, OF_IMAGES) for name in names}
    masks = [path for path in files if _without_end(stem := os.path.splitext(path)[0], ENDINGS) in names - {stem}]
    if not masks:
        photos = {stem for stem, ending in map(os.path.splitext, files) if ending.lower() in (".jpg", ".jpeg")}
        masks = [path for path in files if path.lower().endswith(".png") and os.path.splitext(path)[0] in photos]
    drawn = set(masks)
    return [path for path in files if path not in drawn], masks


def _paired(root: str, images: str, photos: Sequence[str], masks: str, drawn: Sequence[str]) -> Pairs:
    """The pairs by the first way of reading names that finds any."""
    for of_image, of_mask in _ways():
        by_image, by_mask = _keyed(images, photos, of_image, "images"), _keyed(masks, drawn, of_mask, "masks")
        both = [key for key in by_image if key in by_mask]
        if both:
            return Pairs(
                tuple(by_image[key] for key in both),
                tuple(by_mask[key] for key in both),
                tuple(path for key, path in by_image.items() if key not in by_mask),
                tuple(path for key, path in by_mask.items() if key not in by_image),
            )
    others = Counter(Path(name).suffix for name in photos_in(masks, has_classes=False, extensions=("",)).files)
    listed = ", ".join(f"{ending or 'no ending'} {count:,}" for ending, count in others.most_common(3))
    what = "" if drawn or not others else f"; {escaped(masks)} holds no images ({escaped(listed)})"
    if what and set(others) <= {".txt", ".xml"}:
        what += ": boxes of objects, as YOLO and Pascal VOC write them, are not learned"
    raise FileError(f"{escaped(root)}: no image has a mask of its name{what}; {EXPECTED}")


def _ways() -> Iterator[tuple[Key, Key]]:
    """How names of images and of masks are read: in the same folders, in any, and without what says what they are."""

    def inside(root: str, path: str) -> str:
        return os.path.splitext(os.path.relpath(path, root))[0]

    yield inside, lambda root, path: _without_end(inside(root, path), ENDINGS)
    yield lambda root, path: Path(path).stem, lambda root, path: _without_end(Path(path).stem, ENDINGS)
    yield (
        lambda root, path: _without_end(_without_start(Path(path).stem, BEFORE_IMAGES), OF_IMAGES),
        lambda root, path: _without_end(_without_start(Path(path).stem, BEFORE_MASKS), FURTHER_ENDINGS),
    )
    yield lambda root, path: Path(path).stem, lambda root, path: re.sub(r"[_-]\d+$", "", Path(path).stem)


def _without_end(stem: str, endings: Sequence[str]) -> str:
    ending = max((ending for ending in endings if stem.lower().endswith(ending)), key=len, default="")
    return stem[: len(stem) - len(ending)]


def _without_start(stem: str, beginnings: Sequence[str]) -> str:
    return stem[len(next((each for each in beginnings if stem.lower().startswith(each)), "")) :]


def _keyed(root: str, files: Sequence[str], key_of: Key, what: str) -> dict[str, str]:
    """Files by what an image and its mask have in common; raises `FileError` where two have the same."""
    found: dict[str, str] = {}
    for path in files:
        key = spelled(key_of(root, path))
        if key in found:
            raise FileError(
                f"{escaped(found[key])} and {escaped(path)} are both {what} of the name {escaped(key)!r}; keep one of "
                f"them{SEVERAL * (what == 'masks')}"
            )
        found[key] = path
    return found
