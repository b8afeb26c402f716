"""Gradients that are too large, cut: by value, by the norm of each weight's gradient, or by the norm of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import ClassVar

from pellucid.frozen import Frozen
from pellucid.graph import Tensor, builder
from pellucid.optimizers.stages import Stage, Step

__all__ = ["ClipByGlobalNorm", "ClipByNorm", "ClipByValue", "norm_of"]


class ClipByValue(Stage):
    """Each element of the gradient, or the nearer of -limit and limit. A stage, since it is elementwise.

    Attributes:
        limit: > 0.
    """

    limit: float
    adds: ClassVar[str] = "clipping"
    tangles: ClassVar[str] = "clipvalue cuts each number of the whole gradient, so no part of it has a share of its own"

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        clipped = builder.clip(step.gradient, -self.limit, self.limit)
        return Step(step.weight, clipped, clipped, added={"clipping": lambda: clipped - step.gradient})


class ClipByNorm(Frozen):
    """The gradient of each weight, shortened where its norm is above `limit`; NaN where float32 holds no such norm.

    Attributes:
        limit: > 0.
    """

    limit: float

    def emit(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """The clipped gradients, each of its shape."""
        return [gradient * self.limit / builder.maximum(norm_of(gradient), self.limit) for gradient in gradients]


class ClipByGlobalNorm(Frozen):
    """All gradients, shortened alike where the norm of all their numbers is above `limit`.

    Where that norm is infinite or not a number, all weights become NaN: better than a step along a part of them.

    Attributes:
        limit: > 0.
    """

    limit: float

    def emit(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """The clipped gradients, each of its shape."""
        norm = builder.sqrt(reduce(add, map(_square_sum, gradients)))
        scale = self.limit / builder.maximum(norm, self.limit) + (norm - norm)
        return [gradient * scale for gradient in gradients]


def norm_of(x: Tensor) -> Tensor:
    """The norm of all elements, of shape (); NaN where it is infinite, so that what it divides becomes no silent 0."""
    norm = builder.sqrt(_square_sum(x))
    return norm + (norm - norm)


def _square_sum(x: Tensor) -> Tensor:
    """The sum of the squares of all elements, of shape ()."""
    return builder.reduce_sum(x * x)
