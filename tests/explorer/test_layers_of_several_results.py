"""A layer that gives several results: what reads its second is explained by the second, and ways back end at it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, layers, set_random_seed
from pellucid.explorer import Samples, Study
from pellucid.explorer.asked import Asked
from pellucid.explorer.keeping import kept_picture
from pellucid.explorer.touching import partial, value, way
from pellucid.explorer.wire import unpacked


class Both(layers.Layer):
    """Its input in two ways."""

    def call(self, x: Any) -> Any:
        """What it gives."""
        return x * 2.0, x * -3.0


@pytest.fixture
def halves() -> Study:
    """A convolution of each of two results."""
    set_random_seed(1)
    x = Input((5, 5, 2))
    first, second = Both(name="both")(x)
    model = Model(x, [layers.Conv2D(3, 3, name="conv")(second), layers.Conv2D(3, 3, name="first")(first)])
    return Study(model, Samples(np.random.default_rng(0).random((1, 5, 5, 2), np.float32)))


def _asked(layer: str) -> Asked:
    return Asked({"layer": layer}, {"at": "1,1,1"}, b"")


def test_what_reads_the_second(halves: Study) -> None:
    """Its sum is made of the second, and so is what each channel adds."""
    head, _ = unpacked(bytes(value(halves, _asked("conv")).body))
    assert np.isclose(head["value"], head["number"], atol=1e-5)
    _, arrays = unpacked(bytes(partial(halves, _asked("conv")).body))
    assert np.allclose(arrays["maps"].sum(-1), halves.maps("conv").maps[..., 1], atol=1e-5)


def test_what_is_read_leads_to_where_it_stands(halves: Study) -> None:
    """The maps of the box are the first result: a number of the second is not there."""
    for layer, is_there in (("first", True), ("conv", False)):
        head, _ = unpacked(bytes(value(halves, _asked(layer)).body))
        cells = [cell for cell in head["grids"]["to"] if cell is not None]
        assert bool(cells) == is_there


def test_ways_end_at_it(halves: Study) -> None:
    """What cannot be told of it is said; what comes behind it is told up to there, and drawn."""
    head, _ = unpacked(bytes(value(halves, _asked("both")).body))
    assert head["said"] == "both gives 2 results; layers that give one are told term by term."
    steps = json.loads(bytes(way(halves, _asked("conv")).body))["steps"]
    assert [step["layer"] for step in steps] == ["conv"]
    steps = json.loads(bytes(way(halves, _asked("first")).body))["steps"]
    assert [step["layer"] for step in steps] == ["first", "both"]
    drawn = kept_picture(halves, Asked({}, {"of": "trace", "layer": "conv", "value": "1,1,1"}, b""))
    assert bytes(drawn.body).startswith(b"\x89PNG")
