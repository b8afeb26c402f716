"""Keras's place for what reads and writes models, and for classes and functions of your own in files.

Example:
    >>> from pellucid import layers, saving
    >>> record = saving.serialize_keras_object(layers.Dense(3, name="out"))
    >>> record["class_name"], saving.deserialize_keras_object(record).units
    ('Dense', 3)

Source: keras.saving, https://keras.io/api/models/model_saving_apis/
"""

from typing import Any

from pellucid.absent import absent
from pellucid.models.loading import load_model
from pellucid.models.objects import deserialize_keras_object, serialize_keras_object
from pellucid.models.texts import load_weights, save_model, save_weights
from pellucid.registration import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
