"""Looking into a model: every function returns plain records (`records`), which `views` draws."""

from pellucid.inspection.arithmetic import arithmetic
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.filters import all_filters, filters
from pellucid.inspection.partial_maps import PartialMaps, partial_maps
from pellucid.inspection.profile import Profile, profile
from pellucid.inspection.records import Arithmetic, FeatureMaps, FilterBank, Product, Step, TrainingCurves

__all__ = [
    "Arithmetic",
    "FeatureMaps",
    "FilterBank",
    "PartialMaps",
    "Product",
    "Profile",
    "Step",
    "TrainingCurves",
    "all_filters",
    "arithmetic",
    "feature_maps",
    "filters",
    "partial_maps",
    "profile",
]
