"""`tf.compat.v1`: the same as `tf` here, and what turns TensorFlow 1 on, which is nothing."""

from __future__ import annotations

from typing import Any

from pellucid.cli import tf
from pellucid.cli.tf import sessions


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    return getattr(sessions, name) if name in sessions.__all__ else getattr(tf, name)
