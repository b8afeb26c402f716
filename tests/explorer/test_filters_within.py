"""Filters of layers within layers: blocks of a user's own, wrappers, models with a `call`; each told as its own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from starlette.responses import Response
from trainings import rest

from pellucid import Input, Model, Sequential, layers, ops, set_random_seed
from pellucid.errors import ArgumentError
from pellucid.explorer import Learning, Samples, Study
from pellucid.explorer.asked import Asked
from pellucid.explorer.comparing import maps, pair
from pellucid.explorer.editing import edit, undo
from pellucid.explorer.effects import changes, gradient, patches
from pellucid.explorer.filters import all_filters, film, opened
from pellucid.explorer.keeping import kept_picture
from pellucid.explorer.live import kernels
from pellucid.explorer.steps import flow, step
from pellucid.explorer.teaching import book_page
from pellucid.explorer.wire import unpacked
from pellucid.inspection import initial_draw, top_patches

X = np.random.default_rng(0).random((32, 6, 6, 1), np.float32)
Y = np.random.default_rng(1).integers(0, 3, 32)


class Block(layers.Layer):
    """Two convolutions, and what comes in beside them; it asks how many samples there are, so that it stays one box."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.one, self.two = (layers.Conv2D(3, 3, padding="same", name=name) for name in ("one", "two"))

    def call(self, x: Any) -> Any:
        """What it gives."""
        return ops.tanh(self.two(self.one(x)) + x) * (int(x.shape[0]) ** 0)


class Alone(layers.Layer):
    """One convolution and what follows it; one box, too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.conv = layers.Conv2D(2, 3, name="conv")

    def call(self, x: Any) -> Any:
        """What it gives."""
        return ops.relu(self.conv(x)) * (int(x.shape[0]) ** 0)


class Own(Model):
    """A model whose `call` a user wrote."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.stem, self.block = layers.Conv2D(3, 3), Block(name="block")
        self.flat, self.end = layers.Flatten(), layers.Dense(3, activation="softmax")

    def call(self, x: Any) -> Any:
        """What it answers."""
        return self.end(self.flat(self.block(self.stem(x))))


def blocks() -> Sequential:
    """A network with a block, one with a single convolution, and a dense layer for every row."""
    return Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Conv2D(3, 3, name="stem"),
            Block(name="block"),
            Alone(name="alone"),
            layers.TimeDistributed(layers.Dense(4), name="rows"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="end"),
        ],
        name="blocks",
    )


def studied(model: Model) -> Study:
    """With what it is trained on."""
    model.compile("sgd", "sparse_categorical_crossentropy")
    return Study(model, Samples(X, Y), Learning({"x": X, "y": Y, "batch_size": 8, "shuffle": False}))


@pytest.fixture
def study() -> Study:
    """Of the network with blocks."""
    set_random_seed(2)
    return studied(blocks())


def _asked(layer: str, **query: str) -> Asked:
    return Asked({"layer": layer}, query, b"")


def _told(response: Response) -> Any:
    return unpacked(bytes(response.body))


def _banks(study: Study, layer: str) -> list[str]:
    return list(_told(all_filters(study, _asked(layer)))[0]["banks"])


def test_what_excites_is_told_of_whom_it_is_known(study: Study) -> None:
    """The maps of a block are those of no filter in it; one convolution within makes them, and it is said so."""
    for bank in _banks(study, "block"):
        with pytest.raises(ArgumentError, match="makes no map of its own"):
            patches(study, _asked("block", bank=bank))
    for layer, unit in (("stem", "it"), ("alone", "map 1 of alone"), ("rows", "map 1 of rows")):
        head, _ = _told(patches(study, _asked(layer, number="1")))
        best = top_patches(study.model, X, layer, 1, count=1)
        assert head["unit"] == unit and head["found"][0]["value"] == pytest.approx(float(best.values[0, 0]))


def _loss(study: Study, weight: Any, at: tuple[int, ...], value: float) -> float:
    before = weight.numpy()
    values = before.copy()
    values[at] = value
    weight.assign(values)
    found = float(study.model.evaluate(X, Y, batch_size=32, verbose=0))
    weight.assign(before)
    return found


@pytest.mark.parametrize("number", [0, 1])
def test_gradients_within_a_block(study: Study, number: int) -> None:
    """That of each of its convolutions, and that of what a wrapper holds, as differences of the loss have it."""
    block: Any = study.model.get_layer("block")
    weight = (block.one, block.two)[number].kernel
    bank = _banks(study, "block")[number]
    _, arrays = _told(gradient(study, _asked("block", bank=bank, number="2", of="batch")))
    ends = [_loss(study, weight, (0, 1, 0, 2), float(weight.numpy()[0, 1, 0, 2]) + change) for change in (0.01, -0.01)]
    assert arrays["values0"][0, 1] == pytest.approx((ends[0] - ends[1]) / 0.02, rel=0.02, abs=1e-4)


def test_the_next_step_within_a_block(study: Study) -> None:
    """It is told before it is made, of each bank; and every layer that has filters somewhere says so."""
    told, _ = _told(flow(study, Asked({}, {}, b"")))
    assert [each["layer"] for each in told["layers"] if each["banks"]] == [
        "stem",
        "block",
        "alone",
        "rows",
        "end",
    ]
    block: Any = study.model.get_layer("block")
    before = {part.name: part.kernel.numpy() for part in (block.one, block.two)}
    found = {bank: _told(step(study, _asked("block", which=bank, filter="1")))[1] for bank in _banks(study, "block")}
    study.training.start(1)
    rest(study.training)
    for part, arrays in zip((block.one, block.two), found.values(), strict=True):
        change = part.kernel.numpy()[..., 1] - before[part.name][..., 1]
        assert np.allclose(arrays["change"], change, rtol=1e-3, atol=1e-6)


def test_a_block_shows_its_filters(study: Study) -> None:
    """In the network's box, while it trains, as a picture; the book takes another layer where it cannot choose."""
    node = next(node for node in study.scene.nodes if node.id == "block")
    assert list(node.banks.values()) == [3, 3]
    head, arrays = _told(kernels(study, _asked("block")))
    assert head["which"] == _banks(study, "block")[0]
    block: Any = study.model.get_layer("block")
    assert np.array_equal(arrays["kernels"], block.one.kernel.numpy()[:, :, 0])
    for bank in _banks(study, "block"):
        drawn = kept_picture(study, Asked({}, {"of": "filters", "layer": "block", "bank": bank}, b""))
        assert bytes(drawn.body).startswith(b"\x89PNG")
    page = book_page(study, Asked({"number": "0"}, {"layer": "block"}, b""))
    assert '"stem" of blocks' in json.loads(bytes(page.body))["text"]


def test_a_model_with_a_call_has_a_film() -> None:
    """Of its layers and of what lies within them, at the moments that its training has kept."""
    set_random_seed(2)
    model = Own()
    model.build((None, 6, 6, 1))
    study = studied(model)
    study.training.start(1)
    rest(study.training)
    for layer in (model.stem.name, "block", model.end.name):
        for bank in _banks(study, layer):
            head, arrays = _told(film(study, _asked(layer, bank=bank)))
            assert head["steps"] == [0, 1]
            assert not np.array_equal(arrays["shot0"], arrays["shot1"])


def test_what_changed_is_that_of_the_use_that_is_chosen() -> None:
    """A layer that is used three times has three answers; each is held against its own."""
    set_random_seed(2)
    x = Input((6, 6, 1))
    shared = layers.Conv2D(1, 3, padding="same", name="shared")
    first = shared(x)
    second = shared(first)
    study = Study(Model(x, [first, shared(second)]), Samples(X))
    before = {name: study.maps(name).maps for name in ("shared", "shared#1", "shared#2")}
    sent = {"layer": "shared", "number": 0, "do": "numbers", "at": 4, "value": 2.0}
    edit(study, Asked({}, {}, json.dumps(sent).encode()))
    for name, then in before.items():
        head, arrays = _told(changes(study, Asked({}, {"layer": name}, b"")))
        assert head["layer"] == name
        assert np.allclose(arrays["then"], then, rtol=1e-5)
        assert np.allclose(arrays["now"], study.maps(name).maps, rtol=1e-5)
    assert [name for name, _ in head["distances"]] == ["input", *before]


class Both(layers.Layer):
    """Two results."""

    def call(self, x: Any) -> Any:
        """What it gives."""
        return x * 2.0, x * -3.0


def test_what_changed_of_a_layer_with_several_results_is_its_first() -> None:
    """As its box shows it."""
    set_random_seed(2)
    x = Input((6, 6, 1))
    study = Study(Model(x, Both(name="both")(layers.Conv2D(1, 3, name="conv")(x))), Samples(X))
    edit(study, Asked({}, {}, json.dumps({"layer": "conv", "do": "numbers", "at": 4, "value": 2.0}).encode()))
    _, arrays = _told(changes(study, Asked({}, {"layer": "both"}, b"")))
    assert np.allclose(arrays["now"], study.maps("both").maps, rtol=1e-5)


def test_a_model_that_hands_its_input_on_is_no_input() -> None:
    """Closed it is drawn as the last of its own layers; one that does nothing else has no frame."""
    x = Input((6, 6, 1))
    trunk = Model(x, [x, layers.Conv2D(2, 3, name="conv")(x)], name="trunk")
    given = Input((6, 6, 1))
    nothing = Model(given, given, name="nothing")
    start = Input((6, 6, 1))
    study = Study(Model(start, trunk(nothing(start))), Samples(X))
    assert [group.id for group in study.scene.groups] == ["trunk"]
    boxes = {node.id: node for node in study.drawing.scene(["trunk"]).nodes}
    assert boxes.keys() == {"input", "trunk"}
    assert (boxes["trunk"].is_input, boxes["trunk"].shape) == (False, (4, 4, 2))


def test_what_a_wrapper_holds_can_be_drawn_again_and_again() -> None:
    """What it was drawn by is known where nothing but its wrapper has the weight, and an edit was undone."""
    set_random_seed(2)
    held = layers.SpectralNormalization(layers.Conv2D(2, 3), name="held")
    study = studied(Sequential([layers.Input((6, 6, 1)), held, layers.Flatten(), layers.Dense(3, "softmax")]))
    study.training.start(1)
    rest(study.training)
    for _ in range(2):
        edit(study, Asked({}, {}, json.dumps({"layer": "held", "bank": "kernel", "do": "draw layer"}).encode()))
        drawn = _told(opened(study, _asked("held", bank="kernel")))[1]["values0"]
        undo(study, Asked({}, {}, b"{}"))
        assert not np.array_equal(_told(opened(study, _asked("held", bank="kernel")))[1]["values0"], drawn)
    assert initial_draw(held, "kernel").law is not None


class Inner(Model):
    """A model with a `call`, used as a layer."""

    def __init__(self) -> None:
        super().__init__(name="inner")
        self.block, self.conv = Block(name="block"), layers.Conv2D(2, 3, name="conv")

    def call(self, x: Any) -> Any:
        """What it gives."""
        return self.conv(self.block(x))


def test_a_model_with_a_call_as_a_layer_is_looked_at_like_others() -> None:
    """Its layers have boxes; their filters are drawn, those that are chosen; values are followed back."""
    set_random_seed(2)
    x = Input((6, 6, 1))
    inner = Inner()
    study = studied(Model(x, layers.Dense(3, "softmax", name="end")(layers.Flatten()(inner(layers.Conv2D(3, 3)(x))))))
    first: Any = inner.block.one.kernel
    for box, kernel in (("inner/block", first), ("inner/conv", inner.conv.kernel)):
        _, arrays = _told(kernels(study, _asked(box)))
        assert np.array_equal(arrays["kernels"], kernel.numpy()[:, :, 0])
    asked = [("inner/block", bank) for bank in _banks(study, "inner/block")] + [("inner/conv", "")]
    drawn = [kept_picture(study, Asked({}, {"of": "filters", "layer": box, "bank": bank}, b"")) for box, bank in asked]
    assert len({bytes(each.body) for each in drawn}) == len(asked) == 3
    for layer, place in (("inner/block", "0,1,1"), ("end", "2")):
        trace = kept_picture(study, Asked({}, {"of": "trace", "layer": layer, "value": place}, b""))
        assert bytes(trace.body).startswith(b"\x89PNG")


def test_uses_are_compared_each_with_itself() -> None:
    """Two moments of a layer that is used twice: the maps are those of the use that is chosen."""
    set_random_seed(2)
    x = Input((6, 6, 1))
    shared = layers.Conv2D(1, 3, padding="same", name="shared")
    second = shared(layers.MaxPooling2D(2)(shared(x)))
    study = studied(Model(x, layers.Dense(3, "softmax")(layers.Flatten()(second))))
    study.training.start(1)
    rest(study.training)
    before = str(next(iter(study.training.course.moments)).number)
    for call, box in enumerate(("shared", "shared#1")):
        asked = Asked({"layer": "shared"}, {"a": "now", "b": before, "call": str(call)}, b"")
        for compared in (pair, maps):
            head, arrays = _told(compared(study, asked))
            assert head["use"] == box
            assert np.allclose(np.squeeze(arrays["a"]), study.maps(box).maps[..., 0], rtol=1e-5)
