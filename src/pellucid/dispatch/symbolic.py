"""Symbolic tensors: what a layer returns when a model is being described, before any data is there.

A symbolic tensor knows its shape (None for sizes that are open, above all the batch) and the call that made it, so a
model can be read back from its outputs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from pellucid.arraylike import Sizes
from pellucid.dispatch.anywhere import Symbolic
from pellucid.dispatch.arrangement import Arguments, Arrangement, Slot, mapped
from pellucid.dispatch.operators import Arithmetic
from pellucid.dispatch.shape_inference import InputShape, Shaped, Structure, SymbolicShape, shapes_of_results
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.graph import Tensor
from pellucid.graph.tensor import HasTensor
from pellucid.naming import unique_name

__all__ = [
    "Call",
    "Callee",
    "InputShape",
    "Operation",
    "Slot",
    "Structure",
    "SymbolicShape",
    "SymbolicTensor",
    "is_keras_tensor",
    "kind_of",
    "kind_of_function",
]


class Callee(Protocol):
    """What a network calls: a layer, or a function of tensors."""

    name: str
    calls: list[Call]

    @property
    def label(self) -> str:
        """How messages call it."""
        ...

    @property
    def output_shape(self) -> InputShape:
        """Of its result, batch first, None where open."""
        ...

    def emit(self, inputs: Any, training: bool | None = None) -> Structure[Tensor]:
        """Add its operations to the graph of the inputs, a tensor or a list of them, and return the results."""
        ...


class Call(Frozen, eq=False):
    """One use of a layer (or a function) on symbolic tensors; `number` counts the uses of that layer.

    Attributes:
        takes_list: whether the layer was called on a list.
        shape: of the result, or a list of shapes where the layer returns several tensors.
        training: the form that the call asked for; None leaves it to the model.
        arguments: with slots for the inputs, where the layer is called on more than a tensor or a list of them.
        gives: how the results are arranged, where they are more than a tensor or a list of them.
    """

    layer: Callee
    inputs: tuple[SymbolicTensor, ...]
    takes_list: bool
    number: int
    shape: InputShape
    training: bool | None = None
    arguments: Arguments | None = None
    gives: Arrangement | None = None

    @property
    def results(self) -> list[SymbolicTensor]:
        """What the call returned, in a row."""
        if isinstance(self.shape, list):
            return [SymbolicTensor(shape, self, index) for index, shape in enumerate(self.shape)]
        return [SymbolicTensor(self.shape, self)]

    @property
    def outputs(self) -> Any:
        """What the call returned, arranged as it was."""
        if self.gives is not None:
            return self.gives.packed(self.results)
        return self.results if isinstance(self.shape, list) else self.results[0]

    @property
    def arranged_shape(self) -> Any:
        """The shapes of the results, arranged as they are."""
        return self.shape if self.gives is None else self.gives.packed(self.shape)

    def argument(self, row: Sequence[Any]) -> Any:
        """What the layer is called on, with these in the places of its inputs."""
        if self.arguments is not None:
            return self.arguments.filled(row)
        return list(row) if self.takes_list else row[0]

    def again(self, layer: Callee, inputs: Sequence[SymbolicTensor]) -> Call:
        """The same use of a layer, or of one like it, on other tensors; the layer knows of it."""
        call = Call(
            layer,
            tuple(inputs),
            self.takes_list,
            len(layer.calls),
            self.shape,
            self.training,
            self.arguments,
            self.gives,
        )
        layer.calls.append(call)
        return call


class SymbolicTensor(Arithmetic, Symbolic, Frozen, eq=False):
    """A value that will exist when the model is run; functions and operators of it become parts of the model.

    Attributes:
        shape: sizes, None where open.
        call: the layer call that gives it.
        index: its number among the results of that call.

    Example:
        >>> from pellucid import Input, Model
        >>> a, b = Input((2,)), Input((3,))
        >>> Model([a, b], a + 2 * b[..., :1]).predict([[[1.0, 2.0]], [[5.0, 6.0, 7.0]]]).tolist()
        [[11.0, 12.0]]
    """

    shape: SymbolicShape
    call: Call
    index: int = 0

    def __post_init__(self) -> None:
        self.__dict__["shape"] = Sizes(self.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def _keras_shape(self) -> SymbolicShape:
        """What code for Keras 1 and 2 calls the shape."""
        return self.shape

    @property
    def dtype(self) -> str:
        """ "float32": what models compute in."""
        return "float32"

    def result_of(self, function: Callable[..., Any], arguments: inspect.BoundArguments) -> Any:
        """See `Symbolic`."""
        return Operation.described(function, arguments.args, arguments.kwargs)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SymbolicTensor):
            return self.call is other.call and self.index == other.index
        if other is None or isinstance(other, str):
            return False
        raise ArgumentError(f"{self!r} == {other!r} asks whether it is this object; compare numbers by ops.equal(a, b)")

    def __ne__(self, other: object) -> bool:
        if other is None or isinstance(other, str):
            return True
        raise ArgumentError(f"{self!r} != {other!r} asks for another object; compare numbers by ops.not_equal(a, b)")

    def __hash__(self) -> int:
        return hash((id(self.call), self.index))

    def __bool__(self) -> bool:
        raise ArgumentError(f"{self!r} has no value while a model is described; choose by ops.where, not by if")

    def __iter__(self) -> Iterator[Any]:
        raise ArgumentError(f"{self!r} has no parts to go through while a model is described; take them by ops.unstack")

    def __len__(self) -> int:
        raise ArgumentError(f"{self!r} has no length while a model is described; its shape is {self.shape}")

    def __repr__(self) -> str:
        return f"<SymbolicTensor {self.shape} from {self.call.layer.name}>"


def is_keras_tensor(x: Any) -> bool:
    """Whether it is a symbolic tensor, which `Input` or a layer gave.

    Example:
        >>> is_keras_tensor(3.0)
        False

    Source: keras.utils.is_keras_tensor; keras.backend.is_keras_tensor of Keras 2.
    """
    return isinstance(x, SymbolicTensor)


class Operation:
    """A function of tensors as a part of a model: what `a + b` or `ops.exp(a)` leaves behind on symbolic tensors.

    When the model is run, the very same function is called on tensors of its graph.

    Attributes:
        name: "add", "add_1", ...
        function: a function that was decorated with `anywhere`.
        args: its arguments, with slots in the places of symbolic tensors.
        kwargs: those by name.
        calls: the one call.
    """

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], name: str | None = None
    ) -> None:
        self.function, self.args, self.kwargs, self.name = function, args, kwargs, name or function.__name__
        self.calls: list[Call] = []

    @classmethod
    def described(
        cls, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], name: str | None = None
    ) -> Any:
        """What the function gives for arguments of which some are symbolic tensors.

        Args:
            function: that was decorated with `anywhere`.
            args: its arguments.
            kwargs: those by name.
            name: in the model; made from the function's by default.

        Returns:
            one symbolic tensor, or a list of them; what is no tensor (a shape, say) as it is, None where it is open.
        """
        inputs: list[SymbolicTensor] = []
        emptied_args, emptied_kwargs = mapped((args, kwargs), lambda item: _slot(item, inputs))
        if not inputs:
            raise ArgumentError(f"{name or function.__name__}: none of its arguments is a tensor of the model")
        operation = cls(function, emptied_args, emptied_kwargs, name)
        found = shapes_of_results(operation.tried, [tensor.shape for tensor in inputs])
        several = found if isinstance(found, list | tuple) else [found]
        if not all(isinstance(item, Shaped) for item in several):
            return found
        shape = [item.shape for item in several] if isinstance(found, list | tuple) else found.shape
        operation.name = name or unique_name(function.__name__)
        operation.calls.append(Call(operation, tuple(inputs), True, 0, shape))
        return operation.calls[0].outputs

    def again(self, inputs: Sequence[SymbolicTensor]) -> Any:
        """What the function gives for other symbolic tensors in the places of its own, under its name."""
        args, kwargs = mapped((self.args, self.kwargs), lambda item: _filled(item, inputs))
        return self.described(self.function, args, kwargs, self.name)

    @property
    def variables(self) -> list[Any]:
        """The variables of the user's own among its arguments."""
        found: list[Any] = []
        mapped((self.args, self.kwargs), lambda item: found.append(item) if isinstance(item, HasTensor) else None)
        return found

    @property
    def kind(self) -> str:
        """The name of the function as a class, as Keras writes it: "GetItem"."""
        return kind_of_function(self.function)

    @property
    def label(self) -> str:
        """Kind and name, as messages begin."""
        return f'{self.kind} "{self.name}"'

    @property
    def output_shape(self) -> InputShape:
        """Of the result, None where open."""
        return self.calls[0].shape

    def emit(self, inputs: list[Tensor], training: bool | None = None) -> Structure[Tensor]:
        """Call the function on tensors of a graph; it has one form."""
        with inputs[0].graph.scope(self.label):
            results = self._called(inputs)
        return list(results) if isinstance(results, tuple) else results

    def _called(self, inputs: list[Tensor]) -> Any:
        args, kwargs = mapped((self.args, self.kwargs), lambda item: _filled(item, inputs))
        return self.function(*args, **kwargs)

    def tried(self, inputs: list[Tensor]) -> Any:
        """The results, in a graph of their own."""
        with inputs[0].graph.scope(""):
            return self._called(inputs)

    def __repr__(self) -> str:
        return f"<Operation {self.name}>"


KINDS = {
    "allclose": "AllClose",
    "batch_normalization": "BatchNorm",
    "layer_normalization": "LayerNorm",
    "psnr": "PSNR",
    "rms_normalization": "RMSNorm",
}
"""Functions whose class Keras calls otherwise."""


def kind_of_function(function: Callable[..., Any]) -> str:
    """The name of a function as a class, as Keras writes it: "GetItem" for get_item."""
    return KINDS.get(function.__name__) or "".join(part.capitalize() for part in function.__name__.split("_"))


def kind_of(callee: Callee) -> str:
    """The class of a layer, or the function of an operation, as summaries give it."""
    return callee.kind if isinstance(callee, Operation) else type(callee).__name__


def _slot(item: Any, inputs: list[SymbolicTensor]) -> Any:
    """A slot in place of a symbolic tensor, which is noted; other arguments as they are."""
    if isinstance(item, SymbolicTensor):
        inputs.append(item)
        return Slot(len(inputs) - 1)
    return item


def _filled(item: Any, inputs: Sequence[Any]) -> Any:
    return inputs[item.number] if isinstance(item, Slot) else item
