"""The loss over the steps of a training, as points that stay few however long it is, and as a smooth line."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Curve", "Points", "Recent", "ticks"]

MOST_POINTS = 1024
_RECENT = 20  # steps
_FEW = 12  # points, which are shown as they are
SMOOTH_OVER = 1 / 25
"""Of all points that a curve has: the width of the window of the smooth line."""


class Points:
    """The points of a curve at one moment; the training may have gone on meanwhile.

    Attributes:
        steps: the number of the last step of each point.
        counts: how many steps each point is the mean of.
        losses: the mean loss of each point.
    """

    def __init__(self, points: list[tuple[int, int, float]]) -> None:
        self.steps = np.array([step for step, _, _ in points], np.int64)
        self.counts = np.array([count for _, count, _ in points], np.int64)
        self.losses = np.array([loss for _, _, loss in points], np.float64)

    @property
    def smooth(self) -> np.ndarray:
        """For each point the mean over the steps around it, a twenty-fifth of all on either side together."""
        losses, counts = self.losses, self.counts
        if not len(losses):
            return losses
        half = int(np.ceil(len(losses) * SMOOTH_OVER / 2)) if len(losses) > _FEW else 0
        places = np.arange(len(losses))
        first, last = np.maximum(places - half, 0), np.minimum(places + half + 1, len(losses))
        sums = np.concatenate([[0.0], np.cumsum(losses * counts)])
        steps = np.concatenate([[0], np.cumsum(counts)])
        return np.asarray((sums[last] - sums[first]) / (steps[last] - steps[first]))


class Curve:
    """The loss of a training: each point is the mean over the steps since the point before it.

    Where there would be more than `most` points, neighbours are put together, so that each stands for about equally
    many steps and none is left out. The training adds to it while pages read it: what is read together is read at once.

    Args:
        most: points, >= 2.

    Example:
        >>> curve = Curve(most=4)
        >>> for step in range(1, 7):
        ...     curve.add(step, 1, float(step))
        >>> now = curve.now
        >>> now.steps.tolist(), now.losses.tolist(), now.counts.tolist()
        ([4, 5, 6], [2.5, 5.0, 6.0], [4, 1, 1])
    """

    def __init__(self, most: int = MOST_POINTS) -> None:
        self._most = most
        self._points: list[tuple[int, int, float]] = []

    def __len__(self) -> int:
        """How many points there are."""
        return len(self._points)

    def add(self, step: int, count: int, loss: float) -> None:
        """Note the mean loss of the last `count` steps, of which `step` is the number of the last."""
        points = [*self._points, (step, count, loss)]
        if len(points) > self._most:
            points = _joined(points, -(-3 * sum(steps for _, steps, _ in points) // self._most))
        self._points = points

    def cut(self, step: int) -> None:
        """Forget what came behind a step."""
        self._points = [point for point in self._points if point[0] <= step]

    @property
    def first(self) -> float | None:
        """The loss of the first point; None where there is none."""
        points = self._points
        return points[0][2] if points else None

    @property
    def now(self) -> Points:
        """All points that there are at this moment."""
        return Points(self._points)

    def capture(self) -> list[list[Any]]:
        """All points, as a record of a training keeps them."""
        return [list(point) for point in self._points]

    def restore(self, points: Any) -> None:
        """Take over what `capture` gave."""
        self._points = [(int(step), int(count), float(loss)) for step, count, loss in points]


class Recent:
    """The mean loss of the last steps, at least 20 where so many were made.

    Args:
        loss: to begin with; None for none.

    Example:
        >>> recent = Recent()
        >>> recent.add(5.0, 30)
        >>> recent.add(1.0, 10)
        >>> recent.add(3.0, 10)
        >>> recent.mean
        2.0
    """

    def __init__(self, loss: float | None = None) -> None:
        self._made: list[tuple[float, int]] = [] if loss is None else [(loss, 1)]

    def add(self, loss: float, count: int) -> None:
        """Note the mean loss of so many steps more."""
        made = [*self._made, (loss, count)]
        while len(made) > 1 and sum(steps for _, steps in made[1:]) >= _RECENT:
            del made[0]
        self._made = made  # at once: pages read it meanwhile

    @property
    def mean(self) -> float | None:
        """None where there is nothing yet."""
        made = self._made
        count = sum(steps for _, steps in made)
        return sum(loss * steps for loss, steps in made) / count if count else None


def _joined(points: list[tuple[int, int, float]], count: int) -> list[tuple[int, int, float]]:
    """Neighbours put together as long as both together stand for at most so many steps."""
    joined: list[tuple[int, int, float]] = []
    for place, (step, steps, loss) in enumerate(points):
        if joined and joined[-1][1] + steps <= count and place < len(points) - 1:
            _, before, mean = joined[-1]
            joined[-1] = step, before + steps, (mean * before + loss * steps) / (before + steps)
        else:
            joined.append((step, steps, loss))
    return joined


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, for an axis: about so many.

    Example:
        >>> ticks(0.0, 2.31), ticks(100, 460, 4)
        ([0.0, 0.5, 1.0, 1.5, 2.0], [100.0, 200.0, 300.0, 400.0])
    """
    if not (np.isfinite(low) and np.isfinite(high)) or high <= low:
        return [float(low)] if np.isfinite(low) else []
    rough = (high - low) / max(about, 1)
    power = 10.0 ** np.floor(np.log10(rough))
    width = float(power * min((1, 2, 5, 10), key=lambda factor: abs(factor * power - rough)))
    first = int(np.ceil(low / width - 1e-9))
    return [float(f"{number * width:.12g}") for number in range(first, int(np.floor(high / width + 1e-9)) + 1)]
