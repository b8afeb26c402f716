"""What all layers share whose result is a weighted sum: a bias and an activation behind it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy.typing as npt

from pellucid import activations
from pellucid.dispatch import shape_inference
from pellucid.dispatch.symbolic import InputShape
from pellucid.graph import Tensor
from pellucid.layers import activating, arguments
from pellucid.layers.base import Layer
from pellucid.variables import Variable

Initial = str | dict[str, object] | Callable[..., npt.ArrayLike] | npt.ArrayLike


class WeightedSum(Layer):
    """Adds a bias to the sums of a subclass and applies the activation."""

    bias: Variable | None

    filter_axes: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """For each weight that holds filters what its axes are, see `own_filters`."""

    def _set_end(
        self, activation: Any, use_bias: bool, bias_initializer: Any, bias_regularizer: Any, bias_constraint: Any
    ) -> None:
        """Check and keep the options of bias and activation."""
        self.activation = activating.activation(activation, self.label)
        self.use_bias = arguments.flag("use_bias", use_bias, self.label)
        self.bias_initializer = arguments.initializer(bias_initializer, self.label)
        self.bias_regularizer = arguments.regularizer(bias_regularizer, self.label)
        self.bias_constraint = arguments.constraint(bias_constraint, self.label)

    def _set_kernel(self, name: str, initializer: Any, regularizer: Any, constraint: Any) -> None:
        """Check and keep where the weights called `name` come from and what holds them."""
        setattr(self, f"{name}_initializer", arguments.initializer(initializer, self.label))
        setattr(self, f"{name}_regularizer", arguments.regularizer(regularizer, self.label))
        setattr(self, f"{name}_constraint", arguments.constraint(constraint, self.label))

    def _add_kernel(self, shape: Sequence[int], name: str = "kernel", options: str = "kernel") -> Variable:
        """Create a weight with the options that `_set_kernel(options, ...)` kept."""
        return self.add_weight(
            shape,
            getattr(self, f"{options}_initializer"),
            name=name,
            regularizer=getattr(self, f"{options}_regularizer"),
            constraint=getattr(self, f"{options}_constraint"),
        )

    def _add_bias(self, shape: Sequence[int]) -> None:
        self.bias = self._add_kernel(shape, "bias", "bias") if self.use_bias else None

    def _with_bias(self, sums: Tensor) -> Tensor:
        return sums if self.bias is None else sums + self.bias

    def _build_parts(self, input_shape: InputShape) -> None:
        """An activation that is a layer meets what this layer gives without it."""
        bare = copy.copy(self)
        bare.__dict__["activation"] = activations.linear
        activating.built(self.activation, lambda: shape_inference.output_shape(bare.emit, input_shape))

    def option(self, name: str) -> Any:
        return activating.described(self.activation) if name == "activation" else super().option(name)
