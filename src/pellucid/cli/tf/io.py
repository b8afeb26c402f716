"""`tf.io`: files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pellucid.cli.tf.image import decode_image, decode_jpeg, decode_png

__all__ = ["decode_image", "decode_jpeg", "decode_png", "read_file"]


def read_file(filename: Any) -> bytes:
    """What a file holds."""
    name = filename if isinstance(filename, str | Path) else np.asarray(filename).item()
    return Path(name.decode() if isinstance(name, bytes) else name).read_bytes()
