"""Kernels by name, alone and in banks."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.calls import explained, unknown_argument
from pellucid.checks import whole
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError, shown, unknown_name
from pellucid.filterbank import blurs, edges, lines, signals, spelling, waves
from pellucid.filterbank.grids import Kernel, centered, check_size, laid

MOST_NUMBERS = 2**24
"""Of a bank that is computed here, and of a kernel that is moved, with the zeros around."""

KERNELS: Mapping[str, Callable[..., Kernel]] = {
    function.__name__: function
    for function in (
        lines.identity,
        lines.horizontal_line,
        lines.vertical_line,
        lines.diagonal_line,
        lines.antidiagonal_line,
        lines.corner,
        lines.curve,
        blurs.box_blur,
        blurs.gaussian_blur,
        blurs.sharpen,
        edges.emboss,
        edges.sobel_x,
        edges.sobel_y,
        edges.sobel_diagonal,
        edges.sobel_antidiagonal,
        edges.scharr_x,
        edges.scharr_y,
        edges.prewitt_x,
        edges.prewitt_y,
        edges.roberts_x,
        edges.roberts_y,
        edges.laplacian,
        edges.laplacian_of_gaussian,
        edges.difference_of_gaussians,
        waves.gabor,
        waves.dct,
        waves.dct_1d,
        signals.bump,
        signals.difference,
        signals.second_difference,
        signals.box_1d,
        signals.gaussian_1d,
    )
}
"""Every kernel by its name."""

ALIASES = {"dirac": "identity", "dog": "difference_of_gaussians", "log": "laplacian_of_gaussian"}


@explained
def names() -> dict[str, str]:
    """Every kernel that has a name, and what it does; the short names "dirac", "dog" and "log" included.

    Returns:
        name: the first line of its description, in alphabetical order.

    Example:
        >>> names()["sobel_x"]
        'How much brightness grows to the right; rows are averaged with the weights 1, 2, 1.'
        >>> len(names())
        35

    Source: the functions of this room.
    """
    known = {**KERNELS, **{alias: KERNELS[name] for alias, name in ALIASES.items()}}
    return {name: (known[name].__doc__ or "").split("\n")[0] for name in sorted(known)}


@explained
def families() -> tuple[str, ...]:
    """The names of whole families of kernels that `bank` makes.

    Example:
        >>> families()
        ('corners', 'curves', 'dct', 'edges', 'gabor', 'lines')

    Source: the functions of this room.
    """
    return tuple(sorted(BANKS))


@explained
def get(name: str, **settings: Any) -> Kernel:
    """A kernel by its name.

    Args:
        name: one of `names()`, in any case; also with settings behind it, as `inspection.describe` tells them:
            "gabor(size=5, wavelength=3)", and for volumes "sobel_x on one slice", "sobel_x on each of 3 slices"; and
            with what it tells of a likeness: "corner, turned by 90 degrees, moved by +0, -1, negative: cosine -0.8".
            One that is moved comes with zeros around, so that its middle is that of the kernel that it resembles.
        settings: of the function of that name, such as size=5.

    Returns:
        (rows, columns), or (taps,) for a kernel along one axis; (slices, rows, columns) for one in a volume.

    Raises:
        ArgumentError: the name or a setting is unknown (the nearest is told), or a setting is out of range.

    Example:
        >>> get("vertical_line", size=5).sum(axis=0).tolist()
        [0.0, 0.0, 5.0, 0.0, 0.0]
        >>> get("sobol_x")
        Traceback (most recent call last):
        pellucid.errors.ArgumentError: unknown kernel 'sobol_x'; did you mean 'sobel_x'? ...

    Source: the functions of this room.
    """
    written = spelling.read(name if isinstance(name, str) else "")
    key = ALIASES.get(written.name, written.name)
    if key not in KERNELS:
        raise unknown_name("kernel", written.name if isinstance(name, str) else name, [*KERNELS, *ALIASES])
    for setting in written.settings.keys() & settings.keys():
        raise ArgumentError(f"kernel {key}: {setting} is said twice, in {shown(name)} and beside it")
    made = _made(f"kernel {key}", KERNELS[key], {**written.settings, **settings})
    if written.slices is not None:
        if made.ndim != 2:
            raise ShapeError(f"kernel {key} has {made.ndim} axis; kernels of two axes lie on slices")
        made = np.repeat(made[np.newaxis], written.slices, axis=0)
    if not written.is_likeness:
        return made
    made, shift = _turned(name, made, written), written.moved or (0,) * made.ndim
    sizes = [size + 2 * abs(step) for size, step in zip(made.shape, shift, strict=True)]
    if math.prod(sizes) > MOST_NUMBERS:
        raise ArgumentError(f"kernel {shown(name)} is moved too far")
    return laid(made, shift, sizes)


def laid_as_told(name: str, size: Sequence[int], settings: Mapping[str, Any]) -> Kernel | None:
    """A kernel of a size with one in it that is written as a likeness, at its place; what sticks out is left out.

    Returns:
        None where it is not so written, and lies in the middle.

    Example:
        >>> laid_as_told("difference, moved by +1: cosine 0.9", (3,), {}).tolist()
        [0.0, -1.0, 0.0]
        >>> laid_as_told("difference", (3,), {}) is None
        True
    """
    written = spelling.read(name)
    if not written.is_likeness:
        return None
    made = get(name, **settings)
    if made.ndim != len(size):
        raise ShapeError(f"kernel {shown(name)} has {made.ndim} axes, the one that it is to lie in has {len(size)}")
    return laid(made, (0,) * made.ndim, size)


def _turned(name: str, made: Kernel, written: spelling.Written) -> Kernel:
    """A kernel as a likeness tells it: turned, and with its sign."""
    if len(written.moved) not in (0, made.ndim):
        raise ShapeError(f"kernel {shown(name)} has {made.ndim} axes, and is moved along {len(written.moved)}")
    if made.ndim == 1 and written.turned not in (0, 180):
        raise ArgumentError(f"kernel {shown(name)} has one axis, and can be turned by 180 degrees alone")
    if made.ndim == 1:
        made = made[:: -1 if written.turned else 1]
    else:
        made = np.rot90(made, -written.turned // 90, axes=(-2, -1))
    return -made if written.negative else made


@explained
def bank(kernels: str | Sequence[str | npt.ArrayLike] | npt.NDArray[Any], **settings: Any) -> Kernel:
    """Several kernels in one array, the last axis counting them.

    Args:
        kernels: the name of a family, the name of one kernel, a list of names and arrays (each one kernel), or an
            array whose last axis already counts kernels. In a list, smaller kernels come into the middle of larger
            ones. A name of both, such as "gabor", means the family; in a list it means the kernel.
        settings: of a family or of one kernel that is named. The families:

            | name | kernels | settings |
            |---|---|---|
            | "lines" | horizontal, vertical, diagonal, antidiagonal | size=3, balanced=False |
            | "corners" | top left, top right, bottom left, bottom right | size=3, balanced=False |
            | "curves" | arcs, bulging to the right and on clockwise | directions=8, size=7, radius, balanced=False |
            | "edges" | Sobel's, to the right, downwards, to the bottom right, to the bottom left | |
            | "gabor" | for each wavelength, orientations from 0 to below 180 degrees | orientations=4, \
wavelengths=(4,), and those of `gabor` but for orientation and wavelength |
            | "dct" | the cosine basis, kernel u * size + v | size=3 |

    Returns:
        (rows, columns, kernels), or (taps, kernels) along one axis.

    Raises:
        ArgumentError: a name or a setting is unknown or out of range, or what came are no numbers.
        ShapeError: kernels differ in their axes, or one cannot lie in the middle of another.
        DataError: a number is NaN or infinite.

    Example:
        >>> bank("lines").shape, bank("gabor", orientations=6, wavelengths=(3, 5), size=9).shape
        ((3, 3, 4), (9, 9, 12))
        >>> bank(["sobel_x", get("gaussian_blur", size=5), [[1]]]).shape
        (5, 5, 3)

    Source: the functions of this room.
    """
    if isinstance(kernels, str):
        key = kernels.lower()
        if key in BANKS:
            return _made(f"bank {key}", BANKS[key], settings)
        name = spelling.read(kernels).name
        if ALIASES.get(name, name) in KERNELS:
            return get(kernels, **settings)[..., np.newaxis]
        raise unknown_name("bank or kernel", kernels, [*BANKS, *KERNELS, *ALIASES])
    if settings:
        raise ArgumentError(
            f"the settings {', '.join(settings)} belong to a name; in a list write filterbank.get(name, ...) for each"
        )
    if isinstance(kernels, np.ndarray) or not isinstance(kernels, Sequence):
        return _checked(kernels, 2, "a bank is an array (rows, columns, kernels); one kernel is given as [kernel]")
    arrays = [
        get(item) if isinstance(item, str) else _checked(item, 1, f"kernel {i}") for i, item in enumerate(kernels)
    ]
    if not arrays:
        raise ArgumentError("a bank needs at least one kernel, got an empty list")
    if len({array.ndim for array in arrays}) > 1:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise ShapeError(f"kernels of one bank must have equally many axes, got the shapes {shapes}")
    largest = np.max([array.shape for array in arrays], axis=0)
    return np.stack([centered(array, tuple(map(int, largest))) for array in arrays], axis=-1)


def _made(owner: str, function: Callable[..., Kernel], settings: Mapping[str, Any]) -> Kernel:
    """What a function gives for settings that come by name."""
    known = list(inspect.signature(function).parameters)
    for setting in settings:
        if setting not in known:
            raise unknown_argument(owner, setting, known)
    return function(**settings)


def _checked(values: npt.ArrayLike, least_axes: int, what: str) -> Kernel:
    """A copy of kernels that came as numbers."""
    try:
        array = np.array(values)
    except ValueError:
        raise ArgumentError(f"{what}: the nested lists differ in length") from None
    except Exception as error:  # whatever a foreign array type says
        raise ArgumentTypeError(f"{what}: expected numbers, got {shown(values)}") from error
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"{what}: expected numbers, got {array.dtype} {shown(values)}")
    if array.ndim < least_axes or array.size == 0:
        raise ShapeError(f"{what}: expected at least {least_axes} axes with numbers in them, got shape {array.shape}")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise DataError(f"{what}: the number at {place} is {array[place]}; expected finite numbers")
    return array.astype(np.float64)


def _lines(size: int = 3, balanced: bool = False) -> Kernel:
    functions = (lines.horizontal_line, lines.vertical_line, lines.diagonal_line, lines.antidiagonal_line)
    return np.stack([function(size, balanced) for function in functions], axis=-1)


def _corners(size: int = 3, balanced: bool = False) -> Kernel:
    return np.stack([lines.corner(position, size, balanced) for position in lines.CORNERS], axis=-1)


def _curves(directions: int = 8, size: int = 7, radius: float | None = None, balanced: bool = False) -> Kernel:
    angles = np.arange(whole("curves", "directions", directions, 1, 360)) * (360 / directions)
    return np.stack([lines.curve(size, radius, float(angle), balanced) for angle in angles], axis=-1)


def _edges() -> Kernel:
    return np.stack(
        [edges.sobel_x(), edges.sobel_y(), edges.sobel_diagonal(), edges.sobel_antidiagonal()],
        axis=-1,
    )


def _gabors(
    orientations: int = 4,
    wavelengths: Sequence[float] = (4.0,),
    size: int = 7,
    phase: float = 0.0,
    sigma: float | None = None,
    aspect: float = 0.5,
    balanced: bool = False,
) -> Kernel:
    angles = np.arange(whole("gabor", "orientations", orientations, 1, 360)) * (180 / orientations)
    if not isinstance(wavelengths, list | tuple | np.ndarray) or len(wavelengths) == 0:
        raise ArgumentError(f"gabor: wavelengths must be a list of at least one number, got {shown(wavelengths)}")
    if check_size("gabor", size) ** 2 * len(angles) * len(wavelengths) > MOST_NUMBERS:
        raise ArgumentError(
            f"gabor: {len(angles)} orientations x {len(wavelengths)} wavelengths are too many; take fewer"
        )
    return np.stack(
        [
            waves.gabor(size, wavelength, float(angle), phase, sigma, aspect, balanced)
            for wavelength in wavelengths
            for angle in angles
        ],
        axis=-1,
    )


BANKS: Mapping[str, Callable[..., Kernel]] = {
    "corners": _corners,
    "curves": _curves,
    "dct": waves.dct_basis,
    "edges": _edges,
    "gabor": _gabors,
    "lines": _lines,
}
"""Every family by its name."""
