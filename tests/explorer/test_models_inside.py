"""Where boxes stand; models inside as frames that close and open; many layers, of which those in sight are drawn."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, set_random_seed
from pellucid.explorer import Samples, Study, serve
from pellucid.explorer.scene import SceneNode, scene_of


def residual() -> Model:
    """A block with a skip, which is used twice, and a branch within another model."""
    set_random_seed(2)
    start, given, seen = Input((8, 8, 1)), Input((8, 8, 2), name="given"), Input((8, 8, 2), name="seen")
    y = layers.Conv2D(2, 3, padding="same", name="a")(given)
    block = Model(
        given, layers.Add(name="add")([given, layers.Conv2D(2, 3, padding="same", name="b")(y)]), name="block"
    )
    left, right = layers.Conv2D(2, 1, name="left")(seen), block(layers.ReLU(name="right")(seen))
    fork = Model(seen, layers.Concatenate(name="join")([left, right]), name="fork")
    x = layers.Conv2D(2, 3, padding="same", name="stem")(start)
    x = fork(block(x))
    return Model(start, layers.Dense(3, name="out")(layers.Flatten(name="flat")(x)), name="net")


def overlapping(nodes: list[SceneNode] | tuple[SceneNode, ...]) -> list[tuple[str, str]]:
    """Boxes that stand on each other."""
    return [
        (a.id, b.id) for number, a in enumerate(nodes) for b in nodes[:number]
        if a.column == b.column and abs(a.row - b.row) < 0.99
    ]  # fmt: skip


def test_boxes_and_frames() -> None:
    """No two boxes meet, all stand behind what feeds them, and frames hold theirs and no others."""
    model = residual()
    sample = np.zeros((8, 8, 1))
    for closed in ((), ("block",), ("fork/block",), ("fork",), ("fork", "block")):
        scene = scene_of(model, sample, closed)
        by_id = {node.id: node for node in scene.nodes}
        assert overlapping(scene.nodes) == []
        for arrow in scene.arrows:
            assert by_id[arrow.source].column < by_id[arrow.target].column
        for group in scene.groups:
            inside = {n.id for n in scene.nodes if group.column <= n.column < group.column + group.columns
                      and group.row <= n.row < group.row + group.rows}  # fmt: skip
            if group.is_closed:
                assert inside == {group.id}
            else:
                assert inside == {
                    n.id for n in scene.nodes if n.group == group.id or n.group.startswith(f"{group.id}/")
                }
    assert [node.id for node in scene.nodes] == ["input", "stem", "block", "fork", "flat", "out"]
    assert by_id["block"].count == model.get_layer("block").count_params()


def test_arrows_pass_around_boxes() -> None:
    """A skip has a lane of its own above the boxes that it passes; neighbours are joined straight."""
    lanes = {(arrow.source, arrow.target): arrow.lane for arrow in scene_of(residual(), np.zeros((8, 8, 1))).arrows}
    assert lanes["stem", "block/add"] == 0
    assert lanes["block/a", "block/b"] is None


@pytest.fixture
def study() -> Study:
    """Of models inside."""
    return Study(residual(), Samples(np.random.default_rng(0).random((2, 8, 8, 1))))


def test_close_and_open(page: Any, study: Study) -> None:
    """A frame closes to a box with the maps of its last layer, and opens again; the address keeps it."""
    page.locator("button[data-group='fork/block']").click()
    page.wait_for_selector("[data-id='fork/block']")
    assert page.locator("[data-id='fork/block/a']").count() == 0
    assert f"closed={quote(json.dumps(['fork/block']), safe='')}" in page.url
    page.reload()
    page.wait_for_selector("[data-id='fork/block'] canvas")
    page.locator("[data-id='fork/block']").click()
    page.wait_for_selector("h2:has-text('fork/block/add')")
    assert page.locator("[data-id='fork/block']").get_attribute("aria-current") == "true"
    page.get_by_role("button", name="Open fork/block").click()
    page.wait_for_selector("[data-id='fork/block/add'][aria-current=true]")


def test_keys_lead_from_box_to_box(page: Any) -> None:
    """Along the arrows, to the ends, and into the layer."""
    page.locator("[data-id=input]").focus()
    for key, to in (
        ("ArrowRight", "stem"),
        ("ArrowRight", "block/a"),
        ("End", "out"),
        ("ArrowLeft", "flat"),
        ("Home", "input"),
    ):
        page.keyboard.press(key)
        assert page.evaluate("() => document.activeElement.dataset.id") == to
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2:has-text('stem')")


def test_zoom(page: Any) -> None:
    """Around the pointer by the wheel, by keys, and to the width; dragging moves and is no click."""
    box = page.locator("[data-id='block/a']")
    before = box.bounding_box()
    x, y = before["x"] + 20, before["y"] + 30
    page.mouse.move(x, y)
    page.mouse.wheel(0, -200)
    page.wait_for_function("() => document.querySelector('.plane').style.zoom > 1.4")
    after = box.bounding_box()
    zoom = after["width"] / before["width"]
    assert zoom == pytest.approx(float(page.locator(".plane").evaluate("p => p.style.zoom")), rel=0.02)
    assert after["x"] == pytest.approx(x - zoom * (x - before["x"]), abs=3)
    page.mouse.down()
    page.mouse.move(x - 80, y)
    page.mouse.up()
    assert box.bounding_box()["x"] == pytest.approx(after["x"] - 80, abs=3)
    assert "layer=" not in page.url
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Fit to the width (f)").click()
    inside = page.locator("#network").bounding_box()
    last = page.locator("[data-id=out]").bounding_box()
    assert last["x"] + last["width"] <= inside["x"] + inside["width"]


def test_a_hundred_layers(browser: Any) -> None:
    """Only boxes in sight have maps; those that come into sight get theirs."""
    deep = Sequential(
        [layers.Input((6, 6, 1)), *(layers.Conv2D(2, 3, padding="same", name=f"c{n}") for n in range(99))]
    )
    with serve(Study(deep, Samples(np.ones((1, 6, 6, 1))))) as served:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(served.address)
        page.wait_for_selector("html[data-ready]")
        assert page.locator(".box").count() == 100
        assert 7 <= page.locator(".box:has(canvas)").count() < 20
        page.locator("[data-id=c98]").scroll_into_view_if_needed()
        page.wait_for_selector("[data-id=c98] canvas")
        assert page.locator("[data-id=c50] canvas").count() == 0
        page.close()
