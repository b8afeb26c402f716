"""Each operation of a graph but those of windows (`windows`) as a function of JAX's arrays, in float32.

What a function must compute, `engines.reference` says; it differs in the number type and in the order of sums alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pellucid import random
from pellucid.graph import movement, ops

Array = Any  # of JAX, or what stands for one while a function is traced
FLOAT32 = jnp.float32


def truth(x: Array) -> Array:
    """1 for true, 0 for false."""
    return x.astype(FLOAT32)


def stable_sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), with the exponential of a negative number only, so that it cannot overflow."""
    small = jnp.exp(-jnp.abs(x))
    return jnp.where(x >= 0, 1.0, small) / (1.0 + small)


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "negative": jnp.negative,
    "absolute": jnp.absolute,
    "exp": jnp.exp,
    "log": jnp.log,
    "sqrt": jnp.sqrt,
    "tanh": jnp.tanh,
    "sigmoid": stable_sigmoid,
    "relu": lambda x: jnp.maximum(x, 0.0),
    "erf": jax.scipy.special.erf,
    "log1p": jnp.log1p,
    "expm1": jnp.expm1,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "floor": jnp.floor,
    "add": jnp.add,
    "subtract": jnp.subtract,
    "multiply": jnp.multiply,
    "divide": jnp.divide,
    "power": jnp.power,
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
    "greater": lambda a, b: truth(a > b),
    "greater_equal": lambda a, b: truth(a >= b),
    "equal": lambda a, b: truth(a == b),
    "where": lambda condition, a, b: jnp.where(condition != 0, a, b),
}


def rounded(op: ops.Product, *factors: Array) -> tuple[Array, ...]:
    """The factors of products in the precision that the operation asks for."""
    return tuple(x.astype(jnp.bfloat16) for x in factors) if op.precision == "bfloat16" else factors


PRODUCTS = {"preferred_element_type": FLOAT32}
"""Whatever the factors are: sums in float32. How exact products are, a program says (`program.PRECISIONS`)."""


def chain(op: ops.Chain, *inputs: Array) -> tuple[Array, ...]:
    values = list(inputs)
    for step in op.steps:
        values.append(FUNCTIONS[step.function](*(values[operand] for operand in step.operands)))
    results = (jnp.broadcast_to(values[len(inputs) + step], op.shape) for step in op.results)
    summed = (jnp.broadcast_to(values[operand], op.shape) for operand in op.sums)
    return (*results, *(x.sum(axis=tuple(range(x.ndim - 1)), keepdims=True) for x in summed))


def matmul(op: ops.Matmul, a: Array, b: Array) -> Array:
    a, b = rounded(op, a, b)
    left = a.swapaxes(-1, -2) if op.transpose_a else a
    return jnp.matmul(left, b.swapaxes(-1, -2) if op.transpose_b else b, **PRODUCTS)


def slice_axis(op: movement.Slice, x: Array) -> Array:
    return jax.lax.slice_in_dim(x, op.start, op.stop, axis=op.axis)


def pad_axis(op: movement.Pad, x: Array) -> Array:
    return jnp.pad(x, [(op.before, op.after) if axis == op.axis else (0, 0) for axis in range(x.ndim)])


def _along(axis: int, rank: int) -> tuple[int, ...]:
    return tuple(-1 if each == axis else 1 for each in range(rank))


def gather(op: movement.Gather, x: Array) -> Array:
    taken = jnp.take(x, np.maximum(op.indices, 0), axis=op.axis)
    if (op.indices >= 0).all():
        return taken
    return jnp.where((op.indices >= 0).reshape(_along(op.axis, x.ndim)), taken, 0.0)


def scatter_add(op: movement.ScatterAdd, x: Array) -> Array:
    inside = np.flatnonzero(op.indices >= 0)
    moved = jnp.moveaxis(x, op.axis, 0)
    total = jnp.zeros((op.size, *moved.shape[1:]), FLOAT32)
    return jnp.moveaxis(total.at[op.indices[inside]].add(moved[inside]), 0, op.axis)


def rows_at(places: Array, size: int) -> tuple[Array, Array]:
    """Which row each place is, and whether it is one of so many."""
    inside = (places >= 0) & (places < size) & (places == jnp.floor(places))
    return jnp.where(inside, places, 0.0).astype(jnp.int32), inside


def _wide(inside: Array, rank: int) -> Array:
    return inside.reshape(*inside.shape, *(1,) * (rank - 2))


def gather_at(op: movement.GatherAt, x: Array, places: Array) -> Array:
    rows, inside = rows_at(places, x.shape[1])
    return jnp.where(_wide(inside, x.ndim), x[jnp.arange(x.shape[0])[:, None], rows], 0.0)


def scatter_add_at(op: movement.ScatterAddAt, x: Array, places: Array) -> Array:
    rows, inside = rows_at(places, op.size)
    total = jnp.zeros((x.shape[0], op.size, *x.shape[2:]), FLOAT32)
    return total.at[jnp.arange(x.shape[0])[:, None], rows].add(jnp.where(_wide(inside, x.ndim), x, 0.0))


def pack(op: movement.Pack, *inputs: Array) -> Array:
    flat = jnp.zeros(op.length, FLOAT32)
    for offset, part in zip(op.offsets, inputs, strict=True):
        flat = jax.lax.dynamic_update_slice(flat, part.ravel(), (offset,))
    return flat


def winners(op: ops.ReduceMax, x: Array, y: Array) -> Array:
    """1 where x is its largest value y along the axes of the maximum, all that tie included; at least one each.

    To ask for x == y alone is not enough. XLA computes x anew in each pass that needs it, and may round it otherwise
    each time (a product and a sum in one operation, or in two), so that a maximum can equal none of its operands: its
    gradient would be lost. So the place of the first of the largest counts in any case.
    """
    rest = [axis for axis in range(x.ndim) if axis not in op.axes]
    order = [*rest, *op.axes]
    moved = x.transpose(order)
    last = moved.reshape(*moved.shape[: len(rest)], -1)
    first = last.argmax(axis=-1)[..., None] == jnp.arange(last.shape[-1])
    return truth((x == y) | first.reshape(moved.shape).transpose(np.argsort(order)))


def uniforms(draws: Sequence[ops.RandomUniform], key: Array) -> list[Array]:
    """`random.uniform` of each by the same words of Threefry; `key` is (lower, upper) of the seed, and the step.

    Threefry is two hundred operations, which XLA compiles anew wherever they stand. So the keys of all draws are mixed
    at once, and the numbers of short ones side by side: layers that vary images draw a few dozen times for each.
    """
    if not draws:
        return []
    streams = jnp.array([op.stream for op in draws], jnp.uint32)
    keys = random.mixed((key[0], key[1]), streams, jnp.full_like(streams, key[2]))
    together: dict[Any, list[int]] = {}
    for number, op in enumerate(draws):
        blocks = _blocks(op)
        together.setdefault(blocks if blocks <= SHORT else (blocks, number), []).append(number)
    drawn: dict[int, Array] = {}
    for numbers in together.values():
        first, second = (word[np.array(numbers)][:, None] for word in keys)
        rows = _numbers((first, second), len(numbers), _blocks(draws[numbers[0]]))
        for row, number in zip(rows, numbers, strict=True):
            shape = draws[number].shape
            drawn[number] = row[: math.prod(shape)].reshape(shape)
    return [drawn[number] for number in range(len(draws))]


SHORT = 16
"""Blocks of 32 numbers in a draw that is made together with others of its length; longer ones are made in their place,
where XLA may never write them down."""


def _blocks(op: ops.RandomUniform) -> int:
    return -(-math.prod(op.shape) // 32)


def _numbers(keys: tuple[Array, Array], rows: int, blocks: int) -> Array:
    """Numbers from 0 to 1 of each key, (rows, 32 blocks)."""
    counters = jnp.broadcast_to(jnp.arange(16 * blocks, dtype=jnp.uint32), (rows, 16 * blocks))
    words = random.mixed(keys, counters, jnp.zeros_like(counters))
    pairs = jnp.stack([word.reshape(rows, blocks, 16) for word in words], axis=2)
    return (pairs.reshape(rows, -1) >> np.uint32(8)).astype(FLOAT32) * np.float32(2.0**-24)


OPERATIONS: dict[type[ops.Op], Callable[..., Array | tuple[Array, ...]]] = {
    ops.Constant: lambda op: jnp.array(op.value, FLOAT32),
    ops.Literal: lambda op: jnp.asarray(op.values, FLOAT32),
    ops.Elementwise: lambda op, *inputs: FUNCTIONS[op.function](*inputs),
    ops.Chain: chain,
    ops.ReduceSum: lambda op, x: x.sum(axis=op.axes, keepdims=True),
    ops.ReduceMax: lambda op, x: x.max(axis=op.axes, keepdims=True),
    ops.ArgMax: lambda op, x: x.argmax(axis=-1).astype(FLOAT32),
    ops.OneHot: lambda op, x: truth(x[..., None] == jnp.arange(op.depth, dtype=FLOAT32)),
    ops.Matmul: matmul,
    movement.Reshape: lambda op, x: x.reshape(op.shape),
    movement.StopGradient: lambda op, x: x,
    movement.BroadcastTo: lambda op, x: jnp.broadcast_to(x, op.shape),
    movement.Transpose: lambda op, x: x.transpose(op.permutation),
    movement.Concatenate: lambda op, *inputs: jnp.concatenate(inputs, axis=op.axis),
    movement.Slice: slice_axis,
    movement.Pad: pad_axis,
    movement.Gather: gather,
    movement.ScatterAdd: scatter_add,
    movement.GatherAt: gather_at,
    movement.ScatterAddAt: scatter_add_at,
    movement.Pack: pack,
}
