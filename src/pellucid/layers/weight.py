"""Weights: named arrays that live in shared states.

All weights of a model are windows of one flat float32 state, so that an update is one pass and a checkpoint one write.
A weight starts in a state of its own and moves once, when its model is first run.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.constraints import Constraint
from pellucid.engines import Engine, HostState, State, all_held
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.graph import Graph, Tensor
from pellucid.graph.movement import Pack
from pellucid.graph.ops import Parameter
from pellucid.initializers.base import fitting_hint
from pellucid.regularizers import Regularizer
from pellucid.watched import Watched

ALIGNMENT = Pack.alignment  # elements: each weight starts on a cache line


class Weight(Watched):
    """One array of a layer that is learned (or, where `trainable` is False, kept as it is).

    Read it with `numpy()` or `numpy.asarray`; write it with `assign` or by index. Changes take effect in the next
    call of the model.

    Attributes:
        name: "kernel", "bias", ...
        path: the layer's name and the weight's, "conv2d/kernel".
        shape: sizes of the axes; a kernel is (spatial..., channels in / groups, filters).
        learned: whether gradients can change it at all; a moving average is kept by other means.
        trainable: whether training changes it now: it is learned, and its layer is not frozen.
        regularizer: penalty on the values that is added to the loss, or None.
        constraint: what the values are projected to after each update, or None.

    Example:
        >>> weight = Weight("bias", "dense", np.zeros(3))
        >>> weight[1] = 5
        >>> weight.numpy().tolist()
        [0.0, 5.0, 0.0]
    """

    def __init__(
        self,
        name: str,
        layer: str,
        value: npt.ArrayLike,
        *,
        learned: bool = True,
        regularizer: Regularizer | None = None,
        constraint: Constraint | None = None,
    ) -> None:
        array = _numbers_only(np.asarray(value), f"{layer}/{name}")
        self.name, self.path, self.shape, self.learned = name, f"{layer}/{name}", array.shape, learned
        self.trainable, self.regularizer, self.constraint = learned, regularizer, constraint
        self.state: State = HostState(array.size)
        self.offset = 0
        self.state.write(0, array)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        self.changed()  # programs are made for where it lives, whether it is trained, and what penalises or confines it

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype:
        """float32."""
        return self.state.dtype

    def numpy(self) -> np.ndarray:
        """A copy of the values, float32, of the weight's shape."""
        return self.state.read(self.offset, self.size).reshape(self.shape)

    def check(self, value: npt.ArrayLike) -> np.ndarray:
        """Values that would fit, as float32; raises as `assign` does."""
        array = np.asarray(value)
        if array.shape != self.shape:
            raise ShapeError(
                f"{self.path} has shape {self.shape}, got {array.shape}{fitting_hint(array.shape, self.shape)}"
            )
        return _numbers_only(array, self.path)

    def assign(self, value: npt.ArrayLike | Tensor) -> None:
        """Replace all values.

        Args:
            value: numbers of exactly the weight's shape.

        In the `call` of a layer the value may be a tensor: it is what the weight holds after the step (`set_tensor`).

        Raises:
            ShapeError: the shape differs; where another order of the axes would fit, the message gives it.
            DataError: a value is NaN or infinite.
        """
        if isinstance(value, Tensor):
            self.set_tensor(value.graph, value)
        else:
            self.state.write(self.offset, self.check(value))

    def move(self, state: State, offset: int) -> None:
        """Live in another state from now on, from element `offset` on, with the same values."""
        with all_held([self.state, state]):
            state.write(offset, self.numpy())
            self.state, self.offset = state, offset

    @property
    def _window(self) -> Parameter:
        return Parameter(self.shape, self.state.name, self.offset)

    def tensor(self, graph: Graph) -> Tensor:
        """The weight as a tensor of a graph."""
        return graph.parameter(self._window)

    def set_tensor(self, graph: Graph, value: Tensor) -> None:
        """Let the weight have a new value after each run of the graph: how moving averages are kept."""
        graph.assign(self._window, value)

    # Arithmetic: with tensors in the `call` of a layer, with numbers everywhere else.

    def _value(self) -> Any:
        graph = Graph.current()
        return self.numpy() if graph is None else self.tensor(graph)

    def __add__(self, other: Any) -> Any:
        return self._value() + _value_of(other)

    def __radd__(self, other: Any) -> Any:
        return _value_of(other) + self._value()

    def __sub__(self, other: Any) -> Any:
        return self._value() - _value_of(other)

    def __rsub__(self, other: Any) -> Any:
        return _value_of(other) - self._value()

    def __mul__(self, other: Any) -> Any:
        return self._value() * _value_of(other)

    def __rmul__(self, other: Any) -> Any:
        return _value_of(other) * self._value()

    def __truediv__(self, other: Any) -> Any:
        return self._value() / _value_of(other)

    def __rtruediv__(self, other: Any) -> Any:
        return _value_of(other) / self._value()

    def __pow__(self, other: Any) -> Any:
        return self._value() ** _value_of(other)

    def __matmul__(self, other: Any) -> Any:
        return self._value() @ _value_of(other)

    def __rmatmul__(self, other: Any) -> Any:
        return _value_of(other) @ self._value()

    def __neg__(self) -> Any:
        return -self._value()

    __array_ufunc__ = None  # an array on the left leaves the operation to the weight

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy().astype(dtype or np.float32, copy=False)

    def __getitem__(self, index: Any) -> Any:
        return self._value()[index] if Graph.current() is not None else np.asarray(self.numpy()[index])

    def __setitem__(self, index: Any, value: npt.ArrayLike) -> None:
        given = _numbers_only(np.asarray(value), self.path)
        with self.state.held():
            values = self.numpy()
            values[index] = given
            self.state.write(self.offset, values)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<Weight {self.path}, shape {self.shape}{'' if self.trainable else ', frozen'}>"


def _value_of(other: Any) -> Any:
    return other._value() if isinstance(other, Weight) else other


def _numbers_only(array: np.ndarray, path: str) -> np.ndarray:
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"{path} takes numbers, got an array of type {array.dtype}")
    with np.errstate(over="ignore"):
        values = array.astype(np.float32)
    if not np.isfinite(values).all():
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise DataError(f"{path}: the value at {first} is {values[first]}; weights must be finite float32 numbers")
    return values


def assign_all(weights: Sequence[Weight], values: Sequence[npt.ArrayLike]) -> None:
    """Set several weights at once, or none of them if one value does not fit."""
    checked = [weight.check(value) for weight, value in zip(weights, values, strict=True)]
    with all_held(weight.state for weight in weights):
        for weight, value in zip(weights, checked, strict=True):
            weight.state.write(weight.offset, value)


def read_all(weights: Sequence[Weight]) -> list[np.ndarray]:
    """Copies of several weights, all from between the same two steps of a training."""
    with all_held(weight.state for weight in weights):
        return [weight.numpy() for weight in weights]


def gather(weights: Sequence[Weight], engine: Engine) -> None:
    """Let weights that still live alone, or where the engine cannot compute, share one state of the engine's, in order.

    Weights that share a state already (a layer that another model uses too) stay where they are, so that both models go
    on seeing the same values.
    """
    alone = [weight for weight in weights if weight.state.size == weight.size or not engine.takes(weight.state)]
    if not alone or (len(alone) == 1 and engine.takes(alone[0].state)):
        return
    offsets = list(itertools.accumulate((aligned(weight.size) for weight in alone), initial=0))
    state = engine.state(offsets[-1])
    for weight, offset in zip(alone, offsets, strict=False):
        weight.move(state, offset)


def aligned(size: int) -> int:
    """`size` rounded up to whole cache lines [elements]."""
    return -(-size // ALIGNMENT) * ALIGNMENT
