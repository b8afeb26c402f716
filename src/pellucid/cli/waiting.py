"""How long a training waits for its images: `pellucid profile MODEL --data FOLDER`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pellucid.callbacks import Callback
from pellucid.cli.choices import Choices
from pellucid.cli.resuming import Settings
from pellucid.cli.tasks import task_of
from pellucid.data.pixels.files import are_pixels
from pellucid.data.sources.epochs import Epochs
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.frozen import Frozen

EPOCHS = 3
"""The first decodes; of the others one could be disturbed."""


class Waiting(Frozen):
    """Epochs of a training, each with how long it took and how much of that went by until batches came [s].

    Attributes:
        seconds: of each epoch.
        waited: of these, until images were decoded.
        batches: in each epoch.
    """

    seconds: tuple[float, ...]
    waited: tuple[float, ...]
    batches: int


class Watched(Epochs):
    """The batches of a source, with the time that whoever takes them waits for them [s].

    Args:
        source: see `Epochs`.
    """

    def __init__(self, source: Epochs) -> None:
        self.source, self.waited = source, 0.0

    def __len__(self) -> int:
        return len(self.source)  # type: ignore[arg-type]

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[object]:
        """See `Epochs`."""
        coming, end = self.source.batches(epoch, seed=seed, start=start), object()
        while True:
            begin = time.perf_counter()
            batch = next(coming, end)
            self.waited += time.perf_counter() - begin
            if batch is end:
                return
            yield batch


class _Clock(Callback):
    """Notes of each epoch how long it took, and how much of that was waiting."""

    def __init__(self, images: Watched) -> None:
        super().__init__()
        self.images, self.seconds, self.waited = images, list[float](), list[float]()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """The time begins."""
        self.began, self.images.waited = time.perf_counter(), 0.0

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """The time ends."""
        self.seconds.append(time.perf_counter() - self.began)
        self.waited.append(self.images.waited)


def waiting_for(file: Path, data: Path, batch: int) -> Waiting:
    """Train a model on images as `pellucid train DATA --model FILE` does, and measure; the file stays as it is.

    Args:
        file: of a model.
        data: a folder of images in a sub-folder for each class, or with masks beside them, or a table of such.
        batch: images in a step.

    Raises:
        FileError: the folder is not there, or images in it cannot be read.
        ArgumentError: the model does not take such images, or they are no files.
    """
    if not data.exists():
        raise FileError(f"{escaped(data)}: there is no such folder; give one of images, as `pellucid train` takes it")
    if are_pixels(data):
        raise ArgumentError(
            f"{escaped(data)} holds images as numbers, which are in memory before training: it waits for none"
        )
    task = task_of(Settings(str(data.resolve()), None, EPOCHS, 0, Choices(model=str(file), batch=batch)))
    task.model.compile(task.optimizer, task.loss, metrics=list(task.metrics))
    images = Watched(task.data["x"])
    clock = _Clock(images)
    task.model.fit(images, epochs=EPOCHS, verbose=0, callbacks=[clock])
    return Waiting(tuple(clock.seconds), tuple(clock.waited), len(images))


def waiting_text(found: Waiting) -> str:
    """A line for each epoch.

    Example:
        >>> print(waiting_text(Waiting((2.0, 1.0), (0.5, 0.0), 10)))
        epoch 1: 2.000 s for 10 batches, of which 0.500 s (25.0%) waiting for images
        epoch 2: 1.000 s for 10 batches, of which 0.000 s (0.0%) waiting for images
    """
    rows = enumerate(zip(found.seconds, found.waited, strict=True), start=1)
    return "\n".join(
        f"epoch {number}: {seconds:.3f} s for {found.batches:,} batches, of which {waited:.3f} s "
        f"({waited / max(seconds, 1e-9):.1%}) waiting for images"
        for number, (seconds, waited) in rows
    )
