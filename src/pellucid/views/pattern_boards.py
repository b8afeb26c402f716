"""What is shown of what excites units: the patches of real data, and the inputs that were climbed to."""

from __future__ import annotations

import numpy as np

from pellucid.inspection.composition import Composition
from pellucid.inspection.image_channels import channel_names
from pellucid.inspection.maxima import ActivationMaximum
from pellucid.inspection.patches import TopPatches
from pellucid.views.boards import Board, Chart, Part, Tile, Tiles, plane_tile, sample_tile
from pellucid.views.captions import list_numbers
from pellucid.views.colors import color_limits, paint
from pellucid.views.photographs import as_photograph
from pellucid.views.precision import short
from pellucid.views.saliency_board import held_words, unit_words

__all__ = ["composition_board", "maximum_board", "patches_board"]

_MOST_PATCHES, _MOST_UNITS = 9, 48
_BETWEEN = (255, 255, 255)


def patches_board(record: TopPatches, most: int | None = _MOST_UNITS) -> Board:
    """What is shown of top patches: a strip for each unit, the strongest first."""
    shown = range(len(record.units) if most is None else min(most, len(record.units)))
    size = "x".join(map(str, record.patches.shape[2:-1]))
    sentences = [
        f"Each strip holds the parts of {record.seen} samples that excite a unit most, one of each, the strongest "
        f"first: {size} places, which is what the unit sees there. Grey is padding.",
        *([f"They are cut from the input {record.input}."] if record.input else []),
    ]
    dead = record.dead
    if dead:
        named = list_numbers("unit", list(dead)).capitalize()
        sentences.append(f"{named}: dead, with one answer to every place of {record.seen} samples.")
    left = len(record.units) - len(shown)
    sentences += [f"{left} further units are not shown."] if left else []
    pixels, note = _drawn(record.patches)
    sentences += [note] if note else []
    if record.patches.ndim > 5 and (depth := record.patches.shape[2]) > 1:
        sentences.append(f"Of the {depth} slices along the depth that in the middle is drawn, depth {depth // 2}.")
    tiles = [_strip(record, k, pixels) for k in shown]
    side = max(tile.shape[1] for tile in tiles)
    scale = max(1, 280 // side)
    stage = "" if record.stage == "output" else f", {record.stage}"
    return Board(f"{record.layer}: what excites its units most{stage}", sentences, [Tiles("", tiles, side * scale)])


def _drawn(patches: np.ndarray) -> tuple[np.ndarray, str]:
    """All patches as pictures of one scale (units, count, rows, columns, 3), and a sentence on it."""
    values = patches
    while values.ndim > 5:  # of volumes, and of samples with more axes, what lies in the middle
        values = values[:, :, values.shape[2] // 2]
    values = values[:, :, np.newaxis] if values.ndim == 4 else values
    units, count, rows, columns, channels = values.shape
    if channels in (1, 3) and rows > 1:
        pixels, note = as_photograph(values.reshape(-1, columns, channels).astype(np.float64))
    else:
        mean = values.astype(np.float64).mean(axis=-1).reshape(-1, columns)
        limit = float(color_limits(mean[np.newaxis])[0])
        pixels, note = paint(mean, limit), "" if channels == 1 else f"Drawn is the mean of {channels} channels."
    return pixels.reshape(units, count, rows, columns, 3), note


def _strip(record: TopPatches, k: int, pixels: np.ndarray) -> Tile:
    """The patches of one unit side by side."""
    count = min(record.values.shape[1], _MOST_PATCHES)
    rows, columns = pixels.shape[2:4]
    gap = 1 + columns // 16
    strip = np.full((rows, count * (columns + gap) - gap, 3), _BETWEEN, np.uint8)
    for place in range(count):
        if record.samples[k, place] >= 0:
            strip[:, place * (columns + gap) : place * (columns + gap) + columns] = pixels[k, place]
    unit = int(record.units[k])
    label = f"{unit}: {short(float(record.values[k, 0]), 3)}"
    if unit in record.dead:
        label = f"{unit}: dead, always {short(float(record.highest[k]), 3)}"
    elif record.labels is not None:
        label += ", classes " + " ".join(short(float(each)) for each in record.labels[k, :count] if each >= 0)
    words = ", ".join(
        f"{short(float(value))} in sample {number}"
        for value, number in zip(record.values[k, :count], record.samples[k, :count], strict=True)
        if number >= 0
    )
    return Tile(label, pixels=strip, words=f"unit {unit}: {words}")


def maximum_board(record: ActivationMaximum) -> Board:
    """What is shown of an activation maximum."""
    where = unit_words(record.layer, record.unit, record.position)
    settings = ", ".join(f"{name} {short(value)}" for name, value in (record.settings or {}).items())
    ends = f"{short(record.low)} to {short(record.high)}"
    sentences = [
        record.said,
        *held_words(record.input),
        f"Climbed in {'the amplitudes of waves' if record.parameters == 'fourier' else 'pixels'}, within {ends}: "
        f"{settings}. It is a maximum nearby, not the largest of all.",
    ]
    span = (record.image.astype(np.float64) - record.low) / (record.high - record.low)
    tiles = [sample_tile("the input", span)]
    if record.image.shape[-1] not in (1, 3):
        tiles = [plane_tile(f"channel {k}", record.image[..., k]) for k in range(min(record.image.shape[-1], 16))]
    steps = np.arange(1, len(record.course) + 1)
    curve = Chart("What was climbed, before the activation", "step", {"the unit": (steps, record.course)})
    return Board(f"{where}: the input that excites it most", sentences, [Tiles("", tiles, 260), curve])


def composition_board(record: Composition) -> Board:
    """What is shown of a composed kernel: the kernel channel by channel, its bias, and where it is exact."""
    where = unit_words(record.layer, record.unit, record.position, record.stage)
    size = "x".join(map(str, record.kernel.shape[:-1]))
    ends = {
        "everywhere": "Exact for every input: all on the way is linear.",
        "for this sample": "Exact for this sample, and for all inputs for which the same units are on; not for others.",
    }
    sentences = [
        f"{ends[record.exact]} The sum of weights times input, plus {short(record.bias)}; {size} places are seen.",
        f"On the way: {', '.join(record.through)}.",
        "Positive: more of this number of the input raises the unit. Negative: more of it lowers the unit.",
    ]
    sentences[1:1] = held_words(record.input)
    if record.value is not None:
        sentences.insert(1, f"For the sample the unit has {short(record.value, 6)}.")
    kernel, channels = record.kernel, record.kernel.shape[-1]
    limit = float(color_limits(kernel.reshape(1, -1))[0])
    names = channel_names(kernel.shape)
    tiles = [plane_tile(names[k] if channels > 1 else "", kernel[..., k], limit) for k in range(min(channels, 16))]
    parts: list[Part] = [Tiles("The kernel on the input", tiles, 160)]
    if record.image is not None:
        part = record.image[tuple(slice(first, last + 1) for first, last in record.box)]
        product = (part.astype(np.float64) * kernel).sum(axis=-1)
        shown = [sample_tile("what it sees", part), plane_tile("what each place adds", product)]
        parts.append(Tiles("On the sample", shown, 160))
    return Board(f"{where}: one kernel on the input", sentences, parts)
