"""What a training knows of the study that it is a part of."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from pellucid.explorer.events import Events
from pellucid.explorer.history import History
from pellucid.explorer.learning import Learning
from pellucid.explorer.live import Live
from pellucid.explorer.samples import Samples
from pellucid.models import Model

__all__ = ["Host"]


class Host(Protocol):
    """The study that is trained."""

    model: Model
    samples: Samples
    learning: Learning | None
    events: Events
    history: History
    live: Live

    @property
    def version(self) -> int:
        """How often the input or a weight has changed."""
        ...

    def editing(self) -> AbstractContextManager[None]:
        """Inside, nobody else changes the model."""
        ...

    def changed(self, what: str) -> None:
        """Note that something changed."""
        ...
