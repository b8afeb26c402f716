"""Looking into a model: every function returns plain records (`records`), which `views` draws."""

from pellucid.inspection.arithmetic import arithmetic
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
from pellucid.inspection.profile import Profile, profile
from pellucid.inspection.records import Arithmetic, FeatureMaps, FilterBank, Product, Step, TrainingCurves
from pellucid.inspection.what_if import WhatIf, what_if

__all__ = [
    "Arithmetic",
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
    "Overview",
    "Pattern",
    "Product",
    "Profile",
    "ShiftedLayer",
    "Step",
    "TrainingCurves",
    "WhatIf",
    "all_filters",
    "arithmetic",
    "describe",
    "equivariance",
    "feature_maps",
    "filtered_image",
    "filtered_image_by",
    "filters",
    "initial_draw",
    "lint",
    "overview",
    "profile",
    "receptive_field",
    "what_if",
]
