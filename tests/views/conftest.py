"""Pictures read back as pixels and text, and colours computed without the code under test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pellucid.inspection.records import Arithmetic, Product

RAMPS = {
    1: ["ffffff", "f4bca0", "da7c48", "a74900", "652800"],
    -1: ["ffffff", "aacdfb", "5b9aea", "1f68bc", "083c75"],
}
GAP = (184, 190, 201)
Color = tuple[int, int, int]


def expected_color(value: float, limit: float) -> Color:
    """The drawing rule once more, one number at a time: four straight pieces from white to the darkest colour."""
    if value != value or abs(value) == float("inf"):
        return 128, 128, 128
    ramp = [tuple(int(name[i : i + 2], 16) for i in (0, 2, 4)) for name in RAMPS[1 if value > 0 else -1]]
    place = min(abs(value) / limit, 1.0) * 4 if limit else 0.0
    piece = min(int(place), 3)
    rest = place - piece
    red, green, blue = (round(a * (1 - rest) + b * rest) for a, b in zip(ramp[piece], ramp[piece + 1], strict=True))
    return red, green, blue


@dataclass
class Box:
    """A filled rectangle found in a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int
    filled: bool


class Picture:
    """The pixels and texts of a figure, or of a part of it."""

    def __init__(self, pixels: np.ndarray, texts: list[str], scale: int) -> None:
        self.pixels, self.texts, self.scale = pixels, texts, scale
        self._codes = _code(pixels)

    @classmethod
    def of(cls, figure: Figure) -> Picture:
        """Draws a figure and reads its canvas; `scale` is the number of pixels to a unit of the page."""
        canvas = figure.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        canvas.draw()
        texts = [text.get_text() for axes in figure.axes for text in axes.texts]
        return cls(np.asarray(canvas.buffer_rgba())[..., :3].copy(), texts, round(figure.dpi / 100))

    def words(self) -> str:
        """All texts, joined."""
        return " ".join(self.texts)

    def part(self, rows: slice = slice(None), columns: slice = slice(None)) -> Picture:
        """Some of the pixels."""
        return Picture(self.pixels[rows, columns], self.texts, self.scale)

    def panel(self) -> Picture:
        """Only the part where the mosaic is: the colour bar above shows the same colours."""
        rows, columns = np.nonzero(self._codes == _code(np.array(GAP)))
        return self.part(slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))

    def half(self, index: int) -> Picture:
        """The left (0) or right (1) half."""
        middle = self.pixels.shape[1] // 2
        return self.part(columns=slice(None, middle) if index == 0 else slice(middle, None))

    def count(self, color: Color) -> int:
        """Number of pixels of exactly this colour."""
        return int((self._codes == _code(np.array(color))).sum())

    def box(self, color: Color) -> Box:
        """Where this colour is."""
        mask = self._codes == _code(np.array(color))
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert len(rows), f"no pixel has the colour {color}"
        top, left = int(rows[0]), int(columns[0])
        height, width = int(rows[-1]) - top + 1, int(columns[-1]) - left + 1
        return Box(top, left, height, width, bool(mask[top : top + height, left : left + width].all()))


def _code(colors: np.ndarray) -> np.ndarray:
    """Each colour as one number."""
    return colors.astype(np.int32) @ np.array([65536, 256, 1], dtype=np.int32)


@pytest.fixture
def read_back() -> Callable[[Figure], Picture]:
    """Reads a figure back."""
    return Picture.of


@pytest.fixture
def color_of() -> Callable[[float, float], Color]:
    """The colour that a value must have at a limit."""
    return expected_color


@pytest.fixture
def distinct() -> Callable[..., np.ndarray]:
    """An array of a shape whose values are all different, of both signs, with the largest magnitude 1."""

    def make(*shape: int, seed: int = 0) -> np.ndarray:
        size = int(np.prod(shape))
        values = np.linspace(-1, 1, size + 1 - size % 2)
        values = values if size % 2 else np.delete(values, size // 2)
        return np.random.default_rng(seed).permutation(values).reshape(shape)

    return make


@pytest.fixture
def explain() -> Callable[..., Arithmetic]:
    """The arithmetic of one output value, worked out by a plain loop over the kernel."""

    def make(
        image: np.ndarray,
        kernel: np.ndarray,
        at: tuple[int, ...] | None = None,
        *,
        bias: float = 0.0,
        padding: int = 0,
        activation: str = "linear",
        engine_value: float | None = None,
        formula: str = "",
    ) -> Arithmetic:
        at = (0,) * (kernel.ndim - 2) if at is None else at
        products, sums = [], []
        for channel in range(image.shape[-1]):
            own = []
            for tap in np.ndindex(*kernel.shape[:-2]):
                position = tuple(start + step - padding for start, step in zip(at, tap, strict=True))
                inside = all(0 <= place < size for place, size in zip(position, image.shape[:-1], strict=True))
                value = float(image[(*position, channel)]) if inside else 0.0
                weight = float(kernel[(*tap, channel, 0)])
                own.append(Product(tap, position, channel, value, weight, value * weight, not inside))
            products += own
            sums.append(sum(product.product for product in own))
        total = sum(sums) + bias
        result = max(total, 0.0) if activation == "relu" else total
        engine = result if engine_value is None else engine_value
        return Arithmetic(
            "conv", "Conv2D", at, 0, products, tuple(sums), bias, total, activation, result, engine, formula
        )

    return make
