"""Keras's place for functions around training and files; they stand elsewhere and can be found here too."""

import importlib
from typing import TYPE_CHECKING, Any

from pellucid.absent import absent
from pellucid.config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from pellucid.data.images.pictures import array_to_img, img_to_array, load_img, save_img
from pellucid.data.sets.get_file import get_file
from pellucid.data.sources.datasets import PyDataset
from pellucid.data.sources.pipelines import split_dataset
from pellucid.naming import clear_session
from pellucid.old_modules import register
from pellucid.random import set_random_seed
from pellucid.registration import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from pellucid.utils.model_dot import model_to_dot
from pellucid.utils.model_plan import plot_model

if TYPE_CHECKING:
    from pellucid.data.folders.directory import image_dataset_from_directory
    from pellucid.data.folders.file_steps import audio_dataset_from_directory, text_dataset_from_directory
    from pellucid.data.sources.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
    from pellucid.data.sources.sequences import pad_sequences
    from pellucid.data.sources.time_series import timeseries_dataset_from_array
    from pellucid.dispatch.symbolic import is_keras_tensor
    from pellucid.models.objects import deserialize_keras_object, serialize_keras_object
    from pellucid.utils.labels import normalize, to_categorical
    from pellucid.utils.progbar import Progbar

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "array_to_img",
    "audio_dataset_from_directory",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "image_dataset_from_directory",
    "img_to_array",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "load_img",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

Sequence = PyDataset
"""What Keras 2 called a `PyDataset`."""
plot = plot_model
"""What Keras 1 called `plot_model`."""

register("pellucid")  # np_utils


HOMES = {
    "Progbar": "pellucid.utils.progbar",
    "audio_dataset_from_directory": "pellucid.data.folders.file_steps",
    "image_dataset_from_directory": "pellucid.data.folders.directory",
    "is_keras_tensor": "pellucid.dispatch.symbolic",
    "normalize": "pellucid.utils.labels",
    "pack_x_y_sample_weight": "pellucid.data.sources.packing",
    "pad_sequences": "pellucid.data.sources.sequences",
    "text_dataset_from_directory": "pellucid.data.folders.file_steps",
    "timeseries_dataset_from_array": "pellucid.data.sources.time_series",
    "to_categorical": "pellucid.utils.labels",
    "unpack_x_y_sample_weight": "pellucid.data.sources.packing",
}
"""Where functions stand that few programs need at once."""


INSTEAD = {
    "multi_gpu_model": "a model trains on all devices that its engine finds: docs/explain/many-devices.md",
}
"""What Keras has or had and this has not, and what to do."""


def __getattr__(name: str) -> Any:
    if name == "bounding_boxes":
        return importlib.import_module(f"{__name__}.{name}")
    if name in HOMES:
        return getattr(importlib.import_module(HOMES[name]), name)
    if name in ("deserialize_keras_object", "serialize_keras_object"):
        return getattr(importlib.import_module("pellucid.saving"), name)
    raise absent(__name__, name, INSTEAD)
