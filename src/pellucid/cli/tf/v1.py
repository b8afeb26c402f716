"""`tf.compat.v1`: the same as `tf` here, and what turns TensorFlow 1 on, which is nothing."""

from __future__ import annotations

from typing import Any

from pellucid.cli import tf
from pellucid.cli.tf import first, sessions


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    room = next((each for each in (sessions, first) if name in each.__all__), tf)
    return getattr(room, name)
