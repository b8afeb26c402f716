"""Values whose form has changed, by argument. Each function returns what it does not know as it came."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pellucid.checks import is_whole
from pellucid.errors import shown
from pellucid.frozen import Frozen
from pellucid.legacy.generation import generation, is_old
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
        drawn = DRAWN_OTHERWISE.get(value) if generation() == 1 else None
        return INITIALIZERS.get(value, value) if drawn is None else drawn()
    return _without_arguments(value, {"name": None, "dim_ordering": "tf"}) if inspect.isroutine(value) else value


def _without_arguments(function: Callable[..., Any], given: Mapping[str, Any]) -> Callable[..., Any]:
    """A function that asks for none of these arguments any more; the function itself if it never did."""
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:  # some built-in functions do not say
        return function
    asked = {name: value for name, value in given.items() if name in parameters}
    return functools.partial(function, **asked) if asked else function


def activation(value: Any) -> Any:
    """The hard sigmoid, whose middle line was flatter up to Keras 2; as it was, where calls are written for that.

    Example:
        >>> from pellucid.legacy import written_for
        >>> with written_for(2):
        ...     activation("hard_sigmoid"), activation("relu")
        ('hard_sigmoid_keras2', 'relu')
    """
    name = value if isinstance(value, str) else getattr(value, "__name__", None)
    is_ours = isinstance(value, str) or str(getattr(value, "__module__", "")).startswith("pellucid.")
    return "hard_sigmoid_keras2" if is_old() and is_ours and name == "hard_sigmoid" else value


def epsilon_under_root(value: Any) -> Any:
    """An epsilon that Keras 1 and 2 added to the root, where it is added under the root today: its square.

    Where the sum of squares is far from it the two agree, and where it is 0 as well.

    Example:
        >>> from pellucid.legacy import written_for
        >>> with written_for(2):
        ...     epsilon_under_root(1e-6)
        1e-12
    """
    if value is None:
        return OMITTED
    is_positive = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return float(f"{value * value:.6g}") if is_old() and is_positive else value


def patience(value: Any) -> Any:
    """Keras 1 counted an epoch without improvement only after it had looked whether there were too many.

    Example:
        >>> from pellucid.legacy import written_for
        >>> with written_for(1):
        ...     patience(0), patience(3)
        (0, 4)
    """
    counts = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value + 1 if generation() == 1 and counts else value


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


class Samples(int):
    """A number of samples where today batches are counted; whoever knows their size divides."""

    def __repr__(self) -> str:
        return f"ceil({int(self)} / batch_size)"


def counted_in_samples(value: Any) -> Any:
    """The form of a number of samples, which Keras 1 counted where today batches are counted.

    Example:
        >>> counted_in_samples(2000)
        ceil(2000 / batch_size)
    """
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return Samples(value) if is_count else value


def both_ends(value: Any) -> Any:
    """Padding of Keras 1: one amount, for both ends of an axis.

    Example:
        >>> both_ends(2), both_ends((1, 0))
        ((2, 2), (1, 0))
    """
    return (value, value) if is_whole(value) else value


def both_ends_of_each(value: Any) -> Any:
    """The same for several axes.

    Example:
        >>> both_ends_of_each((2, 1)), both_ends_of_each(((1, 0), (0, 0)))
        (((2, 2), (1, 1)), ((1, 0), (0, 0)))
    """
    is_old = isinstance(value, list | tuple) and any(map(is_whole, value))
    return tuple(map(both_ends, value)) if is_old else value


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
    """A record from which an object is made, that is shown as the call which makes it.

    Args:
        room: where the class is.
        class_name: of the object.
        config: its settings.
    """

    def __init__(self, room: str, class_name: str, config: Named) -> None:
        super().__init__(class_name=class_name, config=config)
        self._room = room

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={shown(value)}" for name, value in self["config"].items())
        return f"{self._room}.{self['class_name']}({settings})"


def _normal(scale: float, mode: str) -> Callable[[], Record]:
    """A normal distribution that is not cut off, of variance scale / fan, as Keras 1 drew it."""
    config = {"scale": scale, "mode": mode, "distribution": "untruncated_normal"}
    return lambda: Record("initializers", "VarianceScaling", config)


DRAWN_OTHERWISE: dict[str, Callable[[], Record]] = {
    "glorot_normal": _normal(1.0, "fan_avg"),
    "he_normal": _normal(2.0, "fan_in"),
    "orthogonal": lambda: Record("initializers", "Orthogonal", {"gain": 1.1}),
}
"""The initialisers that Keras 1 drew otherwise: keras/initializations.py of 1.2.2."""


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
        schedule = Record("optimizers.schedules", "InverseTimeDecay", config)
        return ((schedule, *args[1:]), kwargs) if args else (args, {**kwargs, "learning_rate": schedule})
