"""Activations in float64: their numbers, their slopes also where they bend, what they refuse, and how files name them.

That the native engine gives Keras's numbers is shown in tests/conformance/test_keras_activations.py.
"""

from __future__ import annotations

import functools

import keras
import numpy as np
import pytest
from checks.keras_slopes import slopes_of, weighted_sum

from pellucid import activations, registry
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph, builder, gradient, ops

BENDS = [-3.0, 0.0, 3.0, 6.0]
POINTS = np.concatenate([np.linspace(-8.0, 8.0, 28), BENDS]).reshape(4, 8)
WEIGHTS = np.random.default_rng(1).normal(size=POINTS.shape)  # so that the gradient of softmax's sum is not 0

OF_KERAS_2 = "hard_sigmoid_keras2"
AS_IN_KERAS = [name for name in activations.ACTIVATIONS if name not in ("sparsemax", OF_KERAS_2)]
"""Keras 3.15's sparsemax is wrong where several entries are in the support; Keras 2's hard sigmoid is gone."""


def of_keras(name):
    """Keras's function; for tanh, which Keras rounds to float32 on JAX, the one that it stands for."""
    return keras.ops.tanh if name == "tanh" else keras.activations.get(name)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", AS_IN_KERAS)
def test_value_is_that_of_keras(name, compute):
    ours = compute(activations.get(name), x=POINTS)
    np.testing.assert_allclose(ours, of_keras(name)(POINTS), rtol=1e-12, atol=1e-15)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", AS_IN_KERAS)
def test_slope_is_that_of_keras_also_at_bends(name, gradient_of):
    factors = WEIGHTS[:, :4] if name == "glu" else WEIGHTS
    ours = gradient_of(lambda x, w: activations.get(name)(x) * w, "x", x=POINTS, w=factors)
    _, [theirs] = slopes_of(lambda x: (weighted_sum(of_keras(name)(x), factors), ()), [POINTS])
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-13)


SLOPES = {
    "relu": (activations.relu, {0.0: 0.0}),
    "relu with a slope": (lambda x: activations.relu(x, 0.1), {0.0: 1.0, -1.0: 0.1}),
    "relu with a ceiling": (lambda x: activations.relu(x, max_value=5), {0.0: 0.0, 5.0: 1.0, 5.5: 0.0}),
    "relu with a ceiling of 6": (lambda x: activations.relu(x, max_value=6), {0.0: 0.0, 6.0: 0.0}),
    "relu with a threshold": (lambda x: activations.relu(x, threshold=1), {1.0: 0.0, 1.5: 1.0, 0.5: 0.0}),
    "relu with all": (lambda x: activations.relu(x, 0.1, 5.0, 1.0), {0.5: 0.1, 1.0: 0.0, 1.5: 1.0, 5.0: 1.0, 6.0: 0.0}),
    "relu from below 0": (lambda x: activations.relu(x, threshold=-1), {-1.0: 0.0, -0.5: 1.0, 0.0: 1.0}),
    "relu6": (activations.relu6, {0.0: 0.0, 3.0: 1.0, 6.0: 0.0}),
    "leaky_relu": (activations.leaky_relu, {0.0: 1.0, -1.0: 0.2}),
    "leaky_relu, steep": (lambda x: activations.leaky_relu(x, 3.0), {0.0: 1.0, -1.0: 3.0, 1.0: 1.0}),
    "elu": (lambda x: activations.elu(x, 0.5), {0.0: 0.5, 1.0: 1.0}),
    "selu": (activations.selu, {0.0: 1.7580993408473766}),
    "celu": (lambda x: activations.celu(x, 0.5), {0.0: 1.0}),
    "softplus": (activations.softplus, {0.0: 0.5}),
    "log_sigmoid": (activations.log_sigmoid, {0.0: 0.5}),
    "mish": (activations.mish, {0.0: 0.6}),
    "softsign": (activations.softsign, {0.0: 1.0}),
    "hard_sigmoid": (activations.hard_sigmoid, {-3.0: 0.0, 0.0: 1 / 6, 3.0: 0.0}),
    "hard_silu": (activations.hard_silu, {-3.0: 0.0, 0.0: 0.5, 3.0: 1.0}),
    "hard_tanh": (activations.hard_tanh, {-1.0: 1.0, 1.0: 1.0, 1.5: 0.0}),
    "hard_shrink": (activations.hard_shrink, {-0.5: 0.0, 0.0: 0.0, 0.5: 0.0, 0.75: 1.0}),
    "soft_shrink": (activations.soft_shrink, {-0.5: 0.0, 0.0: 0.0, 0.5: 0.0, 0.75: 1.0}),
    "threshold": (lambda x: activations.threshold(x, 1.0, 9.0), {1.0: 0.0, 1.5: 1.0}),
    "sparse_plus": (activations.sparse_plus, {-1.0: 0.0, 0.0: 0.5, 1.0: 1.0}),
    "sparse_sigmoid": (activations.sparse_sigmoid, {-1.0: 0.5, 0.0: 0.5, 1.0: 0.5, 1.5: 0.0}),
}
"""What the docstrings promise: slopes by place."""


@pytest.mark.parametrize("engine", [ReferenceEngine(), NativeEngine()], ids=["reference", "native"])
@pytest.mark.parametrize("name", SLOPES)
def test_slopes_where_pieces_meet(name, engine):
    function, slopes = SLOPES[name]
    graph = Graph()
    x = graph.add(ops.Input((len(slopes),), "x"))
    [graph.outputs["slope"]] = gradient(builder.reduce_sum(function(x)), [x])
    found = engine.prepare(graph).run({"x": np.array(list(slopes), engine.dtype)}, {})["slope"]
    np.testing.assert_allclose(found, list(slopes.values()), rtol=1e-6)


SETTINGS = {
    "relu": lambda x: activations.relu(x, 0.3, 2.5, 0.7),
    "relu, below 0": lambda x: activations.relu(x, 0.3, 2.5, -0.7),
    "leaky_relu": lambda x: activations.leaky_relu(x, 1.7),
    "elu": lambda x: activations.elu(x, 1.7),
    "celu": lambda x: activations.celu(x, 1.7),
    "squareplus": lambda x: activations.squareplus(x, 0.3),
    "gelu": lambda x: activations.gelu(x, approximate=True),
    "hard_shrink": lambda x: activations.hard_shrink(x, 0.7),
    "soft_shrink": lambda x: activations.soft_shrink(x, 0.7),
    "threshold": lambda x: activations.threshold(x, 0.7, -2.0),
    "softmax": lambda x: activations.softmax(x, 1),
    "log_softmax": lambda x: activations.log_softmax(x, 1),
    "glu": lambda x: activations.glu(x, 1),
    "sparsemax": lambda x: activations.sparsemax(x * 0.2, 1),
    "sparsemax, narrow": lambda x: activations.sparsemax(x * 3.0, 0),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_gradient_is_the_slope(name, compute, gradient_of):
    """By central differences, away from where pieces meet; sums are weighed, so that those of softmax change."""
    x = np.random.default_rng(3).permutation(np.linspace(-3.03, 3.07, 24)).reshape(3, 4, 2)

    def total(x):
        y = SETTINGS[name](x)
        return builder.reduce_sum(y * np.cos(np.arange(np.prod(y.shape))).reshape(y.shape))

    found, step = gradient_of(total, "x", x=x), 1e-6
    for place in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[place] += step
        behind[place] -= step
        slope = (compute(total, x=ahead) - compute(total, x=behind)) / (2 * step)
        assert abs(found[place] - slope) < 1e-8, place


@pytest.mark.parametrize("name", sorted(set(activations.ACTIVATIONS) - {"exponential"}))
def test_large_inputs_neither_overflow_nor_lose_the_slope(name, compute, gradient_of):
    x = np.array([[-1e4, 1e4], [1e4, 1e4]])
    assert np.isfinite(compute(activations.get(name), x=x)).all()
    assert np.isfinite(gradient_of(activations.get(name), "x", x=x)).all()


@pytest.mark.parametrize("settings", [{}, {"threshold": 1}, {"negative_slope": 1}, {"max_value": 5}])
def test_relu_keeps_whole_numbers_whole(settings, compute):
    x = np.arange(-3.0, 9.0)
    assert np.array_equal(compute(lambda x: activations.relu(x, **settings), x=x) % 1, np.zeros(12))


def test_sparsemax_where_an_entry_enters_the_support(gradient_of):
    """With 0 and 1 the larger takes all, but only just; the smaller has no say yet."""
    slope = gradient_of(
        lambda x, w: activations.sparsemax(x) * w, "x", x=np.array([[0.0, 1.0]]), w=np.array([1.0, 3.0])
    )
    assert not slope.any()


def test_sparsemax_keeps_its_digits_far_from_0():
    """In float32, where a sum of numbers of 1e4 is known to 0.002."""
    x = np.array([[1e4, 1e4 + 0.25, 1e4 + 0.5, -1e4], [-1e4, -1e4 + 0.25, -1e4 + 0.5, -2e4]], np.float32)
    graph = Graph()
    graph.outputs["y"] = activations.sparsemax(graph.add(ops.Input(x.shape, "x")))
    y = NativeEngine().prepare(graph).run({"x": x}, {})["y"]
    np.testing.assert_allclose(y, [[1 / 12, 4 / 12, 7 / 12, 0.0]] * 2, atol=1e-6)


def test_sparsemax_by_hand(compute):
    x = [[0.5, 0.5, -1.0], [0.0, 0.5, 1.0], [3.0, 0.0, 1.0], [7.0, 7.0, 7.0], [-1e4, 0.0, 0.25]]
    expected = [[0.5, 0.5, 0.0], [0.0, 0.25, 0.75], [1.0, 0.0, 0.0], [1 / 3] * 3, [0.0, 0.375, 0.625]]
    np.testing.assert_allclose(compute(activations.sparsemax, x=np.array(x)), expected, atol=1e-15)
    np.testing.assert_allclose(
        compute(lambda x: activations.sparsemax(x, 0), x=np.array(x).T), np.array(expected).T, atol=1e-15
    )


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_probabilities_remember_their_logits(name):
    x = Graph().add(ops.Input((2, 3), "x"))
    assert activations.get(name)(x).logits is x


def test_probabilities_along_another_axis_have_no_logits_for_losses():
    x = Graph().add(ops.Input((2, 3), "x"))
    assert activations.softmax(x, axis=0).logits is None


def test_softmax_of_a_number_is_refused():
    with pytest.raises(ShapeError, match=r"axis=-1 is not an axis of shape \(\)"):
        activations.softmax(Graph().constant(1.0))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_along_several_axes_is_that_of_rows(name):
    function, x = getattr(activations, name), np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    rows = function(np.moveaxis(x, 1, 2).reshape(2 * 4, 3 * 5).reshape(2, 4, 15))
    together = function(x, axis=(1, 3))
    np.testing.assert_allclose(np.moveaxis(together, 1, 2).reshape(2, 4, 15), rows, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(function(x[0, 0, 0]), function(x[0, 0, :1])[0], rtol=1e-6)
    np.testing.assert_allclose(function(x[0], axis=[0, -1, 1]).ravel(), function(x[0].ravel()), rtol=1e-5, atol=1e-6)
    for axis in ((1, 1), (), (1, -3)):
        with pytest.raises(ArgumentError, match="a whole number or different ones in a tuple, got"):
            function(x, axis=axis)


NO_NUMBERS = ["0.5", None, True, float("nan"), float("inf"), -float("inf"), [1.0], 1e39, 1 + 2j]
SETTINGS_OF = [
    ("relu", "negative_slope", []),
    ("relu", "max_value", [-1.0, -(2**31)]),
    ("relu", "threshold", []),
    ("leaky_relu", "negative_slope", []),
    ("elu", "alpha", []),
    ("celu", "alpha", [0.0, -1.0, 1e-39]),
    ("squareplus", "b", [-1e-9]),
    ("hard_shrink", "threshold", []),
    ("soft_shrink", "threshold", []),
    ("threshold", "threshold", []),
    ("threshold", "default_value", []),
]


@pytest.mark.parametrize(("function", "name", "more"), SETTINGS_OF, ids=lambda item: item if item != [] else "-")
def test_settings_that_are_no_numbers_are_refused(function, name, more):
    x = Graph().add(ops.Input((2,), "x"))
    others = {"threshold": 0.0, "default_value": 0.0} if function == "threshold" else {}
    for value in [*NO_NUMBERS, *more]:
        if (name, value) == ("max_value", None):
            continue
        with pytest.raises(ArgumentError, match=rf"^activations\.{function}: {name} must be a finite number.*, got "):
            getattr(activations, function)(x, **(others | {name: value}))
    getattr(activations, function)(x, **(others | {name: 2**62}))


def test_gelu_is_approximate_or_not():
    with pytest.raises(ArgumentError, match="approximate must be True or False, got 'tanh'"):
        activations.gelu(Graph().add(ops.Input((2,), "x")), approximate="tanh")


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax", "glu"])
def test_axes_that_do_not_exist_are_refused(name):
    x = Graph().add(ops.Input((2, 4), "x"))
    for axis in (2, -3, 2**31, 2**62):
        with pytest.raises(ShapeError, match=rf"^activations\.{name}: axis={axis} is not an axis of shape \(2, 4\)"):
            getattr(activations, name)(x, axis=axis)
    for axis in (True, 1.0, "1", None):
        with pytest.raises(ArgumentError, match=rf"^activations\.{name}: axis must be a whole number, got "):
            getattr(activations, name)(x, axis=axis)


def test_glu_halves_even_sizes_only():
    with pytest.raises(ShapeError, match=r"an even size along axis -1, got shape \(2, 3\)"):
        activations.glu(Graph().add(ops.Input((2, 3), "x")))


def test_none_is_linear_and_functions_pass():
    x = Graph().add(ops.Input((3,), "x"))
    assert activations.get(None)(x) is x
    assert activations.get(activations.tanh) is activations.tanh


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("rellu", r"unknown activation 'rellu'; did you mean 'relu'\? Known: celu, elu, "),
        ("threshold", "needs its settings; define a function that gives them: def "),
        (3, "must be a name such as 'relu' or a function of a tensor, got 3"),
        (dict, "must be a name"),
        ({"class_name": "LeakyReLU", "config": {}}, "got a record of 'LeakyReLU'"),
        ({"class_name": "function", "config": 3}, "got a record of 'function'"),
        ({"class_name": "function", "config": "mine"}, r"own: pass custom_objects=\{'mine': mine\}"),
        ({}, "got a record of None"),
    ],
)
def test_unknown_activations_are_refused(identifier, message):
    with pytest.raises(ArgumentError, match=message):
        activations.get(identifier)


@pytest.mark.parametrize("name", sorted(set(activations.ACTIVATIONS) - {OF_KERAS_2}))
def test_a_name_survives_serialisation_as_in_keras(name):
    written = activations.serialize(activations.get(name))
    assert activations.get(written) is activations.get(name)
    assert written == keras.activations.serialize(keras.activations.get(name))


def squared(x):
    return x * x


def test_a_function_of_ones_own_is_found_among_custom_objects():
    name = activations.serialize(squared)
    assert name == "squared"
    assert activations.deserialize(name, custom_objects={"squared": squared}) is squared
    with registry.custom_objects({"squared": squared, "relu": squared}):
        assert activations.get("squared") is squared
        assert activations.get("relu") is squared
    with pytest.raises(ArgumentError, match="unknown activation 'squared'"):
        activations.get(name)


def relu(x):
    return x


@pytest.mark.parametrize(
    "function", [lambda x: x, functools.partial(activations.leaky_relu, negative_slope=0.3), relu], ids=["a", "b", "c"]
)
def test_functions_without_a_name_of_their_own_are_refused_with_the_way_out(function):
    with pytest.raises(ArgumentError, match=r"has no name of its own, .* define it with def, as in 'def steep"):
        activations.serialize(function)
