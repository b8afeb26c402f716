"""Where Keras 1 and 2 had what gets images ready: `preprocessing.image`."""

from typing import Any

from pellucid.absent import absent
from pellucid.preprocessing import image

__all__ = ["image"]


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
