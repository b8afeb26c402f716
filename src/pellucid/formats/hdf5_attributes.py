"""Attributes in HDF5: texts and lists of texts that hang on groups, read with their sizes checked first."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pellucid.errors import FileError
from pellucid.formats.plain_hdf5 import MAX_OBJECTS, Group, damage_told, import_h5py
from pellucid.formats.strict_json import MAX_JSON_BYTES

__all__ = ["number", "text", "texts"]


def text(group: Group, name: str, where: str) -> str | None:
    """The text of an attribute, or None where there is no such.

    Args:
        group: that has the attribute.
        name: of the attribute.
        where: how errors call the group.

    Raises:
        FileError: it is no text, too long, or damaged.
    """
    found = _values(group, name, where)
    if found is None:
        return None
    if found.shape:
        raise FileError(f"{where}: {name} is a list; expected one text")
    return _decoded(found[()], f"{where}: {name}")


def texts(group: Group, name: str, where: str) -> list[str]:
    """The texts of an attribute that is a list; of several, name0, name1, ..., where it would not fit into one.

    Args:
        group: that has the attribute.
        name: of the attribute.
        where: how errors call the group.

    Raises:
        FileError: there is none, it is no list of texts, too long, or damaged.
    """
    whole = _values(group, name, where)
    pieces = list(_pieces(group, name, where)) if whole is None else [whole]
    if not pieces:
        raise FileError(f"{where} has no {name}, which old files of Keras have")
    found = [_decoded(item, f"{where}: {name}") for piece in pieces for item in piece.ravel()]
    if len(found) > MAX_OBJECTS:
        raise FileError(f"{where}: {name} lists more than {MAX_OBJECTS:,} names")
    return found


def _pieces(group: Group, name: str, where: str) -> Iterator[np.ndarray]:
    """The attributes name0, name1, ..., as many as there are."""
    for place in range(MAX_OBJECTS):
        piece = _values(group, f"{name}{place}", where)
        if piece is None:
            return
        yield piece


def number(group: Group, name: str, where: str) -> int:
    """The whole number of an attribute.

    Raises:
        FileError: there is none, or it is none.
    """
    with damage_told(where):
        found = group.attrs.get(name)
    if not isinstance(found, np.integer) or not 0 <= found <= MAX_OBJECTS:
        raise FileError(f"{where}: {name} is no whole number from 0 to {MAX_OBJECTS:,}")
    return int(found)


def _values(group: Group, name: str, where: str) -> np.ndarray | None:
    """The texts of an attribute, once its size is known to be what the file really holds."""
    h5py = import_h5py()
    with damage_told(f"{where}: {name}"):
        if name not in group.attrs:
            return None
        found = h5py.h5a.open(group.id, name.encode())
        kind, shape = found.get_type(), found.shape
        if not shape and found.get_space().get_simple_extent_type() == h5py.h5s.NULL:
            return np.empty(0, "S1")  # h5py writes an empty list so
        if 0 in shape:
            return np.empty(shape, "S1")  # of whatever type: an empty list of names is one of floats
        if not isinstance(kind, h5py.h5t.TypeStringID):
            raise FileError(f"{where}: {name} holds {found.dtype}; expected text")
        if math.prod(shape) * kind.get_size() > MAX_JSON_BYTES:
            raise FileError(f"{where}: {name} is longer than {MAX_JSON_BYTES:,} bytes")
        return np.asarray(group.attrs[name])


def _decoded(value: object, where: str) -> str:
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError as error:
            raise FileError(f"{where} is not UTF-8 text") from error
    if not isinstance(value, str):
        raise FileError(f"{where} holds {type(value).__name__}; expected text")
    return value
