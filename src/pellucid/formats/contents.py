"""What is in a file, as a plain record: nothing is built of it, and no array is read that need not be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pellucid.errors import escaped
from pellucid.frozen import Frozen

__all__ = ["Contents", "StoredArray", "StoredLayer", "layers_of_config"]

MOST_SHOWN = 500
"""Layers, and arrays, that a text lists."""
LONGEST = 100  # letters of a name, or of a value, in a text


class StoredArray(Frozen):
    """One array: its name, shape and type of numbers, as the file has them."""

    name: str
    shape: tuple[int, ...]
    dtype: str


class StoredLayer(Frozen):
    """One layer, or one operation: its name, what it is, and its settings, as the file has them."""

    name: str
    kind: str
    settings: Mapping[str, Any]


class Contents(Frozen):
    """What is in a file.

    Attributes:
        name: of the file.
        what: the format, as it reads in a sentence: "a safetensors file".
        size: of the file [bytes]; of the files in a folder together.
        metadata: what the file says of itself, by name.
        layers: those of the model, in order; empty where there is none.
        arrays: in the order of the file.

    Example:
        >>> arrays = (StoredArray("conv/kernel", (3, 3), "float32"),)
        >>> print(Contents("w.npz", "a NumPy archive", 100, {}, arrays=arrays).text())
        w.npz: a NumPy archive, 100 bytes
        1 array, 9 numbers
          conv/kernel  (3, 3)  float32
    """

    name: str
    what: str
    size: int
    metadata: Mapping[str, Any]
    layers: tuple[StoredLayer, ...] = ()
    arrays: tuple[StoredArray, ...] = ()

    def text(self) -> str:
        """All of it as lines of text, of bounded length."""
        told = [f"  {_short(key)}: {_short(value)}" for key, value in list(self.metadata.items())[:MOST_SHOWN]]
        lines = [f"{_short(self.name)}: {self.what}, {self.size:,} bytes", *told]
        if self.layers:
            rows = [(each.name, each.kind, _settings(each.settings)) for each in self.layers]
            lines += [_count(len(rows), "layer"), *_table(rows)]
        if self.arrays or not self.layers:
            numbers = sum(_product(each.shape) for each in self.arrays)
            rows = [(each.name, str(each.shape), each.dtype) for each in self.arrays]
            lines += [f"{_count(len(rows), 'array')}, {_count(numbers, 'number')}", *_table(rows)]
        return "\n".join(lines)

    def to_json(self) -> str:
        """All of it as one JSON object."""
        return json.dumps(
            {
                "name": self.name,
                "what": self.what,
                "size": self.size,
                "metadata": dict(self.metadata),
                "layers": [{"name": e.name, "kind": e.kind, "settings": dict(e.settings)} for e in self.layers],
                "arrays": [{"name": e.name, "shape": list(e.shape), "dtype": e.dtype} for e in self.arrays],
            },
            default=str,
        )

    def __str__(self) -> str:
        return self.text()


def layers_of_config(config: Mapping[str, Any]) -> Iterable[StoredLayer]:
    """The layers that a model's configuration lists, those of models inside behind their own, by their paths.

    Args:
        config: as Keras writes it; whatever is not as there is left out.
    """
    waiting: list[tuple[str, Any]] = [("", config)]
    while waiting:
        place, record = waiting.pop()
        inner = record.get("config") if isinstance(record, dict) else None
        if not isinstance(inner, dict):
            continue
        if place:
            yield StoredLayer(place, str(record.get("class_name")), _own_settings(inner))
        held = inner.get("layers")
        start = f"{place}/" if place else ""
        for layer in reversed(held if isinstance(held, list) else []):
            settings = layer.get("config") if isinstance(layer, dict) else None
            name = settings.get("name") if isinstance(settings, dict) else None
            waiting.append((f"{start}{name}", layer))


_LESS_TOLD = ("name", "trainable", "dtype", "layers", "input_layers", "output_layers", "build_input_shape")


def _own_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in _LESS_TOLD}


def _settings(settings: Mapping[str, Any]) -> str:
    """Those that are numbers, words or short lists of them."""
    plain = {key: value for key, value in settings.items() if _is_plain(value)}
    return ", ".join(f"{_short(key)} {_short(value)}" for key, value in list(plain.items())[:8])


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return 0 < len(value) <= 8 and all(isinstance(item, int | float | None) for item in value)
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    """Rows in columns; what is too much is counted."""
    cells = [tuple(map(_short, row)) for row in rows[:MOST_SHOWN]]
    widths = [max(len(row[column]) for row in cells) for column in range(2)] if cells else []
    lines = ["  " + "  ".join([*map(str.ljust, row[:2], widths), row[2]]).rstrip() for row in cells]
    return lines + ([f"  ... and {len(rows) - MOST_SHOWN:,} more"] if len(rows) > MOST_SHOWN else [])


def _short(value: object) -> str:
    text = escaped(str(value)[: LONGEST + 1])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _product(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count
