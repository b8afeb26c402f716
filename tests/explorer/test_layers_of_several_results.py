"""A layer that gives several results: what reads its second is explained by the second, and ways back end at it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, layers, ops, set_random_seed
from pellucid.errors import ArgumentError
from pellucid.explorer import Samples, Study
from pellucid.explorer.answers import answer
from pellucid.explorer.asked import Asked
from pellucid.explorer.keeping import kept_picture
from pellucid.explorer.touching import field, partial, value, way
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
    """Each result has a box: its maps are those of that result, and numbers that are read lead there."""
    x = halves.maps("input").maps
    for layer, box, factor in (("first", "both", 2.0), ("conv", "both, result 2", -3.0)):
        np.testing.assert_array_equal(halves.maps(box).maps, factor * x)
        head, _ = unpacked(bytes(value(halves, _asked(layer)).body))
        cells = [cell for cell in head["grids"]["to"] if cell is not None]
        assert {cell["layer"] for cell in cells} == {box}
        boxes = json.loads(bytes(field(halves, _asked(layer)).body))["boxes"]
        assert set(boxes) == {layer, box, "input"}


def test_ways_end_at_it(halves: Study) -> None:
    """What cannot be told of it is said; what comes behind it is told up to there, and drawn."""
    head, _ = unpacked(bytes(value(halves, _asked("both")).body))
    assert head["said"] == "both gives 2 results; layers that give one are told term by term."
    steps = json.loads(bytes(way(halves, _asked("conv")).body))["steps"]
    assert [step["layer"] for step in steps] == ["conv", "both, result 2"]
    steps = json.loads(bytes(way(halves, _asked("first")).body))["steps"]
    assert [step["layer"] for step in steps] == ["first", "both"]
    for of in ("trace", "field"):
        with pytest.raises(ArgumentError, match="choose both"):
            kept_picture(halves, Asked({}, {"of": of, "layer": "both, result 2", "value": "1,1,1"}, b""))
    drawn = kept_picture(halves, Asked({}, {"of": "trace", "layer": "conv", "value": "1,1,1"}, b""))
    assert bytes(drawn.body).startswith(b"\x89PNG")


def _scores(study: Study) -> dict[str, float]:
    return {each["name"]: each["value"] for each in json.loads(bytes(answer(study, Asked({}, {}, b"")).body))["scores"]}


class Heads(layers.Layer):
    """Two products with one input."""

    def build(self, input_shape: Any) -> None:
        """Two kernels."""
        self.one = self.add_weight((input_shape[-1], 3), name="one")
        self.other = self.add_weight((input_shape[-1], 3), name="other")

    def call(self, x: Any) -> Any:
        """What each makes of it."""
        return ops.matmul(x, self.one), ops.matmul(x, self.other)


@pytest.mark.parametrize("taken", [[0], [1], [0, 1], [1, 0]])
def test_answers_are_those_that_the_model_gives(taken: list[int]) -> None:
    """The second result of a layer as the model's answer; never the first in its place."""
    x = Input((4,))
    given = Heads(name="heads")(x)
    model = Model(x, [given[each] for each in taken] if len(taken) > 1 else given[taken[0]])
    samples = np.random.default_rng(0).random((2, 4), np.float32)
    study = Study(model, Samples(samples))
    answers = model.predict(samples[:1])
    answers = answers if isinstance(answers, list) else [answers]
    if len(taken) == 1:
        wanted = {str(unit): answers[0][0, unit] for unit in range(3)}
    else:
        name = {0: "heads", 1: "heads, result 2"}
        best = [(name[each], int(np.argmax(found[0])), found[0]) for each, found in zip(taken, answers, strict=True)]
        wanted = {f"{end}[{unit}]": found[unit] for end, unit, found in best}
    assert _scores(study) == pytest.approx(wanted, rel=1e-6)


def test_results_of_a_model_inside_come_from_the_layers_that_give_them() -> None:
    """As of a trunk whose maps of several depths are read: arrows, maps and sums are those of each."""
    set_random_seed(2)
    image = Input((8, 8, 1))
    shallow = layers.Conv2D(3, 3, padding="same", name="shallow")(image)
    deep = layers.Conv2D(3, 3, padding="same", name="deep")(shallow)
    trunk = Model(image, [shallow, deep], name="trunk")
    x = Input((8, 8, 1))
    low, high = trunk(x)
    flat = layers.Conv2D(2, 3, name="of_low")(low), layers.Conv2D(2, 3, name="of_high")(high)
    study = Study(Model(x, [*flat, high]), Samples(np.random.default_rng(0).random((1, 8, 8, 1), np.float32)))
    feeds = {node.id: node.feeds for node in study.drawing.nodes.values()}
    assert feeds["of_low"] == ("trunk/shallow",) and feeds["of_high"] == ("trunk/deep",)
    assert study.drawing.ends == ("of_low", "of_high", "trunk/deep")
    for layer in ("of_low", "of_high"):
        head, _ = unpacked(bytes(value(study, _asked(layer)).body))
        assert np.isclose(head["value"], study.maps(layer).maps[1, 1, 1], rtol=1e-5)
        assert np.isclose(head["value"], head["number"], rtol=1e-5)
