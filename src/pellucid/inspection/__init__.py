"""Looking into a model: every function returns plain records (`records`), which `views` draws."""

from pellucid.inspection.arithmetic import arithmetic
from pellucid.inspection.describing import Description, Pattern, describe
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.filters import all_filters, filters
from pellucid.inspection.initial_draw import InitialDraw, initial_draw
from pellucid.inspection.likeness import Match
from pellucid.inspection.overview import Overview, overview
from pellucid.inspection.profile import Profile, profile
from pellucid.inspection.records import Arithmetic, FeatureMaps, FilterBank, Product, Step, TrainingCurves

__all__ = [
    "Arithmetic",
    "Description",
    "FeatureMaps",
    "FilterBank",
    "InitialDraw",
    "Match",
    "Overview",
    "Pattern",
    "Product",
    "Profile",
    "Step",
    "TrainingCurves",
    "all_filters",
    "arithmetic",
    "describe",
    "feature_maps",
    "filters",
    "initial_draw",
    "overview",
    "profile",
]
