"""Batch normalisation: each channel by its mean and variance over the batch, or over the batches seen in training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Unpack

import numpy as np

from pellucid import legacy
from pellucid.checks import is_number, number
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, shown, unknown_name
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.layers import arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.normalization.affine import AffineNormalization
from pellucid.layers.normalization.axes import known_sizes, one_axis, places
from pellucid.layers.normalization.statistics import moments, reciprocal_root
from pellucid.variables import Variable

CLIPPINGS = ("rmax", "rmin", "dmax")


class BatchNormalization(AffineNormalization):
    """Give each channel mean 0 and variance 1, then a learned mean and spread.

    In training, over all samples and places of the batch, for each channel:
    y = gamma * (x - mean(x)) / sqrt(variance(x) + epsilon) + beta, where the variance is divided by the count (not by
    one less), and the moving averages follow: moving = momentum * moving + (1 - momentum) * batch.

    Outside training the moving averages stand for the batch's statistics, so a sample's result does not depend on
    the others; the layer is x * scale + shift then, and a convolution before it takes both into its kernel and bias.
    The same holds in training if `trainable` is False (nothing is updated either), or for `layer(x, training=False)`.

    With `renorm`, training also corrects by moving statistics of its own, so that small batches fit what the layer does
    later: y = gamma * ((x - mean(x)) / sqrt(variance(x) + epsilon) * r + d) + beta, where r = sqrt(variance(x) +
    epsilon) / renorm_stddev and d = (mean(x) - renorm_mean) / renorm_stddev are clipped and get no gradient.

    Args:
        axis: of the channels; 1 behind layers with `data_format="channels_first"`.
        momentum: share of the old value in a moving average, 0 to 1.
        epsilon: added to the variance, >= 0, so that a constant channel is not divided by 0.
        center: whether beta is there.
        scale: whether gamma is there; the layer before or behind may do without, if it is linear.
        beta_initializer: name, initialiser, array of shape (channels,), or function of a shape.
        gamma_initializer: likewise.
        moving_mean_initializer: likewise.
        moving_variance_initializer: likewise.
        beta_regularizer: penalty on beta that is added to the loss: name, regulariser or function.
        gamma_regularizer: likewise, on gamma.
        beta_constraint: what beta is projected to after each update: name, constraint or function.
        gamma_constraint: likewise, for gamma.
        renorm: whether to correct in training.
        renorm_clipping: bounds of the correction, as far as wanted: {"rmin": 0.3, "rmax": 3, "dmax": 5} keeps r from
            rmin to rmax, and d from -dmax to dmax.
        renorm_momentum: as `momentum`, for the statistics of the correction.
        synchronized: False; there is one device, hence nothing to synchronise.
        options: name, trainable, weights (gamma, beta, moving_mean, moving_variance), input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, or the input has no such axis.
        ShapeError: the number of channels is open, or differs from that of the layer's first input.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> layer = layers.BatchNormalization(momentum=0.5)
        >>> model = Sequential([layers.Input((1,)), layer])
        >>> model(np.array([[3.0], [5.0]]), training=True).round(2).tolist()
        [[-1.0], [1.0]]
        >>> {weight.name: weight.numpy().tolist() for weight in layer.non_trainable_weights}
        {'moving_mean': [2.0], 'moving_variance': [1.0]}

    Source: Ioffe and Szegedy, Batch Normalization, ICML 2015, arXiv 1502.03167, algorithms 1 and 2; Ioffe, Batch
        Renormalization, NIPS 2017, arXiv 1702.03275; keras.layers.BatchNormalization.
    """

    moving_mean: Variable
    moving_variance: Variable
    moving_stddev: Variable
    renorm_mean: Variable
    renorm_stddev: Variable

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: object = "zeros",
        gamma_initializer: object = "ones",
        moving_mean_initializer: object = "zeros",
        moving_variance_initializer: object = "ones",
        beta_regularizer: object = None,
        gamma_regularizer: object = None,
        beta_constraint: object = None,
        gamma_constraint: object = None,
        renorm: bool = False,
        renorm_clipping: Mapping[str, float | None] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer,
            beta_constraint, gamma_constraint, **options
        )  # fmt: skip
        self.axis = one_axis(axis, self.label)
        self.momentum = arguments.fraction("momentum", momentum, self.label)
        if moving_variance_initializer is None:  # elsewhere Keras's default, which draws numbers of both signs
            raise ArgumentError(
                f"{self.label}: moving_variance_initializer=None draws numbers around 0, so that variances would begin "
                "below 0 and outputs be nan; leave it out, or say 'ones'"
            )
        self.moving_mean_initializer = arguments.initializer(moving_mean_initializer, self.label)
        self.moving_variance_initializer = arguments.initializer(moving_variance_initializer, self.label)
        self.renorm = arguments.flag("renorm", renorm, self.label)
        clipping = {} if renorm and renorm_clipping is None else renorm_clipping
        self.renorm_clipping = None if clipping is None else _checked_clipping(clipping, self.label)
        self.renorm_momentum = arguments.fraction("renorm_momentum", renorm_momentum, self.label)
        # Keras 2 alone took the variance of the population from that of the batch.
        self._corrects_variance = legacy.generation() == 2
        if self._corrects_variance:
            legacy.tell_default(
                self.label, "the moving variance takes in n / (n - 1 - epsilon) of a batch's", "as it is"
            )
        self.synchronized = arguments.flag("synchronized", synchronized, self.label)
        if self.synchronized:
            raise ArgumentError(
                f"{self.label}: synchronized must be False: there is one device, nothing to synchronise"
            )

    def build(self, input_shape: SymbolicShape) -> None:
        """Create gamma and beta, then the moving averages, each of shape (channels,)."""
        axes = places(self.axis, input_shape, self.label)
        sizes = known_sizes(axes, input_shape, self.label)
        self.add_affine_weights(sizes, has_gamma=self.scale, has_beta=self.center)
        self.moving_mean = self._kept("moving_mean", self.moving_mean_initializer)
        self.moving_variance = self._kept("moving_variance", self.moving_variance_initializer)
        if self.renorm:
            self.moving_stddev = self._kept("moving_stddev", self._first_stddev)
            self.renorm_mean = self._kept("renorm_mean", self.moving_mean_initializer)
            self.renorm_stddev = self._kept("renorm_stddev", self._first_stddev)

    def _kept(self, name: str, initializer: object) -> Variable:
        return self.add_weight(self.sizes, initializer, name=name, trainable=False)

    def _first_stddev(self, shape: Shape) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # of a negative variance: refused when the weight is made
            return np.sqrt(self.moving_variance_initializer(shape))

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Normalise by the batch in training, by the moving averages otherwise; a class that derives may say which."""
        x = inputs
        self.check_input(x)
        with x.graph.mode(training):
            return self._by_batch(x) if x.graph.training and self.trainable else self._by_moving_averages(x)

    def _by_moving_averages(self, x: Tensor) -> Tensor:
        """x * scale + shift with one number each per channel, as `passes.fold_scale` looks for behind a convolution."""
        deviation = builder.sqrt(self.moving_variance.tensor(x.graph) + self.epsilon)
        scale = (1.0 if self.gamma is None else self.gamma.tensor(x.graph)) / deviation
        mean = self.moving_mean.tensor(x.graph) * scale
        shift = -mean if self.beta is None else self.beta.tensor(x.graph) - mean
        return x * self.beside(scale, x) + self.beside(shift, x)

    def _by_batch(self, x: Tensor) -> Tensor:
        found = moments(x, [axis for axis in range(x.rank) if axis not in self.axes_of(x)])
        normalized = found.deviations * reciprocal_root(found.variance + self.epsilon)
        mean, variance = (builder.reshape(moment, self.sizes) for moment in (found.mean, found.variance))
        if self.renorm:
            normalized = self._corrected(normalized, mean, variance)
        else:
            self._follow(self.moving_mean, mean, self.momentum)
            self._follow(self.moving_variance, self._of_population(variance, x), self.momentum)
        return self.affine(normalized)

    def _of_population(self, variance: Tensor, x: Tensor) -> Tensor:
        """The variance of a batch as the moving one takes it in: in Keras 2 that of the population."""
        count = math.prod(x.shape) // math.prod(self.sizes)
        return variance * (count / (count - (1.0 + self.epsilon))) if self._corrects_variance else variance

    def _follow(self, average: Variable, value: Tensor, momentum: float) -> Tensor:
        """Let a moving average take a new value in, and return what it becomes."""
        new = average.tensor(value.graph) * momentum + value * (1.0 - momentum)
        average.set_tensor(value.graph, new)
        return new

    def _corrected(self, normalized: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        """normalized * r + d (Batch Renormalization, algorithm 1); updates all statistics."""
        graph, bounds = mean.graph, self.renorm_clipping or {}
        stddev = builder.sqrt(variance + self.epsilon)
        # As in Keras, a moving deviation below that of a constant channel counts as that.
        usual = builder.maximum(self.renorm_stddev.tensor(graph), math.sqrt(self.epsilon))
        r, d = stddev / usual, (mean - self.renorm_mean) / usual
        rmin, rmax, dmax = (bounds.get(name) for name in ("rmin", "rmax", "dmax"))
        r = r if rmin is None else builder.maximum(r, rmin)
        r = r if rmax is None else builder.minimum(r, rmax)
        d = d if dmax is None else builder.clip(d, -dmax, dmax)
        self._follow(self.renorm_mean, mean, self.renorm_momentum)
        self._follow(self.renorm_stddev, stddev, self.renorm_momentum)
        self._follow(self.moving_mean, mean, self.momentum)
        followed = self._follow(self.moving_stddev, stddev, self.momentum)
        self.moving_variance.set_tensor(graph, builder.relu(builder.square(followed) - self.epsilon))
        r, d = (self.beside(builder.stop_gradient(correction), normalized) for correction in (r, d))
        return normalized * r + d


def _checked_clipping(clipping: object, layer: str) -> dict[str, float | None]:
    if not isinstance(clipping, Mapping):
        raise ArgumentError(
            f"{layer}: renorm_clipping must be a dictionary such as {{'rmin': 0.3, 'rmax': 3, 'dmax': 5}}, got "
            f"{shown(clipping)}"
        )
    for name in clipping:
        if name not in CLIPPINGS:
            wrong = unknown_name("bound in renorm_clipping", name, CLIPPINGS)
            raise ArgumentError(f"{layer}: Received invalid keys: {wrong}")
        if is_number(clipping[name]) and clipping[name] < 0:
            raise ArgumentError(
                f"{layer}: {name} should be non-negative in renorm_clipping, got {shown(clipping[name])}"
            )
    bounds = {
        name: None if bound is None else number(layer, f"{name} in renorm_clipping", bound, 0.0)
        for name, bound in clipping.items()
    }
    rmin, rmax = bounds.get("rmin"), bounds.get("rmax")
    if rmin is not None and rmax is not None and rmin > rmax:
        raise ArgumentError(f"{layer}: rmax should be at least rmin in renorm_clipping, got rmin={rmin}, rmax={rmax}")
    return bounds
