"""All eighteen pages are made for digits and for a net that they were not written for; numbers are held to NumPy."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Model, Sequential, inspection, layers, learn
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError
from pellucid.learn.subject import subject_of
from pellucid.views.boards import Board

NUMBERS = range(1, 19)
Given = tuple[Model, str, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def digits() -> Given:
    pellucid.clear_session()
    pellucid.set_random_seed(0)
    model, layer, x, y = learn.example()
    return model, layer.name, x[:96], y[:96]


@pytest.fixture(scope="module")
def colour() -> Given:
    """Colour, images that are not square, strides, depthwise filters, 1x1; the classes are the strongest channel."""
    pellucid.clear_session()
    pellucid.set_random_seed(0)
    body = [
        layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="wide"),
        layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="deep"),
        layers.Conv2D(5, 1, activation="relu", name="mixed"),
        layers.GlobalAveragePooling2D(name="mean"),
        layers.Dense(3, activation="softmax", name="answer"),
    ]
    model = Sequential([layers.Input((12, 10, 3)), *body], name="colour")
    model.compile(pellucid.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).random((48, 12, 10, 3)).astype(np.float32)
    return model, "wide", x, x.mean(axis=(1, 2)).argmax(axis=-1)


@pytest.fixture(scope="module")
def pages(digits: Given, colour: Given) -> dict[str, dict[int, learn.Page]]:
    """All pages of both nets, and of the depthwise layer."""
    given = {"digits": digits, "wide": colour, "deep": (colour[0], "deep", *colour[2:])}
    return {name: {number: learn.page(number, *each) for number in NUMBERS} for name, each in given.items()}


def value(page: learn.Page, start: str) -> float:
    """The number whose words begin so."""
    found = [number for what, number in page.numbers.items() if what.startswith(start)]
    assert len(found) == 1, (start, page.numbers)
    return found[0]


def record(page: learn.Page, kind: type) -> Any:
    return next(part for part in page.parts if isinstance(part, kind))


@pytest.mark.parametrize("which", ["digits", "wide", "deep"])
def test_every_page_is_whole(pages: dict[str, dict[int, learn.Page]], which: str) -> None:
    """Each begins with a command, states a formula and its source, measures something; nothing is left untold."""
    for number, page in pages[which].items():
        text = str(page)
        assert text.splitlines()[:3] == [page.heading, "", f"    pellucid learn {number}"]
        assert page.formula.text in text and "Source: " in text and "Where a well-known answer is wrong: " in text
        assert page.numbers and all(np.isfinite(list(page.numbers.values()))), number
        assert "Not told" not in text and "object at 0x" not in text, number
        made = learn.page_html(page)
        assert made.startswith("<!doctype html>") and "<script" not in made and "http" not in made
        assert json.loads(page.to_json())["number"] == number


def correlation(x: np.ndarray, kernel: np.ndarray, step: int, before: int) -> np.ndarray:
    """A correlation of (rows, columns, channels) with (taps, taps, channels, filters), behind zeros, in float64."""
    padded = np.pad(x.astype(np.float64), ((before, 4), (before, 4), (0, 0)))
    rows, columns = kernel.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(padded, (rows, columns), axis=(0, 1))[::step, ::step]
    return np.einsum("ijcrs,rscf->ijf", windows, kernel.astype(np.float64))


def test_a_value_and_the_bound(pages: dict[str, dict[int, learn.Page]], colour: Given, digits: Given) -> None:
    """Pages 1 and 2."""
    for name, (model, path, x, _), step, before in (("digits", digits, 1, 0), ("wide", colour, 2, 0)):
        page, layer = pages[name][1], model.get_layer(path)
        what, got = next(each for each in page.numbers.items() if each[0].startswith("filter "))
        number, row, column = map(int, re.findall(r"\d+", what))
        maps = correlation(x[0], layer.kernel.numpy(), step, before) + layer.bias.numpy()
        assert got == pytest.approx(maps[row, column, number], abs=1e-5)
    second = pages["wide"][2].numbers
    assert second["Glorot's bound for this layer"] == pytest.approx(np.sqrt(6 / (27 + 9 * 6)))
    assert second["what it would be without the root"] == pytest.approx(6 / (27 + 9 * 6))
    assert second["largest magnitude of the draw"] <= np.sqrt(6 / (27 + 9 * 6))


def test_maps_are_sums(pages: dict[str, dict[int, learn.Page]]) -> None:
    """Pages 3, 5 and 9: what is counted."""
    assert [value(pages[name][3], "maps of") for name in ("digits", "wide", "deep")] == [32, 6, 12]
    assert [value(pages[name][3], "partial maps") for name in ("digits", "wide", "deep")] == [1, 3, 1]
    assert all(value(pages[name][3], "sum of") < 1e-5 for name in pages)
    assert [value(pages[name][5], "weights of") for name in ("digits", "wide", "deep")] == [320, 168, 120]
    assert [value(pages[name][9], "values in") for name in ("digits", "wide", "deep")] == [
        6 * 6 * 32,
        6 * 5 * 6,
        6 * 5 * 12,
    ]


def test_sobel(pages: dict[str, dict[int, learn.Page]], colour: Given) -> None:
    """Pages 4 and 10: both ways round."""
    plane = colour[2][0].astype(np.float64).mean(axis=-1)
    kernel = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    windows = np.lib.stride_tricks.sliding_window_view(plane, (3, 3))
    maps = (windows * kernel).sum(axis=(-2, -1))
    shown = record(pages["wide"][4], inspection.FilteredImage).map
    assert value(pages["wide"][4], "largest") == pytest.approx(shown.max(), abs=1e-6)
    inner = np.squeeze(shown)[1:-1, 1:-1] if np.squeeze(shown).shape == plane.shape else np.squeeze(shown)
    np.testing.assert_allclose(inner, maps, atol=1e-5)
    first, second = (part for part in pages["wide"][10].parts if isinstance(part, inspection.FilteredImage))
    np.testing.assert_allclose(first.map, -second.map, atol=1e-5)


def test_dropout(pages: dict[str, dict[int, learn.Page]], digits: Given) -> None:
    """Page 6: a quarter is dropped, within four standard deviations, and the rest is enlarged."""
    page = pages["digits"][6]
    maps = inspection.feature_maps(digits[0], digits[2][0], "conv1")[0].maps
    share = value(page, "plain dropout: share")
    assert value(page, "plain dropout: by") == pytest.approx(1 / 0.75, rel=1e-5)
    assert abs(share - 0.75) < 4 * np.sqrt(0.75 * 0.25 / np.count_nonzero(maps))


def test_the_gradient_is_a_sum(pages: dict[str, dict[int, learn.Page]], colour: Given) -> None:
    """Page 7: against central differences of the loss."""
    page, (model, path, x, y) = pages["wide"][7], colour
    what, got = next(iter(page.numbers.items()))
    number, *tap = map(int, re.findall(r"\d+", what))
    kernel = model.get_layer(path).kernel
    old, losses = kernel.numpy(), []
    for step in (1e-2, -1e-2):
        changed = old.copy()
        changed[(*tap, number)] += step
        kernel.assign(changed)
        chances = model.predict(x[:32], verbose=0)[np.arange(32), y[:32]]
        losses.append(-np.log(chances.astype(np.float64)).mean())
    kernel.assign(old)
    assert got == pytest.approx((losses[0] - losses[1]) / 2e-2, rel=0.05)
    assert got == pytest.approx(value(page, "the same"), abs=1e-6)


def test_what_begins_equal(pages: dict[str, dict[int, learn.Page]]) -> None:
    """Page 8: equal all over stays equal; equal in one layer does not."""
    for name in ("digits", "wide"):
        assert value(pages[name][8], "all weights") < 1e-6 < 1e-4 < value(pages[name][8], "only these")


def test_moving(pages: dict[str, dict[int, learn.Page]]) -> None:
    """Page 11: the maps move with the image, where they move by whole places."""
    assert value(pages["digits"][11], "moved by 1: error of f(Tx) = T") < 1e-5
    assert value(pages["wide"][11], "moved by 2: error of f(Tx) = T") < 1e-5
    assert value(pages["wide"][11], "moved by 2: error of f(Tx) = f(x)") > 1e-2


def test_sizes(pages: dict[str, dict[int, learn.Page]]) -> None:
    """Pages 12 and 13: fields, and where the odd row goes."""
    assert value(pages["wide"][12], "axis 0") == 3 and value(pages["deep"][12], "axis 0") == 3 + 2 * 2
    for axis, size in ((0, 12), (1, 10)):
        total = (-(-size // 2) - 1) * 2 + 3 - size
        assert value(pages["wide"][13], f"'same', axis {axis}: zeros before") == total // 2
        assert value(pages["wide"][13], f"'same', axis {axis}: zeros after") == total - total // 2


def test_trainings(pages: dict[str, dict[int, learn.Page]]) -> None:
    """Pages 14, 16, 17 and 18 against their records."""
    page = pages["digits"][14]
    film = record(page, inspection.FilterFilm)
    moved = np.sqrt(np.square(film.frames[-1] - film.frames[0], dtype=np.float64).sum(axis=(0, 1, 2)))
    assert value(page, "how far") == pytest.approx(moved.max(), rel=1e-5)
    compared = record(pages["digits"][16], inspection.Comparison).layers[0]
    assert value(pages["digits"][16], "conv1: mean") == pytest.approx(np.mean(compared.likeness))
    assert value(pages["digits"][17], "sigmoid") < value(pages["digits"][17], "relu")
    assert value(pages["digits"][17], "the largest slope") == 0.25**7
    runs = record(pages["digits"][18], inspection.TrainingRuns).runs["without dropout"].curves
    assert value(pages["digits"][18], "without") == pytest.approx(runs["val_loss"][-1] - runs["loss"][-1])


def test_patches(pages: dict[str, dict[int, learn.Page]], colour: Given) -> None:
    """Page 15: the largest answer is the largest of the maps."""
    model, path, x, _ = colour
    maps = np.stack([each.maps for each in inspection.feature_maps(model, x, path)])
    what, got = next(iter(pages["wide"][15].numbers.items()))
    assert got == pytest.approx(maps[..., int(re.findall(r"\d+", what)[0])].max(), rel=1e-5)


def test_what_is_wrong_is_said(digits: Given, colour: Given) -> None:
    model, path, x, y = digits
    for number in (0, 19, True, "1"):
        with pytest.raises((ArgumentError, ArgumentTypeError), match="number"):
            learn.page(number, model)  # type: ignore[arg-type]
    with pytest.raises(ArgumentTypeError, match="a model"):
        learn.page(1, "model.keras")
    with pytest.raises(ArgumentError, match="pool"):
        learn.page(1, model, "pool")
    with pytest.raises(DataError, match="takes samples"):
        learn.page(1, model, path, colour[2])
    with pytest.raises(DataError, match="each sample"):
        learn.page(7, model, path, x, y[:-1])
    with pytest.raises(ArgumentError, match="samples are for a model"):
        learn.page(1, x=x)
    with pytest.raises(ArgumentTypeError):
        learn.page_html("page")  # type: ignore[arg-type]


def test_what_is_not_given_is_chosen_and_said(colour: Given) -> None:
    page = learn.page(7, colour[0], file="colour.keras")
    assert page.command == "pellucid learn 7 --model colour.keras --layer wide"
    assert "No samples were given" in str(page) and "No classes were given" in str(page)


OTHERS = {
    "over time": ([layers.Input((16, 3)), layers.Conv1D(4, 3, padding="causal", name="c")], "c"),
    "in volumes": ([layers.Input((4, 5, 6, 1)), layers.Conv3D(3, 2, name="c")], "c"),
    "transposed": ([layers.Input((4, 4, 2)), layers.Conv2DTranspose(3, 3, strides=2, name="c")], "c"),
    "separable": ([layers.Input((8, 8, 2)), layers.SeparableConv2D(3, 3, name="c")], "c"),
    "in groups": (
        [layers.Input((8, 8, 4)), layers.Conv2D(6, 3, groups=2, use_bias=False, name="c")],
        "c",
    ),
    "channels first": ([layers.Input((3, 8, 8)), layers.Conv2D(4, 3, data_format="channels_first", name="c")], "c"),
    "inside": (
        [layers.Input((6, 6, 2)), Sequential([layers.Input((6, 6, 2)), layers.Conv2D(3, 3, name="c")], name="a")],
        "a/c",
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_layers_have_pages_too(kind: str) -> None:
    """Nothing is left untold of convolutions over other axes, of either data format, turned round, or inside."""
    body, path = OTHERS[kind]
    model = Sequential([*body, layers.Flatten(), layers.Dense(2, activation="softmax")])
    for number in (1, 3, 5, 6, 7, 10, 12, 13):
        text = str(learn.page(number, model, path))
        assert "ot told of this layer" not in text, number
    turned = {"transposed": "a true convolution, as transposed", "separable": "or has no more than one tap"}
    assert turned.get(kind, "turned by half a turn: a cross-correlation") in " ".join(
        str(learn.page(10, model, path)).split()
    )


class Own(Model):
    """A model with a call of its own, which learns its shape from data."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.first, self.second = layers.Conv2D(3, 3, padding="same", name="first"), layers.Conv2D(2, 3, name="second")
        self.flat, self.end = layers.Flatten(), layers.Dense(2, activation="softmax")

    def call(self, inputs: Any) -> Any:
        return self.end(self.flat(self.second(self.first(inputs))))


def test_a_model_with_a_call_of_ones_own_has_pages_too() -> None:
    """Its layers are chosen, sizes and fields known, and dropout is put before the last of them."""
    x, y = np.random.default_rng(0).random((16, 7, 7, 1)).astype(np.float32), np.arange(16) % 2
    model = Own()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    made = {number: learn.page(number, model, x=x, y=y) for number in (1, 4, 12, 13, 18)}
    assert all("ot told of this layer" not in str(page) for page in made.values())
    assert "first has 3 filters" in str(made[1]) and "second: 2 filters" in str(made[12])
    assert value(made[12], "axis 0") == 5 and value(made[13], "'same', axis 0: zeros before") == 1
    assert set(record(made[18], inspection.TrainingRuns).runs) == {"without dropout", "with dropout of a half"}


@pytest.mark.parametrize("kind", ["a lambda expression", "filters in a wrapper"])
def test_pages_that_train_of_layers_that_hold_something(kind: str) -> None:
    """A copy has the function too; the film finds the filters that lie within."""
    body = {
        "a lambda expression": [layers.Lambda(lambda x: 2 * x - 1), layers.Conv2D(2, 3, padding="same", name="c")],
        "filters in a wrapper": [layers.TimeDistributed(layers.Conv1D(2, 3, padding="same"), name="c")],
    }[kind]
    model = Sequential(
        [layers.Input((3, 6, 1)), *body, layers.Flatten(), layers.Dense(2, activation="softmax", name="d")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    x, y = np.random.default_rng(0).random((12, 3, 6, 1)), np.arange(12) % 2
    for number in (8, 14, 16, 17, 18):
        text = str(learn.page(number, model, "c", x=x, y=y))
        assert "ot told of this layer" not in text, number
    frames = record(learn.page(14, model, "c", x=x, y=y), inspection.FilterFilm).frames
    assert frames.shape[1:] == (*model.get_layer("c").filter(0).kernel.shape, 2)
    assert np.abs(frames[-1] - frames[0]).min() > 0


def test_channels_first_are_channels() -> None:
    """Numbers of rows and columns, and a gray image, are not taken from the channels' axis."""
    model = Sequential(
        [layers.Input((3, 7, 8)), layers.Conv2D(2, 2, strides=2, data_format="channels_first", name="c")]
    )
    x = np.random.default_rng(2).random((4, 3, 7, 8))
    made = learn.page(13, model, x=x).numbers
    assert [made[f"'same', axis {axis}: zeros after"] for axis in (0, 1)] == [1, 0]
    shown = record(learn.page(4, model, x=x), inspection.FilteredImage).image
    np.testing.assert_allclose(np.squeeze(shown), x[0].mean(axis=0), atol=1e-6)


def test_a_model_that_ends_in_logits_is_trained_for_them() -> None:
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="c"), layers.Flatten(), layers.Dense(3)])
    x = np.random.default_rng(1).random((16, 6, 6, 1))
    page = learn.page(7, model, x=x, y=np.arange(16) % 3)
    assert value(page, "gradient of") == pytest.approx(value(page, "the same"), abs=1e-6)
    with pytest.raises(ArgumentError, match="pass its x and y"):
        learn.page(7, model, x=x, y=np.ones((16, 5)))


def test_a_copy_learns_as_the_model_does() -> None:
    """Page 18: the copy with dropout has the model's own loss, though targets between 0 and 1 might be shares."""
    x, y = np.random.default_rng(0).random((16, 5, 5, 1)), np.random.default_rng(1).random((16, 2))
    body = [layers.Input((5, 5, 1)), layers.Conv2D(2, 3, name="c"), layers.Flatten()]
    model = Sequential([*body, layers.Dense(2, activation="sigmoid")])
    model.compile("sgd", "mae")
    subject = subject_of(model, "c", x, y, is_deep=False)
    made = subject.copy(Sequential([*body, layers.Dropout(0.5), layers.Dense(2, activation="sigmoid")]))
    assert made.get_compile_config()["loss"] == model.get_compile_config()["loss"]


def test_what_pushed_a_filter_is_told_class_by_class(pages: dict[str, dict[int, learn.Page]], colour: Given) -> None:
    """Page 7: the shares of the classes, from gradients of the classes alone, by the engine."""
    model, path, x, y = colour
    whole = record(pages["wide"][7], inspection.KernelGradient)
    (table,) = record(pages["wide"][7], Board).parts
    assert [int(row[0]) for row in table.rows] == sorted(set(y[:32].tolist()))
    for number, count, _, share in table.rows:
        mine = y[:32] == int(number)
        alone = inspection.kernel_gradient(model, x[:32][mine], y[:32][mine], path, whole.filter).gradient
        part = alone.astype(np.float64) * int(count) / 32
        along = (part * whole.gradient).sum() / np.square(whole.gradient, dtype=np.float64).sum()
        assert float(share.rstrip("%")) == pytest.approx(100 * along, abs=1)


def test_the_layer_of_a_page_may_stand_in_a_model_inside() -> None:
    """Where none is said, the first or last with filters is taken, wherever it stands; separable ones are such."""
    inner = Sequential([layers.Input((8, 8, 2)), layers.SeparableConv2D(3, 3, name="sep")], name="inner")
    model = Sequential([inner, layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax")])
    assert "inner/sep has 3 filters" in str(learn.page(1, model))
    inner.layers[0].trainable = False
    assert all("ot told of this layer" not in str(learn.page(number, model)) for number in (2, 4, 9, 11, 15))


@pytest.mark.parametrize(("size", "taps", "stride"), [(4, 3, 2), (5, 4, 2), (3, 5, 3), (6, 2, 1)])
def test_what_a_transposed_layer_cuts_off(size: int, taps: int, stride: int) -> None:
    """Page 13: by where the engine lays a kernel of ones for a 1 in the first place, and in the last."""
    layer = layers.Conv2DTranspose(1, taps, strides=stride, padding="same", kernel_initializer="ones", name="up")
    model = Sequential([layers.Input((size, size, 1)), layer])
    made = learn.page(13, model, x=np.ones((2, size, size, 1)))
    seen = []
    for place in (0, size - 1):
        one = np.zeros((1, size, size, 1))
        one[0, place, place] = 1.0
        seen.append(np.count_nonzero(model.predict(one, verbose=0)[0, :, :, 0].max(axis=1)))
    assert [taps - count for count in seen] == [
        value(made, "'same', axis 0: places cut off before"),
        value(made, "'same', axis 0: places cut off after"),
    ]


def test_depthwise_maps_are_as_many_as_channels(pages: dict[str, dict[int, learn.Page]]) -> None:
    """Page 3 does not say of a depthwise layer that the number of its maps does not hang on the channels."""
    text = " ".join(str(pages["deep"][3]).split())
    assert "deep is depthwise" in text and "12 maps in all" in text and "however many" not in text
    assert "however many channels come in" in " ".join(str(pages["wide"][3]).split())


@pytest.mark.parametrize("initializer", ["he_normal", "ones", "orthogonal", "glorot_uniform"])
def test_how_filters_are_drawn_is_told_of_the_layer_that_is_asked(initializer: str) -> None:
    """Glorot's law is the default, and not that of every layer."""
    model = Sequential(
        [layers.Input((8, 8, 1)), layers.Conv2D(4, 3, kernel_initializer=initializer, name="c"), layers.Flatten()]
    )
    page = learn.page(2, model, "c", np.ones((2, 8, 8, 1), np.float32), np.zeros(2, int))
    text = " ".join(str(page).split())
    is_glorot = initializer == "glorot_uniform"
    assert ("This layer has another" in text) is not is_glorot
    assert ("Glorot's bound for this layer" in text) is is_glorot
    assert ("draws numbers at random" in text) is (initializer != "ones")
