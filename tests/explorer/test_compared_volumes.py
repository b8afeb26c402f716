"""Maps and filters of three axes side by side: each plane is a picture, told with the filters that it is of."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect
from trainings import rest

from pellucid import Input, Sequential, layers, set_random_seed
from pellucid.explorer import Learning, Samples, Study
from pellucid.explorer.wire import unpacked


@pytest.fixture
def study() -> Study:
    """Of a network for volumes, which has made a step."""
    set_random_seed(1)
    net = [Input((5, 4, 6, 1)), layers.Conv3D(3, (2, 3, 3), name="conv"), layers.GlobalAveragePooling3D(name="mean"),
           layers.Dense(2, activation="softmax", name="class")]  # fmt: skip
    x = np.random.default_rng(0).random((12, 5, 4, 6, 1)).astype(np.float32)
    y = np.arange(12) % 2
    study = Study(Sequential(net), Samples(x, y), Learning({"x": x[:8], "y": y[:8], "batch_size": 4}, (x[8:], y[8:])))
    study.training.start(1)
    rest(study.training)
    return study


def test_each_plane_is_told(client: httpx.Client, study: Study) -> None:
    """Which pair of filters, and which plane of them: the numbers are those of the maps and the kernel."""
    for what, values in (("maps", study.maps("conv").maps), ("filters", study.model.get_layer("conv").kernel.numpy())):
        head, arrays = unpacked(client.get(f"compare/{what}/conv?a=now&b=0").content)
        planes = values.shape[0]
        own = values if what == "maps" else values[..., 0, :]
        assert len(head["pairs"]) == len(head["planes"]) == len(head["likeness"]) == 3 * planes
        assert arrays["a"].shape == (*own.shape[1:3], 3 * planes)
        for place, ((one, _), plane) in enumerate(zip(head["pairs"], head["planes"], strict=True)):
            np.testing.assert_allclose(arrays["a"][..., place], own[plane, ..., one], atol=1e-6)
    head, _ = unpacked(client.get("compare/maps/class?a=now&b=0").content)
    assert head["pairs"] == [] and head["planes"] == []  # a row of all units


def test_on_the_page(page: Any) -> None:
    """Pictures of all planes; of units a row."""
    page.locator("[data-id=conv]").click()
    page.locator("#tab-compare").click()
    pairs = page.locator(".side-pair figcaption")
    expect(pairs.filter(has_text="plane 1")).to_have_count(3 * 2)  # of the filters and of the maps
    expect(pairs.filter(has_text="plane 3")).to_have_count(3)
    page.locator("[data-id=class]").click()
    page.locator("#tab-compare").click()
    expect(pairs.filter(has_text="unit by unit").first).to_be_visible()
