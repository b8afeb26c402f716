"""Spectral normalisation: a layer whose kernel is divided by the most that it can stretch a vector."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import initializers
from pellucid.checks import is_whole, whole
from pellucid.dispatch.symbolic import InputShape
from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Tensor, builder
from pellucid.layers import records
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.normalization.statistics import to_unit_length
from pellucid.layers.weighted_sum import WeightedSum
from pellucid.variables import Variable

LEAST_LENGTH = 1e-7  # as in Keras
MOST_ITERATIONS = 100  # each is a part of every step; the vector is kept from one to the next


class SpectralNormalization(Layer):
    """Divide the kernel of another layer by its largest singular value, while the layer is trained.

    The kernel K, seen as a matrix of (inputs, filters), stretches no vector more than its largest singular value sigma;
    K / sigma stretches none at all. sigma is found by the power method: v = u K' / |u K'|, then u = v K / |v K|, then
    sigma = v K u'. One round per step is enough, since u is kept as a weight `vector_u` and K changes slowly. u and v
    count as constants for the gradient, which flows through K and sigma.

    As in Keras, the kernel that is kept, saved and used outside training is K itself; a kernel of zeros stays.

    Args:
        layer: has a `kernel` or `embeddings` (Conv2D, Dense, ...), or the record of one as `get_config` writes it.
        power_iterations: rounds of the power method in each step, >= 1.
        options: name, trainable, weights (kernel, vector_u), input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is of the wrong kind, or the layer has no kernel.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> doubled = layers.Dense(2, kernel_initializer=2 * np.eye(2))
        >>> model = Sequential([layers.Input((2,)), layers.SpectralNormalization(doubled)])
        >>> model([[3.0, 4.0]], training=True).round(3).tolist(), model.predict([[3.0, 4.0]]).tolist()
        ([[3.0, 4.0]], [[6.0, 8.0]])

    Source: Miyato, Kataoka, Koyama and Yoshida, Spectral Normalization for Generative Adversarial Networks, ICLR 2018,
        arXiv 1802.05957, algorithm 1; keras.layers.SpectralNormalization, as it acts on JAX.
    """

    is_scaling: ClassVar[bool] = True
    """Numbers of any size may come in."""

    kernel: Variable
    vector_u: Variable

    def __init__(
        self, layer: Layer | Mapping[str, Any], power_iterations: int = 1, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.layer = held_layer(layer, self.label)
        if is_whole(power_iterations) and power_iterations < 1:
            raise ArgumentError(f"{self.label}: `power_iterations` should be greater than zero, got {power_iterations}")
        self.power_iterations = whole(self.label, "power_iterations", power_iterations, 1, MOST_ITERATIONS)

    def filter(self, number: int, which: str | None = None) -> Any:
        """One of the filters of the layer inside, which are those of this layer; see `Conv2D.filter`.

        Raises:
            ArgumentError: there is no such filter, or the layer inside has none.
            NotYetError: the layer has no weights yet.
        """
        if not isinstance(self.layer, WeightedSum):
            raise ArgumentError(f"{self.label}: {self.layer.label} has no filters; convolutions and dense layers have")
        return self.layer.filter(number, which)

    def build(self, input_shape: InputShape) -> None:
        """Build the layer, then create the vector (1, filters); the kernel counts as a weight of both, as in Keras."""
        self.layer.ensure_built(input_shape)
        self._attribute = next((name for name in ("kernel", "embeddings") if hasattr(self.layer, name)), "")
        if not self._attribute:
            raise ArgumentError(
                f"{self.label}: {self.layer.label}: the object has no attribute 'kernel' nor 'embeddings' to be "
                "normalised; wrap a layer "
                "such as Dense or Conv2D"
            )
        self.kernel = getattr(self.layer, self._attribute)
        if self.given_weights is not None:
            self.kernel.assign(self.given_weights.take(0, self.kernel.shape))
        self._own_weights = [*self._own_weights, self.kernel]
        first = initializers.TruncatedNormal(stddev=0.02)
        self.vector_u = self.add_weight((1, self.kernel.shape[-1]), first, name="vector_u", trainable=False)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """The layer, in training with the normalised kernel."""
        graph = (inputs[0] if isinstance(inputs, list) else inputs).graph
        with graph.mode(training):
            return self._normalized(graph).emit(inputs) if graph.training else self.layer.emit(inputs)

    def _normalized(self, graph: Graph) -> Layer:
        """The layer with the normalised kernel; updates `vector_u`."""
        kernel, u = self.kernel.tensor(graph), self.vector_u.tensor(graph)
        matrix = builder.reshape(kernel, (self.kernel.size // kernel.shape[-1], kernel.shape[-1]))
        for _ in range(self.power_iterations):
            v = _unit(builder.matmul(u, matrix, transpose_b=True))
            u = _unit(builder.matmul(v, matrix))
        u, v = builder.stop_gradient(u), builder.stop_gradient(v)
        sigma = builder.matmul(builder.matmul(v, matrix), u, transpose_b=True)
        is_zero = builder.equal(builder.reduce_max(builder.absolute(matrix)), 0.0)
        self.vector_u.set_tensor(graph, builder.where(is_zero, self.vector_u, u))
        divisor = builder.reshape(builder.where(is_zero, 1.0, sigma), ())
        layer = copy.copy(self.layer)
        layer.__dict__[self._attribute] = _Value(kernel / divisor)  # of the copy: the layer's weight stays what it is
        return layer

    def option(self, name: str) -> Any:
        """The layer as its record."""
        return records.serialize(self.layer) if name == "layer" else super().option(name)


class _Value(Frozen):
    """A tensor in the place of a weight."""

    value: Tensor

    def tensor(self, graph: Graph) -> Tensor:
        """The tensor itself."""
        return self.value


def _unit(x: Tensor) -> Tensor:
    return to_unit_length(x, [0, 1], LEAST_LENGTH)


def held_layer(layer: object, owner: str) -> Layer:
    """A layer, or the one that a record describes."""
    if isinstance(layer, Layer):
        return layer
    if not isinstance(layer, Mapping):
        raise ArgumentError(
            f"{owner}: layer must be a layer, such as Dense(3), or the record of one, got {shown(layer)}"
        )
    try:
        return records.deserialize(layer)
    except ArgumentError as error:
        raise ArgumentError(f"{owner}: {error}") from error
