"""What is said of the flow of gradients; for figures, terminal and notebooks alike."""

from __future__ import annotations

import math

from pellucid.inspection.gradient_flow import Flow, GradientFlow
from pellucid.views.precision import short

__all__ = ["describe_flow", "say_kept"]


def describe_flow(record: GradientFlow) -> str:
    """What was measured.

    Example:
        >>> describe_flow(GradientFlow((0, 5), ()))
        'The gradient of a typical weight of each layer, at 2 of the steps 0 to 5'
        >>> describe_flow(GradientFlow((0,), ()))
        'The gradient of a typical weight of each layer, at step 0'
    """
    first, last = record.steps[0], record.steps[-1]
    if len(record.steps) == 1:
        return f"The gradient of a typical weight of each layer, at step {first:,}"
    return f"The gradient of a typical weight of each layer, at {len(record.steps)} of the steps {first} to {last:,}"


def say_kept(flow: Flow) -> str:
    """How much of the gradient comes to the first layer, before the first step."""
    kept = float(flow.kept[0])
    if not math.isfinite(kept):
        return f"{flow.model}: no gradient comes to the last layer."
    return f"{flow.model}: at first the first layer gets {short(kept, 2)} times what the last one gets."
