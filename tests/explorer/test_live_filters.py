"""The filters of layers while they train: a picture for all pages, as often as it is due, as long as somebody looks."""

from __future__ import annotations

import json
from base64 import b64decode

import httpx
import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError
from pellucid.explorer import Samples, Study
from pellucid.explorer.live import Live
from pellucid.inspection import filters


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def _told(lines: list[str]) -> list[dict[str, object]]:
    return [json.loads(line.split("data: ")[1]) for line in lines if line.startswith("event: filters")]


def test_thirty_times_a_second(study: Study) -> None:
    """Steps of 18 ms are shown 32 times a second in the mean; ten seconds after somebody looked no more."""
    clock = Clock()
    live = Live(study, clock)
    page, other = study.events.subscribe(), study.events.subscribe()
    live.show(0)
    assert page.waiting() == [] and live.left_s == float("inf")
    live.watch("conv", 0)
    shown = 0
    for step in range(1, 501):
        clock.now = 0.018 * step
        live.show(step)
        shown += len(page.waiting())
    assert 287 <= shown <= 291
    (told,) = _told(other.waiting())  # who reads slowly gets the last one
    kernels = filters(study.model.get_layer("conv")).kernel[..., 0, :]
    assert (told["layer"], told["step"], told["shape"]) == ("conv", 500, [3, 3, 6])
    values = np.frombuffer(b64decode(str(told["kernels"])), "<f4").reshape(3, 3, 6)
    assert np.array_equal(values, kernels)
    assert told["limit"] == float(np.abs(kernels).max())
    clock.now = 10.1
    live.show(501)
    assert page.waiting() == [] and not live.is_watched


def test_of_whatever_has_filters() -> None:
    """What `filters` gives, of banks that have names and of layers inside."""
    inner = Sequential([layers.Input((8, 8, 2)), layers.SeparableConv2D(3, 3, name="sep")], name="inner")
    x = Input((8, 8, 2))
    model = Model(x, layers.Conv2DTranspose(5, 3, name="up")(inner(x)))
    study = Study(model, Samples(np.zeros((1, 8, 8, 2), np.float32)))
    page = study.events.subscribe()
    study.live.watch("up", 1)
    study.live.watch("inner/sep", 0)
    study.live.show(1)
    up, sep = _told(page.waiting())
    assert up["shape"] == [3, 3, 5] and sep["shape"] == [3, 3, 2]  # of the depthwise ones, that come first
    values = np.frombuffer(b64decode(str(up["kernels"])), "<f4").reshape(3, 3, 5)
    assert np.array_equal(values, filters(model.get_layer("up")).kernel[..., 1, :])
    with pytest.raises(ArgumentError, match="channels 0 to 2, got 7"):
        study.live.watch("up", 7)


_NO_FILTERS = [{}, {"layer": 3}, {"layer": "pool"}, {"layer": "x" * 9999}]
_NO_CHANNELS = [{"layer": "conv", "channel": each} for each in (True, -1, 10**30)]


@pytest.mark.parametrize("sent", [*_NO_FILTERS, *_NO_CHANNELS])
def test_what_cannot_be_watched(client: httpx.Client, sent: dict[str, object]) -> None:
    """Is refused in a sentence."""
    answer = client.post("training/watch", json=sent)
    assert answer.status_code == 400 and len(answer.json()["error"]) < 400
