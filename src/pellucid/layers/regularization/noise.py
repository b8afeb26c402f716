"""What layers share that disturb training with random numbers and do nothing outside of it."""

from __future__ import annotations

from typing import Any, Unpack

from pellucid.checks import is_number
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Graph, Tensor
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions


class Noise(Layer):
    """The seed, and when noise is made. A subclass says in `disturbed` what it is, in `is_active` whether it is any.

    The numbers follow from the model's seed, the step and the layer's place in the model (or its seed), never from the
    number of threads.

    Args:
        seed: draws the same numbers wherever it is used; by default the layer draws numbers of its own.
        options: see `Layer`.
    """

    def __init__(self, seed: int | None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.seed = None if seed is None else arguments.whole_number("seed", seed, self.label, minimum=0)
        self._seed_of_draws = None if seed is None else 0  # the seed is the stream's then

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Disturb in training, pass otherwise; a class that derives from the layer may say which."""
        with inputs.graph.mode(training):
            return self.disturbed(inputs) if inputs.graph.training and self.is_active else inputs

    @property
    def is_active(self) -> bool:
        """Whether there is any noise to make."""
        raise TypeError(f"{type(self).__name__} does not say whether it makes noise")

    def disturbed(self, x: Tensor) -> Tensor:
        """x with noise."""
        raise TypeError(f"{type(self).__name__} does not say what noise it makes")

    def stream(self, graph: Graph) -> int:
        """The number of the layer's draw in a graph."""
        return graph.next_stream() if self.seed is None else graph.stream_of_seed(self.seed)


def checked_rate(rate: Any, layer: str, *, below_one: bool) -> float:
    """A probability; `below_one` where something must be left over."""
    if not is_number(rate) or not 0 <= rate <= 1:
        kind = ArgumentError if is_number(rate) else ArgumentTypeError
        raise kind(
            f"{layer}: Invalid value received for argument `rate`. Expected a float value between 0 and 1, got "
            f"{shown(rate)}"
        )
    value = float(rate)
    if below_one and value == 1:
        raise ArgumentError(f"{layer}: rate must be below 1, got {shown(rate)}: nothing would be left of the input")
    return value
