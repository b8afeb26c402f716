"""Where Keras 1 and 2 had layers around layers; what is imported from here says what to do instead."""

from __future__ import annotations

from typing import Any

from pellucid.layers.old_names import absent


def __getattr__(name: str) -> Any:
    raise absent(name)
