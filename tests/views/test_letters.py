"""Names in scripts that the font of pictures lacks: boxes in their place, and one sentence in place of one a letter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid.views.figures.letters import writable
from pellucid.views.figures.page import Page
from pellucid.views.figures.saving import save_figure


def test_what_the_font_lacks_is_said_once(tmp_path: Path) -> None:
    writable.cache_clear()
    page = Page(400)
    with pytest.warns(UserWarning) as heard:
        page.paragraph("猫 犬 кот", 24, 24)
        page.text(24, 60, "猫 犬 кот")
        save_figure(page.finish(), tmp_path / "page.png")
    assert [str(each.message) for each in heard] == [
        "the font of pictures, DejaVu Sans, has no CJK letters: □ stands where they are in names, in pictures alone"
    ]
    assert [text.get_text() for text in page.finish().axes[0].texts] == ["□ □ кот", "□ □ кот"]
    with Image.open(tmp_path / "page.png") as image:
        assert np.asarray(image.convert("L")).min() < 100


def test_scripts_are_named() -> None:
    writable.cache_clear()
    with pytest.warns(UserWarning, match="has no CJK letters and Hangul letters and such signs:"):
        assert writable("猫 고양이 🦙 ok") == "□ □□□ □ ok"
