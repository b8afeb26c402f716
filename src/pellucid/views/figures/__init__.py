"""Records as matplotlib figures: one module per picture, all on `page`, mosaics of slices by `mosaic`."""

from pellucid.views.figures.arithmetic import arithmetic_figure
from pellucid.views.figures.curves import curves_figure
from pellucid.views.figures.filters import filters_figure
from pellucid.views.figures.maps import maps_figure
from pellucid.views.figures.partial_maps import partial_maps_figure
from pellucid.views.figures.profile import profile_figure
from pellucid.views.figures.saving import save_figure

__all__ = [
    "arithmetic_figure",
    "curves_figure",
    "filters_figure",
    "maps_figure",
    "partial_maps_figure",
    "profile_figure",
    "save_figure",
]
