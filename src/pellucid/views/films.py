"""Films of filters as files: an animated GIF, or a page with a slider, which needs nothing from elsewhere."""

from __future__ import annotations

import base64
import io
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import positive
from pellucid.errors import unknown_name
from pellucid.formats.atomic import atomic_write
from pellucid.formats.paths import checked_path
from pellucid.formats.png import encode_png
from pellucid.inspection.filter_film import FilterFilm
from pellucid.views.captions import describe_bank
from pellucid.views.colors import color_limits, describe_rule
from pellucid.views.figures.mosaic import arrange, draw
from pellucid.views.film_words import chosen_frames, describe_film, most_moved, say_moved
from pellucid.views.given import record_of
from pellucid.views.html import escape
from pellucid.views.precision import short
from pellucid.views.slices import kernel_slices

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["film_gif", "save_film", "shown_filters"]

_ROOM, _CELL = (560, 720), 14
_STRIP = 22  # above the pictures of a GIF, for its words and the bar of time
_MOST_NUMBERS = 40_000  # of a frame
_FORMATS = ("gif", "html")


@explained
def save_film(film: FilterFilm, path: str | os.PathLike[str], *, seconds: float = 8.0) -> None:
    """Writes a film of filters to a file, in the format that its name ends with: ".gif" or ".html".

    The page has a slider, a button that plays it, and for each filter how far it came; it is opened in a browser,
    without a server. All frames have one scale, so that what grows is seen to grow.

    Args:
        film: the record.
        path: where to write; a file that is there is replaced at once, when the new one is complete.
        seconds: how long it takes to play it, > 0.

    Raises:
        ArgumentError: the ending is another one, or the time is not above 0.
        FileError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> frames = np.arange(3.0).reshape(3, 1, 1, 1, 1) * np.ones((3, 3, 3, 1, 2))
        >>> film = FilterFilm("c", "Conv2D", (0, 10, 20), frames, ("rows", "columns", "channels"))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_film(film, f"{folder}/film.gif")
        ...     print(open(f"{folder}/film.gif", "rb").read()[:6])
        b'GIF89a'
    """
    record, seconds = record_of(film, FilterFilm), positive("save_film", "seconds", seconds)
    suffix = checked_path(path, "a film").suffix.lower().removeprefix(".")
    if suffix not in _FORMATS:
        raise unknown_name("format of a film", suffix, _FORMATS)
    data = film_gif(record, seconds) if suffix == "gif" else _page(record, seconds).encode("utf-8")
    with atomic_write(path) as file:
        file.write(data)


def film_gif(film: FilterFilm, seconds: float = 8.0, most: int | None = None, cell: int = _CELL) -> bytes:
    """The film as an animated GIF, which begins anew when it has ended.

    Args:
        film: the record.
        seconds: how long it takes to play it.
        most: how many frames there are at most; None for all.
        cell: the largest side of a number [pixels].
    """
    chosen = chosen_frames(film, most)
    pictures = _pictures(film, chosen, cell)
    frames = [_with_time(film, place, pixels) for place, pixels in zip(chosen, pictures, strict=True)]
    file, pause = io.BytesIO(), max(20, round(1000 * seconds / len(frames)))
    durations = [pause] * (len(frames) - 1) + [pause + 1500]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, disposal=1)
    return file.getvalue()


def _pictures(film: FilterFilm, chosen: list[int], cell: int = _CELL) -> list[np.ndarray]:
    """Frames, each as an image (rows, columns, 3) of the filters that there is room for."""
    numbers = shown_filters(film)
    slices = [kernel_slices(film.bank(place))[numbers] for place in chosen]
    limits = color_limits(np.stack(slices, axis=1))
    mosaic = arrange(slices[0], _ROOM, (0, 0), cell)
    return [draw(each, limits, mosaic) for each in slices]


def shown_filters(film: FilterFilm) -> list[int]:
    """The filters that are drawn: all, or of a large layer those that came farthest, as many as there is room for."""
    room = max(1, _MOST_NUMBERS // (film.frames[0].size // film.filters))
    return list(range(film.filters)) if film.filters <= room else sorted(most_moved(film)[:room])


def _with_time(film: FilterFilm, place: int, pixels: np.ndarray) -> Image:
    """A frame with its step written above, and a bar that grows with the training."""
    import PIL.Image
    import PIL.ImageDraw

    height, width = pixels.shape[:2]
    page = np.full((height + _STRIP, max(width, 260), 3), 255, np.uint8)
    page[_STRIP:, :width] = pixels
    share = (film.steps[place] - film.steps[0]) / max(film.steps[-1] - film.steps[0], 1)
    page[_STRIP - 4 : _STRIP - 1, : max(1, round(share * page.shape[1]))] = (31, 104, 188)
    image = PIL.Image.fromarray(page)
    PIL.ImageDraw.Draw(image).text((4, 3), f"{film.layer}   step {film.steps[place]:,}", fill=(29, 37, 48))
    return image.quantize(64)


_SCRIPT = """
const slider = document.getElementById("step"), picture = document.getElementById("picture");
const words = document.getElementById("words"), button = document.getElementById("play");
let timer = null;
function show(place) { picture.src = film.frames[place]; words.textContent = film.words[place]; slider.value = place; }
function stop() { clearInterval(timer); timer = null; button.textContent = "Play"; }
slider.oninput = () => { stop(); show(Number(slider.value)); };
button.onclick = () => {
  if (timer) { stop(); return; }
  let place = Number(slider.value) === film.frames.length - 1 ? 0 : Number(slider.value);
  button.textContent = "Stop";
  timer = setInterval(() => { show(place); if (++place === film.frames.length) stop(); }, film.pause);
};
show(0);
"""
_STYLE = "body{font:14px/1.5 system-ui,sans-serif;color:#1d2530;max-width:760px;margin:24px auto;padding:0 12px}" \
    "input{width:100%}img{image-rendering:pixelated;max-width:100%}p{color:#5c6673}td{padding:0 12px 0 0}"  # fmt: skip


def _page(film: FilterFilm, seconds: float) -> str:
    """A page with a slider."""
    pictures = _pictures(film, list(range(len(film.steps))))
    sources = [f"data:image/png;base64,{base64.b64encode(encode_png(each)).decode('ascii')}" for each in pictures]
    far = film.distance
    words = [
        f"step {step:,}: {short(float(far[place].mean()), 3)} from the beginning on average"
        for place, step in enumerate(film.steps)
    ]
    told: dict[str, Any] = {"frames": sources, "words": words, "pause": max(20, round(1000 * seconds / len(sources)))}
    rows = "".join(f"<tr><td>{number}</td><td>{say_moved(film, number)}</td></tr>" for number in most_moved(film)[:200])
    width = pictures[0].shape[1]
    title, rule, shown = escape(describe_film(film)), escape(describe_rule(film.frames)), shown_filters(film)
    if len(shown) < film.filters:
        rule += f" Of {film.filters} filters the {len(shown)} that came farthest are drawn."
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"</head><body><h3>{title}</h3><p>{escape(describe_bank(film.bank(0)))}. {rule} All frames have one scale, "
        f'whose darkest is {short(float(color_limits(film.frames[None])[0]))}.</p><button id="play">Play</button> '
        f'<span id="words"></span><input id="step" type="range" min="0" max="{len(sources) - 1}" value="0" '
        f'aria-label="step of the training"><div><img id="picture" width="{width}" alt="{title}"></div>'
        f"<h4>How far each filter came</h4><table>{rows}</table>"
        f"<script>const film = {json.dumps(told)};{_SCRIPT}</script></body></html>"
    )
