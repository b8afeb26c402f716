"""Weights in safetensors files: our own, and the state dictionaries of PyTorch, onto a model.

Our own have the model's structure with them, so a model can be loaded from one. PyTorch's have arrays alone: they fill
a model that is there already.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.conversion.feature_order import orders_of
from pellucid.conversion.flow import Flow, flow_of
from pellucid.conversion.images_told import images_told, take_images
from pellucid.conversion.matching import IGNORED, as_float32, fill, fill_by_name, in_numbers_apart, named_weights
from pellucid.conversion.pairing import fits, paired
from pellucid.conversion.report import Report, Row
from pellucid.conversion.torch_checks import doubts
from pellucid.conversion.torch_modules import Module, Part, modules_of
from pellucid.errors import ArgumentError, FileError, nearest_names
from pellucid.formats.safetensors import SafetensorsFile, read_safetensors, write_safetensors
from pellucid.models import Model
from pellucid.models.texts import model_from_json
from pellucid.network.paths import weights_by_path
from pellucid.variables import Variable

__all__ = ["load", "load_weights", "save_weights"]

OURS = "pellucid_model"
"""Under this key the metadata of our own files have the model's structure."""
COUNTER = "num_batches_tracked"


def load(path: Path, *, custom_objects: Mapping[str, Any] | None = None, compile: bool = True) -> tuple[Model, Report]:
    """The model in a file that `save_weights` wrote; one of PyTorch's has no structure."""
    file = read_safetensors(path)
    if OURS not in file.metadata:
        raise FileError(
            "it holds weights alone, and says nothing of the model: make the model that they belong to, then "
            "model.load_weights(path); or on a command line: pellucid convert WEIGHTS OUT --onto MODEL"
        )
    model = model_from_json(file.metadata[OURS], custom_objects)
    model.require_built()
    take_images(model, file.metadata)
    return model, _fill_own(model, file, path.name, {}, skip_mismatch=False)


def save_weights(model: Model, path: Path) -> Report:
    """Write the weights of a model under their paths, with the model's structure as metadata."""
    arrays = named_weights(model)
    lost: tuple[str, ...] = ()
    metadata = {"format": "pellucid", **images_told(model)}
    try:
        metadata[OURS] = model.to_json()
    except ArgumentError as error:
        lost = (f"the structure of the model: {error}",)
    write_safetensors(path, arrays, metadata)
    return Report(f"{model.name} into {path.name}", tuple(Row(name, name, "matched") for name in arrays), lost)


def load_weights(
    model: Model, path: Path, *, names: Mapping[str, str] | None = None, skip_mismatch: bool = False
) -> Report:
    """Fill the weights of a model from a file of ours, or from a state dictionary of PyTorch's."""
    file = read_safetensors(path)
    ours = weights_by_path(model.layers)
    if OURS in file.metadata or in_numbers_apart(ours, list(file.tensors)) is not None:
        return _fill_own(model, file, path.name, names or {}, skip_mismatch=skip_mismatch)
    return _FromTorch(model, file, path.name, names or {}).fill(skip_mismatch=skip_mismatch)


def _fill_own(
    model: Model, file: SafetensorsFile, name: str, names: Mapping[str, str], *, skip_mismatch: bool
) -> Report:
    arrays = {each: file.array(each) for each in file.tensors}
    return fill_by_name(model, arrays, name, names, skip_mismatch=skip_mismatch)


class _FromTorch:
    """A state dictionary onto a model."""

    def __init__(self, model: Model, file: SafetensorsFile, name: str, names: Mapping[str, str]) -> None:
        self.model, self.file, self.name = model, file, name
        self.flow: Flow = flow_of(model)
        self.paths = {weight: path for path, weight in weights_by_path(model.layers).items()}
        self.modules = modules_of(self.flow, orders_of(self.flow))
        self.groups = _groups(file)
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
                rows += [self._missing(module, part) for part in module.parts.values()]
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
        stored = self.file.tensors[name]
        values, change = as_float32(self.file.array(name), name)
        change = "BF16 became float32" if stored.dtype == "BF16" else change
        here = np.ascontiguousarray(part.here(values))
        moved = here.shape != values.shape or not np.array_equal(here, values, equal_nan=True)
        turn = f"{stored.shape} to {here.shape}" if here.shape != stored.shape else "in another order" if moved else ""
        what = "converted" if change else "reshaped" if moved else "matched"
        return here, Row(name, self.paths[part.weight], what, "; ".join(filter(None, [how, turn, change])))

    def _missing(self, module: Module, part: Part) -> Row:
        wanted = ", ".join(f"{role} {part.shape}" for role, part in module.parts.items())
        return Row("", self.paths[part.weight], "missing", f"no module in the file has what it needs: {wanted}")

    def _left(self, used: set[str]) -> list[Row]:
        rows = []
        for name in self.file.tensors:
            group, _, role = name.rpartition(".")
            if role == COUNTER:
                rows.append(Row(name, "", "left out", IGNORED))
            elif group not in used:
                shape = self.file.tensors[name].shape
                rows.append(Row(name, "", "left out", f"no layer of the model takes an array {role} of shape {shape}"))
        return rows


def _groups(file: SafetensorsFile) -> dict[str, dict[str, tuple[int, ...]]]:
    """The modules of a file: what stands before the last point of the names of arrays."""
    groups: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, tensor in file.tensors.items():
        group, _, role = name.rpartition(".")
        if role != COUNTER:
            groups.setdefault(group, {})[role] = tensor.shape
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
