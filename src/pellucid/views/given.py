"""What callers hand to the views, checked: records of the right kind, and options that can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from pellucid.callbacks import History
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.inspection.given import described, is_whole
from pellucid.inspection.records import FeatureMaps, FilterBank, TrainingCurves

__all__ = ["array_of", "curves_of", "maps_of", "page_width", "record_of", "records_of", "room_of", "switch_of"]

NARROWEST_PAGE, WIDEST_PAGE = 320, 10_000  # hundredths of an inch

Record = TypeVar("Record")
SOURCES = {
    "FilterBank": "inspection.filters(layer) or inspection.all_filters(model)",
    "FeatureMaps": "inspection.feature_maps(model, sample)",
    "Arithmetic": "inspection.arithmetic(model, layer, sample, position, filter)",
    "Lint": "inspection.lint(model, data)",
    "Equivariance": "inspection.equivariance(model, x, shift)",
    "WhatIf": "inspection.what_if(model, x, changes)",
    "FilteredImage": "inspection.filtered_image(image, kernel) or filtered_image_by(model, layer, image, filter)",
    "Chain": "inspection.trace(model, layer, sample, position, filter)",
    "FieldOfView": "inspection.receptive_field(model, layer, position, unit)",
    "Description": "inspection.describe(layer.filter(3))",
    "InitialDraw": "inspection.initial_draw(layer)",
    "LayerFormula": "inspection.formula(layer)",
    "Overview": "inspection.overview(layer)",
    "PartialMaps": "inspection.partial_maps(model, layer, x, filter)",
    "ActivationMaximum": "inspection.activation_maximum(model, layer, unit)",
    "TopPatches": "inspection.top_patches(model, data, layer)",
    "Composition": "inspection.composition(model, layer, unit)",
    "Confusion": "inspection.confusion(model, x, y)",
    "Deviations": "inspection.deviations(model, x, y)",
    "Deviation": "inspection.deviations(model, x, y).worst",
    "Mistake": "inspection.mistakes(model, x, y)",
    "Segmentation": "inspection.segmentation(model, x, masks)",
    "MapMistake": "inspection.segmentation(model, x, masks).worst",
    "TrainingRuns": "inspection.training_runs({'plain': history, 'dropout': other})",
    "Importance": "inspection.importance(model, (x, y), layer)",
    "Comparison": "inspection.compare(a, b, data)",
    "Recurrence": "inspection.recurrence([a, b, c], data)",
    "Saliency": "inspection.saliency(model, x, method)",
    "Variations": "inspection.variations(model, image)",
    "Profile": "inspection.profile(model, x)",
    "KernelGradient": "inspection.kernel_gradient(model, x, y, layer, filter)",
    "FilterUpdate": "inspection.update(model, x, y, layer, filter)",
    "Influence": "inspection.influence(model, x, y, layer, filter, recorded=history)",
    "FilterFilm": "inspection.filter_film(history, layer)",
    "GradientFlow": "inspection.gradient_flow(models, x, y)",
    "InfluentialImages": "inspection.influential_images(model, x, y, image, target, recorded=history)",
}
"""Where each kind of record comes from."""


def record_of(given: object, kind: type[Record]) -> Record:
    """The record; raises `ArgumentTypeError` for anything else, and says what makes one."""
    if isinstance(given, kind):
        return given
    raise ArgumentTypeError(f"expected what {SOURCES[kind.__name__]} gives, got {described(given)}")


def records_of(given: object, kind: type[Record]) -> list[Record]:
    """One record or several, as a list.

    Raises:
        ArgumentTypeError: there is something else.
        ArgumentError: there is none.
    """
    several = list(given) if isinstance(given, Sequence) and not isinstance(given, str | bytes) else [given]
    if not several:
        raise ArgumentError(f"expected what {SOURCES[kind.__name__]} gives, one record or more, got none")
    return [record_of(each, kind) for each in several]


def maps_of(given: object) -> list[FeatureMaps]:
    """The feature maps of one layer or more; see `records_of`."""
    return records_of(given, FeatureMaps)


def banks_of(given: object) -> list[FilterBank]:
    """One bank of filters, or several; see `records_of`."""
    return records_of(given, FilterBank)


def curves_of(given: object) -> TrainingCurves:
    """The curves of a training, from what `fit` returned, from lists of numbers by name, or as they are.

    Raises:
        ArgumentTypeError: it is something else.
        ArgumentError: there is no epoch to draw.

    Example:
        >>> curves_of({"loss": [0.9, 0.4]}).epochs
        (1, 2)
    """
    if isinstance(given, TrainingCurves):
        return given
    if isinstance(given, History):
        told = {name: values for name, values in given.history.items() if not any(map(np.ndim, values))}  # no curves
        return TrainingCurves(told, tuple(epoch + 1 for epoch in given.epoch))
    if isinstance(given, Mapping):
        odd = [
            name
            for name, values in given.items()
            if not isinstance(values, Sequence | np.ndarray) or isinstance(values, str)
        ]
        if odd:
            raise ArgumentTypeError(
                f"curves are numbers by name, one for each epoch, such as {{'loss': [0.9, 0.4]}}; {shown(odd[0])} has "
                f"{shown(given[odd[0]])}"
            )
        return TrainingCurves(given)
    raise ArgumentTypeError(
        f"expected what model.fit(...) returned (model.history is the last), got {described(given)}"
    )


def room_of(name: str, given: object) -> int:
    """A number of columns; raises `ArgumentTypeError` for what is no whole number."""
    if not is_whole(given):
        raise ArgumentTypeError(f"{name} is a whole number of columns, got {described(given)}")
    return int(given)


def page_width(given: object, usual: int) -> int:
    """The width of a page [1/100 inch]; the usual one for None.

    Raises:
        ArgumentTypeError: it is neither a whole number nor None.
        ArgumentError: it is below 320 or above 10,000.
    """
    if given is None:
        return usual
    if not is_whole(given):
        raise ArgumentTypeError(f"width is a whole number of hundredths of an inch, or None, got {described(given)}")
    if not NARROWEST_PAGE <= given <= WIDEST_PAGE:
        raise ArgumentError(f"width is {NARROWEST_PAGE} to {WIDEST_PAGE} hundredths of an inch, got {shown(given)}")
    return int(given)


def limit_of(given: object, item: str) -> int | None:
    """How many things are shown at most; None for all.

    Raises:
        ArgumentTypeError: it is neither a whole number nor None.
        ArgumentError: it is below 1.
    """
    if given is None:
        return None
    if not is_whole(given):
        raise ArgumentTypeError(f"limit is a whole number of {item}s, or None for all, got {described(given)}")
    if given < 1:
        raise ArgumentError(f"limit must be at least 1 {item}, got {given}")
    return int(given)


def switch_of(name: str, given: object) -> bool:
    """True or False; raises `ArgumentTypeError` for anything else."""
    if not isinstance(given, bool | np.bool_):
        raise ArgumentTypeError(f"{name} is True or False, got {described(given)}")
    return bool(given)


def array_of(name: str, given: Any) -> np.ndarray:
    """Real numbers as float64; raises `ArgumentTypeError` for anything else."""
    try:
        array = np.asarray(given)
    except (ValueError, TypeError) as error:
        raise ArgumentTypeError(f"{name} is an array of real numbers, got parts that form none ({error})") from error
    if array.dtype.kind not in "biuf":
        raise ArgumentTypeError(f"{name} is an array of real numbers, got {described(given)}")
    return array.astype(np.float64)
