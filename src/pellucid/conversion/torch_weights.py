"""State dictionaries of PyTorch's onto models: which array goes where, turned as it lies here, with a report."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pellucid.conversion.feature_order import orders_of
from pellucid.conversion.flow import Flow, flow_of
from pellucid.conversion.matching import IGNORED, as_float32, fill
from pellucid.conversion.pairing import fits, paired
from pellucid.conversion.report import Report, Row
from pellucid.conversion.torch_checks import doubts
from pellucid.conversion.torch_composed import plain_arrays
from pellucid.conversion.torch_modules import Module, Part, modules_of
from pellucid.errors import FileError, nearest_names
from pellucid.models import Model
from pellucid.network.paths import weights_by_path
from pellucid.variables import Variable

__all__ = ["are_of_torch", "fill_from_torch"]

COUNTER = "num_batches_tracked"
TELLING = ("weight", "running_mean")
"""What arrays are called in PyTorch's modules, and not here."""


def are_of_torch(names: Mapping[str, object]) -> bool:
    """Whether arrays are called as in a state dictionary."""
    return any(name.rpartition(".")[2] in TELLING for name in names)


def fill_from_torch(
    model: Model,
    arrays: Mapping[str, np.ndarray],
    file: str,
    names: Mapping[str, str] | None = None,
    *,
    skip_mismatch: bool = False,
    narrow: frozenset[str] = frozenset(),
) -> Report:
    """Fill the weights of a model from a state dictionary.

    Args:
        model: that is filled.
        arrays: by name, as they lie in PyTorch.
        file: the name of the file that they come from.
        names: for modules or arrays the layer or weight that takes them, where names and shapes do not say it.
        skip_mismatch: whether what finds no partner is left, with a warning.
        narrow: the names of arrays that the file held in 16 bits as BF16.

    Raises:
        FileError: something does not fit, or could be either way round; nothing has changed then.
    """
    return _FromTorch(model, plain_arrays(arrays), file, names or {}, narrow).fill(skip_mismatch=skip_mismatch)


class _FromTorch:
    """A state dictionary onto a model."""

    def __init__(
        self,
        model: Model,
        arrays: Mapping[str, np.ndarray],
        name: str,
        names: Mapping[str, str],
        narrow: frozenset[str],
    ) -> None:
        self.model, self.arrays, self.name, self.narrow = model, arrays, name, narrow
        self.flow: Flow = flow_of(model)
        self.paths = {weight: path for path, weight in weights_by_path(model.layers).items()}
        self.modules = modules_of(self.flow, orders_of(self.flow))
        self.groups = _groups(arrays)
        self.told = _told(names, self.groups, self.modules)

    def fill(self, *, skip_mismatch: bool) -> Report:
        """Pair, check, write."""
        by_name = self.told | _by_name(self.modules, self.groups, self.told)
        modules = [module for module in self.modules if module not in by_name]
        groups = {name: shapes for name, shapes in self.groups.items() if name not in by_name.values()}
        by_shape = paired(modules, groups, self.flow)
        found: list[tuple[Variable, np.ndarray]] = []
        rows: list[Row] = []
        for module in self.modules:
            name = by_name.get(module) or by_shape.get(module)
            how = "by name" if module in by_name else "by shape and order"
            if name is None:
                used = {*by_name.values(), *by_shape.values()}
                rows += [self._missing(module, part, used) for part in module.parts.values()]
                continue
            for role, part in module.parts.items():
                values, row = self._one(name, role, part, how)
                found.append((part.weight, values))
                rows.append(row)
        rows += self._left({*by_name.values(), *by_shape.values()})
        lost = tuple(doubts(self.flow))
        report = Report(f"{self.name} into {self.model.name}", tuple(rows), lost)
        return fill(self.model, found, report, self.name, skip_mismatch=skip_mismatch)

    def _one(self, group: str, role: str, part: Part, how: str) -> tuple[np.ndarray, Row]:
        """The values of one weight, and what is said of it."""
        name = f"{group}.{role}" if group else role
        if role not in self.groups[group]:
            why = f"PyTorch's module has no {role}: {part.neutral:g} computes the same"
            row = Row("", self.paths[part.weight], "converted", why)
            return np.full(part.weight.shape, part.neutral, np.float32), row
        stored = self.arrays[name]
        values, change = as_float32(stored, name)
        change = "bfloat16 became float32" if name in self.narrow else change
        here = part.here(values)  # a view where it can be: the file is in memory once
        moved = here.shape != values.shape or not np.array_equal(here, values, equal_nan=True)
        turn = f"{stored.shape} to {here.shape}" if here.shape != stored.shape else "in another order" if moved else ""
        what = "converted" if change else "reshaped" if moved else "matched"
        return here, Row(name, self.paths[part.weight], what, "; ".join(filter(None, [how, turn, change])))

    def _missing(self, module: Module, part: Part, used: set[str]) -> Row:
        """What is said of a weight for which there is nothing, with the module that comes nearest."""
        wanted = {role: module.parts[role].shape for role in TELLING if role in module.parts}
        near = [
            f"{name!r} has {_shapes(shapes)}"
            for name, shapes in self.groups.items()
            if name not in used and any(shapes.get(role) == shape for role, shape in wanted.items())
        ]
        more = f"; {near[0]}" if near else ""
        why = f"no module in the file has what it needs, {_needs(module)}{more}"
        return Row("", self.paths[part.weight], "missing", why)

    def _left(self, used: set[str]) -> list[Row]:
        rows = []
        for name, array in self.arrays.items():
            group, _, role = name.rpartition(".")
            if role == COUNTER:
                rows.append(Row(name, "", "left out", IGNORED))
            elif group not in used:
                why = f"no layer of the model takes an array {role} of shape {array.shape}"
                rows.append(Row(name, "", "left out", why))
        return rows


def _groups(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, tuple[int, ...]]]:
    """The modules of a file: what stands before the last point of the names of arrays."""
    groups: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, array in arrays.items():
        group, _, role = name.rpartition(".")
        if role != COUNTER:
            groups.setdefault(group, {})[role] = array.shape
    return groups


def _told(
    names: Mapping[str, str], groups: Mapping[str, Mapping[str, tuple[int, ...]]], modules: list[Module]
) -> dict[Module, str]:
    """The partners that a map says: modules, or arrays, of the file for layers, or weights, of the model.

    Raises:
        FileError: it names what is not there, or what does not fit.
    """
    places = {path: module for module in reversed(modules) for path in _paths(module)}
    found: dict[Module, str] = {}
    for name, path in names.items():
        group = name if name in groups else name.rpartition(".")[0]
        module = places.get(path)
        if group not in groups or (name != group and name.rpartition(".")[2] not in groups[group]):
            raise FileError(f"names: the file has no {name!r}{_near(name, [*groups])}")
        if module is None:
            raise FileError(f"names: the model has no {path!r} with weights{_near(path, [*places])}")
        if not fits(module, groups[group]) or found.get(module, group) != group:
            raise FileError(f"names: {group!r} has {_shapes(groups[group])}; {path!r} needs {_needs(module)}")
        found[module] = group
    twice = [group for group in found.values() if [*found.values()].count(group) > 1]
    if twice:
        raise FileError(f"names: two layers of the model would take {twice[0]!r}")
    return found


def _paths(module: Module) -> list[str]:
    """What a map may call a module: its layer, a part of that, or one of its weights."""
    last = [part.weight.path.rpartition("/")[2] for part in module.parts.values()]
    return [module.path, *(f"{module.path}/{name}" for name in [module.end, *last] if name)]


def _by_name(
    modules: list[Module], groups: Mapping[str, Mapping[str, tuple[int, ...]]], told: Mapping[Module, str]
) -> dict[Module, str]:
    """The partners that bear one name: "layer1.0.conv1" is "layer1/0/conv1" or "layer1_0_conv1"."""
    shared = _shared_start(list(groups))
    names = {_plain(name.removeprefix(shared)): name for name in groups} | {_plain(name): name for name in groups}
    found: dict[Module, str] = {}
    for module in modules:
        name = names.get(_plain(f"{module.path}/{module.end}" if module.end else module.path))
        if name is not None and module not in told and name not in told.values() and fits(module, groups[name]):
            found[module] = name
    return found


def _plain(name: str) -> str:
    return name.replace("/", "_").replace(".", "_")


def _shared_start(names: list[str]) -> str:
    """What all names begin with, up to a point: "module." """
    first = names[0].partition(".")[0] + "." if names else ""
    return first if all(name.startswith(first) for name in names) else ""


def _shapes(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{role} {shape}" for role, shape in shapes.items())


def _needs(module: Module) -> str:
    return _shapes({role: part.shape for role, part in module.parts.items()})


def _near(name: str, known: list[str]) -> str:
    near = nearest_names(name, known, most=1)
    return f"; the nearest is {near[0]!r}" if near else ""
