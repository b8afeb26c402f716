"""Values whose form has changed, by argument. Each function returns what it does not know as it came."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen
from pellucid.legacy.spelling import Arguments, Named

Form = Callable[[Any], Any]
"""Makes today's form of a value from an old one."""

OMITTED: Any = object()
"""What a form returns for a value that is said today by leaving the argument out."""

DATA_FORMATS = {"tf": "channels_last", "th": "channels_first", "default": None}
INITIALIZERS = {"zero": "zeros", "one": "ones", "normal": "random_normal", "uniform": "random_uniform"}
KERAS1_INITIALIZERS = frozenset(
    (
        *INITIALIZERS,
        "glorot_normal",
        "glorot_uniform",
        "he_normal",
        "he_uniform",
        "identity",
        "lecun_uniform",
        "orthogonal",
    )
)


def data_format(value: Any) -> Any:
    """Theano's and TensorFlow's order of the axes, as Keras 1 named them.

    Example:
        >>> data_format("th"), data_format("channels_last")
        ('channels_first', 'channels_last')
    """
    return DATA_FORMATS.get(value, value) if isinstance(value, str) else value


def initializer(value: Any) -> Any:
    """The short names of Keras 1, and functions that insist on its arguments `name` and `dim_ordering`.

    Example:
        >>> initializer("one"), initializer(lambda shape, name: [0.0] * shape[0])((2,))
        ('ones', [0.0, 0.0])
    """
    if isinstance(value, str):
        return INITIALIZERS.get(value, value)
    return _without_arguments(value, {"name": None, "dim_ordering": "tf"}) if inspect.isroutine(value) else value


def _without_arguments(function: Callable[..., Any], given: Mapping[str, Any]) -> Callable[..., Any]:
    """A function that asks for none of these arguments any more; the function itself if it never did."""
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:  # some built-in functions do not say
        return function
    asked = {name: value for name, value in given.items() if name in parameters}
    return functools.partial(function, **asked) if asked else function


def omitted_if_none(value: Any) -> Any:
    """None where it once stood for "whatever is usual".

    Example:
        >>> omitted_if_none(None) is OMITTED, omitted_if_none(1e-7)
        (True, 1e-07)
    """
    return OMITTED if value is None else value


def sample_shape(value: Any) -> Any:
    """The shape of a sample from that of a batch.

    Example:
        >>> sample_shape((None, 28, 28, 1))
        (28, 28, 1)
    """
    return tuple(value)[1:] if isinstance(value, tuple | list) else value


def counted_in_samples(today: str) -> Callable[[Any], Any]:
    """The form of a number of samples, where today batches are counted: it is refused, for nobody knows their size.

    Args:
        today: the argument that counts batches.
    """

    def refuse(value: Any) -> Any:
        raise ArgumentError(
            f"Keras 1 counted samples, {shown(value)} here; today batches are counted: give {today}, the samples "
            "divided by those in a batch"
        )

    return refuse


def padding_1d(value: Any) -> Any:
    """Rows that are added, from Keras 1's dictionary.

    Example:
        >>> padding_1d({"left_pad": 1}), padding_1d(2)
        ((1, 0), 2)
    """
    return _sides(value, ("left_pad", "right_pad")) if isinstance(value, Mapping) else value


def padding_2d(value: Any) -> Any:
    """Rows and columns that are added, from Keras 1's dictionary or its four numbers.

    Example:
        >>> padding_2d({"top_pad": 1, "right_pad": 2}), padding_2d((1, 2, 3, 4)), padding_2d((1, 1))
        (((1, 0), (0, 2)), ((1, 2), (3, 4)), (1, 1))
    """
    if isinstance(value, Mapping):
        value = _sides(value, ("top_pad", "bottom_pad", "left_pad", "right_pad"))
    if isinstance(value, tuple | list) and len(value) == 4:
        return (tuple(value[:2]), tuple(value[2:]))
    return value


def _sides(value: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """The numbers of a dictionary of sides in their order; the dictionary itself if it names other things."""
    return tuple(value.get(name, 0) for name in names) if set(value) <= set(names) else value


class Record(dict[str, Any]):
    """A record from which an object is made, that is shown as the call which makes it."""

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self["config"].items())
        return f"optimizers.schedules.{self['class_name']}({settings})"


class Decay(Frozen):
    """Put `decay` into the learning rate: in step t = 0, 1, ... it is learning_rate / (1 + decay * t).

    Args:
        learning_rate: that the optimiser had once if none was given.

    Source: keras/optimizers.py of Keras 2.2.4; keras.optimizers.schedules.InverseTimeDecay, which computes the same.
    """

    learning_rate: float

    def __call__(self, args: Arguments, kwargs: Named) -> tuple[Arguments, Named]:
        decay = kwargs.pop("decay", 0)
        if not decay:
            return args, kwargs
        initial = args[0] if args else kwargs.get("learning_rate", self.learning_rate)
        config = {"initial_learning_rate": initial, "decay_steps": 1, "decay_rate": decay}
        schedule = Record(class_name="InverseTimeDecay", config=config)
        return ((schedule, *args[1:]), kwargs) if args else (args, {**kwargs, "learning_rate": schedule})
