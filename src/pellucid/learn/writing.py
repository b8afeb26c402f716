"""A page as a page of HTML, as Markdown with pictures, and as a notebook."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from pellucid.checks import object_of, several
from pellucid.learn.parts import Formula, Measured, Page
from pellucid.views import html
from pellucid.views.boards import Board, Table
from pellucid.views.notebook import png_of

__all__ = ["page_html", "page_markdown", "page_notebook"]

_WRONG = "**Where a well-known answer is wrong:** "


def page_html(page: Page) -> str:
    """A page, complete in itself: no scripts, nothing from elsewhere, opened without a server.

    Args:
        page: that `learn.page` made.

    Returns:
        the text of a file that ends in .html.

    Raises:
        ArgumentTypeError: it is no page.

    Example:
        >>> made = Page(1, "Why?", "pellucid learn 1", "layer", (), Formula("y < x", "Euclid"), (), "No.")
        >>> page_html(made).count("y &lt; x")
        1
    """
    made = object_of("page_html", page, Page, "a page of learn.page")
    return html.page(made.heading, made._repr_html_())


def page_markdown(page: Page) -> tuple[str, dict[str, bytes]]:
    """A page as Markdown, and its pictures.

    Args:
        page: that `learn.page` made.

    Returns:
        the text, and the pictures (PNG) by the names under which the text has them, in a folder "images".

    Raises:
        ArgumentTypeError: it is no page.

    Example:
        >>> made = Page(1, "Why?", "pellucid learn 1", "layer", (), Formula("y = x", "Euclid"), ("So.",), "No.")
        >>> text, pictures = page_markdown(made)
        >>> text.splitlines()[0], pictures
        ('# 1. Why?', {})
    """
    made = object_of("page_markdown", page, Page, "a page of learn.page")
    pictures: dict[str, bytes] = {}
    pieces = [
        f"# {made.heading}",
        f"    {made.command}",
        _python(made),
        _escaped(" ".join(made.subject)),
        *_formula(made.formula),
    ]
    for part in made.parts:
        if isinstance(part, str | Measured):
            pieces.append(_escaped(part) if isinstance(part, str) else f"- {_escaped(part.said)}")
            continue
        if isinstance(part, Board):
            pieces += _board(part)
            continue
        name = f"{made.number:02}-{len(pictures) + 1}.png"
        pictures[name] = png_of(part)
        pieces.append(f"![Page {made.number}, picture {len(pictures)}](images/{name})")
    text = "\n\n".join([*pieces, _WRONG + _escaped(made.wrong)]) + "\n"
    return re.sub(r"^(- .*)\n\n(?=- )", r"\1\n", text, flags=re.MULTILINE), pictures


def page_notebook(page: Page, opening: Sequence[str] = ("model = layer = x = y = None",)) -> str:
    """A page as a notebook, whose last cell makes it again and shows it.

    Args:
        page: that `learn.page` made.
        opening: lines of Python that give `model`, `layer`, `x` and `y`, each None where the page chooses it.

    Returns:
        the text of a file that ends in .ipynb, without outputs.

    Raises:
        ArgumentTypeError: it is no page.

    Example:
        >>> made = Page(1, "Why?", "pellucid learn 1", "layer", (), Formula("y = x", "Euclid"), ("So.",), "No.")
        >>> [cell["cell_type"] for cell in json.loads(page_notebook(made))["cells"]]
        ['markdown', 'code', 'markdown', 'code']
    """
    made = object_of("page_notebook", page, Page, "a page of learn.page")
    lines = [str(line) for line in several("page_notebook", "opening", opening, "lines")]
    formula = "\n\n".join(_formula(made.formula))
    cells = [
        _cell("markdown", f"# {made.heading}\n\n{formula}", 0),
        _cell("code", "\n".join(["import numpy as np", "import pellucid", "from pellucid import learn", *lines]), 1),
        _cell("markdown", _WRONG + _escaped(made.wrong), 2),
        _cell("code", f"learn.page({made.number}, model, layer, x, y)", 3),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    record = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(record, indent=1) + "\n"


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}}
    return cell | {"source": text} | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def _escaped(text: str) -> str:
    """Text whose signs Markdown does not take for its own."""
    return re.sub(r"([\\*_<|`])", r"\\\1", text)


def _python(page: Page) -> str:
    opening = "from pellucid import inspection, learn, views\nmodel, layer, x, y = learn.example()"
    return f"```python\n{opening}\n{page.lines}\n```"


def _formula(formula: Formula) -> list[str]:
    return [f"    {formula.text}", f"Source: {formula.source}."]


def _board(board: Board) -> list[str]:
    """Its sentences, and its tables."""
    pieces = [f"**{board.title}**", *map(_escaped, board.sentences)]
    for table in board.parts:
        if isinstance(table, Table):
            rows = [table.titles, ["---"] * len(table.titles), *table.rows]
            pieces.append("\n".join(f"| {' | '.join(map(_of_table, row))} |" for row in rows))
    return pieces


def _of_table(text: str) -> str:
    return _escaped(text).replace("\n", "<br>")
