"""The loss of sequences that say less often than they are asked: labels of a text, predictions of its picture."""

from __future__ import annotations

import numpy as np

from pellucid import measures, targets
from pellucid.errors import DataError
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.losses.base import Loss
from pellucid.losses.reduction import Reduction


class CTC(Loss):
    """Connectionist temporal classification: -log of the probability that a sequence reads as its labels say.

    For a convolutional network that reads a line of text: predictions along the width of the picture, (batch, time,
    classes), as logits; class 0 is the blank. Targets are class numbers from 1, (batch, labels), filled up with 0 at
    the end. No place of a label is told; all alignments are summed.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> even = np.zeros((1, 2, 2))
        >>> bool(np.isclose(CTC()([[1]], even), -np.log(3 / 4)))
        True

    Source: keras.losses.CTC; A. Graves and others, Connectionist Temporal Classification, ICML 2006.
    """

    def __init__(
        self, reduction: Reduction = "sum_over_batch_size", name: str | None = "ctc", dtype: str | None = None
    ) -> None:
        super().__init__(name, reduction, dtype)

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        """As they came: labels have no axis in common with predictions but the batch."""
        return target, prediction

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        if len(prediction) != 2:
            raise DataError(
                f"{self.name} takes predictions (batch, time, classes), but the last layer {layer!r} gives shape "
                f"{prediction} for each sample"
            )
        if y.ndim != 2:
            raise DataError(
                f"targets have shape {y.shape}; {self.name} takes class numbers (batch, labels), shorter ones filled "
                "up with 0 at the end"
            )
        time, classes = prediction
        targets.check_labels(y, classes, f"the last layer {layer!r}")
        _check_filling(y)
        _check_room(y, time, layer)
        return y

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.ctc(y_true, y_pred)


def _check_filling(y: np.ndarray) -> None:
    """Raise `DataError` where a 0, which is the blank, stands before a label."""
    early = (y[:, :-1] == 0) & (y[:, 1:] != 0)
    if early.any():
        row = int(np.argmax(early.any(1)))
        raise DataError(
            f"the labels at index {row}, {y[row].tolist()!r:.60}, have a 0 before another label; 0 is the blank and "
            "only fills up the end: count classes from 1"
        )


def _check_room(y: np.ndarray, time: int, layer: str) -> None:
    """Raise `DataError` where there are more labels than predictions; between equal ones there must be a blank."""
    needed = (y != 0).sum(1) + ((y[:, 1:] == y[:, :-1]) & (y[:, 1:] != 0)).sum(1)
    if len(needed) and needed.max() > time:
        row = int(np.argmax(needed > time))
        raise DataError(
            f"the labels at index {row} need {needed[row]} predictions (one for each, and a blank between equal ones), "
            f"but the last layer {layer!r} gives {time} for each sample; make fewer strides along the text, or leave "
            "such samples out"
        )
