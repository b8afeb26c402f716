"""The model whose layers form a chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pellucid.dispatch.symbolic import InputShape, SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.layers import InputLayer, Layer
from pellucid.models import config
from pellucid.models.data_checks import as_array
from pellucid.models.model import Model


class Sequential(Model):
    """A chain of layers: each gets what the one before it gives.

    The input shape comes from an `Input` at the beginning, from `input_shape=` of the first layer, from `build`, or
    from the first data.

    Args:
        layers: in order; more can be added with `add`.
        name: of the model.
        seed: decides shuffling and dropout (see `Model`).

    Raises:
        ArgumentError: something that is not a layer, or a layer that does not fit behind the one before.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(32, 3, activation="relu"),
        ...                     layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10, activation="softmax")])
        >>> model.output_shape, model.count_params()
        ((None, 10), 3210)

    Source: keras.Sequential, https://keras.io/api/models/sequential/
    """

    def __init__(
        self,
        layers: Sequence[Layer | SymbolicTensor] | None = None,
        name: str | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        self._start(name, seed)
        self._input: InputLayer | None = None
        self._chain: list[Layer] = []
        self._end: SymbolicTensor | None = None
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> list[Layer]:
        """The layers in order, without the input."""
        return list(self._chain)

    @layers.setter
    def layers(self, layers: list[Layer]) -> None:
        """Kept in `_chain`; the order of a chain is the order in which layers were added."""

    def add(self, layer: Layer | SymbolicTensor) -> None:
        """Append a layer (or, at the beginning, an `Input`)."""
        if isinstance(layer, SymbolicTensor):
            return self.add(layer.call.layer)  # type: ignore[arg-type]  # checked there
        if not isinstance(layer, Layer):
            raise ArgumentError(f"{self.name}: expected a layer, got {layer!r}")
        if isinstance(layer, InputLayer):
            if self._input is not None or self._chain:
                raise ArgumentError(f"{self.name}: an Input can only be the first")
            self._begin(layer)
            return
        if self in (layer, *_inside(layer)):
            raise ArgumentError(f"{self.name} cannot be a layer of itself")
        if any(other.name == layer.name for other in self._chain):
            raise ArgumentError(f"{self.name}: there is already a layer {layer.name!r}; names must differ")
        if self._input is None and not self._chain:
            shape = layer.input_shape if isinstance(layer, Model) and layer.built else layer.batch_input_shape
            if isinstance(shape, tuple):
                self._begin(InputLayer(shape[1:]))
        self._append(layer)
        self._chain.append(layer)
        if self._end is not None and self._input is not None:
            self._connect(self._input.output, self._end)

    def pop(self) -> Layer:
        """Take the last layer off and return it."""
        if not self._chain:
            raise ArgumentError(f"{self.name} has no layer to take off")
        layer = self._chain.pop()
        if self._end is not None and self._input is not None:
            (self._end,) = layer.calls.pop().inputs
            self._connect(self._input.output, self._end)
        return layer

    def build(self, input_shape: InputShape | None = None) -> None:
        """Create the weights for an input of this shape, batch first (None)."""
        if self._input is not None:
            return
        if input_shape is None:
            raise ArgumentError(
                f"{self.name} does not know its input shape; begin with Input(shape), or call build((None, ...))"
            )
        if isinstance(input_shape, list):
            raise ArgumentError(f"{self.name} is a chain and takes one input, got shapes {input_shape}")
        fresh = [layer for layer in self._chain if not layer.built]
        start = InputLayer(tuple(input_shape)[1:])
        self._begin(start)
        try:
            for layer in self._chain:
                self._append(layer)
        except Exception:
            self._input = self._end = None
            for layer in fresh:
                layer.unbuild()
            raise
        assert self._end is not None
        self._connect(start.output, self._end)

    def require_built(self, x: Any = None) -> None:
        """Build for the shape of data if the model has not been built."""
        if self._input is not None and self._chain:
            return
        if not self._chain:
            raise ArgumentError(f"{self.name} has no layers; add some first")
        self.build(None if x is None else as_array(x, self.name).shape)

    def _begin(self, layer: InputLayer) -> None:
        self._input, self._end = layer, layer.output

    def _append(self, layer: Layer) -> None:
        if self._end is not None:
            end = layer(self._end)
            if not isinstance(end, SymbolicTensor):
                raise ArgumentError(f"{self.name}: {layer.label} gives several tensors; use Model to name what follows")
            self._end = end

    def get_config(self) -> dict[str, Any]:
        """The model's structure as plain data, in Keras's words."""
        return config.sequential_config(self)

    @property
    def input_layer(self) -> InputLayer | None:
        """The layer at which data comes in, once the input shape is known."""
        return self._input


def _inside(layer: Layer) -> Iterator[Layer]:
    for part in layer.sublayers:
        yield part
        yield from _inside(part)
