"""What is drawn of a field of view, on a page as in a terminal: two planes, a box, and the sentences beside them."""

from __future__ import annotations

import numpy as np

from pellucid.frozen import Frozen
from pellucid.inspection.fields import FieldOfView
from pellucid.views.captions import list_numbers
from pellucid.views.colors import color_limits, paint
from pellucid.views.photographs import as_photograph

__all__ = ["SHARE", "Planes", "Spans", "describe_field", "pixels_of", "planes_of", "title_of"]

Spans = tuple[tuple[int, int], tuple[int, int]]
"""First and last row, first and last column."""
SHARE = 0.9
"""Of the gradient, within the inner box."""


class Planes(Frozen):
    """A field of view in two dimensions.

    Attributes:
        image: the sample (rows, columns, 3), uint8; None where there is none.
        strength: how strongly each place acts (rows, columns).
        seen: which places are seen (rows, columns).
        spans: first and last row, first and last column that are seen, padding included.
        box: the same, within the input.
        inner: of the part that holds most of the gradient; None where there is none.
        notes: what the planes leave out or stretch, as sentences.
    """

    image: np.ndarray | None
    strength: np.ndarray
    seen: np.ndarray
    spans: Spans
    box: Spans
    inner: Spans | None
    notes: tuple[str, ...]


def planes_of(field: FieldOfView) -> Planes:
    """The planes of a field: one row where the input has one axis; where it has three, all depths in one."""
    strength, seen, image = field.strength, field.seen, field.image
    inner, notes = field.inner(SHARE), []
    if len(field.spatial) == 3:
        strength, seen = strength.sum(axis=0), np.asarray(seen.any(axis=0))
        notes.append("The depths are added up in the picture of the gradient.")
        if image is not None:
            depth = sum(field.box[0]) // 2
            image = image[depth]
            notes.append(f"Of the input depth {depth} is shown.")
    if len(field.spatial) == 1:
        strength, seen = strength[np.newaxis], seen[np.newaxis]
        image = None if image is None else image[np.newaxis]
    pixels = None
    if image is not None:
        pixels, note = pixels_of(image)
        notes += [note] if note else []
    spans, box, within = (_two(each) for each in (field.spans, field.box, inner or ()))
    return Planes(pixels, strength, seen, spans, box, within if inner else None, tuple(notes))


def pixels_of(image: np.ndarray) -> tuple[np.ndarray, str]:
    """A photograph; of other numbers of channels, and of several along one row, their mean, by the drawing rule."""
    if image.shape[-1] == 1 or (image.shape[-1] == 3 and len(image) > 1):  # three of a sequence are no colours
        return as_photograph(image)
    mean = image.astype(np.float64).mean(axis=-1)
    limit = float(color_limits(mean[np.newaxis])[0])
    return paint(mean, limit), f"The input is drawn as the mean of its {image.shape[-1]} channels."


def _two(spans: tuple[tuple[int, int], ...]) -> Spans:
    """The last two axes; one of a single row where there is one."""
    rows, columns = ((0, 0), (0, 0), *spans)[-2:]
    return rows, columns


def title_of(field: FieldOfView) -> str:
    """Whose field it is.

    Example:
        >>> ones = np.ones((5, 1))
        >>> title_of(FieldOfView("conv1d", "Conv1D", (2,), 7, ones > 0, ones, 1, None, ((0, 4),)))
        'conv1d: what the unit at [2] of filter 7 sees of the input'
    """
    source = f"the input {field.input}" if field.input else "the input"
    if not field.position:
        return f"{field.use}: what unit {field.unit} sees of {source}"
    return f"{field.use}: what the unit at {list(field.position)} of filter {field.unit} sees of {source}"


def describe_field(field: FieldOfView) -> list[str]:
    """What there is to say, sentence by sentence.

    Example:
        >>> ones = np.ones((5, 1))
        >>> field = FieldOfView("conv1d", "Conv1D", (2,), 7, ones > 0, ones, 1, None, ((-1, 4),))
        >>> for sentence in describe_field(field): print(sentence)
        Its field is 6 steps, steps -1 to 4; beyond steps 0 to 4 is padding.
        90% of its gradient lies in steps 0 to 4 (1 random sample).
    """
    size, spatial = ("x".join(map(str, each)) for each in (field.size, field.spatial))
    places, along = ("places", "Along each axis ") if len(field.spatial) > 1 else (field.axes[0], "")
    text = f"Its field is {size} of the input's {spatial} {places}, {_named(field, field.box)}"
    if field.spans != field.box:
        text = (
            f"Its field is {size} {places}, {_named(field, field.spans)}; beyond {_named(field, field.box)} is padding"
        )
    sentences = [f"{text}.", *(f"{each}." for each in field.uneven)]
    read = np.asarray(field.theoretical.any(axis=tuple(range(len(field.spatial)))))
    if not read.all():
        named = list_numbers("channel", np.flatnonzero(read).tolist())
        sentences.append(f"Of the input's {len(read)} channels it reads {named}.")
    inner = field.inner(SHARE)
    if inner is not None:
        sentences.append(f"{along}{SHARE:.0%} of its gradient lies in {_named(field, inner)} ({_samples(field)}).")
    elif np.isfinite(field.strength).all():
        sentences.append(f"Its gradient is zero everywhere ({_samples(field)}), as behind a relu that is off.")
    else:
        sentences.append(f"Its gradient holds NaN or infinity ({_samples(field)}).")
    return sentences


def _samples(field: FieldOfView) -> str:
    kind = "random" if field.image is None else "given"
    return f"1 {kind} sample" if field.samples == 1 else f"mean of {field.samples} {kind} samples"


def _named(field: FieldOfView, spans: tuple[tuple[int, int], ...]) -> str:
    """The spans by the names of their axes."""
    parts = [f"{name} {first} to {last}" for name, (first, last) in zip(field.axes, spans, strict=True)]
    return ", ".join(parts)
