"""What is said of the training images that made a prediction; for figures, terminal and notebooks alike."""

from __future__ import annotations

from pellucid.inspection.influential_images import InfluentialImages
from pellucid.views.precision import short

__all__ = ["ESTIMATE", "describe_influential", "label_of"]

ESTIMATE = (
    "An estimate (TracIn): at each recorded state the learning rate times the product of the gradients, summed. A "
    "sample above 0 lowered the loss of this prediction, one below 0 raised it."
)


def describe_influential(record: InfluentialImages) -> str:
    """Whose prediction it is, and over what was summed.

    Example:
        >>> import numpy as np
        >>> scores, images = np.array([0.1, -0.2]), np.zeros((2, 2))
        >>> describe_influential(InfluentialImages("m", np.zeros(2), 0.5, scores, (0,), (0.1,), images, (0, 1), ()))
        'm: which of 2 training samples made a prediction, by 1 recorded state; its loss is 0.5'
    """
    states = f"{len(record.steps)} recorded state{'' if len(record.steps) == 1 else 's'}"
    samples = f"which of {len(record.scores):,} training samples made a prediction"
    return f"{record.model}: {samples}, by {states}; its loss is {short(record.loss)}"


def label_of(record: InfluentialImages, number: int) -> str:
    """A sample's number with its score, and its class where there is one."""
    kept = f", class {record.labels[record.kept.index(number)]}" if record.labels and number in record.kept else ""
    return f"{number}{kept}: {short(float(record.scores[number]), 3)}"
