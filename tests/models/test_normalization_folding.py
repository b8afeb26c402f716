"""Batch normalisation behind a convolution costs nothing when a model predicts: it goes into kernel and bias."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid import Input, Model, Sequential, layers
from pellucid.graph import Graph, ops, optimize, windows
from pellucid.network import forward_graph

BATCH = 90
"""A kernel that has more numbers than the result is left alone; with as many samples none here has."""


def _conv_norm(rank: int, norm: dict[str, Any], relu: bool, **conv: Any) -> list[layers.Layer]:
    return [
        getattr(layers, f"Conv{rank}D")(**conv),
        layers.BatchNormalization(**norm),
        *([layers.ReLU()] if relu else []),
    ]


def _with_random_weights(model: Model, seed: int = 0) -> Model:
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        values = rng.normal(size=weight.shape) if weight.learned else rng.uniform(0.3, 2.0, weight.shape)
        weight.assign(values)
    return model


def _optimized(model: Model, batch: int) -> Graph:
    return optimize(forward_graph(model.network, [(batch, *model.input_shape[1:])]))  # type: ignore[misc, list-item]


def _work_per_image(graph: Graph) -> list[ops.Op]:
    """The operations whose results have a batch axis: what is computed anew for each image."""
    batch = graph.nodes[0].outputs[0].shape[0]
    return [
        node.op
        for node in graph.nodes
        if not isinstance(node.op, ops.Leaf) and any(tensor.shape[:1] == (batch,) for tensor in node.outputs)
    ]


def _check_predictions(model: Model, x: np.ndarray) -> None:
    """As the reference engine computes them, which runs the nodes as they stand."""
    found, expected = model.predict(x), model.predict(x, engine="reference")
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found / scale, expected / scale, atol=2e-6)


@settings(max_examples=300)
@given(st.data(), st.integers(1, 3), st.integers(0, 2**16))
def test_folded_models_predict_the_same(data: st.DataObject, rank: int, seed: int) -> None:
    """Any geometry: the convolution takes all of it in, and ReLU too."""
    groups, relu = data.draw(st.integers(1, 3)), data.draw(st.booleans())
    channels, filters = groups * data.draw(st.integers(1, 3)), groups * data.draw(st.integers(1, 4))
    conv = {
        "filters": filters, "kernel_size": data.draw(st.integers(1, 3)), "strides": data.draw(st.integers(1, 2)),
        "padding": data.draw(st.sampled_from(["valid", "same"])), "groups": groups,
        "use_bias": data.draw(st.booleans()),
    }  # fmt: skip
    norm = {"center": data.draw(st.booleans()), "scale": data.draw(st.booleans()), "epsilon": 0.01}
    size = tuple(data.draw(st.tuples(*[st.integers(4, 7)] * rank)))
    model = Sequential([Input((*size, channels)), *_conv_norm(rank, norm, relu, **conv)], seed=1)
    _with_random_weights(model, seed)
    x = np.random.default_rng(seed).normal(size=(BATCH, *size, channels)).astype(np.float32)
    _check_predictions(model, x)
    assert [type(op) for op in _work_per_image(_optimized(model, BATCH))] == [windows.FusedConvolution]


def _small_network() -> Model:
    image = Input((12, 11, 3))
    x = image
    for filters in (8, 8, 16):
        for layer in _conv_norm(2, {}, True, filters=filters, kernel_size=3, padding="same", use_bias=False):
            x = layer(x)
        x = layers.MaxPooling2D(2)(x) if filters == 8 else x
    return Model(image, layers.Dense(5, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


def test_a_network_of_convolutions_and_normalisations() -> None:
    """No elementwise pass is left between the convolutions; they stand as fused ones, with ReLU."""
    model = _with_random_weights(_small_network())
    _check_predictions(model, np.random.default_rng(0).normal(size=(20, 12, 11, 3)).astype(np.float32))
    work = _work_per_image(_optimized(model, 20))
    convolutions = [op for op in work if isinstance(op, windows.FusedConvolution | windows.ConvolutionMaxPool)]
    assert len(convolutions) == 3 and all(op.relu for op in convolutions)
    head = work.index(convolutions[-1]) + 1
    assert not any(isinstance(op, ops.Chain | ops.Elementwise) for op in work[:head])


def test_evaluation_is_folded_too() -> None:
    """Frozen layers in training act as in prediction, so they are taken in as well."""
    model = Sequential([Input((6, 6, 2)), *_conv_norm(2, {}, True, filters=3, kernel_size=3)])
    model.layers[1].trainable = False
    graph = optimize(forward_graph(model.network, [(9, 6, 6, 2)], training=True))
    assert [type(op) for op in _work_per_image(graph)] == [windows.FusedConvolution]


def test_along_the_first_axis() -> None:
    """`axis=1` scales channels that come first; it is not taken in, and right all the same."""
    first = {"data_format": "channels_first", "padding": "same"}
    model = Sequential([Input((2, 6, 5)), *_conv_norm(2, {"axis": 1}, True, filters=3, kernel_size=3, **first)])
    _with_random_weights(model)
    _check_predictions(model, np.random.default_rng(0).normal(size=(7, 2, 6, 5)).astype(np.float32))


def test_the_kernel_that_users_see_stays() -> None:
    """Folding changes what is computed, not the weights."""
    model = _with_random_weights(_small_network())
    before = model.get_weights()
    model.predict(np.zeros((3, 12, 11, 3)))
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
