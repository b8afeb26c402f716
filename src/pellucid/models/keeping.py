"""`Model.save`: in the format that the suffix says; and a trained model is never lost, whatever goes wrong.

The last line of a script may ask for a format that is not there, a folder that is not there, a layer that a format
cannot say. Hours of training must not end with that: the model is kept as `.keras` beside, and the error says where.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from pellucid.checks import flag
from pellucid.custom import functions_numbered
from pellucid.errors import FileError, PellucidError, escaped
from pellucid.formats.paths import checked_path
from pellucid.models.other_formats import doors
from pellucid.models.saving import save_model, write_model
from pellucid.models.trained import TrainedNetwork
from pellucid.warned import warn

__all__ = ["export", "kept_on_failure", "save"]

ENDING = ".keras"
MOST_TRIES = 1000  # names that are tried: the files of as many scripts that ended so


def save(
    model: TrainedNetwork, filepath: str | os.PathLike[str] | BinaryIO, overwrite: bool, *, is_folder: bool = False
) -> None:
    """Write a model in the format of the file's suffix; see `Model.save`.

    Args:
        model: that is written.
        filepath: of the file; or a file that is open for writing bytes.
        overwrite: whether an existing file may be replaced.
        is_folder: whether a folder is made, with the parts of a `.keras` file.
    """
    with kept_on_failure(model, filepath), functions_numbered(_called(filepath)):
        if not isinstance(filepath, str | os.PathLike) and callable(getattr(filepath, "write", None)):
            write_model(model, model.stepper, filepath)
            return
        if is_folder:
            save_model(model, model.stepper, checked_path(filepath, "a folder of a model"), overwrite, is_folder=True)
            return
        path = checked_path(filepath, "a .keras file")
        if path.suffix == ENDING:
            save_model(model, model.stepper, path, overwrite)
            return
        report = doors().save(model, path, overwrite)
        if report.lost:
            warn(f"{escaped(path)}: {'; '.join(report.lost)}")


def _called(filepath: object) -> str:
    """A file as a sentence begins with it."""
    return escaped(os.fspath(filepath)) if isinstance(filepath, str | os.PathLike) else "the file"


def export(
    model: TrainedNetwork, filepath: str | os.PathLike[str], format: str | None, verbose: object, **options: Any
) -> None:
    """Write a model for another system; see `Model.export`."""
    with kept_on_failure(model, filepath):
        report = doors().export(model, filepath, format, **options)
        if verbose is not None and flag("export", "verbose", verbose):
            print(report.text())
        elif report.lost:
            warn(f"{escaped(filepath)}: {'; '.join(report.lost)}")


@contextmanager
def kept_on_failure(model: TrainedNetwork, filepath: object) -> Iterator[None]:
    """Where the block fails and the model was trained, keep it, and let the error say where.

    Args:
        model: that the block writes.
        filepath: where to; the model is kept beside it.
    """
    try:
        yield
    except Exception as error:
        kept = _kept(model, filepath) if model.built and model.runtime.step else None
        if kept is None:
            raise
        where = f"the trained model is not lost: it is kept in {escaped(kept)}"
        if isinstance(error, PellucidError):
            raise type(error)(f"{error}; {where}") from error
        if isinstance(error, OSError):
            raise FileError(f"{error}; {where}") from error
        warn(where)
        raise


def _kept(model: TrainedNetwork, filepath: object) -> Path | None:
    """Where the model was kept; None where that failed as well: what went wrong first is told then."""
    name, folder = _name_and_folder(model, filepath)
    for place in dict.fromkeys([folder, Path.cwd(), Path(tempfile.gettempdir())]):
        for ending, write in _WAYS.items():
            path = _free(place, name, ending)
            with suppress(PellucidError, OSError):
                write(model, path)
                return path
    return None


def _name_and_folder(model: TrainedNetwork, filepath: object) -> tuple[str, Path]:
    try:
        path = checked_path(filepath, "a file")
    except PellucidError:
        return model.name, Path.cwd()
    name = path.name.partition(".")[0]
    return name or model.name, path.parent


def _free(folder: Path, name: str, ending: str) -> Path:
    """A name that no file has: nothing is replaced by what nobody asked for."""
    names = (f"{name}{f'-{number}' if number else ''}{ending}" for number in range(MOST_TRIES))
    return next((folder / each for each in names if not (folder / each).exists()), folder / f"{name}{ending}")


def _whole(model: TrainedNetwork, path: Path) -> None:
    with functions_numbered(_called(path)):
        save_model(model, model.stepper, path, overwrite=False)


def _weights(model: TrainedNetwork, path: Path) -> None:
    doors().save_weights(model, path, overwrite=False)


_WAYS: dict[str, Callable[[TrainedNetwork, Path], None]] = {ENDING: _whole, ".npz": _weights}
"""How a model is kept; where a class of the user's own cannot be written down, its weights are."""
