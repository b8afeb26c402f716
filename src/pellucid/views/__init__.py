"""Records of `inspection` as pictures: figures for a page, text for a terminal.

All follow one drawing rule, `paint`: white is zero, orange positive, blue negative, darker farther from zero. Figures
are returned, never shown; text is returned, never printed. matplotlib and rich are imported when first needed.
"""

from pellucid.views.colors import paint
from pellucid.views.figures import (
    arithmetic_figure,
    curves_figure,
    description_figure,
    equivariance_figure,
    field_figure,
    filtered_figure,
    filters_figure,
    initial_draw_figure,
    maps_figure,
    overview_figure,
    partial_maps_figure,
    profile_figure,
    save_figure,
    what_if_figure,
)
from pellucid.views.figures.confusion import confusion_figure, mistakes_figure
from pellucid.views.figures.variations import variations_figure
from pellucid.views.notebook import to_html
from pellucid.views.photographs import load_image
from pellucid.views.terminal import (
    arithmetic_text,
    curves_text,
    description_text,
    equivariance_text,
    field_text,
    filtered_text,
    filters_text,
    initial_draw_text,
    lint_text,
    maps_text,
    overview_text,
    partial_maps_text,
    profile_text,
    terminal_color,
    trace_text,
    what_if_text,
)
from pellucid.views.terminal.confusion import confusion_text

__all__ = [
    "arithmetic_figure",
    "arithmetic_text",
    "confusion_figure",
    "confusion_text",
    "curves_figure",
    "curves_text",
    "description_figure",
    "description_text",
    "equivariance_figure",
    "equivariance_text",
    "field_figure",
    "field_text",
    "filtered_figure",
    "filtered_text",
    "filters_figure",
    "filters_text",
    "initial_draw_figure",
    "initial_draw_text",
    "lint_text",
    "load_image",
    "maps_figure",
    "maps_text",
    "mistakes_figure",
    "overview_figure",
    "overview_text",
    "paint",
    "partial_maps_figure",
    "partial_maps_text",
    "profile_figure",
    "profile_text",
    "save_figure",
    "terminal_color",
    "to_html",
    "trace_text",
    "variations_figure",
    "what_if_figure",
    "what_if_text",
]
