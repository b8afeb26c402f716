"""`tf.summary`: numbers, pictures and histograms of a loop written by hand, for TensorBoard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.formats.event_file import EventWriter

_WRITER: ContextVar[FileWriter | None] = ContextVar("what summaries are written by", default=None)


class FileWriter:
    """Writes what is said inside of `with writer.as_default()` into a folder."""

    def __init__(self, logdir: Any) -> None:
        Path(logdir).mkdir(parents=True, exist_ok=True)
        self.events = EventWriter(logdir)

    @contextmanager
    def as_default(self, step: Any = None) -> Iterator[FileWriter]:
        """What is written inside goes here."""
        token = _WRITER.set(self)
        try:
            yield self
        finally:
            _WRITER.reset(token)
            self.flush()

    def flush(self) -> None:
        """Have all on the disk."""
        self.events.flush()

    close = flush


def create_file_writer(logdir: Any, *options: Any, **more: Any) -> FileWriter:
    """A writer into a folder, which is made; `options` of TensorFlow's queues mean nothing."""
    return FileWriter(logdir)


def scalar(name: str, data: Any, step: Any = None, description: Any = None) -> None:
    """A number of a step."""
    events, at = _open(step)
    if events is not None:
        events.scalar(name, float(np.asarray(data)), at)


def histogram(name: str, data: Any, step: Any = None, buckets: Any = None, description: Any = None) -> None:
    """How numbers are distributed."""
    events, at = _open(step)
    if events is not None:
        events.histogram(name, np.asarray(data), at)


def image(name: str, data: Any, step: Any = None, max_outputs: int = 3, description: Any = None) -> None:
    """Pictures (samples, rows, columns, channels), from 0 to 1 or bytes; the first `max_outputs` of them."""
    events, at = _open(step)
    pixels = np.asarray(data)
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3, 4):
        raise ArgumentError(f"tf.summary.image takes (samples, rows, columns, 1, 3 or 4), got shape {pixels.shape}")
    pixels = pixels if pixels.dtype == np.uint8 else (pixels.clip(0, 1) * 255.999).astype(np.uint8)
    pixels = pixels.repeat(3, -1) if pixels.shape[-1] == 1 else pixels[..., :3]
    for place, each in enumerate(pixels[:max_outputs] if events is not None else ()):
        events.picture(name if len(pixels) == 1 else f"{name}/{place}", each, at)  # type: ignore[union-attr]


def _open(step: Any) -> tuple[EventWriter | None, int]:
    """Where to write; as in TensorFlow nothing is written outside of a writer."""
    writer = _WRITER.get()
    if writer is not None and step is None:
        raise ArgumentError("tf.summary: step= says of which step it is")
    return (None if writer is None else writer.events), 0 if step is None else int(step)
