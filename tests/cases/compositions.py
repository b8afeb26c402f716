"""Rows for what is made of several operations: activations, losses and metrics (see `measures`), optimisers,
and the builder's own.

They stand for the chains and fusions that real graphs hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cases.measures import LOSSES, METRICS
from cases.optimizers import OPTIMIZERS
from cases.rows import CompositionCase, Operand
from pellucid import activations, optimizers
from pellucid.geometry import Window
from pellucid.graph import Tensor, builder, windows
from pellucid.layers import Dropout
from pellucid.variables import Variable

_SHAPE = (6, 9)
_VALUES = Operand(_SHAPE)
_EVEN = Operand((6, 8))
_SMALL = Window((3, 3), (1, 1), (1, 1), ((1, 1), (1, 1)))


def _row(name: str, emit: Callable[..., Tensor], *operands: Operand) -> CompositionCase:
    return CompositionCase(name, "composition", emit, operands)


_ACTIVATIONS = [
    _row(f"activation {name}", function, _EVEN if name == "glu" else _VALUES)
    for name, function in activations.ACTIVATIONS.items()
]


def _step(name: str, optimizer: optimizers.Optimizer) -> CompositionCase:
    """The new weights and slots after one step, from the old ones, the gradient and the numbers of the step."""

    def emit(weight: Tensor, gradient: Tensor, *rest: Tensor) -> Tensor:
        slots = dict(zip(names, rest, strict=False))
        if "average_gradient" in slots:  # far above the square of the mean, so that the variance has all its digits
            slots["velocity"] = slots["velocity"] + 3.0 + builder.square(slots["average_gradient"])
        scalars = dict(zip(optimizer.scalars(0), rest[len(slots) :], strict=True))
        if isinstance(optimizer, optimizers.Adafactor):  # which takes means: what is kept of them is below 1
            scalars = {name: value / (value + 1.0) for name, value in scalars.items()}
        (gradient,) = optimizer.clip([gradient])
        new, new_slots = pipeline.update(weight, gradient, slots, scalars)
        return builder.concatenate([new, *new_slots.values()], 0)

    flat = (37,)
    pipeline = optimizer.pipeline(Variable(np.zeros(flat), name="kernel", owner="layer"))
    names = list(pipeline.slots(flat))
    slots = [Operand(flat, "positive") for _ in names]
    scalars = [Operand((), "positive") for _ in optimizer.scalars(0)]
    row = _row(f"step of {name}", emit, Operand(flat), Operand(flat), *slots, *scalars)
    # Where norms of whole weights, or small powers of what is near 0, are divided by each other, the slope of a step is
    # the difference of large numbers. Nobody asks for it.
    return replace(row, has_slope=not pipeline.whole and not isinstance(optimizer, optimizers.Ftrl))


_OPTIMIZERS = [_step(case.name, case.make(optimizers, 0.1)) for case in OPTIMIZERS]


def _residual(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """A convolution whose sum is read twice: by its activation and by the addition behind."""
    inner = builder.convolution(x, kernel, _SMALL) + bias
    return inner + builder.relu(inner) * x


def _activated_twice(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Two convolutions with bias and ReLU in a row, by the same kernel."""
    once = builder.relu(builder.convolution(x, kernel, _SMALL) + bias)
    return builder.relu(builder.convolution(once, kernel, _SMALL) + bias)


def _bias_first(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """A bias on the left of the sum, which no convolution may take for its own input."""
    return builder.relu(bias + builder.convolution(x, kernel, _SMALL))


def _detour(x: Tensor, weight: Tensor) -> Tensor:
    """An elementwise node read by a product and by a node behind it: to fuse the two would close a circle."""
    raised = builder.exp(x)
    return raised + builder.matmul(raised, weight)


def _dropped(x: Tensor) -> Tensor:
    """Dropout inside a training graph."""
    x.graph.training = True
    return Dropout(0.25, name="dropout").call(x)


def _noise(x: Tensor) -> Tensor:
    """Normal numbers around x."""
    return x + builder.random_normal(x.graph, x.shape, x.graph.next_stream())


def _normalised(x: Tensor) -> Tensor:
    """Mean 0 and variance 1 along the axes but the last."""
    axes = range(x.rank - 1)
    return (x - builder.reduce_mean(x, axes)) / builder.sqrt(builder.variance(x, axes) + 1e-3)


def _unpooled(x: Tensor) -> Tensor:
    """The maximum of each window, put back to where it was found."""
    window = Window((2, 2), (2, 2), (1, 1), ((0, 0), (0, 0)))
    y = builder.max_pool(x, window)
    return x.graph.add(windows.MaxPoolGradient(window), x, y, builder.tanh(y))


def _scaled(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Batch normalisation as it predicts, behind a convolution and before ReLU."""
    return builder.relu((builder.convolution(x, kernel, _SMALL) + bias) * builder.square(bias) + 0.5 * bias)


_IMAGE = (Operand((2, 5, 6, 3)), Operand((3, 3, 3, 3)), Operand((3,)))

_OTHERS = [
    _row("softmax", builder.softmax, Operand((4, 3, 17))),
    _row("mean of all", builder.reduce_mean, Operand((3, 5, 7))),
    _row("mean of the middle", lambda x: builder.reduce_mean(x, [1, 2]), Operand((2, 3, 4, 5))),
    _row("sum along far axes", lambda x: builder.reduce_sum(x, [0, 2]), Operand((3, 5, 7))),
    _row("maximum along far axes", lambda x: builder.reduce_max(x, [0, -1], keepdims=True), Operand((3, 5, 7))),
    _row(
        "broadcast and back",
        lambda x: builder.sum_to(builder.broadcast_to(x, (4, 5, 3)), (5, 1)),
        Operand((5, 1)),
    ),
    _row("product of x with itself", lambda x: builder.matmul(x, x, transpose_b=True), Operand((5, 8))),
    _row("x used many times", lambda x: x * x + x / (builder.absolute(x) + 1.0) - x, Operand((3, 11))),
    _row(
        "reshape inside a chain",
        lambda x: builder.reshape(builder.tanh(builder.reshape(x * 2.0, (12,))) + 1.0, (2, 6)),
        Operand((3, 4)),
    ),
    _row("residual convolution", _residual, *_IMAGE),
    _row("convolution, bias, relu twice", _activated_twice, *_IMAGE),
    _row("bias on the left", _bias_first, *_IMAGE),
    _row("detour", _detour, Operand((4, 5)), Operand((5, 5))),
    _row("dropout", _dropped, Operand((7, 33))),
    _row("normal noise", _noise, Operand((7, 33))),
    _row("minimum along far axes", lambda x: builder.reduce_min(x, [0, -1]), Operand((3, 5, 7))),
    _row("variance of the middle", lambda x: builder.variance(x, [1, 2], keepdims=True), Operand((2, 3, 4, 5))),
    _row("normalised", _normalised, Operand((2, 3, 4, 5))),
    _row("stacked", lambda x, y: builder.stack([x, y, x], -1), Operand((2, 3)), Operand((2, 3))),
    _row("clipped", lambda x: builder.clip(x, -0.303, 0.707), Operand((6, 9))),
    _row("repeated", lambda x: builder.repeat(builder.repeat(x, 2, 1), 3, -2), Operand((2, 3, 4, 5))),
    _row("flipped", lambda x: builder.flip(builder.flip(x, 1), -1), Operand((2, 3, 17))),
    _row("cropped and padded", lambda x: builder.pad_axis(builder.slice_axis(x, -1, 1, 3), 0, 1, 2), Operand((2, 5))),
    _row("gathered and scattered", lambda x: builder.gather(x, [1, 1, -1, 0], 1) ** 2.0, Operand((2, 3, 4))),
    _row(
        "attention",
        lambda x, y: builder.matmul(builder.softmax(builder.matmul(x, y, transpose_b=True)), y),
        Operand((2, 3, 4, 5)),
        Operand((2, 3, 6, 5)),
    ),
    _row("powers", lambda x: x**2.0 + x**3.0 - 2.0**x, Operand((5, 7))),
    _row("beside an array", lambda x: np.arange(7.0) * x - np.full((5, 1), 0.5), Operand((5, 7))),
    _row("unpooled", _unpooled, Operand((2, 4, 6, 3))),
    _row("scaled convolution", _scaled, *_IMAGE),
    _row("scaled convolution without a gradient", _scaled, *(Operand(part.shape, "integer") for part in _IMAGE)),
]

COMPOSITIONS: tuple[CompositionCase, ...] = (*_ACTIVATIONS, *LOSSES, *METRICS, *_OPTIMIZERS, *_OTHERS)
"""Every composition, by `cases.rows.CompositionCase`."""
