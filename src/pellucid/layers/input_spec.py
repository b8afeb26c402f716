"""What a layer takes: how many axes, which sizes. A layer of the user's own says it, and is called on nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.calls import Explained
from pellucid.checks import flag, is_whole, mapping_of, whole
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.geometry import MAX_SIZE

__all__ = ["InputSpec"]

MOST_AXES = 64
FLOAT = "float32"


class InputSpec(Explained):
    """What one input of a layer must be like; a layer with `self.input_spec = InputSpec(...)` is called on that alone.

    Args:
        dtype: "float32", as all tensors are; another one fits nothing.
        shape: with the batch axis, None where any size will do.
        ndim: how many axes, the batch counted; that of the shape by default.
        max_ndim: how many at most.
        min_ndim: how many at least.
        axes: sizes of single axes, by their numbers, which may count from the end: {-1: 3}.
        allow_last_axis_squeeze: whether a last axis of size 1 may be there or not.
        name: of the input, where a layer takes a dictionary.
        optional: whether the input may be None.

    Raises:
        ArgumentError: a number is out of range, or an axis lies beyond the axes.

    Example:
        >>> from pellucid import layers
        >>> class Grey(layers.Layer):
        ...     def __init__(self, **options):
        ...         super().__init__(**options)
        ...         self.input_spec = InputSpec(ndim=4, axes={-1: 1})
        ...     def call(self, inputs):
        ...         return inputs * 0.5
        >>> Grey(name="grey")(np.ones((1, 2, 2, 3)))
        Traceback (most recent call last):
        pellucid.errors.ShapeError: Grey "grey": input_spec wants 1 along axis -1, got an input of shape (None, 2, 2,
            3), which is incompatible with the layer

    Source: keras.layers.InputSpec.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = None if dtype is None else _dtype(dtype)
        self.shape = None if shape is None else _shape(shape)
        counts = {"ndim": ndim, "max_ndim": max_ndim, "min_ndim": min_ndim}
        found = {key: _count(key, value) for key, value in counts.items()}
        self.ndim = found["ndim"] if self.shape is None else len(self.shape)
        self.max_ndim, self.min_ndim = found["max_ndim"], found["min_ndim"]
        self.axes = _axes(axes)
        self.allow_last_axis_squeeze = flag("InputSpec", "allow_last_axis_squeeze", allow_last_axis_squeeze)
        self.optional = flag("InputSpec", "optional", optional)
        if not (name is None or isinstance(name, str)):
            raise ArgumentTypeError(f"InputSpec: name must be text, got {shown(name)}")
        self.name = name
        most = self.ndim if self.ndim is not None else self.max_ndim
        beyond = [axis for axis in self.axes if most is not None and not -most <= axis < most]
        if beyond:
            raise ArgumentError(f"InputSpec: there is no axis {beyond[0]} of at most {most}")

    def __repr__(self) -> str:
        told = {key: value for key, value in self.get_config().items() if value not in (None, False, {})}
        return f"InputSpec({', '.join(f'{key}={value!r}' for key, value in told.items())})"

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a one again."""
        sizes = ("shape", "ndim", "max_ndim", "min_ndim", "axes")
        names = ("dtype", *sizes, "allow_last_axis_squeeze", "name", "optional")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> InputSpec:
        """Of what `get_config` gave."""
        return cls(**mapping_of("InputSpec.from_config", "config", config))

    @staticmethod
    def check_inputs(label: str, specs: Any, inputs: Any) -> None:
        """Raise `ShapeError` where a layer is called on what its `input_spec` does not allow.

        Args:
            label: of the layer.
            specs: an `InputSpec`, or several in a list or a dictionary; None allows all.
            inputs: what the layer is called on: things with a shape, arranged in the same way.
        """
        wanted = _in_order(specs)
        strange = [spec for spec in wanted if not isinstance(spec, InputSpec | None)]
        if strange:
            raise ArgumentTypeError(f"{label}: input_spec is an InputSpec or a list of them, got {shown(strange[0])}")
        given = _by_name(label, wanted, inputs) if isinstance(inputs, Mapping) else _in_order(inputs)
        if len(given) != len(wanted):
            raise ShapeError(f"{label}: input_spec is of {len(wanted)} inputs, got {len(given)}")
        for spec, item in zip(wanted, given, strict=True):
            if spec is None or (item is None and spec.optional) or not hasattr(item, "shape"):
                continue
            wants = spec.misfit(tuple(item.shape))
            if wants is not None:
                which = f" {spec.name!r}" if spec.name else ""
                told = f"{label}: input_spec wants {wants}, got an input{which} of shape {tuple(item.shape)}"
                raise ShapeError(f"{told}, which is incompatible with the layer{spec.both(tuple(item.shape))}")

    def misfit(self, shape: tuple[int | None, ...]) -> str | None:
        """What is wanted that an input of this shape is not; None where it fits.

        Example:
            >>> InputSpec(min_ndim=3).misfit((None, 4))
            'at least 3 axes'
        """
        count = len(shape)
        if self.ndim is not None and not self.allow_last_axis_squeeze and count != self.ndim:
            return f"{self.ndim} axes" + ("" if self.shape is None else f", {self.shape}")
        if self.max_ndim is not None and count > self.max_ndim:
            return f"at most {self.max_ndim} axes"
        if self.min_ndim is not None and count < self.min_ndim:
            return f"at least {self.min_ndim} axes"
        if self.dtype not in (None, FLOAT):
            return f"numbers of type {self.dtype}, and tensors are of {FLOAT}"
        for axis, size in self.axes.items():
            if not -count <= axis < count:
                return f"an axis {axis}"
            if size is not None and shape[axis] not in (size, None):
                return f"{size} along axis {axis}"
        return None if self.shape is None or self._is_of_shape(shape) else f"the shape {self.shape}"

    def both(self, shape: tuple[int | None, ...]) -> str:
        """What was expected and what came beside each other, where a whole shape is."""
        return "" if self.shape is None else f": expected shape={self.shape}, found shape={shape}"

    def _is_of_shape(self, shape: tuple[int | None, ...]) -> bool:
        wanted = self.shape or ()
        if self.allow_last_axis_squeeze:
            wanted, shape = (each[:-1] if each and each[-1] == 1 else each for each in (wanted, shape))
        same = (want is None or has is None or want == has for want, has in zip(wanted, shape, strict=False))
        return len(wanted) == len(shape) and all(same)


def _in_order(arranged: Any) -> list[Any]:
    """What is in lists and dictionaries, as a row; of dictionaries in the order of their keys, as Keras takes them."""
    if isinstance(arranged, Mapping):
        return [each for key in sorted(arranged) for each in _in_order(arranged[key])]
    if isinstance(arranged, list | tuple):
        return [each for part in arranged for each in _in_order(part)]
    return [arranged]


def _by_name(label: str, wanted: list[Any], inputs: Mapping[str, Any]) -> list[Any]:
    names = [None if spec is None else spec.name for spec in wanted]
    if not all(names):
        return _in_order(inputs)
    missing = [name for name in names if name not in inputs]
    if missing:
        raise ShapeError(f"{label}: input_spec names an input {missing[0]!r}; got {shown(list(inputs))}")
    return [inputs[name] for name in names if name is not None]


def _dtype(dtype: Any) -> str:
    try:
        return np.dtype(dtype).name
    except Exception as error:  # NumPy raises whatever it runs into
        raise ArgumentTypeError(f"InputSpec: dtype is a type such as 'float32', got {shown(dtype)}") from error


def _shape(shape: Any) -> tuple[int | None, ...]:
    sizes = tuple(shape) if isinstance(shape, list | tuple) else None
    if sizes is None or not all(size is None or (is_whole(size) and 0 <= size <= MAX_SIZE) for size in sizes):
        raise ArgumentTypeError(f"InputSpec: shape is a tuple of sizes, None where any will do, got {shown(shape)}")
    return tuple(None if size is None else int(size) for size in sizes)


def _count(name: str, value: Any) -> int | None:
    return None if value is None else whole("InputSpec", name, value, 0, MOST_AXES)


def _axes(axes: Any) -> dict[int, int | None]:
    if axes is None:
        return {}
    if not isinstance(axes, Mapping):
        raise ArgumentTypeError(f"InputSpec: axes is a dictionary of sizes by the numbers of axes, got {shown(axes)}")
    numbers = {_axis(axis): size for axis, size in axes.items()}
    return {
        axis: None if size is None else whole("InputSpec", f"axes[{axis}]", size, 0, MAX_SIZE)
        for axis, size in numbers.items()
    }


def _axis(axis: Any) -> int:
    """A number of an axis; text of digits too, as JSON keeps the keys of dictionaries."""
    text = axis.removeprefix("-") if isinstance(axis, str) else ""
    if text.isascii() and text.isdigit() and len(text) < 4:
        axis = int(axis)
    return whole("InputSpec", "a key of axes", axis, -MOST_AXES, MOST_AXES)
