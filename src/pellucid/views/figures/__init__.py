"""Records as matplotlib figures: one module per picture, all on `page`, mosaics of slices by `mosaic`."""

from pellucid.views.figures.arithmetic import arithmetic_figure
from pellucid.views.figures.chains import trace_figure
from pellucid.views.figures.curves import curves_figure
from pellucid.views.figures.description import description_figure, initial_draw_figure
from pellucid.views.figures.equivariance import equivariance_figure
from pellucid.views.figures.fields import field_figure
from pellucid.views.figures.film import film_figure
from pellucid.views.figures.filtered import filtered_figure
from pellucid.views.figures.filters import filters_figure
from pellucid.views.figures.formula import formula_figure
from pellucid.views.figures.gradient_flow import gradient_flow_figure
from pellucid.views.figures.influential_images import influential_images_figure
from pellucid.views.figures.kernel_gradient import kernel_gradient_figure
from pellucid.views.figures.lint import lint_figure
from pellucid.views.figures.maps import maps_figure
from pellucid.views.figures.overview import overview_figure
from pellucid.views.figures.partial_maps import partial_maps_figure
from pellucid.views.figures.parts import influence_figure, update_figure
from pellucid.views.figures.profile import profile_figure
from pellucid.views.figures.results import (
    comparison_figure,
    deviations_figure,
    importance_figure,
    recurrence_figure,
    runs_figure,
    segmentation_figure,
)
from pellucid.views.figures.saving import save_figure
from pellucid.views.figures.terms import composition_figure, maximum_figure, saliency_figure, top_patches_figure
from pellucid.views.figures.what_if import what_if_figure

__all__ = [
    "arithmetic_figure",
    "comparison_figure",
    "composition_figure",
    "curves_figure",
    "description_figure",
    "deviations_figure",
    "equivariance_figure",
    "field_figure",
    "film_figure",
    "filtered_figure",
    "filters_figure",
    "formula_figure",
    "gradient_flow_figure",
    "importance_figure",
    "influence_figure",
    "influential_images_figure",
    "initial_draw_figure",
    "kernel_gradient_figure",
    "lint_figure",
    "maps_figure",
    "maximum_figure",
    "overview_figure",
    "partial_maps_figure",
    "profile_figure",
    "recurrence_figure",
    "runs_figure",
    "saliency_figure",
    "save_figure",
    "segmentation_figure",
    "top_patches_figure",
    "trace_figure",
    "update_figure",
    "what_if_figure",
]
