"""Functions of Keras's around files and texts that do what methods of a model do; and a model from JSON text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from pellucid import legacy, registry
from pellucid.calls import explained
from pellucid.checks import object_of
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, shown
from pellucid.formats.strict_json import parse_json_object
from pellucid.layers import Layer
from pellucid.models.model import Model
from pellucid.models.objects import deserialize_keras_object
from pellucid.models.old_records import NO_YAML, is_old, today
from pellucid.models.reading import ModelReader

_A_MODEL = "a model"


@explained
def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """The model of a text that `to_json` wrote, here or in Keras 1, 2 or 3: its structure with fresh weights.

    Args:
        json_string: the text.
        custom_objects: classes and functions of your own that it names, by those names.

    Returns:
        a new model; compiled as it was when the text was made.

    Raises:
        ArgumentError: it is no such text, or names something unknown.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model_from_json(Sequential([layers.Input((4,)), layers.Dense(3)]).to_json()).count_params()
        15

    Source: keras.models.model_from_json.
    """
    if not isinstance(json_string, str):
        raise ArgumentTypeError(f"model_from_json: json_string is text, got {shown(json_string)}")
    try:
        record = parse_json_object(json_string.encode(errors="surrogatepass"), name="json_string")
        model = _of_old_words(record, custom_objects) if is_old(record) else None
    except FileError as error:
        hint = "" if json_string.lstrip().startswith("{") else f"; {NO_YAML}"
        raise ArgumentError(f"model_from_json: {error}{hint}") from error
    if model is None:
        model = deserialize_keras_object(record, custom_objects)
    if not isinstance(model, Model):
        raise ArgumentError(f"model_from_json: the text describes {shown(model)}, which is no model")
    return model


def _of_old_words(record: Mapping[str, Any], custom_objects: Mapping[str, Any] | None) -> Layer:
    """The model of a record in the form of Keras 1 and 2."""
    with registry.custom_objects(custom_objects):
        return ModelReader().read(today(record))


@legacy.accepts_old_spelling("save_model")
@explained
def save_model(
    model: Model, filepath: str | os.PathLike[str] | BinaryIO, overwrite: bool = True, zipped: bool | None = None
) -> None:
    """Write a model to a `.keras` file: `model.save(filepath)`.

    Args:
        model: a built model.
        filepath: see `Model.save`.
        overwrite: whether an existing file may be replaced.
        zipped: see `Model.save`.

    Raises:
        ArgumentError, FileError: see `Model.save`.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers, load_model
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_model(Sequential([layers.Input((4,)), layers.Dense(3)]), f"{folder}/model.keras")
        ...     load_model(f"{folder}/model.keras").count_params()
        15

    Source: keras.saving.save_model.
    """
    object_of("save_model", model, Model, _A_MODEL).save(filepath, overwrite, zipped)


@explained
def save_weights(
    model: Model,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    max_shard_size: float | None = None,
    *,
    objects_to_skip: Sequence[Layer] | None = None,
) -> None:
    """Write the weights of a model to a `.weights.h5` file: `model.save_weights(filepath)`.

    Args:
        model: a built model.
        filepath, overwrite, max_shard_size, objects_to_skip: see `Model.save_weights`.

    Raises:
        ArgumentError, FileError: see `Model.save_weights`.

    Example:
        >>> import os, tempfile
        >>> from pellucid import Sequential, layers
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(Sequential([layers.Input((4,)), layers.Dense(3)]), f"{folder}/model.weights.h5")
        ...     os.listdir(folder)
        ['model.weights.h5']

    Source: keras.saving.save_weights.
    """
    built = object_of("save_weights", model, Model, _A_MODEL)
    built.save_weights(filepath, overwrite, max_shard_size, objects_to_skip=objects_to_skip)


@explained
def load_weights(
    model: Model,
    filepath: str | os.PathLike[str],
    skip_mismatch: bool = False,
    *,
    objects_to_skip: Sequence[Layer] | None = None,
) -> None:
    """Fill the weights of a model from a file: `model.load_weights(filepath)`.

    Args:
        model: that knows its input.
        filepath, skip_mismatch, objects_to_skip: see `Model.load_weights`.

    Raises:
        ArgumentError, FileError: see `Model.load_weights`.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers
        >>> first, second = (Sequential([layers.Input((4,)), layers.Dense(3)]) for _ in range(2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(first, f"{folder}/model.weights.h5")
        ...     load_weights(second, f"{folder}/model.weights.h5")
        >>> bool((first.get_weights()[0] == second.get_weights()[0]).all())
        True

    Source: keras.saving.load_weights.
    """
    object_of("load_weights", model, Model, _A_MODEL).load_weights(
        filepath, skip_mismatch, objects_to_skip=objects_to_skip
    )
