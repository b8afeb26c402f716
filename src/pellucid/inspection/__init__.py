"""Looking into a model: every function returns plain records (`records`), which `views` draws."""

from pellucid.inspection.arithmetic import arithmetic
from pellucid.inspection.equivariance import Equivariance, ShiftedLayer, equivariance
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.filters import all_filters, filters
from pellucid.inspection.findings import Finding, Lint
from pellucid.inspection.lint import lint
from pellucid.inspection.profile import Profile, profile
from pellucid.inspection.records import Arithmetic, FeatureMaps, FilterBank, Product, Step, TrainingCurves
from pellucid.inspection.what_if import WhatIf, what_if

__all__ = [
    "Arithmetic",
    "Equivariance",
    "FeatureMaps",
    "FilterBank",
    "Finding",
    "Lint",
    "Product",
    "Profile",
    "ShiftedLayer",
    "Step",
    "TrainingCurves",
    "WhatIf",
    "all_filters",
    "arithmetic",
    "equivariance",
    "feature_maps",
    "filters",
    "lint",
    "profile",
    "what_if",
]
