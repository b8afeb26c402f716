"""Normalisation in training against Keras: results, gradients through the statistics, and what is kept for later."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from checks.keras_slopes import slopes_of, weighted_sum
from hypothesis import given
from hypothesis import strategies as st
from keras_oracle import Answer, check_answers, check_close, random_factors
from sampling import drawn

import pellucid
from pellucid import layers
from pellucid.engines import get_engine
from pellucid.graph import Graph, builder, gradient, ops, verify

EXAMPLES = 15
"""Drawn cases of each test here, of a few shapes; `test_torch_normalization` draws shapes freely."""

Options = dict[str, Any]
Shape = tuple[int, ...]


def filled(layer: layers.Layer, shape: Shape) -> layers.Layer:
    """The layer, built for inputs of that shape, with random weights; what is kept and not learned is positive."""
    layer.ensure_built((None, *shape[1:]))
    rng = np.random.default_rng(1)
    layer.set_weights(
        [rng.normal(size=w.shape) if w.learned else rng.uniform(0.5, 2.0, w.shape) for w in layer.weights]
    )
    return layer


def _pair(kind: str, shape: Shape, options: Options, held: tuple[str, Options] | None = None) -> tuple[Any, Any]:
    """The layer in both libraries, built for inputs of that shape, with equal random weights."""
    pair = []
    for library in (pellucid, keras):
        inside = () if held is None else (getattr(library.layers, held[0])(**held[1]),)
        pair.append(getattr(library.layers, kind)(*inside, **options))
    ours, theirs = pair
    theirs.build((None, *shape[1:]))
    filled(ours, shape)
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    assert [weight.shape for weight in ours.weights] == [tuple(weight.shape) for weight in theirs.weights]
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def step(layer: layers.Layer, x: np.ndarray, training: bool, engine: str = "native") -> tuple[Answer, list[np.ndarray]]:
    """Result, gradients, and the weights that are kept, after the step."""
    graph = Graph(training=training)
    tensor = graph.add(ops.Input(x.shape, "x"))
    wanted = [tensor, *(weight.tensor(graph) for weight in layer.trainable_weights)]
    y = layer.emit(tensor)
    gradients = gradient(builder.reduce_sum(y * graph.add(ops.Input(y.shape, "factors"))), wanted)
    graph.outputs = {"y": y} | {str(number): found for number, found in enumerate(gradients)}
    graph.emit_assignments()
    verify(graph)
    state = {weight.state.name: weight.state for weight in layer.weights}
    before = layer.get_weights()
    results = get_engine(engine).prepare(graph).run({"x": x, "factors": random_factors(y.shape)}, state)
    kept = [weight.numpy() for weight in layer.non_trainable_weights]
    layer.set_weights(before)
    return Answer(results["y"], [results["0"]], [results[str(i)] for i in range(1, len(wanted))]), kept


def _theirs(layer: keras.layers.Layer, x: np.ndarray, training: bool) -> tuple[Answer, list[np.ndarray]]:
    factors = random_factors(layer.compute_output_shape(x.shape))
    kept = [variable.value for variable in layer.non_trainable_variables]

    def total(array: Any, *weights: Any) -> tuple[Any, Any]:
        how = {"training": training} if _asks(layer) else {}
        y, after = layer.stateless_call(list(weights), kept, array, **how)
        return weighted_sum(y, factors), (y, list(after))

    (y, after), (of_x, *of_weights) = slopes_of(total, [x, *(variable.value for variable in layer.trainable_variables)])
    return Answer(y, [of_x], of_weights), after


def _asks(layer: keras.layers.Layer) -> bool:
    return bool(layer._call_has_training_arg)


def _compare(family: str, pair: tuple[Any, Any], x: np.ndarray, *, training: bool = True) -> list[np.ndarray]:
    """Both libraries on one batch; returns what is kept afterwards."""
    ours, theirs = pair
    (mine, kept), (reference, theirs_kept) = step(ours, x, training), _theirs(theirs, x, training)
    check_answers(family, mine, reference)
    for own, other in zip(kept, theirs_kept, strict=True):
        check_close(f"{family}: kept", own, other, 1e-5)
    return kept


def _data(shape: Shape, seed: int, mean: float = 0.0, spread: float = 1.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=shape) * spread + mean).astype(np.float32)


shapes = st.sampled_from([(4, 6), (1, 3), (2, 4, 3), (1, 5, 4), (2, 3, 4, 5), (1, 2, 3, 6), (2, 2, 3, 2, 4)])
seeds = st.integers(0, 2**16)
epsilons = st.sampled_from([1e-3, 0.01, 0.5])
momenta = st.sampled_from([0.0, 0.3, 0.99, 1.0])


def _axis(shape: Shape) -> st.SearchStrategy[int]:
    """An axis that is not the batch, counted from either end."""
    return st.integers(1, len(shape) - 1).flatmap(lambda axis: st.sampled_from([axis, axis - len(shape)]))


def _some_axes(shape: Shape) -> st.SearchStrategy[int | list[int]]:
    several = st.lists(st.integers(1, len(shape) - 1), min_size=1, unique=True)
    return st.one_of(_axis(shape), several, several.map(lambda axes: [axis - len(shape) for axis in axes]))


@drawn(2 * EXAMPLES)
@given(st.data(), shapes, seeds, st.booleans())
def test_batch_normalization(data: st.DataObject, shape: Shape, seed: int, training: bool) -> None:
    """Any rank and axis, a batch of one too; the averages that are kept follow."""
    options = {
        "axis": data.draw(_axis(shape)), "epsilon": data.draw(epsilons), "momentum": data.draw(momenta),
        "center": data.draw(st.booleans()), "scale": data.draw(st.booleans()),
    }  # fmt: skip
    family = f"BatchNormalization, {'training' if training else 'prediction'}"
    _compare(family, _pair("BatchNormalization", shape, options), _data(shape, seed), training=training)


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds)
def test_batch_renormalization(data: st.DataObject, shape: Shape, seed: int) -> None:
    """With and without bounds; the correction counts as a constant in the gradient."""
    bounds = {"rmin": st.floats(0.0, 0.9), "rmax": st.floats(1.0, 3.0), "dmax": st.floats(0.0, 2.0) | st.none()}
    options = {
        "axis": data.draw(_axis(shape)), "epsilon": data.draw(epsilons), "momentum": data.draw(momenta),
        "center": data.draw(st.booleans()), "scale": data.draw(st.booleans()), "renorm": True,
        "renorm_momentum": data.draw(momenta),
        "renorm_clipping": data.draw(st.none() | st.fixed_dictionaries({}, optional=bounds)),
    }  # fmt: skip
    _compare("BatchNormalization, renorm", _pair("BatchNormalization", shape, options), _data(shape, seed))


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds)
def test_layer_normalization(data: st.DataObject, shape: Shape, seed: int) -> None:
    """One axis or several, named from either end."""
    options = {
        "axis": data.draw(_some_axes(shape)), "epsilon": data.draw(epsilons), "center": data.draw(st.booleans()),
        "scale": data.draw(st.booleans()),
    }  # fmt: skip
    _compare("LayerNormalization", _pair("LayerNormalization", shape, options), _data(shape, seed))


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds)
def test_group_normalization(data: st.DataObject, shape: Shape, seed: int) -> None:
    """Any divisor of the channels, and -1."""
    axis = data.draw(_axis(shape))
    divisors = [groups for groups in range(1, 7) if shape[axis] % groups == 0]
    options = {
        "axis": axis, "groups": data.draw(st.sampled_from([-1, *divisors])), "epsilon": data.draw(epsilons),
        "center": data.draw(st.booleans()), "scale": data.draw(st.booleans()),
    }  # fmt: skip
    _compare("GroupNormalization", _pair("GroupNormalization", shape, options), _data(shape, seed))


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds)
def test_rms_normalization(data: st.DataObject, shape: Shape, seed: int) -> None:
    """The last axes, since Keras's factor stands along those whatever `axis` says."""
    count = data.draw(st.integers(1, len(shape) - 1))
    axis = data.draw(st.sampled_from([list(range(len(shape) - count, len(shape))), list(range(-count, 0))]))
    options = {"axis": axis[0] if count == 1 else axis, "epsilon": data.draw(epsilons)}
    _compare("RMSNormalization", _pair("RMSNormalization", shape, options), _data(shape, seed))


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds)
def test_unit_normalization(data: st.DataObject, shape: Shape, seed: int) -> None:
    """Any axes."""
    _compare(
        "UnitNormalization",
        _pair("UnitNormalization", shape, {"axis": data.draw(_some_axes(shape))}),
        _data(shape, seed),
    )


HELD: list[tuple[str, Options, Shape]] = [
    ("Dense", {"units": 4}, (3, 5)),
    ("Dense", {"units": 1, "use_bias": False}, (2, 3)),
    ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "same"}, (2, 6, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": 2, "strides": 2}, (2, 4, 5, 3)),
    ("Conv2D", {"filters": 4, "kernel_size": 1, "groups": 2, "activation": "tanh"}, (1, 3, 3, 2)),
]


@drawn(EXAMPLES)
@given(st.sampled_from(HELD), seeds, st.integers(1, 4))
def test_spectral_normalization(held: tuple[str, Options, Shape], seed: int, power_iterations: int) -> None:
    """The kernel divided, the gradient through the division, and the vector that is kept."""
    kind, options, shape = held
    pair = _pair("SpectralNormalization", shape, {"power_iterations": power_iterations}, (kind, options))
    _compare("SpectralNormalization", pair, _data(shape, seed))


@pytest.mark.parametrize("mean", [0.0, 100.0, -3000.0])
@pytest.mark.parametrize("kind", ["BatchNormalization", "LayerNormalization", "GroupNormalization"])
def test_large_means(kind: str, mean: float) -> None:
    """The mean is taken off before squaring, so the result has about as many digits as the input leaves it."""
    shape = (32, 6, 8)
    x = _data(shape, 0, mean)
    options: Options = {"groups": 2} if kind == "GroupNormalization" else {}
    ours, _ = _pair(kind, shape, options)
    exact, _ = step(ours, x.astype(np.float64), True, "reference")
    found, _ = step(ours, x, True)
    check_close(f"{kind}: large mean", found.output, exact.output, 1e-5 + 1e-7 * abs(mean))


def test_spectral_normalization_of_zeros() -> None:
    """A kernel of zeros stays, and so does the vector; no NaN."""
    pair = _pair("SpectralNormalization", (2, 3), {}, ("Dense", {"units": 4}))
    for layer in pair:
        weights = layer.get_weights()
        layer.set_weights([weights[0] * 0, *weights[1:]])
    kept = _compare("SpectralNormalization, zeros", pair, _data((2, 3), 0))
    np.testing.assert_array_equal(kept[0], pair[0].vector_u.numpy())


@pytest.mark.filterwarnings("ignore:You passed `rms_scaling=True`:UserWarning")
def test_rms_scaling() -> None:
    """Layers of older models: no mean is taken off, gamma is there always and beta never."""
    for options in ({}, {"scale": False}, {"axis": [1, 2]}):
        pair = _pair("LayerNormalization", (3, 4, 5), {**options, "rms_scaling": True})
        assert [weight.name for weight in pair[0].weights] == ["gamma"]
        _compare("LayerNormalization, rms_scaling", pair, _data((3, 4, 5), 0))
        mine, reference = (layer.get_config() for layer in pair)
        assert mine["rms_scaling"] is reference["rms_scaling"] is True
        assert type(pair[0]).from_config(mine).rms_scaling


def test_frozen_batch_normalization() -> None:
    """With `trainable=False` training is as prediction, and nothing is kept."""
    pair = _pair("BatchNormalization", (6, 3), {"trainable": False})
    assert not pair[0].trainable_weights and not pair[1].trainable_variables
    before = [weight.numpy() for weight in pair[0].weights]
    kept = _compare("BatchNormalization, frozen", pair, _data((6, 3), 0))
    for old, new in zip(before, kept, strict=True):
        np.testing.assert_array_equal(old, new)


def test_spectral_configuration_reads_that_of_keras() -> None:
    """The layer inside stands in Keras's record with entries of Keras's own."""
    theirs = keras.layers.SpectralNormalization(keras.layers.Conv2D(3, 2, activation="relu"), power_iterations=2)
    ours = layers.SpectralNormalization.from_config(
        {key: value for key, value in theirs.get_config().items() if key != "dtype"}
    )
    assert isinstance(ours.layer, layers.Conv2D) and ours.power_iterations == 2 and ours.layer.filters == 3
    again = keras.layers.SpectralNormalization.from_config(ours.get_config())
    assert again.layer.get_config() == theirs.layer.get_config()
