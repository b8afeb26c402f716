"""Data that is small, comes without a download, and is hard enough to learn something from."""

from __future__ import annotations

import numpy as np

from pellucid.datasets import digits as bundled

Split = tuple[np.ndarray, np.ndarray]


def digits(enlarge: int = 2, margin: int = 0) -> tuple[Split, Split]:
    """The bundled 8x8 digits, each pixel `enlarge` times as long and wide, with `margin` empty pixels around.

    Returns:
        (images, labels) to train on and to test with; images (n, rows, columns, 1) in 0..1.
    """
    (x, y), (x_test, y_test) = bundled.load_data()
    return (_enlarged(x, enlarge, margin), y), (_enlarged(x_test, enlarge, margin), y_test)


def _enlarged(images: np.ndarray, times: int, margin: int) -> np.ndarray:
    large = images.repeat(times, axis=1).repeat(times, axis=2)
    return np.pad(large, [(0, 0), (margin, margin), (margin, margin), (0, 0)])


def digits_somewhere(rows: int, columns: int) -> Split:
    """The held out digits, each at a place of its own on an empty canvas; images (360, rows, columns, 1)."""
    _, (x, y) = bundled.load_data()
    rng = np.random.default_rng(0)
    canvas = np.zeros((len(x), rows, columns, 1), np.float32)
    for image, digit in zip(canvas, x, strict=True):
        top, left = rng.integers(0, rows - 7), rng.integers(0, columns - 7)
        image[top : top + 8, left : left + 8] = digit
    return canvas, y


def waves(count: int, seed: int) -> Split:
    """Sines (0), squares (1) and saws (2) of any frequency and phase, in noise; signals (count, 64, 1)."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, count)
    turns = rng.uniform(2, 5, (count, 1)) * np.linspace(0, 1, 64) + rng.uniform(0, 1, (count, 1))
    shapes = np.stack([np.sin(2 * np.pi * turns), np.sign(np.sin(2 * np.pi * turns)), 2 * (turns % 1) - 1])
    signals = shapes[kinds, np.arange(count)] + rng.normal(0, 0.3, (count, 64))
    return signals[..., np.newaxis].astype(np.float32), kinds


def rods(count: int, seed: int) -> Split:
    """A bright rod along one of three axes in a noisy volume; volumes (count, 10, 10, 10, 1), labels 0, 1, 2."""
    rng = np.random.default_rng(seed)
    volumes, axes = rng.normal(0, 0.4, (count, 10, 10, 10, 1)), rng.integers(0, 3, count)
    for volume, axis in zip(volumes, axes, strict=True):
        start, (a, b) = rng.integers(0, 5), rng.integers(1, 9, 2)
        np.moveaxis(volume, axis, 0)[start : start + 5, a, b] += 2.0
    return volumes.astype(np.float32), axes


def discs(count: int, seed: int) -> Split:
    """One to three discs in noise, and which pixels they cover; both (count, 32, 32, 1)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:32, :32]
    covered = np.zeros((count, 32, 32), bool)
    for mask in covered:
        for _ in range(rng.integers(1, 4)):
            row, column, radius = rng.uniform(4, 28), rng.uniform(4, 28), rng.uniform(3, 7)
            mask |= (rows - row) ** 2 + (columns - column) ** 2 < radius**2
    images = covered + rng.normal(0, 0.6, covered.shape)
    return images[..., np.newaxis].astype(np.float32), covered[..., np.newaxis].astype(np.float32)
