"""Where a function bends, its slope is a matter of definition; these are the definitions, for every engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from checks.mismatch import Mismatch
from pellucid import activations
from pellucid.engines import Engine
from pellucid.geometry import Window
from pellucid.graph import Graph, Tensor, builder, gradient, ops


@dataclass(frozen=True)
class Kink:
    """A function at the point where it bends, and the gradient that its sum must have there, for each operand."""

    name: str
    emit: Callable[..., Tensor]
    operands: tuple[object, ...]
    gradients: tuple[object, ...]


def _pool(x: Tensor) -> Tensor:
    """Windows of two along one axis, one apart."""
    return builder.max_pool(builder.reshape(x, (1, x.shape[0], 1)), Window((2,), (1,), (1,), ((0, 0),)))


def _pool_image(x: Tensor) -> Tensor:
    return builder.max_pool(builder.reshape(x, (1, *x.shape, 1)), Window((2, 2), (2, 2), (1, 1), ((0, 0), (0, 0))))


KINKS = (
    Kink("relu at 0 has slope 0", builder.relu, ([0.0, -1.0, 2.0],), ([0.0, 0.0, 1.0],)),
    Kink("absolute at 0 has slope 0", builder.absolute, ([0.0, -1.0, 2.0],), ([0.0, -1.0, 1.0],)),
    Kink("maximum: the first of two equals", builder.maximum, ([1.0, 3.0], [1.0, 2.0]), ([1.0, 1.0], [0.0, 0.0])),
    Kink("minimum: the first of two equals", builder.minimum, ([1.0, 3.0], [1.0, 2.0]), ([1.0, 0.0], [0.0, 1.0])),
    Kink(
        "reduce max: equals share",
        lambda x: builder.reduce_max(x, [1]),
        ([[2.0, 5.0, 5.0], [1.0, 1.0, 1.0], [7.0, 0.0, 1.0]],),
        ([[0.0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3], [1.0, 0.0, 0.0]],),
    ),
    Kink("max pool: the first tap", _pool, ([4.0, 4.0, 1.0, 1.0],), ([1.0, 1.0, 1.0, 0.0],)),
    Kink("max pool: all equal", _pool, ([2.0, 2.0, 2.0],), ([1.0, 1.0, 0.0],)),
    Kink("max pool 2-D: rows before columns", _pool_image, ([[1.0, 3.0], [3.0, 3.0]],), ([[0.0, 1.0], [0.0, 0.0]],)),
    Kink("max pool 2-D: the lower left", _pool_image, ([[1.0, 0.0], [3.0, 3.0]],), ([[0.0, 0.0], [1.0, 0.0]],)),
    Kink("square at 0", lambda x: x**2.0, ([0.0, -1.5, 2.0],), ([0.0, -3.0, 4.0],)),
    Kink("first power at 0", lambda x: builder.power(x, 1.0), ([0.0, -1.0],), ([1.0, 1.0],)),
    Kink("power 0 at 0", lambda x: builder.power(x, 0.0), ([0.0, 3.0],), ([0.0, 0.0],)),
    Kink("power 1.5 at 0", lambda x: builder.power(x, 1.5), ([0.0, 4.0],), ([0.0, 3.0],)),
    Kink(
        "power of two tensors at 0: no slope by the exponent",
        builder.power,
        ([0.0, 0.0, 0.0, 2.0, -2.0], [1.0, 2.0, 0.0, 0.0, 2.0]),
        ([1.0, 0.0, 0.0, 0.0, -4.0], [0.0, 0.0, 0.0, math.log(2.0), 0.0]),
    ),
    Kink("floor has slope 0", builder.floor, ([0.0, 0.5, -0.5],), ([0.0, 0.0, 0.0],)),
    Kink(
        "clip: slope 1 at both ends, 0 outside",
        lambda x: builder.clip(x, -1.0, 2.0),
        ([-2.0, -1.0, 0.0, 2.0, 3.0],),
        ([0.0, 1.0, 1.0, 1.0, 0.0],),
    ),
    Kink("reduce min: equals share", builder.reduce_min, ([2.0, 1.0, 1.0],), ([0.0, 0.5, 0.5],)),
    Kink("relu6 at both ends", activations.relu6, ([0.0, 3.0, 6.0],), ([0.0, 1.0, 0.0],)),
    Kink("softplus at 0 has slope 1/2", activations.softplus, ([0.0],), ([0.5],)),
    Kink("leaky relu at 0 has slope 1", activations.leaky_relu, ([0.0, -1.0],), ([1.0, 0.2],)),
)


def check_kink(kink: Kink, engine: Engine) -> None:
    """Compare the gradient at the kink with its definition."""
    graph = Graph()
    arrays = {f"x{i}": np.array(operand, engine.dtype) for i, operand in enumerate(kink.operands)}
    tensors = [graph.add(ops.Input(array.shape, name)) for name, array in arrays.items()]
    found = gradient(builder.reduce_sum(kink.emit(*tensors)), tensors)
    graph.outputs = dict(zip(arrays, found, strict=True))
    results = engine.prepare(graph).run(arrays, {})
    for name, expected in zip(arrays, kink.gradients, strict=True):
        if not np.allclose(results[name], expected, rtol=1e-6, atol=0):
            raise Mismatch(f"{kink.name}: {results[name]}, not {expected}")
