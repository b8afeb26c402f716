"""What TIFF has of its own: samples of any depth, black and white swapped, several pages, previews of raw photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["grey_range", "pages_of", "why_no_photo"]

SUBFILE_TYPE, BITS, PHOTOMETRIC, SUB_IMAGES, DNG = 254, 258, 262, 330, 50706
"""Tags, by their numbers in the specification (TIFF 6.0, and Adobe's of DNG)."""
WHITE_IS_ZERO = 0
SIXTEEN_BITS = 0xFFFF
SAVED_OTHERWISE = "scale it so that black and white are where you want them, and save it as PNG of 8 or 16 bits"


def why_no_photo(image: Image) -> str | None:
    """Why an opened image cannot become pixels of black to white; None where it can.

    Example:
        >>> import PIL.Image
        >>> why_no_photo(PIL.Image.new("RGB", (2, 2))), why_no_photo(PIL.Image.new("LAB", (2, 2)))
        (None, 'holds colours of the kind LAB, which are not read; save it as PNG in RGB')
    """
    if image.mode in ("LAB", "HSV"):
        return f"holds colours of the kind {image.mode}, which are not read; save it as PNG in RGB"
    if image.format != "TIFF":
        return None
    tags = image.tag_v2  # type: ignore[attr-defined]
    if DNG in tags or (tags.get(SUBFILE_TYPE, 0) & 1 and SUB_IMAGES in tags):
        return "is a raw photo with a small preview before it; develop it and save it as JPEG"
    if image.mode == "I":
        bits = tags.get(BITS, (0,))[0]
        kind = f"numbers of {bits} bits" if bits > 16 else "numbers with a sign"
        return f"holds {kind}, and nobody knows which is white; {SAVED_OTHERWISE}"
    return None


def grey_range(image: Image) -> tuple[int, bool]:
    """The largest grey that an opened image of 16-bit greys can have, and whether 0 is white.

    Pillow says so of eight bits alone: greys of 12 bits, as of microscopes, come as they are, 0..4095.

    Example:
        >>> import PIL.Image
        >>> grey_range(PIL.Image.new("I;16", (2, 2)))
        (65535, False)
    """
    if image.format != "TIFF":
        return SIXTEEN_BITS, False
    tags = image.tag_v2  # type: ignore[attr-defined]
    bits = tags.get(BITS, (16,))[0]
    return 2 ** min(bits, 16) - 1, tags.get(PHOTOMETRIC) == WHITE_IS_ZERO


def pages_of(image: Image) -> int:
    """How many pages an opened TIFF has, smaller copies of the first left out, or frames an animation.

    Example:
        >>> import PIL.Image
        >>> pages_of(PIL.Image.new("L", (2, 2)))
        1
    """
    if image.format != "TIFF":
        return image.n_frames if getattr(image, "is_animated", False) else 1  # type: ignore[attr-defined]
    count = 0
    for page in range(image.n_frames):  # type: ignore[attr-defined]
        image.seek(page)
        count += not image.tag_v2.get(SUBFILE_TYPE, 0) & 1  # type: ignore[attr-defined]
    image.seek(0)
    return max(count, 1)
