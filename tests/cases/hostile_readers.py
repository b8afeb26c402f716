"""Layers without a row, since words and classes are no numbers to differentiate by; and files of words and sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pellucid import layers
from pellucid.data.words.sounds import encode_wav

OF_CLASSES: dict[str, tuple[dict[str, Any], Any]] = {
    "TextVectorization": ({"vocabulary": ["a", "b"]}, ["a b"]),
    "StringLookup": ({"vocabulary": ["a", "b"]}, ["a"]),
    "IntegerLookup": ({"vocabulary": [3, 5]}, [3]),
    "CategoryEncoding": ({"num_tokens": 4}, [[0, 1]]),
    "Discretization": ({"bin_boundaries": [0.0, 1.0]}, [[0.5]]),
}


def of_classes() -> Iterator[tuple[Any, dict[str, Any], Callable[[Any], None]]]:
    """Each such layer, the arguments that it needs, and its use."""
    for name, (arguments, data) in OF_CLASSES.items():

        def read(made: Any, data: Any = data) -> None:
            made.get_config()
            made(data)

        yield getattr(layers, name), arguments, read


def write_files(folder: str) -> None:
    """Two sub-folders with an image, a text and a sound twice each."""
    for number in range(4):
        place = Path(folder, str(number % 2), str(number))
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(f"{place}.png")
        Path(f"{place}.txt").write_text("some words")
        Path(f"{place}.wav").write_bytes(encode_wav(np.zeros((4, 1)), 8000))
