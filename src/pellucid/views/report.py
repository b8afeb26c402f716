"""One self-contained page on a model: what it is, its filters, what they look for, what it mistakes, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.calls import called, explained
from pellucid.checks import title as checked_title
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, PellucidError, shown
from pellucid.frozen import Frozen
from pellucid.inspection.arithmetic import arithmetic
from pellucid.inspection.confusion import confusion, mistakes
from pellucid.inspection.feature_maps import feature_maps, largest_at
from pellucid.inspection.fields import receptive_field
from pellucid.inspection.filters import all_filters
from pellucid.inspection.given import described
from pellucid.inspection.importance import importance
from pellucid.inspection.lint import lint
from pellucid.inspection.maxima import activation_maximum
from pellucid.inspection.measured import last_layer
from pellucid.inspection.passing import passed
from pellucid.inspection.patches import top_patches
from pellucid.inspection.saliency import saliency
from pellucid.inspection.saliency_records import METHODS, Saliency
from pellucid.layers import InputLayer
from pellucid.models import Model
from pellucid.notebooks import Shown
from pellucid.training.stepper import LocalStepper
from pellucid.views import html
from pellucid.views.boards import Board, Part, Table, Tiles, plane_tile, sample_tile
from pellucid.views.html_board import board_html
from pellucid.views.notebook import html_of
from pellucid.views.pattern_boards import patches_board
from pellucid.views.precision import short
from pellucid.views.report_learning import learning_sections, part_of
from pellucid.views.saliency_board import held_words

__all__ = ["report_html"]

_MOST_LAYERS = 4  # of which patches are looked for, and importance is measured
_MOST_UNITS = 10  # of the last layer, whose best inputs are climbed to
_SAMPLES, _FEW_SAMPLES, _STEPS = 2000, 128, 48
_STYLE = (
    "nav{display:flex;flex-wrap:wrap}nav a{margin-right:14px;white-space:nowrap}"
    "h1{font-size:22px}h2{font-size:17px;margin:28px 0 4px;border-bottom:1px solid #808080}"
    "table{max-width:100%}"
)


@explained
def report_html(
    model: Model,
    data: Any = None,
    y: Any = None,
    *,
    title: str = "",
    records: Sequence[Shown] | Shown = (),
    on_section: Callable[[str, int, int], None] | None = None,
) -> str:
    """One page on a model, complete in itself: no scripts, nothing from elsewhere, opened without a server.

    Its layers and parameters, its filters, and what is wrong with it; with data also what the layers answer to a
    sample, which pixels its answer hangs on by six methods, what each filter looks for, the inputs that it would
    like best, what it mistakes for what, the worst mistakes with their maps, and, of a compiled model, which filters
    matter, what a step does to a filter, which classes write it from here on (on a copy), and whether the gradient
    comes through. What cannot be told of this model is said in its place.

    Args:
        model: a built model.
        data: samples (batch, ...), or (x, y); of those the first 2,000 are looked at.
        y: the samples' classes.
        title: of the page; the model's name by default.
        records: what else is to stand on it, at the end: anything that shows itself in a notebook, such as
            `inspection.influence(...)` of the training that was recorded, or a comparison.
        on_section: called before each section is made, with its heading, its number from 1 on, and how many there are:
            on a deep network some take seconds. What it raises ends the report.

    Returns:
        the page; write it to a file that ends in .html.

    Raises:
        ArgumentError: the model is not built.
        DataError: the data do not fit the model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv")], name="tiny")
        >>> page = report_html(model)
        >>> page.startswith("<!doctype html>"), "<script" in page, page.count("<h2"), "pass data" in page
        (True, False, 5, True)
        >>> page = report_html(model, on_section=lambda heading, number, count: print(number, count, heading))
        1 5 Layers
        2 5 Filters
        3 5 What is wrong with it
        4 5 The inputs that its outputs like best
        5 5 With data
    """
    if not isinstance(model, Model):
        raise ArgumentTypeError(f"report_html takes a model, got {described(model)}")
    if on_section is not None and not callable(on_section):
        raise ArgumentTypeError(
            f"report_html: on_section is a function of heading, number, count; got {shown(on_section)}"
        )
    model.require_built()
    is_unnamed = isinstance(title, str) and not title
    name = model.name if is_unnamed else checked_title("report_html", title)
    further = _shown(records)
    report = _Report(model, *_first(model, data, y))
    planned = list(report.sections())
    sections = []
    for number, (anchor, heading, section) in enumerate(planned, 1):
        if on_section is not None:
            called("report_html: on_section", on_section, heading, number, len(planned))
        sections.append((anchor, heading, _said(section)))
    sections += [("further", "Further", "".join(map(html_of, further)))] if further else []
    links = "".join(f'<a href="#{anchor}">{html.escape(heading)}</a>' for anchor, heading, _ in sections)
    body = "".join(f'<h2 id="{anchor}">{html.escape(heading)}</h2>{piece}' for anchor, heading, piece in sections)
    return html.page(name, f"<h1>{html.escape(name)}</h1><nav>{links}</nav>{body}", _STYLE)


def _shown(records: object) -> list[Shown]:
    """What is to be shown at the end."""
    each = [records] if isinstance(records, Shown) else records
    if not isinstance(each, list | tuple) or not all(isinstance(record, Shown) for record in each):
        raise ArgumentTypeError(
            "report_html: records is a list of what shows itself, such as [inspection.influence(...)], "
            f"got {described(records)}"
        )
    return list(each)


def _said(section: Callable[[], str]) -> str:
    """What a section shows; what cannot be told is said."""
    try:
        return section()
    except PellucidError as error:
        return html.note(f"Not told of this model: {error}")


def _first(model: Model, data: Any, y: Any) -> tuple[Any, np.ndarray | None]:
    """The first samples, and what came with them."""
    if data is None:
        if y is not None:
            raise ArgumentError("report_html: y are the classes of data; pass data too")
        return None, None
    xs: list[list[np.ndarray]] = []
    ys: list[np.ndarray | None] = []
    for batch in passed(model, data, y, "report_html", 256, _SAMPLES):
        if xs and any(array.shape[1:] != first.shape[1:] for array, first in zip(batch.given, xs[0], strict=True)):
            raise DataError("report_html: the samples are of several sizes; pass those of one")
        xs.append(batch.given)
        ys.append(batch.y)
    labels = [part for part in ys if part is not None]
    arrays = [np.concatenate(parts) for parts in zip(*xs, strict=True)]
    return arrays if len(arrays) > 1 else arrays[0], np.concatenate(labels) if len(labels) == len(xs) else None


class _Report(Frozen, eq=False):
    """The sections of a page."""

    model: Model
    x: Any
    y: np.ndarray | None

    def sections(self) -> Iterator[tuple[str, str, Callable[[], str]]]:
        """Anchor, heading and content, in order."""
        yield "layers", "Layers", lambda: html_of(self.model)
        if self.model.history is not None and self.model.history.epoch:
            yield "training", "Training", lambda: html_of(self.model.history)
        yield "filters", "Filters", self._filters
        yield "wrong", "What is wrong with it", lambda: html_of(lint(self.model, self.x))
        yield "likes", "The inputs that its outputs like best", self._maxima
        if self.x is None:
            yield (
                "data",
                "With data",
                lambda: html.note(
                    "What layers answer, which pixels an answer hangs on, what filters look for, and what is taken "
                    "for what needs samples: pass data."
                ),
            )
            return
        yield "maps", "What layers answer to one sample", lambda: html_of(feature_maps(self.model, self._sample))
        yield "value", "One value, down to its products", self._value
        yield "pixels", "Which pixels the answer hangs on", self._saliency
        yield "look", "What filters look for", self._patches
        if self.y is None:
            yield "mistakes", "Mistakes", lambda: html.note("What is mistaken for what needs classes: pass y too.")
            return
        yield "mistakes", "What is taken for what", lambda: html_of(confusion(self.model, self.x, self.y, most=0))
        yield "worst", "The worst mistakes", self._worst
        yield "matters", "Which filters matter", self._importance
        names = self._layers_with_maps()
        if names and isinstance(self.model.stepper, LocalStepper):
            yield from learning_sections(self.model, self.x, self.y, names[0])

    def _worst(self) -> str:
        found = mistakes(self.model, self.x, self.y, count=8)
        return html_of(found) if found else html.note("None of these samples is taken for what it is not.")

    @property
    def _sample(self) -> Any:
        return part_of(self.x, 0)

    @property
    def _held(self) -> Any:
        """A sample at which the inputs are held that are not looked at; None where there is none."""
        return None if self.x is None else self._sample

    def _filters(self) -> str:
        banks = all_filters(self.model)
        if not banks:
            return html.note("No layer has filters.")
        left = len(banks) - 12
        return html_of(banks if left <= 0 else type(banks)(banks[:12])) + html.note(
            f"{left} further layers are not shown." if left > 0 else ""
        )

    def _layers_with_maps(self) -> list[str]:
        """Some layers with weights and maps: the first and the last."""
        rank = len(self.model.inputs[0].shape)
        found = [
            layer.name
            for layer in self.model.layers
            if not isinstance(layer, InputLayer | Model) and layer.weights and layer.calls
            if isinstance(layer.output_shape, tuple) and len(layer.output_shape) == rank > 2
            if getattr(layer, "kernel_size", None) is not None
        ]
        return found if len(found) <= _MOST_LAYERS else [*found[:2], *found[-2:]]

    def _value(self) -> str:
        """The largest value of the first layer with maps; and what the last such layer sees of the sample."""
        names = self._layers_with_maps()
        if not names:
            return html.note("No layer has maps.")
        pieces = []
        for name, show in ((names[0], self._arithmetic), (names[-1], self._field)):
            place, number = largest_at(feature_maps(self.model, self._sample, name)[0])
            pieces.append(show(name, place, number))
        return "".join(pieces)

    def _arithmetic(self, name: str, place: tuple[int, ...], number: int) -> str:
        return html_of(arithmetic(self.model, name, self._sample, place, number))

    def _field(self, name: str, place: tuple[int, ...], number: int) -> str:
        return html_of(receptive_field(self.model, name, place, number, self._sample))

    def _saliency(self) -> str:
        maps: list[Saliency] = []
        said: list[str] = []
        for method in METHODS:
            try:
                maps.append(saliency(self.model, self._sample, method))
            except PellucidError as error:
                said.append(str(error))
        if not maps:
            return "".join(map(html.note, said))
        first = maps[0]
        tiles = [sample_tile("the sample", first.image), *(plane_tile(each.method, each.by_place) for each in maps)]
        rows = [
            [each.method, each.meaning_of_positive, each.meaning_of_negative,
             short(each.doubt.areas["deletion"], 3), short(each.doubt.areas["insertion"], 3)]
            for each in maps
        ]  # fmt: skip
        chance = first.doubt.areas
        rows.append(
            ["by chance", "", "", *(short(chance[f"{name} by chance"], 3) for name in ("deletion", "insertion"))]
        )
        note = (
            "Deletion: the area under the unit's output while the places that a map calls important are taken away; "
            "small is good. Insertion: while they are given; large is good. A map that does no better than chance is "
            "not to be believed."
        )
        heads = ["method", "positive: ...", "negative: ...", "deletion", "insertion"]
        table = Table("What the signs mean, and how far to believe it", heads, rows, note)
        parts: list[Part] = [Tiles("", tiles, 140), table]
        where = f"{first.layer}, unit {first.unit}, {first.stage}: {short(first.score)}"
        return board_html(Board(f"What the sample does to {where}", [*held_words(first.input), *said], parts))

    def _patches(self) -> str:
        pieces = []
        for name in [*self._layers_with_maps(), last_layer(self.model)]:
            found = top_patches(self.model, (self.x, self.y) if self.y is not None else self.x, name)
            pieces.append(board_html(patches_board(found, 32)))
        return "".join(pieces)

    def _maxima(self) -> str:
        layer = last_layer(self.model)
        shape = self.model.built_network().outputs[0].shape
        units = int(shape[-1] or 1) if len(shape) == 2 else 0
        if not units:
            return html.note("Shown of outputs that are a row of numbers; inspection.activation_maximum asks any unit.")
        tiles, said = [], []
        for unit in range(min(units, _MOST_UNITS)):
            is_one = len(self.model.inputs) == 1
            asked = {"shape": None if self.x is None else self.x.shape[1:]} if is_one else {"x": self._held}
            found = activation_maximum(self.model, layer, unit, steps=_STEPS, step_size=0.1, **asked)
            tiles.append(sample_tile(f"unit {unit}: {short(found.sum, 3)}", found.image.astype(np.float64)))
            said += [f"Unit {unit}: {found.said}"] if found.is_dead else []
            said = said or held_words(found.input)
        note = (
            "From grey upwards along the gradient, within 0 to 1: a maximum nearby, not the largest of all. The number "
            "is what the unit gives before its activation."
        )
        left = units - len(tiles)
        note += f" {left} further units are not shown." if left > 0 else ""
        title = f"{layer}: the input that excites each unit most"
        return board_html(Board(title, [note, *said], [Tiles("", tiles, 112)]))

    def _importance(self) -> str:
        if not isinstance(self.model.stepper, LocalStepper):
            return html.note("Which filters matter is told of a compiled model, which has a loss.")
        pieces = []
        for name in self._layers_with_maps()[:2]:
            pieces.append(html_of(importance(self.model, (self.x, self.y), name, samples=_FEW_SAMPLES)))
        return "".join(pieces) or html.note("No layer has maps.")
