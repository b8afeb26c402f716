"""Arrays with names onto the weights of a model that has the same names: files that Pellucid wrote, and like ones.

All weights are filled or, where something does not fit, none. Names that nobody gave ("conv2d", "conv2d_1") count on
within a process, so names that differ in such numbers alone are matched in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pellucid.arraylike import first_odd
from pellucid.conversion.report import Report, Row
from pellucid.errors import FileError, nearest_names
from pellucid.models import Model
from pellucid.network.paths import unnumbered, weights_by_path
from pellucid.provenance import LONGEST, Event
from pellucid.variables import Variable, read_all, write_all
from pellucid.warned import warn

__all__ = ["as_float32", "fill", "fill_by_name", "named_weights"]


def named_weights(model: Model) -> dict[str, np.ndarray]:
    """The weights of a model by their paths, in order."""
    weights = weights_by_path(model.layers)
    return dict(zip(weights, read_all(list(weights.values())), strict=True))


def fill_by_name(
    model: Model,
    arrays: Mapping[str, np.ndarray],
    file: str,
    names: Mapping[str, str] | None = None,
    *,
    skip_mismatch: bool = False,
) -> Report:
    """Fill the weights of a model with arrays of the same layout.

    Args:
        model: that is filled.
        arrays: by name: the paths of weights, with a point for "/" if need be.
        file: the name of the file that they come from.
        names: for names in the file the path of the weight, where that is another.
        skip_mismatch: whether weights that find nothing that fits stay as they are.

    Raises:
        FileError: an array finds no weight, a weight no array, or the shapes differ; nothing has changed then.
    """
    weights = weights_by_path(model.layers)
    given = renamed(arrays, names or {}, weights)
    partners = in_numbers_apart(weights, list(given)) or {path: weights[path] for path in given if path in weights}
    of_weight = {weight: path for path, weight in partners.items()}
    rows, found = [], []
    for path, weight in weights.items():
        name = of_weight.get(weight, "")
        array = given.get(name)
        if array is None:
            rows.append(Row("", path, "missing", f"the file has no array of this name{_near(path, list(arrays))}"))
        elif array.shape != weight.shape:
            rows.append(Row(name, path, "left out", f"it has shape {array.shape}, the weight {weight.shape}"))
        else:
            values, how = as_float32(array, name)
            found.append((weight, values))
            rows.append(Row(name, path, "converted" if how else "matched", how))
    unknown = [name for name in given if name not in partners]
    rows += [Row(name, "", "left out", "the model has no weight of this name") for name in unknown]
    return fill(model, found, Report(f"{file} into {model.name}", tuple(rows)), file, skip_mismatch=skip_mismatch)


def fill(
    model: Model,
    found: Sequence[tuple[Variable, np.ndarray]],
    report: Report,
    file: str,
    *,
    skip_mismatch: bool = False,
) -> Report:
    """Write what was found into the weights of a model, if the report has no row that says otherwise.

    Args:
        model: whose weights they are.
        found: the weights with their values.
        report: what becomes of everything.
        file: the name of the file.
        skip_mismatch: whether what is left out or missing is left, with a warning.

    Raises:
        FileError: something is left out or missing; nothing has changed then.
    """
    problems = [row for row in report.rows if row.what in ("left out", "missing") and row.why != IGNORED]
    if problems and not (skip_mismatch and found):
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        where = f"{first.source or first.target}: {first.why}"
        raise FileError(f"does not fit {model.label}: {where}{more}; nothing was loaded")
    if problems:
        warn(f"{file}: {len(problems)} arrays or weights were left: " + "; ".join(map(_told, problems[:5])))
    write_all([weight for weight, _ in found], [values for _, values in found])
    for weight, values in found:
        weight.story.begin(Event("loaded", file[:LONGEST], weight.path.rpartition("/")[0][:LONGEST]))
        odd = first_odd(values)
        if odd is not None:
            warn(f"{file}: {weight.path}: the value {odd}, as in a training that has diverged")
    return report


def in_numbers_apart(weights: Mapping[str, Variable], given: Sequence[str]) -> dict[str, Variable] | None:
    """The weights for names that are theirs but for the numbers that automatic names end with; None where they are
    not.

    Those that are alike but for numbers are matched in the order of the numbers: files may have sorted their names.

    Args:
        weights: of a model, by path.
        given: names; a point may stand for "/".

    Example:
        >>> from pellucid import Sequential, layers
        >>> from pellucid.network.paths import weights_by_path
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="d_9"), layers.Dense(1, name="d_10")])
        >>> weights = weights_by_path(model.layers)
        >>> found = in_numbers_apart(weights, ["d.bias", "d.kernel", "d_1.bias", "d_1.kernel"])
        >>> found["d.kernel"] is weights["d_9/kernel"], found["d_1.bias"] is weights["d_10/bias"]
        (True, True)
    """
    mine, theirs = _alike(weights), _alike(given)
    if {key: len(names) for key, names in mine.items()} != {key: len(names) for key, names in theirs.items()}:
        return None
    return {name: weights[path] for key, names in theirs.items() for name, path in zip(names, mine[key], strict=True)}


def _alike(names: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """Names by what they are without numbers at the ends of their parts; each list in the order of the numbers."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        found.setdefault(tuple(map(unnumbered, _parts(name))), []).append(name)
    return {key: sorted(alike, key=_numbers) for key, alike in found.items()}


def _parts(name: str) -> list[str]:
    return re.split("[./]", name)


def _numbers(name: str) -> list[int]:
    """The number at the end of each part; 0 where there is none."""
    return [int(part.rpartition("_")[2]) if unnumbered(part) != part else 0 for part in _parts(name)]


IGNORED = "it says nothing about the weights"
"""Why an array is left out without harm."""


def as_float32(array: np.ndarray, name: str) -> tuple[np.ndarray, str]:
    """An array as weights are kept, and what was done to it for that; "" where nothing was.

    Raises:
        FileError: it holds no real numbers, or such as float32 cannot hold.
    """
    if array.dtype.kind not in "fiu":
        raise FileError(f"{name} holds {array.dtype}; weights are real numbers")
    if array.dtype == np.float32:
        return array, ""
    with np.errstate(over="ignore"):
        values = array.astype(np.float32)
    if array.dtype.kind in "iu" and not np.array_equal(values.astype(array.dtype), array):
        raise FileError(f"{name} holds whole numbers that float32 cannot hold; they are no weights")
    if np.isinf(values).sum() != np.isinf(array).sum():
        raise FileError(f"{name} holds {array.dtype} numbers that are too large for float32")
    return values, f"{array.dtype} became float32"


def renamed(
    arrays: Mapping[str, np.ndarray], names: Mapping[str, str], weights: Mapping[str, Variable]
) -> dict[str, np.ndarray]:
    """The arrays under the paths of weights, where a map says so or the name is one with points.

    Raises:
        FileError: the map names what is not there, or leads two arrays to one weight.
    """
    for name, path in names.items():
        if name not in arrays:
            raise FileError(f"names: there is no array {name!r} in it{_near(name, list(arrays))}")
        if path not in weights:
            raise FileError(f"names: the model has no weight {path!r}{_near(path, list(weights))}")
    with_points = {path.replace("/", "."): path for path in weights}
    found = {names.get(name, name if name in weights else with_points.get(name, name)): name for name in arrays}
    if len(found) < len(arrays):
        raise FileError("names: two arrays lead to one weight")
    return {path: arrays[name] for path, name in found.items()}


def _near(name: str, known: Sequence[str]) -> str:
    near = nearest_names(name, known, most=1)
    return f"; the nearest is {near[0]!r}" if near else ""


def _told(row: Row) -> str:
    return f"{row.source or row.target}: {row.why}"
