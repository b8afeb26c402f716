"""Where a model begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from pellucid import legacy
from pellucid.checks import flag, mapping_of
from pellucid.dispatch.symbolic import Call, SymbolicShape, SymbolicTensor
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Tensor
from pellucid.layers import arguments
from pellucid.layers.base import Layer

_WHOLE = ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
TEXT = "string"
DTYPES = ("float32", *_WHOLE, TEXT)
"""What an input may be made of; numbers of all types become float32 when a model is run, text the numbers that a layer
for words makes of it (`input_reader`)."""


class InputLayer(Layer):
    """The place where a model's input comes in; made by `Input`.

    Args:
        shape: of one sample, without the batch.
        batch_size: see `Input`.
        dtype: see `Input`.
        batch_shape: instead of the two: (batch_size, *shape).
        name: made from "input_layer" by default.
        input_tensor: a symbolic tensor that is the input: a model begins there, whatever gives it. Its shape is that
            of the layer; one that is given too must be the same.
        sparse, ragged: False or None: inputs are dense arrays.
        optional: see `Input`.

    Raises:
        ArgumentError: see `Input`.

    Example:
        >>> InputLayer((28, 28, 1), name="image").batch_shape
        (None, 28, 28, 1)

    Source: keras.layers.InputLayer.
    """

    def __init__(
        self,
        shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        dtype: object = None,
        batch_shape: Sequence[int | None] | None = None,
        name: str | None = None,
        *,
        input_tensor: SymbolicTensor | None = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        optional: bool | None = None,
    ) -> None:
        super().__init__(name=name if name is not None else legacy.automatic_name("InputLayer"))
        self._check_dense({"sparse": sparse, "ragged": ragged})
        self.optional = optional is not None and flag(self.label, "optional", optional)
        self.given_dtype = arguments.one_of("dtype", _dtype_name(dtype), DTYPES, self.label)
        self._tensor = input_tensor
        if input_tensor is None:
            self.batch_shape = self._whole_shape(shape, batch_size, batch_shape)
        else:
            self.batch_shape = self._shape_of(input_tensor, shape, batch_size, batch_shape)
        self.shape = self.batch_shape[1:]
        self.input_shape_built = self.batch_shape
        self._begin()

    def _check_dense(self, kinds: Mapping[str, object]) -> None:
        """Refuse what only Keras's inputs can be."""
        for name, value in kinds.items():
            if value is not None and flag(self.label, name, value):
                raise ArgumentError(f"{self.label}: inputs are dense arrays; got {name}=True")

    def _whole_shape(
        self, shape: Sequence[int | None] | None, batch_size: int | None, batch_shape: Sequence[int | None] | None
    ) -> SymbolicShape:
        """The shape with the batch, however it is given."""
        if batch_shape is not None:
            if shape is not None or batch_size is not None:
                other = "batch_size" if shape is None else "shape"
                raise ArgumentError(
                    f"{self.label}: cannot pass both `{other}` and `batch_shape`; "
                    "batch_shape says both shape and batch_size"
                )
            whole = arguments.sample_shape(batch_shape, self.label)
            if not whole:
                raise ArgumentError(f"{self.label}: batch_shape must be a tuple such as (None, 8, 8, 1), got ()")
            return whole
        if shape is None:
            raise ArgumentError(
                f"{self.label}: a shape is a tuple such as (28, 28, 1), got None; pass a `shape` argument first"
            )
        return arguments.sample_shape((batch_size, *arguments.sample_shape(shape, self.label)), self.label)

    def _shape_of(
        self,
        tensor: object,
        shape: Sequence[int | None] | None,
        batch_size: int | None,
        batch_shape: Sequence[int | None] | None,
    ) -> SymbolicShape:
        """The shape of a tensor that is the input, which may be said once more."""
        if not isinstance(tensor, SymbolicTensor):
            raise ArgumentTypeError(
                f"{self.label}: Argument `input_tensor` must be a KerasTensor: a symbolic tensor, such as Input(...) "
                f"and layers give, got {shown(tensor)}"
            )
        said = shape if shape is not None or batch_shape is not None else tensor.shape[1:]
        size = batch_size if batch_size is not None or batch_shape is not None else tensor.shape[0]
        if self._whole_shape(said, size, batch_shape) != tensor.shape:
            raise ArgumentError(f"{self.label}: input_tensor has shape {tensor.shape}, and another one is given")
        return tensor.shape

    def _begin(self) -> None:
        self.calls.append(Call(self, (), False, 0, self.batch_shape))

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    def call(self, inputs: Tensor | None = None) -> Tensor | None:
        """Pass the input on; there is none before a model runs."""
        return inputs

    @property
    def output(self) -> SymbolicTensor:
        """The symbolic input."""
        return SymbolicTensor(self.batch_shape, self.calls[0]) if self._tensor is None else self._tensor

    @property
    def input(self) -> SymbolicTensor:
        """The same, as in Keras."""
        return self.output

    def get_config(self) -> dict[str, Any]:
        """As Keras writes it."""
        config = {"batch_shape": list(self.batch_shape), "dtype": self.given_dtype, "sparse": False, "name": self.name}
        return {**config, "optional": True} if self.optional else config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputLayer:
        """A new layer from `get_config`'s result."""
        config = mapping_of(f"{cls.__name__}.from_config", "config", config)
        dtype = config.get("dtype", "float32")
        if config.get("sparse") or config.get("ragged") or dtype not in DTYPES:
            raise ArgumentError(f"input {config.get('name')!r}: only dense float32 inputs are supported, got {config}")
        shape = config.get("batch_shape")
        if not isinstance(shape, list | tuple) or not shape:
            raise ArgumentError(
                f"input {config.get('name')!r}: batch_shape must be a list such as [null, 8, 8, 1], got {shown(shape)}"
            )
        optional = config.get("optional")
        return cls(batch_shape=tuple(shape), dtype=dtype, name=config.get("name"), optional=optional)


class Reader(Protocol):
    """What makes numbers of text, or of what else comes in: see `input_reader`."""

    name: str
    input_type: ClassVar[str]
    reads: ClassVar[str]

    @property
    def label(self) -> str:
        """How messages call it."""
        ...

    def read(self, inputs: Any) -> np.ndarray:
        """The numbers."""
        ...


def type_read_by(layer: Layer) -> str | None:
    """The type of the input that a layer reads, where it is one that reads: "string" for text.

    Example:
        >>> type_read_by(Layer()) is None
        True
    """
    return getattr(type(layer), "input_type", None)


class ReadInput(InputLayer):
    """Where numbers come in that a layer reads from an input; it bears the name of that layer.

    Args:
        source: the input that is read.
        reader: the layer.
        shape: of the numbers, batch first.
    """

    def __init__(self, source: InputLayer, reader: Reader, shape: SymbolicShape) -> None:
        super().__init__(batch_shape=shape, name=reader.name)
        self.source, self.reader = source, reader

    @property
    def together(self) -> tuple[InputLayer, Any]:
        """The two layers that stand here."""
        return self.source, self.reader

    def numbers_of(self, data: Any, name: str) -> Any:
        """The numbers of what is handed in; what already has their shape, as it is.

        Args:
            data: text, or numbers that the layer made before.
            name: of the model, for messages.
        """
        is_read = isinstance(data, np.ndarray) and data.dtype.kind in "fiu" and self._has_my_shape(data)
        if is_read and self.reader.input_type == TEXT:
            return data
        if data is None or isinstance(data, SymbolicTensor):
            raise ArgumentError(f"{name}: {self.reader.label} reads {self.reader.reads}, got {shown(data)}")
        return self.reader.read(data)

    def _has_my_shape(self, array: np.ndarray) -> bool:
        sizes = zip(array.shape[1:], self.batch_shape[1:], strict=False)
        return array.ndim == len(self.batch_shape) and all(wanted in (None, size) for size, wanted in sizes)


@legacy.accepts_old_spelling("Input")
def Input(
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    dtype: object = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    *,
    tensor: SymbolicTensor | None = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    optional: bool | None = None,
) -> SymbolicTensor:
    """A symbolic tensor from which a model can be described.

    Args:
        shape: of one sample, without the batch: (28, 28, 1) for a grey image of 28x28.
        batch_size: how many samples a batch has, where shapes are to say so. Models compute batches of every size.
        dtype: "float32" by default; whole numbers and bools ("uint8", "int32", "bool", ...) say what the data is
            made of. Numbers of all types become float32 when a model is run. "string": text, which a layer for words
            (`TextVectorization`, `StringLookup`) must read.
        batch_shape: instead of the two: (batch_size, *shape).
        name: of the input.
        tensor: a symbolic tensor, which is returned: a model begins at any, `Model(tensor, outputs)`.
        sparse, ragged: False or None: inputs are dense arrays.
        optional: whether the input may be left out: None stands in its place where a model of several inputs is run.
            Layers of your own are then called with None for it; those of the library cannot do without.

    Returns:
        a symbolic tensor of shape (batch_size, *shape); the first is None by default. `tensor`, if there is one.

    Raises:
        ArgumentError: the shape is not a tuple of whole numbers >= 1, or is given twice or not at all, or the type is
            another one.

    Example:
        >>> Input((28, 28, 1)).shape, Input(batch_shape=(4, None, 3)).shape
        ((None, 28, 28, 1), (4, None, 3))

    Source: keras.Input, https://keras.io/api/layers/core_layers/input/
    """
    layer = InputLayer(
        shape,
        batch_size,
        dtype,
        batch_shape,
        name,
        input_tensor=tensor,
        sparse=sparse,
        ragged=ragged,
        optional=optional,
    )
    return layer.output


def _dtype_name(dtype: object) -> object:
    """The name of a type that is given as NumPy's or Keras's; float32 by default. Text of any kind is "string"."""
    if isinstance(dtype, np.dtype) and dtype.kind in "OUS":
        return TEXT
    if isinstance(dtype, type) and issubclass(dtype, np.generic | bool):
        return np.dtype(dtype).name
    return "float32" if dtype is None else getattr(dtype, "name", dtype)
