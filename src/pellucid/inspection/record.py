"""What all records of `inspection` have in common: they show themselves in notebooks, and go into JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.notebooks import Shown, written

__all__ = ["Record", "Records", "plain_data", "snapshot"]

R = TypeVar("R")


class Record(Shown):
    """The base of records, which are frozen dataclasses of arrays, numbers and text; `print` writes them as text.

    Example:
        >>> import json
        >>> from pellucid.inspection import TrainingCurves
        >>> json.loads(TrainingCurves({"loss": [0.5, 0.25]}).to_json())
        {'record': 'TrainingCurves', 'curves': {'loss': [0.5, 0.25]}, 'epochs': [1, 2]}
    """

    def to_json(self) -> str:
        """All of it as JSON: an object whose "record" is its kind, with arrays as lists of lists of numbers.

        JSON has no word for numbers that are none: they are the texts "NaN", "Infinity" and "-Infinity", which Python's
        `float` reads.
        """
        return json.dumps(plain_data(self), allow_nan=False)

    def __str__(self) -> str:
        """As `views` writes it for a terminal, without colour."""
        return written(self)


class Records(list[R], Shown):
    """Records that belong together, as a list that shows itself; equal to a list of the same records.

    Example:
        >>> import json, numpy as np
        >>> from pellucid import Sequential, inspection, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3)])
        >>> maps = inspection.feature_maps(model, np.ones(4))
        >>> [record["layer"] for record in json.loads(maps.to_json())] == [each.layer for each in maps]
        True
    """

    def to_json(self) -> str:
        """All of them as JSON, a list; see `Record.to_json`."""
        return json.dumps(plain_data(self), allow_nan=False)

    def __str__(self) -> str:
        """As `views` writes them for a terminal, without colour."""
        return written(self)


def plain_data(value: Any) -> Any:
    """A record, or what is in one, as JSON has it: objects, lists, text, numbers, true, false and null.

    Example:
        >>> plain_data({"a": np.array([1.0, np.nan]), "b": (np.float32(0.5), None)})
        {'a': [1.0, 'NaN'], 'b': [0.5, None]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        inside = {field.name: plain_data(getattr(value, field.name)) for field in fields(value)}
        axes = getattr(value, "axes", None)
        named = {"axes": list(axes)} if axes is not None and "axes" not in inside else {}
        return {"record": type(value).__name__, **inside, **named}
    if isinstance(value, np.ndarray):
        return value.tolist() if np.isfinite(value).all() else plain_data(value.tolist())
    if isinstance(value, np.generic):
        return plain_data(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(name): plain_data(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain_data(each) for each in value]
    return value


def snapshot(values: object, what: str) -> np.ndarray:
    """A read-only copy of `values`, which must be real numbers.

    Raises:
        ArgumentError: they are not.
    """
    if isinstance(values, np.ndarray) and not _can_change(values):
        return values
    try:
        array = np.array(values)
    except ValueError:
        raise ArgumentError(f"{what}: expected an array of real numbers, got parts of different lengths") from None
    if array.dtype.kind not in "biuf":
        raise ArgumentError(f"{what}: expected an array of real numbers, got dtype {array.dtype}")
    array.setflags(write=False)
    return array


def _can_change(values: np.ndarray) -> bool:
    """Whether anybody can write to an array that is shown, so that it has to be copied."""
    base = values.base
    is_open = values.flags.writeable or (base is not None and not isinstance(base, np.ndarray))
    return is_open or values.dtype.kind not in "biuf" or (isinstance(base, np.ndarray) and _can_change(base))
