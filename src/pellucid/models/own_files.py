"""What classes of users' own keep in files by Keras's four methods: variables of any names, and files beside them.

`save_own_variables(store)` and `load_own_variables(store)` say what of a layer itself lies in the file;
`save_assets(folder)` and `load_assets(folder)` write and read files of any kind, which a `.keras` file holds below
"assets/". They are methods of classes that the user passes: nothing in a file is executed.

Source: https://keras.io/guides/customizing_saving_and_serialization/
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pellucid.arraylike import NoNumbers, array_of
from pellucid.errors import ArgumentError, FileError, escaped, shown
from pellucid.formats.plain_hdf5 import is_part
from pellucid.formats.strict_zip import MOST_MEMBERS, is_file_name
from pellucid.formats.weight_store import Arrays
from pellucid.layers import Layer
from pellucid.layers.stored_variables import StoresVariables
from pellucid.naming import NAME_RULE
from pellucid.variables import write_all
from pellucid.warned import warn

SAVES, LOADS = "save_own_variables", "load_own_variables"


class Given(NamedTuple):
    """What a file holds for a layer that reads it itself."""

    layer: Layer
    group: str
    store: Mapping[str, np.ndarray]


def stores_its_own(layer: Layer) -> bool:
    """Whether a class of the user's own says what of a layer lies in files."""
    cls = type(layer)
    return any(getattr(cls, name) is not getattr(StoresVariables, name) for name in (SAVES, LOADS))


def refuse_own_files(layer: Layer) -> None:
    """Raise `ArgumentError` for a class that reads its files itself, where a file of another system is read."""
    if stores_its_own(layer) or hasattr(layer, "load_assets"):
        raise ArgumentError(
            f"{layer.label}: its class says by {SAVES}() or save_assets() what files hold of it, and that is heeded in "
            ".keras and .weights.h5 files alone; files of other kinds hold weights"
        )


def variables_of(layer: Layer) -> Arrays:
    """The arrays that a file is to hold of a layer itself: its weights in order, or by names what its class stores.

    Raises:
        ArgumentError: the class stores something that is no array of numbers, or under no name.
    """
    if not stores_its_own(layer):
        return [weight.numpy() for weight in layer.own_weights]
    store: dict[str, Any] = {}
    layer.save_own_variables(store)
    return {_checked_name(layer, name): _checked(layer, name, value) for name, value in store.items()}


def _checked_name(layer: Layer, name: object) -> str:
    if not isinstance(name, str) or not is_part(name):
        raise ArgumentError(f"{layer.label}: {SAVES}() stores under {shown(name)}; a name is {NAME_RULE}")
    return name


def _checked(layer: Layer, name: str, value: Any) -> np.ndarray:
    try:
        array = np.asarray(array_of(value))
    except NoNumbers as error:
        raise ArgumentError(f"{layer.label}: {SAVES}() stores arrays of numbers, got {error} as {name!r}") from error
    if array.dtype.kind not in "iuf":
        raise ArgumentError(
            f"{layer.label}: {SAVES}() stores floats and whole numbers, got {array.dtype} as {name!r}; text goes into "
            "a file of save_assets(), truth values are stored as 0 and 1"
        )
    return array


def take_variables(given: Sequence[Given], file: str, *, is_lenient: bool = False) -> list[tuple[Layer, str, str]]:
    """Let layers take what a file holds for them; where one cannot, all weights of these are what they were.

    Args:
        given: the layers, which are built, with that.
        file: how errors call it.
        is_lenient: whether a layer that cannot stays as it is, rather than that it is an error.

    Returns:
        the layers that stayed, with their groups and why.

    Raises:
        FileError: a method fails; it tells how.
    """
    left: list[tuple[Layer, str, str]] = []
    before = {weight: weight.numpy() for item in given for weight in item.layer.own_weights}
    for layer, group, store in given:
        try:
            layer.load_own_variables(dict(store))
        except Exception as error:  # whatever the user's method says
            own = layer.own_weights if is_lenient else list(before)
            write_all(own, [before.get(weight, weight.numpy()) for weight in own])
            asked = f"; the file holds {sorted(store)} for it" if isinstance(error, KeyError) else ""
            problem = f"{layer.label}: {LOADS}() failed ({type(error).__name__}: {error}){asked}"
            if not is_lenient:
                raise FileError(f"{escaped(file)}: {problem}") from error
            left.append((layer, group, problem))
    return left


def assets_of(groups: Mapping[str, Layer]) -> dict[str, bytes]:
    """What the files hold that layers write by `save_assets`, by their paths in a `.keras` file.

    Args:
        groups: the layers by the groups of their weights.

    Raises:
        ArgumentError: a file has a name that other systems have not, or there are too many.
    """
    found: dict[str, bytes] = {}
    for group, layer in groups.items():
        save = getattr(layer, "save_assets", None)
        if save is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            save(folder)
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file():
                    inside = path.relative_to(folder)
                    _check_asset(layer, inside, len(found))
                    found["/".join([*_place(group), *inside.parts])] = path.read_bytes()
    return found


def _check_asset(layer: Layer, path: Path, count: int) -> None:
    odd = next((part for part in path.parts if not is_file_name(part)), None)
    if odd is not None:
        raise ArgumentError(f"{layer.label}: save_assets() writes a file called {shown(odd)}, which no file holds")
    if count >= MOST_MEMBERS:
        raise ArgumentError(f"{layer.label}: a file holds at most {MOST_MEMBERS:,} assets")


def _place(group: str) -> list[str]:
    """The folder of a layer whose weights lie in such a group, "layers/dense/vars"."""
    return group.split("/")[:-1]


def take_assets(groups: Mapping[str, Layer], assets: Mapping[str, bytes], file: str) -> None:
    """Let layers read their files by `load_assets`, from a folder that is there as long as that takes.

    Args:
        groups: see `assets_of`.
        assets: what it gave, as a file holds it.
        file: how messages call it.

    Raises:
        FileError: a method fails; it tells how.
    """
    places = {"/".join(_place(group)): layer for group, layer in groups.items()}
    waiting = dict(assets)
    for place in sorted(places, key=len, reverse=True):  # what lies in the folder of a part is the part's
        layer, start = places[place], f"{place}/" if place else ""
        load = getattr(layer, "load_assets", None)
        if load is None:
            continue
        own = {path.removeprefix(start): waiting.pop(path) for path in list(waiting) if path.startswith(start)}
        with tempfile.TemporaryDirectory() as folder:
            for path, content in own.items():
                target = Path(folder, *path.split("/"))
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            try:
                load(folder)
            except Exception as error:  # whatever the user's method says
                raise FileError(f"{layer.label}: load_assets() failed ({type(error).__name__}: {error})") from error
    if waiting:
        warn(
            f"{escaped(file)}: {len(waiting)} files in it are of classes without a load_assets(), and are left: "
            f"{', '.join(sorted(map(escaped, waiting))[:3])}"
        )
