"""A layer that meets an input of another rank or size than its first: as a fresh one with its weights, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from cases.layers import LAYERS
from cases.rows import LayerCase
from checks.arrays import generator

from pellucid import Input, Sequential, Variable, activations, layers, losses, ops, set_random_seed
from pellucid.errors import ArgumentError, DataError, ShapeError

Shapes = list[tuple[int, ...]]
ALONG_AXES = {"axis", "axes", "shared_axes", "noise_shape", "dims"}
FIRST_OF_EACH = list({case.layer: case for case in reversed(LAYERS)}.values())
CASES = [*FIRST_OF_EACH, *(case for case in LAYERS if ALONG_AXES & set(case.arguments) and case not in FIRST_OF_EACH)]


def other_shapes(shapes: tuple[tuple[int, ...], ...]) -> Iterator[Shapes]:
    """Each axis but the batch of another size, left out, or with one before it; of all inputs together."""
    for axis in range(1, len(shapes[0])):
        yield [tuple(size + (place == axis) for place, size in enumerate(shape)) for shape in shapes]
        yield [(*shape[:axis], *shape[axis + 1 :]) for shape in shapes]
    for axis in (1, len(shapes[0])):
        yield [(*shape[:axis], 2, *shape[axis:]) for shape in shapes]


def result(layer: layers.Layer, shapes: Shapes, training: bool) -> np.ndarray:
    """For the same numbers and the same draws each time."""
    rng = generator(str(shapes))
    arrays = [rng.uniform(0.1, 1.0, shape).astype(np.float32) for shape in shapes]
    set_random_seed(1)
    layer._seed_of_draws, layer._draws = None, 0
    return np.asarray(layer(arrays if layer.takes_lists and len(arrays) > 1 else arrays[0], training=training))


def fresh_result(case: LayerCase, shapes: Shapes, weights: list[np.ndarray]) -> Any:
    """That of a layer which has met no other input; None where it refuses, or would have other weights."""
    layer = getattr(layers, case.layer)(**case.arguments)
    try:
        result(layer, shapes, training=False)
        if [weight.shape for weight in layer.weights] != [weight.shape for weight in weights]:
            return None
        layer.set_weights(weights)
        return result(layer, shapes, case.training)
    except (ArgumentError, ShapeError):
        return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_another_input(case: LayerCase) -> None:
    for shapes in other_shapes(case.inputs):
        layer = getattr(layers, case.layer)(**case.arguments)
        result(layer, list(case.inputs), training=False)
        rng = generator(case.name)
        layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.weights])
        weights = layer.get_weights()
        expected = fresh_result(case, shapes, weights)
        if expected is None:
            with pytest.raises((ArgumentError, ShapeError)):
                result(layer, shapes, case.training)
        else:
            np.testing.assert_allclose(result(layer, shapes, case.training), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Concatenate", "Dot", "MaxUnpooling1D"]
)
def test_fewer_inputs(name: str) -> None:
    """A layer that has joined two is not content with one later, whose samples would pass for inputs."""
    layer = getattr(layers, name)(**({"axes": 1} if name == "Dot" else {}))
    two = [np.ones((2, 1, 3)), np.ones((2, 2, 3))] if name == "MaxUnpooling1D" else [np.ones((2, 3)), np.ones((2, 3))]
    layer(two)
    for fewer in (two[0], two[:1]):
        with pytest.raises(ArgumentError, match=r"joins|is called on"):
            layer(fewer)


@pytest.mark.parametrize("name", ["LayerNormalization", "RMSNormalization"])
@pytest.mark.parametrize("axis", [-1, -2, 1, [1, 2], [-2, -1]])
def test_normalisation_along_the_same_axis(name: str, axis: int | list[int]) -> None:
    """Counted from the end where it is asked for so, from the batch where not; NumPy's own moments at both ranks."""
    layer, rng = getattr(layers, name)(axis=axis, epsilon=0.0), np.random.default_rng(0)
    axes = tuple(axis) if isinstance(axis, list) else (axis,)
    for shape in ((2, 4, 4), (3, 4, 4, 4), (2, 4, 4)):
        x = rng.normal(size=shape)
        centred = x - x.mean(axes, keepdims=True) if name == "LayerNormalization" else x
        expected = centred / np.sqrt((centred**2).mean(axes, keepdims=True))
        np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)


WITH_NOTHING_IN_IT = ["LayerNormalization", "BatchNormalization", "ReLU", "Flatten", "Dense", "GlobalAveragePooling1D"]


NOTHING: dict[str, Callable[[], Any]] = {
    "predict": lambda: Sequential([Input((None, 10)), layers.ReLU()], name="net").predict(np.zeros((1, 0, 10))),
    "model(x)": lambda: Sequential([Input((None, 10)), layers.ReLU()], name="net")(np.zeros((1, 0, 10))),
    "no samples": lambda: Sequential([Input((10,)), layers.ReLU()], name="net").predict(np.zeros((0, 10))),
    "Variable": lambda: Variable(np.zeros((1, 0)), name="v"),
    "ops": lambda: ops.mean(np.zeros((1, 0))),
    "activations": lambda: activations.relu(np.zeros((1, 0))),
    "losses": lambda: losses.mean_squared_error(np.zeros((1, 0)), np.zeros((1, 0))),
}


@pytest.mark.parametrize("case", NOTHING)
def test_nothing_elsewhere(case: str) -> None:
    with pytest.raises((ShapeError, DataError), match=r"must be at least 1, got|holds no (samples|numbers)"):
        NOTHING[case]()


@pytest.mark.parametrize("name", WITH_NOTHING_IN_IT)
@pytest.mark.parametrize("shape", [(1, 0, 10), (2, 5, 0), (0, 4, 3)])
def test_a_size_of_0(name: str, shape: tuple[int, ...]) -> None:
    """There is nothing to compute, so it is refused, when described and when computed; the layer stays as it was."""
    layer = getattr(layers, name)(**({"units": 2} if name == "Dense" else {}))
    for use in (lambda: layer(np.zeros(shape)), lambda: layer.build(shape), lambda: layer.compute_output_shape(shape)):
        with pytest.raises(ShapeError, match=rf'^{name} ".*(from 1 on|at least 1)'):
            use()
        assert not layer.built
