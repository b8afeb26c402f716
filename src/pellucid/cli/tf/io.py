"""`tf.io`: files of images, and files of records."""

from __future__ import annotations

import glob as files
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import content_tensor, eager
from pellucid.cli.tf.encoding import encode_jpeg, encode_png
from pellucid.cli.tf.examples import bytes_of
from pellucid.cli.tf.parsing import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    VarLenFeature,
    parse_example,
    parse_single_example,
)
from pellucid.cli.tf.pixels import decode_bmp, decode_gif, decode_image, decode_jpeg, decode_png
from pellucid.cli.tf.records import TFRecordOptions, TFRecordWriter, tf_record_iterator
from pellucid.cli.tf.tensor_contents import parse_tensor, serialize_tensor

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "TFRecordOptions",
    "TFRecordWriter",
    "VarLenFeature",
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "decode_raw",
    "encode_jpeg",
    "encode_png",
    "gfile",
    "matching_files",
    "parse_example",
    "parse_single_example",
    "parse_tensor",
    "read_file",
    "serialize_tensor",
    "tf_record_iterator",
    "write_file",
]


def _name(filename: Any) -> str:
    name = filename if isinstance(filename, str | Path) else np.asarray(filename).item()
    return name.decode() if isinstance(name, bytes) else str(name)


def read_file(filename: Any, name: str | None = None) -> Any:
    """What a file holds."""
    return content_tensor(Path(_name(filename)).read_bytes())


def write_file(filename: Any, contents: Any, name: str | None = None) -> None:
    """Have a file hold this; its folder is made."""
    path = Path(_name(filename))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents.encode() if isinstance(contents, str) else bytes_of(contents))


def matching_files(pattern: Any, name: str | None = None) -> list[str]:
    """The names of files that go by a pattern, sorted."""
    return sorted(files.glob(_name(pattern)))


def decode_raw(input_bytes: Any, out_type: Any, little_endian: bool = True, name: str | None = None) -> Any:
    """Bytes as numbers of a type; of several contents that are as long a row each."""
    kind = np.dtype(out_type).newbyteorder("<" if little_endian else ">")
    contents = np.asarray(input_bytes, object)
    rows = [np.frombuffer(bytes_of(each), kind).astype(np.dtype(out_type)) for each in contents.ravel().tolist()]
    return eager(np.array(rows, np.dtype(out_type)).reshape(*contents.shape, -1))


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
