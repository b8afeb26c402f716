"""Tables of pixels and arrays as a training takes them, and as a model is asked of them: found, told, cut in two."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model
from pellucid.cli.image_folders import FRACTION, MOST_LOOKED_AT, copies_said, division_told, few_told
from pellucid.cli.unused_files import MOST_NAMED
from pellucid.data.folders.named_parts import TEST, TRAIN, VALIDATION
from pellucid.data.folders.survey import DIGEST_BYTES, repeated, stratified
from pellucid.data.images.looks import Looks, looks_of
from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.data.masks.coding import VOID, Coding
from pellucid.data.pixels.answers import Answers, answers_of
from pellucid.data.pixels.files import pixels_in
from pellucid.data.pixels.form import BYTE, Form, range_told, white_in
from pellucid.data.pixels.part import Part, PixelFile
from pellucid.data.pixels.shapes import shape_asked, shape_of
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.frozen import Frozen
from pellucid.inspection.image_samples import image_input, white_of

SHAPE = Annotated[
    str | None,
    typer.Option(help="Of arrays and tables of pixels: rows and columns, with channels: 28x28, 32x32x3, 3x32x32."),
]


class Pixels(Frozen):
    """Images to train on and to validate with.

    Attributes:
        x: to train on (images, rows, columns, channels), as they are in the file.
        y: what is learned of them.
        held: to validate with, and what is true of them.
        names: of the held-out images.
        form: how both lie in files of numbers.
        answers: names and kind of what is learned.
        told: what was found, in sentences.
        looks: what the images are like; None where nobody knows which number is white.
        digests: of the images to train on.
    """

    x: np.ndarray
    y: np.ndarray
    held: tuple[np.ndarray, np.ndarray]
    names: tuple[str, ...]
    form: Form
    answers: Answers
    told: tuple[str, ...]
    looks: Looks | None
    digests: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What is known of each image, see `TrainedOn`."""
        return self.answers.kind

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of what is learned."""
        return self.answers.names

    @property
    def coding(self) -> Coding | None:
        """What the values in masks stand for, where there are some."""
        return self.answers.coding

    @property
    def spread(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Of each column of numbers that are learned, their mean and their standard deviation."""
        learned = self.y.astype(np.float64)
        return (learned.mean(axis=0), learned.std(axis=0)) if self.kind == "numbers" else None

    @property
    def told_apart(self) -> dict[str, Any]:
        """By what these images are told apart from others, see `told_apart_by`."""
        digest = hashlib.blake2b(digest_size=2 * DIGEST_BYTES)
        for some in (self.digests, digests_of(self.held[0])):
            digest.update("".join(some).encode())
        for targets in (self.y, self.held[1]):
            digest.update(np.ascontiguousarray(targets).tobytes())
        return {"images": len(self.y) + len(self.names), "digest": digest.hexdigest()}

    @property
    def mean_and_width(self) -> tuple[float, float]:
        """Of the numbers to train on: their mean and their standard deviation."""
        return float(self.x.mean(dtype=np.float64)), float(self.x.std(dtype=np.float64))


def find_pixels(
    path: Path,
    seed: int,
    asked: str | None = None,
    columns: Sequence[str] = (),
    known: TrainedOn | None = None,
    on_missing: str = "error",
) -> Pixels:
    """The images of a table of pixels or of arrays, looked at and cut into two parts.

    Args:
        path: of the file or the folder.
        seed: decides which are kept aside, where the file does not.
        asked: what `--shape` says.
        columns: the title of the column of labels.
        known: what a model was trained on that goes on learning.
        on_missing: what becomes of rows in which something is missing, see `read_pixels`.

    Raises:
        FileError: they cannot be read, have no labels, or have a shape or an order that nobody can tell.
    """
    found = pixels_in(path, columns, on_missing)
    part = found.first_of(TRAIN, "")
    if part is None or part.labels is None:
        there = "no part to train on" if part is None else "images and no labels"
        raise FileError(
            f"{escaped(path)} holds {there}; a training needs labels beside its images, such as y_train "
            "beside x_train, or a column label. `pellucid predict` tells what they are"
        )
    form, how = _form(found, part, asked, known)
    images = form.images(part.values, part.owner)
    form, images, brought = _taken(form, images, part.owner, known)
    answers = answers_beside(part, form, known)
    if answers.kind == "classes" and len(answers.names) < 2:
        raise FileError(
            f"{escaped(path)}: all images are {escaped(answers.names[0])}; a classifier tells classes apart"
        )
    digests = digests_of(images)
    held, left = _held(found, form, answers, known)
    told = [*_told(answers, images, form, how), *brought, *found.told, *left]
    if held is None:
        copies = repeated(digests)
        classes = answers.targets.tolist() if answers.kind == "classes" else [0] * len(images)
        rows, aside = stratified(classes, FRACTION, seed, copies)
        if copies:
            told.append(f"{copies_said(len(copies))}; none of them is both trained on and validated with.")
        called = part.names
        held_part = images[aside], answers.targets[aside], tuple(called[place] for place in aside)
        images, targets = images[rows], answers.targets[rows]
        count: int | None = len(digests)
        digests = [digests[row] for row in rows]
    else:
        held_part, targets, count = held, answers.targets, None
        both = len(set(digests) & set(digests_of(held[0])))
        told += [f"{both:,} held-out images are in the training part too, so they say nothing of new ones."] * bool(
            both
        )
    if not len(images) or not len(held_part[0]):
        raise FileError(f"{escaped(path)}: images to train on and others to validate with are needed; give more")
    told += division_told(count, [len(images), len(held_part[0])])
    x_held, y_held, names_held = held_part
    looks = _looks(form, images)
    return Pixels(images, targets, (x_held, y_held), names_held, form, answers, tuple(told), looks, tuple(digests))


def _form(found: PixelFile, part: Part, asked: str | None, known: TrainedOn | None) -> tuple[Form, str]:
    """How the numbers are images, but for their range; and in words how that was told."""
    shape = None if asked is None else shape_asked(asked)
    if known is not None and shape is None:
        if known.arrays is not None:
            return known.arrays, "as those that the model was trained on"
        if part.values.ndim == 2 and part.values.shape[1:] == (known.reading.height * known.reading.width,):
            shape = known.reading.height, known.reading.width, 1, False
    (rows, columns, channels, first), how = shape_of(part.values, part.owner, shape, found.grid)
    if known is not None and (rows, columns, channels) != known.reading.shape:
        raise FileError(
            f"{part.owner} has images of {rows}x{columns}x{channels}, and the model takes "
            f"{'x'.join(map(str, known.reading.shape))}"
        )
    return Form(rows, columns, channels, first), how


def _taken(
    form: Form, images: np.ndarray, owner: str, known: TrainedOn | None
) -> tuple[Form, np.ndarray, tuple[str, ...]]:
    """The images in the numbers that a model takes: as they are, or brought to those that it was trained on."""
    if known is None:
        white = white_in(images, owner)
        form = replace(form, white=white, least=float(images.min()), largest=float(images.max()))
        return form, images, ()
    if known.arrays is None:
        form = replace(form, white=float(BYTE * known.scale), least=0.0, largest=float(BYTE * known.scale))
    white = white_in(images, owner) if images.min() < images.max() else form.white
    are_fractions = images.dtype.kind == "f" and bool((images != np.round(images)).any())
    if (form.white == 1 and white == BYTE) or (form.white == BYTE and white == 1 and are_fractions):
        was = range_told(float(images.min()), float(images.max()))
        images = images.astype(np.float32) * np.float32(form.white / white)
        told = f"{owner} has {was}: they are brought to 0 to {form.white:g}, as the model was trained on."
        return form, images, (told,)
    form.check_range(images, owner)
    return form, images, ()


def _held(
    found: PixelFile, form: Form, answers: Answers, known: TrainedOn | None
) -> tuple[tuple[np.ndarray, np.ndarray, tuple[str, ...]] | None, list[str]]:
    """What the file says is held out, if it does; and what is said of other parts."""
    told = []
    chosen: tuple[np.ndarray, np.ndarray, tuple[str, ...]] | None = None
    for name in (VALIDATION, TEST):
        part = found.parts.get(name)
        if part is None:
            continue
        if part.labels is None:
            told.append(
                f"The part {name} has no labels, so its {len(part.values):,} images are left alone; `pellucid "
                "predict` tells what they are."
            )
        elif chosen is not None:
            told.append(f"The part {name} is left alone; `pellucid evaluate` looks at it.")
        else:
            images = form.images(part.values, part.owner)
            form.check_range(images, part.owner)
            sides = form.rows, form.columns
            said = answers_of(part.labels, part.owner, part.titles, answers.names, answers.kind, sides, answers.coding)
            chosen = images, said.targets, part.names
    return chosen, told


def answers_beside(part: Part | Asked, form: Form, known: TrainedOn | None) -> Answers:
    """What is true of images that come as arrays, as a model tells it that was trained on some."""
    sides = form.rows, form.columns
    if known is None:
        return answers_of(part.labels, part.owner, part.titles, sides=sides)
    return answers_of(part.labels, part.owner, part.titles, known.class_names, known.kind, sides, known.coding)


def _told(answers: Answers, images: np.ndarray, form: Form, how: str) -> list[str]:
    """What was found, in sentences."""
    if answers.kind == "numbers":
        ends = zip(answers.names, answers.targets.min(axis=0), answers.targets.max(axis=0), strict=True)
        each = [f"{escaped(name)} from {low:.4g} to {high:.4g}" for name, low, high in ends]
    elif answers.kind == "masks":
        counts = np.bincount(answers.targets.ravel(), minlength=VOID + 1)[: len(answers.names)]
        shares = zip(answers.names, counts / max(int(counts.sum()), 1), strict=True)
        each = [f"{escaped(name)} {share:.1%} of the places" for name, share in shares]
    else:
        is_one = answers.kind == "classes"
        counts = np.bincount(answers.targets, minlength=len(answers.names)) if is_one else answers.targets.sum(axis=0)
        each = [f"{escaped(name)} {int(count):,}" for name, count in zip(answers.names, counts, strict=True)]
    more = f" and {len(each) - MOST_NAMED} more" if len(each) > MOST_NAMED else ""
    told = [
        f"Found {len(images):,} images {'with masks ' * (answers.kind == 'masks')}of {len(answers.names)} "
        f"{'classes' if answers.kind == 'masks' else answers.kind}: {', '.join(each[:MOST_NAMED])}{more}."
    ]
    colors = "grey" if form.channels == 1 else "colour"
    told.append(
        f"They are {form.rows} rows by {form.columns} columns in {colors} ({how}), with "
        f"{range_told(form.least, form.largest)}."
    )
    if not form.white:
        told.append(
            "Which of them is white nobody can tell: the model takes such numbers as they are, and no image files. Its "
            "first layer brings them to mean 0 and width 1."
        )
    if answers.coding is not None and answers.coding.void is not None:
        told.append(
            f"Places of the value {answers.coding.void} belong to no class: they are neither learned nor counted."
        )
    if answers.kind == "classes":
        told += few_told(answers.names, np.bincount(answers.targets, minlength=len(answers.names)).tolist())
    return told


def _looks(form: Form, images: np.ndarray) -> Looks | None:
    if not form.white:
        return None
    some = images[:: -(-len(images) // MOST_LOOKED_AT)].astype(np.float32) * np.float32(BYTE / form.white)
    return looks_of(some, [(form.columns, form.rows)])


def digests_of(images: np.ndarray) -> list[str]:
    """Of each image, whatever type its numbers are of, as `Survey.digests` has them of files."""
    each = (np.ascontiguousarray(image, np.float32).tobytes() for image in images)
    return [hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest() for content in each]


def guessed(model: Model) -> TrainedOn:
    """How images are read for a model whose file does not say it: as `predict` does."""
    (rows, columns), channels, axis = image_input(model)
    if rows is None or columns is None or axis != -1:
        raise ArgumentError(f"{model.name} does not say how large its images are, so folders cannot be read for it")
    return TrainedOn(Reading(rows, columns, channels), float(white_of(model)) / BYTE)


class Asked(Frozen):
    """Images of which a model is asked.

    Attributes:
        x: as the model takes them.
        names: of each.
        labels: what is written beside them, as it is; None where nothing is.
        owner: where they are.
        titles: of the columns of labels.
        told: what was done to them, in sentences.
        form: how they lie in the file.
    """

    x: np.ndarray
    names: tuple[str, ...]
    labels: Any
    owner: str
    titles: tuple[str, ...]
    told: tuple[str, ...]
    form: Form


def pixels_asked(path: Path, known: TrainedOn, columns: Sequence[str] | None = (), on_missing: str = "error") -> Asked:
    """The images of a table of pixels or of arrays, taken as those were that a model was trained on.

    Args:
        path: of the file or the folder; of its parts that to test with is taken.
        known: what the model was trained on.
        columns: the title of the column of labels; None where nobody asks for labels.
        on_missing: what becomes of rows in which something is missing, see `read_pixels`.

    Raises:
        FileError: they have another shape, or numbers from elsewhere.
    """
    found = pixels_in(path, columns, on_missing)
    part = found.to_test
    form, _ = _form(found, part, None, known)
    images = form.images(part.values, part.owner)
    form, images, told = _taken(form, images, part.owner, known)
    names = part.names if len(part.names) == len(images) else (part.owner,)
    left = () if columns is None else found.told
    return Asked(images.astype(np.float32), names, part.labels, part.owner, part.titles, (*left, *told), form)
