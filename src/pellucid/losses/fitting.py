"""Targets of a whole data set for the losses that compare classes: shares, bits, class numbers; with what to do."""

from __future__ import annotations

import numpy as np

from pellucid import measures, targets
from pellucid.graph.ops import Shape


def shares(y: np.ndarray, prediction: Shape, layer: str, axis: int, loss: str) -> np.ndarray:
    """One share per class along an axis.

    Args:
        y: targets (samples, ...), finite numbers.
        prediction: the shape of one prediction.
        layer: that predicts, for messages.
        axis: of the classes, counted with the batch.
        loss: the name of the loss, likewise.

    Raises:
        DataError: the shape is another one, or a target is outside 0..1.
    """
    if y.shape[1:] != prediction:
        hint = ""
        if targets.reshaped(y, measures.without_axis((1, *prediction), axis)[1:]) is not None:
            sparse = "" if loss != "categorical_crossentropy" else "use loss='sparse_categorical_crossentropy', or "
            one_hot = f"{sparse}pass one-hot targets: np.eye({(1, *prediction)[axis]})[y]"
            hint = f"; for one class number per sample {one_hot}"
        raise targets.misfit(y, prediction, prediction, layer, hint)
    targets.check_probabilities(y, layer, f"; {loss} takes one share per class")
    return y


def bits(y: np.ndarray, prediction: Shape, layer: str, loss: str) -> np.ndarray:
    """0 or 1, or something between, for each output; for arguments and errors see `shares`."""
    fitting = targets.reshaped(y, prediction)
    if fitting is None:
        hint = "; for one class out of several use loss='sparse_categorical_crossentropy' with a softmax"
        is_label = targets.reshaped(y, prediction[:-1]) is not None
        raise targets.misfit(y, prediction, prediction, layer, hint if is_label else "")
    targets.check_probabilities(fitting, layer, f"; {loss} takes 0 or 1 for each output")
    return fitting


def labels(y: np.ndarray, prediction: Shape, layer: str, axis: int = -1, ignored: int | None = None) -> np.ndarray:
    """Class numbers, of the shape of the predictions without their axis of classes; see `shares`.

    Args:
        y: targets.
        prediction: the shape of one prediction.
        layer: that predicts.
        axis: of the classes.
        ignored: a number that stands for no class.
    """
    one = measures.without_axis((1, *prediction), axis)[1:]
    found, classes = targets.reshaped(y, one), (1, *prediction)[axis]
    if found is None:
        hint = ""
        if y.shape[1:] == prediction:
            hint = (
                f"; {classes} numbers per target look one-hot: use loss='categorical_crossentropy', or pass "
                f"y.argmax(axis={axis})"
            )
        raise targets.misfit(y, one, prediction, layer, hint)
    targets.check_labels(np.where(found == ignored, 0, found), classes, f"the last layer {layer!r}")
    return found


def below_0(loss: str, y: np.ndarray) -> str:
    """What is said of targets below 0, where a loss takes counts."""
    below = y < 0
    return f"target {targets.first(y, below)} is below 0, {loss} takes numbers from 0" if below.any() else ""


def no_signs(loss: str, y: np.ndarray) -> str:
    """What is said of targets that are neither -1 nor 1, nor all of them 0 or 1."""
    are_signs, are_bits = np.abs(y) == 1, (y == 0) | (y == 1)
    if are_signs.all() or are_bits.all():
        return ""
    wrong = ~(are_signs | are_bits)
    named = targets.first(y, wrong if wrong.any() else ~are_signs)
    return f"target {named} is no side: {loss} takes -1 or 1 (or 0 or 1)"
