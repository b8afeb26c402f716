"""NumPy's arrays of images in files and folders, by the names that people give them; nothing in them is executed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pellucid.data.folders.class_folders import class_folders, photos_in
from pellucid.data.folders.named_parts import TEST, TRAIN, VALIDATION, named_parts, part_called
from pellucid.data.pixels.part import Part
from pellucid.errors import FileError, escaped
from pellucid.formats.numpy_files import read_npy, read_npz

__all__ = ["ARRAYS", "has_arrays", "read_arrays"]

ARRAYS = (".npy", ".npz")
"""How the names of files of arrays end."""
IMAGES = ("x", "images", "image", "imgs", "img", "data", "features", "inputs", "input", "pixels", "photos")
LABELS: tuple[str, ...] = ("y", "labels", "label", "targets", "target", "classes", "class", "t", "lbl", "lbls")
LABELS += ("masks", "mask", "segmentation", "segmentations", "seg", "gt")
PARTS = ("train", "training", "val", "valid", "validation", "dev", "test", "testing")
BY_POSITION = ("arr_0", "arr_1")
"""What `numpy.savez` calls arrays that are given without a name."""
KINDS = ("images", "labels")
MOST_NAMED = 10
EXPECTED = "expected names such as x_train and y_train, x_test and y_test, or x and y"


def has_arrays(path: Path) -> bool:
    """Whether a path is that of a file of arrays, or of a folder that holds such and no folders of image files.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(f"{folder}/x_train.npy", np.zeros((2, 4, 4)))
        ...     has_arrays(Path(folder)), has_arrays(Path(folder, "x_train.npy"))
        (True, True)
    """
    if path.is_file():
        return path.suffix.lower() in ARRAYS
    if not path.is_dir():
        return False
    there = _files(path) or photos_in(path, extensions=ARRAYS).files
    return bool(there) and not photos_in(path).files


def read_arrays(path: Path) -> tuple[dict[str, Part], tuple[str, ...]]:
    """The parts of a data set by name, "" where it is not divided; and what was found, in sentences.

    Args:
        path: an `.npz` file, an `.npy` file of images alone, a folder of such under the usual names or with a file for
            each class, or one with a folder of arrays for each class, or with one of images and one of masks.

    Raises:
        FileError: there are no images, a file is damaged or holds objects of Python's, or names say several things.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.savez(f"{folder}/set.npz", X_train=np.zeros((2, 4, 4)), y_train=[0, 1])
        ...     parts, told = read_arrays(Path(folder, "set.npz"))
        >>> parts["train"].values.shape, parts["train"].labels.tolist(), told
        ((2, 4, 4), [0, 1], ())
    """
    if path.is_dir() and not _files(path):
        return _of_masked_folders(path) or _of_class_folders(path)
    found = _arrays_of(path)
    roles = {name: _role_of(name) for name in found}
    if set(found) == set(BY_POSITION):
        roles = {"arr_0": ("", "images"), "arr_1": ("", "labels")}
    if len(found) == 1:
        ((name, role),) = roles.items()
        roles = {name: (role[0] if role else "", "images")}
    if path.is_dir() and len(found) > 1 and not any(roles.values()):
        return _of_class_files(path, found)
    known: dict[tuple[str, str], str] = {}
    for name, role in roles.items():
        if role is None:
            continue
        if role in known and _are_same(found[known[role]], found[name]):
            known[role] = max(known[role], name, key=lambda each: found[each].ndim)
            continue
        if role in known:
            raise FileError(
                f"{escaped(path)}: {escaped(known[role])} and {escaped(name)} would both be the {role[1]} "
                f"{f'of the part {role[0]}' if role[0] else 'of all'}; keep one of them"
            )
        known[role] = name
    parts = [part for part in ("", TRAIN, VALIDATION, TEST) if (part, "images") in known]
    listed = escaped(", ".join(list(found)[:MOST_NAMED]))
    if not parts:
        raise FileError(f"{escaped(path)} holds {listed or 'no array'}: none is called as images are; {EXPECTED}")
    if "" in parts and len(parts) > 1:
        raise FileError(
            f"{escaped(path)} holds {listed}: {escaped(known['', 'images'])} belongs to no part and others "
            f"do; {EXPECTED}"
        )
    unused = [name for name, role in roles.items() if role is None]
    told = (f"Left alone: {escaped(', '.join(unused[:MOST_NAMED]))}.",) if unused else ()
    return {part: _part(path, found, known, part) for part in parts}, told


def _part(path: Path, found: Mapping[str, np.ndarray], known: Mapping[tuple[str, str], str], part: str) -> Part:
    name = known[part, "images"]
    labels = found[known[part, "labels"]] if (part, "labels") in known else None
    if found[name].ndim < 2 or not len(found[name]):
        raise FileError(
            f"{escaped(path)}: {escaped(name)} has the shape {found[name].shape}; expected images, the "
            "samples in the first axis"
        )
    if labels is not None and (labels.ndim == 0 or len(labels) != len(found[name])):
        where = found[name].shape
        hint = "; the images lie in its last axis: in NumPy, x = numpy.moveaxis(x, -1, 0)" * (
            labels.ndim > 0 and len(labels) == where[-1]
        )
        raise FileError(
            f"{escaped(path)}: {escaped(name)} has the shape {where}, and "
            f"{escaped(known[part, 'labels'])} {labels.shape}: expected a label for each image{hint}"
        )
    return Part(found[name], labels, escaped(name))


def _are_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays hold the same images, once in rows and once in their shape, as scikit-learn has its digits."""
    return (
        one.ndim != other.ndim
        and min(one.ndim, other.ndim) > 1
        and len(one) == len(other)
        and bool(one.size == other.size and (one.ravel() == other.ravel()).all())
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in ARRAYS and not path.name.startswith("."))


def _arrays_of(path: Path) -> dict[str, np.ndarray]:
    """All arrays of a file, or of the files in a folder, by their names there."""
    if path.is_dir():
        found: dict[str, np.ndarray] = {}
        for file in _files(path):
            inside = _arrays_of(file)
            only = len(inside) == 1
            found |= {file.stem if only else f"{file.stem} {name}": array for name, array in inside.items()}
        return found
    if path.suffix.lower() == ".npy":
        return {path.stem: read_npy(path, texts=True)}
    return read_npz(path, texts=True)


def _role_of(name: str) -> tuple[str, str] | None:
    """Which part an array is of, "" for none, and whether it has images or labels; None where its name says nothing.

    Example:
        >>> [_role_of(name) for name in ("X_train", "testY", "kmnist-val-imgs", "images", "cat")]
        [('train', 'images'), ('test', 'labels'), ('val', 'images'), ('', 'images'), None]
    """
    words = [word for word in re.split(r"[\W_\d]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()) if word]
    words = [part for word in words for part in _taken_apart(word)]
    parts = {part_called(word) for word in words if word in PARTS}
    if len(parts) > 1:
        return None
    part = next(iter(parts), None) or ""
    kind = KINDS[1] if set(LABELS) & set(words) else KINDS[0] if part or set(IMAGES) & set(words) else None
    return None if kind is None else (part, kind)


def _taken_apart(word: str) -> tuple[str, ...]:
    """Words that are written together: "xtrain", "testlabels"."""
    kinds = "|".join(sorted((*IMAGES, *LABELS), key=len, reverse=True))
    parts = "|".join(sorted(PARTS, key=len, reverse=True))
    both = re.fullmatch(f"({kinds})({parts})|({parts})({kinds})", word)
    return (word,) if both is None else tuple(each for each in both.groups() if each)


def _of_class_files(path: Path, found: Mapping[str, np.ndarray]) -> tuple[dict[str, Part], tuple[str, ...]]:
    """Of a folder with a file of many images for each class, such as cat.npy and dog.npy."""
    shapes = {name: array.shape[1:] for name, array in found.items()}
    listed = ", ".join(f"{escaped(name)} {array.shape}" for name, array in list(found.items())[:MOST_NAMED])
    if len(set(shapes.values())) > 1 or not all(shapes.values()):
        raise FileError(
            f"{escaped(path)} holds arrays of other shapes, and none is called as images are: {listed}; {EXPECTED}, or "
            "a file of images of one size for each class"
        )
    values = np.concatenate(list(found.values()))
    words = [name.split("_") for name in found]
    last = min(map(len, words)) - 1
    common = next(place for place in range(last + 1) if place == last or len({each[place] for each in words}) > 1)
    labels = ["_".join(name.split("_")[common:]) for name, array in found.items() for _ in range(len(array))]
    rows = [f"{name} image {number}" for name, array in found.items() for number in range(len(array))]
    told = f"Each array is taken for the images of a class that is called so, but for what all begin with: {listed}."
    return {"": Part(values, labels, escaped(path.name), ("class",), rows)}, (told,)


def _of_masked_folders(path: Path) -> tuple[dict[str, Part], tuple[str, ...]] | None:
    """Of a folder with one of images and one of their masks, an array in each file; None where it has others."""
    roles = {name: _role_of(name) for name in class_folders(path)}
    if sorted(role for role in roles.values() if role) != [("", "images"), ("", "labels")] or len(roles) != 2:
        return None
    images, masks = (path / next(name for name, role in roles.items() if role == ("", kind)) for kind in KINDS)
    inside = [{file.stem: file for file in _files(folder)} for folder in (images, masks)]
    alone = sorted(inside[0].keys() ^ inside[1].keys())
    if alone or not inside[0]:
        what = f"{escaped(alone[0])} is in one of them alone" if alone else "they are empty"
        raise FileError(f"{escaped(path)}: {what}; expected an array in {images.name} and one in {masks.name} of each")
    values, labels = (np.stack(_of_one_shape([each[stem] for stem in sorted(each)])) for each in inside)
    return {"": Part(values, labels, escaped(path.name), ("class",), [f"{stem}.npy" for stem in sorted(inside[0])])}, ()


def _of_one_shape(files: Sequence[Path]) -> list[np.ndarray]:
    """The array in each of some files, which are of images or masks of one size."""
    arrays = list[np.ndarray]()
    for file in files:
        inside = _arrays_of(file)
        if len(inside) != 1:
            raise FileError(
                f"{escaped(file)} holds {len(inside)} arrays; in a folder of a class expected one, an image"
            )
        arrays += inside.values()
        if arrays[-1].shape != arrays[0].shape or arrays[-1].ndim not in (2, 3):
            raise FileError(
                f"{escaped(file)} has the shape {arrays[-1].shape}, {escaped(files[0])} {arrays[0].shape}; "
                "expected one image in each file, all of one shape: bring them to one size before they are saved"
            )
    return arrays


def _of_class_folders(path: Path) -> tuple[dict[str, Part], tuple[str, ...]]:
    """Of a folder with a folder of arrays for each class, or of its parts."""
    there = named_parts(path)
    if TRAIN in there and all(part_called(name) for name in class_folders(path)):
        parts = {part: folders[0] for part, folders in there.items() if class_folders(folders[0])}
    else:
        parts = {"": path}
    return {part: _in_classes(folder) for part, folder in parts.items()}, ()


def _in_classes(folder: Path) -> Part:
    listing = photos_in(folder, extensions=ARRAYS)
    if not listing.files:
        raise FileError(f"{escaped(folder)} has no arrays in folders of classes; expected such as cats/1.npy")
    names, arrays = listing.class_names or (), _of_one_shape([Path(file) for file in listing.files])
    labels = [names[label] for label in listing.labels or ()]
    return Part(np.stack(arrays), labels, escaped(folder.name), ("class",), _relative(listing.files, folder))


def _relative(files: Sequence[str], folder: Path) -> list[str]:
    return [os.path.relpath(path, folder) for path in files]
