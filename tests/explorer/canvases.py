"""What is drawn on a canvas of the page."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

_BYTES = """c => {
  const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
  let letters = "";
  for (let at = 0; at < data.length; at += 8192) letters += String.fromCharCode(...data.subarray(at, at + 8192));
  return [c.height, c.width, btoa(letters)];
}"""


def canvas_pixels(canvas: Any) -> np.ndarray:
    """The pixels of a canvas on the page (rows, columns, 3)."""
    return canvas_cover(canvas)[..., :3]


def canvas_cover(canvas: Any) -> np.ndarray:
    """The same with how much of what is below each covers (rows, columns, 4)."""
    rows, columns, text = canvas.evaluate(_BYTES)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(rows, columns, 4)
