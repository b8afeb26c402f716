"""What is drawn on a canvas of the page."""

from __future__ import annotations

from typing import Any

import numpy as np


def canvas_pixels(canvas: Any) -> np.ndarray:
    """The pixels of a canvas on the page (rows, columns, 3)."""
    rows, columns, data = canvas.evaluate(
        "c => [c.height, c.width, Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)]"
    )
    return np.array(data, np.uint8).reshape(rows, columns, 4)[..., :3]
