"""Arrays that an optimiser of the user's own keeps for weights, and calls of what it describes with tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.calls import called
from pellucid.dispatch import Array
from pellucid.dispatch.operators import Valued
from pellucid.elsewhere import keep_elsewhere, standing_for
from pellucid.errors import ArgumentError, ArgumentTypeError, PellucidError, ShapeError, shorter
from pellucid.graph import Graph, Tensor
from pellucid.optimizers.moved import Stepped

__all__ = ["OwnVariable", "described", "standing_in"]


class OwnVariable(Valued):
    """An array that an optimiser of the user's own keeps for a weight: a tensor in `update_step`, else its values.

    Args:
        kind: under which name it is kept for the weight ("momentum").
        weight: whose it is.
        owner: name of the optimiser.
        read: gives the values.
        write: takes new ones.

    Attributes:
        name, path: "dense_kernel_momentum", and the optimiser's name before that.
        shape: the weight's.
        dtype: "float32".
    """

    dtype = "float32"
    trainable = False

    def __init__(
        self,
        kind: str,
        weight: Stepped,
        owner: str,
        read: Callable[[], np.ndarray],
        write: Callable[[np.ndarray], None],
    ) -> None:
        self.kind, self.weight, self._read, self._write = kind, weight, read, write
        self.shape = tuple(weight.shape)
        self.name = f"{weight.path.replace('/', '_')}_{kind}"
        self.path = f"{owner}/{self.name}"

    @property
    def value(self) -> Any:
        """What it holds now: a tensor in `update_step`, else an array."""
        standing = standing_for(self)
        return self._read().view(Array) if standing is None else standing

    def numpy(self) -> np.ndarray:
        """A copy of the values."""
        if standing_for(self) is not None:
            raise ArgumentError(f"{self.path} has no values in update_step(), which describes a step")
        return self._read()

    def tensor(self, graph: Graph) -> Tensor:
        """The tensor that stands for it."""
        standing = standing_for(self)
        if standing is None:
            raise ArgumentError(f"{self.path} is of another weight than the one that update_step() is called for")
        return graph.lift(standing)

    def assign(self, value: Any) -> OwnVariable:
        """Replace all values; raises `ShapeError` if the shape differs."""
        standing = standing_for(self)
        new = standing.graph.lift(value) if isinstance(standing, Tensor) else np.asarray(value, np.float32)
        if new.shape != self.shape:
            raise ShapeError(f"{self.path} has shape {self.shape}, got {new.shape}")
        if isinstance(new, Tensor):
            keep_elsewhere(self, new)
        else:
            self._write(new)
        return self

    def assign_add(self, value: Any) -> OwnVariable:
        """Add to the values; see `assign`."""
        return self.assign(self.value + value)

    def assign_sub(self, value: Any) -> OwnVariable:
        """Take off the values; see `assign`."""
        return self.assign(self.value - value)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy().astype(dtype or np.float32, copy=False)

    def __getitem__(self, index: Any) -> Any:
        return self.value[index]

    def __repr__(self) -> str:
        return f"<OptimizerVariable {self.path}, shape {self.shape}>"


def described(owner: str, function: Callable[..., Any], *args: Any) -> None:
    """Call a method of the user's own with tensors; where it wants values, the error says what helps."""
    try:
        called(owner, function, *args)
    except (ShapeError, ArgumentTypeError):
        raise
    except Exception as error:
        kind = "" if isinstance(error, PellucidError) else f"{type(error).__name__}: "
        raise ArgumentError(
            f"{owner} cannot become a part of a step, which is a graph of tensors without values: {kind}"
            f"{shorter(str(error).rstrip('.'))}. Write it with pellucid.ops (no NumPy, numpy(), float() or if)"
        ) from error


def standing_in(weight: Stepped, owner: str) -> OwnVariable:
    """What stands in `update_step` for a weight that is no variable of the library: an array, say."""
    return OwnVariable("", weight, owner, _no_values, _no_values)


def _no_values(*_: object) -> Any:
    raise ArgumentError("a weight has no values in update_step(), which describes a step")
