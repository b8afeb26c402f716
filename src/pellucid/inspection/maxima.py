"""The input that excites a unit most: climbed to along its gradient, in pixels or in frequencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pellucid.calls import explained
from pellucid.checks import number, whole
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.inspection.given import model_of, number_of, one_of
from pellucid.inspection.image_samples import OneSample
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.map_records import SPATIAL_AXES
from pellucid.inspection.measured import OUTPUT, SUM, Measured, sample_shape, unit_of
from pellucid.inspection.one_input import alone
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.record import Record, snapshot
from pellucid.layers import Layer
from pellucid.models import Model

__all__ = ["PARAMETERS", "ActivationMaximum", "activation_maximum"]

PARAMETERS = ("fourier", "pixels")
MOST_STEPS, STARTS, TRIED = 10_000, 4, 16
LARGEST_SEED = 2**63 - 1
SILENT = 1e-6


class ActivationMaximum(Record, Frozen, eq=False):
    """An input that excites one unit as much as climbing along its gradient could make it.

    Args:
        layer: the path of the layer.
        kind: its class.
        unit: number of the unit or filter.
        position: its place in the map; None for the mean of the map.
        image: the input (spatial..., channels).
        sum: what the unit has before its activation there.
        output: what it gives there.
        at_random: what it gave to inputs that were drawn at random (inputs,).
        course: what was climbed, before the activation, step by step (steps,).
        slope: the largest magnitude of the gradient that was met.
        parameters: what was changed: "fourier", amplitudes of waves, or "pixels".
        low: the smallest number that the input may have.
        high: the largest.
        settings: further numbers, by name.
        input: of a model with several inputs, the one that was climbed, the others being held; else "".

    Raises:
        ShapeError: the image has no or more than three spatial axes.

    Example:
        >>> image, course, none = np.ones((2, 2, 1)), np.array([-3.0, -2.0]), np.zeros(3)
        >>> maximum = ActivationMaximum("conv", "Conv2D", 5, None, image, -2.0, 0.0, none, course, 1.0, "pixels", 0, 1)
        >>> maximum.is_dead, maximum.axes
        (True, ('rows', 'columns', 'channel'))
        >>> maximum.said
        'This unit is dead as far as was seen: it gave 0 to each of 4 inputs; before its activation it came to -2.'
    """

    layer: str
    kind: str
    unit: int
    position: tuple[int, ...] | None
    image: np.ndarray
    sum: float
    output: float
    at_random: np.ndarray
    course: np.ndarray
    slope: float
    parameters: str
    low: float
    high: float
    settings: dict[str, float] | None = None
    input: str = ""

    def __post_init__(self) -> None:
        for name in ("image", "at_random", "course"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of an activation maximum"))
        if not 2 <= self.image.ndim <= 4:
            raise ShapeError(f"an input (spatial..., channels) has 1 to 3 spatial axes, got {self.image.shape}")

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the image stands for."""
        return (*SPATIAL_AXES[self.image.ndim - 1], "channel")

    @property
    def is_dead(self) -> bool:
        """Whether the unit gave the same to all that it was shown, the image included."""
        given = np.append(self.at_random, self.output)
        return bool(np.ptp(given) <= SILENT * float(np.abs(given).max()))

    @property
    def said(self) -> str:
        """What came of it, in a sentence."""
        inputs = len(self.at_random) + 1
        if self.is_dead and self.slope == 0:
            return (f"This unit is dead as far as was seen: it gave {self.output:.4g} to each of {inputs} inputs, and "
                    "its gradient was zero, so that there is nothing to climb.")  # fmt: skip
        if self.is_dead:
            return (f"This unit is dead as far as was seen: it gave {self.output:.4g} to each of {inputs} inputs; "
                    f"before its activation it came to {self.sum:.4g}.")  # fmt: skip
        best = float(self.at_random.max())
        return f"It gives {self.output:.4g} here; the best of {inputs - 1} inputs drawn at random gave {best:.4g}."


@explained
def activation_maximum(
    model: Model,
    layer: str | Layer | None = None,
    unit: int = 0,
    position: int | Sequence[int] | None = None,
    *,
    parameters: str | None = None,
    steps: int = 128,
    step_size: float = 0.05,
    jitter: int | None = None,
    low: float = 0.0,
    high: float = 1.0,
    shape: Sequence[int] | None = None,
    seed: int = 0,
    call: int = 0,
    x: OneSample | None = None,
    input: str | None = None,
    engine: str | Engine | None = None,
) -> ActivationMaximum:
    """The input that excites a unit most: from noise upwards along the gradient of what its activation is applied to.

    By Adam's rule. What is found is a maximum nearby, not the largest of all; of a first layer's unit, in pixels and
    without jitter, it is the largest. A unit that gives the same to all that it is shown is said to be dead.

    Args:
        model: a built model.
        layer: whose unit; by default the last one's.
        unit: its number.
        position: place in its map; by default the mean of the map is climbed.
        parameters: what is changed: "fourier", the amplitudes of waves, long waves the more, which gives smooth images;
            or "pixels", each number by itself. By default waves, where the input has places.
        steps: how many.
        step_size: how far each goes; of pixels, as a share of high - low.
        jitter: by how many places the image is moved at random before each step, so that what it shows is not of one
            place alone; by default a sixteenth of the shortest side for the mean of a map or a dense unit, and 0 for a
            unit at a position.
        low: the smallest number that the input may have.
        high: the largest.
        shape: of the input (without batch), where the model leaves its sizes open.
        seed: from which the start and the jitter are drawn.
        call: which use of the layer, where it is used several times.
        x: of a model with several inputs a list of arrays, or arrays by name: one sample, at which the other inputs are
            held; needed where such lead to the unit.
        input: of several, the one that is climbed; by default the first that leads to the unit.
        engine: who computes; the native engine with exact sums by default.

    Returns:
        the record; `views.maximum_figure` and `views.maximum_text` draw it.

    Raises:
        ArgumentError: layer, unit or position do not exist; sizes are open and no shape is given.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((3, 3, 1)), layers.Conv2D(1, 3, name="edge")])
        >>> model.layers[0].kernel[..., 0] = [[[-1], [0], [1]]] * 3
        >>> found = activation_maximum(model, "edge", position=(0, 0), parameters="pixels")
        >>> found.image[:, 0, 0].tolist(), found.image[:, 2, 0].tolist(), found.sum
        ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0], 3.0)

    Source: D. Erhan, Y. Bengio, A. Courville, P. Vincent, "Visualizing Higher-Layer Features of a Deep Network", 2009;
        C. Olah, A. Mordvintsev, L. Schubert, "Feature Visualization", Distill, 2017 (waves, jitter); D. P. Kingma,
        J. Ba, arXiv:1412.6980 (Adam).
    """
    owner = "activation_maximum"
    model, x = _given(told_apart(model_of(model, owner), layer), x)
    model.require_built()
    whole(owner, "steps", steps, 1, MOST_STEPS)
    number(owner, "step_size", step_size, 1e-6, 10.0)
    whole(owner, "seed", seed, 0, LARGEST_SEED)
    low, high = _bounds(owner, low, high)
    chosen = unit_of(
        model, layer, number_of("unit", unit, owner), position, SUM, number_of("call", call, owner), owner
    )  # fmt: skip
    model, name = alone(model, x, input, chosen.layer, chosen.call, owner)
    asked = Measured(model, chosen, sample_shape(model, shape, owner), engine)
    way, moves = _way(asked, parameters, jitter)
    climb = _Climb(asked, way, (low, high), moves, np.random.default_rng(seed))
    settings = {"steps": steps, "step_size": step_size, "jitter": moves, "seed": seed}
    return replace(_record(asked, climb.climbed(steps, step_size), way, (low, high), settings), input=name)


def _given(model: Model, x: OneSample | None) -> tuple[Model, OneSample | None]:
    """See `seen_with`; no sample is needed where the input that is sought is the only one that is not left out."""
    seen, rest = seen_with(model, x)
    return seen, None if seen is not model and len(seen.inputs) == 1 else rest


def _bounds(owner: str, low: float, high: float) -> tuple[float, float]:
    low, high = number(owner, "low", low), number(owner, "high", high)
    if not low < high:
        raise ArgumentError(f"{owner}: low must be less than high, got {low:g} and {high:g}")
    return low, high


def _way(asked: Measured, parameters: str | None, jitter: int | None) -> tuple[str, int]:
    """What is changed, and by how many places the image is moved."""
    sizes, is_row = asked.spatial, len(asked.shape) == 1
    way = one_of("parameters", ("pixels" if is_row else "fourier") if parameters is None else parameters, PARAMETERS)
    if is_row and (way == "fourier" or jitter):
        raise ArgumentError(
            f"{asked.model.name} takes numbers without places: there are no waves in them, nor can they be moved; "
            "leave out jitter, and say parameters='pixels'"
        )
    if jitter is None:
        return way, 0 if is_row or asked.unit.position else min(sizes[:-1]) // 16
    return way, whole("activation_maximum", "jitter", jitter, 0, max(min(sizes[:-1]) - 1, 0))


def _record(
    asked: Measured,
    climbed: tuple[np.ndarray, np.ndarray, float],
    way: str,
    ends: tuple[float, float],
    settings: dict[str, float],
) -> ActivationMaximum:
    """What the unit makes of the image, and of inputs drawn at random."""
    (image, course, slope), (low, high), unit = climbed, ends, asked.unit
    tried = low + (high - low) * np.random.default_rng(int(settings["seed"])).random((TRIED, *asked.spatial))
    batch = asked.disarranged(np.concatenate([image[np.newaxis], tried]))
    given, total = asked.values(batch, OUTPUT), float(asked.values(batch[:1])[0])
    whose = unit.layer, asked.kind, unit.number, unit.position
    shown, output = image.astype(np.float32), float(given[0])
    return ActivationMaximum(*whose, shown, total, output, given[1:], course, slope, way, low, high, settings)


class Waves:
    """Images as the amplitudes of waves (fourier), or as they are (pixels); and gradients with respect to them.

    Args:
        parameters: which.
        shape: of the images (spatial..., channels).
        ends: the smallest and the largest number of an image.
    """

    def __init__(self, parameters: str, shape: tuple[int, ...], ends: tuple[float, float]) -> None:
        self._shape, (self._low, high) = shape, ends
        self._range, self.is_pixels = high - self._low, parameters == "pixels"
        self._axes = tuple(range(len(shape) - 1))
        sizes = shape[:-1]
        frequencies = [np.fft.fftfreq(n) for n in sizes[:-1]] + [np.fft.rfftfreq(sizes[-1])]
        grid = np.meshgrid(*frequencies, indexing="ij")
        lengths = np.sqrt(sum(np.square(each) for each in grid))
        self._scale = (1.0 / np.maximum(lengths, 1.0 / max(*sizes, 2)))[..., np.newaxis]
        twice = np.full(grid[0].shape, 2.0)
        twice[..., 0] = 1.0
        if sizes[-1] % 2 == 0:
            twice[..., -1] = 1.0
        self._twice = twice[..., np.newaxis]

    def start(self, draws: np.random.Generator, spread: float) -> np.ndarray:
        """Parameters of a nearly grey image; of a noisy one where the spread is large."""
        if self.is_pixels:
            return self._low + self._range * np.clip(0.5 + spread * draws.normal(size=self._shape), 0, 1)
        return spread * draws.normal(size=(2, *self._twice.shape[:-1], self._shape[-1]))

    def image(self, parameters: np.ndarray) -> np.ndarray:
        """The image (spatial..., channels) of parameters."""
        if self.is_pixels:
            return parameters
        return self._low + self._range / (1.0 + np.exp(-self._raw(parameters)))

    def _raw(self, parameters: np.ndarray) -> np.ndarray:
        spectrum = (parameters[0] + 1j * parameters[1]) * self._scale
        return np.asarray(np.fft.irfftn(spectrum, self._shape[:-1], self._axes, norm="ortho"))

    def back(self, parameters: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        """The gradient with respect to parameters, from that with respect to the image."""
        if self.is_pixels:
            return slopes
        share = 1.0 / (1.0 + np.exp(-self._raw(parameters)))
        inner = slopes * self._range * share * (1.0 - share)
        spectrum = np.fft.rfftn(inner, self._shape[:-1], self._axes, norm="ortho") * self._scale * self._twice
        return np.stack([spectrum.real, spectrum.imag])

    def stepped(self, parameters: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Parameters after a step; pixels stay within their ends."""
        if self.is_pixels:
            return np.clip(parameters + self._range * step, self._low, self._low + self._range)
        return parameters + step


class _Climb:
    """From noise upwards."""

    def __init__(
        self, asked: Measured, parameters: str, ends: tuple[float, float], jitter: int, draws: np.random.Generator
    ) -> None:
        self._asked, self._jitter, self._draws = asked, jitter, draws
        self._waves = Waves(parameters, asked.spatial, ends)

    def climbed(self, steps: int, size: float) -> tuple[np.ndarray, np.ndarray, float]:
        """The image, what was climbed step by step, and the largest gradient that was met."""
        at, slopes = self._begun()
        first, second = np.zeros_like(at), np.zeros_like(at)
        course, largest = [], 0.0
        for step in range(1, steps + 1):
            value, slopes = self._slopes(self._waves.image(at))
            course.append(value)
            largest = max(largest, float(np.abs(slopes).max()))
            gradient = self._waves.back(at, slopes)
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * np.square(gradient)
            mean, spread = first / (1 - 0.9**step), np.sqrt(second / (1 - 0.999**step))
            at = self._waves.stepped(at, size * np.divide(mean, spread, out=np.zeros_like(mean), where=spread > 0))
        return self._waves.image(at), np.array(course), largest

    def _begun(self) -> tuple[np.ndarray, np.ndarray]:
        """Where there is a gradient: nearly grey, or else noise."""
        for spread in (0.01, *(0.5,) * (STARTS - 1)):
            at = self._waves.start(self._draws, spread)
            slopes = self._slopes(self._waves.image(at))[1]
            if slopes.any():
                break
        return at, slopes

    def _slopes(self, image: np.ndarray) -> tuple[float, np.ndarray]:
        """What the unit has for the image, moved by chance, and its gradient, moved back."""
        axes = tuple(range(image.ndim - 1))
        shift = self._draws.integers(-self._jitter, self._jitter + 1, len(axes)) if self._jitter else [0] * len(axes)
        moved = np.roll(image, tuple(shift), axes)
        batch = self._asked.disarranged(moved[np.newaxis])
        (value,), (slopes,) = self._asked.values_and_gradients(batch)
        back = np.roll(self._asked.arranged(slopes), tuple(-each for each in shift), axes)
        return float(value), back
