"""The book: eighteen questions on convolutional networks, each a page that is made on the reader's own layer.

`page(number, model, layer)` makes a page: sentences, the formula with its source, records of `inspection`, numbers. A
page shows itself in a notebook, `print` writes it as text, and there are functions that write it as HTML, as Markdown
with pictures, and as a notebook.
"""

from pellucid.learn.book import contents, page
from pellucid.learn.parts import Formula, Measured, Page, Question
from pellucid.learn.subject import example
from pellucid.learn.writing import page_html, page_markdown, page_notebook

__all__ = [
    "Formula",
    "Measured",
    "Page",
    "Question",
    "contents",
    "example",
    "page",
    "page_html",
    "page_markdown",
    "page_notebook",
]
