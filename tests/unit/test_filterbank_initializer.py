"""Named kernels as the filters of a layer: which filter gets which kernel on which channel, and what does not fit."""

from __future__ import annotations

import inspect
import itertools
import math

import keras
import numpy as np
import pytest

from pellucid import Sequential, filterbank, initializers, layers
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.filterbank.catalogue import KERNELS
from pellucid.initializers import Filterbank

RULES = ("mean", "each", "first", "diagonal")


def layer_of(kind: str, shape: tuple[int, ...], *args: object, **options: object) -> Sequential:
    """A model of one layer, for samples of the shape."""
    return Sequential([layers.Input(shape), getattr(layers, kind)(*args, **options)])


def images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("channels", "filters", "n"), list(itertools.product((1, 3), (1, 2, 4, 9), (1, 2, 4))))
def test_which_weight_goes_where(rule, channels, filters, n):
    """Tap by tap, by the words of the description."""
    bank = images(3, 5, n)
    kernel = Filterbank(bank, channels=rule, gain=2.0)((3, 5, channels, filters))
    for c, f in itertools.product(range(channels), range(filters)):
        factor = {
            "mean": 1 / channels,
            "each": 1,
            "first": int(c == 0),
            "diagonal": int(c == (f // n) % channels),
        }[rule]
        np.testing.assert_allclose(kernel[:, :, c, f], 2 * factor * bank[:, :, f % n], rtol=1e-6)


def test_the_mean_of_channels_answers_to_grey_as_one_channel_does():
    grey = images(2, 9, 9, 1)
    one = layer_of("Conv2D", (9, 9, 1), 4, 3, kernel_initializer="edges")
    three = layer_of("Conv2D", (9, 9, 3), 4, 3, kernel_initializer="edges")
    np.testing.assert_allclose(three.predict(np.repeat(grey, 3, -1)), one.predict(grey), atol=1e-5)


def test_identity_on_the_diagonal_passes_all_channels():
    x = images(2, 6, 6, 5)
    model = layer_of(
        "Conv2D", (6, 6, 5), 5, 3, padding="same", kernel_initializer=Filterbank("dirac", channels="diagonal")
    )
    np.testing.assert_array_equal(model.predict(x), x)


def test_along_one_axis():
    signal = images(2, 12, 1)
    model = layer_of("Conv1D", (12, 1), 3, 5, kernel_initializer=Filterbank(["bump", "difference", [1, 1, 1, 1, 1]]))
    maps = model.predict(signal)
    s = signal[..., 0]
    np.testing.assert_allclose(maps[..., 0], s[:, 2:-2], atol=1e-6)
    np.testing.assert_allclose(maps[..., 1], s[:, 3:-1] - s[:, 1:-3], atol=1e-6)
    np.testing.assert_allclose(maps[..., 2], sum(s[:, i : i + 8] for i in range(5)), atol=1e-5)


def test_in_three_dimensions_with_arrays():
    bank = images(3, 3, 3, 2)
    kernel = Filterbank(bank)((3, 3, 5, 1, 2))
    np.testing.assert_array_equal(kernel[:, :, 1:4, 0], bank)
    assert (kernel[:, :, [0, 4]] == 0).all()


@pytest.mark.parametrize("name", [*filterbank.families(), *filterbank.names()])
def test_every_name_is_an_initialiser(name):
    """But for "identity", which is Keras's matrix; the layer holds the kernels in float32."""
    bank = filterbank.bank(name)
    *size, n = bank.shape
    given = Filterbank(name) if name == "identity" else initializers.get(name.upper())
    kernel = given((*size, 1, n))
    np.testing.assert_allclose(kernel[..., 0, :], bank, rtol=1e-7, atol=1e-12)
    assert len(size) == (1 if KERNELS.get(name) in _along_one_axis() else 2)


def _along_one_axis() -> list[object]:
    signals = [function for function in KERNELS.values() if inspect.getmodule(function).__name__.endswith("signals")]
    return [*signals, filterbank.dct_1d]


def test_a_name_in_a_layer():
    model = layer_of("Conv2D", (8, 8, 1), 2, 5, kernel_initializer="sobel_x")
    assert repr(model.layers[-1].kernel_initializer) == "Filterbank('sobel_x')"
    np.testing.assert_array_equal(model.get_weights()[0][1:4, 1:4, 0, 1], filterbank.sobel_x())


@pytest.mark.parametrize(("rule", "right"), [("mean", 4), ("each", 4), ("first", 4), ("diagonal", 12)])
def test_strict_banks_fill_exactly_their_filters(rule, right):
    strict = Filterbank("lines", channels=rule, strict=True)
    assert strict((3, 3, 3, right)).shape == (3, 3, 3, right)
    for filters in (1, 3, 5, right - 1, right + 1, 8):
        with pytest.raises(
            ShapeError, match=rf"has 4 kernels and fills {right} filters of a layer; this one has {filters}"
        ):
            strict((3, 3, 3, filters))


@pytest.mark.parametrize(
    ("kernels", "shape", "message"),
    [
        (
            "curves",
            (3, 3, 1, 8),
            r"Filterbank\('curves'\): kernels of 7x7 do not fit into 3x3; .* kernel_size=\(7, 7\)",
        ),
        ("roberts_x", (3, 3, 1, 1), "2x2 have no place in the middle of 3x3.*take 2x2 or 4x4"),
        ("sobel_x", (3, 4, 1, 1), "3x3 have no place in the middle of 3x4.*take 3x3 or 3x5"),
        ("sobel_x", (3, 1, 8), "kernels of 3x3 cannot fill the layer's kernels of 3 taps$"),
        ("bump", (3, 3, 1, 8), "kernels of 3 taps cannot fill the layer's kernels of 3x3$"),
        ("lines", (3, 3, 3, 1, 4), "'lines on each of 3 slices'$"),
        ("lines", (64, 10), r"fills kernels of convolutions, .*; this weight has the shape \(64, 10\)"),
        ("lines", (10,), r"this weight has the shape \(10,\)"),
        (np.ones((3, 3)), (3, 3, 1, 1), r"kernels of 3 taps .* of 3x3; a single kernel is given in a list: \[kernel\]"),
        (np.ones((12, 3, 3)), (3, 3, 1, 12), r"np.transpose\(kernels, \(1, 2, 0\)\) would fit"),
        (np.ones((4, 5)), (5, 1, 4), r"np.transpose\(kernels, \(1, 0\)\) would fit"),
        (
            np.ones((12, 1, 3, 3)),
            (3, 3, 1, 12),
            r"give it as initialiser itself; np.transpose\(values, \(2, 3, 1, 0\)\)",
        ),
        (np.ones((3, 3, 1, 12)), (3, 3, 1, 12), r"give it as initialiser itself; np.reshape"),
    ],
)
def test_what_does_not_fit_is_refused_with_advice(kernels, shape, message):
    with pytest.raises(ShapeError, match=message):
        Filterbank(kernels)(shape)


def test_the_advice_fits():
    bank = images(12, 3, 3)
    assert Filterbank(np.transpose(bank, (1, 2, 0)))((3, 3, 1, 12)).shape == (3, 3, 1, 12)
    assert Filterbank([images(3, 3)])((3, 3, 1, 1)).shape == (3, 3, 1, 1)


def test_a_layer_says_its_name():
    with pytest.raises(ShapeError, match=r"Conv2D \"arcs\".*Filterbank\('curves'\): kernels of 7x7 do not fit"):
        layer_of("Conv2D", (8, 8, 1), 8, 3, kernel_initializer="curves", name="arcs")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Filterbank("lnies"), "unknown bank or kernel 'lnies'; did you mean 'lines'"),
        (
            lambda: Filterbank("lines", channels="sum"),
            "Filterbank: Invalid `channels` argument: unknown channels 'sum'. Known: diagonal, each",
        ),
        (lambda: Filterbank("lines", channels=["mean"]), "Filterbank: Invalid `channels` argument: unknown channels"),
        (lambda: Filterbank("lines", strict=1), "strict must be True or False, got 1"),
        (lambda: Filterbank("lines", gain=np.nan), "gain must be a finite number, got nan"),
        (lambda: Filterbank("lines", gain="2"), "gain must be a finite number, got '2'"),
        (lambda: Filterbank("lines", settings=5), r"settings must be a dictionary by names, got 5"),
        (lambda: Filterbank("lines", settings={5: "size"}), "settings must be a dictionary by names"),
        (
            lambda: Filterbank("lines", settings={"sizes": 5}),
            "bank lines: unknown argument 'sizes'; did you mean 'size'",
        ),
        (lambda: Filterbank("lines", settings={"size": 4}), "size must be odd"),
        (lambda: Filterbank(["sobel_x"], settings={"size": 5}), "belong to a name"),
        (lambda: Filterbank([]), "at least one kernel"),
        (lambda: Filterbank(3), "at least 2 axes"),
    ],
)
def test_wrong_arguments_are_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_numbers_that_are_not_finite_in_float32_are_refused(bad):
    kernel = np.ones((3, 3))
    kernel[0, 1] = bad
    for kernels in ([kernel], kernel):
        with pytest.raises(DataError, match=r"at \(0, 1(, 0)?\) is"):
            Filterbank(kernels)


GIVEN = [
    Filterbank("lines"),
    Filterbank("gabor", channels="each", settings={"size": 3, "wavelengths": np.array([2.5, 3.0]), "orientations": 2}),
    Filterbank("gaussian_blur", gain=0.5, settings={"size": 3}),
    Filterbank(["sobel_x", images(3, 3), [[1]]], channels="diagonal", strict=True),
    Filterbank(images(3, 3, 5), channels="first"),
]


@pytest.mark.parametrize("given", GIVEN, ids=repr)
def test_records_restore_the_bank(given):
    record = initializers.serialize(given)
    back = initializers.get(record)
    assert type(back) is Filterbank and back.get_config() == given.get_config()
    shape = (3, 3, 2, 6 if given.strict else 7)
    np.testing.assert_array_equal(back(shape), given(shape))
    assert type(keras.initializers.get(record)).__name__ == "Zeros"


def test_banks_that_are_too_large_for_a_record_are_written_as_zeros():
    assert initializers.serialize(Filterbank(np.ones((65, 64, 1)))) == initializers.serialize(initializers.Zeros())
    assert "pellucid" in initializers.serialize(Filterbank("dct", settings={"size": 16}))


@pytest.mark.parametrize(
    "note",
    [
        None,
        "lines",
        {"class_name": "Zeros", "config": {}},
        {"class_name": "Filterbank", "config": {"kernel": "lines"}},
        {"class_name": "Filterbank", "config": {"kernels": "lines", "settings": {"size": 2**62}}},
        {"class_name": "Filterbank", "config": {"kernels": [["a"]]}},
        {"class_name": "Filterbank", "config": {"kernels": {"a": 1}}},
        {"class_name": "Filterbank", "config": {"kernels": "gabor", "settings": {"wavelengths": ["x"]}}},
        {"class_name": "Filterbank", "config": {}},
        {"class_name": "Filterbank", "config": 5},
        {"class_name": "Filterbank", "config": "kernels"},
    ],
)
def test_hostile_records_are_refused(note):
    with pytest.raises(ArgumentError):
        initializers.get({"class_name": "Zeros", "config": {}, "pellucid": note})


def test_how_banks_are_shown():
    shown = [
        repr(bank) for bank in (Filterbank("lines"), Filterbank(["bump", "difference"]), Filterbank(np.ones((3, 4, 2))))
    ]
    assert shown == ["Filterbank('lines')", "Filterbank(['bump', 'difference'])", "Filterbank(<2 kernels of 3x4>)"]


def test_what_was_given_can_be_changed_afterwards():
    given = np.ones((3, 3, 1))
    bank = Filterbank(given)
    given[...] = math.nan
    assert bank((3, 3, 1, 1)).sum() == 9
    values = bank((3, 3, 1, 1))
    values[...] = 0
    assert bank((3, 3, 1, 1)).sum() == 9
