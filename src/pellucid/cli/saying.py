"""What `pellucid predict` says of many images: a line for each, JSON or a table; doubts in short, and how far it is."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from pellucid import Model
from pellucid.cli.answers import Answer
from pellucid.errors import escaped
from pellucid.formats.atomic import atomic_write
from pellucid.formats.paths import checked_path
from pellucid.processes import is_terminal

MOST_DOUBTED = 5
"""Images whose doubts are told one by one; of further ones their number."""
STEP = 32
TABLES = (".csv",)


class Saying:
    """Says what a model answers, image by image.

    Args:
        model: whose answers they are.
        count: how many images there are.
        as_json: whether each answer is a line of JSON.
        output: a folder for masks, or a table that is written at the end; None for neither.
    """

    def __init__(self, model: Model, count: int, as_json: bool, output: Path | None) -> None:
        self.model, self.count, self.as_json = model, count, as_json
        self.table = None if output is None or not is_answer_table(output) else checked_path(output, "a table")
        self.folder = None if output is None or self.table is not None else checked_path(output, "a folder")
        self.said, self.doubted = 0, 0
        self._reasons: Counter[str] = Counter()
        self._rows: list[list[Any]] = []
        is_seen = is_terminal(sys.stdout) and self.table is None
        self._shows = is_terminal(sys.stderr) and not is_seen and count > STEP

    def say(self, name: str, answer: Answer, doubts: Sequence[str]) -> None:
        """Say one answer.

        Args:
            name: of the image.
            answer: of the model.
            doubts: how the image differs from those trained on, in sentences.
        """
        told: dict[str, Any] = {"image": name, **answer.record}
        if self.folder is not None:
            told["mask"] = str(answer.save_mask(Path(name), self.folder))
        drawn = f"; mask: {escaped(told['mask'])}" if "mask" in told else ""
        if self.table is not None:
            titles, cells = _columns(answer.record)
            if not self._rows:
                self._rows.append(["image", *titles])
            self._rows.append([name, *cells])
        elif self.as_json:
            typer.echo(json.dumps(told | ({"unlike": list(doubts)} if doubts else {}), allow_nan=False))
        else:
            typer.echo(f"{escaped(name)}: {answer.text}{drawn}")
        self.said += 1
        if doubts and not (self.as_json and self.table is None):
            self._doubt(name, doubts)
        if self._shows and (self.said % STEP == 0 or self.said == self.count):
            end = "\n" if self.said == self.count else ""
            typer.echo(f"\r{self.said:,} of {self.count:,} images{end}", nl=False, err=True)

    def _doubt(self, name: str, doubts: Sequence[str]) -> None:
        self.doubted += 1
        for doubt in doubts if self.doubted <= MOST_DOUBTED else ():
            what = f"{escaped(Path(name).name)} is unlike what {self.model.name} was trained on: {doubt}"
            typer.echo(f"  {what}", err=True)
        if self.doubted > MOST_DOUBTED:
            self._reasons.update(doubt.partition(":")[0] for doubt in doubts)

    def end(self) -> None:
        """Say what is said of all, and write the table."""
        further = self.doubted - MOST_DOUBTED
        if further > 0:
            listed = "; ".join(f"{count:,}: {reason}" for reason, count in self._reasons.most_common())
            typer.echo(f"  {further:,} more are unlike what {self.model.name} was trained on ({listed})", err=True)
        if self.table is not None:
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(self._rows)
            with atomic_write(self.table) as file:
                file.write(text.getvalue().encode("utf-8", "surrogateescape"))
            typer.echo(f"answers to {self.said:,} images: {escaped(self.table)}")

    @property
    def interrupted(self) -> str:
        """What is said where Ctrl-C ends it."""
        lost = "; the table is not written" if self.table is not None else ""
        return f"interrupted: {self.said:,} of {self.count:,} images were predicted{lost}"


def is_answer_table(output: Path) -> bool:
    """Whether answers go into a table.

    Example:
        >>> is_answer_table(Path("answers.csv")), is_answer_table(Path("masks"))
        (True, False)
    """
    return output.suffix.lower() in TABLES


def _columns(record: dict[str, Any]) -> tuple[list[str], list[Any]]:
    """Titles and cells of an answer: what it says first, then every number.

    Example:
        >>> _columns({"class": 1, "name": "cat", "names": ["ant", "cat"], "probabilities": [0.25, 0.75]})
        (['class', 'probability', 'ant', 'cat'], ['cat', 0.75, 0.25, 0.75])
        >>> _columns({"names": ["price"], "numbers": [3.5]})
        (['price'], [3.5])
    """
    values: list[float] = next((record[name] for name in ("probabilities", "numbers", "shares") if name in record), [])
    names = list(record.get("names", map(str, range(len(values)))))
    if "class" in record and len(values) > 1:
        said = record.get("name", record["class"])
        return ["class", "probability", *names], [said, values[record["class"]], *values]
    if "labels" in record:
        return ["labels", *names], [";".join(record["labels"]), *values]
    return names, list(values)
