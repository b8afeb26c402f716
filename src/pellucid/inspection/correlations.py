"""The gradient of a filter as what it is: the correlation of what the layer is given with the error at its output."""

from __future__ import annotations

import numpy as np

from pellucid.frozen import Frozen
from pellucid.geometry import Window
from pellucid.inspection.record import Record, snapshot

__all__ = ["Correlation", "Push"]


class Push(Record, Frozen):
    """One product of a sum that is a number of a gradient.

    Args:
        image: number of the sample in the batch.
        position: in the output of the layer, one number per spatial axis; of a transposed layer, in its input.
        input: what the layer was given there.
        error: by how much the loss grows as the output grows there.
        product: input * error: what this place adds to the gradient. Training goes the other way.

    Example:
        >>> Push(image=0, position=(2, 3), input=0.5, error=-2.0, product=-1.0).product
        -1.0
    """

    image: int
    position: tuple[int, ...]
    input: float
    error: float
    product: float


class Correlation(Record, Frozen, eq=False):
    """What one use of a filter was given and the error at its output, and which places of the two meet in which tap.

    Args:
        inputs: what the filter was given (images, spatial..., channels), its own channels alone.
        errors: the gradient of the loss for its sums of products (images, spatial...).
        sizes, strides, dilations, before: of the window, one number per spatial axis; `before` is the padding there.
        transposed: whether the window slides over the errors, as in a transposed convolution.

    Example:
        >>> inputs, errors = np.arange(4.0).reshape(1, 4, 1), np.array([[1.0, 10.0, 100.0]])
        >>> one = Correlation(inputs, errors, (2,), (1,), (1,), (0,))
        >>> one.gradient().ravel().tolist()  # 0 * 1 + 1 * 10 + 2 * 100, and 1 * 1 + 2 * 10 + 3 * 100
        [210.0, 321.0]
        >>> [push.product for push in one.pushes((1, 0))]
        [300.0, 20.0, 1.0]
    """

    inputs: np.ndarray
    errors: np.ndarray
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    transposed: bool = False

    def __post_init__(self) -> None:
        for name in ("inputs", "errors"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of a correlation"))

    @classmethod
    def of(cls, inputs: np.ndarray, errors: np.ndarray, window: Window | None, transposed: bool) -> Correlation:
        """That of an operation; without a window each number meets its own, as in a dense layer."""
        if window is None:
            return cls(inputs, errors, (), (), (), ())
        before = tuple(first for first, _ in window.padding)
        return cls(inputs, errors, window.size, window.strides, window.dilation, before, transposed)

    def by_image(self) -> np.ndarray:
        """What each image adds to the gradient (images, *sizes, channels), in float64."""
        found = np.zeros((len(self.inputs), *self.sizes, self.inputs.shape[-1]))
        for tap in np.ndindex(*self.sizes):
            inputs, errors = self._meeting(tap)
            flat = inputs.reshape(len(inputs), -1, inputs.shape[-1]).astype(np.float64)
            found[(slice(None), *tap)] = np.einsum("npc,np->nc", flat, errors.reshape(len(errors), -1))
        return found

    def gradient(self) -> np.ndarray:
        """The sum of all products for each number of the filter (*sizes, channels), in float64."""
        total: np.ndarray = self.by_image().sum(axis=0)
        return total

    def pushes(self, entry: tuple[int, ...], limit: int | None = None) -> list[Push]:
        """The products of which one number of the gradient is the sum, the largest first.

        Args:
            entry: which number of the filter: the tap and the channel.
            limit: how many at most; None for all that are not 0.
        """
        tap, channel = entry[:-1], entry[-1]
        inputs, errors = self._meeting(tap)
        values = inputs[..., channel].astype(np.float64)
        products = values * errors
        order = np.argsort(-np.abs(products), axis=None, kind="stable")
        chosen = order[: np.count_nonzero(products) if limit is None else min(limit, np.count_nonzero(products))]
        first = self._first(tap)
        return [
            Push(
                int(place[0]),
                tuple(int(at + start) for at, start in zip(place[1:], first, strict=True)),
                float(values[tuple(place)]),
                float(errors[tuple(place)]),
                float(products[tuple(place)]),
            )
            for place in np.array(np.unravel_index(chosen, products.shape)).T
        ]

    def _first(self, tap: tuple[int, ...]) -> list[int]:
        """The first position that meets something in this tap, along each axis."""
        return [span[0] for span in self._spans(tap)] or [0] * (self.errors.ndim - 1)

    def _spans(self, tap: tuple[int, ...]) -> list[tuple[int, int]]:
        """From which position to which one the window has something under this tap."""
        wide, narrow = (self.errors, self.inputs) if self.transposed else (self.inputs, self.errors)
        spans = []
        for axis, at in enumerate(tap):
            shift, stride = at * self.dilations[axis] - self.before[axis], self.strides[axis]
            low = max(0, -(shift // stride))
            high = min(narrow.shape[1 + axis] - 1, (wide.shape[1 + axis] - 1 - shift) // stride)
            spans.append((low, max(low - 1, high)))
        return spans

    def _meeting(self, tap: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """The inputs and the errors that meet in a tap, place by place; padding, which is 0, left out."""
        far, near = [slice(None)], [slice(None)]
        for axis, (low, high) in enumerate(self._spans(tap)):
            shift, stride = tap[axis] * self.dilations[axis] - self.before[axis], self.strides[axis]
            near.append(slice(low, high + 1))
            far.append(slice(low * stride + shift, max(high * stride + shift + 1, 0), stride))
        own, other = (near, far) if self.transposed else (far, near)
        return self.inputs[tuple(own)], self.errors[tuple(other)]
