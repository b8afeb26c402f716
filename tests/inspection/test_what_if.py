"""What would be: held to a copy of the model that is changed in earnest, and to NumPy; the model stays, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Model, Sequential, filterbank, inspection, layers
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError
from pellucid.inspection import what_if
from pellucid.views import maps_text, what_if_text

RNG = np.random.default_rng(1)
X = RNG.normal(size=(8, 8, 2)).astype(np.float32)


def _model() -> Sequential:
    inner = Sequential([layers.Input((6, 6, 4)), layers.DepthwiseConv2D(2, name="deep")], name="inner")
    model = Sequential([
        layers.Input((8, 8, 2)), layers.Conv2D(4, 3, activation="relu", name="conv"), inner,
        layers.BatchNormalization(name="norm"), layers.Conv2DTranspose(3, 2, name="up", kernel_regularizer="l2"),
        layers.Flatten(), layers.Dense(3, activation="softmax", name="head"),
    ], name="net")  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def _truth(change: Any) -> list[np.ndarray]:
    """The maps of a model that is changed in earnest."""
    pellucid.clear_session()
    pellucid.set_random_seed(0)
    model = _model()
    change(model)
    return [each.maps for each in inspection.feature_maps(model, X)] + [model.evaluate(X[None], [2], verbose=0)]


def _same(tried: inspection.WhatIf, truth: list[Any]) -> None:
    found = {each.layer: each.maps for each in tried.after}
    for name, expected in zip(["input", "conv", "inner/deep", "norm", "up", "flatten", "head"], truth, strict=False):
        assert np.array_equal(found[name], expected), name
    assert np.array_equal(tried.outputs_after[0], truth[-2])
    assert tried.loss_after == pytest.approx(truth[-1], rel=1e-6)


NEW = RNG.normal(size=(3, 3, 2)).astype(np.float32)
CASES: dict[str, tuple[dict[Any, Any], Any]] = {
    "a filter by number": ({"conv": {2: 0.0}}, lambda m: m.layers[0].kernel.__setitem__((..., 2), 0.0)),
    "a filter by array": ({"conv": {1: NEW}}, lambda m: m.layers[0].kernel.__setitem__((..., 1), NEW)),
    "a filter by name": ({"conv": {-1: "sobel_x"}}, lambda m: m.layers[0].filter(3).set("sobel_x")),
    "a tap of a filter": ({"conv": {0: {(1, 2, 1): 5.0}}}, lambda m: m.layers[0].kernel.__setitem__((1, 2, 1, 0), 5.0)),
    "a tap of a kernel": ({"conv": {(1, 2): 5.0}}, lambda m: m.layers[0].kernel.__setitem__((1, 2), 5.0)),
    "a function": ({"conv": lambda k: -k}, lambda m: m.layers[0].kernel.assign(-m.layers[0].kernel.numpy())),
    "a bias": ({"conv": {"bias": {1: 3.0}}}, lambda m: m.layers[0].bias.__setitem__(1, 3.0)),
    "in a model inside": ({"inner/deep": {2: 0.0}}, lambda m: m.layers[1].layers[0].filter(2).set(np.zeros((2, 2)))),
    "of a transposed layer": ({"up": {1: 0.0}}, lambda m: m.layers[3].kernel.__setitem__(np.s_[:, :, 1], 0.0)),
    "an average": ({"norm": {"moving_mean": 2.0}}, lambda m: m.layers[2].moving_mean.assign(np.full(4, 2.0))),
    "a unit": ({"head": {0: 1.0}}, lambda m: m.layers[-1].kernel.__setitem__((..., 0), 1.0)),
    "several": (
        {"conv": {0: 0.0, 1: 0.0}, "head": {"bias": [1, 2, 3]}},
        lambda m: (m.layers[0].kernel.__setitem__(np.s_[..., :2], 0.0), m.layers[-1].bias.assign([1, 2, 3])),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_as_if_it_had_been_changed(case: str) -> None:
    changes, change = CASES[case]
    truth = _truth(change)
    pellucid.clear_session()
    pellucid.set_random_seed(0)
    tried = what_if(_model(), X, changes, 2)
    _same(tried, truth)
    before = _truth(lambda model: None)
    assert tried.loss_before == pytest.approx(before[-1], rel=1e-6) and np.array_equal(
        tried.outputs_before[0], before[-2]
    )


def test_pixels() -> None:
    """One pixel, one channel of it, all by an array or a function; bytes count as numbers."""
    model = _model()
    for value, expected in (
        ({(3, 4): 7.0}, np.where(np.indices((8, 8, 2))[:2].transpose(1, 2, 3, 0) == (3, 4), 1, 0).all(-1)),
        ({(3, 4, 1): 7.0}, (np.indices((8, 8, 2)).transpose(1, 2, 3, 0) == (3, 4, 1)).all(-1)),
    ):
        wanted = np.where(expected, np.float32(7.0), X)
        tried = what_if(model, X, {"input": value})
        assert np.array_equal(tried.after[0].maps, wanted)
        assert np.array_equal(tried.outputs_after[0], inspection.feature_maps(model, wanted)[-1].maps)
    flipped = what_if(model, X, {"input": lambda image: image[::-1]})
    assert np.array_equal(flipped.outputs_after[0], inspection.feature_maps(model, X[::-1])[-1].maps)
    photo = RNG.integers(0, 255, X.shape).astype(np.uint8)
    assert what_if(model, photo, {"input": {(0, 0): 0.5}}).after[0].maps[0, 0].tolist() == [0.5, 0.5]


def test_differences_by_hand() -> None:
    """A convolution is linear: what a changed tap adds is the change times the shifted input."""
    model = Sequential([layers.Input((8, 8, 2)), layers.Conv2D(3, 3, name="conv")])
    kernel = model.layers[0].kernel.numpy()
    tried = what_if(model, X, {"conv": {1: {(2, 0, 1): float(kernel[2, 0, 1, 1]) + 0.5}}}, engine="reference")
    wanted = np.zeros((6, 6, 3))
    wanted[..., 1] = 0.5 * X[2:, :6, 1]
    assert np.allclose(tried.difference[1].maps, wanted, atol=1e-6)
    assert tried.distances[1] == ("conv", pytest.approx(np.abs(wanted).max(), rel=1e-5))


@pytest.mark.parametrize("trained", [False, True])
def test_nothing_is_kept(trained: bool) -> None:
    """Weights, where they live, all of their states, the optimiser's numbers, and how training goes on."""

    def course(look: bool) -> list[Any]:
        pellucid.clear_session()
        pellucid.set_random_seed(0)
        model, x = _model(), np.stack([X] * 6)
        if trained:
            model.fit(x, np.arange(6) % 3, verbose=0)
        states = {weight.state for weight in model.weights}
        before = (
            [(weight.state.name, weight.offset) for weight in model.weights],
            {s.name: s.read().tobytes() for s in states},
        )
        settings = dict(vars(model))
        for changes, _ in CASES.values() if look else ():
            what_if(model, X, changes, 2)
            what_if(model, X, changes, engine="reference")
        after = (
            [(weight.state.name, weight.offset) for weight in model.weights],
            {s.name: s.read().tobytes() for s in states},
        )
        assert after == before and vars(model) == settings
        assert model.runtime.step == (1 if trained else 0)
        losses = model.fit(x, np.arange(6) % 3, epochs=2, verbose=0).history["loss"]
        return [losses, [array.tobytes() for array in model.get_weights()], pellucid.random.next_seed()]

    assert course(look=True) == course(look=False)


def test_several_inputs_and_outputs() -> None:
    a, b = layers.Input((4,), name="a"), layers.Input((3,), name="b")
    both = layers.Dense(2, name="left")(a) + layers.Dense(2, name="right")(b)
    model = Model([a, b], [layers.Dense(1, name="one")(both), layers.Dense(2, name="two")(both)])
    model.compile("sgd", "mse")
    x = {"a": RNG.normal(size=4), "b": RNG.normal(size=3)}
    tried = what_if(model, x, {"b": 0.0, "right": {"bias": 1.0}}, [[1.0], [0.0, 1.0]])
    (one, two) = (array[0] for array in model.predict({"a": x["a"][None], "b": np.zeros((1, 3))}))
    kernels = [model.get_layer(name).kernel.numpy() for name in ("one", "two")]
    assert np.allclose(tried.outputs_after[0], one + kernels[0].sum(axis=0), atol=1e-6)
    assert np.allclose(tried.outputs_after[1], two + kernels[1].sum(axis=0), atol=1e-6)
    losses = np.mean((tried.outputs_after[0] - 1.0) ** 2) + np.mean((tried.outputs_after[1] - [0, 1]) ** 2)
    assert tried.loss_after == pytest.approx(losses, rel=1e-5)
    assert what_if(model, [x["a"], x["b"]], {"b": 0.0}).before[0].layer == "a"


def test_a_class_of_ones_own() -> None:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.conv = layers.Conv2D(3, 3, name="own_conv")

        def call(self, x):  # type: ignore[no-untyped-def]
            return pellucid.activations.relu(self.conv(x))

    own = Own()
    own(X[None])
    tried = what_if(own, X, {own.conv: {0: 0.0}})
    assert not tried.outputs_after[0][..., 0].any() and tried.outputs_after[0][..., 1].any()


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "no dictionary": ([1], ArgumentTypeError, "changes is a dictionary, got .* say what is to change"),
    "nothing": ({}, ArgumentError, "changes is empty; say what"),
    "nothing of a layer": ({"conv": {}}, ArgumentError, "nothing is said of what is to change"),
    "a layer": ({"cnov": 0.0}, ArgumentError, "did you mean 'conv'"),
    "a weight": ({"conv": {"krenel": 0.0}}, ArgumentError, "unknown weight of Conv2D \"conv\".* 'kernel'"),
    "a filter": ({"conv": {9: 0.0}}, ArgumentError, "the number of a filter must be a whole number from -4 to 3"),
    "a position": ({"input": {(8, 0): 0.0}}, ArgumentError, r"shape \(8, 8, 2\); there is no position \(8, 0\)"),
    "a position in words": ({"input": {"top": 0.0}}, ArgumentTypeError, "a position is a tuple of whole numbers"),
    "a shape": ({"conv": np.zeros((3, 3))}, ShapeError, r"numbers of shape \(3, 3, 2, 4\), got shape \(3, 3\)"),
    "NaN": ({"conv": np.nan}, ArgumentError, "must be finite numbers"),
    "words": ({"conv": {"bias": "large"}}, ArgumentTypeError, "is to be a number"),
    "no weights": ({"flatten": 0.0}, ArgumentError, "has no weights that could be changed"),
    "which weight": ({"norm": 0.0}, ArgumentError, "has several weights, gamma, beta, .* say which"),
    "no filters": ({"norm": {0: 0.0}}, ArgumentError, r"has no filters: .*change a weight.*: {'norm': {'gamma'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_changed(case: str) -> None:
    changes, error, message = BAD[case]
    with pytest.raises(error, match=message):
        what_if(_model(), X, changes)


def test_what_cannot_be_computed() -> None:
    model = Sequential([layers.Input((8, 8, 2)), layers.Conv2D(4, 3, name="conv")], name="net")
    with pytest.raises(ArgumentError, match="net must be compiled before a loss can be computed"):
        what_if(model, X, {"conv": 0.0}, 1)
    with pytest.raises(DataError, match="was built for samples of shape"):
        what_if(model, X[..., :1], {"conv": 0.0})
    with pytest.raises(ArgumentError, match="does not know its input shape"):
        what_if(Sequential([layers.Dense(2)]), X, {"dense": 0.0})


def test_text_has_the_numbers_of_the_record() -> None:
    tried = what_if(_model(), X, {"conv": {2: filterbank.get("sobel_x")[..., None] * np.ones(2)}}, 2)
    text = what_if_text(tried, width=70)
    for layer, distance in tried.distances:
        assert any(line.split()[:1] == [f"{distance:.4g}"] and line.endswith(layer) for line in text.split("\n"))
    assert f"loss {tried.loss_before:.4g}, would be {tried.loss_after:.4g}" in text
    assert f"{tried.outputs_after[0][1]:.4g}" in text
    assert maps_text(tried.difference)
    with pytest.raises(ValueError):
        tried.outputs_after[0][0] = 1.0
