"""What a model was trained on (names of classes, how images are read) in the metadata of other systems' files.

`.keras` files keep it by themselves; formats that hold texts keep it as one, under the same key.
"""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.data.images.reading import TrainedOn
from pellucid.errors import ArgumentError, FileError
from pellucid.formats.strict_json import encode_json_object, parse_json_object
from pellucid.models import Model
from pellucid.models.saving import IMAGES

__all__ = ["LOST", "images_told", "take_images"]

LOST = "the names of classes and how images are read (model.trained_on)"
"""What a format loses that holds no texts."""


def images_told(model: Model) -> dict[str, str]:
    """The texts for a file's metadata; none where the model does not know its images.

    Example:
        >>> from pellucid import Sequential, layers
        >>> from pellucid.data.images.reading import Reading
        >>> model = Sequential([layers.Input((8, 8, 3)), layers.Flatten(), layers.Dense(2)])
        >>> model.trained_on = TrainedOn(Reading(8, 8), 1.0, ("cats", "dogs"))
        >>> take_images(model, images_told(model)).trained_on.class_names
        ('cats', 'dogs')
    """
    if model.trained_on is None:
        return {}
    return {IMAGES: encode_json_object(model.trained_on.to_record(), name="model.trained_on").decode()}


def take_images(model: Model, metadata: Mapping[str, str]) -> Model:
    """Let a model know what a file's metadata say of its images; returns the model.

    Raises:
        FileError: they say something that cannot be.
    """
    if IMAGES in metadata:
        record = parse_json_object(metadata[IMAGES].encode(), name=f"its metadata, {IMAGES}")
        try:
            model.trained_on = TrainedOn.of_record(record)
        except ArgumentError as error:
            raise FileError(f"its metadata, {IMAGES}: {error}") from error
    return model
