"""What scripts for TensorFlow 1 say before they come to Keras: settings of devices and sessions, which do nothing here.

Graphs that are described with placeholders and run in a session are TensorFlow's own: `REASONS` says what to do.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pellucid.cli.tf.drawing import set_seed as set_random_seed
from pellucid.errors import ArgumentError
from pellucid.warned import warn

__all__ = [
    "ConfigProto",
    "GPUOptions",
    "InteractiveSession",
    "Session",
    "disable_eager_execution",
    "disable_v2_behavior",
    "enable_eager_execution",
    "logging",
    "set_random_seed",
]


def ConfigProto(*args: Any, **settings: Any) -> Any:
    """Settings of a session, which can be set and mean nothing."""
    return SimpleNamespace(**{"gpu_options": SimpleNamespace(), "graph_options": SimpleNamespace()} | settings)


def GPUOptions(**settings: Any) -> Any:
    """Settings of a graphics card, likewise."""
    return SimpleNamespace(**settings)


class Session:
    """Nothing: what is asked for is computed at once. `run` and all else says what to do."""

    def __init__(self, target: Any = "", graph: Any = None, config: Any = None) -> None:
        warn("tf.Session does nothing: there is one device, and memory is taken as it is needed")

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to close."""

    def as_default(self) -> Session:
        """The only one."""
        return self

    def close(self) -> None:
        """Nothing to close."""

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None) -> Any:
        """Refused: there is no graph behind it."""
        raise ArgumentError(
            "Session.run: no graph of TensorFlow's is here; model.predict(x) runs a model, and "
            "keras.backend.function([inputs], [outputs]) a part of one"
        )


InteractiveSession = Session


def disable_eager_execution() -> None:
    """Nothing: `K.function` and `K.gradients` work on models all the same."""


disable_v2_behavior = enable_eager_execution = disable_eager_execution


class logging:
    """Nothing is logged."""

    DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50

    @staticmethod
    def set_verbosity(level: int) -> None:
        """Nothing."""
