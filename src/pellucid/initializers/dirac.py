"""Kernels of convolutions that begin by passing their input on."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from pellucid.checks import number, whole
from pellucid.errors import ShapeError
from pellucid.graph.ops import Shape
from pellucid.initializers.drawn import RandomInitializer


class Dirac(RandomInitializer):
    """A convolution that begins by passing its channels on, as far as it has filters; further filters are drawn.

    Filter f passes channel f on: `gain` in the middle of its kernel, zeros elsewhere. Filters for which no channel is
    left get uniform numbers of variance scale / fan-in, so that with scale 1 their maps are as large as their input.
    With padding "same" the first maps are then the input itself. The middle of a kernel of even size is where "same"
    has it, before the half. The word "dirac" alone means the kernel of that name on the mean of the channels
    (`Filterbank`).

    Args:
        gain: of the filters that pass a channel on.
        scale: of the others, >= 0; 0 leaves them zeros.
        groups: of the convolution, which pass on their own channels each, >= 1.
        seed: see `RandomInitializer`.

    Raises:
        ArgumentError: an argument is out of range.
        ShapeError: at the call, the weight is no kernel of a convolution, or the groups do not fit its filters.

    Example:
        >>> from pellucid import layers
        >>> same = layers.Conv1D(2, 3, padding="same", kernel_initializer=Dirac())
        >>> same([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]).tolist()
        [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]

    Source: Zagoruyko and Komodakis, DiracNets, arXiv 1706.00388; torch.nn.init.dirac_; for the drawn filters beside it
    Jordan, arXiv 2404.00498, section 3.3.
    """

    in_keras: ClassVar[bool] = False

    def __init__(self, gain: float = 1.0, scale: float = 1.0, groups: int = 1, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain, self.scale = number("Dirac", "gain", gain), abs(number("Dirac", "scale", scale, 0.0))
        self.groups = whole("Dirac", "groups", groups, 1)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        if len(shape) < 3:
            raise ShapeError(
                "Dirac fills kernels of convolutions, (rows, columns, channels, filters) or (taps, channels, filters), "
                f"got {shape}; for a matrix there is initializers.Identity"
            )
        channels, filters = shape[-2:]
        if filters % self.groups:
            raise ShapeError(f"Dirac: {filters} filters do not make {self.groups} groups of equally many")
        limit = math.sqrt(3.0 * self.scale / math.prod(shape[:-1]))
        kernel = self.generator().uniform(-limit, limit, shape)
        of_group = filters // self.groups
        passing = min(channels, of_group)
        middle = tuple((size - 1) // 2 for size in shape[:-2])
        for first in range(0, filters, of_group):
            kernel[..., first : first + passing] = 0.0
            kernel[middle][np.arange(passing), first + np.arange(passing)] = self.gain
        return kernel

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "scale": self.scale, "groups": self.groups, **super().get_config()}
