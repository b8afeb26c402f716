"""Samples and their classes for commands: from a file of NumPy's, or those that a training command knows by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model
from pellucid.cli.recipes import RECIPES, find_recipe
from pellucid.errors import FileError, escaped
from pellucid.inspection.sample_files import arrays_in

DATA = Annotated[
    str | None,
    typer.Option(help=f"Samples: a file of NumPy's, .npz with x and y or .npy with x; or {' or '.join(RECIPES)}."),
]
_PAIRS = (("x", "y"), ("x_test", "y_test"), ("x_val", "y_val"), ("x_train", "y_train"))


def input_names(model: Model) -> list[str]:
    """The names of a model's inputs, under which a file holds what they are given."""
    return [tensor.call.layer.name for tensor in model.inputs]


def samples_of(told: str | None, inputs: Sequence[str] = ()) -> tuple[Any, Any]:
    """The samples and their classes that `--data` names, None for what is not there.

    Args:
        told: the file, or the name of a data set.
        inputs: names of a model's, where it has several: then the file holds an array for each under its name.

    Raises:
        FileError: there is no such file, or it holds no samples.
    """
    if told is None:
        return None, None
    if told in RECIPES:
        _, (x, y) = find_recipe(told).load(None)
        return x, y
    path = Path(told)
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
