"""What is said of the gradient of a filter; for figures, terminal and notebooks alike."""

from __future__ import annotations

import numpy as np

from pellucid.inspection.correlations import Push
from pellucid.inspection.kernel_gradient import KernelGradient
from pellucid.views.precision import short

__all__ = ["describe_gradient", "largest_entry", "say_entry", "say_push", "strongest_images"]


def describe_gradient(record: KernelGradient) -> str:
    """Whose gradient it is.

    Example:
        >>> arrays = np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, 1))
        >>> describe_gradient(KernelGradient("c", "Conv1D", 3, 0.25, *arrays, (), ("taps", "channels")))
        'c, filter 3: the gradient of the loss, which is 0.25'
    """
    made = f" (computed from {' and '.join(record.behind)})" if record.behind else ""
    return f"{record.layer}, filter {record.filter}{made}: the gradient of the loss, which is {short(record.loss)}"


def largest_entry(record: KernelGradient) -> tuple[int, ...]:
    """The number of the gradient that is farthest from zero."""
    return tuple(map(int, np.unravel_index(int(np.argmax(np.abs(record.gradient))), record.gradient.shape)))


def say_entry(record: KernelGradient, entry: tuple[int, ...]) -> str:
    """What one number of the gradient is the sum of."""
    where = ", ".join(f"{name.removesuffix('s')} {at}" for name, at in zip(record.kernel_axes, entry, strict=True))
    if not record.gradient[entry]:
        return "All its numbers are 0: at each place that it reads, the input or the error at its output is 0."
    count = len(record.pushes(entry))
    value = short(float(record.gradient[entry]))
    return f"Its largest number, {value} at {where}, is the sum of {count:,} products of an input and an error:"


def say_push(push: Push) -> str:
    """One of the products.

    Example:
        >>> say_push(Push(image=0, position=(2, 3), input=0.5, error=-2.0, product=-1.0))
        'image 0 at (2, 3): input 0.5 times error -2 = -1'
    """
    where = push.position[0] if len(push.position) == 1 else push.position
    place = f" at {where}" if push.position else ""
    return (
        f"image {push.image}{place}: input {short(push.input)} times error {short(push.error)} = {short(push.product)}"
    )


def strongest_images(record: KernelGradient) -> list[tuple[int, float]]:
    """The images with their shares of the gradient, those first that go farthest along it or against it.

    Example:
        >>> from pellucid.inspection import Correlation
        >>> one = Correlation(np.ones((2, 1, 1)), np.array([[3.0], [-1.0]]), (1,), (1,), (1,), (0,))
        >>> arrays = np.ones((1, 1)), one.gradient(), np.zeros((1, 1))
        >>> strongest_images(KernelGradient("c", "Conv1D", 0, 1.0, *arrays, (one,), ("taps", "channels")))
        [(0, 1.5), (1, -0.5)]
    """
    each = record.by_image().reshape(len(record.correlations[0].inputs), -1)
    whole = record.gradient.astype(np.float64).ravel()
    square = float(whole @ whole)
    shares = each @ whole / square if square else np.zeros(len(each))
    return [(int(number), float(shares[number])) for number in np.argsort(-np.abs(shares), kind="stable")]
