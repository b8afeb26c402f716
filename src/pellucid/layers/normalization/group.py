"""Group normalisation: the channels of each sample, group by group, by the mean and variance of the group."""

from __future__ import annotations

from typing import Unpack

from pellucid.checks import is_whole
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.normalization.affine import AffineNormalization
from pellucid.layers.normalization.axes import known_sizes, one_axis, places
from pellucid.layers.normalization.statistics import moments, reciprocal_root


class GroupNormalization(AffineNormalization):
    """Give each group of neighbouring channels of each sample mean 0 and variance 1, then learned ones per channel.

    y = gamma * (x - mean(x)) / sqrt(variance(x) + epsilon) + beta, with mean and variance over all places and over the
    channels of the group. With one group a sample is normalised as a whole; with as many as channels (`groups=-1`) each
    feature map by itself, which is called instance normalisation. Training and prediction do the same.

    Args:
        groups: into how many the channels are cut, a divisor of their number; -1 for one group per channel.
        axis: of the channels; 1 behind layers with `data_format="channels_first"`.
        epsilon: added to the variance, >= 0, so that a constant group is not divided by 0.
        center: whether beta is there.
        scale: whether gamma is there.
        beta_initializer: name, initialiser, array of shape (channels,), or function of a shape.
        gamma_initializer: likewise.
        beta_regularizer: penalty on beta that is added to the loss: name, regulariser or function.
        gamma_regularizer: likewise, on gamma.
        beta_constraint: what beta is projected to after each update: name, constraint or function.
        gamma_constraint: likewise, for gamma.
        options: name, trainable, weights (gamma, beta), input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, the input has no such axis, or the groups do not divide
            the channels.
        ShapeError: the number of channels is open, or differs from that of the layer's first input.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.GroupNormalization(groups=2)])
        >>> model.predict(np.array([[3.0, 5.0, 100.0, 300.0]]), verbose=0).round(2).tolist()
        [[-1.0, 1.0, -1.0, 1.0]]

    Source: Wu and He, Group Normalization, ECCV 2018, arXiv 1803.08494, equations 1 to 7; Ulyanov, Vedaldi and
        Lempitsky, Instance Normalization, arXiv 1607.08022; keras.layers.GroupNormalization.
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: object = "zeros",
        gamma_initializer: object = "ones",
        beta_regularizer: object = None,
        gamma_regularizer: object = None,
        beta_constraint: object = None,
        gamma_constraint: object = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer,
            beta_constraint, gamma_constraint, **options
        )  # fmt: skip
        per_channel = is_whole(groups) and groups == -1
        self.groups = -1 if per_channel else arguments.whole_number("groups", groups, self.label)
        self.axis = one_axis(axis, self.label)

    def build(self, input_shape: SymbolicShape) -> None:
        """Create gamma and beta, each of shape (channels,)."""
        axes = places(self.axis, input_shape, self.label)
        (channels,) = sizes = known_sizes(axes, input_shape, self.label)
        if channels % self.groups:
            divisors = ", ".join(str(n) for n in range(1, channels + 1) if channels % n == 0)
            more = ", and cannot be more than the number of channels" if self.groups > channels else ""
            raise ArgumentError(
                f"{self.label}: groups={self.groups} does not divide the {channels} channels of {input_shape}{more}; "
                f"take {divisors}, or -1 for one group per channel"
            )
        self.add_affine_weights(sizes, has_gamma=self.scale, has_beta=self.center)

    def call(self, inputs: Tensor) -> Tensor:
        """Normalise each group of each sample."""
        self.check_input(inputs)
        (axis,), (channels,) = self.axes_of(inputs), self.sizes
        groups = channels if self.groups == -1 else self.groups
        before, after = inputs.shape[:axis], inputs.shape[axis + 1 :]
        x = builder.reshape(inputs, (*before, groups, channels // groups, *after))
        found = moments(x, [place for place in range(1, x.rank) if place != axis])
        normalized = found.deviations * reciprocal_root(found.variance + self.epsilon)
        return self.affine(builder.reshape(normalized, inputs.shape))
