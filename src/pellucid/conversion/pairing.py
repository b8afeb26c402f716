"""Which module of a PyTorch file is which layer of a model, where names do not say it: by shapes, and by order.

A module that alone has its shapes belongs to the layer that alone has them. Of several alike, those whose names differ
in numbers alone ("features.0", "features.3"; "layer1.0.conv1", "layer1.0.conv2") come in the order of the numbers, if
their layers stand one behind the other. What normalises the result of a layer belongs to the module beside that of the
layer. What is left then could be either way round: it is not guessed.

A file does not tell in which order its modules run, only their names, and safetensors files sort those.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from pellucid.conversion.flow import Flow
from pellucid.conversion.torch_modules import Module
from pellucid.errors import FileError

__all__ = ["Groups", "fits", "paired"]

Groups = Mapping[str, Mapping[str, tuple[int, ...]]]
"""For each module of a file, by its name, the shapes of its arrays."""


def fits(module: Module, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether arrays of these names and shapes are all that a module has, or what it can do without is missing.

    Args:
        module: of the model.
        shapes: of a module in the file.
    """
    known = all(role in module.parts and module.parts[role].shape == shape for role, shape in shapes.items())
    return known and all(part.neutral is not None or role in shapes for role, part in module.parts.items())


def paired(modules: Sequence[Module], groups: Groups, flow: Flow) -> dict[Module, str]:
    """For each module that has a partner the name of that.

    Args:
        modules: of the model, without those whose partners are known.
        groups: of the file, likewise.
        flow: of the model.

    Raises:
        FileError: several would fit each other, and nothing says which is which.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> from pellucid.conversion.feature_order import orders_of
        >>> from pellucid.conversion.flow import flow_of
        >>> from pellucid.conversion.torch_modules import modules_of
        >>> flow = flow_of(Sequential([layers.Input((4,)), layers.Dense(4, name="a"), layers.Dense(4, name="b")]))
        >>> shapes = {"weight": (4, 4), "bias": (4,)}
        >>> found = paired(modules_of(flow, orders_of(flow)), {"fc10": shapes, "fc2": shapes}, flow)
        >>> {module.path: name for module, name in found.items()}
        {'a': 'fc2', 'b': 'fc10'}
    """
    search = _Search(modules, groups, flow)
    while any(rule() for rule in (search.one_to_one, search.in_order, search.in_place, search.beside, search.next_to)):
        pass
    search.check_order()
    search.check_norms_follow()
    search.check_nothing_is_open()
    return search.found


class _Search:
    """What is known so far, and the rules by which it grows; each says whether it found something."""

    def __init__(self, modules: Sequence[Module], groups: Groups, flow: Flow) -> None:
        self.modules, self.groups, self.flow = list(modules), groups, flow
        self.before = _ancestors(flow)
        self.found: dict[Module, str] = {}
        self.sure: set[Module] | None = None  # those found before norms were first taken to follow their layers
        self.could = {module: [name for name in groups if fits(module, groups[name])] for module in modules}

    def open(self) -> dict[Module, list[str]]:
        """For each module without a partner those that could be."""
        taken = set(self.found.values())
        waiting = [module for module in self.modules if module not in self.found]
        could = {module: [name for name in self.could[module] if name not in taken] for module in waiting}
        return {module: names for module, names in could.items() if names}

    def one_to_one(self) -> bool:
        """Those that can only be each other's."""
        could = self.open()
        wanted = [name for names in could.values() for name in names]
        sure = {module: names[0] for module, names in could.items() if len(names) == 1 and wanted.count(names[0]) == 1}
        self.found |= sure
        return bool(sure)

    def in_order(self) -> bool:
        """As many modules as layers, alike, whose names differ in numbers, with layers one behind the other."""
        alike: dict[tuple[str, ...], list[Module]] = {}
        for module, names in self.open().items():
            alike.setdefault(tuple(sorted(names)), []).append(module)
        for same, modules in alike.items():
            names = list(same)
            if len(names) == len(modules) and len(set(map(_form, names))) == 1 and self._are_in_a_row(modules):
                ordered = sorted(modules, key=lambda module: (module.use, module.end))
                self.found |= zip(ordered, sorted(names, key=_numbers), strict=True)
                return True
        return False

    def in_place(self) -> bool:
        """In one part of a network ("blocks.0.1") as many norms as layers whose results they take: in that order."""
        norms: dict[str, list[Module]] = {}
        could = self.open()
        for module in could:
            source = self._source(module)
            if source is not None and _is_flat(module):
                norms.setdefault(_place(self.found[source]), []).append(module)
        for place, modules in norms.items():
            known = {name for module in modules for name in could[module] if _place(name) == place}
            names = sorted(known, key=_numbers)
            ordered = sorted(modules, key=lambda module: module.use)
            pairs = list(zip(ordered, names, strict=False))
            fit = all(name in could[module] for module, name in pairs)
            if len(names) == len(modules) and len(set(map(_form, names))) == 1 and fit and self._are_in_a_row(modules):
                self._take_to_follow(dict(pairs))
                return True
        return False

    def beside(self) -> bool:
        """What takes the result of a layer whose module is known, and normalises or bends it: the module beside."""
        for module, names in self.open().items():
            source = self._source(module)
            if source is None or not _is_flat(module):
                continue
            near = [name for name in names if _are_beside(self.found[source], name, self.groups)]
            if len(near) == 1:
                self._take_to_follow({module: near[0]})
                return True
        return False

    def _take_to_follow(self, norms: Mapping[Module, str]) -> None:
        self.sure = set(self.found) if self.sure is None else self.sure
        self.found |= norms

    def next_to(self) -> bool:
        """What follows a layer whose module is known: the module with the next number, of the same name else."""
        for module, names in self.open().items():
            source = self._source(module, through_norms=True)
            near = [] if source is None else [name for name in names if _follows(self.found[source], name)]
            if len(near) == 1:
                self.found[module] = near[0]
                return True
        return False

    def check_order(self) -> None:
        """Names that differ in numbers alone must not run against the model."""
        pairs = sorted(self.found.items(), key=lambda item: _numbers(item[1]))
        for place, (first, name) in enumerate(pairs):
            for second, later in pairs[place + 1 :]:
                if _form(name) == _form(later) and self.before[first.use] >> second.use & 1:
                    raise FileError(_ambiguous(first, [name, later]))

    def check_norms_follow(self) -> None:
        """In some networks norms come before the layer of their part, not behind: it must not fit that way as well."""
        unsure = set() if self.sure is None else set(self.found) - self.sure
        guessed = [module for module in self.modules if module in unsure and _is_flat(module)]
        names, others = [self.found[module] for module in guessed], dict[Module, str]()
        takers = {module: self._taker(module) for module in guessed}
        places = {module: None if taker is None else _place(self.found[taker]) for module, taker in takers.items()}
        for place in set(places.values()):  # None: at the end of the model, hence of no part that others are in
            modules = sorted((each for each in places if places[each] == place), key=lambda module: module.use)
            here = [name for name in names if (_place(name) if _place(name) in places.values() else None) == place]
            if len(here) == len(modules):
                others |= zip(modules, sorted(here, key=_numbers), strict=True)
        fits_so = len(others) == len(guessed) and all(
            name in self.could[module] and self._may_precede(name, takers[module]) for module, name in others.items()
        )
        for module in guessed if fits_so else ():
            if others[module] != self.found[module]:
                raise FileError(_ambiguous(module, [self.found[module], others[module]]))

    def _may_precede(self, name: str, taker: Module | None) -> bool:
        """Whether a norm of that name may belong to the layer that takes its result: of one number, if numbers tell."""
        number = _numbers(name.rpartition(".")[2])
        alike = [
            group
            for group, shapes in self.groups.items()
            if _place(group) == _place(name) and group != name and _numbers(group.rpartition(".")[2]) == number
            and any(len(shape) > 1 for shape in shapes.values())
        ]  # fmt: skip
        return not number or not alike or (taker is not None and self.found.get(taker) in alike)

    def _taker(self, module: Module) -> Module | None:
        """The first layer behind a norm whose partner is known, and which is no norm."""
        known = {each.use: each for each in self.modules if each in self.found and not _is_flat(each)}
        waiting = [module.use]
        while waiting:
            number = waiting.pop(0)
            if number in known:
                return known[number]
            waiting += self.flow.takers(number)
        return None

    def check_nothing_is_open(self) -> None:
        """Several that could be each other's partners are not guessed."""
        for module, names in self.open().items():
            raise FileError(_ambiguous(module, names))

    def _are_in_a_row(self, modules: Sequence[Module]) -> bool:
        ordered = sorted(modules, key=lambda module: module.use)
        pairs = itertools.pairwise(ordered)
        return all(a.use == b.use or self.before[b.use] >> a.use & 1 for a, b in pairs)

    def _source(self, module: Module, *, through_norms: bool = False) -> Module | None:
        """The module with a known partner whose result a module takes, through layers without weights."""
        by_use = {each.use: each for each in self.modules}
        number = module.use
        while len(self.flow.uses[number].sources) == 1:
            number = self.flow.uses[number].sources[0]
            found = by_use.get(number)
            if found is not None and not (through_norms and _is_flat(found)):
                return found if found in self.found else None
        return None


def _is_flat(module: Module) -> bool:
    """Whether all arrays have one axis, as those of norms and of PReLU have."""
    return all(len(part.shape) == 1 for part in module.parts.values())


def _place(name: str) -> str:
    return name.rpartition(".")[0]


def _ancestors(flow: Flow) -> list[int]:
    """For each use a number whose bits say which uses come before it."""
    before: list[int] = []
    for use in flow.uses:
        bits = 0
        for source in use.sources:
            bits |= before[source] | 1 << source
        before.append(bits)
    return before


def _form(name: str) -> str:
    """A name without its numbers: "layer#.#.conv#"."""
    return re.sub(r"\d+", "#", name)


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


def _are_beside(name: str, other: str, groups: Groups) -> bool:
    """Whether a module's name says that it stands beside another: "conv1" and "bn1", "0" and "1", "conv" and "norm"."""
    (place, _, last), (other_place, _, other_last) = name.rpartition("."), other.rpartition(".")
    if place != other_place:
        return False
    if last.isdigit() and other_last.isdigit():
        later = [int(each.rpartition(".")[2]) for each in groups if _is_numbered(each, place, above=int(last))]
        return int(other_last) == min(later)
    return _numbers(last) == _numbers(other_last) and not other_last.isdigit()


def _is_numbered(name: str, place: str, above: int) -> bool:
    own_place, _, last = name.rpartition(".")
    return own_place == place and last.isdigit() and int(last) > above


def _follows(name: str, other: str) -> bool:
    """Whether a name is another with the next number at its end."""
    first, second = _numbers(name), _numbers(other)
    return _form(name) == _form(other) and bool(first) and second == [*first[:-1], first[-1] + 1]


def _ambiguous(module: Module, names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:4])) + (", ..." if len(names) > 4 else "")
    return (
        f"{module.layer.label} could be any of {shown}: their shapes are alike, and nothing says which it is. Say it: "
        f"names={{{names[0]!r}: {module.path!r}, ...}}; or call the layers as the modules are called"
    )
