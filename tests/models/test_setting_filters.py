"""One filter of a layer is read, set and drawn anew, by array, name and formula."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases.filters import KINDS, trained
from cases.hostile_values import VALUES

import pellucid
from pellucid import filterbank, initializers, layers
from pellucid.errors import ArgumentError, NotYetError, PellucidError, ShapeError

RNG = np.random.default_rng(0)


def test_a_name_means_the_same_as_in_an_initializer() -> None:
    for kind in ("Conv1D", "Conv2D", "Conv2DTranspose", "Conv3D"):
        layer: Any = KINDS[kind][0]()
        layer.build((None, *KINDS[kind][1]))
        name: Any = {1: "difference", 2: "sobel_y", 3: initializers.Filterbank(np.ones((2, 2, 2, 1)))}[layer.rank]
        values = layer.filter(2).set(name).kernel
        bank = name if layer.rank == 3 else initializers.Filterbank([name])
        np.testing.assert_array_equal(values, bank((*values.shape, 1))[..., 0])


def test_a_depthwise_filter_sees_one_channel() -> None:
    layer: Any = layers.DepthwiseConv2D(3, depth_multiplier=2)
    layer.build((None, 9, 9, 3))
    chosen = layer.filter(3).set("sobel_x")
    assert chosen.axes == ("rows", "columns")
    np.testing.assert_array_equal(layer.kernel.numpy()[:, :, 1, 1], filterbank.sobel_x())


def test_axes_have_names() -> None:
    named = {}
    for kind, (make, shape, which) in KINDS.items():
        layer: Any = make()
        layer.build((None, *shape))
        chosen = layer.filter(0, which)
        named[kind] = chosen.axes
        assert len(chosen.axes) == chosen.kernel.ndim
    assert named["Conv3D"] == named["Conv3DTranspose"] == ("depth", "rows", "columns", "channels")
    assert (named["Dense"], named["Conv1D"]) == (("inputs",), ("taps", "channels"))


FORMULAS: dict[str, tuple[Any, Any]] = {
    "of places": (lambda rows, columns: rows - 2 * columns, [[1, -1, -3], [2, 0, -2], [3, 1, -1]]),
    "of all": (lambda rows, columns, channels: channels + 0 * rows, np.zeros((3, 3))),
    "one number": (lambda rows, columns: 7, np.full((3, 3), 7)),
    "of any number": (lambda *places: places[1], [[-1, 0, 1]] * 3),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula(name: str) -> None:
    layer: Any = layers.Conv2D(2, 3)
    layer.build((None, 9, 9, 2))
    np.testing.assert_array_equal(layer.filter(1).set(FORMULAS[name][0]).kernel[..., 0], FORMULAS[name][1])


def test_setting_counts_in_the_next_prediction() -> None:
    layer: Any = layers.Conv2D(2, 3, use_bias=False)
    model, _ = trained(layer, (3, 3, 1))
    x = RNG.random((1, 3, 3, 1), np.float32)
    model.predict(x)
    layer.filter(1).kernel = filterbank.sobel_x()[..., np.newaxis]
    np.testing.assert_allclose(
        model.predict(x)[0, 0, 0, 1], (x[0, :, :, 0] * filterbank.sobel_x()).sum(), rtol=1e-5, atol=1e-6
    )


def test_reinitializing_one_leaves_the_others_and_repeats_with_a_seed() -> None:
    layer: Any = layers.Conv2D(4, 3, kernel_initializer="he_normal")
    _, train = trained(layer, (6, 6, 2))
    train()
    before = layer.get_weights()
    first = layer.filter(2).reinitialize().kernel
    second = layer.filter(2).reinitialize().kernel
    assert not np.array_equal(first, second) and layer.filter(2).bias == 0
    for old, new in zip(before, layer.get_weights(), strict=True):
        assert (old[..., [0, 1, 3]] == new[..., [0, 1, 3]]).all() and (old[..., 2] != new[..., 2]).any()
    seeded = layer.filter(2).reinitialize(seed=5).kernel
    np.testing.assert_array_equal(seeded, initializers.HeNormal(seed=5)((3, 3, 2, 4))[..., 2])
    np.testing.assert_array_equal(layer.filter(2).reinitialize("ones").kernel, 1)
    np.testing.assert_array_equal(layer.filter(2).reinitialize(layer.kernel_initializer).kernel[:0], seeded[:0])
    pellucid.set_random_seed(1)
    drawn = layer.filter(1).reinitialize().kernel
    pellucid.set_random_seed(1)
    np.testing.assert_array_equal(drawn, layer.filter(1).reinitialize().kernel)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_drawn_anew(kind: str) -> None:
    make, shape, which = KINDS[kind]
    layer: Any = make()
    layer.build((None, *shape))
    before = layer.filter(1, which).kernel
    assert not np.array_equal(layer.filter(1, which).reinitialize(seed=3).kernel, before)


def _conv() -> Any:
    layer = layers.Conv2D(4, 3, name="c")
    layer.build((None, 9, 9, 2))
    return layer


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no weights yet": (lambda: layers.Conv2D(4, 3, name="c").filter(0), NotYetError, "no filters before it knows"),
    "number": (lambda: _conv().filter(4), ArgumentError, 'Conv2D "c": the number of a filter must be .* 3, got 4'),
    "number below": (lambda: _conv().filter(-5), ArgumentError, "the number of a filter"),
    "no number": (lambda: _conv().filter("first"), ArgumentError, "the number of a filter .* got 'first'"),
    "which": (lambda: _conv().filter(0, "depthwise"), ArgumentError, "depthwise"),
    "shape": (
        lambda: _conv().filter(1).set(np.zeros((3, 3))),
        ShapeError,
        r'Conv2D "c", filter 1: its kernel has the shape \(3, 3, 2\), got \(3, 3\)',
    ),
    "transposed": (lambda: _conv().filter(1).set(np.zeros((2, 3, 3))), ShapeError, r"np.transpose\(values, "),
    "name": (lambda: _conv().filter(1).set("sobol_x"), ArgumentError, "did you mean 'sobel_x'"),
    "too large": (lambda: _conv().filter(1).set(initializers.Filterbank("curves")), ShapeError, "7x7 do not fit"),
    "numbers drawn": (lambda: _conv().filter(1).set(initializers.HeNormal()), ArgumentError, "say reinitialize"),
    "formula of four": (lambda: _conv().filter(1).set(lambda a, b, c, d: 0), ArgumentError, "rows, columns, channels"),
    "formula's shape": (lambda: _conv().filter(1).set(lambda a, b: np.ones(5)), ShapeError, "a number for each tap"),
    "nan": (lambda: _conv().filter(1).set(np.full((3, 3, 2), np.nan)), PellucidError, "finite"),
    "bias": (
        lambda: (
            layers.Dense(2, use_bias=False)(np.ones((1, 2))) is None
            or (layer := layers.Dense(2, use_bias=False)).build((None, 2))
            or layer.filter(0).set([1, 2], bias=1)
        ),
        ArgumentError,
        "no bias that could be set",
    ),
    "seed": (lambda: _conv().filter(1).reinitialize("ones", seed=3), ArgumentError, "draws nothing"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    do, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        do()


def test_what_is_read_cannot_be_written_to_in_vain() -> None:
    with pytest.raises(ValueError, match="read-only"):
        _conv().filter(1).kernel[0] = 1


METHODS: dict[str, Callable[[Any, Any], Any]] = {
    "number": lambda layer, value: layer.filter(value),
    "which": lambda layer, value: layer.filter(0, value),
    "set": lambda layer, value: layer.filter(0).set(value),
    "bias": lambda layer, value: layer.filter(0).set("sobel_x", value),
    "initializer": lambda layer, value: layer.filter(0).reinitialize(value),
    "seed": lambda layer, value: layer.filter(0).reinitialize(None, value),
}


@pytest.mark.parametrize("method", METHODS)
def test_whatever_is_given_the_error_is_ours(method: str) -> None:
    """Or none; a function of a user's own may raise what it likes."""
    layer = _conv()
    for value in VALUES:
        made = VALUES[value]()
        is_function = callable(made)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                METHODS[method](layer, made)
        except PellucidError:
            pass
        except Exception:
            assert is_function, value
