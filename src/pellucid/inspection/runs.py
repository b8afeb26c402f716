"""Several trainings side by side: their curves in one figure, where training and validation part, and how far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.callbacks import History
from pellucid.calls import explained
from pellucid.checks import number, title
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.frozen import Frozen
from pellucid.inspection.given import described
from pellucid.inspection.record import Record
from pellucid.inspection.records import TrainingCurves

__all__ = ["Parting", "TrainingRuns", "training_runs"]

_HIGHER_IS_BETTER = ("accuracy", "precision", "recall", "auc", "f1", "score", "iou", "similarity", "r2")


class Parting(Record, Frozen):
    """Where a run's validation stops following its training.

    Args:
        run: name of the run.
        quantity: of which curves: "loss", "accuracy".
        epoch: the epoch whose validation was best, behind which the curves part; None where they do not: it still
            improved in the end, or training did not go on improving.
        best: the validation of that epoch, or the best of all.
        last: the validation of the last epoch.
        gap: how much worse than training validation is in the last epoch (0 or less: not worse).

    Example:
        >>> Parting("plain", "loss", 3, 0.5, 0.75, 0.625).said
        'plain: loss parts after epoch 3: validation was 0.5 there and is 0.75 in the end; training is better by 0.625'
    """

    run: str
    quantity: str
    epoch: int | None
    best: float
    last: float
    gap: float

    @property
    def said(self) -> str:
        """That in a sentence."""
        ends = f"training is better by {self.gap:.4g}" if self.gap > 0 else f"training is no better ({self.gap:.4g})"
        if self.epoch is None:
            return f"{self.run}: {self.quantity} does not part: validation is {self.last:.4g} in the end; {ends}"
        return (
            f"{self.run}: {self.quantity} parts after epoch {self.epoch}: validation was {self.best:.4g} there and "
            f"is {self.last:.4g} in the end; {ends}"
        )


class TrainingRuns(Record, Frozen):
    """The curves of several trainings.

    Args:
        runs: the curves of each by its name.
        partings: where training and validation part, for each run and quantity that has both.
        tolerance: how much of what was gained validation must lose again before it is called parting.

    Raises:
        ArgumentError: there is no run.

    Example:
        >>> curves = TrainingCurves({"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.5, 4.0]})
        >>> runs = TrainingRuns({"plain": curves}, (), 0.05)
        >>> runs.quantities
        ('loss',)
    """

    runs: Mapping[str, TrainingCurves]
    partings: tuple[Parting, ...]
    tolerance: float

    def __post_init__(self) -> None:
        if not self.runs:
            raise ArgumentError("training runs: expected at least one run, got none")

    @property
    def quantities(self) -> tuple[str, ...]:
        """What there are curves of, training and validation counted as one."""
        names = (name.removeprefix("val_") for curves in self.runs.values() for name in curves.curves)
        return tuple(dict.fromkeys(names))


@explained
def training_runs(runs: Mapping[str, Any], *, tolerance: float = 0.05) -> TrainingRuns:
    """Several trainings side by side, such as with and without dropout, and where each begins to overfit.

    Training and validation part after the epoch whose validation was best, if validation gets worse from there to the
    end by more than a share of what it had gained, while training does not get worse.

    Args:
        runs: what `fit` returned, or curves by name, by the names of the runs.
        tolerance: that share.

    Returns:
        the record; `views.runs_figure` and `views.runs_text` draw it.

    Raises:
        ArgumentError: there is no run, or one without an epoch.

    Example:
        >>> plain = {"loss": [3.0, 2.0, 1.0, 0.5], "val_loss": [3.0, 2.5, 2.8, 4.0]}
        >>> dropout = {"loss": [3.2, 2.5, 2.0, 1.8], "val_loss": [3.1, 2.4, 2.1, 2.0]}
        >>> for each in training_runs({"plain": plain, "dropout": dropout}).partings: print(each.said)
        plain: loss parts after epoch 2: validation was 2.5 there and is 4 in the end; training is better by 3.5
        dropout: loss does not part: validation is 2 in the end; training is better by 0.2
    """
    if not isinstance(runs, Mapping):
        raise ArgumentTypeError(
            f"training_runs takes trainings by name, {{'plain': history, 'dropout': other}}, got {described(runs)}"
        )
    share = number("training_runs", "tolerance", tolerance, 0.0, 1.0)
    curves = {title("training_runs", name): _curves(name, given) for name, given in runs.items()}
    found = [
        _parting(name, quantity, each, share)
        for name, each in curves.items()
        for quantity in each.curves
        if f"val_{quantity}" in each.curves
    ]
    return TrainingRuns(curves, tuple(each for each in found if each is not None), share)


def _curves(name: str, given: object) -> TrainingCurves:
    match given:
        case TrainingCurves():
            return given
        case History():
            told = {key: values for key, values in given.history.items() if not any(map(np.ndim, values))}
            return TrainingCurves(told, tuple(epoch + 1 for epoch in given.epoch))
        case Mapping():
            return TrainingCurves(given)
    raise ArgumentTypeError(
        f"training_runs: {name!r} is to be what fit returned, or curves by name, got {described(given)}"
    )


def _parting(run: str, quantity: str, curves: TrainingCurves, share: float) -> Parting | None:
    """Where the curves of one quantity part; None where there are not enough numbers."""
    sign = -1.0 if any(word in quantity for word in _HIGHER_IS_BETTER) else 1.0
    training, validation = (_numbers(curves.curves[name]) for name in (quantity, f"val_{quantity}"))
    if not len(validation) or not np.isfinite(validation).any() or not np.isfinite(training[-1]):
        return None
    ups = sign * validation
    at = int(np.nanargmin(ups))
    gained, lost = float(ups[np.isfinite(ups)][0] - ups[at]), float(ups[-1] - ups[at])
    goes_on = sign * (training[-1] - training[at]) <= 0
    parts = at < len(ups) - 1 and goes_on and math.isfinite(lost) and lost > share * gained and lost > 0
    gap = sign * (float(validation[-1]) - float(training[-1]))
    return Parting(
        run, quantity, curves.epochs[at] if parts else None, float(validation[at]), float(validation[-1]), gap
    )


def _numbers(values: Sequence[float]) -> np.ndarray:
    return np.asarray(values, np.float64)
