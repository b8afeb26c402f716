"""What shows itself can be read on a light page and on a dark one: words have the page's ink, pictures white paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Sequential, inspection, layers, learn, views
from pellucid.inspection.records import TrainingCurves

X = np.random.default_rng(0).random((6, 6, 6, 1), np.float32)


def net() -> Sequential:
    pellucid.set_random_seed(1)
    body = [layers.Conv2D(3, 3, name="conv"), layers.Flatten(), layers.Dense(2, "softmax", name="head")]
    return Sequential([layers.Input((6, 6, 1)), *body])


SHOWN: dict[str, Callable[[], Any]] = {
    "model": net,
    "filters": lambda: net().layers[0],
    "maps": lambda: inspection.feature_maps(net(), X[0]),
    "curves": lambda: TrainingCurves({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5]}),
    "arithmetic": lambda: inspection.arithmetic(net(), "conv", X[0], (0, 0), 1),
    "saliency": lambda: inspection.saliency(net(), X[0]),
    "draw": lambda: inspection.initial_draw(net().layers[0]),
    "lint": lambda: inspection.lint(net(), X),
    "runs": lambda: inspection.training_runs({"a": {"loss": [2.0, 1.0]}, "b": {"loss": [2.0, 1.5]}}),
}
VOID = ("img", "meta", "br", "rect", "line", "circle", "path", "polyline", "image")


class Words(HTMLParser):
    """The words of a page with their ink and what they stand on; None for the page's own."""

    def __init__(self) -> None:
        super().__init__()
        self.inks: list[tuple[str | None, str | None]] = [(None, None)]
        self.found: list[tuple[str, str | None, str | None]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        style = dict(part.split(":", 1) for part in given.get("style", "").split(";") if ":" in part)
        ink, paper = self.inks[-1]
        color = style.get("color") or (given.get("fill") if tag in ("text", "tspan") else None)
        paper = style.get("background", paper)
        self.inks.append((ink if color in (None, "inherit") else color, paper))
        if tag in VOID:
            self.inks.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.inks.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append((data.strip(), *self.inks[-1]))


def words_of(html: str) -> Iterator[tuple[str, str | None, str | None]]:
    reader = Words()
    reader.feed(re.sub(r"<(head|title)>.*?</\1>", "", html, flags=re.DOTALL))  # titles show under the pointer
    return iter(reader.found)


def luminance(color: str) -> float:
    digits = color.removeprefix("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    channels = np.array([int(digits[at : at + 2], 16) for at in (0, 2, 4)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("name", SHOWN)
def test_every_word_has_ink_that_is_seen_on_what_it_stands_on(name: str) -> None:
    found = list(words_of(views.to_html(SHOWN[name]())))
    assert found[0][1:] == (None, None)  # the title: of the page
    for word, ink, paper in found:
        assert (ink is None) == (paper is None), word  # both of the page, or both of the picture
        if ink is not None and paper is not None:
            low, high = sorted((luminance(ink), luminance(paper)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, word


def test_whole_pages_follow_the_system() -> None:
    made = learn.Page(1, "Why?", "pellucid learn 1", "layer", (), learn.Formula("y = x", "Euclid"), (), "No.")
    for page in (views.report_html(net()), learn.page_html(made)):
        assert ":root{color-scheme:light dark}" in page
        assert all((ink is None) == (paper is None) for _, ink, paper in words_of(page))
