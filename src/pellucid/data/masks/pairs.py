"""Images with masks beside them: where both lie, and which mask belongs to which image."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from pellucid.data.folders.class_folders import class_folders, photos_in, spelled
from pellucid.data.folders.named_parts import part_called
from pellucid.data.masks.grouped import grouped
from pellucid.data.masks.objects import Objects, masks_below, objects_of
from pellucid.errors import FileError, escaped
from pellucid.frozen import Frozen

__all__ = ["Pairs", "has_masks_beside", "is_masked", "pairs_by_part", "pairs_in"]

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
EXPECTED += "; several masks of one image are masks/1_0.png and masks/1_1.png, or lie in masks/1/"
NUMBER = re.compile(r"[_-]\d+$")
Key = Callable[[str, str], str]


class Pairs(Frozen):
    """Images and their masks.

    Attributes:
        images: paths, sorted.
        masks: the mask of each: a file, or what several are called together.
        without: images that have none.
        spare: masks that have no image.
        objects: those that are several, by what they are called together.
    """

    images: tuple[str, ...]
    masks: tuple[str, ...]
    without: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    objects: Mapping[str, Objects] = field(default_factory=dict)


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


def has_masks_beside(folder: str | os.PathLike[str]) -> bool:
    """Whether files of a folder are called as masks of others in it: 1.png and 1_mask.png.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("1.png", "1_mask.png"):
        ...         open(f"{folder}/{name}", "w").close()
        ...     has_masks_beside(folder)
        True
    """
    stems = {os.path.splitext(path)[0] for path in _files(os.fspath(folder))}
    return any(_beside_of(stem) in stems - {stem} for stem in stems)


def pairs_in(folder: str | os.PathLike[str], classes: Sequence[str] = ()) -> Pairs:
    """Which mask belongs to which image: that of the same name, but for its ending and a "_mask" behind the name.

    Args:
        folder: see `is_masked`.
        classes: that names of masks are known to say, see `objects_of`.

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
    found = [pairs for _, pairs in pairs_by_part(folder, classes)]
    images, masks, without, spare = (
        tuple(path for pairs in found for path in getattr(pairs, part))
        for part in ("images", "masks", "without", "spare")
    )
    objects = {name: several for pairs in found for name, several in pairs.objects.items()}
    return Pairs(images, masks, without, spare, objects)


def pairs_by_part(folder: str | os.PathLike[str], classes: Sequence[str] = ()) -> list[tuple[str | None, Pairs]]:
    """The pairs of each two folders, with the part of the data set that these are; see `named_parts` and `pairs_in`.

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
        return [(None, _of_objects(root, several, classes))]
    if not found:
        photos, drawn = _beside(root)
        return [(None, _paired(root, root, photos, root, drawn, classes))]
    return [(part, _pairs_of(root, a, b, classes)) for part, a, b in found]


def _pairs_of(root: str, images: str, masks: str, classes: Sequence[str]) -> Pairs:
    """The pairs of two folders: of files, or of images and folders of masks that are called as they are."""
    photos, inside = _files(images), {spelled(name): name for name in class_folders(masks)}
    if not any(spelled(Path(path).stem) in inside for path in photos):
        return _paired(root, images, photos, masks, _files(masks), classes)
    places = [(path, inside.get(spelled(Path(path).stem))) for path in photos]
    return _of_objects(root, [(path, name and os.path.join(masks, name)) for path, name in places], classes)


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


def _of_objects(root: str, places: Sequence[tuple[str, str | None]], classes: Sequence[str]) -> Pairs:
    """Pairs of images and folders of masks, of which some may be empty."""
    full = {path: masks for path, masks in places if masks is not None and masks_below(masks)}
    names = {
        masks: [(each, _behind(Path(each).stem, Path(path).stem)) for each in masks_below(masks)]
        for path, masks in full.items()
    }
    objects = objects_of(names, escaped(root), are_free=True, classes=classes)
    return Pairs(tuple(full), tuple(full.values()), tuple(path for path, _ in places if path not in full), (), objects)


def _behind(name: str, image: str) -> str:
    """What stands in the name of a mask behind that of its image, where it begins so."""
    return name[len(image) :] if name.startswith(image) else name


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
    names = {Path(path).stem: path for path in _files(os.path.join(root, images))}
    drawn = {Path(path).stem: path for path in _files(os.path.join(root, masks))}
    own = [name for name in drawn if _without_end(name, FURTHER_ENDINGS) in names]
    behind = grouped(names, {name: path for name, path in drawn.items() if name not in own})
    return bool(drawn) and 2 * (len(own) + sum(map(len, behind.values()))) >= len(drawn)


def _files(folder: str) -> list[str]:
    return list(photos_in(folder, has_classes=False).files)


def _beside(folder: str) -> tuple[list[str], list[str]]:
    """Images and masks that lie in one folder: masks have an ending behind the name, or are the PNG beside a JPEG."""
    files = _files(folder)
    names = {os.path.splitext(path)[0] for path in files}
    names |= {_without_end(name, OF_IMAGES) for name in names}
    stems = [os.path.splitext(path)[0] for path in files]
    masks = [path for path, stem in zip(files, stems, strict=True) if _beside_of(stem) in names - {stem}]
    if not masks:
        photos = {stem for stem, ending in map(os.path.splitext, files) if ending.lower() in (".jpg", ".jpeg")}
        masks = [path for path in files if path.lower().endswith(".png") and os.path.splitext(path)[0] in photos]
    drawn = set(masks)
    return [path for path in files if path not in drawn], masks


def _beside_of(stem: str) -> str:
    """The name of the image beside which a mask lies: 1 of 1_mask, and of 1_mask_2."""
    first = NUMBER.sub("", stem)
    return _without_end(stem, ENDINGS) if _without_end(first, ENDINGS) == first else _without_end(first, ENDINGS)


def _paired(
    root: str, images: str, photos: Sequence[str], masks: str, drawn: Sequence[str], classes: Sequence[str]
) -> Pairs:
    """The pairs by the first way of reading names that finds any; else several masks of an image."""
    numbered = _numbered(drawn)
    for of_image, of_mask in _ways() if drawn else ():
        by_image = _keyed(images, photos, of_image, "images")
        by_mask = _keyed(masks, [path for path in drawn if path not in numbered], of_mask, "masks")
        both = [key for key in by_image if key in by_mask]
        if both:
            used = {by_mask[key] for key in both}
            groups: dict[str, list[tuple[str, str]]] = {}
            for path, first in numbered.items():
                groups.setdefault(first, [(first, "")]).append((path, ""))
            more = [path for path, first in numbered.items() if first not in used]
            return Pairs(
                tuple(by_image[key] for key in both),
                tuple(by_mask[key] for key in both),
                tuple(path for key, path in by_image.items() if key not in by_mask),
                (*(path for key, path in by_mask.items() if key not in by_image), *more),
                objects_of({first: each for first, each in groups.items() if first in used}, root, are_free=False),
            )
    for of_image in (_inside, _stem) if drawn else ():
        names = _keyed(images, photos, of_image, "images")
        groups = grouped(names, {spelled(of_image(masks, path)): path for path in drawn})
        if groups:
            return _of_groups(root, photos, drawn, groups, classes)
    others = Counter(Path(name).suffix for name in photos_in(masks, has_classes=False, extensions=("",)).files)
    listed = ", ".join(f"{ending or 'no ending'} {count:,}" for ending, count in others.most_common(3))
    what = "" if drawn or not others else f"; {escaped(masks)} holds no images ({escaped(listed)})"
    if what and set(others) <= {".txt", ".xml"}:
        what += ": boxes of objects, as YOLO and Pascal VOC write them, are not learned"
    raise FileError(f"{escaped(root)}: no image has a mask of its name{what}; {EXPECTED}")


def _numbered(drawn: Sequence[str]) -> dict[str, str]:
    """Further masks of an image, 1_mask_2.png, with the first, 1_mask.png: behind a word that says it is a mask."""
    stems = {os.path.splitext(path)[0]: path for path in drawn}
    firsts = {path: NUMBER.sub("", os.path.splitext(path)[0]) for path in drawn}
    return {
        path: stems[first]
        for path, first in firsts.items()
        if stems.get(first, path) != path and _without_end(first, FURTHER_ENDINGS) != first
    }


def _of_groups(
    root: str,
    photos: Sequence[str],
    drawn: Sequence[str],
    groups: Mapping[str, Sequence[tuple[str, str]]],
    classes: Sequence[str],
) -> Pairs:
    """The pairs of images and their masks; one that has a single mask of whatever name has no more than that."""
    called = {path: os.path.join(os.path.dirname(each[0][0]), f"{Path(path).stem}*") for path, each in groups.items()}
    of_images = {called[path]: each for path, each in groups.items()}
    objects = objects_of(of_images, escaped(root), are_free=False, classes=classes)
    objects = {name: each for name, each in objects.items() if each.words or len(each.files) > 1}
    there = [path for path in photos if path in groups]
    masks = [called[path] if called[path] in objects else groups[path][0][0] for path in there]
    used = {mask for each in groups.values() for mask, _ in each}
    without, spare = [path for path in photos if path not in groups], [path for path in drawn if path not in used]
    return Pairs(tuple(there), tuple(masks), tuple(without), tuple(spare), objects)


def _inside(root: str, path: str) -> str:
    return os.path.splitext(os.path.relpath(path, root))[0]


def _stem(root: str, path: str) -> str:
    return Path(path).stem


def _ways() -> Iterator[tuple[Key, Key]]:
    """How names of images and of masks are read: in the same folders, in any, and without what says what they are."""
    yield _inside, lambda root, path: _without_end(_inside(root, path), ENDINGS)
    yield _stem, lambda root, path: _without_end(Path(path).stem, ENDINGS)
    yield (
        lambda root, path: _without_end(_without_start(Path(path).stem, BEFORE_IMAGES), OF_IMAGES),
        lambda root, path: _without_end(_without_start(Path(path).stem, BEFORE_MASKS), FURTHER_ENDINGS),
    )


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
                "them"
            )
        found[key] = path
    return found
