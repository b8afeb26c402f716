"""`model.summary()`: a table of the layers with output shapes and numbers of weights, as in Keras."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence

from pellucid.checks import flag, whole
from pellucid.dispatch.symbolic import Call, Callee, kind_of
from pellucid.errors import ArgumentTypeError, shown
from pellucid.layers import Layer
from pellucid.network import HasNetwork, Network
from pellucid.network.derivation import output_size, weight_count, what_a_unit_sees
from pellucid.network.receptive_fields import Fields, receptive_fields

MOST_CHARACTERS = 10_000  # in a line
_TITLES = ("Layer (type)", "Output Shape", "Param #")
_BOX = {"top": "┏━┳┓", "head": "┃┃┃", "under": "┡━╇┩", "row": "│││", "between": "├─┼┤", "bottom": "└─┴┘"}
_ASCII = {"top": "+-++", "head": "|||", "under": "+-++", "row": "|||", "between": "+-++", "bottom": "+-++"}


def summary(
    model: Layer,
    line_length: int | None = None,
    print_fn: Callable[[str], object] | None = None,
    *,
    expand_nested: bool = False,
    derive: bool = False,
) -> None:
    """Print a table of the layers of a model; see `Model.summary`."""
    if not callable(print_fn) and print_fn is not None:
        raise ArgumentTypeError(f"summary: print_fn must be a function of a text, got {shown(print_fn)}")
    lines = summary_lines(model, line_length, expand_nested=expand_nested, derive=derive)
    (print_fn or print)("\n".join(lines))


def summary_lines(
    model: Layer, line_length: int | None = None, *, expand_nested: bool = False, derive: bool = False
) -> list[str]:
    """The lines that `summary` prints."""
    if line_length is not None:
        whole("summary", "line_length", line_length, 40, MOST_CHARACTERS)
    flag("summary", "expand_nested", expand_nested)
    flag("summary", "derive", derive)
    titles, rows, notes = summary_table(model, expand_nested=expand_nested, derive=derive)
    widths = _column_widths([titles, *rows], line_length)
    box = _BOX if _can_print("".join(_BOX.values()) + "·") else _ASCII
    if box is _ASCII:
        rows = [tuple(cell.replace("·", "*") for cell in row) for row in rows]
    lines = [f'Model: "{model.name}"', _rule(box["top"], widths), *_row(box["head"], titles, widths)]
    lines.append(_rule(box["under"], widths))
    for number, row in enumerate(rows):
        if number:
            lines.append(_rule(box["between"], widths))
        lines += _row(box["row"], row, widths, right=2)
    lines.append(_rule(box["bottom"], widths))
    return [*lines, *(f" {note}" for note in notes)]


def summary_table(
    model: Layer, *, expand_nested: bool = False, derive: bool = False
) -> tuple[tuple[str, ...], list[tuple[str, ...]], list[str]]:
    """What a summary says: the titles of its columns, its rows, and the sums below."""
    assert isinstance(model, HasNetwork)
    titles = (*_TITLES, "How it comes about") if derive else _TITLES
    rows = list(_rows(model, expand_nested=expand_nested, derive=derive))
    weights = list(dict.fromkeys(weight for layer in model.layers if layer.built for weight in layer.weights))
    total, trained = sum(weight.size for weight in weights), sum(weight.trained_size for weight in weights)
    kinds = {"Total": total, "Trainable": trained, "Non-trainable": total - trained}
    notes = [f"{kind} params: {_count(counted)}" for kind, counted in kinds.items()]
    return titles, rows, notes if model.network is not None else [*notes, _HOW_TO_BUILD]


_HOW_TO_BUILD = "Not built: shapes follow from data, from build((None, ...)), or from an Input before the first layer"


def _rows(model: HasNetwork, *, expand_nested: bool, derive: bool, indent: str = "") -> Iterator[tuple[str, ...]]:
    network = model.network
    if network is None:
        yield from _unbuilt_rows(model, expand_nested=expand_nested, derive=derive, indent=indent)
        return
    has_own_call = model in list[object](network.callees)
    fields = receptive_fields(network) if derive and not has_own_call else {}
    first_calls = {call.layer: call for call in reversed(network.calls)}
    listed = set(model.layers)
    for layer in model.layers if has_own_call else network.callees:
        if isinstance(layer, Layer) and layer not in listed:
            continue  # a chain leaves out where its data comes in
        count = layer.count_params() if isinstance(layer, Layer) else 0
        shape = layer.output_shape if not isinstance(layer, Layer) or layer.built else "?"
        row = (f"{indent}{layer.name} ({kind_of(layer)})", str(shape), f"{count:,}")
        how = weight_count(layer) if has_own_call else _derivation(layer, first_calls[layer], fields) if derive else ""
        yield (*row, how) if derive else row
        # Not HasNetwork alone: an attribute of a user's layer may have that name.
        if expand_nested and isinstance(layer, HasNetwork) and isinstance(layer.network, Network):
            yield from _rows(layer, expand_nested=True, derive=derive, indent=f"{indent}  ")


def _unbuilt_rows(model: HasNetwork, *, expand_nested: bool, derive: bool, indent: str) -> Iterator[tuple[str, ...]]:
    """The layers of a chain whose shapes are not known yet."""
    for layer in model.layers:
        weights = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
        row = (f"{indent}{layer.name} ({kind_of(layer)})", "?", weights)
        yield (*row, "known once the model is built") if derive else row
        if expand_nested and isinstance(layer, HasNetwork):
            yield from _rows(layer, expand_nested=True, derive=derive, indent=f"{indent}  ")


def _derivation(layer: Callee, call: Call, fields: dict[Call, Fields | None]) -> str:
    """One line for the weights, one or more for the sizes, one for what a unit sees."""
    if not call.inputs:
        return "where the data comes in"
    lines = [weight_count(layer), *output_size(call), what_a_unit_sees(fields[call])]
    return "\n".join(line for line in lines if line)


def _column_widths(rows: Sequence[Sequence[str]], line_length: int | None) -> list[int]:
    """What each column needs, squeezed to the line length if that is less; long cells then wrap."""
    count = len(rows[0])
    widths = [max(len(line) for row in rows for line in row[column].split("\n")) for column in range(count)]
    borders = 3 * len(widths) + 1
    room = (line_length or max(shutil.get_terminal_size().columns, 40)) - borders
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    if line_length is not None:
        widths[0] += max(room - sum(widths), 0)
    return widths


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
    for number in range(max(map(len, parts))):
        texts = [
            (part[number] if number < len(part) else "").rjust(width)
            if column == right
            else (part[number] if number < len(part) else "").ljust(width)
            for column, (part, width) in enumerate(zip(parts, widths, strict=True))
        ]
        left, middle, end = tuple(characters)
        lines.append(f"{left} " + f" {middle} ".join(texts) + f" {end}")
    return lines


def _count(number: int) -> str:
    return f"{number:,} ({_readable_size(4 * number)})"


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
