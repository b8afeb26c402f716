"""Pictures of kinds that are not read: how their names end, and what converts them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["RAW", "UNREAD", "VIDEOS", "conversion_of"]

PHOTOS = (".heic", ".heif", ".jxl", ".svg")
RAW = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".raw", ".rw2")
"""What cameras' sensors have seen; some of these files begin as TIFF does, with a preview."""
OTHERS = (
    *(".dcm", ".dds", ".emf", ".eps", ".exr", ".fits", ".hdr"),
    *(".ico", ".pcx", ".psd", ".qoi", ".ras", ".sgi", ".tga"),
)
VIDEOS = (".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv")
UNREAD = (*PHOTOS, *RAW, *OTHERS, *VIDEOS)
"""How the names of pictures end that are not read."""


def conversion_of(name: str) -> str | None:
    """The command that makes files of this kind readable (ImageMagick's or FFmpeg's); None for what is none of them.

    Example:
        >>> conversion_of("IMG_0001.HEIC"), conversion_of("film.mp4")
        ('magick mogrify -format jpg *.HEIC', 'ffmpeg -i FILE.mp4 -r 1 frame%d.png')
    """
    ending = Path(name).suffix
    if ending.lower() not in UNREAD:
        return None
    if ending.lower() in VIDEOS:
        return f"ffmpeg -i FILE{ending} -r 1 frame%d.png"
    return f"magick mogrify -format jpg *{ending}"
