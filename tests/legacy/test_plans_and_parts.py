"""`plot_model` and `split_dataset`: what is drawn is the model, what is divided is all there was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pellucid import Input, Model, layers, utils
from pellucid.errors import ArgumentError
from pellucid.utils.model_plan import model_to_figure


def branched() -> Model:
    a = Input((8, 8, 1), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="conv")(a)
    y = layers.BatchNormalization(name="norm")(x)
    return Model(a, layers.Dense(2, name="out")(layers.Flatten(name="flat")(layers.Add(name="sum")([x, y]))))


def test_each_layer_is_a_box_and_each_way_an_arrow(tmp_path: Path) -> None:
    figure = model_to_figure(branched(), show_shapes=True)
    axes = figure.axes[0]
    boxes = [text.get_text() for text in axes.texts if text.get_text()]
    assert boxes[0] == "image (InputLayer)\n(None, 8, 8, 1)" and boxes[-1] == "out (Dense)\n(None, 2)"
    assert len(boxes) == len(axes.patches) == 6
    assert sum(not text.get_text() for text in axes.texts) == 6  # five below each other, one shortcut
    (lane,) = axes.lines
    rightmost = max(patch.get_window_extent().x1 for patch in axes.patches)
    assert axes.transData.transform((max(lane.get_xdata()), 0))[0] > rightmost  # beside the boxes, not behind them
    utils.plot_model(branched(), tmp_path / "model.png", dpi=50)
    assert PIL.Image.open(tmp_path / "model.png").width > 50


def test_boxes_do_not_overlap() -> None:
    figure = model_to_figure(branched())
    extents = [patch.get_window_extent() for patch in figure.axes[0].patches]
    for number, first in enumerate(extents):
        assert not any(first.overlaps(other) for other in extents[number + 1 :])
        assert figure.bbox.x0 <= first.x0 and first.x1 <= figure.bbox.x1 and figure.bbox.y0 <= first.y0


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(ArgumentError, match="plot_model draws a model"):
        utils.plot_model(3)
    with pytest.raises(ArgumentError, match="rankdir='TB'"):
        utils.plot_model(branched(), rankdir="LR")
    with pytest.raises(ArgumentError, match="to_file ends in"):
        utils.plot_model(branched(), "model.txt")


def test_parts_of_a_data_set() -> None:
    x, y = np.arange(10.0), np.arange(10)
    left, right = utils.split_dataset((x, y), left_size=0.7, shuffle=True, seed=1)
    assert (len(left), len(right)) == (7, 3)
    assert sorted(float(a) for part in (left, right) for a, _ in part) == x.tolist()
    assert all(float(a) == int(b) for part in (left, right) for a, b in part)
    assert [len(part) for part in utils.split_dataset(x, right_size=4)] == [6, 4]
    with pytest.raises(ArgumentError, match="needs left_size or right_size"):
        utils.split_dataset(x)
    with pytest.raises(ArgumentError, match="8 and 4 samples of 10"):
        utils.split_dataset(x, 8, 4)


def test_a_plan_makes_pictures_and_text(tmp_path: Path) -> None:
    """As courses show it: `SVG(model_to_dot(model).create(prog="dot", format="svg"))`, without Graphviz."""
    plan = utils.model_to_dot(branched(), show_shapes=True, dpi=50)
    svg = plan.create(prog="dot", format="svg")
    assert svg == plan.create_svg() or svg.count(b"<path") == plan.create_svg().count(b"<path")
    assert svg.startswith(b"<?xml") and b"<svg" in plan._repr_svg_().encode()
    assert plan.write_png(tmp_path / "model.png") and PIL.Image.open(tmp_path / "model.png").width > 50
    text = plan.to_string()
    assert text.count("->") == 6 and 'label="conv (Conv2D)\\n(None, 8, 8, 4)"' in text
    plan.write(tmp_path / "model.dot")
    assert (tmp_path / "model.dot").read_text() == text
    with pytest.raises(ArgumentError, match="format"):
        plan.create(format="bmp")
    with pytest.raises(ArgumentError, match="model_to_dot: a plan is whole here"):
        utils.model_to_dot(branched(), subgraph=True)
    with pytest.raises(ArgumentError, match="model_to_dot draws a model, got 3"):
        utils.model_to_dot(3)
