"""What is said of a film of filters, and which of its frames are shown; for figures, terminal and notebooks alike."""

from __future__ import annotations

import numpy as np

from pellucid.inspection.filter_film import FilterFilm
from pellucid.views.precision import short

__all__ = ["chosen_frames", "describe_film", "most_moved", "say_moved"]


def describe_film(film: FilterFilm) -> str:
    """What the film shows.

    Example:
        >>> axes = ("rows", "columns", "channels")
        >>> describe_film(FilterFilm("c", "Conv2D", (0, 10), np.zeros((2, 3, 3, 1, 4)), axes))
        'c: 4 filters through 10 steps of training, 2 frames'
    """
    steps = film.steps[-1] - film.steps[0]
    filters = f"{film.filters} filter{'' if film.filters == 1 else 's'}"
    filters += f" (computed from {film.computed_from})" if film.computed_from else ""
    return f"{film.layer}: {filters} through {steps:,} steps of training, {len(film.steps)} frames"


def chosen_frames(film: FilterFilm, limit: int | None) -> list[int]:
    """The frames that are shown, at equal distances, the first and the last among them.

    Example:
        >>> axes = ("rows", "columns", "channels")
        >>> film = FilterFilm("c", "Conv2D", tuple(range(9)), np.zeros((9, 1, 1, 1, 1)), axes)
        >>> chosen_frames(film, 3)
        [0, 4, 8]
    """
    count = len(film.steps)
    if limit is None or limit >= count:
        return list(range(count))
    return sorted({round(place) for place in np.linspace(0, count - 1, max(limit, 2))})


def most_moved(film: FilterFilm) -> list[int]:
    """The filters, those first that came farthest from where they began."""
    return [int(number) for number in np.argsort(-film.distance[-1], kind="stable")]


def say_moved(film: FilterFilm, number: int) -> str:
    """How far a filter came, and when it moved fastest.

    Example:
        >>> frames = np.array([0.0, 3.0, 4.0]).reshape(3, 1, 1, 1, 1)
        >>> say_moved(FilterFilm("c", "Conv2D", (0, 10, 20), frames, ("rows", "columns", "channels")), 0)
        'moved 4, fastest in steps 0 to 10'
    """
    first, last = film.moved_most(number)
    return f"moved {short(float(film.distance[-1, number]), 3)}, fastest in steps {first:,} to {last:,}"
