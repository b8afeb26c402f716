"""Folders of images with masks beside them as a training takes them: found, said in words, cut into two parts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pellucid.cli.image_folders import (
    FRACTION,
    Photos,
    copies_told,
    dark_told,
    files_told,
    fits_memory,
    leaks_told,
    looks_in,
)
from pellucid.cli.unused_files import MOST_NAMED, left_alone_told, refuse_bad
from pellucid.data.folders.image_sets import ImageSet
from pellucid.data.folders.named_parts import TEST, TRAIN, VALIDATION, named_parts, part_called
from pellucid.data.folders.survey import Survey, stratified, survey
from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.data.masks.coding import Coding, numbered
from pellucid.data.masks.objects import word_in
from pellucid.data.masks.pairs import Pairs, is_masked, pairs_by_part, pairs_in
from pellucid.data.masks.values import Drawn, coding_of, names_of, read_masks
from pellucid.errors import FileError, escaped, shorter

RARE = 0.01
BACKGROUND = "background"
"""The class of places that no mask shows."""
SIDES = (TRAIN,), (VALIDATION, TEST)
"""What is trained on, and what is held out."""


def has_masks(folder: Path) -> bool:
    """Whether a folder holds images with masks, or parts that do."""
    return is_masked(folder) or any(is_masked(path) for there in named_parts(folder).values() for path in there)


def _parts(folder: Path, classes: Sequence[str] = ()) -> list[Pairs]:
    """All in one; or what is trained on and what is held out, where the folder says which."""
    if not is_masked(folder):
        parts = named_parts(folder)
        train, held = ([path for part in wanted for path in parts.get(part, ()) if is_masked(path)] for wanted in SIDES)
        return [pairs_in(part, classes) for part in (*train[:1], *held[:1])]
    parts_of_pairs = pairs_by_part(folder, classes)
    named = [[pairs for part, pairs in parts_of_pairs if part in wanted] for wanted in SIDES]
    if all(named):
        return [each[0] for each in named]
    found = pairs_in(folder, classes)
    sides = [_side(folder, path) for path in found.images]
    if set(sides) != {0, 1}:
        return [found]
    rows = [[row for row, side in enumerate(sides) if side == part] for part in (0, 1)]
    return [_kept(found, rows[0]), Pairs(*_files(found, rows[1]), objects=found.objects)]


def _side(folder: Path, path: str) -> int | None:
    """Whether an image lies below a folder of one to train on (0), to validate with (1), or neither."""
    inside = {part_called(name) for name in os.path.relpath(path, folder).split(os.sep)[:-1]}
    return next((side for side in (1, 0) if inside & set(SIDES[side])), None)


def _files(pairs: Pairs, rows: Sequence[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(pairs.images[row] for row in rows), tuple(pairs.masks[row] for row in rows)


def _kept(pairs: Pairs, rows: Sequence[int]) -> Pairs:
    return Pairs(*_files(pairs, rows), pairs.without, pairs.spare, pairs.objects)


def _words(parts: Sequence[Pairs]) -> tuple[str, ...]:
    """The classes that the names of masks say, behind the background; nothing where they say none."""
    said = {word for each in parts for several in each.objects.values() for word in several.words}
    return (BACKGROUND, *sorted(said)) if said else ()


def _words_known(known: TrainedOn | None) -> tuple[str, ...]:
    """The classes that names of masks said when a model was trained, numbered as by `_words`; nothing if none did."""
    if known is None or known.coding != Coding(tuple(range(max(len(known.class_names), 2)))):
        return ()
    first, *words = known.class_names
    are_words = len(words) > 1 and words == sorted(set(words)) and all(word_in(word) == word for word in words)
    return tuple(words) if first == BACKGROUND and are_words else ()


def find_masked(
    folder: Path,
    size: int | tuple[int, int],
    seed: int,
    on_bad_image: str,
    batch_size: int,
    reading: Reading | None = None,
    known: TrainedOn | None = None,
) -> Photos:
    """Images with masks, looked at and cut into two parts; see `find_photos`.

    Args:
        folder: has images and masks in two sub-folders, or side by side; or two parts of such.
        size: side of the images, or (rows, columns) [pixels].
        seed: decides which are kept aside.
        on_bad_image: "error", or "skip" to leave out pairs that cannot be used.
        batch_size: images in a step.
        reading: how images were read that a model was trained on before.
        known: what that model was trained on.

    Raises:
        FileError: there are no pairs or no classes, or files cannot be used.
    """
    parts, rows_columns = _parts(folder, _words_known(known)), (size, size) if isinstance(size, int) else size
    shape = rows_columns if reading is None else (reading.height, reading.width)
    coding, words = None if known is None else known.coding, _words(parts)
    names = words if known is None else known.class_names
    parts, found, drawn = looked_at(parts, shape, on_bad_image, names)
    if not any(each.images for each in parts):
        raise FileError(f"{escaped(folder)}: none of its images with masks can be used")
    coding = coding or (Coding(tuple(range(len(words)))) if words else coding_of(drawn, escaped(folder)))
    numbers = numbered(drawn.values, coding, escaped(folder))
    files = [path for each in parts for path in each.images]
    reading = reading or Reading(*shape, 1 if found.is_grey else 3)
    names = tuple(names) if words else names_of(folder, coding)
    told = _told(folder, names, numbers, files, parts, found, drawn, coding, reading)
    rows = _divided(parts, files, found, seed)
    if len(parts) == 2:
        told += leaks_told([part.images for part in parts], found)
    if not all(map(len, rows)):
        raise FileError(f"{escaped(folder)}: at least two images with masks are needed, one to validate with")
    told.append(f"{len(rows[0]):,} to train on, {len(rows[1]):,} held out to validate with.")
    cached = fits_memory([len(files)], reading)
    sets = [
        ImageSet(
            [files[row] for row in part], numbers[part], reading, batch_size=batch_size, shuffle=place == 0,
            class_names=names, on_bad_image=on_bad_image, cached=cached,
        )
        for place, part in enumerate(rows)
    ]  # fmt: skip
    looks = looks_in(sets[0], found)
    digests = tuple(found.digests[path] for path in sets[0].file_paths)
    told += dark_told(looks)
    return Photos(sets[0], sets[1], reading, names, tuple(told), "masks", coding, looks, digests=digests)


def looked_at(
    parts: Sequence[Pairs], shape: tuple[int, int], on_bad_image: str, names: Sequence[str] = ()
) -> tuple[list[Pairs], Survey, Drawn]:
    """Pairs of files that can be used, with what was found in them; all that cannot be used are named at once.

    Args:
        parts: pairs, of which the result has as many parts.
        shape: (rows, columns) to which masks are scaled.
        on_bad_image: "error", or "skip" to leave out pairs that cannot be used.
        names: of the classes, where the names of masks say them.

    Raises:
        FileError: files cannot be used, and are not to be left out.
    """
    images = [path for each in parts for path in each.images]
    masks = [path for each in parts for path in each.masks]
    found = survey(images)
    objects = {name: several for each in parts for name, several in each.objects.items()}
    drawn = read_masks(masks, shape, images, objects, names)
    bad = dict(found.bad)
    bad |= {masks[row]: reason for row, reason in drawn.bad.items() if images[row] not in found.bad}
    bad |= {path: f"{escaped(path)} has no mask" for each in parts for path in each.without}
    refuse_bad(bad, on_bad_image)
    usable = [path not in found.bad and row not in drawn.bad for row, path in enumerate(images)]
    kept, start = [], 0
    for each in parts:
        rows = [row for row in range(len(each.images)) if usable[start + row]]
        kept.append(_kept(each, rows))
        start += len(each.images)
    read = [row for row in range(len(images)) if row not in drawn.bad]
    values = drawn.values[[place for place, row in enumerate(read) if usable[row]]]
    return kept, replace(found, bad=bad), Drawn(values, drawn.bad, drawn.kinds, drawn.lossy, drawn.counts)


def _divided(parts: Sequence[Pairs], files: Sequence[str], found: Survey, seed: int) -> list[np.ndarray]:
    """The numbers of the images to train on, and of those held out; no copy is held out."""
    if len(parts) == 2:
        first = len(parts[0].images)
        return [np.arange(first), np.arange(first, len(files))]
    copies = found.copies_among(files)
    return list(stratified([0] * len(files), FRACTION, seed, copies)) if files else [np.arange(0), np.arange(0)]


def _told(
    folder: Path,
    names: Sequence[str],
    numbers: np.ndarray,
    files: Sequence[str],
    parts: Sequence[Pairs],
    found: Survey,
    drawn: Drawn,
    coding: Coding,
    reading: Reading,
) -> list[str]:
    """What was found, in sentences."""
    counts = np.bincount(numbers.ravel(), minlength=256)[: len(names)]
    shares = counts / max(int(counts.sum()), 1)
    shown = list(zip(names, shares, strict=True))[:MOST_NAMED]
    listed = ", ".join(f"{escaped(name)} {share:.1%}" for name, share in shown)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    told = [f"Found {len(files):,} images with masks of {len(names)} classes, as shares of all places: {listed}{more}."]
    told += files_told(found, reading)
    told += _united_told(parts)
    if found.bad:
        reasons = "; ".join(shorter(reason) for reason in list(found.bad.values())[:MOST_NAMED])
        told.append(f"Left out, since they cannot be used: {len(found.bad)} ({reasons}).")
    if coding.void is not None:
        told.append(f"Places of the value {coding.void} belong to no class: they are neither learned nor counted.")
    if coding.soft:
        told.append("The masks have soft edges: what is 128 or brighter is taken for the object.")
    spare = [path for each in parts for path in each.spare]
    if spare:
        told.append(
            f"{len(spare)} masks have no image: {escaped(', '.join(map(os.path.basename, spare[:MOST_NAMED])))}."
        )
    rare = [escaped(name) for name, share in zip(names, shares, strict=True) if share < RARE]
    if rare:
        told.append(
            f"Less than {RARE:.0%} of the places: {', '.join(rare[:MOST_NAMED])}. Look at their IoU, not at accuracy."
        )
    return [*told, *copies_told(found, is_divided=len(parts) == 2), *left_alone_told(folder)]


def _united_told(parts: Sequence[Pairs]) -> list[str]:
    """How many masks are one with others of their image."""
    several = [each.objects[path] for each in parts for path in each.masks if path in each.objects]
    count = sum(len(each.files) for each in several)
    what = "objects are not told apart"
    if any(each.words for each in several):
        what = f"their names say the classes, and what none of them shows is {BACKGROUND}"
    return [f"The {count:,} masks of {len(several):,} images are united into one for each: {what}."] * bool(several)


def masked_to_test(folder: Path, known: TrainedOn, on_bad_image: str) -> tuple[list[str], np.ndarray, Survey]:
    """Images with the numbers of the classes at each place, to evaluate a model with: those held out, if any are; and
    what is known of them.

    Args:
        folder: see `find_masked`.
        known: how images are read, what the values in masks stand for, and the names of the classes.
        on_bad_image: see `find_masked`.

    Raises:
        FileError: there are no pairs, files cannot be used, or a value in a mask stands for no class.
    """
    if not has_masks(folder):
        raise FileError(
            f"{escaped(folder)} has no masks; expected images/1.jpg and masks/1.png, or 1.jpg and "
            "1_mask.png in one folder"
        )
    reading, coding = known.reading, known.coding
    assert coding is not None
    shape = (reading.height, reading.width)
    parts, found, drawn = looked_at(_parts(folder, _words_known(known))[-1:], shape, on_bad_image, known.class_names)
    files = list(parts[0].images)
    if not files:
        raise FileError(f"{escaped(folder)}: none of its images with masks can be used")
    return files, numbered(drawn.values, coding, escaped(folder)), found
