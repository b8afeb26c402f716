"""One value over the wire: the numbers of `inspection`, where each term comes from, and what is seen between."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import httpx
import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, ops, set_random_seed
from pellucid.explorer import Samples, Study
from pellucid.explorer.asked import Asked
from pellucid.explorer.touching import field, partial, value, way
from pellucid.explorer.wire import unpacked
from pellucid.inspection import arithmetic, feature_maps, partial_maps, receptive_field, trace


def told(study: Study, layer: str, at: tuple[int, ...], **query: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the page is told of a value."""
    return unpacked(value(study, Asked({"layer": layer}, {"at": ",".join(map(str, at)), **query}, b"")).body)


def places(head: dict[str, Any]) -> list[tuple[dict[str, Any], float]]:
    """Every place that the page may go on to from a value, with the number that stands there."""
    listed = [term for part in (head["terms"], *(step["terms"] for step in head["steps"])) if part
              for term in part["listed"]]  # fmt: skip
    found = [(term["to"], term["input"]) for term in listed]
    found += [(each["to"], each["value"]) for step in head["steps"] for each in step["operands"]]
    return [(to, number) for to, number in found if to]


def everything() -> tuple[Model, np.ndarray]:
    """A network with layers of many kinds, a branch, a skip, channels first, and a model inside that is used twice."""
    set_random_seed(5)
    start = Input((10, 10, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(start)
    y = layers.Conv2D(4, 3, dilation_rate=2, padding="same", groups=2, name="dilated")(x)
    x = layers.Concatenate(name="both")([x, layers.Add(name="sum")([x, y])])
    x = layers.BatchNormalization(name="normal")(x)
    x = layers.MaxPooling2D(2, name="pool")(x)
    inner = Sequential(
        [layers.Input((5, 5, 8)), layers.DepthwiseConv2D(3, padding="same", name="depth"),
         layers.LayerNormalization(name="norm")], name="inner",
    )  # fmt: skip
    x = inner(inner(x))
    x = layers.Conv2DTranspose(5, 3, strides=2, name="wider")(x)
    x = layers.AveragePooling2D(2, padding="same", name="mean")(x)
    x = layers.Permute((3, 1, 2), name="turned")(x)
    x = layers.Conv2D(6, 3, strides=2, data_format="channels_first", name="first")(x)
    x = layers.GlobalMaxPooling2D(data_format="channels_first", name="largest")(x)
    x = layers.Dense(4, activation="softmax", name="answer")(x)
    return Model(start, x, name="everything"), np.random.default_rng(1).normal(size=(2, 10, 10, 3))


def test_every_kind_of_layer() -> None:
    """The value of each box is that of its maps, and each way back leads to the number that was read."""
    model, samples = everything()
    study = Study(model, Samples(samples))
    assert [node.id for node in study.scene.nodes if node.id.startswith("inner")] == [
        "inner/depth", "inner/norm", "inner/depth#1", "inner/norm#1",
    ]  # fmt: skip
    followed = 0
    for node in study.scene.nodes[1:]:
        maps = study.maps(node.id).maps
        for at in (tuple(0 for _ in maps.shape), tuple(size // 2 for size in maps.shape)):
            head, _ = told(study, node.id, at)
            assert math.isclose(head["value"], maps[at], rel_tol=1e-4, abs_tol=1e-5), (node.id, at)
            for to, number in places(head):
                assert study.maps(to["layer"]).maps[tuple(to["at"])] == np.float32(number), (node.id, to)
                followed += 1
    assert followed > 100


class Own(layers.Layer):
    """A layer of a user's own."""

    def call(self, x: Any) -> Any:
        """Each number with the mean of its neighbours in other channels."""
        return ops.relu(x) + ops.mean(x, axis=-1, keepdims=True)


def test_what_is_no_layer() -> None:
    """Functions and results without axes are shown; layers behind them as ever."""
    start = Input((4, 4, 2))
    x = Own(name="own")(start[:, 1:] * 2)
    x = layers.Dense(1, name="one")(layers.Flatten(name="flat")(x))
    model = Model(start, layers.Reshape((), name="bare")(x))
    study = Study(model, Samples(np.random.default_rng(3).normal(size=(1, 4, 4, 2))))
    assert {node.id for node in study.scene.nodes} == set(study.all_maps())
    assert study.maps("bare").maps.item() == pytest.approx(study.maps("one").maps.item())
    function = study.scene.nodes[1].id
    head, _ = told(study, function, (0, 0, 0))
    assert head["value"] == pytest.approx(float(study.maps(function).maps[0, 0, 0]), rel=1e-5)
    head, _ = told(study, "own", (1, 2, 0))
    assert head["value"] == pytest.approx(float(study.maps("own").maps[1, 2, 0]), rel=1e-5)
    assert places(head)
    assert all(study.maps(to["layer"]).maps[tuple(to["at"])] == np.float32(number) for to, number in places(head))


def test_grids_hold_the_products(study: Study) -> None:
    """Patch times kernel, channel by channel, with their sums; padding and what is left out of it are marked."""
    head, arrays = told(study, "conv", (2, 3, 4))
    record = arithmetic(study.model, "conv", study.chosen.x, (2, 3), 4)
    assert arrays["inputs"].shape == (1, 1, 3, 3)
    assert np.array_equal(arrays["inputs"][0, 0, :, :, None], study.chosen.x[2:5, 3:6])
    assert np.array_equal(arrays["weights"][0, 0], study.model.get_layer("conv").kernel[:, :, 0, 4])
    assert arrays["products"] == pytest.approx(arrays["inputs"] * arrays["weights"])
    assert (head["total"], head["value"], head["formula"]) == (record.total, record.value, record.formula)
    assert head["grids"]["to"][5] == {"layer": "input", "at": [3, 5, 0]}
    turned, flipped = told(study, "conv", (2, 3, 4), kernel="turned")
    assert np.array_equal(flipped["weights"], arrays["weights"][:, ::-1, ::-1, ::-1])
    assert turned["turned"] != ""
    assert turned["value"] == head["value"]


def test_channels_in_another_order() -> None:
    """By size and page by page; the partial sums follow the order, and the last one is the sum."""
    study = Study(Sequential([layers.Input((4, 4, 5)), layers.Conv2D(2, 3, padding="same", name="c")]),
                  Samples(np.random.default_rng(2).normal(size=(1, 4, 4, 5))))  # fmt: skip
    head, arrays = told(study, "c", (0, 0, 1), order="size", first="1", count="9")
    record = arithmetic(study.model, "c", study.chosen.x, (0, 0), 1)
    sums = sorted(record.channel_sums, key=abs, reverse=True)
    assert [each["sum"] for each in head["grids"]["channels"]] == sums[1:]
    assert [each["until"] for each in head["grids"]["channels"]] == pytest.approx(list(itertools.accumulate(sums))[1:])
    assert arrays["inputs"].shape == (4, 1, 3, 3)
    assert len(head["grids"]["padding"]) == 4 * 5


def test_a_bias_only_where_there_is_one() -> None:
    """None is told as none, not as a bias of 0; one that is 0 is told."""
    for name, bias in (("with", 0.0), ("without", None)):
        model = Sequential([layers.Input((3, 3, 1)), layers.Conv2D(1, 3, use_bias=bias is not None, name=name)])
        head, _ = told(Study(model, Samples(np.ones((1, 3, 3, 1)))), name, (0, 0, 0))
        assert head["bias"] == bias


def test_the_terms_of_a_softmax(study: Study) -> None:
    """Dense terms and the rest add up to the sum; the softmax's own to what it divides by."""
    head, _ = told(study, "digit", (7,))
    summed = sum(term["product"] for term in head["terms"]["listed"]) + head["terms"]["rest"]
    assert summed + head["bias"] == pytest.approx(head["total"])
    scores = study.model.predict(study.chosen.x[None], verbose=0)[0]
    softmax = head["softmax"]
    assert softmax["term"] / softmax["sum"] == pytest.approx(float(scores[7]), rel=1e-5)
    assert [term["unit"] for term in softmax["listed"]] == np.argsort(-scores, kind="stable").tolist()


def test_what_is_seen_between() -> None:
    """The box on the input is that of `receptive_field`; a value at the border sees as much as is there."""
    model, samples = everything()
    study = Study(model, Samples(samples))
    for layer, path, at in (
        ("sum", "sum", (5, 0, 1)),
        ("inner/norm#1", "inner/norm", (1, 1, 2)),
        ("first", "first", (0, 0, 3)),
    ):
        boxes = json.loads(field(study, Asked({"layer": layer}, {"at": ",".join(map(str, at))}, b"")).body)["boxes"]
        path, _, call = layer.partition("#")
        seen = receptive_field(model, path, at[:-1], at[-1], samples[0], call=int(call or 0))
        assert boxes["input"] == [list(pair) for pair in seen.box], layer
        assert boxes[layer] == [[place, place] for place in at[:-1]]
    assert "wider" in boxes
    assert "answer" not in boxes


@pytest.mark.filterwarnings("ignore")
def test_a_training_that_has_diverged() -> None:
    """Infinite weights of both signs: what comes out is said, as no number."""
    kernel = np.zeros((3, 3, 1, 1))
    kernel[0, 0], kernel[1, 1] = np.inf, -np.inf
    conv = layers.Conv2D(1, 3, name="c")
    study = Study(Sequential([layers.Input((4, 4, 1)), conv, layers.Flatten()]), Samples(np.ones((1, 4, 4, 1))))
    conv.set_weights([kernel, np.zeros(1)])
    study.changed("weights")
    head, arrays = told(study, "c", (0, 0, 0))
    assert (head["sum"], head["total"]) == ("NaN", "NaN")
    assert arrays["products"][0, 0, 0, 0] == np.inf


def test_one_and_three_axes() -> None:
    """Sequences and volumes are told as those of images are."""
    for shape, layer in (((9, 2), layers.Conv1D(3, 4, name="c")), ((4, 4, 4, 1), layers.Conv3D(2, 2, name="c"))):
        study = Study(
            Sequential([layers.Input(shape), layer]), Samples(np.random.default_rng(0).normal(size=(1, *shape)))
        )
        at = (1,) * len(shape)
        head, arrays = told(study, "c", at)
        (record,) = feature_maps(study.model, study.chosen.x, "c")
        assert head["value"] == pytest.approx(float(record.maps[at]), rel=1e-5)
        expected = (2, 1, 1, 4) if len(shape) == 2 else (1, 2, 2, 2)
        assert arrays["products"].shape == expected


def test_what_is_no_value(client: httpx.Client) -> None:
    """400, in a sentence."""
    for path in (
        "value/conv?at=6,0,0", "value/conv?at=0,0", "value/conv?at=-1,0,0", "value/conv?at=NaN", "value/conv",
        "value/no?at=1",
        "value/conv?at=0,0,0&order=none", "value/conv?at=0,0,0&count=1000000", "field/conv?at=99999999999,0,0",
        "value/conv?at=0,0,0&kernel=1", "thumbnails?layers=conv", 'thumbnails?layers=["none"]', "thumbnails?layers=[1]",
        "network?closed={}", "maps/conv?first=6",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 400, path
        assert len(answer.json()["error"]) > 10


def test_the_largest_way_is_that_of_trace(study: Study) -> None:
    """Back to the pixels, each time to the largest term: where `inspection.trace` goes, until it meets a pixel."""
    sent = way(study, Asked({"layer": "digit"}, {"at": "3"}, b""))
    steps = [step for step in json.loads(sent.body)["steps"] if step["layer"] != "flat"]  # which only hands on
    chain = trace(study.model, "digit", study.chosen.x, (), 3, values=1)
    for step, found in zip(steps, chain.values, strict=False):
        assert (step["layer"], step["at"]) == (found.layer, [*found.position, found.filter])
    last = chain.values[len(steps) - 2].largest[0]
    assert steps[-1] == {"layer": "input", "at": [*last.position, last.channel], "value": pytest.approx(last.input)}


def test_what_channels_add() -> None:
    """The maps of `partial_maps`, those that add most first."""
    deep = Sequential([layers.Input((5, 5, 3)), layers.Conv2D(2, 3, name="c")])
    study = Study(deep, Samples(np.random.default_rng(4).normal(size=(1, 5, 5, 3))))
    head, arrays = unpacked(partial(study, Asked({"layer": "c"}, {"at": "0,0,1", "count": "2"}, b"")).body)
    record = partial_maps(deep, "c", study.chosen.x, 1)
    assert head["channels"] == [record.channels[number] for number in record.strongest[:2]]
    assert arrays["maps"] == pytest.approx(record.maps[..., list(record.strongest[:2])].astype(np.float32))


WAYS = {
    "squares": [layers.LpPooling2D(2)],
    "powers": [layers.LpPooling2D(2, p=3)],
    "steps": [layers.SeparableConv2D(3, 3)],
    "rows": [layers.Reshape((48,)), layers.Embedding(8, 4), layers.Conv1D(2, 3)],
}


@pytest.mark.parametrize("kind", WAYS)
def test_every_way_ends_at_the_pixels(kind: str) -> None:
    """Through squares, powers, the sums within a separable convolution, and the rows of an embedding."""
    model = Sequential([layers.Input((4, 4, 3)), *WAYS[kind]])
    x = np.random.default_rng(3).uniform(0, 7, (1, 4, 4, 3))
    study = Study(model, Samples(x))
    last, shape = study.scene.nodes[-1].id, study.maps(study.scene.nodes[-1].id).maps.shape
    for at in itertools.product(*({0, size - 1} for size in shape)):
        steps = json.loads(way(study, Asked({"layer": last}, {"at": ",".join(map(str, at))}, b"")).body)["steps"]
        assert steps[-1]["layer"] == study.entries[0].id
        assert [study.maps(each["layer"]).maps[tuple(each["at"])] for each in steps] == [
            each["value"] for each in steps
        ]


def test_the_way_through_steps_follows_the_largest_term() -> None:
    """Of a separable convolution: the channel whose product is largest, then the largest product of its own sum."""
    set_random_seed(2)
    model = Sequential([layers.Input((3, 3, 4)), layers.SeparableConv2D(2, 3, name="apart")])
    x = np.random.default_rng(4).normal(size=(1, 3, 3, 4)).astype(np.float32)
    depthwise, pointwise = (weight.numpy().astype(np.float64) for weight in model.layers[0].weights[:2])
    products = x[0] * depthwise[..., 0]
    channel = int(np.abs(products.sum((0, 1)) * pointwise[0, 0, :, 1]).argmax())
    place = np.unravel_index(np.abs(products[..., channel]).argmax(), (3, 3))
    steps = json.loads(way(Study(model, Samples(x)), Asked({"layer": "apart"}, {"at": "0,0,1"}, b"")).body)["steps"]
    assert tuple(steps[1]["at"]) == (*place, channel)
