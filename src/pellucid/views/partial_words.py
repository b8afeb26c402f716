"""What is said beside partial maps, and what their sum becomes; for figures, terminal and notebooks alike."""

from __future__ import annotations

import numpy as np

from pellucid.inspection.partial_maps import PartialMaps
from pellucid.views.captions import list_numbers
from pellucid.views.precision import short

__all__ = ["describe_partial", "say_compared", "say_order", "sums_of"]


def describe_partial(record: PartialMaps) -> str:
    """Whose maps they are.

    Example:
        >>> record = PartialMaps("conv", "Conv1D", 3, (0, 1), np.ones((4, 2)), 0.5, "relu", np.full(4, 2.5), 1e-6)
        >>> describe_partial(record)
        'conv, filter 3: one map for each of the 2 channels that it reads'
    """
    count = len(record.channels)
    channels = f"each of the {count} channels" if count > 1 else "the one channel"
    return f"{record.use}, filter {record.filter}: one map for {channels} that it reads"


def say_order(record: PartialMaps) -> list[str]:
    """In which order the maps stand, and which add nothing."""
    nothing = [record.channels[place] for place in np.flatnonzero(record.strengths == 0).tolist()]
    subject = list_numbers("channel", nothing).capitalize()
    notes = ["The strongest first; a number is that of the channel."] if len(record.channels) > 1 else []
    return notes + ([f"{subject} {'adds' if len(nothing) == 1 else 'add'} nothing here."] if nothing else [])


@np.errstate(invalid="ignore")  # of what is infinite
def say_compared(record: PartialMaps) -> str:
    """How near the sum comes to what the engine computed."""
    apart = np.abs(record.total - record.engine_map)
    largest = float(np.nanmax(apart)) if np.isfinite(apart).any() else 0.0
    if largest == 0:
        return "The engine's map is this sum, to the last digit."
    return f"The engine's map differs from this sum by {largest:.1e} at most; rounding explains {record.bound:.1e}."


def sums_of(record: PartialMaps) -> dict[str, np.ndarray]:
    """What becomes of the maps, under its name: their sum, and that with the bias."""
    bias = record.bias
    words = f"sum + bias ({short(bias)})" if isinstance(bias, float) else "sum + bias of each place"
    return {
        "sum of all": record.maps.sum(axis=-1),
        f"{words} = the {'map' if record.spatial else 'value'}{_next(record)}": record.total,
    }


def _next(record: PartialMaps) -> str:
    return "" if record.activation == "linear" else f" before {record.activation}"
