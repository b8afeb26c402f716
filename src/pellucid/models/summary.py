"""`model.summary()`: a table of the layers with output shapes and numbers of weights, as in Keras."""

from __future__ import annotations

import itertools
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pellucid.checks import flag, number, several, whole
from pellucid.dispatch.symbolic import Call, Callee, kind_of
from pellucid.errors import ArgumentError, ArgumentTypeError, shown, unknown_name
from pellucid.frozen import Frozen
from pellucid.layers import Layer
from pellucid.network import HasNetwork, Network, layers_at
from pellucid.network.derivation import output_size, weight_count, what_a_unit_sees
from pellucid.network.receptive_fields import Fields, receptive_fields

MOST_CHARACTERS = 10_000  # in a line
_TITLES = ("Layer (type)", "Output Shape", "Param #")
_BOX = {"top": "┏━┳┓", "head": "┃┃┃", "under": "┡━╇┩", "row": "│││", "between": "├─┼┤", "bottom": "└─┴┘"}
_ASCII = {"top": "+-++", "head": "|||", "under": "+-++", "row": "|||", "between": "+-++", "bottom": "+-++"}


class Listed(Frozen):
    """What a summary lists.

    Args:
        nested: whether the layers of models inside, too.
        trainable: whether it has a column that tells which are trained.
        names: the first and the last layer, by regular expressions that their names begin with; None for all.
        derive: whether it has a column that tells how each number comes about.
    """

    nested: bool = False
    trainable: bool = False
    names: Sequence[str] | None = None
    derive: bool = False

    def __post_init__(self) -> None:
        for field, name in (("nested", "expand_nested"), ("trainable", "show_trainable"), ("derive", "derive")):
            # a bool in the place of NumPy's, which multiply no tuples
            object.__setattr__(self, field, flag("summary", name, getattr(self, field)))
        names = self.names
        if names is None or (isinstance(names, list | tuple) and len(names) == 2 and {*map(type, names)} == {str}):
            return
        raise ArgumentTypeError(f"summary: layer_range must be the names of two layers, got {shown(names)}")

    def chosen(self, layers: Sequence[Any]) -> Sequence[Any]:
        """Those of the layers of a model that are listed."""
        if self.names is None:
            return layers
        found = [[place for place, layer in enumerate(layers) if _begins(name, layer.name)] for name in self.names]
        for name, places in zip(self.names, found, strict=True):
            if not places:
                raise unknown_name("layer in layer_range", name, [layer.name for layer in layers])
        return layers[min(found[0]) : max(found[1]) + 1]


def _begins(pattern: str, name: str) -> bool:
    try:
        return re.match(pattern, name) is not None
    except re.error as error:
        raise ArgumentError(f"summary: layer_range has {pattern!r}, which is no regular expression: {error}") from error


def summary(
    model: Layer,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], object] | None = None,
    listed: Listed | None = None,
) -> None:
    """Print a table of the layers of a model; see `Model.summary`."""
    if not callable(print_fn) and print_fn is not None:
        raise ArgumentTypeError(f"summary: print_fn must be a function of a text, got {shown(print_fn)}")
    (print_fn or print)("\n".join(summary_lines(model, line_length, positions, listed)))


def summary_lines(
    model: Layer,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    listed: Listed | None = None,
) -> list[str]:
    """The lines that `summary` prints."""
    if line_length is not None:
        whole("summary", "line_length", line_length, 40, MOST_CHARACTERS)
    titles, rows, notes = summary_table(model, listed)
    if positions is None:
        widths = _column_widths([titles, *rows], line_length)
    else:
        widths = _widths_that_end_at(positions, titles, line_length or _screen())
    box = _BOX if _can_print("".join(_BOX.values()) + "·") else _ASCII
    if box is _ASCII:
        rows = [tuple(cell.replace("·", "*") for cell in row) for row in rows]
    lines = [f'Model: "{model.name}"', _rule(box["top"], widths), *_row(box["head"], titles, widths)]
    lines.append(_rule(box["under"], widths))
    for place, row in enumerate(rows):
        if place:
            lines.append(_rule(box["between"], widths))
        lines += _row(box["row"], row, widths, right=2)
    lines.append(_rule(box["bottom"], widths))
    return [*lines, *(f" {note}" for note in notes)]


def summary_table(
    model: Layer, listed: Listed | None = None
) -> tuple[tuple[str, ...], list[tuple[str, ...]], list[str]]:
    """What a summary says: the titles of its columns, its rows, and the sums below."""
    assert isinstance(model, HasNetwork)
    listed = Listed() if listed is None else listed
    titles = (*_TITLES, *("Trainable",) * listed.trainable, *("How it comes about",) * listed.derive)
    rows = list(_rows(model, listed))
    weights = list(dict.fromkeys(weight for layer in model.layers if layer.built for weight in layer.weights))
    total, trained = sum(weight.size for weight in weights), sum(weight.trained_size for weight in weights)
    kinds = {"Total": total, "Trainable": trained, "Non-trainable": total - trained}
    notes = [f"{kind} params: {_count(counted)}" for kind, counted in kinds.items()]
    return titles, rows, notes if model.network is not None else [*notes, _HOW_TO_BUILD]


_HOW_TO_BUILD = "Not built: shapes follow from data, from build((None, ...)), or from an Input before the first layer"


def _rows(model: HasNetwork, listed: Listed, indent: str = "") -> Iterator[tuple[str, ...]]:
    network = model.network
    if network is None:
        yield from _unbuilt_rows(model, listed, indent)
        return
    has_own_call = model in list[object](network.callees)
    fields = receptive_fields(network) if listed.derive and not has_own_call else {}
    first_calls = {call.layer: call for call in reversed(network.calls)}
    own = set(model.layers)
    callees = model.layers if has_own_call else [each for callee in network.callees for each in listed_at(callee)]
    # A chain leaves out where its data comes in.
    shown_layers = [layer for layer in callees if not isinstance(layer, Layer) or layer in own]
    for layer in shown_layers if indent else listed.chosen(shown_layers):
        count = layer.count_params() if isinstance(layer, Layer) else 0
        shape = layer.output_shape if not isinstance(layer, Layer) or layer.built else "?"
        row: tuple[str, ...] = (f"{indent}{layer.name} ({kind_of(layer)})", str(shape), f"{count:,}")
        row = (*row, *(_trained(layer),) * listed.trainable)
        if listed.derive:
            row = (*row, weight_count(layer) if has_own_call else _derivation(layer, first_calls.get(layer), fields))
        yield row
        # Not HasNetwork alone: an attribute of a user's layer may have that name.
        if listed.nested and isinstance(layer, HasNetwork) and isinstance(layer.network, Network):
            yield from _rows(layer, listed, f"{indent}  ")


def _trained(layer: Any) -> str:
    """Whether training changes a layer; of one without weights it says nothing."""
    has_weights = isinstance(layer, Layer) and layer.built and layer.weights
    return ("Y" if layer.trainable else "N") if has_weights else "-"


def _unbuilt_rows(model: HasNetwork, listed: Listed, indent: str) -> Iterator[tuple[str, ...]]:
    """The layers of a chain whose shapes are not known yet."""
    for layer in model.layers if indent else listed.chosen(model.layers):
        weights = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
        row = (f"{indent}{layer.name} ({kind_of(layer)})", "?", weights)
        yield (*row, *("?",) * listed.trainable, *("known once the model is built",) * listed.derive)
        if listed.nested and isinstance(layer, HasNetwork):
            yield from _rows(layer, listed, f"{indent}  ")


def listed_at(callee: Callee) -> Sequence[Callee]:
    """What is listed where a network has a layer or a function; where text is read, two layers."""
    return layers_at(callee) or (callee,)


def _derivation(layer: Callee, call: Call | None, fields: dict[Call, Fields | None]) -> str:
    """One line for the weights, one or more for the sizes, one for what a unit sees."""
    if call is None:
        return "makes numbers of what comes in"
    if not call.inputs:
        return "where the data comes in"
    lines = [weight_count(layer), *output_size(call), what_a_unit_sees(fields[call])]
    return "\n".join(line for line in lines if line)


def _column_widths(rows: Sequence[Sequence[str]], line_length: int | None) -> list[int]:
    """What each column needs, squeezed to the line length if that is less; long cells then wrap."""
    count = len(rows[0])
    widths = [max(len(line) for row in rows for line in row[column].split("\n")) for column in range(count)]
    borders = 3 * len(widths) + 1
    room = (line_length or _screen()) - borders
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    if line_length is not None:
        widths[0] += max(room - sum(widths), 0)
    return widths


def _widths_that_end_at(positions: Any, titles: Sequence[str], line_length: int) -> list[int]:
    """What columns have that end at these places; those of columns that this table has not are of no account.

    Keras 1 and 2 had a further one, "Connected to".
    """
    given = several("summary", "positions", positions, "numbers")
    ends = [number("summary", "positions", end, 0, MOST_CHARACTERS) for end in given]
    if len(ends) < len(titles):
        raise ArgumentError(f"summary: positions say where {len(titles)} columns end, got {shown(positions)}")
    scale = line_length if ends[-1] <= 1 else 1
    places = [1, *(int(end * scale) for end in ends[: len(titles)])]
    widths = [end - begin - 3 for begin, end in itertools.pairwise(places)]
    if min(widths) < 1:
        raise ArgumentError(
            f"summary: positions leave a column of this table, of {line_length} characters, without room: they must "
            f"grow by 4 characters or more, got {shown(positions)}"
        )
    return widths


def _screen() -> int:
    return max(shutil.get_terminal_size().columns, 40)


def _rule(characters: str, widths: Sequence[int]) -> str:
    left, line, cross, right = tuple(characters)
    return left + cross.join(line * (width + 2) for width in widths) + right


def _row(characters: str, cells: Sequence[str], widths: Sequence[int], right: int | None = None) -> list[str]:
    """One table row, several lines high where a cell has to wrap; column `right` is set flush right."""
    parts = [
        [part for line in cell.split("\n") for part in textwrap.wrap(line, width) or [""]]
        for cell, width in zip(cells, widths, strict=True)
    ]
    lines = []
    for place in range(max(map(len, parts))):
        texts = [
            (part[place] if place < len(part) else "").rjust(width)
            if column == right
            else (part[place] if place < len(part) else "").ljust(width)
            for column, (part, width) in enumerate(zip(parts, widths, strict=True))
        ]
        left, middle, end = tuple(characters)
        lines.append(f"{left} " + f" {middle} ".join(texts) + f" {end}")
    return lines


def _count(weights: int) -> str:
    return f"{weights:,} ({_readable_size(4 * weights)})"


def _readable_size(size_bytes: float) -> str:
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size_bytes < 1024 or unit == "TB":
            break
        size_bytes /= 1024
    return f"{size_bytes:.2f} {unit}"


def _can_print(characters: str) -> bool:
    try:
        characters.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
