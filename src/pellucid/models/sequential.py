"""The model whose layers form a chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from pellucid.calls import explained
from pellucid.dispatch import shape_inference
from pellucid.dispatch.symbolic import InputShape, SymbolicTensor
from pellucid.errors import ArgumentError, ArgumentTypeError, NotYetError, ReservedError, ShapeError, shown
from pellucid.layers import InputLayer, Layer, arguments
from pellucid.layers.at_work import BUILDING, at_work
from pellucid.layers.base import built_parts
from pellucid.layers.input import type_read_by
from pellucid.layers.records import FileForm
from pellucid.models.model import Model
from pellucid.models.own_call import inputs_for
from pellucid.models.structure import OF_EVERY_MODEL
from pellucid.training.door import LearnedShape, shape_of_data
from pellucid.watched import Reliance


class Sequential(Model):
    """A chain of layers: each gets what the one before it gives.

    The input shape comes from an `Input` at the beginning, from `input_shape=` of the first layer, from `build`, or
    from the first data.

    Args:
        layers: in order; more can be added with `add`.
        name: of the model.
        trainable: False freezes all layers; see the attribute of that name.
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

    is_chain: ClassVar[bool] = True

    def __init__(
        self,
        layers: Sequence[Layer | SymbolicTensor] | None = None,
        name: str | None = None,
        *,
        trainable: bool = True,
        seed: int | None = None,
    ) -> None:
        self._start(name, seed)
        self._input: InputLayer | None = None
        self._chain: list[Layer] = []
        self._taken: _TakenNames | None = None
        frozen = not arguments.flag("trainable", trainable, self.label)
        if isinstance(layers, str | bytes) or not isinstance(layers, Sequence | Iterator | None):
            raise ArgumentTypeError(f"{self.name}: layers is a list of layers, got {shown(layers)}")
        for layer in () if layers is None else layers:
            self.add(layer)
        if frozen:
            self.trainable = False

    _builds_once = False  # it may be built by hand

    @property
    def layers(self) -> list[Layer]:
        """The layers in order, without the input."""
        return list(self._chain)

    @layers.setter
    def layers(self, value: object) -> None:
        raise ReservedError(f"{self.name}: Use `add()` and `pop()`; the layers of a chain are not set")

    @property
    def _end(self) -> Any:
        """What the last layer gives, once the input shape is known."""
        if self.described is not None:
            return self.described.handed_out(self.described.outputs)
        return None if self._input is None else self._input.output

    @explained
    def add(self, layer: Layer | SymbolicTensor) -> None:
        """Append a layer (or, at the beginning, an `Input`)."""
        if isinstance(layer, SymbolicTensor):
            first = layer.call.layer
            if not isinstance(first, InputLayer):
                raise ArgumentError(
                    f"{self.name}: expected a layer, got what {shown(first)} gives; add the layer itself, or begin "
                    "there with InputLayer(input_tensor=tensor)"
                )
            return self.add(first)
        if not isinstance(layer, Layer):
            raise ArgumentError(f"{self.name}: expected a layer, got {shown(layer)}")
        if isinstance(layer, InputLayer):
            if self._input is not None or self._chain:
                raise ArgumentError(f"{self.name} has already been configured: an Input can only be the first")
            self._input = layer
            return
        if self in layer.with_parts():
            raise ArgumentError(f"{self.name} cannot be a layer of itself")
        taken = self._names_taken()
        if layer.name in taken:
            raise ArgumentError(
                f"{self.name}: there is already a layer {layer.name!r}; layers should have unique names"
            )
        if self._input is None and not self._chain:
            shape = layer.input_shape if isinstance(layer, Model) and layer.built else layer.batch_input_shape
            if isinstance(shape, tuple):
                self._input = InputLayer(shape[1:], dtype=type_read_by(layer))
                taken.add(self._input)
        end = self._end
        if end is not None:
            end = self._behind(end, layer)
            if self.described is None and self._input is not None:
                self._connect(self._input.output, end)
            elif self.described is not None and self.described.gives.is_single and isinstance(end, SymbolicTensor):
                self._describe(self.described.extended(end, self.name))
            else:
                self._connect(self.input, end)
        self._chain.append(layer)
        taken.add(layer)

    def _names_taken(self) -> _TakenNames:
        """The names of all layers of the chain, which another one may not have."""
        if self._taken is None or not self._taken.hold:
            self._taken = _TakenNames([*([self._input] if self._input else []), *self._chain])
        return self._taken

    @explained
    def pop(self) -> Layer:
        """Take the last layer off and return it."""
        if not self._chain:
            raise ArgumentError(f"{self.name} has no layer to take off")
        self._names_taken().discard(self._chain[-1].name)
        layer, network = self._chain.pop(), self.described
        if network is not None:
            last = network.outputs[0].call
            layer.calls = [call for call in layer.calls if call is not last]
            if self._chain and last.arguments is None and len(last.inputs) == 1 and network.gives.is_single:
                self._describe(network.shortened())
            elif self._chain:
                before = last.argument(last.inputs)
                self._connect(self.input, before.args[0] if last.arguments is not None else before)
            else:
                self.described = self.network = None
        return layer

    def build(self, input_shape: InputShape | None = None) -> None:
        """Create the weights for an input of this shape, batch first (None where it may have any size)."""
        with BUILDING:
            if not self._chain:
                raise NotYetError(f"{self.name} has no layers; add some first")
            if self._input is None and self.described is None:
                self._build_chain(input_shape)
            elif self._input is not None and input_shape is not None:
                self._check_shape(self._input, shape_inference.checked(input_shape, self.label))

    def _check_shape(self, begin: InputLayer, shape: InputShape) -> None:
        """Raise `ArgumentError` where a built chain is to be built for what does not fit its input."""
        known = begin.batch_shape
        fits = isinstance(shape, tuple) and len(shape) == len(known)
        if not fits or any(None not in pair and pair[0] != pair[1] for pair in zip(shape, known, strict=True)):
            raise ArgumentError(
                f"{self.name} has already been configured for inputs of shape {known}, and cannot be built for {shape}"
            )

    def _build_chain(self, input_shape: InputShape | None) -> None:
        if input_shape is None:
            raise NotYetError(
                f"{self.name} does not know its input shape; begin with Input(shape), or call build((None, ...))"
            )
        before = built_parts(self._chain)
        if not isinstance(input_shape, Iterable):
            raise ShapeError(f"{self.name}: a shape is a tuple such as (None, 28, 28, 1), got {shown(input_shape)}")
        several = isinstance(input_shape, list | Mapping)
        name = None if self._input is None else self._input.name
        start = None if several else InputLayer(batch_shape=tuple(input_shape), name=name)  # type: ignore[arg-type]
        begin = inputs_for(input_shape, self.name) if start is None else start.output
        end = begin
        try:
            for layer in self._chain:
                end = self._behind(end, layer)
        except Exception:
            for layer in self._chain:
                layer.unbuild(before)
            raise
        self._input, self._taken = start, None
        if self._chain:
            self._connect(begin, end)

    def forget(self) -> None:
        """Forget the input shape, where it was learned."""
        super().forget()
        if self.network is not None:
            self.network, self._input, self._taken = None, None, None

    def require_built(self, x: Any = None) -> None:
        """Build for the shape of data if the model has not been built."""
        if self.described is None and x is not None:
            shape = shape_of_data(x, self.name)
            self.build(shape)
            self.runtime.learned = LearnedShape(self, shape)
        elif self.described is None:
            self.build()
        super().require_built(x)

    def build_again(self, input_shape: InputShape) -> None:
        """See `NetworkLayer.build_again`; a training that is under way goes on."""
        from pellucid.models.built_again import know_shapes, used_again  # at their first use

        network, stepper = self.described, self.stepper
        assert network is not None
        self.stepper = None
        try:
            with BUILDING, used_again(network):
                self._build_chain(input_shape)
        finally:
            self.stepper = stepper
        know_shapes(network, self.built_network())

    def _behind(self, end: Any, layer: Layer) -> Any:
        """What a layer gives behind the end of the chain: a tensor, or several in structures."""
        with at_work(self):  # what is made there is called after the chain
            return layer(end)

    def get_config(self) -> dict[str, Any]:
        """The model's structure as plain data, in Keras's words."""
        from pellucid.models import config  # at its first use, as in `Model`

        return config.sequential_config(self.name, self._input, self._chain)

    file_form = FileForm("keras", "Sequential")

    @classmethod
    def made_of(cls, config: Mapping[str, Any], layers: Sequence[Layer]) -> Self:
        """A chain of these layers, built for the shape that its configuration tells, if it does."""
        others = {key: value for key, value in config.items() if key not in OF_EVERY_MODEL}
        try:
            model = cls(name=config.get("name"), **others)
        except TypeError as error:
            raise ArgumentError(
                f"{cls.__name__} cannot be made from its configuration ({error}): write get_config() and from_config()"
            ) from error
        if model.layers:
            raise ArgumentError(f"{cls.__name__} makes its layers itself: write get_config() and from_config() for it")
        for layer in layers:
            model.add(layer)
        shape = config.get("build_input_shape")
        if not model.built and isinstance(shape, list | tuple):
            model.build(tuple(shape))
        return model

    bookkeeping: ClassVar[frozenset[str]] = Model.bookkeeping | {"_taken"}

    def __getstate__(self) -> dict[str, Any]:
        """A copy asks its own layers for their names."""
        return {**super().__getstate__(), "_taken": None}

    @property
    def input_layer(self) -> InputLayer | None:
        """The layer at which data comes in, once the input shape is known."""
        return self._input


class _TakenNames:
    """The names of layers, for as long as none of them changes."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._reliance, self._names = Reliance(), set[str]()
        for layer in layers:
            self.add(layer)

    @property
    def hold(self) -> bool:
        """Whether no layer has another name now."""
        return self._reliance.holds

    def add(self, layer: Layer) -> None:
        """A name is taken from now on."""
        layer.is_relied_on_by(self._reliance)
        self._names.add(layer.name)

    def discard(self, name: str) -> None:
        """A name is free again."""
        self._names.discard(name)

    def __contains__(self, name: str) -> bool:
        return name in self._names
