"""Looking into a model: every function returns plain records (`records`), which `views` draws."""

from pellucid.inspection.arithmetic import arithmetic
from pellucid.inspection.chains import Chain, Contribution, TracedValue, trace
from pellucid.inspection.confusion import Confusion, Mistake, confusion
from pellucid.inspection.describing import Description, Pattern, describe
from pellucid.inspection.equivariance import Equivariance, ShiftedLayer, equivariance
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.fields import FieldOfView, receptive_field
from pellucid.inspection.filtered import FilteredImage, filtered_image, filtered_image_by
from pellucid.inspection.filters import all_filters, filters
from pellucid.inspection.findings import Finding, Lint
from pellucid.inspection.initial_draw import InitialDraw, initial_draw
from pellucid.inspection.likeness import Match
from pellucid.inspection.lint import lint
from pellucid.inspection.overview import Overview, overview
from pellucid.inspection.partial_maps import PartialMaps, partial_maps
from pellucid.inspection.profile import Profile, profile
from pellucid.inspection.records import Arithmetic, FeatureMaps, FilterBank, Product, Step, TrainingCurves
from pellucid.inspection.variations import Variations, variations
from pellucid.inspection.what_if import WhatIf, what_if

__all__ = [
    "Arithmetic",
    "Chain",
    "Confusion",
    "Contribution",
    "Description",
    "Equivariance",
    "FeatureMaps",
    "FieldOfView",
    "FilterBank",
    "FilteredImage",
    "Finding",
    "InitialDraw",
    "Lint",
    "Match",
    "Mistake",
    "Overview",
    "PartialMaps",
    "Pattern",
    "Product",
    "Profile",
    "ShiftedLayer",
    "Step",
    "TracedValue",
    "TrainingCurves",
    "Variations",
    "WhatIf",
    "all_filters",
    "arithmetic",
    "confusion",
    "describe",
    "equivariance",
    "feature_maps",
    "filtered_image",
    "filtered_image_by",
    "filters",
    "initial_draw",
    "lint",
    "overview",
    "partial_maps",
    "profile",
    "receptive_field",
    "trace",
    "variations",
    "what_if",
]
