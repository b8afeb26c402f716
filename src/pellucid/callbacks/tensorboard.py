"""What a training tells, for TensorBoard: curves, histograms of weights, pictures of filters, the model's graph."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pellucid import legacy
from pellucid.callbacks.base import Callback, Logs
from pellucid.callbacks.learning_rates import optimizers_of, rates_of
from pellucid.checks import flag, is_whole, whole
from pellucid.colors import colors_of
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, PellucidError, escaped, shown
from pellucid.formats.atomic import is_disk_full
from pellucid.formats.event_file import EventWriter
from pellucid.formats.paths import checked_path
from pellucid.warned import warn

VALIDATION = "val_"
FLUSH_AFTER_S = 10.0
LARGEST, PIXELS = 1024, 4
"""How large a picture may be, and how large a weight is in it where there is room [pixels]."""


class TensorBoard(Callback):
    """Writes a training down for TensorBoard, in which it can be watched: `tensorboard --logdir logs`.

    In the folder "train" are the numbers of each epoch ("epoch_loss", "epoch_learning_rate", ...), in "validation"
    those of the validation data, and those of each evaluation over the steps of the training
    ("evaluation_loss_vs_iterations"). Neither TensorFlow nor TensorBoard is needed for writing. Where the disk is full
    the training goes on, with a warning.

    Args:
        log_dir: the folder; it is made.
        histogram_freq: after how many epochs histograms of all weights are written; 0 for never.
        write_graph: whether the graph of the model is written.
        write_images: whether weights are written as pictures, with their histograms: white is zero, orange positive,
            blue negative. Of a convolution's kernel one picture shows all filters, where there is one channel side by
            side, else in a column each, a channel a row. What is larger than 1,024 pixels is cut off.
        write_steps_per_second: whether it is written how fast steps were made.
        update_freq: "epoch"; or "batch", or after how many batches, to have numbers within an epoch too ("batch_loss").
        profile_batch: Keras lets its engine be profiled here; nothing is profiled, which is said.
        embeddings_freq, embeddings_metadata: of embedding layers, which do not exist here, which is said.

    Raises:
        ArgumentError: a setting is out of range.
        FileError: nothing can be written there, for another reason than that the disk is full.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     told = TensorBoard(folder, histogram_freq=1)
        ...     history = model.fit(np.ones((4, 1)), np.ones((4, 1)), verbose=0, callbacks=[told])
        ...     os.listdir(folder)
        ['train']

    Source: keras.callbacks.TensorBoard, https://keras.io/api/callbacks/tensorboard/
    """

    @legacy.accepts_old_spelling("TensorBoard")
    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | str = "epoch",
        profile_batch: int | str | tuple[int, int] = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Mapping[str, str] | str | None = None,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.log_dir = str(checked_path(log_dir, f"the folder of {owner}"))
        self.histogram_freq = whole(owner, "histogram_freq", histogram_freq, 0)
        self.write_graph = flag(owner, "write_graph", write_graph)
        self.write_images = flag(owner, "write_images", write_images)
        self.write_steps_per_second = flag(owner, "write_steps_per_second", write_steps_per_second)
        self.update_freq = _frequency(owner, update_freq)
        if self.update_freq == "epoch":
            self.idle_hooks = (TensorBoard.on_train_batch_begin, TensorBoard.on_train_batch_end)
        if self.write_images and not self.histogram_freq:
            warn(f"{owner}: pictures are written with histograms; write_images needs histogram_freq=1 or more")
        if _profiles(owner, profile_batch):
            warn(f"{owner}: nothing is profiled here, whatever profile_batch is")
        if whole(owner, "embeddings_freq", embeddings_freq, 0) or embeddings_metadata is not None:
            warn(f"{owner}: there are no embedding layers here; embeddings_freq and embeddings_metadata do nothing")
        self._writers: dict[str, EventWriter] = {}
        self._batches = self._first_step = 0
        self._flushed = self._batch_began = self._epoch_began = 0.0

    def capture(self) -> dict[str, Any]:
        """How many batches were trained on."""
        return {"batches": self._batches}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on counting."""
        self._batches = state["batches"]

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin new files; write the graph of the model."""
        self._writers, self._batches = {}, 0
        if self.write_graph and hasattr(self.model, "to_json"):
            try:
                self._writer("train").keras_graph(self.model.to_json())
            except PellucidError as error:
                warn(f"{type(self).__name__}: the graph of the model is not written: {error}")
            self._flush()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Look at the clock."""
        self._epoch_began, self._first_step = time.perf_counter(), self._step()

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Look at the clock."""
        self._batch_began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Write the numbers so far in the epoch, if it is time."""
        if self.update_freq == "epoch":
            return
        self._batches += 1
        if self._batches % int(self.update_freq):
            return
        told = dict(logs or {})
        if self.write_steps_per_second:
            told["steps_per_second"] = 1 / max(1e-9, time.perf_counter() - self._batch_began)
        self._scalars("train", "batch_{}", told, self._batches)
        if time.perf_counter() - self._flushed > FLUSH_AFTER_S:
            self._flush()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the numbers of the epoch and, if it is time, what is to be seen of the weights."""
        told = logs or {}
        trained = {name: value for name, value in told.items() if not name.startswith(VALIDATION)}
        validated = {name.removeprefix(VALIDATION): told[name] for name in told if name not in trained}
        if trained:
            trained |= rates_of(self.model)
            if self.write_steps_per_second:
                seconds = max(1e-9, time.perf_counter() - self._epoch_began)
                trained["steps_per_second"] = (self._step() - self._first_step) / seconds
        self._scalars("train", "epoch_{}", trained, epoch)
        self._scalars("validation", "epoch_{}", validated, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        self._flush()

    def on_test_end(self, logs: Logs = None) -> None:
        """Write the numbers of an evaluation over the steps of the training."""
        if getattr(self.model, "optimizer", None) is not None:
            self._scalars("validation", "evaluation_{}_vs_iterations", logs or {}, self._step())
            self._flush()

    def on_train_end(self, logs: Logs = None) -> None:
        """Write what is left."""
        self._flush()

    def _step(self) -> int:
        return next((int(optimizer.iterations) for _, optimizer in optimizers_of(self.model)), 0)

    def _writer(self, run: str) -> EventWriter:
        if run not in self._writers:
            self._writers[run] = EventWriter(os.path.join(self.log_dir, run))
        return self._writers[run]

    def _scalars(self, run: str, form: str, told: Mapping[str, Any], step: int) -> None:
        for name, value in told.items():
            if np.ndim(value) == 0:
                self._writer(run).scalar(form.format(name), value, step)

    def _write_weights(self, epoch: int) -> None:
        for path, weight in _weights_of(self.model):
            values = weight.numpy()
            self._writer("train").histogram(f"{path}/histogram", values, epoch)
            picture = picture_of(values) if self.write_images else None
            if picture is not None:
                self._writer("train").picture(f"{path}/image", picture, epoch)

    def _flush(self) -> None:
        self._flushed = time.perf_counter()
        for writer in self._writers.values():
            try:
                writer.flush()
            except OSError as error:
                owner, folder = type(self).__name__, escaped(writer.folder)
                if not is_disk_full(error):
                    raise FileError(
                        f"{owner}: cannot write to {folder}: {error.strerror}; choose another log_dir"
                    ) from error
                warn(f"{owner}: the training goes on, but is not written to {folder}: {error.strerror}")


def _frequency(owner: str, value: Any) -> int | str:
    if isinstance(value, str) and value in ("batch", "epoch"):
        return 1 if value == "batch" else "epoch"
    if not is_whole(value):
        kind = ArgumentError if isinstance(value, str) else ArgumentTypeError
        raise kind(f"{owner}: update_freq is 'epoch', 'batch' or a number of batches, got {shown(value)}")
    return whole(owner, "update_freq", value, 1)


def _profiles(owner: str, value: Any) -> bool:
    """Whether batches were to be profiled: a number, or the first and the last one, in text too."""
    parts: list[Any] = [value]
    if isinstance(value, str) and len(value) < 100:
        parts = [int(part) if part.strip().isdecimal() else part for part in value.split(",")]
    elif isinstance(value, list | tuple):
        parts = list(value)
    if len(parts) not in (1, 2) or not all(is_whole(part) and part >= 0 for part in parts) or parts != sorted(parts):
        raise ArgumentError(f"{owner}: profile_batch is a batch, or the first and the last one, got {shown(value)}")
    return any(parts)


def _weights_of(model: Any) -> Iterator[tuple[str, Any]]:
    """The weights of a model, each once, under paths that begin with the layer's name."""
    seen = set()
    for layer in getattr(model, "layers", ()):
        for weight in layer.weights:
            if id(weight) not in seen:
                seen.add(id(weight))
                parts = weight.path.split("/")
                begin = parts.index(layer.name) if layer.name in parts else None
                yield "/".join(parts[begin:] if begin is not None else [layer.name, *parts]), weight


def picture_of(values: np.ndarray) -> np.ndarray | None:
    """Weights as a picture: red, green, blue (rows, columns, 3), uint8; None where there is no plane to draw.

    Args:
        values: a bias (units,), a matrix (inputs, units) or a kernel (..., channels, filters) over one or two axes.

    Example:
        >>> picture_of(np.ones((3, 3, 1, 2))).shape, picture_of(np.ones((2, 2, 2, 3, 4)))
        ((12, 28, 3), None)
    """
    if values.ndim in (1, 2):
        plane = np.atleast_2d(values)
        return _painted(plane.T if len(plane) > plane.shape[1] else plane)
    if values.ndim not in (3, 4):
        return None
    kernel = values if values.ndim == 4 else values[None]
    kernel = kernel[:, :, :LARGEST, :LARGEST]
    rows, columns, channels, filters = kernel.shape
    across = filters if channels > 1 else int(np.ceil(np.sqrt(filters)))
    down = channels if channels > 1 else -(-filters // across)
    sheet = np.zeros((down * (rows + 1) - 1, across * (columns + 1) - 1))
    for number in range(filters):
        for channel in range(channels):
            row, column = (channel, number) if channels > 1 else divmod(number, across)
            top, left = row * (rows + 1), column * (columns + 1)
            sheet[top : top + rows, left : left + columns] = kernel[:, :, channel, number]
    return _painted(sheet)


def _painted(sheet: np.ndarray) -> np.ndarray:
    finite = np.abs(sheet[np.isfinite(sheet)])
    sheet = sheet[:LARGEST, :LARGEST]
    colors = colors_of(sheet, np.full(sheet.shape, finite.max() if finite.size else 0.0))
    scale = max(1, min(PIXELS, LARGEST // max(sheet.shape)))
    return colors.repeat(scale, 0).repeat(scale, 1)
