"""Looking into a model: every function returns plain records (`records`), which `views` draws."""

from pellucid.inspection.arithmetic import arithmetic
from pellucid.inspection.chains import Chain, Contribution, TracedValue, trace
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.fields import FieldOfView, receptive_field
from pellucid.inspection.filtered import FilteredImage, filtered_image, filtered_image_by
from pellucid.inspection.filters import all_filters, filters
from pellucid.inspection.profile import Profile, profile
from pellucid.inspection.records import Arithmetic, FeatureMaps, FilterBank, Product, Step, TrainingCurves

__all__ = [
    "Arithmetic",
    "Chain",
    "Contribution",
    "FeatureMaps",
    "FieldOfView",
    "FilterBank",
    "FilteredImage",
    "Product",
    "Profile",
    "Step",
    "TracedValue",
    "TrainingCurves",
    "all_filters",
    "arithmetic",
    "feature_maps",
    "filtered_image",
    "filtered_image_by",
    "filters",
    "profile",
    "receptive_field",
    "trace",
]
