"""What is said beside feature maps, and how the sample itself is drawn; for figures, terminal and notebooks alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.inspection.map_records import FeatureMaps
from pellucid.views.captions import describe_maps, list_numbers, say_broken, say_zero
from pellucid.views.colors import NOT_A_NUMBER, color_limits
from pellucid.views.precision import short

__all__ = [
    *(
        "CHOICE",
        "MASK",
        "NEARLY",
        "describe_answer",
        "describe_answers",
        "faint_maps",
        "is_last",
        "map_notes",
        "picture_pixels",
    ),
    *("choice_of", "mask_of", "say_dropped", "say_faint"),
]

MASK = "Its mask: what is dark was kept, what is white was dropped."
CHOICE = "What it chose from: the winners are framed; a value may win several windows."
NEARLY = 0.01
"""A map is nearly zero where none of its values reaches this share of the layer's largest."""


def describe_answer(record: FeatureMaps) -> str:
    """What the maps of a layer are, where in it they were taken, and whose they are where it hands them on.

    Example:
        >>> describe_answer(FeatureMaps("stem", "Conv2D", np.zeros((6, 6, 32)), stage="before bias"))
        'stem (Conv2D): 32 maps of 6x6, before bias'
        >>> describe_answer(FeatureMaps("drop", "Dropout", np.zeros((6, 6, 32)), same_as="pool"))
        'drop (Dropout): hands on what pool answers, as it is'
        >>> describe_answer(FeatureMaps("stem", "Conv2D", np.zeros((6, 6, 32)), sample="3"))
        'sample 3, stem (Conv2D): 32 maps of 6x6'
    """
    text = describe_maps(record)
    if record.sample:
        text = f"sample {record.sample}, {text}"
    if record.same_as and record.kept is None:
        return f"{text.rpartition(':')[0]}: hands on what {record.same_as} answers, as it is"
    return text if record.stage == "output" else f"{text}, {record.stage}"


def describe_answers(records: Sequence[FeatureMaps]) -> str:
    """What several records are together.

    Example:
        >>> describe_answers([FeatureMaps("c", "Conv2D", np.zeros((6, 6, 4)), sample=name) for name in "012"])
        'What layers answer to 3 samples'
    """
    samples = len({record.sample for record in records})
    return f"What layers answer to {f'{samples} samples' if samples > 1 else 'one sample'}"


def is_last(record: FeatureMaps, records: Sequence[FeatureMaps]) -> bool:
    """Whether it is an answer of the last layer, whose values are those of the classes."""
    return record.layer == records[-1].layer and record.channels == records[-1].channels


def map_notes(record: FeatureMaps) -> list[str]:
    """What deserves attention: black and white of a picture, empty and nearly empty maps, what dropout dropped."""
    if record.is_picture:
        black, white = record.brightness
        names = " Red, green and blue as they are." if record.channels == 3 else ""
        notes = [f"Drawn as a picture: black is {short(black)}, white is {short(white)}.{names}"]
        return notes + say_broken(np.moveaxis(record.maps, -1, 0), "channel")
    channels = np.moveaxis(record.maps.astype(np.float64), -1, 0)
    if not record.spatial:
        return [*say_broken(channels, "value"), *say_dropped(record)]
    return [*say_zero(channels, "map"), *say_faint(channels), *say_broken(channels, "map"), *say_dropped(record)]


def range_words(values: np.ndarray) -> str:
    """The smallest and the largest of numbers, in words; of what is no number nothing.

    Example:
        >>> range_words(np.array([-0.5, 2.25])), range_words(np.ones(3)), range_words(np.array([np.nan]))
        ('from -0.5 to 2.25', 'all 1', 'none of them a finite number')
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "none of them a finite number"
    low, high = float(finite.min()), float(finite.max())
    return f"all {short(low)}" if low == high else f"from {short(low)} to {short(high)}"


def faint_maps(channels: np.ndarray) -> np.ndarray:
    """Which maps (channels, ...) are not empty, but nearly so: True or False for each.

    Example:
        >>> faint_maps(np.array([[1.0, 0.0], [0.001, 0.0], [0.0, 0.0]])).tolist()
        [False, True, False]
    """
    largest = color_limits(channels, "filter")
    finite = np.isfinite(channels.reshape(len(channels), -1)).all(axis=1)
    return (largest > 0) & (largest < NEARLY * largest.max(initial=0.0)) & finite


def say_faint(channels: np.ndarray) -> list[str]:
    """Which maps look empty and are not.

    Example:
        >>> say_faint(np.array([[1.0, 0.0], [0.001, 0.0], [0.0, 0.0]]))
        ['Map 1 is nearly zero, yet not empty: no value in it exceeds 0.001.']
    """
    found = np.flatnonzero(faint_maps(channels)).tolist()
    if not found:
        return []
    largest = short(float(color_limits(channels[found])[0]))
    subject = list_numbers("map", found).capitalize()
    one = len(found) == 1
    return [f"{subject} {'is' if one else 'are'} nearly zero, yet not empty: no value in {'it' if one else 'them'} "
            f"exceeds {largest}."]  # fmt: skip


def say_dropped(record: FeatureMaps) -> list[str]:
    """What a dropout dropped: whole maps, or how many values.

    Example:
        >>> maps, kept = np.ones((2, 2, 2)), np.array([[[True, False]] * 2] * 2)
        >>> say_dropped(FeatureMaps("drop", "SpatialDropout2D", maps, kept=kept))
        ['Dropped: map 1; of the others every value was kept.']
    """
    if record.kept is None:
        return []
    kept = np.moveaxis(record.kept, -1, 0).reshape(record.channels, -1).astype(bool)
    if record.spatial and (kept == kept[:, :1]).all():
        gone = list_numbers("map", np.flatnonzero(~kept[:, 0]).tolist())
        return [f"Dropped: {gone}; of the others every value was kept."]
    return [f"Dropped: {kept.size - int(kept.sum())} of {kept.size} values, each by itself."]


def mask_of(record: FeatureMaps) -> FeatureMaps | None:
    """What a dropout kept, as maps of 1 and 0; None where nothing was drawn."""
    return None if record.kept is None else FeatureMaps(record.layer, record.kind, record.kept.astype(np.float64))


def choice_of(record: FeatureMaps) -> tuple[FeatureMaps, FeatureMaps] | None:
    """What a maximum pooling chose from, and how often each value won; None where that is not known."""
    if record.given is None or record.wins is None or record.given.ndim != record.maps.ndim:
        return None
    given, wins = (FeatureMaps(record.layer, record.kind, array) for array in (record.given, record.wins))
    return given, wins


def picture_pixels(record: FeatureMaps) -> np.ndarray:
    """The pixels of a picture (rows, columns, 3), uint8; what is not a number is mid-grey.

    Example:
        >>> picture_pixels(FeatureMaps("input", "Input", np.array([[[0.0], [1.0]]]), is_picture=True))[0].tolist()
        [[0, 0, 0], [255, 255, 255]]
    """
    black, white = record.brightness
    values = record.maps.astype(np.float64)
    finite = np.isfinite(values)
    level = np.rint((np.where(finite, values, black) - black) / (white - black) * 255)
    pixels = np.broadcast_to(np.clip(level, 0, 255).astype(np.uint8), (*values.shape[:2], 3)).copy()
    pixels[~finite.all(axis=-1)] = NOT_A_NUMBER
    return pixels
