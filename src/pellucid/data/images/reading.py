"""How image files become pixels, as one record: whoever reads further images for a model reads them in the same way."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING
from functools import partial
from typing import Any

import numpy as np

from pellucid.checks import is_whole, number, word
from pellucid.data.images.files import MAX_PIXELS, decoded, image_of
from pellucid.data.images.looks import Looks
from pellucid.data.images.resampling import INTERPOLATIONS, resized_pixels
from pellucid.data.masks.coding import Coding
from pellucid.data.pixels.form import Form, range_told
from pellucid.errors import ArgumentError, ArgumentTypeError, escaped, shown
from pellucid.formats.paths import checked_path
from pellucid.formats.source import Source
from pellucid.frozen import Frozen

__all__ = ["Reading", "TrainedOn"]

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's word for each number of channels."""
GREY = ("L", "I;16", "I")
"""What Keras takes as grey as it is."""


WAYS: dict[str, dict[str, tuple[Any, ...]]] = {
    "photo": {"channels": (1, 3), "interpolation": ("bilinear",), "aspect": ("stretch",)},
    "keras": {"channels": (1, 3, 4), "interpolation": INTERPOLATIONS, "aspect": ("stretch", "crop", "pad")},
}
"""What each way of reading can."""


class Reading(Frozen):
    """How image files become pixels.

    There are two ways. "photo" turns a photo upright as its camera noted it, lays transparency over white, brings 16
    bits to 8, and lets every pixel count where the image shrinks; large JPEGs are decoded in a draft. "keras" is to the
    pixel what `keras.utils.image_dataset_from_directory` does: none of all this, and fractions of pixels.

    Attributes:
        height: rows [pixels].
        width: columns [pixels].
        channels: 1 for grey, 3 for red, green and blue, 4 (in Keras's way) with transparency.
        way: "photo" or "keras".
        interpolation: in Keras's way "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        aspect: what becomes of other proportions: "stretch", or in Keras's way "crop" or "pad".

    Raises:
        ArgumentError: a setting is unknown or out of range.

    Example:
        >>> import tempfile, PIL.Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     PIL.Image.new("RGB", (480, 320), "red").save(f"{folder}/red.png")
        ...     Reading(2, 3, 3).read(f"{folder}/red.png")[0, 0]
        array([255,   0,   0], dtype=uint8)
    """

    height: int
    width: int
    channels: int = 3
    way: str = "photo"
    interpolation: str = "bilinear"
    aspect: str = "stretch"

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise ArgumentError(f"Reading: way must be 'photo' or 'keras', got {shown(self.way)}")
        for name, known in WAYS[self.way].items():
            if getattr(self, name) not in known:
                wanted = ", ".join(map(repr, known))
                raise ArgumentError(
                    f"Reading: {name} must be one of {wanted} in the way {self.way!r}, got {shown(getattr(self, name))}"
                )
        sides = (self.height, self.width)
        if not all(is_whole(side) and side >= 1 for side in sides) or self.height * self.width > MAX_PIXELS:
            raise ArgumentError(
                f"Reading: height and width must be whole numbers >= 1, together at most {MAX_PIXELS:,} pixels, got "
                f"{shown(sides)}"
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the pixels: (rows, columns, channels)."""
        return self.height, self.width, self.channels

    @property
    def dtype(self) -> type[np.uint8] | type[np.float32]:
        """Of the pixels, which are 0..255."""
        return np.uint8 if self.way == "photo" else np.float32

    def read(self, path: Source) -> np.ndarray:
        """The pixels of a file, or of what is in it, 0..255; raises `FileError` as `read_image` does."""
        source = path if isinstance(path, bytes) else checked_path(path, "an image")
        if self.way == "photo":
            return image_of(source, size=(self.height, self.width), channels=self.channels, draft=True)
        image = decoded(source, partial(_as_keras, mode=MODES[self.channels]))
        pixels = np.asarray(image)
        pixels = self._of_aspect(pixels.reshape(*pixels.shape[:2], -1))
        return resized_pixels(pixels, (self.height, self.width), self.interpolation)

    def _of_aspect(self, pixels: np.ndarray) -> np.ndarray:
        """The middle of an image, or an image between margins of zeros, in the proportions of the result."""
        rows, columns = pixels.shape[:2]
        wanted = int(columns * self.height / self.width), int(rows * self.width / self.height)
        if self.aspect == "crop":
            height, width = (max(min(has, want), 1) for has, want in zip((rows, columns), wanted, strict=True))
            top, left = (rows - height) // 2, (columns - width) // 2
            return pixels[top : top + height, left : left + width]
        if self.aspect == "pad":
            margins = [(max(want - has, 0) // 2,) * 2 for has, want in zip((rows, columns), wanted, strict=True)]
            return np.pad(pixels, [*margins, (0, 0)])
        return pixels


def _as_keras(image: Any, mode: str) -> Any:
    """Decoded and converted as Keras does it, whatever the eye would say."""
    image.load()
    if image.mode == "P" and isinstance(image.info.get("transparency"), bytes):
        image = image.convert("RGBA")  # the same colours; Pillow would warn of each file
    return image if image.mode == mode or (mode == "L" and image.mode in GREY) else image.convert(mode)


class TrainedOn(Frozen):
    """What images a model was trained on; its file keeps it, so that others are read as those were.

    Attributes:
        reading: how files become pixels of 0..255.
        scale: what pixels are multiplied with before they enter the model: 1.0 where it scales them itself.
        class_names: by the numbers of its classes, or of what it says of an image; empty where there are none.
        kind: what it says: "classes" (one of them), "masks" (one at each place), "labels" (any number of them) or
            "numbers".
        coding: what the values in masks stood for; None where there were none.
        looks: what the images were like; None where nobody has looked.
        arrays: how they lay in tables of pixels or arrays; None where they were image files.
        files: which files it was trained on; None where that is not known.

    Example:
        >>> told = TrainedOn(Reading(64, 64), 1.0, ("cats", "dogs"))
        >>> TrainedOn.of_record(told.to_record()) == told
        True
    """

    reading: Reading
    scale: float = 1.0
    class_names: tuple[str, ...] = ()
    kind: str = "classes"
    coding: Coding | None = None
    looks: Looks | None = None
    arrays: Form | None = None
    files: Remembered | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.reading, Reading):
            raise ArgumentTypeError(f"TrainedOn: reading must be a Reading, got {shown(self.reading)}")
        number("TrainedOn", "scale", self.scale)
        if not isinstance(self.class_names, tuple) or not all(isinstance(name, str) for name in self.class_names):
            raise ArgumentTypeError(f"TrainedOn: class_names must be a tuple of names, got {shown(self.class_names)}")
        word("TrainedOn", "kind", self.kind, KINDS)
        for name, kind in PARTS.items():
            if not isinstance(getattr(self, name), kind | None):
                raise ArgumentTypeError(
                    f"TrainedOn: {name} must be a {kind.__name__}, got {shown(getattr(self, name))}"
                )

    @property
    def takes_files(self) -> bool:
        """Whether the model can be given image files: it cannot where nobody knows which of its numbers is white."""
        return self.arrays is None or self.arrays.white > 0

    def require_files(self) -> None:
        """Raise `ArgumentError` where image files cannot become what the model takes."""
        if not self.takes_files:
            assert self.arrays is not None
            raise ArgumentError(
                f"this model was trained on arrays with {range_told(self.arrays.least, self.arrays.largest)}, and "
                "nobody can tell how the pixels of an image file become such; give it arrays (.npy, .npz) or a table "
                "of pixels that were made as those"
            )

    def sample(self, path: str | os.PathLike[str]) -> np.ndarray:
        """An image file as the model takes it, float32 (rows, columns, channels); raises as `require_files`."""
        self.require_files()
        return self.reading.read(path).astype(np.float32) * np.float32(self.scale)

    def name_of(self, number: int) -> str:
        """The name of a class, in one line; its number where it has none."""
        return escaped(self.class_names[number]) if number < len(self.class_names) else str(number)

    def to_record(self) -> dict[str, Any]:
        """As plain data."""
        told = {**vars(self.reading), "scale": self.scale, "class_names": list(self.class_names)}
        parts = {name: getattr(self, name) for name in PARTS}
        kind = {} if self.kind == "classes" else {"kind": self.kind}
        return told | kind | {name: dict(vars(part)) for name, part in parts.items() if part is not None}

    @classmethod
    def of_record(cls, record: object) -> TrainedOn:
        """Of plain data, as `to_record` gave them; raises `ArgumentError` where they are not."""
        needed = {*Reading.__match_args__, "scale", "class_names"}
        if not isinstance(record, Mapping) or not needed <= set(record) <= needed | {"kind", *PARTS}:
            raise ArgumentError(f"what is said of the images is not what it should be: {shown(record)}")
        names = record["class_names"]
        if not isinstance(names, list) or not all(isinstance(record[each], str) for each in WORDS):
            raise ArgumentError(f"what is said of the images is not what it should be: {shown(record)}")
        reading = Reading(*(record[name] for name in Reading.__match_args__))
        parts = {name: _part_of(kind, record[name]) for name, kind in PARTS.items() if name in record}
        return cls(reading, record["scale"], tuple(names), record.get("kind", "classes"), **parts)


def _part_of(kind: type[Frozen], record: object) -> Any:
    """A part of what is said of images, of plain data; its own checks look at the values."""
    fields = kind.__dataclass_fields__
    needed = {name for name, each in fields.items() if each.default is MISSING}
    if not isinstance(record, Mapping) or not needed <= set(record) <= set(fields):
        raise ArgumentError(f"what is said of the images is not what it should be: {shown(record)}")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in record.items()})


class Remembered(Frozen):
    """Image files that a model was trained on, by what is in them.

    Attributes:
        digests: of their bytes, as `Survey.digests` has them.

    Raises:
        ArgumentError: a digest is none.
    """

    digests: tuple[str, ...]

    def __post_init__(self) -> None:
        if not all(isinstance(each, str) and re.fullmatch("[0-9a-f]{16}", each) for each in self.digests):
            raise ArgumentError(f"what is said of files that were trained on is not what it should be: {shown(self)}")


WORDS = ("way", "interpolation", "aspect")
KINDS = ("classes", "masks", "labels", "numbers")
PARTS: dict[str, type[Frozen]] = {"coding": Coding, "looks": Looks, "arrays": Form, "files": Remembered}
