"""Initialisers that fit their spread to the size of the layer: Glorot, He, LeCun and their common rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy.typing as npt

from pellucid.calls import explained
from pellucid.checks import is_number, positive, several, whole, word
from pellucid.errors import ArgumentError, shown
from pellucid.graph.ops import Shape
from pellucid.initializers.base import sizes_of
from pellucid.initializers.drawn import RandomInitializer, truncated

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")
TRUNCATED_STDDEV = 0.87962566103423978  # of a standard normal distribution that is cut off at -2 and 2

Axes = Sequence[int] | None


@explained
def fans(shape: Sequence[int], input_axes: Axes = None, output_axes: Axes = None) -> tuple[int, int]:
    """How many inputs feed one output of a weight, and how many outputs one input feeds: (fan-in, fan-out).

    For a kernel (spatial..., channels, filters) these are taps * channels and taps * filters.

    Args:
        shape: of the weight.
        input_axes: the axes whose product is the fan-in, where the weight is no kernel; with `output_axes`.
        output_axes: the axes whose product is the fan-out.

    Raises:
        ArgumentError: only one of the two lists is given, or an axis does not exist.

    Example:
        >>> fans((3, 3, 16, 32))
        (144, 288)
        >>> fans((64, 10))
        (64, 10)

    Source: keras.initializers.VarianceScaling.
    """
    shape = sizes_of(shape)
    inputs, outputs = _checked_axes("fans", "input_axes", input_axes), _checked_axes("fans", "output_axes", output_axes)
    if inputs is not None and outputs is not None:
        if any(not -len(shape) <= axis < len(shape) for axis in (*inputs, *outputs)):
            raise ArgumentError(
                f"input_axes={shown(inputs)} and output_axes={shown(outputs)} are not all axes of {shape}"
            )
        return math.prod(shape[axis] for axis in inputs), math.prod(shape[axis] for axis in outputs)
    if inputs is not None or outputs is not None:
        raise ArgumentError("input_axes and output_axes go together: give both or neither")
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    taps = math.prod(shape[:-2])
    return taps * shape[-2], taps * shape[-1]


class VarianceScaling(RandomInitializer):
    """Random numbers around 0 of variance `scale` / n, so that signals keep their size from layer to layer.

    n is the fan-in, the fan-out or the mean of both (see `fans`). Uniform numbers then lie within
    +-sqrt(3 * scale / n).

    Args:
        scale: > 0.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" (or "normal"), "untruncated_normal" or "uniform".
        seed: see `RandomInitializer`.
        input_axes: see `fans`.
        output_axes: see `fans`.

    Raises:
        ArgumentError: an argument is out of range or unknown.

    Example:
        >>> VarianceScaling(scale=2.0).variance((3, 3, 16, 32)) == 2 / (3 * 3 * 16)
        True

    Source: keras.initializers.VarianceScaling, https://keras.io/api/layers/initializers/
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Axes = None,
        output_axes: Axes = None,
    ) -> None:
        super().__init__(seed)
        owner = type(self).__name__
        if is_number(scale) and scale <= 0:
            raise ArgumentError(f"{owner}: Argument `scale` must be positive float, got {shown(scale)}")
        self.scale = positive(owner, "scale", scale)
        self.mode = word(owner, "mode", mode, MODES)
        asked = distribution.lower() if isinstance(distribution, str) else distribution  # in any case, as in Keras
        chosen = word(owner, "distribution", asked, (*DISTRIBUTIONS, "normal"))
        self.distribution = "truncated_normal" if chosen == "normal" else chosen
        self.input_axes = _checked_axes(owner, "input_axes", input_axes)
        self.output_axes = _checked_axes(owner, "output_axes", output_axes)
        if (self.input_axes is None) != (self.output_axes is None):
            raise ArgumentError(f"{type(self).__name__}: input_axes and output_axes go together: give both or neither")

    def variance(self, shape: Sequence[int]) -> float:
        """The variance of the numbers that a weight of this shape gets."""
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        return self.scale / max(1.0, n)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        generator, stddev = self.generator(), math.sqrt(self.variance(shape))
        match self.distribution:
            case "uniform":
                limit = math.sqrt(3.0) * stddev
                return generator.uniform(-limit, limit, shape)
            case "untruncated_normal":
                return stddev * generator.standard_normal(shape)
            case _:
                return stddev / TRUNCATED_STDDEV * truncated(generator, shape)

    def get_config(self) -> dict[str, Any]:
        # Releases of Keras before `input_axes` existed refuse the word, so it is written only where it is used.
        axes = {"input_axes": self.input_axes, "output_axes": self.output_axes}
        used = {name: value for name, value in axes.items() if value is not None}
        return {"scale": self.scale, "mode": self.mode, "distribution": self.distribution, "seed": self.seed, **used}


def _checked_axes(owner: str, name: str, value: Axes) -> list[int] | None:
    """Axes of a weight as a list of whole numbers, or None."""
    if value is None:
        return None
    found = [whole(owner, f"each of {name}", axis) for axis in several(owner, name, value, "axes such as [0, 1]")]
    if not found:
        raise ArgumentError(f"{owner}: {name} must be a list of axes such as [0, 1], got none")
    return found


class _Named(VarianceScaling):
    """A variance scaling whose rule goes by the name of its inventor."""

    rule: ClassVar[tuple[float, str, str]]
    """scale, mode, distribution"""

    def __init__(self, seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(*self.rule, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        fixed = ("scale", "mode", "distribution")
        return {name: value for name, value in super().get_config().items() if name not in fixed}


class GlorotUniform(_Named):
    """Uniform from -l to l with l = sqrt(6 / (fan_in + fan_out)): what kernels start with.

    A uniform distribution on [-l, l] has the variance l^2 / 3; asked for is 2 / (fan_in + fan_out), the compromise
    between keeping the variance of the signals (1 / fan_in) and of the gradients (1 / fan_out).

    Args:
        seed: see `RandomInitializer`.
        input_axes: see `fans`.
        output_axes: see `fans`.

    Example:
        >>> kernel = GlorotUniform(seed=1)((3, 3, 1, 32))
        >>> limit = (6 / (3 * 3 * 1 + 3 * 3 * 32)) ** 0.5
        >>> round(limit, 4), bool((abs(kernel) <= limit).all())
        (0.1421, True)

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010,
    equation 16.
    """

    rule = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Named):
    """Truncated normal with standard deviation sqrt(2 / (fan_in + fan_out)) after truncation; see `GlorotUniform`.

    Example:
        >>> round(GlorotNormal().variance((3, 3, 1, 32)) ** 0.5, 4)
        0.0821

    Source: Glorot and Bengio, AISTATS 2010, equation 12.
    """

    rule = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Named):
    """Uniform from -l to l with l = sqrt(6 / fan_in): for layers with ReLU, which passes half of the variance on.

    Arguments as for `GlorotUniform`.

    Example:
        >>> round(float(abs(HeUniform(seed=1)((3, 3, 64, 32))).max()), 3), round((6 / (3 * 3 * 64)) ** 0.5, 3)
        (0.102, 0.102)

    Source: He, Zhang, Ren and Sun, Delving deep into rectifiers, arXiv 1502.01852, equation 10.
    """

    rule = (2.0, "fan_in", "uniform")


class HeNormal(_Named):
    """Truncated normal with standard deviation sqrt(2 / fan_in) after truncation; see `HeUniform`.

    Example:
        >>> round(HeNormal().variance((3, 3, 64, 32)) ** 0.5, 4)
        0.0589

    Source: He, Zhang, Ren and Sun, Delving deep into rectifiers, arXiv 1502.01852, equation 10.
    """

    rule = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Named):
    """Uniform from -l to l with l = sqrt(3 / fan_in). Arguments as for `GlorotUniform`.

    Example:
        >>> round(float(abs(LecunUniform(seed=1)((3, 3, 64, 32))).max()), 3), round((3 / (3 * 3 * 64)) ** 0.5, 3)
        (0.072, 0.072)

    Source: LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, equation 16.
    """

    rule = (1.0, "fan_in", "uniform")


class LecunNormal(_Named):
    """Truncated normal with standard deviation sqrt(1 / fan_in) after truncation; see `LecunUniform`.

    Example:
        >>> round(LecunNormal().variance((3, 3, 64, 32)) ** 0.5, 4)
        0.0417

    Source: LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, equation 16.
    """

    rule = (1.0, "fan_in", "truncated_normal")
