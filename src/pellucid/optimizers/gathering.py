"""Gradients gathered over several batches: a step is made along their mean, once the last of them is there."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.frozen import Frozen
from pellucid.graph import Tensor, builder

__all__ = ["Gathering"]


class Gathering(Frozen):
    """The mean of the gradients of several batches.

    Attributes:
        batches: of how many, >= 2.
    """

    batches: int

    def emit(
        self, gradients: Sequence[Tensor], kept: Sequence[Tensor], acts: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The gradients for a step, and what is kept for the next one.

        Args:
            gradients: of this batch, one for each weight.
            kept: the sums of those before, of the same shapes.
            acts: 1 in the last of the batches, else 0; of shape ().
        """
        sums = [gradient + before for gradient, before in zip(gradients, kept, strict=True)]
        return [total / float(self.batches) for total in sums], [builder.where(acts, 0.0, total) for total in sums]
