"""Makes docs/learn: a page in Markdown for each of the eighteen questions, with its pictures (`make book`)."""

from __future__ import annotations

from pathlib import Path

import pellucid
from pellucid import learn
from pellucid.learn.book import QUESTIONS

FOLDER = Path(__file__).parent / "learn"
OPENING = """# The book: eighteen questions

Each page is made by `pellucid learn NUMBER`, and on a layer of your own by
`pellucid learn NUMBER --model FILE --layer NAME`; `-o page.html` writes it as a page, `--notebook page.ipynb` as a
notebook. Without a number the command lists the questions. The pages here are made on a small network for handwritten
digits, by the same code.

`pellucid explore digits` opens a page on which each question is a lesson: a few steps, three minutes, on the network that
is open there, be it the reader's own ([how](../explain/explorer.md), and how to write a lesson).
"""


def main() -> None:
    """Write all pages, with the same seed each, as the command has it."""
    (FOLDER / "images").mkdir(parents=True, exist_ok=True)
    lines = []
    for question in QUESTIONS:
        pellucid.set_random_seed(0)
        text, pictures = learn.page_markdown(learn.page(question.number))
        name = f"{question.number:02}.md"
        (FOLDER / name).write_text(text, encoding="utf-8")
        for picture, content in pictures.items():
            (FOLDER / "images" / picture).write_bytes(content)
        lines.append(f"{question.number}. [{question.text}]({name})")
    (FOLDER / "README.md").write_text(OPENING + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
