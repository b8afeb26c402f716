"""What normalisation layers share that learn a factor and an offset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.checks import number
from pellucid.graph import Tensor
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.normalization.axes import along, check_sizes, places
from pellucid.variables import Variable


class AffineNormalization(Layer):
    """Options and weights of y = gamma * (x normalised) + beta; a subclass says what is normalised by what.

    Args:
        epsilon: added to the variance, >= 0.
        center: whether beta is there.
        scale: whether gamma is there.
        beta_initializer: first values of beta.
        gamma_initializer: first values of gamma.
        beta_regularizer: penalty on beta.
        gamma_regularizer: penalty on gamma.
        beta_constraint: projection of beta.
        gamma_constraint: projection of gamma.
        options: see `Layer`.
    """

    is_scaling: ClassVar[bool] = True
    """Numbers of any size may come in."""

    gamma: Variable | None
    beta: Variable | None
    axis: int | list[int]
    """The axes of the input that gamma and beta span; negative ones count from the end."""

    def __init__(
        self,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: object,
        gamma_initializer: object,
        beta_regularizer: object,
        gamma_regularizer: object,
        beta_constraint: object,
        gamma_constraint: object,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.epsilon = number(self.label, "epsilon", epsilon, 0.0)
        self.center = arguments.flag("center", center, self.label)
        self.scale = arguments.flag("scale", scale, self.label)
        self.beta_initializer = arguments.initializer(beta_initializer, self.label)
        self.gamma_initializer = arguments.initializer(gamma_initializer, self.label)
        self.beta_regularizer = arguments.regularizer(beta_regularizer, self.label)
        self.gamma_regularizer = arguments.regularizer(gamma_regularizer, self.label)
        self.beta_constraint = arguments.constraint(beta_constraint, self.label)
        self.gamma_constraint = arguments.constraint(gamma_constraint, self.label)

    def add_affine_weights(self, sizes: Sequence[int], *, has_gamma: bool, has_beta: bool) -> None:
        """Create gamma, then beta, as far as they are there, for axes of these sizes."""
        self.sizes = tuple(sizes)
        self.gamma = self._affine_weight("gamma") if has_gamma else None
        self.beta = self._affine_weight("beta") if has_beta else None

    def _affine_weight(self, name: str) -> Variable:
        return self.add_weight(
            self.sizes,
            getattr(self, f"{name}_initializer"),
            name=name,
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
        )

    def check_input(self, x: Tensor) -> None:
        """Raise `ShapeError` where x does not fit the weights."""
        check_sizes(x, self.axes_of(x), self.sizes, self.label)

    def axes_of(self, x: Tensor) -> tuple[int, ...]:
        """The axes that gamma and beta span, counted from 0; x may have more axes than the layer's first input had."""
        return places(self.axis, x.shape, self.label)

    def beside(self, weight: Variable | Tensor, x: Tensor) -> Tensor:
        """A vector that belongs to the layer's axes, to be combined with x element by element."""
        return along(x.graph.lift(weight), self.axes_of(x), x.shape)

    def affine(self, normalized: Tensor) -> Tensor:
        """gamma * normalized + beta."""
        y = normalized
        if self.gamma is not None:
            y = y * self.beside(self.gamma, y)
        return y if self.beta is None else y + self.beside(self.beta, y)
