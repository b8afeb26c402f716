"""Pooling layers by their definitions, in loops: edges, gradients at zero, batch axes, open sizes, second uses."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases.layers import pooling as cases
from cases.rows import LayerCase
from checks.problem import make_layer

from pellucid import Input, Model, Sequential, layers
from pellucid.engines import NativeEngine, ReferenceEngine, available_isas
from pellucid.graph import Graph, builder, gradient, ops

ENGINES = [ReferenceEngine(), *map(NativeEngine, available_isas())]
each_engine = pytest.mark.parametrize("engine", ENGINES, ids=["reference", *available_isas()])
each_case = pytest.mark.parametrize("case", cases.ROWS, ids=lambda case: case.name)


def run(layer: layers.Layer, engine: Any, *arrays: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The result of a layer, and the gradients of its sum for each input."""
    graph = Graph()
    tensors = [graph.add(ops.Input(array.shape, f"x{i}")) for i, array in enumerate(arrays)]
    y = layer(tensors if len(tensors) > 1 else tensors[0])
    found = gradient(builder.reduce_sum(y), tensors)
    graph.outputs = {"y": y} | {f"g{i}": tensor for i, tensor in enumerate(found)}
    results = engine.prepare(graph).run({f"x{i}": array.astype(engine.dtype) for i, array in enumerate(arrays)}, {})
    return results["y"], [results[f"g{i}"] for i in range(len(arrays))]


# Adaptive pooling, window by window.


def _cut(x: np.ndarray, output_size: tuple[int, ...], of: Callable[..., np.ndarray]) -> np.ndarray:
    """`of` each window from floor(i n / out) to ceil((i + 1) n / out), for x (batch, spatial..., channels)."""
    y = np.zeros((x.shape[0], *output_size, x.shape[-1]))
    for place in itertools.product(*map(range, output_size)):
        window = tuple(
            slice(math.floor(i * n / out), math.ceil((i + 1) * n / out))
            for i, n, out in zip(place, x.shape[1:-1], output_size, strict=True)
        )
        y[(slice(None), *place)] = of(x[(slice(None), *window)], axis=tuple(range(1, x.ndim - 1)))
    return y


@each_engine
@pytest.mark.parametrize(
    ("shape", "output_size"),
    [
        ((2, 11, 3), (4,)),
        ((2, 3, 2), (7,)),
        ((2, 9, 7, 3), (4, 5)),
        ((2, 8, 7, 2), (4, 2)),
        ((1, 5, 4, 6, 2), (3, 4, 5)),
    ],
)
def test_windows_of_adaptive_pooling(shape: tuple[int, ...], output_size: tuple[int, ...], engine: Any) -> None:
    """To the bit: a maximum is chosen, and a mean of whole numbers is a sum, which is exact, divided once."""
    x = np.random.default_rng(0).integers(-9, 10, shape).astype(np.float64)
    for kind, of in (("Max", np.max), ("Average", np.mean)):
        layer = getattr(layers, f"Adaptive{kind}Pooling{len(shape) - 2}D")(output_size)
        np.testing.assert_array_equal(run(layer, engine, x)[0], _cut(x, output_size, of).astype(engine.dtype))


def test_adaptive_pooling_to_the_size_of_the_input_changes_nothing() -> None:
    """Each window is one element; 7 and 49 are sizes at which float32 bounds would be off."""
    for n in range(1, 50):
        x = np.random.default_rng(n).normal(size=(1, n, 2)).astype(np.float32)
        for layer in (layers.AdaptiveAveragePooling1D(n), layers.AdaptiveMaxPooling1D(n)):
            np.testing.assert_array_equal(run(layer, NativeEngine(), x)[0], x)


# p-norms.


@each_engine
@pytest.mark.parametrize("p", [1, 1.0001, 1.5, 2, 2.5, 3, 4, 10, 126])
def test_slope_of_a_norm_at_zero_is_zero(p: float, engine: Any) -> None:
    """Where a whole window is 0; its neighbour has the slope of the formula."""
    x = np.array([0.0, -0.0, 0.0, -1.0, 0.5, 1.0]).reshape(1, 6, 1)
    y, (grad,) = run(layers.LpPooling1D(2, p=p), engine, x)
    norm = (0.5**p + 1) ** (1 / p)
    np.testing.assert_allclose(y.ravel(), [0, 1, norm], rtol=2e-6)
    slopes = [0, 0, 0, -1, (0.5 / norm) ** (p - 1), (1 / norm) ** (p - 1)]
    np.testing.assert_allclose(grad.ravel(), slopes, rtol=1e-5, atol=2e-38)
    for layer in (layers.GlobalLpPooling1D(p=p), layers.LpPooling1D(6, p=p)):
        y, (grad,) = run(layer, engine, np.zeros((2, 6, 3)))
        assert not y.any() and not grad.any()


@each_engine
def test_norms_pass_on_what_is_no_number(engine: Any) -> None:
    """NaN in one window stays there, and infinity is infinite."""
    x = np.array([np.nan, 1, 2, 0, np.inf, 1]).reshape(1, 6, 1)
    with np.errstate(invalid="ignore"):
        for p, second in ((1, 2.0), (2, 2.0), (3, 2.0)):
            y, _ = run(layers.LpPooling1D(2, p=p), engine, x)
            np.testing.assert_allclose(y.ravel(), [np.nan, second, np.inf], rtol=1e-6)


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_euclidean_norm_is_good_to_a_few_units(rank: int, isa: str) -> None:
    """Half a unit for each square and each addition, halved by the root, and half a unit for the root."""
    x = np.random.default_rng(0).normal(size=(3, *(24, 12, 8)[:rank], 19)).astype(np.float32)
    for pool in (1, 2, 3):
        y, _ = run(getattr(layers, f"LpPooling{rank}D")(pool), NativeEngine(isa), x)
        exact, _ = run(getattr(layers, f"LpPooling{rank}D")(pool), ReferenceEngine(), x)
        assert (np.abs(y - exact) <= (pool**rank / 2 + 1) * 2.0**-24 * exact).all()


def test_norms_lie_between_sum_and_maximum() -> None:
    """They fall with p, from the sum of magnitudes to the largest; the difference is a factor of 4^(1/p) at most."""
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)
    norms = [run(layers.LpPooling2D(p=p), ReferenceEngine(), x)[0] for p in (1, 1.5, 2, 4, 16, 126)]
    largest = run(layers.MaxPooling2D(), ReferenceEngine(), np.abs(x))[0]
    for larger, smaller in itertools.pairwise(norms):
        assert (larger >= smaller * (1 - 1e-12)).all() and (larger > smaller).any()
    assert (norms[-1] >= largest * (1 - 1e-12)).all() and (norms[-1] <= largest * 4 ** (1 / 126)).all()


# Unpooling.


@each_engine
def test_values_of_overlapping_windows_add_up(engine: Any) -> None:
    """5 is the maximum of three windows of three."""
    x = np.array([1, 2, 5, 4, 3]).reshape(1, 5, 1)
    y, (to_values, to_x) = run(layers.MaxUnpooling1D(3, strides=1), engine, np.array([[[1], [20], [300]]]), x)
    assert y.ravel().tolist() == [0, 0, 321, 0, 0]
    assert to_values.ravel().tolist() == [1, 1, 1] and not to_x.any()


@each_engine
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unpooling_undoes_pooling_at_the_maxima(rank: int, engine: Any) -> None:
    """What is pooled, unpooled and pooled again is what was pooled; elsewhere there is 0."""
    x = np.random.default_rng(0).integers(1, 9, (2, *(12, 7, 6)[:rank], 17)).astype(np.float64)
    pool, back = getattr(layers, f"MaxPooling{rank}D"), getattr(layers, f"MaxUnpooling{rank}D")
    for options in ({}, {"padding": "same"}, {"pool_size": 3, "strides": 3, "padding": "same"}):
        pooled, _ = run(pool(**options), engine, x)
        restored, _ = run(back(**options), engine, pooled, x)
        assert np.isin(restored, [0.0, *np.unique(x)]).all() and ((restored == x) | (restored == 0)).all()
        assert (restored != 0).sum() == pooled.size  # one place for each window, at ties too
        np.testing.assert_array_equal(run(pool(**options), engine, restored)[0], pooled)


def test_an_encoder_and_decoder_learns() -> None:
    """The decoder puts what it made of the code where the encoder found it; sizes are open."""
    x = Input((None, None, 1))
    features = layers.Conv2D(4, 3, padding="same", activation="relu", name="encoder")(x)
    code = layers.Conv2D(4, 1, name="middle")(layers.MaxPooling2D()(features))
    wide = layers.MaxUnpooling2D()([code, features])
    model = Model(x, layers.Conv2D(1, 3, padding="same", name="decoder")(wide))
    assert model.output_shape == (None, None, None, 1)
    images = np.random.default_rng(0).normal(size=(16, 8, 6, 1)).astype(np.float32)
    model.compile("adam", "mse")
    before = [weight.numpy() for weight in model.weights]
    history = model.fit(images, images, epochs=20, verbose=0).history["loss"]
    assert history[-1] < 0.9 * history[0]
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    assert model.predict(np.ones((2, 4, 10, 1)), verbose=0).shape == (2, 4, 10, 1)


# What all of them share.


def _arrays(case: LayerCase, *further: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(*further, *shape)).astype(np.float32) for shape in case.inputs]


@each_case
def test_nothing_is_learnt(case: LayerCase) -> None:
    """No weights at all."""
    layer = make_layer(case)
    run(layer, ReferenceEngine(), *_arrays(case))
    assert layer.weights == [] and layer.count_params() == 0


@each_case
def test_axes_before_the_spatial_ones_are_all_batch(case: LayerCase) -> None:
    """Two more of them give what each part gives by itself, to the bit."""
    arrays = _arrays(case, 2, 3)
    y, grads = run(make_layer(case), NativeEngine(), *arrays)
    for part in itertools.product(range(2), range(3)):
        alone, grads_alone = run(make_layer(case), NativeEngine(), *(array[part] for array in arrays))
        np.testing.assert_array_equal(y[part], alone)
        for grad, grad_alone in zip(grads, grads_alone, strict=True):
            np.testing.assert_array_equal(grad[part], grad_alone)


@each_case
def test_both_data_formats_compute_the_same(case: LayerCase) -> None:
    """The case in its own format against the other one."""
    first = case.arguments.get("data_format") == "channels_first"
    there, back = ((1, -1) if first else (-1, 1)), ((-1, 1) if first else (1, -1))
    other = {**case.arguments, "data_format": "channels_last" if first else "channels_first"}
    y, grads = run(make_layer(case), NativeEngine(), *_arrays(case))
    moved = [np.moveaxis(array, *there) for array in _arrays(case)]
    layer = getattr(layers, case.layer)(**other)
    other_y, other_grads = run(layer, NativeEngine(), *moved)
    np.testing.assert_array_equal(y, np.moveaxis(other_y, *back) if y.ndim > 2 else other_y)
    for grad, other_grad in zip(grads, other_grads, strict=True):
        np.testing.assert_array_equal(grad, np.moveaxis(other_grad, *back))


@each_case
def test_open_sizes(case: LayerCase) -> None:
    """A model for any size gives at this size what a model for this size gives; open is what depends on it."""
    first = case.arguments.get("data_format") == "channels_first"

    def opened(shape: tuple[int, ...]) -> tuple[int | None, ...]:
        return (shape[1], *[None] * (len(shape) - 2)) if first else (*[None] * (len(shape) - 2), shape[-1])

    def model(shapes: list[Any]) -> Model:
        inputs = [Input(shape) for shape in shapes]
        return Model(inputs, make_layer(case)(inputs if len(inputs) > 1 else inputs[0]))

    fixed, any_size = model([shape[1:] for shape in case.inputs]), model([opened(shape) for shape in case.inputs])
    arrays = _arrays(case)
    data = arrays if len(arrays) > 1 else arrays[0]
    np.testing.assert_array_equal(any_size.predict(data, verbose=0), fixed.predict(data, verbose=0))
    depends = case.layer.startswith(("Max", "Average", "Lp"))
    assert (None in any_size.output_shape[1:]) == depends
    if not depends:
        assert any_size.output_shape == fixed.output_shape


@each_case
def test_a_layer_used_again_on_another_size(case: LayerCase) -> None:
    """Windows, counts and tables are made anew for each input."""
    layer = make_layer(case)
    run(layer, NativeEngine(), *_arrays(case))
    x = _arrays(case)[-1]
    spatial = range(2, x.ndim) if case.arguments.get("data_format") == "channels_first" else range(1, x.ndim - 1)
    wider = np.concatenate([x, x, x], axis=spatial[-1])
    more = [wider]
    if "Unpooling" in case.layer:
        twin = getattr(layers, case.layer.replace("Un", "").replace("pooling", "Pooling"))(**case.arguments)
        more = [run(twin, NativeEngine(), wider)[0], wider]
    y, _ = run(layer, NativeEngine(), *more)
    again, _ = run(make_layer(case), NativeEngine(), *more)
    np.testing.assert_array_equal(y, again)


def test_two_uses_in_one_model() -> None:
    """One layer on two maps of different sizes."""
    shared, small, large = layers.AdaptiveAveragePooling2D(2), Input((3, 5, 2)), Input((4, 4, 2))
    model = Model([small, large], layers.Add()([shared(small), shared(large)]))
    a, b = (np.random.default_rng(i).normal(size=(3, *shape)) for i, shape in enumerate(((3, 5, 2), (4, 4, 2))))
    alone = [Sequential([Input(x.shape[1:]), layers.AdaptiveAveragePooling2D(2)]).predict(x, verbose=0) for x in (a, b)]
    np.testing.assert_array_equal(model.predict([a, b], verbose=0), alone[0] + alone[1])


def test_configurations_name_every_option() -> None:
    """In Keras's words; what is made again from it has the same."""
    for case in cases.ROWS:
        config = make_layer(case).get_config()
        assert {*case.arguments} < {*config}
        assert getattr(layers, case.layer).from_config(config).get_config() == config
