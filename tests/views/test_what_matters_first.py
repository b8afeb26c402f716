"""Values with very many products: the strongest channels or products first, all others as one sum."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.inspection.records import Arithmetic
from pellucid.views import arithmetic_figure, arithmetic_text
from pellucid.views.foremost import foremost

RNG = np.random.default_rng(3)


def _explained(layer: layers.Layer, shape: tuple[int, ...], position: tuple[int, ...]) -> Arithmetic:
    model = Sequential([layers.Input(shape), layer])
    return inspection.arithmetic(model, layer.name, RNG.normal(size=shape), position, 0)


CASES: dict[str, Callable[[], Arithmetic]] = {
    "128 channels": lambda: _explained(layers.Conv2D(2, 3, padding="same", name="l"), (5, 5, 128), (0, 2)),
    "1,024 inputs": lambda: _explained(layers.Dense(3, name="l"), (1024,), ()),
    "a mean of 1,600": lambda: _explained(layers.GlobalAveragePooling2D(name="l"), (40, 40, 2), ()),
    "a maximum of 1,600": lambda: _explained(layers.GlobalMaxPooling2D(name="l"), (40, 40, 2), ()),
    "a kernel of 441": lambda: _explained(layers.Conv2D(2, 21, name="l"), (22, 22, 1), (1, 0)),
    "one dimension": lambda: _explained(layers.Conv1D(2, 5, name="l"), (9, 300), (2,)),
}


@pytest.mark.parametrize("case", CASES)
def test_all_of_it_adds_up_and_can_be_read(case: str) -> None:
    value = CASES[case]()
    chosen = foremost(value, 128)
    assert 0 < len(chosen.products) <= 128 and chosen.others
    if chosen.rest is not None:
        shown = math.fsum(product.product for product in chosen.products)
        assert shown + chosen.rest == pytest.approx(value.sum, abs=1e-12)
    width, height = arithmetic_figure(value).get_size_inches() * 100
    assert width < 2400 and height < 2000
    for columns in (40, 80):
        text = arithmetic_text(value, width=columns)
        assert len(text) < 20_000 and max(map(len, text.splitlines())) <= columns
        assert chosen.rest_name in text
    assert len(arithmetic_text(value, limit=None).splitlines()) > len(value.products)


def test_the_strongest_come_first() -> None:
    value = CASES["128 channels"]()
    order = list(dict.fromkeys(product.channel for product in foremost(value, 128).products))
    sums = dict(zip(value.channels, value.channel_sums, strict=True))
    assert order == sorted(sums, key=lambda channel: -abs(sums[channel]))[: len(order)]
    dense = CASES["1,024 inputs"]()
    sizes = [abs(product.product) for product in foremost(dense, 128).products]
    assert sizes == sorted((abs(product.product) for product in dense.products), reverse=True)[:64]
    winner = foremost(CASES["a maximum of 1,600"](), 128).products[0]
    assert winner.weight == 1.0


def test_little_is_left_as_it_is(read_back: Callable[..., Any]) -> None:
    value = _explained(layers.Conv2D(2, 3, name="l"), (5, 5, 3), (1, 1))
    assert foremost(value, 128).products == tuple(value.products) and "other" not in arithmetic_text(value)
    assert "limit=None" not in read_back(arithmetic_figure(value)).words()


def test_the_rest_stands_in_the_figure(read_back: Callable[..., Any]) -> None:
    words = read_back(arithmetic_figure(CASES["128 channels"]())).words()
    assert "The other 114 channels together:" in words
    assert "are no larger; limit=None draws all" in read_back(arithmetic_figure(CASES["a maximum of 1,600"]())).words()


def test_a_value_beside_large_sums_keeps_three_digits() -> None:
    """A normalisation over 1,200 numbers: the sum of squares has four digits before the point."""
    value = _explained(layers.LayerNormalization(axis=(1, 2, 3), name="l"), (20, 20, 3), (1, 2))
    assert f"{value.value:.3f}" in arithmetic_text(value) and "rounded to 0 decimals" not in arithmetic_text(value)
