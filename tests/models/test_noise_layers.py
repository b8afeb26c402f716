"""Layers that disturb training, inside models: when they act, what their numbers follow from, and bad arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases.models import CLASSES, IMAGE, compiled, images
from checks.training import check_threads, check_training
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid import Input, Sequential, layers, optimizers, set_random_seed, set_threads
from pellucid.engines import NativeEngine, ReferenceEngine, get_engine
from pellucid.errors import PellucidError
from pellucid.graph import Graph, builder, gradient, ops

Make = Callable[..., layers.Layer]

NOISES: dict[str, Make] = {
    "Dropout": lambda **options: layers.Dropout(0.4, **options),
    "SpatialDropout2D": lambda **options: layers.SpatialDropout2D(0.4, **options),
    "AlphaDropout": lambda **options: layers.AlphaDropout(0.4, **options),
    "GaussianDropout": lambda **options: layers.GaussianDropout(0.4, **options),
    "GaussianNoise": lambda **options: layers.GaussianNoise(0.4, **options),
}
each_noise = pytest.mark.parametrize("noise", NOISES)
X = np.random.default_rng(0).normal(size=(10, 4, 5, 6)).astype(np.float32)


def _run(layer: layers.Layer, x: np.ndarray = X, *, seed: int = 1, step: int = 0, training: bool = True) -> np.ndarray:
    graph = Graph(training=training)
    graph.outputs["y"] = layer.emit(graph.add(ops.Input(x.shape, "x")))
    return get_engine("native").prepare(graph).run({"x": x}, {}, seed=seed, step=step)["y"]


@each_noise
def test_identity_outside_training(noise: str) -> None:
    """To the bit, and without an operation."""
    graph = Graph()
    x = graph.add(ops.Input(X.shape, "x"))
    assert NOISES[noise]().emit(x) is x
    np.testing.assert_array_equal(_run(NOISES[noise](), training=False), X)


@pytest.mark.parametrize("noise", [layers.Dropout, layers.AlphaDropout, layers.GaussianDropout, layers.GaussianNoise])
def test_none_at_all(noise: Make) -> None:
    """A rate or deviation of 0 is the identity in training too."""
    np.testing.assert_array_equal(_run(noise(0.0)), X)


@each_noise
def test_numbers_follow_from_seed_and_step(noise: str) -> None:
    """Equal ones give equal bits, others other numbers."""
    make = NOISES[noise]
    first = _run(make())
    np.testing.assert_array_equal(first, _run(make()))
    for other in (_run(make(), step=1), _run(make(), seed=2), _run(make(seed=5))):
        assert (first != other).mean() > 0.1


@each_noise
def test_two_layers_draw_differently_unless_they_share_a_seed(noise: str) -> None:
    """In one graph."""
    for options, same in (({}, False), ({"seed": 3}, True)):
        graph = Graph(training=True)
        x = graph.add(ops.Input(X.shape, "x"))
        graph.outputs = {str(n): NOISES[noise](**options).emit(x) for n in range(2)}
        results = get_engine("native").prepare(graph).run({"x": X}, {}, seed=1, step=0)
        assert np.array_equal(results["0"], results["1"]) == same


@pytest.mark.usefixtures("keep_threads")
@each_noise
def test_same_bits_for_any_number_of_threads(noise: str) -> None:
    """Of the numbers themselves, on a tensor that is cut among threads, and of trained weights."""
    large = np.ones((8, 64, 64, 16), np.float32)
    graph = Graph(training=True)
    graph.outputs["y"] = NOISES[noise]().emit(graph.add(ops.Input(large.shape, "x")))
    results = []
    for threads in (1, 2, 5):
        set_threads(threads)
        results.append(get_engine("native").prepare(graph).run({"x": large}, {}, seed=1, step=0)["y"])
    assert np.array_equal(results[0], results[1]) and np.array_equal(results[0], results[2])
    check_threads(lambda: _network(noise, NativeEngine()), images(40), set_threads, epochs=2)


def _network(noise: str, engine: Any) -> Sequential:
    set_random_seed(1)
    model = Sequential(
        [
            Input(IMAGE),
            layers.Conv2D(6, 3, activation="tanh"),
            NOISES[noise](),
            layers.Flatten(),
            NOISES[noise]() if noise != "SpatialDropout2D" else layers.Dropout(0.2),
            layers.Dense(CLASSES, activation="softmax"),
        ],
        seed=1,
    )
    return compiled(model, engine, optimizers.SGD(0.05))  # type: ignore[return-value]


@each_noise
def test_native_trains_as_the_reference_does(noise: str, note_deviation: Callable[[str, float], None]) -> None:
    """Both draw the same numbers."""
    worst = check_training(
        lambda engine: _network(noise, engine), images(12, seed=3), ReferenceEngine(), NativeEngine(), steps=4
    )
    note_deviation("training", worst)


@each_noise
def test_gradient_sees_the_numbers_of_the_step(noise: str) -> None:
    """The slope of each output by its input is the factor that was drawn for it."""
    graph = Graph(training=True)
    x = graph.add(ops.Input(X.shape, "x"))
    y = NOISES[noise]().emit(x)
    graph.outputs = {"y": y, "slope": gradient(builder.reduce_sum(y), [x])[0]}
    run = get_engine("native").prepare(graph).run
    here, moved = run({"x": X}, {}, seed=1, step=0), run({"x": X + 1}, {}, seed=1, step=0)
    np.testing.assert_allclose(moved["y"] - here["y"], here["slope"], atol=1e-5)


@settings(max_examples=300)
@given(st.integers(1, 3), st.booleans(), st.integers(1, 9), st.integers(0, 2**16), st.data())
def test_whole_maps_are_dropped(rank: int, first: bool, tenths: int, seed: int, data: st.DataObject) -> None:
    """Any shape and format: all of a map is 0, or all of it is scaled."""
    spatial = data.draw(st.tuples(*[st.integers(1, 5)] * rank))
    first = first and rank > 1  # Keras's layer for one axis knows one format
    shape = (3, 7, *spatial) if first else (3, *spatial, 7)
    options = {"data_format": "channels_first" if first else "channels_last"} if rank > 1 else {}
    layer = getattr(layers, f"SpatialDropout{rank}D")(tenths / 10, **options)
    x = np.random.default_rng(seed).uniform(1, 2, shape).astype(np.float32)
    y = _run(layer, x, seed=seed)
    axes = tuple(range(2, rank + 2) if first else range(1, rank + 1))
    kept = (y != 0).all(axes, keepdims=True)
    np.testing.assert_array_equal(kept, (y != 0).any(axes, keepdims=True))
    np.testing.assert_allclose(y, np.where(kept, x / (1 - tenths / 10), 0), rtol=1e-6)


@pytest.mark.parametrize("kind", ["Dropout", "AlphaDropout"])
def test_noise_shape_may_name_the_batch(kind: str) -> None:
    """As Keras's documentation has it: the size of the batch as a number; other batches are refused then."""
    layer = getattr(layers, kind)(0.5, noise_shape=(10, 1, 1, 6))
    y = _run(layer, np.ones(X.shape, np.float32))
    assert (y == y[:, :1, :1]).all() and len(np.unique(y)) == 2
    layer(Input((4, 5, 6)))
    graph = Graph(training=True)
    with pytest.raises(PellucidError, match="noise_shape"):
        layer.emit(graph.add(ops.Input((9, 4, 5, 6), "x")))


def test_penalty_of_activities() -> None:
    """(l1 sum |x| + l2 sum x^2) / samples, in evaluation and in training; the output stays."""
    model = Sequential([Input((2,)), layers.ActivityRegularization(0.5, 0.25)])
    model.compile("sgd", "mse")
    x = np.array([[1.0, -2.0], [0.0, 3.0]])
    expected = (0.5 * 6 + 0.25 * 14) / 2
    assert model.evaluate(x, x, verbose=0) == pytest.approx(expected)
    assert model.train_on_batch(x, x) == pytest.approx(expected)
    np.testing.assert_array_equal(model.predict(x), x)


def test_receptive_fields_pass_through(capsys: pytest.CaptureFixture[str]) -> None:
    """The summary goes on telling what a unit sees."""
    norms = [layers.BatchNormalization(), layers.LayerNormalization(), layers.RMSNormalization()]
    noises = [NOISES[name]() for name in NOISES]
    Sequential(
        [Input((9, 9, 3)), layers.Conv2D(4, 3), *norms, *noises, layers.ActivityRegularization(), layers.Conv2D(2, 3)]
    ).summary(derive=True)
    assert "sees 5x5 of the input" in capsys.readouterr().out


BAD_RATES = [-0.1, 1.1, 2**31, 2**62, float("nan"), float("inf"), "0.5", None, True, [0.5]]
BAD_SEEDS = [-1, 1.5, "3", True, 2**31, 2**62, float("nan")]
BAD_SHAPES = ["3", 3, (None,), (None, 1, 1, 1, 1), *((None, size, 1, 1) for size in (2, 0, -1, 1.0, True, 2**31))]
BAD_ARGUMENTS: dict[str, dict[str, list[Any]]] = {
    "Dropout": {"rate": BAD_RATES, "seed": BAD_SEEDS, "noise_shape": BAD_SHAPES},
    "AlphaDropout": {"rate": [*BAD_RATES, 1, 1.0], "seed": BAD_SEEDS, "noise_shape": BAD_SHAPES},
    "SpatialDropout1D": {"rate": BAD_RATES, "seed": BAD_SEEDS},
    "SpatialDropout2D": {"rate": BAD_RATES, "seed": BAD_SEEDS, "data_format": ["channels", 3]},
    "SpatialDropout3D": {"rate": BAD_RATES, "seed": BAD_SEEDS, "data_format": ["channels", 3]},
    "GaussianDropout": {"rate": [*BAD_RATES, 1, 1.0], "seed": BAD_SEEDS},
    "GaussianNoise": {"stddev": BAD_RATES, "seed": BAD_SEEDS},
    "ActivityRegularization": {
        "l1": [-0.1, float("nan"), float("inf"), "1", None, True], "l2": [-0.1, float("nan"), "1", None],
        "activity_regularizer": ["l2"],
    },
}  # fmt: skip
NEEDED = {"GaussianNoise": {"stddev": 0.5}, "ActivityRegularization": {}}
SAMPLES = {"SpatialDropout1D": (4, 3), "SpatialDropout3D": (2, 3, 4, 3)}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        pytest.param(kind, name, value, id=f"{kind}-{name}-{value!r}")
        for kind, arguments in BAD_ARGUMENTS.items()
        for name, values in arguments.items()
        for value in values
    ],
)
def test_bad_arguments(kind: str, name: str, value: Any) -> None:
    """By an error that names the layer, when it is made or at the latest when it meets its input."""
    options = {**NEEDED.get(kind, {"rate": 0.5}), name: value, "name": "probe"}
    with pytest.raises(PellucidError) as caught:
        getattr(layers, kind)(**options)(Input(SAMPLES.get(kind, (4, 5, 6))))
    assert "probe" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_spatial_dropout_needs_its_axes(rank: int) -> None:
    """One axis too few or too many would drop something else than maps."""
    for axes in (rank, rank + 2):
        with pytest.raises(PellucidError, match=rf"expected an input of {rank + 2} axes"):
            getattr(layers, f"SpatialDropout{rank}D")(0.5)(Input((3,) * axes))
