"""A number that fills what comes in is warned of where a layer's other settings leave it no place."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from pellucid import layers

LAYERS: dict[str, Any] = {
    "RandomTranslation": lambda **told: layers.RandomTranslation(0.2, 0.2, **told),
    "RandomZoom": lambda **told: layers.RandomZoom(0.2, **told),
    "RandomRotation": lambda **told: layers.RandomRotation(0.2, **told),
    "RandomShear": lambda **told: layers.RandomShear(0.2, **told),
}


@pytest.mark.parametrize("name", LAYERS)
def test_another_mode(name: str) -> None:
    with pytest.warns(UserWarning, match=r"fill_value=3\.0 does nothing without fill_mode=\"constant\""):
        LAYERS[name](fill_value=3.0, fill_mode="nearest")


def test_a_size_without_padding() -> None:
    with pytest.warns(UserWarning, match=r"fill_value=3\.0 does nothing without pad_to_aspect_ratio=True"):
        layers.Resizing(2, 2, fill_value=3.0)


def test_what_has_a_place_is_taken_in_silence() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for make in LAYERS.values():
            make(fill_value=3.0, fill_mode="constant")
            make(fill_mode="nearest")
        layers.Resizing(2, 2, pad_to_aspect_ratio=True, fill_value=3.0)
        layers.RandomPerspective(1.0, fill_value=3.0)
