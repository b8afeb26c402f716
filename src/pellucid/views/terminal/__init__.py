"""Records as text for a terminal, with colours or in plain ASCII: one module per picture, all built of `lines`."""

from pellucid.views.terminal.arithmetic import arithmetic_text
from pellucid.views.terminal.chains import trace_text
from pellucid.views.terminal.curves import curves_text
from pellucid.views.terminal.description import description_text, initial_draw_text
from pellucid.views.terminal.equivariance import equivariance_text
from pellucid.views.terminal.fields import field_text
from pellucid.views.terminal.film import film_text
from pellucid.views.terminal.filtered import filtered_text
from pellucid.views.terminal.filters import filters_text
from pellucid.views.terminal.formula import formula_text
from pellucid.views.terminal.gradient_flow import gradient_flow_text
from pellucid.views.terminal.influential_images import influential_images_text
from pellucid.views.terminal.kernel_gradient import kernel_gradient_text
from pellucid.views.terminal.lines import NARROWEST, terminal_color
from pellucid.views.terminal.lint import lint_text
from pellucid.views.terminal.maps import maps_text
from pellucid.views.terminal.overview import overview_text
from pellucid.views.terminal.partial_maps import partial_maps_text
from pellucid.views.terminal.parts import influence_text, update_text
from pellucid.views.terminal.profile import profile_text
from pellucid.views.terminal.results import (
    comparison_text,
    deviations_text,
    importance_text,
    mistakes_text,
    recurrence_text,
    runs_text,
    segmentation_text,
)
from pellucid.views.terminal.terms import composition_text, maximum_text, saliency_text, top_patches_text
from pellucid.views.terminal.what_if import what_if_text

__all__ = [
    "NARROWEST",
    "arithmetic_text",
    "comparison_text",
    "composition_text",
    "curves_text",
    "description_text",
    "deviations_text",
    "equivariance_text",
    "field_text",
    "film_text",
    "filtered_text",
    "filters_text",
    "formula_text",
    "gradient_flow_text",
    "importance_text",
    "influence_text",
    "influential_images_text",
    "initial_draw_text",
    "kernel_gradient_text",
    "lint_text",
    "maps_text",
    "maximum_text",
    "mistakes_text",
    "overview_text",
    "partial_maps_text",
    "profile_text",
    "recurrence_text",
    "runs_text",
    "saliency_text",
    "segmentation_text",
    "terminal_color",
    "top_patches_text",
    "trace_text",
    "update_text",
    "what_if_text",
]
