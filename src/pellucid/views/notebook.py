"""What models, layers, filters, records and trainings look like as the last expression of a notebook's cell."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.callbacks import History
from pellucid.calls import explained
from pellucid.errors import ArgumentError, ArgumentTypeError, PellucidError
from pellucid.inspection import overview
from pellucid.inspection.chains import Chain
from pellucid.inspection.confusion import Mistake
from pellucid.inspection.describing import Description
from pellucid.inspection.equivariance import Equivariance, ShiftedLayer
from pellucid.inspection.fields import FieldOfView
from pellucid.inspection.filter_film import FilterFilm
from pellucid.inspection.filtered import FilteredImage
from pellucid.inspection.filters import banks_of, channel_colors, first_channel
from pellucid.inspection.findings import Lint
from pellucid.inspection.formula import LayerFormula
from pellucid.inspection.given import described
from pellucid.inspection.gradient_flow import GradientFlow
from pellucid.inspection.influence import Influence
from pellucid.inspection.influential_images import InfluentialImages
from pellucid.inspection.initial_draw import InitialDraw
from pellucid.inspection.kernel_gradient import KernelGradient
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.overview import Overview
from pellucid.inspection.partial_maps import PartialMaps
from pellucid.inspection.profile import Profile
from pellucid.inspection.record import Records
from pellucid.inspection.records import Arithmetic, FilterBank, TrainingCurves
from pellucid.inspection.update import FilterUpdate
from pellucid.inspection.what_if import WhatIf
from pellucid.layers import Layer
from pellucid.layers.single_filters import Filter
from pellucid.models import Model
from pellucid.models.summary import summary_table
from pellucid.notebooks import Shown
from pellucid.views import html
from pellucid.views.captions import (
    describe_shift,
    say_inexact,
    say_shift,
)
from pellucid.views.figures import (
    arithmetic_figure,
    curves_figure,
    description_figure,
    equivariance_figure,
    field_figure,
    film_figure,
    filtered_figure,
    filters_figure,
    formula_figure,
    gradient_flow_figure,
    influence_figure,
    influential_images_figure,
    initial_draw_figure,
    kernel_gradient_figure,
    lint_figure,
    maps_figure,
    overview_figure,
    partial_maps_figure,
    profile_figure,
    trace_figure,
    update_figure,
    what_if_figure,
)
from pellucid.views.figures.board import board_figure
from pellucid.views.figures.table import table_figure
from pellucid.views.html_board import board_html
from pellucid.views.html_filters import banks_html, description_html, draw_html, formula_html, overview_html
from pellucid.views.html_learning import film_html, flow_html, gradient_html, influential_html, parts_html
from pellucid.views.html_records import (
    arithmetic_html,
    chain_html,
    curves_html,
    facts,
    field_html,
    fields_of,
    filtered_html,
    lint_html,
    maps_html,
    partial_html,
    profile_html,
    what_if_html,
)
from pellucid.views.record_boards import BOARDS, mistakes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

__all__ = ["html_of", "png_of", "to_html"]

_DPI = 100
_MOST_SLICES = 16
"""Of one filter that are shown in their own order."""
_MOST_RECORDS = 20
"""Of a list that are shown."""


@explained
def to_html(shown: Shown) -> str:
    """Anything that shows itself in a notebook, as self-contained HTML: no scripts, nothing from elsewhere.

    It is of bounded size: where there is too much, the first is shown, and how much is left out. Numbers show under the
    pointer, one by one as far as they are few, else a range for each map or filter.

    Args:
        shown: a model, a layer, one of its filters, what `fit` returned, or a record of `inspection`.

    Returns:
        a `<div>`.

    Raises:
        ArgumentTypeError: it is something else.

    Example:
        >>> from pellucid.inspection import TrainingCurves
        >>> page = to_html(TrainingCurves({"loss": [0.9, 0.4]}))
        >>> page.startswith("<div"), "epoch 2: training 0.4" in page, "<script" in page
        (True, True, False)
    """
    if not isinstance(shown, Shown):
        raise ArgumentTypeError(
            f"to_html shows a model, a layer, a filter, a record or what fit returned, got {described(shown)}"
        )
    return html_of(shown)


def html_of(shown: Any) -> str:
    """Self-contained HTML; what cannot be shown is said."""
    try:
        return _html(shown)
    except PellucidError as error:
        return html.block(type(shown).__name__, html.note(str(error)))


def png_of(shown: Any) -> bytes:
    """The same as a picture; of several records one below the other."""
    import PIL.Image

    are_apart = isinstance(shown, Records) and shown and not isinstance(shown[0], FeatureMaps | Mistake)
    pictures = [_picture(each) for each in (shown[:_MOST_RECORDS] if are_apart else [shown])]
    width = max(picture.width for picture in pictures)
    page = PIL.Image.new("RGB", (width, sum(picture.height for picture in pictures)), "white")
    y = 0
    for picture in pictures:
        page.paste(picture, (0, y))
        y += picture.height
    file = io.BytesIO()
    page.save(file, format="png", dpi=(_DPI, _DPI))
    return file.getvalue()


def _picture(shown: Any) -> Image:
    import PIL.Image

    try:
        figure = _figure(shown)
    except PellucidError as error:
        figure = table_figure(type(shown).__name__, [""], [[str(error)]])
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI, facecolor="white")
    return PIL.Image.open(file).convert("RGB")


def _html(shown: Any) -> str:
    match shown:
        case Model():
            titles, rows, notes = summary_table(shown)
            return html.block(f"Model: {shown.name}", html.table(titles, rows), *map(html.note, notes))
        case Filter() if (seen := _deep(shown)) is not None:
            return overview_html(seen)
        case Filter() | FilterBank():
            return banks_html([_bank(shown)])
        case Layer():
            banks = _banks_of(shown)
            return banks_html(banks) if banks else html.block(shown.label, html.table(["", ""], facts(shown)))
        case History() | TrainingCurves():
            return curves_html(shown)
        case FeatureMaps():
            return maps_html([shown])
        case Arithmetic():
            return arithmetic_html(shown)
        case PartialMaps():
            return partial_html(shown)
        case FieldOfView():
            return field_html(shown)
        case FilteredImage():
            return filtered_html(shown)
        case Profile():
            return profile_html(shown)
        case FilterUpdate() | Influence():
            return parts_html(shown)
        case KernelGradient():
            return gradient_html(shown)
        case FilterFilm():
            return film_html(shown)
        case GradientFlow():
            return flow_html(shown)
        case InfluentialImages():
            return influential_html(shown)
        case Lint():
            return lint_html(shown)
        case Chain():
            return chain_html(shown)
        case Overview():
            return overview_html(shown)
        case Description():
            return description_html(shown)
        case InitialDraw():
            return draw_html(shown)
        case LayerFormula():
            return formula_html(shown)
        case WhatIf():
            return what_if_html(shown)
        case Equivariance():
            heads = ["layer", "maps by", "inside", "edge", "if unmoved"]
            table = html.table(heads, [_shifted(each) for each in shown.layers])
            return html.block(describe_shift(shown), table, *map(html.note, say_inexact(shown)))
        case Records() if shown and all(isinstance(each, FeatureMaps) for each in shown):
            return maps_html(shown)
        case Records() if shown and all(isinstance(each, FilterBank) for each in shown):
            return banks_html(shown)
        case Records() if shown and all(isinstance(each, Mistake) for each in shown):
            return board_html(mistakes_of(shown))
        case Records():
            return html.block(f"{len(shown)} records", *(html_of(each) for each in shown[:_MOST_RECORDS]))
    if type(shown) in BOARDS:
        return board_html(BOARDS[type(shown)](shown))
    return html.block(type(shown).__name__, html.table(["", ""], fields_of(shown)))


def _shifted(each: ShiftedLayer) -> tuple[str, ...]:
    errors = ["" if error is None else f"{error:.3g}" for error in (each.inside, each.edge, each.invariance)]
    moved = "" if each.shift is None else f"{say_shift(each.shift)}{'' if each.divides else '~'}"
    return (each.layer, moved, *errors)


def _figure(shown: Any) -> Figure:
    match shown:
        case Model():
            titles, rows, notes = summary_table(shown)
            return table_figure(f"Model: {shown.name}", titles, rows, notes)
        case Filter() if (seen := _deep(shown)) is not None:
            return overview_figure(seen)
        case Filter() | FilterBank():
            return filters_figure(_bank(shown))
        case Layer():
            banks = _banks_of(shown)
            if not banks:
                return table_figure(shown.label, ["", ""], facts(shown))
            return filters_figure(banks[0])
        case History() | TrainingCurves():
            return curves_figure(shown)
        case WhatIf():
            return what_if_figure(shown)
        case Equivariance():
            return equivariance_figure(shown)
        case Chain():
            return trace_figure(shown)
        case Overview():
            return overview_figure(shown)
        case Description():
            return description_figure(shown)
        case InitialDraw():
            return initial_draw_figure(shown)
        case LayerFormula():
            return formula_figure(shown)
        case Lint():
            return lint_figure(shown)
        case FeatureMaps():
            return maps_figure(shown)
        case Arithmetic():
            return arithmetic_figure(shown)
        case PartialMaps():
            return partial_maps_figure(shown)
        case FieldOfView():
            return field_figure(shown)
        case FilteredImage():
            return filtered_figure(shown)
        case Profile():
            return profile_figure(shown)
        case FilterUpdate():
            return update_figure(shown)
        case Influence():
            return influence_figure(shown)
        case KernelGradient():
            return kernel_gradient_figure(shown)
        case FilterFilm():
            return film_figure(shown)
        case GradientFlow():
            return gradient_flow_figure(shown)
        case InfluentialImages():
            return influential_images_figure(shown)
        case Records() if shown and all(isinstance(each, FeatureMaps) for each in shown):
            return maps_figure(shown)
        case Records() if shown and all(isinstance(each, Mistake) for each in shown):
            return board_figure(mistakes_of(shown))
        case Records():
            return table_figure("0 records", [""], [])
    if type(shown) in BOARDS:
        return board_figure(BOARDS[type(shown)](shown))
    return table_figure(type(shown).__name__, ["", ""], fields_of(shown))


# Filters.


def _deep(shown: Filter) -> Overview | None:
    """Of a filter with many slices the strongest first, on the scale of its layer; None for one with few."""
    if shown.kernel.ndim < 2 or shown.kernel.shape[-1] <= _MOST_SLICES or not isinstance(shown.layer, Layer):
        return None
    try:
        return overview(shown.layer, shown.number, which=shown.which)
    except ArgumentError:  # such as filters of a user's layer that no operation lets slide
        return None


def _bank(shown: Filter | FilterBank) -> FilterBank:
    """A filter alone, as a bank of one."""
    if isinstance(shown, FilterBank):
        return shown
    kernel, layer = shown.kernel, shown.layer
    names = None
    if isinstance(layer, Layer) and kernel.ndim > 1:
        names = channel_colors(layer, shown.weight)
    if kernel.ndim > 4:
        raise ArgumentError(f"{shown.label}: its weights {shown.kernel.shape} are of too many axes to be drawn")
    bias = np.array([shown.bias]) if isinstance(shown.bias, float) else None
    return FilterBank(
        f"{layer.label}, filter {shown.number}",
        kernel[..., None],
        bias,
        input_names=names,
        provenance=(shown.provenance,),
        first_filter=shown.number,
        first_channel=first_channel(shown) if kernel.ndim > 1 else 0,
        computed_from=(shown.computed_from,) if shown.computed_from else (),
    )


def _banks_of(layer: Layer) -> list[FilterBank]:
    """The filters of a layer and of what lies in it; none where it has none, or does not know them yet."""
    try:
        return banks_of(layer) if layer.built else []
    except ArgumentError:
        return []
