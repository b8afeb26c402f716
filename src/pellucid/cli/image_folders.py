"""Folders of images as a training takes them: what is in them, said in words, and cut into two parts."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from pellucid.cli.class_folders import classes_in, meant_beside
from pellucid.cli.unused_files import MOST_NAMED, left_alone_told, left_out_told, refuse_bad
from pellucid.data.folders.class_folders import READ, Listing, subfolders
from pellucid.data.folders.image_sets import ImageSet
from pellucid.data.folders.survey import Survey, stratified, survey
from pellucid.data.images.looks import Looks, looks_of
from pellucid.data.images.reading import Reading
from pellucid.data.masks.coding import Coding
from pellucid.errors import FileError, escaped
from pellucid.frozen import Frozen

FRACTION = 0.2
FEW = 20
BLACK, DEVIATIONS = 32.0, 3  # of 255: where images end whose pixels are so many deviations from their mean
MANY_PAGES = 5  # of one file: a volume or a film, and no scan of a letter
MUCH = 10  # times as many images in one class as in another
CACHED_SHARE = 0.5  # of the memory that is free
MOST_LOOKED_AT = 256


class Photos(Frozen):
    """Images to train on and to validate with.

    Attributes:
        training: the larger part, in an order of its own in each epoch.
        held_out: the other one.
        reading: how both are read.
        class_names: by their numbers.
        told: what was found, in sentences.
        kind: what is known of each image, see `TrainedOn`.
        coding: what the values in masks stand for.
        looks: what the images are like.
        spread: of each column of numbers that are learned, their mean and their standard deviation.
        digests: of the files to train on.
    """

    training: ImageSet
    held_out: ImageSet
    reading: Reading
    class_names: tuple[str, ...]
    told: tuple[str, ...]
    kind: str = "classes"
    coding: Coding | None = None
    looks: Looks | None = None
    spread: tuple[np.ndarray, np.ndarray] | None = None
    digests: tuple[str, ...] = ()


def find_photos(
    folder: Path,
    size: int | tuple[int, int],
    seed: int,
    on_bad_image: str,
    batch_size: int,
    reading: Reading | None = None,
) -> Photos:
    """The images of a folder with a sub-folder for each class, looked at and cut into two parts.

    Args:
        folder: may have a part to train on and one to validate with below it, with the classes in each.
        size: side of the images, or (rows, columns) [pixels].
        seed: decides which are kept aside.
        on_bad_image: "error", or "skip" to leave out what cannot be read.
        batch_size: images in a step.
        reading: how images were read that a model was trained on before.

    Raises:
        FileError: there are no classes, images cannot be read, or a class has less than two.
    """
    classes = classes_in(folder)
    listings = list(classes.listings)
    found = survey([file for each in listings for file in each.files])
    refuse_bad(found.bad, on_bad_image)
    listings = [_without(each, found) for each in listings]
    names = listings[0].class_names or ()
    files, labels = listings[0].files, listings[0].labels or ()
    _check(classes.folders[0], names, labels)
    rows, columns = (size, size) if isinstance(size, int) else size
    reading = reading or Reading(rows, columns, 1 if found.is_grey else 3)
    told = _told(names, [label for each in listings for label in each.labels or ()], found, reading)
    told += [
        *copies_told(found, is_divided=len(listings) == 2),
        *_classes_told(listings, found),
        *left_alone_told(*classes.folders),
        *classes.told,
    ]
    if len(listings) == 1:
        train, held = stratified(labels, FRACTION, seed, found.copies_among(files))
        parts = [([files[row] for row in part], [labels[row] for row in part]) for part in (train, held)]
    else:
        parts = [(list(each.files), list(each.labels or ())) for each in listings]
        told += leaks_told([part for part, _ in parts], found)
    if not all(part for part, _ in parts):
        copies = f" ({copies_said(len(found.copies))})" if found.copies else ""
        raise FileError(f"{escaped(folder)}: nothing is left to validate with{copies}; give more images of each class")
    told += division_told(len(files) if len(listings) == 1 else None, [len(part) for part, _ in parts])
    cached = fits_memory([len(part) for part, _ in parts], reading)
    sets = [
        ImageSet(
            part, np.array(numbers, np.int32), reading, batch_size=batch_size, shuffle=number == 0, class_names=names,
            on_bad_image=on_bad_image, cached=cached,
        )
        for number, (part, numbers) in enumerate(parts)
    ]  # fmt: skip
    looks = looks_in(sets[0], found)
    digests = tuple(found.digests[path] for path in parts[0][0])
    told += dark_told(looks)
    return Photos(sets[0], sets[1], reading, tuple(names), tuple(told), looks=looks, digests=digests)


def looks_in(images: ImageSet, found: Survey) -> Looks | None:
    """What images to train on are like: some of them, spread over all; those that cannot be read are passed over."""
    if images.reading.way != "photo":
        return None
    step = -(-len(images.file_paths) // MOST_LOOKED_AT)
    return looks_of(_readable(images, range(0, len(images.file_paths), step)), found.sizes)


def _readable(images: ImageSet, rows: Iterable[int]) -> Iterator[np.ndarray]:
    for row in rows:
        with suppress(FileError):
            yield images.pixels(row)


def _without(found: Listing, known: Survey) -> Listing:
    return _kept(found, [row for row, file in enumerate(found.files) if file not in known.bad])


def _kept(found: Listing, rows: Sequence[int]) -> Listing:
    labels = found.labels or ()
    return Listing(tuple(found.files[row] for row in rows), tuple(labels[row] for row in rows), found.class_names)


def _check(folder: Path, names: Sequence[str], labels: Sequence[int]) -> None:
    counts = Counter(labels)
    poor = [name for number, name in enumerate(names) if counts[number] < 2]
    if len(names) < 2:
        inside = subfolders(str(folder / names[0]))
        hint = f"; there are sub-folders in it: is {escaped(folder / names[0])} meant?" if len(inside) > 1 else ""
        raise FileError(
            f"{escaped(folder)} has one sub-folder, {escaped(names[0])}: a classifier tells at least two classes apart"
            f"{hint or meant_beside(folder)}"
        )
    if poor:
        listed = escaped(", ".join(poor[:MOST_NAMED]))
        raise FileError(
            f"{escaped(folder)}: at least two images of each class are needed, one to learn from and one to validate "
            f"with; {listed} {'has' if len(poor) == 1 else 'have'} less. Add images ({', '.join(READ)}) or "
            f"remove the sub-folder{''.join('. ' + each.rstrip('.') for each in left_alone_told(folder))}"
        )


def _told(names: Sequence[str], labels: Sequence[int], found: Survey, reading: Reading) -> list[str]:
    """What was found, in sentences."""
    counts = Counter(labels)
    listed = ", ".join(f"{escaped(name)} {counts[number]:,}" for number, name in list(enumerate(names))[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    told = [f"Found {len(labels):,} images of {len(names)} classes: {listed}{more}."]
    told += [*files_told(found, reading), *left_out_told(found.bad)]
    told += alike_told(names)
    told += few_told(names, [counts[number] for number in range(len(names))])
    if max(counts.values()) >= MUCH * min(counts.values()):
        most, least = (
            names[number] for number in (max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__))
        )
        told.append(f"{escaped(most)} has many more images than {escaped(least)}: accuracy alone says little then.")
    return told


def alike_told(names: Sequence[str]) -> list[str]:
    """Classes whose names differ but in the case of letters, or in spaces and signs, and may be meant as one.

    Example:
        >>> alike_told(["Cat", "cat", "dog"])
        ['Names of classes that differ in little but case: Cat and cat. If they are one class, call them alike.']
        >>> alike_told(["1.5", "15"])
        []
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(" ".join(re.split(r"[\s_-]+", name.strip().casefold())), []).append(escaped(name))
    alike = [" and ".join(each) for each in groups.values() if len(each) > 1]
    told = f"Names of classes that differ in little but case: {', '.join(alike[:MOST_NAMED])}. If they are one class, "
    return [f"{told}call them alike."] * bool(alike)


def few_told(names: Sequence[str], counts: Sequence[int]) -> list[str]:
    """The classes of which there are few images.

    Example:
        >>> few_told(["cat", "dog"], [19, 20])
        ['Few images, less than 20: cat. More of them would help most.']
    """
    few = [escaped(name) for name, count in zip(names, counts, strict=True) if count < FEW]
    return [f"Few images, less than {FEW}: {', '.join(few[:MOST_NAMED])}. More of them would help most."] * bool(few)


def files_told(found: Survey, reading: Reading) -> list[str]:
    """What sizes files have, as what they are read, and which have pages that are not."""
    colors = "grey" if reading.channels == 1 else "colour"
    sizes = f"{_sizes_told(found.sizes)}; they are read as {reading.width}x{reading.height} in {colors}."
    return [sizes, *pages_told(found.pages)]


def _sizes_told(sizes: Sequence[tuple[int, int]]) -> str:
    small, large = (choose(sizes, key=lambda size: size[0] * size[1]) for choose in (min, max))
    if small == large:
        return f"All are of {small[0]}x{small[1]} pixels"
    return f"Their sizes are from {small[0]}x{small[1]} to {large[0]}x{large[1]} pixels"


def pages_told(pages: Mapping[str, int]) -> list[str]:
    """How many files have several pages, of which one is read.

    Example:
        >>> pages_told({"scan.tif": 2})
        ['Of files with several pages the first is read: 1 (scan.tif has 2).']
        >>> pages_told({"stack.tif": 40})[0].partition(": ")[2]
        '1 (stack.tif has 40); pages in such number are a volume or a film: save each as an image of its own, or ...
    """
    if not pages:
        return []
    path, most = max(pages.items(), key=lambda each: each[1])
    told = f"Of files with several pages the first is read: {len(pages):,} ({escaped(Path(path).name)} has {most:,})"
    if most < MANY_PAGES:
        return [f"{told}."]
    return [
        f"{told}; pages in such number are a volume or a film: save each as an image of its own, or train on them in "
        "Python (Conv3D)."
    ]


def dark_told(looks: Looks | None) -> list[str]:
    """Whether all images are nearly black, as are files of 16 bits of which a camera fills twelve.

    Example:
        >>> from pellucid.data.images.looks import looks_of
        >>> dark_told(looks_of([np.arange(16).reshape(4, 4, 1)], [(4, 4)]))[0].partition(":")[0]
        'All images are nearly black'
    """
    if looks is None or looks.light[1] + DEVIATIONS * looks.contrast[1] > BLACK:
        return []
    return [
        f"All images are nearly black: their means are {looks.light[0]:.1f} to {looks.light[1]:.1f} of 255, so most of "
        "what is in them may be lost. Files of 16 bits that fill a part of their range are stretched first: in NumPy, "
        "pixels * (65535 // largest), with the same largest for all."
    ]


def copies_said(count: int) -> str:
    """So many images are others once more.

    Example:
        >>> copies_said(1), copies_said(1200)
        ('1 is a copy of another', '1,200 are copies of others')
    """
    return "1 is a copy of another" if count == 1 else f"{count:,} are copies of others"


def copies_told(found: Survey, *, is_divided: bool) -> list[str]:
    """How many files are others once more; what becomes of them, unless somebody has divided the images before."""
    if not found.copies:
        return []
    what = "" if is_divided else "; none of them is both trained on and validated with"
    return [f"{copies_said(len(found.copies))}, byte by byte{what}."]


def _classes_told(listings: Sequence[Listing], found: Survey) -> list[str]:
    """Copies that are of another class than that of which they are copies."""
    names = listings[0].class_names or ()
    of = {path: names[label] for each in listings for path, label in zip(each.files, each.labels or (), strict=True)}
    across = [
        f"{escaped(Path(copy).name)} in {escaped(of[first])} and {escaped(of[copy])}"
        for copy, first in found.copies.items()
        if of[copy] != of[first]
    ]
    return [f"The same image under two classes: {', '.join(across[:MOST_NAMED])}. One of them is wrong."] * bool(across)


def leaks_told(parts: Sequence[Sequence[str]], found: Survey) -> list[str]:
    """What lies in both parts."""
    train, held = parts
    seen = {found.copies.get(path, path) for path in train}
    both = [path for path in held if found.copies.get(path, path) in seen]
    if not both:
        return []
    listed = ", ".join(escaped(Path(path).name) for path in both[:MOST_NAMED])
    return [f"{len(both)} held-out images are in the training part too, so they say nothing of new ones: {listed}."]


def division_told(found: int | None, parts: Sequence[int]) -> list[str]:
    """How many images are in each part, and how many in none.

    Args:
        found: how many there are; None where somebody has divided them before.
        parts: to train on, and held out.

    Example:
        >>> division_told(70, [26, 14])[0]
        '26 to train on, 14 held out to validate with; 30 copies of those held out are left out.'
    """
    train, held = parts
    away = 0 if found is None else found - train - held
    copies = f"; {away:,} {'copy' if away == 1 else 'copies'} of those held out {'is' if away == 1 else 'are'} left out"
    return [f"{train:,} to train on, {held:,} held out to validate with{copies if away else ''}."]


def fits_memory(counts: Sequence[int], reading: Reading) -> bool:
    """Whether decoded pixels of all images fit into half of the memory that is free."""
    need = sum(counts) * int(np.prod(reading.shape)) * np.dtype(reading.dtype).itemsize
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return False
    return need <= CACHED_SHARE * free
