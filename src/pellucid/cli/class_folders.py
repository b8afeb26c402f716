"""Which folders are classes: those in a folder, or those in its parts; and what is said of whatever else lies there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pellucid.cli.no_folder import ARCHIVES
from pellucid.cli.program import command
from pellucid.cli.unused_files import MOST_NAMED
from pellucid.data.folders.class_folders import READ, Listing, class_folders, photos_in, spelled
from pellucid.data.folders.named_files import classes_by_name
from pellucid.data.folders.named_parts import TEST, TRAIN, VALIDATION, named_parts, part_called
from pellucid.data.masks.pairs import has_masks_beside, is_masked
from pellucid.data.tables.annotations import ANNOTATIONS, LISTS
from pellucid.data.tables.files import IMAGE_FOLDERS
from pellucid.data.tables.image_tables import is_table, read_table
from pellucid.errors import FileError, escaped
from pellucid.frozen import Frozen

NAMED_TOLD = (
    "There are no folders of classes: the words with which the names of images begin are taken for the classes."
)


class Classes(Frozen):
    """Images in folders of classes.

    Attributes:
        listings: all in one; or those to train on, and those to validate with, where somebody has divided them.
        folders: in which the classes of each lie.
        told: what is left alone, in sentences.
    """

    listings: tuple[Listing, ...]
    folders: tuple[Path, ...]
    told: tuple[str, ...]


def classes_in(folder: Path) -> Classes:
    """The classes of a folder to train on, or of its parts.

    Raises:
        FileError: there are none, or the parts have others.
    """
    if not class_folders(folder) or _only_photos_in(folder):
        named = classes_by_name(folder)
        if named is not None:
            return Classes((named,), (folder,), (NAMED_TOLD,))
    if not class_folders(folder):
        raise FileError(
            f"{escaped(folder)} has no sub-folders; expected one for each class, with its images in it, such as "
            f"FOLDER/cats and FOLDER/dogs{meant_beside(folder)}{_idx_meant(folder)}"
        )
    _refuse_masks(folder)
    parts = named_parts(folder)
    are_parts = all(part_called(name) for name in class_folders(folder))
    if TRAIN not in parts and are_parts:
        raise FileError(
            f"{escaped(folder)} has {_listed(class_folders(folder))}, which are names of parts of a data set and not "
            "of classes; expected train beside them, with a sub-folder for each class, or another name for a class"
        )
    if TRAIN not in parts or not (are_parts or {VALIDATION, TEST} & parts.keys()):
        listing = photos_in(folder)
        return Classes((listing,), (folder,), _told((listing,), (folder,)))
    train, *_ = parts[TRAIN]
    _refuse_masks(train)
    others = [path for part in (VALIDATION, TEST) for path in parts.get(part, ())]
    named = None if class_folders(train) else classes_by_name(train)
    if named is not None:
        return Classes((named,), (train,), (NAMED_TOLD, *map(_unlabelled_told, others)))
    if not class_folders(train):
        raise FileError(
            f"{escaped(train)} has no sub-folders; expected one for each class, with its images in it"
            f"{meant_beside(train, folder)}"
        )
    divided = [path for path in others if class_folders(path)]
    told = [_unlabelled_told(path) for path in others if path not in divided]
    first = photos_in(train)
    if not divided:
        return Classes((first,), (train,), (*_told((first,), (train,)), *told))
    held, *further = divided
    _check_same_classes(folder, train, held)
    if further:
        names = " and ".join(escaped(path.name) for path in further)
        told.append(f"The part {names} is left alone; `pellucid evaluate` looks at it.")
    listings = (first, photos_in(held, class_names=first.class_names))
    return Classes(listings, (train, held), (*_told(listings, (train, held)), *told))


def _only_photos_in(folder: Path) -> bool:
    """Whether a folder has but one in it, which is called as folders of images are and has no others in it."""
    inside = class_folders(folder)
    return len(inside) == 1 and inside[0].lower() in IMAGE_FOLDERS and not class_folders(folder / inside[0])


def _refuse_masks(folder: Path) -> None:
    """Raise `FileError` where folders of classes hold masks beside their images, which would count as photos."""
    masked = [name for name in class_folders(folder) if class_folders(folder / name) and is_masked(folder / name)]
    if masked:
        raise FileError(
            f"{escaped(folder)}: {_listed(masked)} {'has' if len(masked) == 1 else 'have'} images and masks in "
            "sub-folders, and masks would be learned as images of the class. To tell classes, lay the masks elsewhere; "
            f"to learn masks, give a folder of images and masks, such as {escaped(folder / masked[0])}"
        )
    beside = [name for name in class_folders(folder) if has_masks_beside(folder / name)]
    if beside:
        raise FileError(
            f"{escaped(folder)}: {_listed(beside)} {'has' if len(beside) == 1 else 'have'} masks beside their images "
            "(1.png, 1_mask.png), which would be learned as images of the class. To tell classes, lay the masks "
            f"elsewhere; to learn masks, give one of the folders, such as {escaped(folder / beside[0])}"
        )


def to_evaluate(folder: Path, names: Sequence[str] | None) -> Path:
    """The part of a folder at which `evaluate` looks: that to test with, or to validate with, or else all of it.

    Args:
        folder: of images.
        names: of classes that a model tells; None where it does not say it.
    """
    known = {spelled(name) for name in names or ()}
    if names is None or any(spelled(name) in known for name in class_folders(folder)):
        return folder  # these are the classes, whatever they are called
    parts = named_parts(folder)
    there = [path for part in (TEST, VALIDATION, TRAIN) for path in parts.get(part, ())]
    return next((path for path in there if class_folders(path) or classes_by_name(path)), folder)


def _check_same_classes(folder: Path, train: Path, held: Path) -> None:
    known, found = ({spelled(name) for name in class_folders(each)} for each in (train, held))
    if known == found:
        return
    less = ((held, known - found), (train, found - known))
    lacks = [f"{escaped(path.name)} lacks {_listed(names)}" for path, names in less if names]
    raise FileError(
        f"{escaped(folder)}: {escaped(train.name)} and {escaped(held.name)} must have the same classes; "
        f"{' and '.join(lacks)}. Where there are no images of a class, an empty folder says so"
    )


def _listed(names: Sequence[str] | set[str]) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - MOST_NAMED} more" if len(ordered) > MOST_NAMED else ""
    return escaped(", ".join(ordered[:MOST_NAMED])) + more


def _unlabelled_told(path: Path) -> str:
    count = len(photos_in(path, has_classes=False).files)
    return (
        f"The part {escaped(path.name)} has no folders of classes, so its {count:,} images are left alone; "
        "`pellucid predict` tells what they are."
    )


def _told(listings: Sequence[Listing], folders: Sequence[Path]) -> tuple[str, ...]:
    levels = (each for listing, folder in zip(listings, folders, strict=True) for each in _levels_told(listing, folder))
    return (*(each for folder in folders for each in _loose_told(folder)), *dict.fromkeys(levels))


def _loose_told(folder: Path) -> list[str]:
    """Images beside the folders of classes."""
    with os.scandir(folder) as entries:
        loose = [entry.name for entry in entries if entry.name.lower().endswith(READ) and entry.is_file()]
    loose = sorted(name for name in loose if not name.startswith("."))
    if not loose:
        return []
    return [f"Left alone, since they lie in no folder of a class: {len(loose):,} ({_listed(loose)})."]


def _levels_told(listing: Listing, folder: Path) -> list[str]:
    """Folders inside of those of classes, which might be meant as the classes."""
    inside: dict[str, set[str]] = {name: set() for name in listing.class_names or ()}
    for path, label in zip(listing.files, listing.labels or (), strict=True):
        name = (listing.class_names or ())[label]
        deeper = Path(path).relative_to(folder).parts[1:-1]
        inside[name].add(deeper[0] if deeper else "")
    deep = [name for name, within in inside.items() if within - {""}]
    common = set.intersection(*inside.values()) - {""} if inside else set()
    if len(common) > 1 and len(inside) > 1:
        return [
            f"Each of the classes {_listed(list(inside))} has {_listed(common)} in it. If those are the classes, they "
            "must be the folders, with all of their images in them."
        ]
    return [f"Images in folders inside of {_listed(deep)} count to the class in which they lie."] * bool(deep)


def meant_beside(*folders: Path) -> str:
    """A table or an archive that lies there, if one does."""
    there = [path for folder in folders for path in sorted(folder.iterdir())]
    tables = [path for path in there if path.suffix.lower() in (".csv", ".tsv") or _is_list(path)]
    tables.sort(key=lambda path: part_called(path.name.partition(".")[0]) != TRAIN)
    archive = next((path for path in there if path.name.lower().endswith(ARCHIVES)), None)
    if tables:
        return f". If a table says what they are: {command('train', tables[0])}"
    return "" if archive is None else f". It holds an archive, {escaped(archive.name)}: unpack it first"


def _is_list(path: Path) -> bool:
    """Whether a text or JSON says of which class image files are that are there."""
    if path.suffix.lower() not in (*LISTS, *ANNOTATIONS) or not is_table(path):
        return False
    try:
        return bool(read_table(path).files)
    except FileError:
        return False


def _idx_meant(folder: Path) -> str:
    """Files of MNIST's format that lie there, if some do."""
    are_there = any("-ubyte" in path.name for path in folder.iterdir())
    line = command("train", "mnist", "--data", folder)
    return f". It holds files as MNIST has them: {line} (or fashion_mnist, kmnist)" if are_there else ""
