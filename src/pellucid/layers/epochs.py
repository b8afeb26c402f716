"""What a layer is told that does something else in other epochs of a training."""

from __future__ import annotations

from pellucid.variables import Variable

EPOCH = "epoch"
"""The weight that holds it."""


class KnowsEpochs:
    """A layer with a weight that holds the number of the epoch; `fit` sets it before each, from 0 on.

    So it is in files and records like any weight, and programs need not be made anew. Whoever makes steps without `fit`
    says `layer.epoch.assign(number)`.
    """

    epoch: Variable

    def begin_epoch(self, epoch: int) -> None:
        """Note the epoch, where the layer has such a weight."""
        if EPOCH in vars(self):
            self.epoch.assign(float(epoch))
