"""Which array of an old file belongs to which weight of a model: by order, or by the names of layers.

A layer's arrays find its weights by what their names say they are ("kernel", "W", "running_mean"); where the names say
nothing, by order. A model inside a model has all its arrays in one list, first those that were trained.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from pellucid.arraylike import first_odd
from pellucid.conversion.old_layouts import Origin, Turn, of_theano, orders_that_fit, turn
from pellucid.conversion.old_rows import rows_of
from pellucid.conversion.report import Report, Row
from pellucid.errors import FileError
from pellucid.formats.keras_h5 import KerasH5, StoredWeight
from pellucid.formats.weight_store import may_be_weight
from pellucid.frozen import Frozen
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.models.old_facts import common_order, flattening
from pellucid.naming import as_name
from pellucid.provenance import Event, file_name
from pellucid.variables import Variable, write_all
from pellucid.warned import warn

__all__ = ["Match", "fill"]

ROLES = {
    "W": "kernel",
    "b": "bias",
    "alphas": "alpha",
    "running_mean": "moving_mean",
    "running_std": "moving_variance",
    "running_var": "moving_variance",
}
"""What Keras 1 called weights, and what they are called today."""
TODAY = (
    "kernel",
    "bias",
    "gamma",
    "beta",
    "moving_mean",
    "moving_variance",
    "depthwise_kernel",
    "pointwise_kernel",
    "alpha",
)
_ROLE = re.compile(rf"(?P<owner>.*?)[/_]?(?P<role>{'|'.join(sorted((*ROLES, *TODAY), key=len, reverse=True))})(_\d+)?")
MOST_TOLD = 5


class Match(Frozen):
    """An array of a file and the weight that it fills."""

    stored: StoredWeight
    weight: Variable
    turn: Turn


class Misfit(Frozen):
    """A layer of a model, or a list of arrays of a file, that found nothing that fits."""

    source: str
    target: str
    why: str


def fill(
    model: Model, file: KerasH5, *, by_name: bool = False, skip_mismatch: bool = False, of_file: bool = False
) -> tuple[Report, list[Match]]:
    """Fill the weights of a model from a file of Keras 1, 2 or 3: all that the file must give, or none.

    Args:
        model: that knows its input.
        file: an open one.
        by_name: whether layers find each other by their names, instead of by order; layers without a partner keep
            their weights.
        skip_mismatch: whether layers that do not fit keep their weights, too.
        of_file: whether the model was made of the file's configuration, so that its layers have the names in the file.

    Returns:
        what became of each array, and which filled which weight.

    Raises:
        FileError: layers do not fit; nothing has changed then.
    """
    matched, misfits, untouched = _matches(model, file, by_name=by_name, of_file=of_file)
    if misfits and not (skip_mismatch and matched):
        more = f" (and {len(misfits) - 1} more)" if len(misfits) > 1 else ""
        hint = "; skip_mismatch=True leaves such layers as they are" if matched and not skip_mismatch else ""
        raise FileError(f"{file.name} does not fit {model.label}: {misfits[0].why}{more}; nothing was loaded{hint}")
    if not matched and by_name:
        raise FileError(
            f"{file.name} has no layer with a name of {model.label}; it has {_few(file.layers)}, the model "
            f"{_few(layer.name for layer in _with_weights(model))}"
        )
    if misfits:
        told = "; ".join(misfit.why for misfit in misfits[:MOST_TOLD])
        warn(f"{file.name}: {len(misfits)} layers keep the weights that they had: {told}")
    _write(matched, file, one_by_one=of_file)
    rows = [_row(match) for match in matched]
    rows += [Row(each.source, each.target, "left out" if each.source else "missing", each.why) for each in misfits]
    return Report(f"{file_name(file.name)} into {model.name}", (*rows, *untouched), tuple(_doubts(file))), matched


def _matches(
    model: Model, file: KerasH5, *, by_name: bool, of_file: bool
) -> tuple[list[Match], list[Misfit], list[Row]]:
    """What fits, what should and does not, and what has no partner (only by name, where that is no fault)."""
    named = by_name or (of_file and _have_same_names(model, file))
    pairs, misfits, alone = _by_name(model, file) if named else _by_order(model, file)
    order = None if of_file else _order(pairs, file)
    rows = {} if order is None else rows_of(model, order, flattened_alike=_flattened_alike(file))
    origin = Origin(file.generation, of_theano(file), order, rows)
    found: list[Match] = []
    for layer, name, stored in pairs:
        try:
            found += _of_layer(layer, stored, origin)
        except FileError as error:
            misfits.append(Misfit(name, layer.name, str(error)))
    return found, misfits, alone


Pair = tuple[Layer, str, list[StoredWeight]]
"""A layer of the model, the name of its partner in the file, and the arrays of that."""


def _by_order(model: Model, file: KerasH5) -> tuple[list[Pair], list[Misfit], list[Row]]:
    layers, stored = _with_weights(model), {name: weights for name, weights in file.layers.items() if weights}
    if file.top:
        layers, stored = _with_own(model, layers), {**stored, "the model itself": file.top}
    if len(layers) != len(stored):
        return (
            [],
            [
                Misfit(
                    "",
                    model.name,
                    f"the file has weights for {len(stored)} layers ({_few(stored)}), {len(layers)} of the model "
                    f"have weights ({_few(layer.name for layer in layers)}); by_name=True takes those of one name",
                )
            ],
            [],
        )
    return [(layer, name, weights) for layer, (name, weights) in zip(layers, stored.items(), strict=True)], [], []


def _by_name(model: Model, file: KerasH5) -> tuple[list[Pair], list[Misfit], list[Row]]:
    if file.generation == 0:
        why = "it is in the form of before Keras 1.0, which has no names of layers; load it by order"
        return [], [Misfit("", model.name, why)], []
    layers = {layer.name: layer for layer in _with_weights(model)}
    pairs = [
        (layers[as_name(name)], name, stored)
        for name, stored in file.layers.items()
        if as_name(name) in layers and stored
    ]
    taken = {name for _, name, _ in pairs} | {layer.name for layer, _, _ in pairs}
    alone = [
        Row(name, "", "left out", "the model has no layer of that name")
        for name, stored in file.layers.items()
        if stored and name not in taken
    ]
    alone += [Row("", name, "missing", "the file has no layer of that name") for name in layers if name not in taken]
    return pairs, [], alone


def _have_same_names(model: Model, file: KerasH5) -> bool:
    """Whether the layers with weights have the same names in both."""
    return {layer.name for layer in _with_weights(model)} == {
        as_name(name) for name, stored in file.layers.items() if stored
    }


def _with_weights(model: Model) -> list[Layer]:
    return [layer for layer in model.layers if layer.weights]


def _with_own(model: Model, layers: list[Layer]) -> list[Layer]:
    """The layers, and the model where it has weights of its own."""
    return [*layers, *([model] if model.own_weights else [])]


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:MOST_TOLD]) + (", ..." if len(listed) > MOST_TOLD else "") or "none"


def _order(pairs: Sequence[Pair], file: KerasH5) -> str | None:
    """Where the model of a file had its channels: as it says, or as kernels of Keras 1 can lie alone; None: unknown."""
    if file.config is not None:
        return common_order(file.config, file.version)
    if file.generation >= 2:
        return None
    fitting: set[str] = {"channels_last", "channels_first"}
    for layer, _, stored in pairs:
        if len(stored) == len(layer.own_weights):
            for weight, each in zip(layer.own_weights, stored, strict=True):
                fitting &= orders_that_fit(layer, weight.name, each.shape, weight.shape) or fitting
    return fitting.pop() if len(fitting) == 1 else None


def _flattened_alike(file: KerasH5) -> bool:
    """Whether the model of a file turned its maps to channels last before it flattened them."""
    said = set() if file.config is None else flattening(file.config)
    if len(said) > 1:
        raise FileError(f"{file.name} flattens maps in two ways; load the model, and take the weights from that")
    return said == {"channels_first"}


def _of_layer(layer: Layer, stored: Sequence[StoredWeight], origin: Origin) -> list[Match]:
    """The arrays of one layer, or of one model inside, with their weights.

    Raises:
        FileError: they do not fit.
    """
    owners = {weight: part for part in layer.with_parts() for weight in part.own_weights}
    if len(stored) != len(owners):
        raise FileError(f"{layer.label} has {len(owners)} weights, the file {len(stored)} for it")
    found = []
    for weight, each in zip(_arranged(layer, list(owners), owners, stored), stored, strict=True):
        done = turn(owners[weight], weight.name, each.shape, origin)
        if done.shape != weight.shape:
            raise FileError(
                f"{layer.label}: {weight.path} has shape {weight.shape}, and {each.name!r} in the file {each.shape}"
            )
        if not may_be_weight(each):
            raise FileError(f"{layer.label}: {each.name!r} in the file holds {each.dtype}, no floats")
        found.append(Match(each, weight, done))
    return found


def _arranged(
    layer: Layer, weights: list[Variable], owners: dict[Variable, Layer], stored: Sequence[StoredWeight]
) -> list[Variable]:
    """The weights of a layer in the order in which the file has their arrays."""
    names = [_named(each.name) for each in stored]
    if len(set(owners.values())) == 1:
        roles = {weight.name: weight for weight in weights}
        by_role = [roles.get(role or "") for _, role in names]
        return _complete(by_role, weights) or weights
    known = {(owner.name, weight.name): weight for weight, owner in owners.items()}
    found = _complete([known.get((owner, role or "")) for owner, role in names], weights)
    if found is not None:
        return found
    trained_first = [*(w for w in weights if w.trainable), *(w for w in weights if not w.trainable)]
    for order in (trained_first, weights):
        if all(role in (None, weight.name) for (_, role), weight in zip(names, order, strict=True)):
            return order
    raise FileError(
        f"{layer.label}: the arrays of the file are not those of its layers, by their names and their order"
    )


def _complete(found: Sequence[Variable | None], weights: Sequence[Variable]) -> list[Variable] | None:
    """The weights, if each was found once."""
    complete = [weight for weight in found if weight is not None]
    return complete if len(set(complete)) == len(weights) == len(found) else None


def _named(name: str) -> tuple[str, str | None]:
    """The owner that an array's name tells, and what it is, in today's word; None where that cannot be known."""
    plain = re.sub(r":\d+$", "", name)
    above, _, last = plain.rpartition("/")
    fit = _ROLE.fullmatch(last)
    if fit is None:
        return "", None
    role = fit["role"]
    return (fit["owner"] or above.rpartition("/")[2]), ROLES.get(role, role)


def _write(matched: Sequence[Match], file: KerasH5, *, one_by_one: bool) -> None:
    """Fill weights; of a model that is lost where one array is damaged, one by one, so that few are held twice."""
    odd: list[str] = []
    for some in [[match] for match in matched] if one_by_one else [matched]:
        values = [match.turn.run(match.stored.read(file.name)) for match in some]
        write_all([match.weight for match in some], values)
        odd += _told(some, values, file)
    if odd:
        warn(
            f"{file.name}: the value of {odd[0]}, as in a training that has diverged; {len(odd)} arrays with such "
            "values were read as they are"
        )


def _told(matched: Sequence[Match], values: Sequence[np.ndarray], file: KerasH5) -> list[str]:
    """Let weights know where their values came from; returns which hold what is no finite number."""
    odd: list[str] = []
    for match, array in zip(matched, values, strict=True):
        match.weight.story.begin(Event("loaded", file_name(file.name), match.weight.path.rpartition("/")[0]))
        if first_odd(array) is not None:
            odd.append(f"{match.stored.name} {first_odd(array)}")
    return odd


def _row(match: Match) -> Row:
    what = "reshaped" if match.turn.why else "matched"
    why = match.turn.why
    if "variance" in why:
        what = "converted"
    elif not why and match.stored.dtype != np.float32:
        what, why = "converted", f"{match.stored.dtype} became float32"
    return Row(match.stored.name, match.weight.path, what, why)


def _doubts(file: KerasH5) -> Iterator[str]:
    """What was taken for granted about a file that does not say it."""
    if file.generation == 0 or (file.generation == 1 and file.backend is None and of_theano(file)):
        yield "the file does not say what computed it; its arrays have Theano's names, so kernels were turned round"
    names = [weight.name for weights in file.layers.values() for weight in weights]
    if file.generation == 1 and file.config is None and any("running_std" in name for name in names):
        yield "running_std was taken for a variance, as from Keras 1.0.7 on; before, it was a deviation"
