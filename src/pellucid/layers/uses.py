"""What a layer tells when it is asked: of its uses in models, what it was called on and what came out; its filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.calls import explained
from pellucid.dispatch.symbolic import Call, InputShape, Structure, SymbolicTensor
from pellucid.errors import ArgumentError, NotYetError, shown


class Uses:
    """What a layer tells of its calls on symbolic tensors. Keras 1 and 2 counted them as nodes, from 0."""

    calls: list[Call]
    label: str

    @property
    def output(self) -> Structure[SymbolicTensor]:
        """The symbolic result of the layer's first use, for `Model(inputs, layer.output)`."""
        if not self.calls:
            raise NotYetError(f"{self.label} has no output before it is called; use it in a model first")
        return self.calls[0].outputs

    @property
    def input(self) -> Structure[SymbolicTensor]:
        """The symbolic input of the layer's first use."""
        if not self.calls:
            raise NotYetError(f"{self.label} has no input before it is called; use it in a model first")
        return _taken(self.calls[0])

    def get_output_at(self, node_index: int) -> Structure[SymbolicTensor]:
        """The symbolic result of one of the layer's uses, from 0; raises `ArgumentError` where there is none such."""
        return self._nth_use(node_index).outputs

    def get_input_at(self, node_index: int) -> Structure[SymbolicTensor]:
        """What the layer was called on in one of its uses, from 0; raises `ArgumentError` where there is none such."""
        return _taken(self._nth_use(node_index))

    def get_output_shape_at(self, node_index: int) -> InputShape:
        """The shape of `get_output_at(node_index)`, or a list of them."""
        shape: InputShape = self._nth_use(node_index).arranged_shape
        return shape

    def get_input_shape_at(self, node_index: int) -> InputShape:
        """The shape of `get_input_at(node_index)`, or a list of them."""
        taken = self.get_input_at(node_index)
        return [tensor.shape for tensor in taken] if isinstance(taken, list) else taken.shape

    def _nth_use(self, number: int) -> Call:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(self.calls):
            raise ArgumentError(
                f"{self.label} has no use {shown(number)}: it was called {len(self.calls)} times on symbolic tensors, "
                "counted from 0"
            )
        return self.calls[number]


class HasFilters:
    """What every layer tells of the filters that its weights hold."""

    built: bool
    label: str

    @property
    def filter_axes(self) -> Mapping[str, tuple[str, ...]]:
        """For each weight that holds filters what its axes are, see `own_filters.FilterWeight`."""
        from pellucid.layers.own_filters import filter_weights  # at its first use: few programs need it

        return {name: found.axes for name, found in filter_weights(self).items()}

    @property
    def filter_variables(self) -> Mapping[str, Any]:
        """The weights in which its filters lie, or from which its kernels are computed, by name."""
        from pellucid.layers.computed_filters import filter_variables  # at its first use: few programs need it

        return filter_variables(self)

    @property
    def slides_filters(self) -> bool:
        """Whether it has filters that slide over its input, and not units alone."""
        from pellucid.layers.computed_filters import slides_filters

        return slides_filters(self)

    @property
    def layers_with_filters(self) -> Mapping[str, Any]:
        """The layer and those that it holds, as far as filters lie in them, by the path to them; "" is itself."""
        from pellucid.layers.filter_layers import layers_with_filters

        return layers_with_filters(self)

    @explained
    def filter(self, number: int, which: str | None = None) -> Any:
        """One of the layer's filters, or units, as an object: to look at, to set, to draw anew, to freeze alone.

        Of a layer that holds others it is a filter of the one that has some. A layer of a class of your own has those
        of the convolutions and products of matrices that its `call` makes with its weights.

        Args:
            number: of the filter, from 0, as of its feature map; negative numbers count from the end.
            which: the name of the weight, where several hold filters: "depthwise_kernel" for the depthwise filters of a
                separable convolution.

        Returns:
            the `single_filters.Filter`: it has `kernel`, `bias`, `set`, `reinitialize`, `freeze`, `unfreeze` and
            `is_frozen`.

        Raises:
            ArgumentError: there is no such filter, or the layer has none; it holds several layers that have filters.
            NotYetError: the layer has no weights yet.

        Example:
            >>> from pellucid import layers
            >>> layer = layers.Conv2D(12, 3, name="c")
            >>> layer.build((None, 8, 8, 1))
            >>> layer.filter(7).set("vertical_line").freeze()
            <Filter 7 of Conv2D "c", 3x3x1 (rows, columns, channels), frozen>
        """
        from pellucid.layers.single_filters import one_filter  # at its first use: few programs need it

        return one_filter(self, number, which)


def _taken(call: Call) -> Structure[SymbolicTensor]:
    return list(call.inputs) if call.takes_list else call.inputs[0]
