"""What callbacks share that watch a number: which one, whether more or less of it is better, what is an improvement."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.callbacks.base import Callback, Logs
from pellucid.checks import is_number, number, title
from pellucid.dispatch.operators import greater, less
from pellucid.errors import ArgumentError, ArgumentTypeError, nearest_names, shown
from pellucid.naming import snake_case
from pellucid.warned import warn

MODES = ("auto", "min", "max")
MORE_IS_BETTER = (
    *("acc", "accuracy", "auc", "concordance_correlation", "cosine_similarity", "f1_score", "fbeta_score", "io_u"),
    *("iou", "pearson_correlation", "precision", "precision_at_recall", "r2_score", "recall", "recall_at_precision"),
    *("sensitivity_at_specificity", "specificity_at_sensitivity", "true_negatives", "true_positives"),
)
LESS_IS_BETTER = (
    *("crossentropy", "dice", "error", "false_negatives", "false_positives", "hinge", "huber", "kl_divergence", "kld"),
    *("log_cosh", "logcosh", "loss", "mae", "mape", "mse", "msle", "poisson", "rmse", "tversky"),
)
"""How the names of such numbers end, and the classes of metrics in the words of names."""


class MonitorCallback(Callback):
    """The base of callbacks that watch a number of the training and act when it improves, or does not.

    Args:
        monitor: what to watch: "loss", "accuracy", "val_loss", ...
        mode: "min" if less is better, "max" if more is. "auto" knows it for losses, errors, accuracies and all metrics
            of this library, under whatever name they are told.
        baseline: the value that the first one is compared with; None takes the first one as it is.
        min_delta: an improvement must exceed this, >= 0.

    Attributes:
        best: the best value so far, or None.

    Raises:
        ArgumentError: a setting is out of range; when training begins, if `mode` is needed because the direction is
            not known.

    Example:
        >>> class Cheer(MonitorCallback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         value = self.watched(logs)
        ...         if value is not None and self._is_improvement(value, self.best):
        ...             self.best = value
        ...             print(f"{self.monitor} is down to {value}")
        >>> cheer = Cheer("loss")
        >>> for epoch, loss in enumerate([0.5, 0.7, 0.25]):
        ...     cheer.on_epoch_end(epoch, {"loss": loss})
        loss is down to 0.5
        loss is down to 0.25

    Source: keras.src.callbacks.monitor_callback.MonitorCallback.
    """

    _without: ClassVar[str] = "so there is nothing to watch"
    """What follows where the number is not told."""

    def __init__(
        self, monitor: str = "val_loss", mode: str = "auto", baseline: float | None = None, min_delta: float = 0.0
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.monitor = title(f"{owner}: monitor", monitor)
        self.mode = _known_mode(owner, mode)
        self.best = threshold(owner, "baseline", baseline)
        self.min_delta = number(owner, "min_delta", min_delta, 0.0)
        self._direction = self._of_mode() or _of_name(self.monitor)
        self._warned = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """What is not told is said once in each training."""
        self._warned = False

    @property
    def direction(self) -> int:
        """1 if more is better, -1 if less is."""
        if self._direction is None:
            self._set_monitor_op()
        assert self._direction is not None
        return self._direction

    @property
    def monitor_op(self) -> Callable[..., Any] | None:
        """`ops.greater` if more is better, `ops.less` if less is; None while it is not known."""
        return None if self._direction is None else greater if self._direction > 0 else less

    def _of_mode(self) -> int | None:
        return {"min": -1, "max": 1}.get(self.mode)

    def _set_monitor_op(self) -> None:
        """Find out which direction is better; the metrics of the model are asked first, then the name."""
        found = self._of_mode() or self._of_metric() or _of_name(self.monitor)
        if found is None:
            raise ArgumentError(
                f"{type(self).__name__}: is more or less of {self.monitor!r} better? Say mode='max' or mode='min'"
            )
        self._direction = found

    def _of_metric(self) -> int | None:
        """The direction of the model's metric that is told under the name, by its class."""
        name = self.monitor.removeprefix("val_")
        for metric in _metrics_of(self.model):
            own = str(getattr(metric, "name", ""))
            if own and (name == own or name.endswith(f"_{own}")):
                found = (_of_name(snake_case(cls.__name__)) for cls in type(metric).__mro__[:-1])
                direction = next((each for each in found if each is not None), None)
                if direction is not None:
                    return direction
        return None

    def _is_improvement(self, monitor_value: float, reference_value: float | None) -> bool:
        """Whether a value is better than another; NaN never is."""
        if reference_value is None:
            return not math.isnan(monitor_value)
        return (monitor_value - reference_value) * self.direction > self.min_delta

    def watched(self, logs: Logs) -> float | None:
        """The number that is watched; None where it is not told or is no single number, which is said once."""
        value = (logs or {}).get(self.monitor)
        if value is not None and np.ndim(value) == 0:
            return float(value)
        if not self._warned:
            self._warned = True
            if value is None:
                hint = _instead(self.monitor, logs or {})
                told = f"which this training does not report (it reports {', '.join(sorted(logs or {})) or 'nothing'})"
            else:
                hint, told = "", f"which is not one number but an array of shape {np.shape(value)}"
            warn(f"{type(self).__name__} watches {self.monitor!r}, {told}, {self._without}{hint}")
        return None


def _instead(monitor: str, logs: Mapping[str, Any]) -> str:
    """What would be told under the name that is watched."""
    if monitor.startswith("val_") and not any(name.startswith("val_") for name in logs):
        return "; give fit validation data"
    prefix = "val_" if monitor.startswith("val_") else ""
    wanted = monitor.removeprefix(prefix)
    told = [name.removeprefix(prefix) for name in logs if name.startswith("val_") == bool(prefix)]
    near = [name for name in told if name.startswith(wanted) or wanted.startswith(name)] or nearest_names(wanted, told)
    return f"; did you mean {prefix + near[0]!r}?" if near else ""


def threshold(owner: str, name: str, value: Any) -> float | None:
    """A number that others are compared with, infinity too; None for none. Raises `ArgumentError` for anything else."""
    if value is None or (is_number(value) and value in (math.inf, -math.inf)):
        return None if value is None else float(value)
    return number(owner, name, value)


def _known_mode(owner: str, mode: Any) -> str:
    """One of `MODES`; text that is none counts as "auto", as in Keras, and is warned of."""
    if not isinstance(mode, str):
        raise ArgumentTypeError(f"{owner}: mode is one of {', '.join(MODES)}, got {shown(mode)}")
    if mode in MODES:
        return str(mode)
    near = nearest_names(mode, MODES, most=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(MODES)}."
    warn(f"{owner} mode {shown(mode)} is unknown{hint} It counts as 'auto'")
    return "auto"


def _of_name(name: str) -> int | None:
    """The direction of a number by its name: 1 if more is better, -1 if less is, None if that is not known."""
    plain = re.sub(r"_\d+$", "", name.removeprefix("val_"))
    for direction, words in ((1, MORE_IS_BETTER), (-1, LESS_IS_BETTER)):
        if any(plain == word or plain.endswith(f"_{word}") for word in words):
            return direction
    return None


def _metrics_of(model: Any) -> Iterator[Any]:
    """The metrics that a model was compiled with, of all its outputs."""
    plan = getattr(getattr(model, "stepper", None), "plan", None)
    for objective in getattr(plan, "objectives", ()):
        yield from objective.metrics
