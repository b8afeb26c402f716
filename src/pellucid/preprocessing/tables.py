"""Batches of images whose files a table names: a pandas DataFrame, or anything whose columns come by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.config import image_data_format
from pellucid.errors import ArgumentError, DataError, shown, unknown_name
from pellucid.preprocessing.folders import FileIterator, is_image
from pellucid.preprocessing.iterators import Saving, subset_of
from pellucid.warned import warn

CLASS_MODES = ("categorical", "binary", "sparse", "input", "raw", "multi_output", "other", None)
OF_CLASSES = ("categorical", "binary", "sparse")


class DataFrameIterator(FileIterator):
    """Batches of the images whose files a table names.

    Args:
        dataframe: whose columns come by name, `dataframe["filename"]`: of pandas, or a dictionary of lists.
        directory: in which the files are; None where the table has whole paths.
        image_data_generator: changes the images.
        x_col: the column of the files.
        y_col: that of the targets, or several.
        weight_col: that of the weights of samples, or None.
        class_mode: "categorical", "binary" or "sparse" for names of classes ("categorical" also for lists of them),
            "raw" (or "other") for numbers, "multi_output" for several columns, "input", or None.
        classes: the names of the classes, in the order of their numbers; all there are by default, in order.
        validate_filenames: whether files that are not there, or no images, are left out, with a warning.
        target_size, color_mode, batch_size, shuffle, seed, data_format, save_to_dir, save_prefix, save_format, subset,
            interpolation, dtype: see `DirectoryIterator`.

    Raises:
        ArgumentError: a word is unknown, or there is no such column.
        DataError: there is no image.

    Source: keras.preprocessing.image.DataFrameIterator of Keras 2.2.4.
    """

    def __init__(
        self,
        dataframe: Any,
        directory: Any,
        image_data_generator: Any,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = None,
        validate_filenames: bool = True,
    ) -> None:
        if class_mode not in CLASS_MODES:
            raise unknown_name("class_mode", class_mode, [mode for mode in CLASS_MODES if mode])
        mode = "raw" if class_mode == "other" else class_mode
        names = [str(name) for name in _column(dataframe, x_col)]
        paths = [os.path.join(directory or "", name) for name in names]
        there = np.array([not validate_filenames or (is_image(p) and os.path.isfile(p)) for p in paths], bool)
        if not there.all():
            first = paths[int(np.argmin(there))]
            warn(f"flow_from_dataframe: {int((~there).sum())} files are not there or no images, the first: {first}")
        targets, kept = _targets(dataframe, y_col, mode, classes)
        there &= kept
        chosen = np.flatnonzero(there)
        chosen = chosen[subset_of(subset, len(chosen), image_data_generator.validation_split)]
        if not len(chosen):
            raise DataError("flow_from_dataframe: the table names no image that is there")
        self.filenames = [names[place] for place in chosen]
        self.class_indices, values = _numbered(targets, mode, classes, chosen)
        self.classes = self.labels = values
        super().__init__(
            [paths[place] for place in chosen], values, image_data_generator, mode, len(self.class_indices),
            target_size, color_mode, interpolation,
            None if weight_col is None else np.asarray(_column(dataframe, weight_col))[chosen],
            Saving(save_to_dir, save_prefix, save_format, data_format or image_data_format()), dtype, batch_size,
            shuffle, seed,
        )  # fmt: skip
        of_classes = f" belonging to {len(self.class_indices)} classes" if mode in OF_CLASSES else ""
        print(f"Found {self.samples} validated image filenames{of_classes}.")


def _column(table: Any, name: Any) -> list[Any]:
    """The values of a column, whatever the table is."""
    try:
        return list(table[name])
    except (KeyError, TypeError, IndexError) as error:
        known = [str(each) for each in (table if isinstance(table, dict) else getattr(table, "columns", []))]
        raise ArgumentError(f"flow_from_dataframe: the table has no column {shown(name)}; it has {known}") from error


def _targets(table: Any, y_col: Any, mode: str | None, classes: Any) -> tuple[Any, np.ndarray]:
    """The values of the targets, and which samples are of classes that are wanted."""
    count = len(table) if not isinstance(table, dict) else len(next(iter(table.values())))
    everything = np.ones(count, bool)
    if mode in (None, "input"):
        return None, everything
    if mode in ("raw", "multi_output"):
        columns = [np.asarray(_column(table, name)) for name in (y_col if isinstance(y_col, list | tuple) else [y_col])]
        if mode == "multi_output":
            return columns, everything
        return (np.stack(columns, axis=1) if isinstance(y_col, list | tuple) else columns[0]), everything
    values = _column(table, y_col)
    wanted = None if classes is None else set(classes)
    lists = [list(value) if isinstance(value, list | tuple) else [value] for value in values]
    if any(not isinstance(name, str) for names in lists for name in names):
        raise ArgumentError(
            f"flow_from_dataframe: class_mode={mode!r} takes names of classes as text; for numbers say 'raw'"
        )
    lists = [[name for name in names if wanted is None or name in wanted] for names in lists]
    return lists, np.array([bool(names) for names in lists], bool)


def _numbered(targets: Any, mode: str | None, classes: Any, chosen: np.ndarray) -> tuple[dict[str, int], Any]:
    """The number of each class, and the targets of the chosen samples."""
    if targets is None:
        return {}, None
    if mode == "multi_output":
        return {}, [column[chosen] for column in targets]
    if mode == "raw":
        return {}, targets[chosen]
    names: Sequence[str] = list(classes) if classes is not None else sorted({n for names in targets for n in names})
    indices = {name: number for number, name in enumerate(names)}
    lists = [targets[place] for place in chosen]
    if all(len(each) == 1 for each in lists):
        return indices, np.array([indices[each[0]] for each in lists], np.int64)
    table = np.zeros((len(lists), len(names)), np.float32)
    for row, each in zip(table, lists, strict=True):
        row[[indices[name] for name in each]] = 1.0
    return indices, table
