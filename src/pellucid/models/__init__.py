"""Models: layers put together, trained, run, saved and described."""

import importlib
from typing import TYPE_CHECKING, Any

from pellucid.absent import absent
from pellucid.layers.records import offer
from pellucid.models.model import Model
from pellucid.models.sequential import Sequential

if TYPE_CHECKING:
    from pellucid.models.averaging import averaged_over_views
    from pellucid.models.cloning import clone_model
    from pellucid.models.loading import load_model
    from pellucid.models.texts import model_from_json, save_model
    from pellucid.models.transfer import transfer_weights

__all__ = [
    "Model",
    "Sequential",
    "averaged_over_views",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
    "transfer_weights",
]

_CLASSES = {"Functional": Model, "Model": Model, "Sequential": Sequential}
offer(_CLASSES, _CLASSES.__getitem__)

HOMES = {
    "averaged_over_views": "averaging",
    "clone_model": "cloning",
    "deserialize_keras_object": "objects",
    "load_model": "loading",
    "load_weights": "texts",
    "model_from_json": "texts",
    "save_model": "texts",
    "save_weights": "texts",
    "serialize_keras_object": "objects",
    "transfer_weights": "transfer",
}
"""The file of each function: reading and writing bring zip, JSON and more along, which few programs need at once."""

ABSENT = {"model_from_yaml": "reading YAML can run code; in Keras 2 type model.to_json(), and here model_from_json"}


def __getattr__(name: str) -> Any:
    """A function at its first use; those around registering, which Keras has in `saving`, can be found here too."""
    if name in HOMES:
        return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    registration = importlib.import_module("pellucid.registration")
    if name in registration.__all__ or name.startswith("GLOBAL_CUSTOM_"):
        return getattr(registration, name)
    raise absent(__name__, name, ABSENT)
