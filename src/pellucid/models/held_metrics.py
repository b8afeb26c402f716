"""Metrics that a model and its layers hold as attributes, with which their own code counts."""

from __future__ import annotations

from typing import Any

from pellucid.metrics import Metric
from pellucid.naming import is_ours
from pellucid.watched import found_in


def held_metrics(model: Any) -> list[Metric]:
    """The metrics in attributes of a model of the user's own, then those of its layers, each once.

    A model inside it is left out, as in Keras: what that tells, it tells of its own training.

    Args:
        model: any, built or not.

    Example:
        >>> from pellucid import Model, metrics
        >>> class Net(Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.distance = metrics.Mean("distance")
        ...     def call(self, inputs):
        ...         self.distance.update_state(abs(inputs))
        ...         return inputs
        >>> [metric.name for metric in held_metrics(Net())]
        ['distance']

    Source: keras.Model.metrics.
    """
    parts = (part for part in model.with_parts() if not is_ours(type(part)) and not hasattr(part, "compile"))
    attributes = (value for part in (model, *parts) for value in list(vars(part).values()))
    return list(dict.fromkeys(metric for value in attributes for metric in found_in(value, Metric)))
