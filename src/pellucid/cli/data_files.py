"""Samples and their classes for commands: from whatever `train` takes, read as it was for the model, or arrays as they
are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model
from pellucid.cli.class_folders import to_evaluate
from pellucid.cli.pixel_images import answers_beside, guessed, pixels_asked
from pellucid.cli.recipes import RECIPES, find_recipe
from pellucid.cli.table_images import usable
from pellucid.data.folders.class_folders import class_folders, photos_in, spelled, unwrapped
from pellucid.data.images.reading import TrainedOn
from pellucid.data.pixels.arrays import ARRAYS
from pellucid.data.pixels.files import are_pixels
from pellucid.data.tables.image_tables import is_table
from pellucid.errors import FileError, escaped
from pellucid.inspection.sample_files import arrays_in

DATA = Annotated[
    str | None,
    typer.Option(
        help="Samples: a file of NumPy's, .npz with x and y or .npy with x; what the model was trained on, such as a "
        f"folder of images or a table (CSV); or {' or '.join(RECIPES)}."
    ),
]
MOST_FILES = 512
"""Images of a folder or a table of files that are looked at, spread over all."""
_PAIRS = (("x", "y"), ("x_test", "y_test"), ("x_val", "y_val"), ("x_train", "y_train"))


def input_names(model: Model) -> list[str]:
    """The names of a model's inputs, under which a file holds what they are given."""
    return [tensor.call.layer.name for tensor in model.inputs]


def _is_read_as_trained(path: Path, model: Model) -> bool:
    """Whether images are to be read as a model was trained on such: all, but for arrays where nobody knows how."""
    if path.suffix.lower() in ARRAYS:
        return path.exists() and model.trained_on is not None
    return path.is_dir() or is_table(path) or are_pixels(path)


def class_names_of(told: str | None, model: Model) -> tuple[str, ...]:
    """The classes that a model tells, by number: as its file says it, or else as the folders of the samples are called.

    Args:
        told: what `--data` names; None for nothing.
        model: that takes it.
    """
    if model.trained_on is not None:
        return model.trained_on.class_names
    if told is None or told in RECIPES or len(model.inputs) != 1:
        return ()
    folder = Path(told)
    return _named_by_folders(folder, model) if folder.is_dir() and not are_pixels(folder) else ()


def _named_by_folders(folder: Path, model: Model) -> tuple[str, ...]:
    """The folders of images in a folder, sorted, if there are as many as the model tells classes; else ()."""
    found = class_folders(unwrapped(folder))
    counts = (len(found), 1) if len(found) == 2 else (len(found),)
    is_told = len(model.outputs) == 1 and len(model.outputs[0].shape) == 2 and model.outputs[0].shape[-1] in counts
    return tuple(spelled(name) for name in found) if is_told else ()


def _told_of(path: Path, model: Model) -> TrainedOn:
    """How images are read for a model and which class is which; where its file says neither, as `evaluate` takes it."""
    if model.trained_on is not None:
        return model.trained_on
    return dataclasses.replace(guessed(model), class_names=class_names_of(str(path), model))


def _as_trained(path: Path, told: TrainedOn) -> tuple[np.ndarray, np.ndarray | None]:
    """Images and what is true of them, as `pellucid evaluate` takes both."""
    if are_pixels(path):
        asked = pixels_asked(path, told)
        return asked.x, None if asked.labels is None else answers_beside(asked, asked.form, told).targets
    told.require_files()
    files, targets = _files_of(path, told)
    if not files:
        raise FileError(f"{escaped(path)} has no images in it")
    rows = range(0, len(files), -(-len(files) // MOST_FILES))
    x = np.stack([told.sample(files[row]) for row in rows])
    return x, None if targets is None else targets[np.array(rows)]


def _files_of(path: Path, told: TrainedOn) -> tuple[Sequence[str], np.ndarray | None]:
    """Image files, and of which class each is, or what else is true of it, where that is known."""
    if is_table(path):
        table = usable(path, "error", told)[0].to_test()
        return table.files, table.targets
    folder, known = Path(unwrapped(path)), [spelled(name) for name in told.class_names]
    if told.kind == "classes" and known:
        folder = to_evaluate(folder, known)
        if class_folders(folder) and {spelled(name) for name in class_folders(folder)} <= set(known):
            there = photos_in(folder)
            numbers = [known.index(spelled(name)) for name in there.class_names or ()]
            return there.files, np.array([numbers[label] for label in there.labels or ()], np.int32)
    return photos_in(folder, has_classes=False).files, None


def samples_of(told: str | None, model: Model | None = None) -> tuple[Any, Any]:
    """The samples and their classes that `--data` names, None for what is not there.

    What `pellucid train` would take is read as it was for the model, where its file says how; arrays are taken as they
    are for others, and for those with several inputs, for which a file holds an array under the name of each.

    Args:
        told: the file or the folder, or the name of a data set.
        model: that is to take them.

    Raises:
        FileError: there is no such file, or it holds no samples.
    """
    if told is None:
        return None, None
    if told in RECIPES:
        _, (x, y) = find_recipe(told).load(None)
        return x, y
    inputs = [] if model is None else input_names(model)
    if model is not None and len(inputs) == 1 and _is_read_as_trained(Path(told), model):
        return _as_trained(Path(told), _told_of(Path(told), model))
    path = Path(told)
    if model is None and path.exists() and path.suffix.lower() not in ARRAYS:
        raise FileError(f"{escaped(path)} holds no arrays of NumPy's; give the model that it is read for: --model FILE")
    try:
        arrays = arrays_in(path)
    except FileNotFoundError:
        known = " or ".join(RECIPES)
        raise FileError(f"there is no file {escaped(path)}; --data is a file of NumPy's, or {known}") from None
    except (ValueError, EOFError, OSError) as error:
        raise FileError(
            f"{escaped(path)} holds no arrays of NumPy's: save the samples with numpy.savez('data.npz', x=x, y=y)"
        ) from error
    if isinstance(arrays, np.ndarray):
        return arrays, None
    if len(inputs) > 1:
        missing = [name for name in inputs if name not in arrays]
        if missing:
            called = ", ".join(f"{name}={name}" for name in inputs)
            raise FileError(
                f"{escaped(path)} holds {', '.join(sorted(arrays)) or 'no array'}; the model has the inputs "
                f"{', '.join(inputs)}: save them with numpy.savez('data.npz', {called}, y=y)"
            )
        return {name: arrays[name] for name in inputs}, arrays.get("y")
    for samples, classes in _PAIRS:
        if samples in arrays:
            return arrays[samples], arrays.get(classes)
    if len(arrays) == 1:
        return next(iter(arrays.values())), None
    raise FileError(
        f"{escaped(path)} holds {', '.join(sorted(arrays)) or 'no array'}, and none of them is called x; save the "
        "samples with numpy.savez('data.npz', x=x, y=y)"
    )
