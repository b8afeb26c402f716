"""Layer normalisation: each sample by its own mean and variance along some axes."""

from __future__ import annotations

from typing import Any, Unpack

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.graph import Tensor
from pellucid.layers import arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.normalization.affine import AffineNormalization
from pellucid.layers.normalization.axes import INTS, Axes, known_sizes, places, some_axes
from pellucid.layers.normalization.statistics import moments, reciprocal_root


class LayerNormalization(AffineNormalization):
    """Give each sample mean 0 and variance 1 along some axes, then a learned mean and spread at each place of them.

    y = gamma * (x - mean(x)) / sqrt(variance(x) + epsilon) + beta, with mean and variance along `axis`, for each place
    of the other axes by itself; gamma and beta span `axis`. Training and prediction do the same, and no sample counts
    for another, so the batch may have any size.

    Args:
        axis: along which to normalise: one (the channels, by default) or several, [1, 2, 3] for all of an image. The
            weights have these axes in rising order (negative ones first, so better not mix both kinds).
        epsilon: added to the variance, >= 0, so that a constant sample is not divided by 0.
        center: whether beta is there.
        scale: whether gamma is there.
        beta_initializer: name, initialiser, array of the sizes of `axis`, or function of a shape.
        gamma_initializer: likewise.
        beta_regularizer: penalty on beta that is added to the loss: name, regulariser or function.
        gamma_regularizer: likewise, on gamma.
        beta_constraint: what beta is projected to after each update: name, constraint or function.
        gamma_constraint: likewise, for gamma.
        rms_scaling: y = gamma * x / sqrt(variance(x) + epsilon) instead, with a gamma always and a beta never, for
            models that were made so; `RMSNormalization` divides by the root mean square.
        options: name, trainable, weights (gamma, beta), input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, or the input has no such axis.
        ShapeError: a size along `axis` is open, or differs from that of the layer's first input.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.LayerNormalization()])
        >>> model.predict(np.array([[3.0, 5.0], [100.0, 300.0]]), verbose=0).round(2).tolist()
        [[-1.0, 1.0], [-1.0, 1.0]]

    Source: Ba, Kiros and Hinton, Layer Normalization, arXiv 1607.06450, equation 4; keras.layers.LayerNormalization.
    """

    def __init__(
        self,
        axis: Axes = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: object = "zeros",
        gamma_initializer: object = "ones",
        beta_regularizer: object = None,
        gamma_regularizer: object = None,
        beta_constraint: object = None,
        gamma_constraint: object = None,
        *,
        rms_scaling: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer,
            beta_constraint, gamma_constraint, **options
        )  # fmt: skip
        self.axis = some_axes(axis, self.label, f"Expected {INTS} for the argument 'axis'")
        self.rms_scaling = arguments.flag("rms_scaling", rms_scaling, self.label)

    def build(self, input_shape: SymbolicShape) -> None:
        """Create gamma and beta, each of the sizes of `axis`."""
        axes = places(self.axis, input_shape, self.label)
        sizes = known_sizes(axes, input_shape, self.label)
        has = {"has_gamma": self.scale or self.rms_scaling, "has_beta": self.center and not self.rms_scaling}
        self.add_affine_weights(sizes, **has)

    def call(self, inputs: Tensor) -> Tensor:
        """Normalise along the axes."""
        if self.gamma is not None or self.beta is not None:
            self.check_input(inputs)
        found = moments(inputs, self.axes_of(inputs))
        centred = inputs if self.rms_scaling else found.deviations
        return self.affine(centred * reciprocal_root(found.variance + self.epsilon))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer again."""
        return super().get_config() | {"rms_scaling": self.rms_scaling}
