"""Warnings of settings that speak of weights and fit none: a path was misspelt, or is one that Keras alone has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pellucid.optimizers.moved import Stepped
from pellucid.warned import warn


def tell_of_idle_patterns(
    owner: str, patterns: Iterable[str], weights: Sequence[Stepped], fits: Callable[[str, str], object]
) -> None:
    """Warn of patterns that fit the path of no weight.

    Args:
        owner: whose patterns they are, for the message.
        patterns: regular expressions.
        weights: that are trained.
        fits: tells of a pattern and a path whether it is meant.
    """
    paths = [weight.path for weight in weights]
    for pattern in patterns:
        if not any(fits(pattern, path) for path in paths):
            warn(f"{owner}: {pattern!r} fits no weight that is trained; these are {', '.join(paths)}")


def tell_of_idle_exclusion(optimizer: Any, weights: Sequence[Stepped]) -> None:
    """Warn where `exclude_from_weight_decay` keeps no weight from decaying."""
    if not optimizer.excludes_from_weight_decay:
        return
    decaying = [weight for weight in weights if optimizer.decay_of(weight) is not None]
    if all(optimizer.pipeline(weight).decay is not None for weight in decaying):
        which = ", ".join(weight.path for weight in decaying)
        others = f"these decay all the same: {which}" if which else "none decays, for there is no weight_decay"
        warn(f"{optimizer.name}: exclude_from_weight_decay fits no weight that is trained; {others}")
