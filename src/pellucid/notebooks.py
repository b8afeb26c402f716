"""What a notebook shows of an object that is the last expression of a cell: the object itself, drawn by `views`."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["Shown", "explored", "written"]

_DRAWN_BY, _WRITTEN_BY, _EXPLORED_BY = "pellucid.views.notebook", "pellucid.views.written", "pellucid.explorer.opening"


class Shown:
    """The base of what shows itself in a notebook: models, layers, filters, records, the history of a training.

    Jupyter and its kin ask for these methods. `views` is loaded then, and not before: it stands above all that it
    draws, and programs that draw nothing do without.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((4,)), layers.Dense(3, name="head")])._repr_html_().count("head")
        1
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Self-contained HTML, of bounded size, with the numbers under the pointer."""
        html: str = _drawing().html_of(self)
        return html

    def _repr_png_(self) -> bytes:
        """The same as a picture, for notebooks that are printed."""
        png: bytes = _drawing().png_of(self)
        return png


def written(record: Any) -> str:
    """A record as text, as `views` writes it for a terminal."""
    text: str = importlib.import_module(_WRITTEN_BY).text_of(record)
    return text


def explored(model: Any, x: Any, y: Any, **options: Any) -> Any:
    """A model on a page on which it can be touched, as `explorer` serves it."""
    return importlib.import_module(_EXPLORED_BY).explore(model, x, y, **options)


def _drawing() -> Any:
    return importlib.import_module(_DRAWN_BY)
