"""The uses of a layer in models: what it was called on and what came out, the first time and each further one."""

from __future__ import annotations

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


def _taken(call: Call) -> Structure[SymbolicTensor]:
    return list(call.inputs) if call.takes_list else call.inputs[0]
