"""Records of `inspection` as pictures: figures for a page, text for a terminal.

All follow one drawing rule, `paint`: white is zero, orange positive, blue negative, darker farther from zero. Figures
are returned, never shown; text is returned, never printed. matplotlib and rich are imported when first needed.
"""

from pellucid.views.colors import paint
from pellucid.views.figures import (
    arithmetic_figure,
    curves_figure,
    filters_figure,
    maps_figure,
    partial_maps_figure,
    profile_figure,
    save_figure,
)
from pellucid.views.notebook import to_html
from pellucid.views.terminal import (
    arithmetic_text,
    curves_text,
    filters_text,
    maps_text,
    partial_maps_text,
    profile_text,
    terminal_color,
)

__all__ = [
    "arithmetic_figure",
    "arithmetic_text",
    "curves_figure",
    "curves_text",
    "filters_figure",
    "filters_text",
    "maps_figure",
    "maps_text",
    "paint",
    "partial_maps_figure",
    "partial_maps_text",
    "profile_figure",
    "profile_text",
    "save_figure",
    "terminal_color",
    "to_html",
]
