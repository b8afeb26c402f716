"""Fields of view on the page and in the terminal: the frames where the numbers say, photographs as photographs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from pellucid import Input, Sequential, layers
from pellucid.errors import ArgumentTypeError, FileError, ShapeError
from pellucid.inspection import FieldOfView, filtered_image, receptive_field
from pellucid.views import field_figure, field_text, load_image
from pellucid.views.fields import describe_field, planes_of
from pellucid.views.photographs import as_photograph, smaller


def seen(image: np.ndarray | None = None) -> FieldOfView:
    """A field of 3x2 in the corner of 4x5 places, one row of it in the padding; its gradient grows along the rows."""
    strength = np.zeros((4, 5, 1))
    strength[:2, 3:, 0] = [[1, 2], [3, 4]]
    return FieldOfView("top", "Conv2D", (0, 3), 2, strength > 0, strength, 1, image, ((-1, 1), (3, 4)))


def test_figure(read_back: Callable[..., Any], color_of: Callable[..., Any]) -> None:
    """Each place is painted by the drawing rule; the photograph is in its own colours where it is seen, else paler."""
    image = np.zeros((4, 5, 3), np.uint8)
    image[..., 0], image[0, 3] = 200, (10, 200, 30)
    field = FieldOfView("top", "Conv2D", (0, 3), 2, np.repeat(seen().theoretical, 3, axis=-1),
                        np.repeat(seen().effective, 3, axis=-1), 1, image, ((-1, 1), (3, 4)))  # fmt: skip
    picture = read_back(field_figure(field))
    cell = 30 * picture.scale
    assert cell - 8 * picture.scale <= picture.box((10, 200, 30)).width <= cell
    for value in (3.0, 6.0, 9.0, 12.0):
        assert picture.count(color_of(value, 12.0)) > (cell - 8 * picture.scale) ** 2
    pale = tuple(round(c + (255 - c) * 0.6) for c in (200, 0, 0))
    assert picture.count(pale) > 10 * cell * cell
    assert "what the unit at [0, 3] of filter 2 sees" in picture.words()
    assert "rows -1 to 1, columns 3 to 4; beyond rows 0 to 1" in picture.words()


def test_text() -> None:
    """The frame stands around the places that are seen; a photograph is darker where its pixels are."""
    image = np.full((4, 5, 1), 255, np.uint8)
    image[1, 3] = 0
    lines = field_text(seen(image), width=60).splitlines()
    picture = lines[lines.index(next(line for line in lines if line.startswith("the input"))) + 1 :]
    assert [line[:14].rstrip() for line in picture[:4]] == [
        "      +----+",
        "      |    |",
        "      |@@  |",
        "      +----+",
    ]
    assert any("|==**|" in line for line in picture) and any("|##@@|" in line for line in picture)
    assert ";48;2;101;40;0m" in field_text(seen(), color=True)


def test_wide_inputs_are_drawn_smaller() -> None:
    """No line is wider than the terminal, and the size of a cell is told."""
    strength = np.ones((30, 300, 1))
    field = FieldOfView("top", "Conv2D", (0, 0), 0, strength > 0, strength, 3, strength, ((0, 29), (0, 299)))
    text = field_text(field, width=60)
    assert max(map(len, text.splitlines())) <= 60 and "one cell for 11x11 places" in text


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_every_rank(rank: int) -> None:
    """Rows, planes and volumes: one row, as they are, all depths in one."""
    shape = (7, 6, 5)[-rank:]
    model = Sequential([Input((*shape, 2)), getattr(layers, f"Conv{rank}D")(3, 3, name="conv")])
    field = receptive_field(model, "conv", (1,) * rank, x=np.random.default_rng(0).random((*shape, 2)))
    planes = planes_of(field)
    assert planes.strength.shape == ((1, 6, 5)[-2:] if rank > 1 else (1, 5))
    assert planes.strength.sum() == pytest.approx(field.effective.sum())
    assert field_text(field) and field_figure(field)
    assert "The input is drawn as the mean of its 2 channels." in planes.notes


def test_says_what_moves_nothing() -> None:
    """A unit whose relu is off, and channels that are not read."""
    theoretical = np.zeros((3, 3, 4), bool)
    theoretical[..., 1:3] = True
    field = FieldOfView("a", "Conv2D", (0, 0), 0, theoretical, np.zeros((3, 3, 4)), 2, None, ((0, 2), (0, 2)))
    sentences = " ".join(describe_field(field))
    assert "Of the input's 4 channels it reads channels 1-2." in sentences
    assert "Its gradient is zero everywhere (mean of 2 random samples)" in sentences
    assert "how strongly" not in field_text(field) and field_figure(field)
    seen = replace(field, image=np.ones((3, 3, 4)))
    assert "up to 0" not in field_text(seen)
    heads = [text.get_text() for text in field_figure(seen).axes[0].texts]
    assert "the input" in heads and not any(head.startswith("how strongly") for head in heads)


def test_photographs() -> None:
    """Bytes as they are, numbers from 0 to 1 times 255, whole numbers as bytes, anything else stretched, and said."""
    ramp = np.arange(6).reshape(2, 3, 1)
    assert as_photograph(ramp.astype(np.uint8))[0][1, 2].tolist() == [5, 5, 5]
    assert as_photograph(ramp / 5)[0][1, 2].tolist() == [255, 255, 255]
    assert as_photograph(ramp * 50.0) == (pytest.approx(np.repeat(ramp * 50, 3, axis=-1)), "")
    assert as_photograph(ramp - 2.0)[1] == "Black is -2, white is 3."
    assert as_photograph(np.array([[[np.nan], [1.0]]]))[0][0, 0].tolist() == [128, 128, 128]
    with pytest.raises(ShapeError, match="1 or 3"):
        as_photograph(np.zeros((2, 2, 2)))


def test_smaller_is_the_mean() -> None:
    """Of each square, those at the edge that are cut included."""
    values = np.arange(35.0).reshape(5, 7, 1)
    found = smaller(values, 3)
    assert found.shape == (2, 3, 1)
    assert found[0, 0, 0] == round(values[:3, :3].mean()) and found[1, 2, 0] == round(values[3:, 6:].mean())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_exif_says(tmp_path: Path, orientation: int) -> None:
    """All eight orientations come out the same: red above, green to the right of blue below."""
    upright = np.zeros((40, 60, 3), np.uint8)
    upright[:20], upright[20:, :30], upright[20:, 30:] = (255, 0, 0), (0, 0, 255), (0, 255, 0)
    turned = {1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.swapaxes(0, 1),
              6: np.rot90(upright), 7: np.rot90(upright, 2).swapaxes(0, 1), 8: np.rot90(upright, -1)}  # fmt: skip
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    PIL.Image.fromarray(np.ascontiguousarray(turned[orientation])).save(tmp_path / "photo.png", exif=exif)
    image = load_image(tmp_path / "photo.png")
    assert image.dtype == np.uint8 and np.array_equal(image, upright)


def test_bad_input(tmp_path: Path) -> None:
    """One sentence."""
    with pytest.raises(ArgumentTypeError, match=r"inspection.receptive_field"):
        field_figure(3)  # type: ignore[arg-type]
    (tmp_path / "no.png").write_bytes(b"hello")
    with pytest.raises(FileError, match="is not a JPEG"):
        load_image(tmp_path / "no.png")


def test_notebook_and_json() -> None:
    """A field and a filtered image show themselves with both pictures, and are plain data."""
    field, filtered = seen(np.zeros((4, 5, 1))), filtered_image(np.eye(6), "sobel_x")
    for shown, words in ((field, "what the unit at [0, 3]"), (filtered, "sobel_x")):
        page = shown._repr_html_()
        assert page.count("<img") == 2 and words in page
        assert shown._repr_png_()[:4] == b"\x89PNG"
    assert json.loads(field.to_json())["spans"] == [[-1, 1], [3, 4]]
    assert json.loads(filtered.to_json())["map"] == filtered.map.tolist()
