"""Keras 1's functions that make the first values of weights: `initializations.normal(shape, scale=0.01, name=name)`.

Functions of a user's own call them, and are given to layers as `init=`. Not imported before a script asks for them.

Source: keras/initializations.py of Keras 1.2.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pellucid import checks, initializers
from pellucid.errors import ArgumentError, shown
from pellucid.legacy.values import DATA_FORMATS
from pellucid.variables import Variable

__all__ = [
    "get",
    "get_fans",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_uniform",
    "normal",
    "one",
    "orthogonal",
    "uniform",
    "zero",
]

Shape = Sequence[int]


def get_fans(shape: Shape, dim_ordering: str = "th") -> tuple[float, float]:
    """How many numbers go into each sum, and how many sums each number goes into.

    Args:
        shape: of a kernel.
        dim_ordering: "th" where its filters come first, "tf" where they come last; of a matrix without meaning.

    Example:
        >>> get_fans((3, 3, 4, 8), "tf"), get_fans((5, 7))
        ((36, 72), (5, 7))
    """
    sizes = tuple(
        checks.whole("get_fans", "each size", each, 1) for each in checks.several("get_fans", "shape", shape, "sizes")
    )
    checks.word("get_fans", "dim_ordering", dim_ordering, tuple(DATA_FORMATS))
    if len(sizes) == 2:
        return sizes
    if len(sizes) not in (4, 5):
        return (math.sqrt(math.prod(sizes)),) * 2
    first = dim_ordering == "th"
    field = math.prod(sizes[2:] if first else sizes[:-2])
    inputs, filters = (sizes[1], sizes[0]) if first else sizes[-2:]
    return inputs * field, filters * field


def uniform(shape: Shape, scale: float = 0.05, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Uniformly distributed numbers from -scale to scale.

    Example:
        >>> uniform((2, 3), scale=0.1).shape
        (2, 3)
    """
    width = checks.number("uniform", "scale", scale, 0.0)
    return _made(initializers.RandomUniform(-width, width), shape, name)


def normal(shape: Shape, scale: float = 0.05, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Normally distributed numbers around 0; `scale` is their standard deviation.

    Example:
        >>> normal((2, 3), scale=0.1).shape
        (2, 3)
    """
    return _made(initializers.RandomNormal(0.0, checks.number("normal", "scale", scale, 0.0)), shape, name)


def lecun_uniform(shape: Shape, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Uniformly distributed numbers up to sqrt(3 / fan-in).

    Example:
        >>> bool(abs(lecun_uniform((3, 4)).numpy()).max() <= 1.0)
        True
    """
    return uniform(shape, math.sqrt(3.0 / get_fans(shape, dim_ordering)[0]), name)


def glorot_normal(shape: Shape, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Normally distributed numbers of variance 2 / (fan-in + fan-out).

    Example:
        >>> glorot_normal((2, 3)).shape
        (2, 3)
    """
    return normal(shape, math.sqrt(2.0 / sum(get_fans(shape, dim_ordering))), name)


def glorot_uniform(shape: Shape, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Uniformly distributed numbers up to sqrt(6 / (fan-in + fan-out)).

    Example:
        >>> bool(abs(glorot_uniform((2, 4)).numpy()).max() <= 1.0)
        True
    """
    return uniform(shape, math.sqrt(6.0 / sum(get_fans(shape, dim_ordering))), name)


def he_normal(shape: Shape, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Normally distributed numbers of variance 2 / fan-in.

    Example:
        >>> he_normal((2, 3)).shape
        (2, 3)
    """
    return normal(shape, math.sqrt(2.0 / get_fans(shape, dim_ordering)[0]), name)


def he_uniform(shape: Shape, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Uniformly distributed numbers up to sqrt(6 / fan-in).

    Example:
        >>> bool(abs(he_uniform((6, 4)).numpy()).max() <= 1.0)
        True
    """
    return uniform(shape, math.sqrt(6.0 / get_fans(shape, dim_ordering)[0]), name)


def orthogonal(shape: Shape, scale: float = 1.1, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Rows, or columns, that stand upright on each other, times a factor.

    Example:
        >>> (orthogonal((2, 2), 1.0).numpy() @ orthogonal((2, 2), 1.0).numpy().T).shape
        (2, 2)
    """
    return _made(initializers.Orthogonal(checks.number("orthogonal", "scale", scale)), shape, name)


def identity(shape: Shape, scale: float = 1.0, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """A square matrix with `scale` on its diagonal.

    Raises:
        ArgumentError: the shape is not that of a square matrix.

    Example:
        >>> identity((2, 2), 3.0).numpy().tolist()
        [[3.0, 0.0], [0.0, 3.0]]
    """
    sizes = checks.several("identity", "shape", shape, "sizes")
    if len(sizes) != 2 or sizes[0] != sizes[1]:
        raise ArgumentError(f"identity makes square matrices, got shape {shown(shape)}")
    return _made(initializers.Identity(checks.number("identity", "scale", scale)), shape, name)


def zero(shape: Shape, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Zeros.

    Example:
        >>> zero((2,)).numpy().tolist()
        [0.0, 0.0]
    """
    return _made(initializers.Zeros(), shape, name)


def one(shape: Shape, name: str | None = None, dim_ordering: str = "th") -> Variable:
    """Ones.

    Example:
        >>> one((2,)).numpy().tolist()
        [1.0, 1.0]
    """
    return _made(initializers.Ones(), shape, name)


def get(identifier: Any, **options: Any) -> Any:
    """The function of a name, with arguments for each call; or the function itself.

    Raises:
        ArgumentError: there is none of that name.

    Example:
        >>> get("zero") is zero
        True
    """
    if not isinstance(identifier, str):
        return identifier
    name = checks.word("initializations.get", "identifier", identifier, [each for each in __all__ if "get" not in each])
    function = globals()[name]
    return (lambda shape, name=None: function(shape, name=name, **options)) if options else function


def _made(initializer: Any, shape: Shape, name: str | None) -> Variable:
    return Variable(initializer, tuple(checks.several("initializations", "shape", shape, "sizes")), name=name)
