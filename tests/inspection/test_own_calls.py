"""Models whose `call` users wrote are looked into layer by layer, and are as they were when somebody has looked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, Sequential, inspection, layers, ops
from pellucid.errors import ArgumentError

RNG = np.random.default_rng(3)
X = RNG.random((12, 8, 8, 2), dtype=np.float32)
Y = np.arange(12) % 3


class Own(Model):
    """A convolution, dropout that is told the form, a function, a model inside, a dense layer that is used twice."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.conv = layers.Conv2D(3, 3, activation="relu", name="conv")
        self.drop = layers.Dropout(0.5, name="drop")
        parts = [Input((6, 6, 3)), layers.Conv2D(2, 3, name="second"), layers.Flatten(name="flat")]
        self.inner = Sequential(parts, name="inner")
        self.row, self.end = layers.Dense(32, name="row"), layers.Dense(3, activation="softmax", name="end")

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        maps = self.drop(self.conv(inputs), training=training)
        flat = self.inner(maps) * 2.0
        return self.end(ops.tanh(self.row(self.row(flat))))


@pytest.fixture
def own() -> Model:
    pellucid.clear_session()
    pellucid.set_random_seed(5)
    model = Own()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    return model


def test_every_layer_answers(own: Model) -> None:
    """Held to NumPy, and to what the model predicts."""
    found = {(record.layer, record.maps.shape): record.maps for record in inspection.feature_maps(own, X[0])}
    windows = np.lib.stride_tricks.sliding_window_view(X[0], (3, 3), (0, 1))
    conv = own.get_layer("conv")
    maps = np.maximum(np.einsum("ijcab,abcf->ijf", windows, conv.kernel.numpy()) + conv.bias.numpy(), 0)
    np.testing.assert_allclose(found["conv", (6, 6, 3)], maps, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found["end", (3,)], own.predict(X[:1], verbose=0)[0], rtol=1e-5)
    (inside,) = inspection.feature_maps(own, X[0], "inner/second")
    assert inside.maps.shape == (4, 4, 2)
    assert len(inspection.feature_maps(own, X[0], "row")) == 2


def test_values_come_about_as_everywhere(own: Model) -> None:
    conv = own.get_layer("conv")
    value = inspection.arithmetic(own, conv, X[0], (1, 2), 1)
    sums = (X[0, 1:4, 2:5].astype(np.float64) * conv.kernel.numpy()[..., 1]).sum() + conv.bias.numpy()[1]
    assert value.total == pytest.approx(sums) and value.engine_value == pytest.approx(max(sums, 0), abs=1e-6)
    first = inspection.trace(own, "end", X[0], filter=2).values[0]
    assert first.value == pytest.approx(own.predict(X[:1], verbose=0)[0, 2], rel=1e-5)
    parts = inspection.partial_maps(own, "inner/second", X[0], 1)
    np.testing.assert_allclose(parts.total, inspection.feature_maps(own, X[0], "inner/second")[0].maps[..., 1], 1e-4)
    assert inspection.receptive_field(own, "inner/second", (0, 0), 1).size == (5, 5)
    patches = inspection.top_patches(own, X, "conv", count=1)
    answers = np.stack([record.maps for record in inspection.feature_maps(own, X, "conv")])
    np.testing.assert_allclose(patches.values[:, 0], answers.max(axis=(0, 1, 2))[patches.units], rtol=1e-5)
    tried = inspection.what_if(own, X[0], {"conv": {1: 0.0}}, y=0)
    maps = {record.layer: record.maps for record in tried.after}
    assert not maps["conv"][..., 1].any() and maps["conv"][..., 0].any()
    assert tried.loss_before == pytest.approx(own.evaluate(X[:1], Y[:1], verbose=0), rel=1e-5)


def test_faults_and_what_matters_are_those_of_layers(own: Model) -> None:
    """A dead unit is told with its layer; without it the loss is that of the model whose weights of it are 0."""
    conv = own.get_layer("conv")
    conv.bias[2] = -50.0
    assert [(each.layer, each.filter) for each in inspection.lint(own, X).of("dead")] == [("conv", 2)]
    found = inspection.importance(own, (X, Y), "conv")
    before = own.evaluate(X, Y, verbose=0)
    conv.kernel[..., 0], conv.bias[0] = 0.0, 0.0
    assert found.added[0] == pytest.approx(own.evaluate(X, Y, verbose=0) - before, abs=1e-5)
    assert found.added[2] == 0.0
    matched = inspection.compare(own, own, X, layers=["conv"]).layers[0].match
    assert matched.tolist()[1] == 1


def test_looking_changes_nothing() -> None:
    """No name is taken, no seed drawn, no use remembered, and training goes on to the same bits."""
    weights, names = [], []
    for is_looked_at in (False, True):
        pellucid.clear_session()
        pellucid.set_random_seed(5)
        model = Own()
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(X, Y, verbose=0)
        uses = [len(layer.calls) for layer in model.layers]
        if is_looked_at:
            inspection.feature_maps(model, X[0], training=True)
            inspection.arithmetic(model, "conv", X[0], (1, 2), 1)
            inspection.saliency(model, X[0], "gradcam")
        assert [len(layer.calls) for layer in model.layers] == uses
        model.fit(X, Y, verbose=0)
        fresh = layers.Dense(2)
        fresh.build((None, 3))
        weights.append([*model.get_weights(), *fresh.get_weights()])
        names.append([fresh.name, ops.tanh(Input((2,))).call.layer.name])
    assert names[0] == names[1]
    assert all(np.array_equal(one, other) for one, other in zip(*weights, strict=True))


def test_a_call_that_needs_numbers_is_told() -> None:
    class Penalised(Model):
        def __init__(self) -> None:
            super().__init__(name="penalised")
            self.conv = layers.Conv2D(2, 3, name="conv")

        def call(self, inputs: Any) -> Any:
            maps = self.conv(inputs)
            self.add_loss(ops.mean(maps))
            return maps

    model = Penalised()
    model.build((None, 8, 8, 2))
    with pytest.raises(
        ArgumentError, match=r"'conv' is used in a call\(\) of the user's own.* Model\(inputs, outputs\)"
    ):
        inspection.arithmetic(model, "conv", X[0], (0, 0), 1)
    assert len(inspection.equivariance(model, X[0]).layers) == 2
