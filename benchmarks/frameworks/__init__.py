"""What is compared: each contestant makes a `Trainer` and a `Predictor` of a workload.

A `Trainer` trains on the first so many batches and returns the loss of each of these steps, or their mean, as the
framework tells it; a `Predictor` runs one batch and returns its outputs. Imports of frameworks stand inside functions,
since a process holds one framework only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from workloads import Workload

Trainer = Callable[[], float]
"""One pass over the block's samples; the mean loss."""

Predictor = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Contestant:
    """A framework in one of its forms."""

    make_trainer: Callable[[Workload, int], Trainer] | None  # (workload, threads)
    make_predictor: Callable[[Workload, int, int], Predictor] | None  # (workload, batch size, threads)
    environment: dict[str, str] = field(default_factory=dict)
