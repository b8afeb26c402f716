"""What a layer is told that does something else in other epochs of a training."""

from __future__ import annotations

from pellucid.variables import Variable

EPOCH = "epoch"
"""The weight that holds it."""


class KnowsEpochs:
    """A layer with a weight that holds how often the data were gone through: the number of the epoch, from 0 on.

    `fit` sets it before each epoch. Where epochs have a number of steps of their own, it counts turns through the data.

    So it is in files and records like any weight, and programs need not be made anew. Whoever makes steps without `fit`
    says `layer.epoch.assign(number)`.
    """

    epoch: Variable

    def begin_epoch(self, turn: int) -> None:
        """Note it, where the layer has such a weight."""
        if EPOCH in vars(self):
            self.epoch.assign(float(turn))
