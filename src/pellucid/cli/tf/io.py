"""`tf.io`: files of images."""

from __future__ import annotations

import glob as files
import io
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.cli.tf.image import decode_bmp, decode_gif, decode_image, decode_jpeg, decode_png
from pellucid.data.pictures import array_to_img

__all__ = [
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "encode_jpeg",
    "encode_png",
    "gfile",
    "read_file",
    "write_file",
]


def _name(filename: Any) -> str:
    name = filename if isinstance(filename, str | Path) else np.asarray(filename).item()
    return name.decode() if isinstance(name, bytes) else str(name)


def read_file(filename: Any) -> bytes:
    """What a file holds."""
    return Path(_name(filename)).read_bytes()


def write_file(filename: Any, contents: bytes) -> None:
    """Have a file hold this; its folder is made."""
    path = Path(_name(filename))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)


def encode_jpeg(image: Any, format: str = "", quality: int = 95) -> bytes:
    """The content of a JPEG file of an image of bytes (rows, columns, channels)."""
    return _encoded(image, "JPEG", quality=int(quality))


def encode_png(image: Any, compression: int = -1) -> bytes:
    """The content of a PNG file."""
    return _encoded(image, "PNG")


def _encoded(image: Any, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    array_to_img(np.asarray(image), "channels_last", scale=False).save(content, kind, **options)
    return content.getvalue()


class gfile:
    """Files and folders of this machine."""

    GFile = staticmethod(open)
    glob = staticmethod(lambda pattern: sorted(files.glob(_name(pattern))))
    exists = staticmethod(lambda path: Path(_name(path)).exists())
    isdir = staticmethod(lambda path: Path(_name(path)).is_dir())
    listdir = staticmethod(lambda path: sorted(os.listdir(_name(path))))
    makedirs = staticmethod(lambda path: os.makedirs(_name(path), exist_ok=True))
    join = staticmethod(os.path.join)
    remove = staticmethod(lambda path: os.remove(_name(path)))
    rmtree = staticmethod(lambda path: shutil.rmtree(_name(path)))
    copy = staticmethod(lambda src, dst, overwrite=False: shutil.copy(_name(src), _name(dst)))
