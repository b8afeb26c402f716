"""The doors to files of all formats: what a file holds decides how it is read, its suffix how it is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pellucid.checks import flag, mapping_of, object_of, whole, word
from pellucid.conversion.images_told import LOST
from pellucid.conversion.report import Report
from pellucid.conversion.table import Format, by_content, by_suffix, known_suffixes
from pellucid.errors import ArgumentError, DataError, FileError, escaped, of_file
from pellucid.formats.keras_v3 import DEFAULT_MAX_BYTES
from pellucid.formats.paths import checked_path
from pellucid.models import Model
from pellucid.models.loading import about_file
from pellucid.provenance import HANDED, LONGEST, Event, file_name

__all__ = ["by_suffix", "convert", "export", "load", "load_weights", "save", "save_weights"]

PathLike = str | os.PathLike[str]


def load(
    filepath: PathLike,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> tuple[Model, Report]:
    """Read a model from a file of any format, with a report; `load_model` gives the model alone.

    Args:
        filepath: of the file; what is in it decides the format, not its name.
        custom_objects: classes and functions of your own that the file names, by those names.
        compile: whether to compile the model as it was when it was saved, where the file says so.
        max_bytes: how much the weights may take [bytes]; see `load_model`.

    Returns:
        the model, and what became of what was in the file.

    Raises:
        FileError: the file is missing, damaged, or holds something that cannot be read; the message says what, and
            what to type in the system that wrote it.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Sequential([layers.Input((4,)), layers.Dense(3, name="out")]).save(f"{folder}/model.keras")
        ...     model, report = load(f"{folder}/model.keras")
        >>> report.count("matched")
        2
    """
    path = checked_path(filepath, "a file of a model")
    row = _row(path)
    function = row.function("load", path)
    flag("load", "compile", compile)
    whole("load", "max_bytes", max_bytes, 1)
    with about_file(escaped(path), max_bytes):
        model, report = function(path, custom_objects=custom_objects, compile=compile, max_bytes=max_bytes)
    _tell_stories(model, path)
    return model, report


def _tell_stories(model: Model, path: Path) -> None:
    """Let the weights that a converter handed to its layers tell from which file they came."""
    for weight in model.weights:
        if weight.story.of().events[-1:] == (HANDED,):
            weight.story.begin(Event("loaded", file_name(path), weight.path.rpartition("/")[0][:LONGEST]))


def save(model: Model, filepath: PathLike, overwrite: bool = True) -> Report:
    """Write a model in the format that the end of the file's name says, with a report; `model.save` gives none.

    Args:
        model: a built model.
        filepath: of the file.
        overwrite: whether an existing file may be replaced.

    Returns:
        what became of each part, and what the format cannot say.

    Raises:
        ArgumentError: no format that is written has such an end, or the format cannot say what a layer does.
        FileError: the file exists and may not be replaced, or the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3, name="out")], name="small")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     print(save(model, f"{folder}/model.keras").text())
        small into model.keras: 2 matched
          out/kernel  out/kernel  matched
          out/bias    out/bias    matched
    """
    path = checked_path(filepath, "a file of a model")
    object_of("save", model, Model, "a model").require_built()
    row = by_suffix(path, "save")
    _may_write(path, overwrite, "save")
    return _saved(row, model, path)


def _saved(row: Format, model: Model, path: Path, **options: Any) -> Report:
    """Write a model in a format, and say what is lost of what it knows of its images."""
    report: Report = row.function("save", path)(model, path, **options)
    if model.trained_on is None or row.keeps_images:
        return report
    return Report(report.title, report.rows, (*report.lost, LOST))


EXPORTS = {"onnx": ".onnx", "torch": ".py"}
"""The formats of `export`, and how their files end."""


def export(model: Model, filepath: PathLike, format: str | None = None, **options: Any) -> Report:
    """Write a model for running it in another system, with a report; `model.export` gives none.

    Args:
        model: a built model.
        filepath: of the file.
        format: "onnx" or "torch"; None: as the end of the file's name says.
        options: of ONNX: opset_version, batch_size and input_shape, see `Model.export`.

    Returns:
        what became of each part, and what the format cannot say.

    Raises:
        ArgumentError: an unknown format, another ending, an option that the format does not have, or a layer that it
            cannot say.
        FileError: the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3, name="out")], name="small")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     print(export(model, f"{folder}/small.py", "torch").text())
        small into small.py and small.safetensors: 1 matched, 1 reshaped
          out/kernel  out.weight  reshaped  (4, 3) to (3, 4)
          out/bias    out.bias    matched
    """
    path = checked_path(filepath, "a file of a model")
    if format is not None and path.suffix != EXPORTS[word("export", "format", format, EXPORTS)]:
        raise ArgumentError(f"{escaped(path)} should end in {EXPORTS[format]!r}, as files of format {format!r} do")
    if path.suffix not in EXPORTS.values():
        listed = " or ".join(f"{end!r} ({name})" for name, end in EXPORTS.items())
        raise ArgumentError(f"{escaped(path)}: models are exported to files that end in {listed}")
    given = {name: value for name, value in options.items() if value is not None}
    row = by_suffix(path, "save")
    unknown = sorted(set(given) - set(row.save_options))
    if unknown:
        raise ArgumentError(f"export: {unknown[0]} means nothing for {row.what}; it is for '.onnx'")
    object_of("export", model, Model, "a model").require_built()
    return _saved(row, model, path, **given)


def load_weights(model: Model, filepath: PathLike, *, names: Mapping[str, str] | None = None, **options: Any) -> Report:
    """Fill the weights of a model from a file of any format: all that the file must give, or none.

    Args:
        model: that knows its input.
        filepath: of the file; what is in it decides the format.
        names: the weight of the model, by its path ("conv2d/kernel"), for names in the file; without it weights find
            each other by their names, else by shape and order.
        options: what else `Model.load_weights` takes for this format.

    Returns:
        what became of each array.

    Raises:
        ArgumentError: the format does not know an option.
        FileError: the file is missing, damaged, or does not fit; nothing has changed then.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers
        >>> first, second = (Sequential([layers.Input((4,)), layers.Dense(3, name="out")]) for _ in range(2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     report = save_weights(first, f"{folder}/weights.npz")
        ...     load_weights(second, f"{folder}/weights.npz").count("matched")
        2
    """
    path = checked_path(filepath, "a file of weights")
    object_of("load_weights", model, Model, "a model").require_built()
    row = _row(path)
    if names is not None:
        options["names"] = mapping_of("load_weights", "names", names)
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    function = row.function("load_weights", path)
    unknown = sorted(set(given) - set(row.options))
    if unknown:
        raise ArgumentError(
            f"load_weights: {escaped(path)} is {row.what}, for which {unknown[0]} means nothing; "
            f"known there: {', '.join(row.options) or 'no options'}"
        )
    try:
        report: Report = function(model, path, **given)
    except (ArgumentError, DataError, FileError) as error:
        raise of_file(escaped(path), error) from error
    return report


def save_weights(model: Model, filepath: PathLike, overwrite: bool = True) -> Report:
    """Write the weights of a model in the format that the end of the file's name says, with a report.

    Args:
        model: a built model.
        filepath: of the file.
        overwrite: whether an existing file may be replaced.

    Returns:
        what became of each weight.

    Raises:
        ArgumentError: no format of weights has such an end.
        FileError: the file exists and may not be replaced, or the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3, name="out")], name="small")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(model, f"{folder}/small.npz").count("matched")
        2
    """
    path = checked_path(filepath, "a file of weights")
    object_of("save_weights", model, Model, "a model").require_built()
    row = by_suffix(path, "save_weights", folder=_is_folder(filepath))
    _may_write(path, overwrite, "save_weights")
    report: Report = row.function("save_weights", path)(model, path)
    return report


def convert(
    source: PathLike,
    target: PathLike,
    *,
    onto: Model | None = None,
    names: Mapping[str, str] | None = None,
    overwrite: bool = True,
) -> Report:
    """Read a model from one file and write it to another.

    Args:
        source: a file of a model; or of weights alone, with `onto`.
        target: the end of its name says the format.
        onto: the model that the weights in `source` belong to; they fill it.
        names: see `load_weights`.
        overwrite: whether an existing file may be replaced.

    Returns:
        what became of everything on the way, and what was lost.

    Raises:
        ArgumentError, FileError: see `load` and `save`.

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3, name="out")], name="small")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(f"{folder}/model.keras")
        ...     convert(f"{folder}/model.keras", f"{folder}/weights.npz").count("matched")
        2
    """
    path = checked_path(target, "a file of a model")
    weights_alone = _saves_weights_alone(path, folder=_is_folder(target))
    _may_write(path, overwrite, "convert")
    if onto is None and names is not None:
        raise ArgumentError("convert: names say which weights of a model take what; give the model too: onto=...")
    if onto is None:
        model, read = load(source)
    else:
        model, read = object_of("convert", onto, Model, "a model"), load_weights(onto, source, names=names)
    model.require_built()
    written = save_weights(model, target) if weights_alone else save(model, target)
    if weights_alone and onto is None:
        row = by_suffix(path, "save_weights", folder=_is_folder(target))
        written = replace(written, lost=(*written.lost, *_left_behind(model, row)))
    return read.followed_by(written, f"{checked_path(source, 'a file').name} into {path.name}")


LEFT_BEHIND = {
    "structure": "the structure of the model, and how it was compiled: the file holds weights alone",
    "optimizer": "what its optimiser remembers",
    "images": LOST,
}
"""What is lost of a model of which weights alone are written."""


def _left_behind(model: Model, row: Format) -> list[str]:
    """What a model has, and its weights alone in a file of this format do not say."""
    has = {"structure": True, "optimizer": model.stepper is not None, "images": model.trained_on is not None}
    return [told for what, told in LEFT_BEHIND.items() if has[what] and what not in row.beside]


def _is_folder(path: PathLike) -> bool:
    return os.fspath(path).endswith(("/", os.sep)) or Path(path).is_dir()


def _saves_weights_alone(path: Path, *, folder: bool) -> bool:
    """Whether only weights are written to files of this name; models are where both can be."""
    try:
        by_suffix(path, "save")
    except ArgumentError as error:
        try:
            by_suffix(path, "save_weights", folder=folder)
        except ArgumentError:
            raise ArgumentError(f"{error}; {known_suffixes('save_weights')}") from None
        return True
    return False


def _row(path: Path) -> Format:
    row = by_content(path)
    return row if row is not None else by_suffix(Path("model.keras"), "save")  # whose reader says what came instead


def _may_write(path: Path, overwrite: object, owner: str) -> None:
    if not flag(owner, "overwrite", overwrite) and path.exists() and not path.is_dir():
        raise FileError(f"{escaped(path)} exists; pass overwrite=True to replace it")
