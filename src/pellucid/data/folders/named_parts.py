"""The parts of a data set, to train on, to validate with and to test with, by the names that people give them."""

from __future__ import annotations

import re
from pathlib import Path

from pellucid.data.folders.class_folders import class_folders

__all__ = ["TEST", "TRAIN", "VALIDATION", "named_parts", "part_called"]

TRAIN, VALIDATION, TEST = "train", "val", "test"
_WORDS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "dev", "publictest"), VALIDATION),
    **dict.fromkeys(("test", "test1", "test2", "testing", "privatetest"), TEST),
}
_SILENT = ("set", "data", "dataset", "images", "photos", "seg", "split", "stage1")
"""Words beside, which say nothing: "training_set", "seg_test", "train data", "stage1_train"."""


def part_called(name: str) -> str | None:
    """Which part of a data set has this name, None where it is that of no part.

    Example:
        >>> [part_called(name) for name in ("Training", "test_set", "valid", "train2017", "test1", "trainers")]
        ['train', 'test', 'val', 'train', 'test', None]
    """
    words = re.fullmatch(r"(.*?)(?:[12]\d{3})?", name.strip().lower(), re.DOTALL)
    said = [word for word in re.split(r"[\W_]+", words[1] if words else "") if word not in (*_SILENT, "")]
    return _WORDS.get(re.sub("set$", "", said[0])) if len(said) == 1 else None


def named_parts(folder: Path) -> dict[str, list[Path]]:
    """The folders of each part that a folder has, sorted; what an archive has wrapped twice is unwrapped.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     for name in ("train/cats", "train/dogs", "test_set/test_set/cats", "more"):
        ...         Path(root, name).mkdir(parents=True)
        ...     found = named_parts(Path(root))
        ...     sorted(found), [path.relative_to(root).as_posix() for path in found["test"]]
        (['test', 'train'], ['test_set/test_set'])
    """
    found: dict[str, list[Path]] = {}
    for name in class_folders(folder):
        part = part_called(name)
        if part is not None:
            found.setdefault(part, []).append(_unwrapped(folder / name, part))
    return found


def _unwrapped(path: Path, part: str) -> Path:
    inside = class_folders(path)
    return _unwrapped(path / inside[0], part) if len(inside) == 1 and part_called(inside[0]) == part else path
