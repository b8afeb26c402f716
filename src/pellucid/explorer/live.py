"""The filters of layers while they train: thirty pictures a second for the pages that show them, made once for all.

A page that shows filters says so, every few seconds (`watch`); what it then gets comes with the events. Such a picture
costs a page and this process little; all others on the page, which cost more, come less often meanwhile.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid.errors import ArgumentError
from pellucid.explorer.asked import Asked
from pellucid.explorer.banks import banks_of, sliding_bank
from pellucid.explorer.events import Events
from pellucid.explorer.pictured import pictured
from pellucid.explorer.scene import Scene
from pellucid.explorer.wire import packed
from pellucid.inspection import filters
from pellucid.inspection.filters import kernel_reader
from pellucid.inspection.training_step import layer_at
from pellucid.layers import Layer
from pellucid.models import Model

__all__ = ["Live", "kernels", "limit_of", "watch"]

_EVERY_S = 1 / 32  # thirty are seen: now and then two fall into one frame of the screen
_LASTS_S = 10.0
"""So long pictures are made for a page that has said that it shows them."""
_MOST_WATCHED = 8  # layers at once
_LARGEST = 2**16
"""Bytes of a picture that is sent so often."""

Watched = tuple[str, int]


class Shown(Protocol):
    """The study whose filters are shown."""

    opened: Model
    scene: Scene
    events: Events


class Live:
    """Which filters pages show now, and when their next picture is due.

    Args:
        study: whose filters they are.
        clock: tells the time, in seconds.
    """

    def __init__(self, study: Shown, clock: Callable[[], float] = time.perf_counter) -> None:
        self._study, self._clock = study, clock
        self._until: dict[Watched, float] = {}
        self._readers: dict[Watched, Callable[[], np.ndarray]] = {}
        self._next = -float("inf")

    @property
    def is_watched(self) -> bool:
        """Whether a page shows filters."""
        now = self._clock()
        return any(until > now for until in list(self._until.values()))

    @property
    def left_s(self) -> float:
        """Until the next picture is due; infinite where nobody looks."""
        return max(0.0, self._next - self._clock()) if self.is_watched else float("inf")

    def watch(self, path: str, channel: int) -> None:
        """A page shows the filters of a layer, for the next ten seconds; raises `ArgumentError` for one without."""
        key = path, channel
        if key not in self._readers:
            self._readers[key] = _reader(self._study, path, channel)
        self._until[key] = self._clock() + _LASTS_S
        while len(self._until) > _MOST_WATCHED:
            oldest = min(self._until, key=self._until.__getitem__)
            del self._until[oldest], self._readers[oldest]

    def show(self, step: int) -> None:
        """Tell the pages what the filters are after a step, where that is due. Only who makes the steps calls it."""
        now = self._clock()
        if now < self._next:
            return
        self._next = max(self._next + _EVERY_S, now)  # not later by what each came late
        for key, until in list(self._until.items()):
            read = self._readers.get(key)
            if until > now and read is not None:
                values = read()
                if values.nbytes <= _LARGEST:
                    told = {"layer": key[0], "channel": key[1], "step": step, "shape": values.shape}
                    bytes_ = b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()
                    told |= {"limit": limit_of(values), "kernels": bytes_}
                    self._study.events.tell("filters", told, newest=f"{key[1]} {key[0]}")


def watch(study: Any, asked: Asked) -> Response:
    """A page shows the filters of a layer: {"layer": "conv", "channel": 0}; to be said again within ten seconds."""
    sent = asked.sent()
    layer, channel = sent.get("layer"), sent.get("channel", 0)
    if not isinstance(layer, str) or not isinstance(channel, int) or isinstance(channel, bool) or channel < 0:
        raise ArgumentError("layer is a name, and channel the number of one that its filters read")
    study.live.watch(layer, channel)
    return JSONResponse({})


def kernels(study: Any, asked: Asked) -> Response:
    """The filters of a layer as they are now: `?channel=0` of those that they read."""
    path, channel = asked.path["layer"], asked.whole("channel", 0)
    layer, which = _bank(study, path)
    bank = filters(layer, which=which)
    _checked(path, channel, bank.kernel.shape[-2])
    values = bank.kernel[..., channel, :]
    owner = layer_at(study.opened, path)
    if layer is not owner:  # one within a model that is used as a layer
        which = f"{layer.name}/{which}"
    if which is not None:  # "one" is the filters of the weight "one/kernel"
        names = (bank.name for bank in banks_of(path, owner))
        which = next((name for name in names if f"{name}/".startswith(f"{which}/")), which)
    head = {"layer": path, "which": which, "channel": channel, "channels": bank.kernel.shape[-2]}
    head |= {"filters": bank.filters}
    message = packed({**head, "limit": limit_of(values)}, {"kernels": pictured(values)})
    return Response(message, media_type="application/octet-stream")


def limit_of(array: np.ndarray) -> float:
    """The magnitude that is darkest."""
    finite = array[np.isfinite(array)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def _bank(study: Shown, path: str) -> tuple[Layer, str | None]:
    """The layer that filters are of, and the name of their weight where it has several banks."""
    node = next((node for node in study.scene.nodes if node.path == path and node.banks), None)
    if node is None:
        raise ArgumentError(f"{path[:80]} has no filters that slide")
    return sliding_bank(path, layer_at(study.opened, path), list(node.banks))


def _reader(study: Shown, path: str, channel: int) -> Callable[[], np.ndarray]:
    """What gives the pictures of a layer's filters as they are whenever it is called."""
    read = kernel_reader(*_bank(study, path))
    _checked(path, channel, read().shape[-2])
    return lambda: pictured(read()[..., channel, :])


def _checked(path: str, channel: int, channels: int) -> None:
    if channel >= channels:
        raise ArgumentError(f"{path} reads channels 0 to {channels - 1}, got {channel}")
