"""What all convolution layers share: a kernel that stands at many places of the spatial axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pellucid import activations
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.geometry import PADDINGS, Padding, Window, resolve_padding
from pellucid.graph import Tensor
from pellucid.layers import arguments
from pellucid.layers.channels import on_images
from pellucid.layers.padding_modes import PADDING_MODES, padded
from pellucid.layers.weighted_sum import WeightedSum


class SpatialSum(WeightedSum):
    """Images in, images out, in both data formats and with any number of batch axes."""

    rank: ClassVar[int]
    _channels: int

    def _set_taps(self, kernel_size: Any, strides: Any, data_format: str | None, dilation_rate: Any = 1) -> None:
        """Check and keep the options that say where the kernel stands."""
        self.kernel_size = arguments.per_axis("kernel_size", kernel_size, self.rank, self.label)
        self.strides = arguments.per_axis("strides", strides, self.rank, self.label)
        self.data_format = arguments.data_format(data_format, self.label)
        self.dilation_rate = arguments.per_axis("dilation_rate", dilation_rate, self.rank, self.label)

    def _meet(self, input_shape: SymbolicShape) -> tuple[tuple[int | None, ...], int]:
        """Check the first input; returns its spatial sizes and its channels, which all later inputs must have."""
        spatial, self._channels = arguments.image_shape(input_shape, self.rank, self.label, self.data_format)
        return spatial, self._channels

    def _summed(self, inputs: Tensor, sums: Callable[[Tensor], Tensor]) -> Tensor:
        """The result of the layer: `sums` of (batch, spatial..., channels), with bias and activation.

        What is not element by element (softmax, which goes along the last axis, a layer, a function of a user's) meets
        the result as the layer gives it.
        """
        inside = self.activation if activations.is_elementwise(self.activation) else None

        def biased(x: Tensor) -> Tensor:
            y = self._with_bias(sums(self._checked(x)))
            return y if inside is None else inside(y)

        y = on_images(inputs, self.rank, self.data_format, biased)
        return y if inside is not None else self.activation(y)

    def _checked(self, x: Tensor) -> Tensor:
        """x, if it has the channels that the weights are for."""
        if x.shape[-1] != self._channels:
            axis = -1 if self.data_format == "channels_last" else -1 - self.rank
            raise arguments.for_others(self.label, self._channels, "channels", x.shape[-1], axis)
        return x


class WindowedSum(SpatialSum):
    """A kernel that slides as a window: each number of the result looks at the inputs under its window."""

    def _set_window(
        self,
        kernel_size: Any,
        strides: Any,
        padding: Padding,
        data_format: str | None,
        dilation_rate: Any = 1,
        padding_mode: str = "zeros",
    ) -> None:
        """Check and keep the options of the window."""
        self._set_taps(kernel_size, strides, data_format, dilation_rate)
        self.padding = arguments.padding(padding, self.rank, self.label, PADDINGS)
        self.padding_mode = arguments.one_of("padding_mode", padding_mode, PADDING_MODES, self.label)

    def window(self, spatial: Sequence[int]) -> Window:
        """How the kernel slides over an input of these spatial sizes."""
        numbers = {"size": self.kernel_size, "strides": self.strides, "dilation": self.dilation_rate}
        return Window(**numbers, padding=resolve_padding(self.padding, spatial, **numbers))

    def _seen(self, x: Tensor) -> tuple[Tensor, Window]:
        """x, with its padding where that is not zeros, and the window that slides over it."""
        window = self.window(x.shape[1:-1])
        if self.padding_mode == "zeros":
            return x, window
        return padded(x, window.padding, self.padding_mode), replace(window, padding=((0, 0),) * self.rank)

    def get_config(self) -> dict[str, Any]:
        """As Keras writes it; `padding_mode`, which Keras does not know, only where it is not "zeros"."""
        further = {} if self.padding_mode == "zeros" else {"padding_mode": self.padding_mode}
        return super().get_config() | further
