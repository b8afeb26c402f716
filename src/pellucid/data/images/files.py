"""Image files as arrays: decoded, turned upright, in the size and with the channels that a model wants.

A file's content is never trusted: only common formats are decoded, of bounded size, and only the first frame.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pellucid.data.images.tiff import grey_range, why_no_photo
from pellucid.data.images.unread import RAW, conversion_of
from pellucid.errors import ArgumentError, FileError
from pellucid.formats.paths import checked_path
from pellucid.formats.signatures import HEAD_BYTES, describe_content
from pellucid.formats.source import Source, open_source, source_name

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")

__all__ = [
    *("MAX_PIXELS", "SIXTEEN_BITS", "decoded", "image_of", "opened_image", "read_image"),
    *("refuse_no_photo", "scaled_pixels", "upright_size"),
]

MAX_PIXELS = 64_000_000
"""The largest image that is decoded [pixels]."""

_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "WEBP", "TIFF", "JPEG2000", "AVIF")
"""Those that Pillow knows from the beginning come first: for another it loads all that it has."""
_READ = ("JPEG", "PNG", "BMP", "GIF", "WebP", "TIFF", "AVIF", "JPEG 2000", "PPM")
_WHAT = f"a {', '.join(_READ[:-1])} or {_READ[-1]} image"
_MODES = {1: "L", 3: "RGB"}
SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N", "I")
"""How Pillow calls greys of 0..65535: of PNG, of TIFF in either order of bytes, and of PGM."""
ORIENTATION, TURNED = 0x0112, (5, 6, 7, 8)
"""The tag of EXIF that says how a photo is turned, and the values that swap rows and columns."""

TOLD_OTHERWISE = "Corrupt EXIF data|Truncated File Read|Tag data larger|Image size .* exceeds limit"
"""What Pillow warns of, file by file and from threads: the first change no pixel, the last is an error here."""
warnings.filterwarnings("ignore", TOLD_OTHERWISE, module=r"PIL\.")


def read_image(
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    draft: bool = False,
) -> np.ndarray:
    """Read an image file.

    A photo is turned upright as its camera noted it (EXIF), of an animation the first frame is taken and of several
    pages the first, transparency is laid over white, and 12-bit and 16-bit grey values are reduced to 8 bits.

    Args:
        path: the file.
        size: (height, width) to scale to [pixels]; the aspect ratio is not kept. Bilinear, averaging over all pixels
            when it gets smaller. None keeps the size.
        channels: 1 for grey, 3 for red, green and blue. None keeps grey images grey and makes all others RGB.
        draft: whether a JPEG that is much larger than `size` may be decoded at a half, a quarter or an eighth of its
            size: several times faster, and almost the same pixels.

    Returns:
        uint8 `(H, W, C)` in 0..255.

    Raises:
        FileError: the file is missing, not an image of these formats, damaged, cut short, or too large; or it holds
            fractions or more than 16 bits, of which nobody knows which is white.
        ArgumentError: `size` or `channels` is out of range.

    Example:
        >>> import tempfile, PIL.Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     PIL.Image.new("RGB", (480, 320), "red").save(f"{folder}/red.png")
        ...     image = read_image(f"{folder}/red.png")
        ...     small = read_image(f"{folder}/red.png", size=(8, 8), channels=1)
        >>> image.shape, image[0, 0], small.shape
        ((320, 480, 3), array([255,   0,   0], dtype=uint8), (8, 8, 1))
    """
    return image_of(checked_path(path, _WHAT), size=size, channels=channels, draft=draft)


def image_of(source: Source, *, size: tuple[int, int] | None, channels: int | None, draft: bool = False) -> np.ndarray:
    """As `read_image`, of a file or of what is in it."""
    _check_arguments(size, channels)
    image = decoded(source, partial(_upright, side=max(size) if draft and size else None))
    if channels is None:
        channels = 1 if image.mode in ("1", "L", "LA") else 3
    return _pixels_of(image, size, channels)


def scaled_pixels(pixels: np.ndarray, size: tuple[int, int], channels: int) -> np.ndarray:
    """Pixels with transparency, as a browser's canvas has them, as `read_image` gives those of a file.

    Args:
        pixels: uint8 (rows, columns, 4): red, green, blue, and how much they cover.
        size: (height, width) to scale to [pixels].
        channels: 1 for grey, 3 for red, green and blue.

    Raises:
        ArgumentError: `size` or `channels` is out of range.

    Example:
        >>> scaled_pixels(np.full((4, 4, 4), 255, np.uint8), (2, 2), 1)[..., 0].tolist()
        [[255, 255], [255, 255]]
    """
    from PIL import Image

    _check_arguments(size, channels)
    return _pixels_of(Image.fromarray(np.ascontiguousarray(pixels), "RGBA"), size, channels)


def _pixels_of(image: Image, size: tuple[int, int] | None, channels: int) -> np.ndarray:
    """The pixels (height, width, channels) of an image that has been decoded."""
    image = _convert(image, _MODES[channels])
    if size is not None:
        from PIL.Image import Resampling

        image = image.resize((size[1], size[0]), Resampling.BILINEAR)
    pixels = np.array(image, dtype=np.uint8)
    return pixels.reshape(*pixels.shape[:2], channels)


def _check_arguments(size: tuple[int, int] | None, channels: int | None) -> None:
    if channels is not None and channels not in _MODES:
        raise ArgumentError(f"channels must be 1 (grey), 3 (RGB) or None (as in the file), got {channels!r}")
    if size is None:
        return
    if len(size) != 2 or min(size) < 1 or size[0] * size[1] > MAX_PIXELS:
        raise ArgumentError(
            f"size must be (height, width), both at least 1 and together at most {MAX_PIXELS:,} pixels, got {size!r}"
        )


def opened_image(source: Source) -> Image:
    """The first frame of an image file, or of its content, as it lies there, completely decoded.

    See `read_image` for what is refused.
    """
    return decoded(source if isinstance(source, bytes) else checked_path(source, _WHAT), _as_it_lies)


def decoded(path: Source, take: Callable[[Image], T]) -> T:
    """The first frame of an image file, or of its content.

    Args:
        path: the file, or what is in it.
        take: what is made of it while the file is open; it decodes the image.

    Raises:
        FileError: see `read_image`.
    """
    from PIL import Image, UnidentifiedImageError

    name = source_name(path)
    if not isinstance(path, bytes) and Path(path).suffix.lower() in RAW:
        raise FileError(f"{name} is a raw photo, which is not read; save it as JPEG: {conversion_of(Path(path).name)}")
    with open_source(path, what=_WHAT) as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        try:
            image = Image.open(file, formats=_FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise FileError(_too_large(name, f"{image.width:,} x {image.height:,} pixels"))
            if image.mode == "F":
                raise FileError(f"{name} holds fractions, and nobody knows which is white; save it as PNG of 16 bits")
            return take(image)
        except FileError:
            raise
        except NoPhoto as error:
            raise FileError(f"{name} {error}") from None
        except UnidentifiedImageError as error:
            raise FileError(f"{name} {_what_came(head, path)}") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise FileError(_too_large(name, "far more")) from error
        except Exception as error:  # decoders raise whatever their parsing runs into
            raise FileError(f"{name} is damaged or cut short ({error}); copy or export it again") from error


class NoPhoto(Exception):
    """What an image file holds are no pixels of black to white; the message says it behind the file's name."""


def refuse_no_photo(image: Image) -> None:
    """Raise `NoPhoto` for an opened image that cannot become pixels of black to white."""
    why = why_no_photo(image)
    if why is not None:
        raise NoPhoto(why)


def _what_came(head: bytes, path: Source) -> str:
    """What is said of a file that Pillow does not know, behind its name."""
    found = describe_content(head)
    if found == "a TIFF image":
        return "is a TIFF that is damaged, or of a kind that is not read (unusual samples or channels); save it as PNG"
    command = None if isinstance(path, bytes) else conversion_of(Path(path).name)
    if found.partition(" ")[2].removesuffix(" image") in _READ:
        return f"begins as {found} and is damaged; copy or export it again"
    return f"is not {_WHAT}; it looks like {found}" + (f". What converts it: {command}" if command else "")


def _upright(image: Image, side: int | None) -> Image:
    """Decoded, in a draft of at least so many pixels on each side if one is given, turned as the camera noted, and with
    greys of 8 bits."""
    from PIL import Image, ImageOps

    refuse_no_photo(image)
    if side is not None and image.format == "JPEG":
        image.draft(None, (side, side))
    image.load()
    turned = ImageOps.exif_transpose(image)
    if turned.mode not in SIXTEEN_BITS:
        return turned
    largest, is_inverted = grey_range(image)
    greys = np.asarray(turned).astype(np.int64) * 255 // largest
    return Image.fromarray((255 - greys if is_inverted else greys).clip(0, 255).astype(np.uint8))


def upright_size(image: Image) -> tuple[int, int]:
    """Width and height of an opened image once it is turned upright, without decoding it [pixels]."""
    width, height = image.size
    if image.format == "TIFF":  # which Pillow turns itself
        return width, height
    return (height, width) if image.getexif().get(ORIENTATION, 1) in TURNED else (width, height)


def _as_it_lies(image: Image) -> Image:
    image.load()
    return image


def _too_large(name: str, pixels: str) -> str:
    return f"{name} declares {pixels}; at most {MAX_PIXELS:,} pixels are accepted. Scale it down first"


def _convert(image: Image, mode: str) -> Image:
    """To "L" or "RGB"; Pillow's own conversion would show what lies below transparency."""
    from PIL import Image

    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return image.convert(mode)
