"""What a layer answers to one sample, as a record."""

from __future__ import annotations

import math

import numpy as np

from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.inspection.record import Record, snapshot

__all__ = ["SPATIAL_AXES", "STAGES", "FeatureMaps", "UseRecord", "use_name"]

SPATIAL_AXES = {0: (), 1: ("steps",), 2: ("rows", "columns"), 3: ("depth", "rows", "columns")}
STAGES = ("output", "before activation", "before bias", "input")
"""Where in a layer maps are taken: behind all of it, before its activation, before its bias too (the bare sums of
products; of a normalisation its inputs, scaled), or what it is given."""


def use_name(layer: str, call: int | None) -> str:
    """A layer, and which of its uses where there are several, as every record tells it.

    Example:
        >>> use_name("shared", 1), use_name("conv", None)
        ('shared, call 1', 'conv')
    """
    return layer if call is None else f"{layer}, call {call}"


class UseRecord(Record):
    """The base of records of one use of a layer: `layer`, its name, and `call`, which use; None where there is one.

    Example:
        >>> from pellucid.inspection import FeatureMaps
        >>> FeatureMaps("shared", "Conv2D", np.zeros((6, 6, 32)), call=1).use
        'shared, call 1'
    """

    layer: str
    call: int | None

    @property
    def use(self) -> str:
        """The layer, and which use of it where there are several: "shared, call 1"."""
        return use_name(self.layer, self.call)


class FeatureMaps(UseRecord, Frozen, eq=False):
    """What one layer answers to one sample.

    Args:
        layer: name of the layer, in a model inside with the path to it; "input" for the sample itself.
        kind: the layer's class, such as "Conv2D".
        maps: answers (spatial..., channels) with 1 to 3 spatial axes, or (channels,) after a dense layer.
        stage: where in the layer they were taken, one of `STAGES`.
        is_picture: whether the numbers are brightnesses of an image of 1 or 3 channels: it is drawn as one.
        kept: of a dropout in training, True where a value was kept and False where it was dropped; of the shape of the
            maps. None where nothing was drawn.
        given: what a maximum pooling chose from (spatial..., channels); None where winners were not asked for.
        wins: for each value in `given`, how many windows it won.
        same_as: the layer whose answer this one hands on as it is, such as a dropout in a prediction; "" for none.
        sample: which of several samples was given: its number, or the name of its file; "" where there was one.
        call: which use of the layer, counted from 0, where it is used several times; None where it is used once.

    Raises:
        ShapeError: the maps have no axis, more than 4, or an empty one; what stands beside them has another shape.
        ArgumentError: the answers are not real numbers, or there is no such stage.

    Example:
        >>> maps = FeatureMaps("conv2d", "Conv2D", np.zeros((6, 6, 32)))
        >>> maps.channels, maps.spatial, maps.axes
        (32, (6, 6), ('rows', 'columns', 'channel'))
    """

    layer: str
    kind: str
    maps: np.ndarray
    stage: str = "output"
    is_picture: bool = False
    kept: np.ndarray | None = None
    given: np.ndarray | None = None
    wins: np.ndarray | None = None
    same_as: str = ""
    sample: str = ""
    call: int | None = None

    def __post_init__(self) -> None:
        maps = snapshot(self.maps, f'feature maps of "{self.layer}"')
        if not 1 <= maps.ndim <= 4 or maps.size == 0:
            part = f"; look at one part of such a sample, with a model on Input({maps.shape[-3:]}) of the same layers"
            raise ShapeError(
                f'feature maps of "{self.layer}": expected one sample, (spatial..., channels) with up to 3 spatial '
                f"axes and no empty axis, got shape {maps.shape}{part if maps.ndim > 4 else ''}"
            )
        object.__setattr__(self, "maps", maps)
        if self.stage not in STAGES:
            raise ArgumentError(f'feature maps of "{self.layer}": stage is one of {", ".join(STAGES)}')
        if self.is_picture and not (maps.ndim == 3 and maps.shape[-1] in (1, 3)):
            raise ShapeError(f'"{self.layer}": a picture is (rows, columns, 1 or 3), got shape {maps.shape}')
        self._keep_beside("kept", maps.shape)
        self._keep_beside("given", None)
        self._keep_beside("wins", None if self.given is None else np.shape(self.given))

    def _keep_beside(self, name: str, shape: tuple[int, ...] | None) -> None:
        if getattr(self, name) is not None:
            values = snapshot(getattr(self, name), f'"{name}" beside the feature maps of "{self.layer}"')
            if shape is not None and values.shape != shape:
                raise ShapeError(f'"{name}" beside the feature maps of "{self.layer}": expected {shape}, '
                                 f"got {values.shape}")  # fmt: skip
            object.__setattr__(self, name, values)

    def of_sample(self, sample: str, maps: np.ndarray, kept: np.ndarray | None) -> FeatureMaps:
        """The same of another sample: numbers of the same shapes and types, which nobody may write to.

        Nothing is checked or copied again: there may be thousands of these, and each would take longer than its maps.
        """
        record = object.__new__(FeatureMaps)
        fields = record.__dict__
        fields.update(self.__dict__)
        fields["sample"], fields["maps"], fields["kept"] = sample, maps, kept
        return record

    @property
    def channels(self) -> int:
        """Number of feature maps."""
        return int(self.maps.shape[-1])

    @property
    def spatial(self) -> tuple[int, ...]:
        """Lengths of the spatial axes; empty after a dense layer."""
        return self.maps.shape[:-1]

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the maps stands for."""
        return (*SPATIAL_AXES[len(self.spatial)], "channel")

    @property
    def extremes(self) -> tuple[float, float] | None:
        """The least and the largest number that is finite; None where none is."""
        low, high = float(self.maps.min()), float(self.maps.max())
        if math.isfinite(low) and math.isfinite(high):
            return low, high
        finite = self.maps[np.isfinite(self.maps)]
        return (float(finite.min()), float(finite.max())) if finite.size else None

    @property
    def brightness(self) -> tuple[float, float]:
        """Of a picture, what is black and what is white: 0 and 1, 0 and 255, -1 and 1; else the extremes."""
        low, high = self.extremes or (0.0, 1.0)
        for black, white in ((0.0, 1.0), (0.0, 255.0), (-1.0, 1.0)):
            if black <= low and high <= white:
                return black, white
        return low, high if high > low else low + 1.0
