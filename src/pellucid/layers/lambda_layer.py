"""A layer made of a function of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Unpack

from pellucid import legacy
from pellucid.calls import called
from pellucid.checks import mapping_of
from pellucid.custom import name_in_file
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.registration import custom_function

NAMELESS = "<lambda>"


class FunctionName(str):
    """The name of a function, which a file holds, with the function itself, which goes with the name in memory.

    Attributes:
        function: what is called.
        is_own: whether whoever makes a layer of the name has the function already, and needs no name to know it by.
    """

    function: Callable[..., Any]
    is_own = False

    def __new__(cls, function: Callable[..., Any]) -> FunctionName:
        name = super().__new__(cls, name_in_file(function) or NAMELESS)
        name.function = function
        return name

    def __reduce__(self) -> tuple[type[FunctionName], tuple[Callable[..., Any]]]:
        return FunctionName, (self.function,)


def with_own_functions(config: Any) -> Any:
    """A configuration of which whoever has the layer makes another one: also a lambda expression in it may be taken.

    Example:
        >>> again = with_own_functions(Lambda(lambda x: 2 * x).get_config())
        >>> type(Lambda.from_config(again)).__name__
        'Lambda'
    """
    if type(config) is dict:
        return {name: with_own_functions(each) for name, each in config.items()}
    if type(config) is list:
        return [with_own_functions(each) for each in config]
    if isinstance(config, FunctionName):
        config = FunctionName(config.function)
        config.is_own = True
    return config


class Lambda(Layer):
    """A function of tensors, written with `pellucid.ops` or arithmetic; gradient and engines follow.

    A file holds the name of the function, never its code: to load it, pass `custom_objects={"name": function}`. A
    lambda expression has no name; a file calls it by a number, which is told when it is written. In memory the function
    goes with its name: `Lambda.from_config(layer.get_config())` needs nothing else.

    Args:
        function: takes a tensor (or a list of them) and returns one (or a list).
        output_shape: of one sample, to be checked; a function of the input shape is not called, since the shape
            follows from `function`.
        mask: None; there are no masks here.
        arguments: further keyword arguments of the function.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the function is none, or it is code from a file.
        ShapeError: the result has another shape than `output_shape`.

    Example:
        >>> from pellucid import Sequential, layers
        >>> triple = layers.Lambda(lambda x, factor: x * factor, arguments={"factor": 3.0})
        >>> Sequential([layers.Input((2,)), triple]).predict([[1.0, 2.0]]).tolist()
        [[3.0, 6.0]]

    Source: keras.layers.Lambda, https://keras.io/api/layers/core_layers/lambda/
    """

    is_scaling: ClassVar[bool] = True
    """The function may bring numbers to another scale."""

    joins = True

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Sequence[int] | Callable[..., Any] | None = None,
        mask: None = None,
        arguments: Mapping[str, Any] | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if not callable(function) or isinstance(function, type):
            raise ArgumentError(f"{self.label}: function must be a function of a tensor, got {shown(function)}")
        if mask is not None:
            raise ArgumentError(f"{self.label}: mask must be None, there are no masks here; got {shown(mask)}")
        if output_shape is not None and not callable(output_shape) and not isinstance(output_shape, list | tuple):
            raise ArgumentError(
                f"{self.label}: output_shape is a tuple such as (3,) or a function, got {shown(output_shape)}"
            )
        is_named = isinstance(arguments, Mapping) and all(isinstance(name, str) for name in arguments)
        if arguments is not None and not is_named:
            raise ArgumentError(f"{self.label}: arguments is a dictionary of keyword arguments, got {shown(arguments)}")
        self.function, self.mask = function, None
        # A function of the input shape, as Keras 1 to 3 take one, says what follows from `function` anyway.
        self.output_sample = tuple(output_shape) if isinstance(output_shape, list | tuple) else None
        self.arguments = dict(arguments or {})
        self.takes_out_one = legacy.is_old()  # Keras 1 and 2 took one result out of its list

    def call(self, inputs: Any) -> Any:
        """Call the function."""
        y = called(f"the function of {self.label}", self.function, inputs, **self.arguments)
        if self.takes_out_one and isinstance(y, list | tuple) and len(y) == 1:
            y = y[0]
        shape = getattr(y, "shape", None)
        if self.output_sample is not None and (shape is None or tuple(shape[1:]) != self.output_sample):
            raise ShapeError(
                f"the function was to give samples of {shown(self.output_sample)}, it gave {shape and shape[1:]}"
            )
        return y

    def get_config(self) -> dict[str, Any]:
        """The options; the function by its name, with which it goes as long as this stays in memory."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        config["function"] = FunctionName(self.function)
        if self.output_sample is not None:
            config["output_shape"] = list(self.output_sample)
        return config | {"arguments": self.arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any], safe_mode: bool = True) -> Lambda:
        """A new layer from `get_config`'s result.

        Args:
            config: the options.
            safe_mode: whether a lambda expression, which has no name to be known by, is refused; as in Keras.

        Raises:
            ArgumentError: the function is known by name only and not among `custom_objects`, or it is refused.
        """
        settings = mapping_of(f"{cls.__name__}.from_config", "config", config)
        function = settings.pop("function", None)
        named = function.get("config") if isinstance(function, Mapping) else function
        found = custom_function(named) if isinstance(named, str) else None
        if found is None and isinstance(named, FunctionName):
            if safe_mode and not named.is_own and not named.isidentifier():
                raise ArgumentError(
                    "a Lambda layer with a lambda expression, which has no name to be known by: define the function "
                    "with def, or call Lambda.from_config(config, safe_mode=False) if the expression is yours"
                )
            found = named.function
        if found is None:
            shown = named if isinstance(named, str) else "its name"
            raise ArgumentError(
                "a Lambda layer in a file refers to a function of its writer's; code in files is never run. If you "
                f"have the function, pass custom_objects={{{shown!r}: function}}"
            )
        return cls(found, **settings)
