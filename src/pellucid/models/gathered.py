"""Where the weights of a model live: found by a walk through all of its parts, and kept until one of them changes."""

from __future__ import annotations

import numpy as np

from pellucid.frozen import Frozen
from pellucid.layers.weight import Storage


class GatheredWeights(Frozen, eq=False):
    """The storages of a model's weights.

    Args:
        storages: each once.
        arrays: theirs, by name.
        revisions: how often the model and the models inside it had been changed.
        moment: `Layer.changes` and `Weight.moves` when they were found; while both stand there, this holds.
    """

    storages: list[Storage]
    arrays: dict[str, np.ndarray]
    revisions: tuple[int, ...]
    moment: tuple[int, int]

    def version(self) -> int:
        """Another number whenever a weight has been written to (see `Program.run`)."""
        total = 0
        for storage in self.storages:
            total += storage.version
        return total
