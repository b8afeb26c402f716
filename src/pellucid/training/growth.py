"""Whether a loss grows where it ought to fall: most often the learning rate is too large, and nothing else says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

MANY = 10
"""So many times as large as it was, no loss becomes by the way that batches fall."""
FEW = 4
"""So many times as large as all its first values, no weight becomes in an epoch that goes well."""
REMEDY = "the learning rate is probably too large: take a tenth of it"


class Growth:
    """What a training's losses were, to say once that they explode.

    Attributes:
        first: the loss of the first batch, before anything was learned; None before it is known.

    Example:
        >>> losses = Growth()
        >>> [losses.said(epoch, loss, lambda: True) for epoch, loss in enumerate([2.0, 1.0, 3.0])]
        ['', '', '']
        >>> losses.said(3, 11.0, lambda: True)
        'it was 1 in epoch 2, and is 11 in epoch 4; the learning rate is probably too large: take a tenth of it'
    """

    def __init__(self) -> None:
        self.first: float | None = None
        self._lowest: tuple[float, int] | None = None
        self._of_first_epoch = 0.0

    def said(self, epoch: int, loss: float, has_grown: Callable[[], bool]) -> str:
        """What is to be said of the loss of an epoch; "" where it does not explode.

        Args:
            epoch: its number, from 0.
            loss: the mean over it, a number.
            has_grown: whether some weight is several times as large as when the training began; asked where the first
                epoch looks bad, since its first batch may have been an easy one.
        """
        if self._lowest is None:
            self._lowest, self._of_first_epoch = (loss, epoch), loss
            if self.first is not None and loss > MANY * self.first > 0 and has_grown():
                return f"it was {self.first:.4g} in the first batch, and is {loss:.4g} over epoch {epoch + 1}; {REMEDY}"
            return ""
        lowest, then = self._lowest
        if loss < lowest:
            self._lowest = loss, epoch
        elif loss > MANY * lowest > 0 and loss > self._of_first_epoch:
            return f"it was {lowest:.4g} in epoch {then + 1}, and is {loss:.4g} in epoch {epoch + 1}; {REMEDY}"
        return ""


def is_much_larger(before: Sequence[float], now: Sequence[float]) -> bool:
    """Whether one of some largest values is several times what it was; those that were 0 tell nothing.

    Example:
        >>> is_much_larger([0.0, 0.5], [3.0, 1.0]), is_much_larger([0.0, 0.5], [0.0, 6.0])
        (False, True)
    """
    if len(before) != len(now):
        return False
    return bool(np.any((np.array(before) > 0) & (np.array(now) > FEW * np.array(before))))
