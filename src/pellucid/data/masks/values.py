"""What the values in mask files stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.images.files import SIXTEEN_BITS, decoded, upright_size
from pellucid.data.images.resampling import resized_pixels
from pellucid.data.masks.coding import COLORED, VOID, Coding, as_color
from pellucid.data.masks.objects import Objects, united, united_classes
from pellucid.data.sources.prefetching import prefetched, processors
from pellucid.errors import FileError, escaped
from pellucid.formats.paths import checked_path
from pellucid.formats.source import read_source
from pellucid.formats.texts import text_of
from pellucid.frozen import Frozen

__all__ = ["Drawn", "coding_of", "names_of", "read_masks"]

NAMES = ("classes.txt", "codes.txt", "labels.txt")
"""Files that name the classes, a line for each."""
MOST_BYTES = 2**20
MOST_CLASSES = 128
DARK, BRIGHT = 40, 215
RARE, MANY = 0.05, 16


class Drawn(Frozen, eq=False):
    """What is in mask files.

    Attributes:
        values: of all masks that could be read (masks, rows, columns), in the size that was asked for.
        bad: why others cannot be used, by the number of the file.
        kinds: "index" (numbers or greys) and "colour", as far as they occur.
        lossy: whether there are JPEGs among them.
        counts: how many pixels there are of each value, before masks were scaled.
    """

    values: np.ndarray
    bad: Mapping[int, str]
    kinds: frozenset[str]
    lossy: bool
    counts: Mapping[int, int]


def read_masks(
    masks: Sequence[str],
    size: tuple[int, int],
    images: Sequence[str] | None = None,
    objects: Mapping[str, Objects] | None = None,
    names: Sequence[str] = (),
) -> Drawn:
    """The values in mask files, scaled without mixing them: indices of palettes, greys, or colours as numbers.

    Args:
        masks: paths, or what several of one image are called together, which are united.
        size: (rows, columns) of the result.
        images: the image of each, whose proportions the mask must have; None for whatever proportions.
        objects: the masks that are several, see `Pairs`.
        names: of the classes, by their numbers, where the names of masks say classes.

    Example:
        >>> import tempfile, PIL.Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     PIL.Image.new("L", (8, 4), 7).save(f"{folder}/1.png")
        ...     read_masks([f"{folder}/1.png"], (2, 2)).values.tolist()
        [[[7, 7], [7, 7]]]
    """
    values = np.zeros((len(masks), *size), np.int32)
    bad: dict[int, str] = {}
    kinds, counts, lossy = set[str](), dict[int, int](), False
    look = partial(_look, masks, images, objects or {}, {name: number for number, name in enumerate(names)})
    for number, found in prefetched(look, iter(range(len(masks))), processors(), 2 * processors()):
        if isinstance(found, str):
            bad[number] = found
            continue
        pixels, kind, form = found
        kinds.add(kind)
        lossy = lossy or form == "JPEG"
        those, places, times = np.unique(pixels, return_inverse=True, return_counts=True)
        for value, count in zip(those.tolist(), times.tolist(), strict=True):
            counts[value] = counts.get(value, 0) + count
        # What is scaled are the places among the values: float32 has no room for the numbers of colours.
        places = places.reshape(*pixels.shape, 1).astype(np.float64)
        values[number] = those[resized_pixels(places, size, "nearest")[..., 0].astype(np.int64)]
    good = np.array([number for number in range(len(masks)) if number not in bad], np.int64)
    return Drawn(values[good] if bad else values, bad, frozenset(kinds), lossy, counts)


def _look(
    masks: Sequence[str],
    images: Sequence[str] | None,
    objects: Mapping[str, Objects],
    numbers: Mapping[str, int],
    number: int,
) -> str | tuple[np.ndarray, str, str]:
    path = masks[number]
    try:
        several = objects.get(path)
        pixels, kind, form = _drawn(path) if several is None else _united(path, several, numbers)
        if images is None:
            return pixels, kind, form
        width, height = decoded(checked_path(images[number], "an image"), upright_size)
    except FileError as error:
        return str(error)
    rows, columns = pixels.shape
    if abs(rows * width - columns * height) > max(width, height, rows, columns):
        return f"{escaped(path)} is {columns}x{rows}, and its image {width}x{height}: they do not lie over each other"
    return pixels, kind, form


def _drawn(path: str) -> tuple[np.ndarray, str, str]:
    """The values of a mask; see `_values`."""
    return decoded(checked_path(path, "a mask"), _values)


def _united(path: str, several: Objects, numbers: Mapping[str, int]) -> tuple[np.ndarray, str, str]:
    """The values of several masks as one, of which the names say classes or nothing."""
    each = [_drawn(file) for file in several.files]
    pixels, kinds, forms = [mask for mask, _, _ in each], {kind for _, kind, _ in each}, {form for _, _, form in each}
    if "colour" in kinds:
        raise FileError(f"{escaped(path)}: masks that are one for each object are black and white, these have colours")
    if not several.words:
        return united(pixels, path), max(kinds), "JPEG" if "JPEG" in forms else max(forms)
    strange = [word for word in several.words if word not in numbers]
    if strange:
        raise FileError(
            f"{escaped(path)}: its masks show {escaped(strange[0])}, which is none of {escaped(', '.join(numbers))}"
        )
    return united_classes(pixels, [numbers[word] for word in several.words], path), "index", "PNG"


def _values(image: Any) -> tuple[np.ndarray, str, str]:
    """The values of a mask (rows, columns), what kind they are, and the format of the file."""
    image.load()
    form = str(image.format)
    if image.mode == "1":
        return np.asarray(image, np.int32) * 255, "index", form
    if image.mode in ("P", "L", *SIXTEEN_BITS):
        return np.asarray(image).astype(np.int32), "index", form
    if image.mode == "LA":
        return np.asarray(image.getchannel("L")).astype(np.int32), "index", form
    pixels = np.asarray(image.convert("RGBA")).astype(np.int32)
    colors, alpha = pixels[..., :3], pixels[..., 3]
    if (colors == colors[:1, :1]).all() and alpha.min() < alpha.max():
        return alpha, "index", form  # drawn by its transparency alone
    if (colors == colors[..., :1]).all():
        return colors[..., 0], "grey", form
    return COLORED + (colors[..., 0] << 16 | colors[..., 1] << 8 | colors[..., 2]), "colour", form


def coding_of(drawn: Drawn, owner: str) -> Coding:
    """What the values in masks stand for, which follows from those that occur.

    Raises:
        FileError: no classes can be told from them.

    Example:
        >>> none = np.zeros((0, 1, 1), np.int32)
        >>> coding_of(Drawn(none, {}, frozenset(["index"]), False, {0: 9, 1: 5, 2: 5, 255: 1}), "here")
        Coding(values=(0, 1, 2), void=255, soft=False)
    """
    if "colour" in drawn.kinds and "index" in drawn.kinds:
        raise FileError(f"{owner}: some masks are drawn in colours, others in numbers or greys; expected one of both")
    counts = _in_colors(drawn.counts) if "colour" in drawn.kinds else dict(drawn.counts)
    values = sorted(counts)
    if len(values) < 2:
        told = f"all have the value {values[0]} everywhere" if values else "there is none"
        raise FileError(f"{owner}: masks tell at least two classes apart; {told}")
    greys, first = values[-1] <= VOID, values[:-1]
    is_counted = 1 < len(first) <= MOST_CLASSES and first == list(range(len(first)))
    if is_counted and values[-1] == VOID:
        return Coding(tuple(first), VOID)
    if greys and len(values) > 2 and _are_soft(counts, drawn.lossy):
        return Coding((0, 255), None, True)
    if drawn.lossy and len(values) > 2:
        raise FileError(
            f"{owner}: the masks are JPEGs, which mix values at edges, so that {len(values)} values came where a few "
            "classes were; export them as PNG"
        )
    if len(values) > MOST_CLASSES:
        raise FileError(
            f"{owner}: the masks have {len(values):,} values, at most {MOST_CLASSES} are classes; expected one value "
            "or colour for each class, without soft edges"
        )
    return Coding(tuple(values))


def _are_soft(counts: Mapping[int, int], lossy: bool) -> bool:
    """Whether there are two values with edges between them: nearly all is dark or bright, the rest of many greys."""
    between = [value for value in counts if DARK < value < BRIGHT]
    share = sum(counts[value] for value in between) / sum(counts.values())
    return max(counts) >= BRIGHT and share <= RARE and (lossy or len(between) > MANY)


def _in_colors(counts: Mapping[int, int]) -> dict[int, int]:
    """All values as colours; greys of files without any colour too."""
    found: dict[int, int] = {}
    for value, count in counts.items():
        color = int(as_color(value))
        found[color] = found.get(color, 0) + count
    return found


def names_of(folder: Path, coding: Coding) -> tuple[str, ...]:
    """The names of classes: the lines of a file classes.txt in the folder, by value or in the order of the values.

    Raises:
        FileError: there are less names than classes.
    """
    found = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if found is None:
        return coding.names
    content = read_source(found, what="names of classes", max_bytes=MOST_BYTES)
    names = [line.strip() for line in text_of(content, escaped(found)).splitlines() if line.strip()]
    if coding.values[-1] < len(names):
        return tuple(names[value] for value in coding.values)
    if len(names) == len(coding.values):
        return tuple(names)
    raise FileError(
        f"{escaped(found)} names {len(names)} classes; the masks have {len(coding.values)} values: "
        f"{', '.join(coding.names)}"
    )
