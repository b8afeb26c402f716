"""`tf.data`: data sets made of steps."""

from __future__ import annotations

from typing import Any

from pellucid.cli.tf.arrays import eager
from pellucid.data.pipelines import Dataset as Pipeline

AUTOTUNE = -1


class Dataset(Pipeline):
    """See `pellucid.data.pipelines`; elements are arrays whose arithmetic a tape sees."""

    wrap = staticmethod(eager)


class experimental:
    """Older places of the same."""

    AUTOTUNE = AUTOTUNE

    @staticmethod
    def cardinality(dataset: Dataset) -> Any:
        """How many elements there are."""
        return dataset.cardinality()


class Options:
    """Nothing to choose."""
