"""A block, a layer of a user's own that holds others: its layers have boxes, are touched, edited and trained."""

from __future__ import annotations

import json
from typing import Any

import httpx
import numpy as np
import pytest

from pellucid import Input, Model, layers, set_random_seed
from pellucid.explorer import Samples, Study, serve
from pellucid.explorer.asked import Asked
from pellucid.explorer.keeping import kept_picture
from pellucid.explorer.teaching import book_page
from pellucid.explorer.touching import field, partial, value, way
from pellucid.explorer.wire import unpacked

RNG = np.random.default_rng(0)
X, Y = RNG.random((24, 8, 8, 3), np.float32), np.arange(24) % 3


class Residual(layers.Layer):
    """Two convolutions, and what they were given."""

    def __init__(self, filters: int, **options: Any) -> None:
        super().__init__(**options)
        self.first = layers.Conv2D(filters, 3, padding="same", activation="relu", name="first")
        self.drop = layers.Dropout(0.5, name="drop")
        self.second = layers.Conv2D(filters, 3, padding="same", name="second")
        self.sum = layers.Add(name="sum")

    def call(self, x: Any, training: bool | None = None) -> Any:
        """The second on the first, beside the input."""
        return self.sum([x, self.second(self.drop(self.first(x), training=training))])


class Stage(layers.Layer):
    """A block of blocks, in a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.blocks = [Residual(4, name="one"), Residual(4, name="two")]

    def call(self, x: Any) -> Any:
        """One after the other."""
        for block in self.blocks:
            x = block(x)
        return x

    def filter_at(self, path: str) -> Any:
        """The convolution that is called so from outside."""
        _, block, name = path.split("/")
        return getattr(next(each for each in self.blocks if each.name == block), name)


class Own(Model):
    """A model with a `call` of its own that has such blocks."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.stem, self.stage = layers.Conv2D(4, 3, name="stem"), Stage(name="stage")
        self.mean, self.end = (
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(3, activation="softmax", name="end"),
        )

    def call(self, x: Any, training: bool | None = None) -> Any:
        """One after the other."""
        return self.end(self.mean(self.stage(self.stem(x))))


def _described() -> Model:
    x = Input((8, 8, 3))
    y = Stage(name="stage")(layers.Conv2D(4, 3, name="stem")(x))
    return Model(x, layers.Dense(3, activation="softmax", name="end")(layers.GlobalAveragePooling2D(name="mean")(y)))


@pytest.fixture(params=["described", "own"])
def study(request: Any) -> Study:
    set_random_seed(1)
    model = _described() if request.param == "described" else Own()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    return Study(model, Samples(X, Y))


def _conv(x: np.ndarray, layer: Any) -> np.ndarray:
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (0, 1))
    found: np.ndarray = np.einsum("ijcab,abcf->ijf", windows, layer.kernel.numpy()) + layer.bias.numpy()
    return found


def _asked(layer: str, at: str = "2,3,1", **further: str) -> Asked:
    return Asked({"layer": layer}, {"at": at, **further}, b"")


def test_layers_of_blocks_have_boxes(study: Study) -> None:
    """Their maps are those that NumPy computes from the maps before; the answer is what the model predicts."""
    ids = [node.id for node in study.scene.nodes]
    inside = [f"stage/{block}/{name}" for block in ("one", "two") for name in ("first", "drop", "second", "sum")]
    assert ids == ["input", "stem", *inside, "mean", "end"]
    one = study.model.get_layer("stage").blocks[0]
    stem = study.maps("stem").maps
    first = np.maximum(_conv(stem, one.first), 0.0)
    np.testing.assert_allclose(study.maps("stage/one/first").maps, first, atol=1e-5)
    np.testing.assert_allclose(study.maps("stage/one/sum").maps, stem + _conv(first, one.second), atol=1e-5)
    np.testing.assert_allclose(study.maps("end").maps, study.model.predict(X[:1], verbose=0)[0], atol=1e-6)


def test_values_are_touched(study: Study) -> None:
    """Their sums, what each channel adds, the way back and the fields lead through the layers of the blocks."""
    for layer in ("stage/one/second", "stage/two/first"):
        head, _ = unpacked(bytes(value(study, _asked(layer)).body))
        assert head["value"] == pytest.approx(float(study.maps(layer).maps[2, 3, 1]), abs=1e-5)
        _, arrays = unpacked(bytes(partial(study, _asked(layer)).body))
        maps = study.maps(layer).maps[..., 1]
        bias = study.model.get_layer("stage").filter_at(layer).bias.numpy()[1]
        total = arrays["maps"].sum(-1) + bias
        np.testing.assert_allclose(np.maximum(total, 0.0) if layer.endswith("first") else total, maps, atol=1e-5)
        steps = json.loads(bytes(way(study, _asked(layer)).body))["steps"]
        assert steps[0]["layer"] == layer
        assert steps[-1]["layer"] == "input"
        boxes = json.loads(bytes(field(study, _asked(layer)).body))["boxes"]
        assert {"stage/one/first", "input"} <= set(boxes)


def test_edits_act_and_are_told(study: Study) -> None:
    """What changed is told of layers in other blocks too, and the answer is what the model then says."""
    with serve(study) as served:
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
            sent = {"layer": "stage/one/first", "number": 0, "do": "numbers", "at": 4, "value": 3.0}
            assert client.post("edits", json=sent).json()["done"][0].startswith("stage/one/first, filter 0, weight")
            seen = client.get("edits/changes", params={"since": "last", "layer": "stage/two/second"})
            head, arrays = unpacked(seen.content)
    assert head["changed"]
    assert head["layer"] == "stage/two/second"
    assert np.abs(arrays["then"] - arrays["now"]).max() > 0
    assert study.model.get_layer("stage").blocks[0].first.kernel.numpy().ravel()[16] == 3.0
    np.testing.assert_allclose(study.maps("end").maps, study.model.predict(X[:1], verbose=0)[0], atol=1e-6)


def test_pictures_and_pages(study: Study) -> None:
    for of in ("maps", "filters", "sum", "trace", "field"):
        drawn = kept_picture(study, Asked({}, {"of": of, "layer": "stage/two/first", "value": "2,3,1"}, b""))
        assert bytes(drawn.body).startswith(b"\x89PNG")
    number = next(n for n, lesson in enumerate(study.lessons) if lesson.question == 1)
    told = book_page(study, Asked({"number": str(number)}, {"layer": "stage/two/first"}, b""))
    assert "first has 4 filters" in json.loads(bytes(told.body))["text"]
