"""Weights out of files of other systems tell which file, and which layer, whatever way the converter gave them."""

from __future__ import annotations

from pathlib import Path

from pellucid import Sequential, conversion, layers


def test_weights_that_a_converter_hands_to_layers(tmp_path: Path) -> None:
    body = [layers.Conv2D(2, 3, name="conv"), layers.BatchNormalization(name="norm")]
    model = Sequential([layers.Input((6, 6, 1)), *body, layers.Flatten(), layers.Dense(2, name="head")])
    model.export(tmp_path / "net.onnx", format="onnx", verbose=False)
    read, _ = conversion.load(tmp_path / "net.onnx")
    stories = {str(weight.story.of()) for layer in read.layers for weight in layer.own_weights}
    assert {"loaded from net.onnx (conv)", "loaded from net.onnx (head)"} <= stories
    assert not any("set by" in story for story in stories)
    assert str(read.get_layer("conv").filter(1).provenance) == "loaded from net.onnx (conv)"
