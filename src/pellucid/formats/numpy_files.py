"""NumPy's files of arrays: `.npy`, `.npz` and folders of `.npy` files, without pickles.

NumPy itself would parse a header as a Python expression and take the memory that it asks for. Here a header is what
NumPy writes for plain numbers, to the letter, and says no more bytes than are there.
"""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.atomic import atomic_write, make_folder, write_together
from pellucid.formats.source import Source, open_source, read_source, source_name
from pellucid.formats.strict_zip import encode_members, read_all_members

__all__ = [
    "MAX_NPZ_BYTES",
    "decode_npy",
    "encode_npy",
    "read_npy",
    "read_npy_folder",
    "read_npz",
    "write_npy_folder",
    "write_npz",
]

MAX_NPZ_BYTES = 4 * 2**30
_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\{'descr': '([<>|=][biufc]\d{1,2})', 'fortran_order': (True|False), "
    r"'shape': \(((?:\d{1,19}, ?)*(?:\d{1,19})?)\), ?\} *\n?"
)
_TEXTS = re.compile(_HEADER.pattern.replace("[biufc]", "[biufcSU]").replace("\\d{1,2})'", "\\d{1,4})'"))
"""As `_HEADER`, with texts of a fixed length too."""
_MOST_HEADER, _MOST_AXES = 4096, 32
_ENDING = ".npy"


def decode_npy(content: bytes, *, name: str, texts: bool = False) -> np.ndarray:
    """The array of an `.npy` file.

    Args:
        content: of the file.
        name: how errors call it.
        texts: whether an array of texts is one too.

    Raises:
        FileError: it is no such file, is damaged, or holds Python objects or records, which are not read.

    Example:
        >>> decode_npy(encode_npy(np.arange(3)), name="a.npy")
        array([0, 1, 2])
    """
    if not content.startswith(_MAGIC) or len(content) < 12:
        raise FileError(f"{name} is no .npy file, or is cut short")
    wide = content[6] >= 2  # version 1 counts the header's bytes with two bytes, later ones with four
    begin = 12 if wide else 10
    length = int.from_bytes(content[8:begin], "little")
    if length > _MOST_HEADER or begin + length > len(content):
        raise FileError(f"{name} is damaged: its header says that it has {length:,} bytes; copy or download it again")
    header = (_TEXTS if texts else _HEADER).fullmatch(content[begin : begin + length].decode("latin-1"))
    if header is None:
        raise FileError(
            f"{name} holds something other than plain numbers (objects, records), which is not read; in NumPy "
            f"type: numpy.save(path, array.astype('float32')){', or array.astype(str) for names' if texts else ''}"
        )
    return _array(content[begin + length :], header, name)


def _array(data: bytes, header: re.Match[str], name: str) -> np.ndarray:
    try:
        dtype = np.dtype(header[1])
    except TypeError:
        raise FileError(f"{name} holds numbers of an unknown type, {header[1]!r}") from None
    shape = tuple(int(size) for size in header[3].replace(" ", "").split(",") if size)
    if len(shape) > _MOST_AXES or math.prod(shape) * dtype.itemsize != len(data):
        raise FileError(
            f"{name} is damaged: {len(data):,} bytes are stored for an array of shape {str(shape)[:100]} of {dtype}; "
            "copy or download it again"
        )
    values = np.frombuffer(data, dtype)
    return values.reshape(shape[::-1]).T if header[2] == "True" else values.reshape(shape)


def read_npy(source: Source, *, max_bytes: int = MAX_NPZ_BYTES, texts: bool = False) -> np.ndarray:
    """The array of an `.npy` file; see `decode_npy`.

    Args:
        source: a path, or the bytes of the file.
        max_bytes: the largest file that is read [bytes].
        texts: whether an array of texts is one too.
    """
    content = read_source(source, what="an .npy file", max_bytes=max_bytes)
    return decode_npy(content, name=source_name(source), texts=texts)


def encode_npy(array: np.ndarray) -> bytes:
    """The bytes of an `.npy` file of plain numbers.

    Example:
        >>> np.load(io.BytesIO(encode_npy(np.eye(2)))).shape
        (2, 2)
    """
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(array) if array.ndim else array, allow_pickle=False)
    return file.getvalue()


def read_npz(source: Source, *, max_bytes: int = MAX_NPZ_BYTES, texts: bool = False) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file, by their names.

    Args:
        source: a path, or the bytes of the file.
        max_bytes: how much the arrays may take together [bytes].
        texts: whether arrays of texts are read too.

    Raises:
        FileError: the file is missing, is something else, is damaged, too large, or holds pickles.

    Example:
        >>> file = io.BytesIO()
        >>> np.savez(file, kernel=np.ones(2))
        >>> read_npz(file.getvalue())
        {'kernel': array([1., 1.])}
    """
    name = source_name(source)
    with open_source(source, what="an .npz file") as file:
        members = read_all_members(file, max_bytes, name=name)
    other = [member for member in members if not member.endswith(_ENDING)]
    if other:
        raise FileError(f"{name} holds {other[0][:100]!r}; expected only arrays of NumPy's, '.npy'")
    return {
        member.removesuffix(_ENDING): decode_npy(content, name=f"{name}: {escaped(member[:100])}", texts=texts)
        for member, content in members.items()
    }


def write_npz(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays to an `.npz` file in one step; `numpy.load(path)[name]` gives each.

    Args:
        path: the file to create or to replace.
        arrays: by name.

    Raises:
        FileError: see `atomic.atomic_write`.
    """
    content = encode_members({f"{name}{_ENDING}": encode_npy(array) for name, array in arrays.items()})
    with atomic_write(path) as file:
        file.write(content)


def read_npy_folder(folder: Path, *, max_bytes: int = MAX_NPZ_BYTES) -> dict[str, np.ndarray]:
    """The arrays of a folder of `.npy` files, by the names of the files without their ends.

    Args:
        folder: that holds the files; folders in it are not looked into.
        max_bytes: how much they may take together [bytes].

    Raises:
        FileError: there is none in it, one is damaged, or they are too large.
    """
    arrays: dict[str, np.ndarray] = {}
    for path in sorted(folder.glob(f"*{_ENDING}")):
        left = max_bytes - sum(array.nbytes for array in arrays.values())
        arrays[path.name.removesuffix(_ENDING)] = read_npy(path, max_bytes=left)
    if not arrays:
        raise FileError(f"{escaped(folder)} holds no files that end in {_ENDING!r}")
    return arrays


def write_npy_folder(folder: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays to a folder, one `.npy` file each, under their names with a point for each "/".

    Args:
        folder: made where it is not there.
        arrays: by name.

    Raises:
        ArgumentError: two of them would have one name, or one a name that no file can have.
        FileError: the folder cannot be written to.
    """
    files = {f"{name.replace('/', '.')}{_ENDING}": array for name, array in arrays.items()}
    strange = [name for name in files if not name.isprintable() or name.startswith(".") or "\\" in name]
    if strange or len(files) < len(arrays):
        why = f"{strange[0]!r} is no name of a file" if strange else "two weights would be in one file"
        raise ArgumentError(f"{escaped(folder)}: {why}; give the layers other names, or write an '.npz' file")
    make_folder(folder)
    write_together((folder / name, encode_npy(array)) for name, array in files.items())
