"""Looking into a model: every function returns plain records (`records`), which `views` draws."""

from pellucid.inspection.arithmetic import arithmetic
from pellucid.inspection.chains import Chain, Contribution, TracedValue, trace
from pellucid.inspection.comparison import compare, recurrence
from pellucid.inspection.comparison_records import Comparison, LayerMatch, Recurrence
from pellucid.inspection.composition import Composition, composition
from pellucid.inspection.confusion import Confusion, Mistake, confusion, mistakes
from pellucid.inspection.correlations import Correlation, Push
from pellucid.inspection.describing import Description, Pattern, describe
from pellucid.inspection.deviations import Deviation, Deviations, deviations
from pellucid.inspection.equivariance import Equivariance, ShiftedLayer, equivariance
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.fields import FieldOfView, receptive_field
from pellucid.inspection.filter_film import FilterFilm, filter_film
from pellucid.inspection.filtered import FilteredImage, filtered_image, filtered_image_by
from pellucid.inspection.filters import all_filters, filters
from pellucid.inspection.findings import Finding, Lint
from pellucid.inspection.formula import LayerFormula, formula
from pellucid.inspection.gradient_flow import Flow, GradientFlow, gradient_flow
from pellucid.inspection.importance import Importance, importance
from pellucid.inspection.influence import Influence, influence
from pellucid.inspection.influential_images import InfluentialImages, influential_images
from pellucid.inspection.initial_draw import InitialDraw, initial_draw
from pellucid.inspection.kernel_gradient import KernelGradient, kernel_gradient
from pellucid.inspection.likeness import Match
from pellucid.inspection.lint import lint
from pellucid.inspection.maxima import ActivationMaximum, activation_maximum
from pellucid.inspection.overview import Overview, overview
from pellucid.inspection.partial_maps import PartialMaps, partial_maps
from pellucid.inspection.patches import TopPatches, top_patches
from pellucid.inspection.profile import Profile, profile
from pellucid.inspection.records import Arithmetic, FeatureMaps, FilterBank, Product, Step, TrainingCurves
from pellucid.inspection.runs import Parting, TrainingRuns, training_runs
from pellucid.inspection.saliency import saliency
from pellucid.inspection.saliency_records import Doubt, Saliency
from pellucid.inspection.segmentation import MapMistake, Segmentation, segmentation
from pellucid.inspection.update import FilterUpdate, update
from pellucid.inspection.variations import Variations, variations
from pellucid.inspection.what_if import WhatIf, what_if

__all__ = [
    "ActivationMaximum",
    "Arithmetic",
    "Chain",
    "Comparison",
    "Composition",
    "Confusion",
    "Contribution",
    "Correlation",
    "Description",
    "Deviation",
    "Deviations",
    "Doubt",
    "Equivariance",
    "FeatureMaps",
    "FieldOfView",
    "FilterBank",
    "FilterFilm",
    "FilterUpdate",
    "FilteredImage",
    "Finding",
    "Flow",
    "GradientFlow",
    "Importance",
    "Influence",
    "InfluentialImages",
    "InitialDraw",
    "KernelGradient",
    "LayerFormula",
    "LayerMatch",
    "Lint",
    "MapMistake",
    "Match",
    "Mistake",
    "Overview",
    "PartialMaps",
    "Parting",
    "Pattern",
    "Product",
    "Profile",
    "Push",
    "Recurrence",
    "Saliency",
    "Segmentation",
    "ShiftedLayer",
    "Step",
    "TopPatches",
    "TracedValue",
    "TrainingCurves",
    "TrainingRuns",
    "Variations",
    "WhatIf",
    "activation_maximum",
    "all_filters",
    "arithmetic",
    "compare",
    "composition",
    "confusion",
    "describe",
    "deviations",
    "equivariance",
    "feature_maps",
    "filter_film",
    "filtered_image",
    "filtered_image_by",
    "filters",
    "formula",
    "gradient_flow",
    "importance",
    "influence",
    "influential_images",
    "initial_draw",
    "kernel_gradient",
    "lint",
    "mistakes",
    "overview",
    "partial_maps",
    "profile",
    "receptive_field",
    "recurrence",
    "saliency",
    "segmentation",
    "top_patches",
    "trace",
    "training_runs",
    "update",
    "variations",
    "what_if",
]
