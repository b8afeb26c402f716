"""The sections of a report on how filters learn: one step taken apart, and who writes a filter from here on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pellucid.callbacks import FilterHistory
from pellucid.inspection.feature_maps import feature_maps, largest_at
from pellucid.inspection.filter_film import filter_film
from pellucid.inspection.gradient_flow import gradient_flow
from pellucid.inspection.influence import influence
from pellucid.inspection.kernel_gradient import kernel_gradient
from pellucid.inspection.training_step import copied
from pellucid.inspection.update import update
from pellucid.models import Model
from pellucid.views import html
from pellucid.views.notebook import html_of

__all__ = ["Samples", "learning_sections", "part_of"]

_BATCH, _STEPS, _POINTS = 32, 8, 4

Section = tuple[str, str, Callable[[], str]]
Samples = np.ndarray | list[np.ndarray]
"""Of a model's only input; or a list, of several inputs an array each."""


def part_of(x: Samples, which: int | slice) -> Samples:
    """One of the samples, or some."""
    return [each[which] for each in x] if isinstance(x, list) else x[which]


def learning_sections(model: Model, x: Samples, y: Any, layer: str) -> Iterator[Section]:
    """Anchor, heading and content of each.

    Args:
        model: a compiled model; it stays as it is, copies are trained.
        x: samples.
        y: their targets.
        layer: with filters, of which the one that answers most to the first sample is followed.
    """

    def followed() -> int:
        return largest_at(feature_maps(model, part_of(x, 0), layer)[0])[1]

    one, few = slice(_BATCH), slice(_STEPS * _BATCH)
    yield (
        "step",
        "What the next step would do to a filter",
        lambda: _step(model, part_of(x, one), y[one], layer, followed()),
    )
    yield "wrote", "Who writes a filter", lambda: _writers(model, part_of(x, few), y[few], layer, followed())
    yield (
        "flow",
        "Does the gradient come through",
        lambda: html_of(gradient_flow(model, part_of(x, few), y[few], points=_POINTS)),
    )


def _step(model: Model, x: Samples, y: Any, layer: str, number: int) -> str:
    gradient = kernel_gradient(model, x, y, layer, number)
    return html_of(gradient) + html_of(update(model, x, y, layer, number))


def _writers(model: Model, x: Samples, y: Any, layer: str, number: int) -> str:
    """The steps that a copy makes from here on, as a film, and split by class."""
    again, _ = copied(model, x)
    history = FilterHistory(layers=[layer])
    again.fit(x, y, epochs=1, batch_size=_BATCH, verbose=0, callbacks=history)
    wrote = influence(again, x, y, layer, number, recorded=history, batch_size=_BATCH)
    said = (
        f"A copy of the model was trained on for {wrote.steps[1] - wrote.steps[0]} steps, on the first {len(y)} "
        "samples. How the model came to be what it is, a callbacks.FilterHistory tells that was passed to its fit: "
        "inspection.influence(...), and report_html(..., records=[...]) shows it here."
    )
    return html.note(said) + html_of(wrote) + html_of(filter_film(history, layer))
