"""Where the input comes from: a sample, one that the network gets wrong, a file, a drawing, the camera."""

from __future__ import annotations

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid.checks import is_number
from pellucid.data.images.apart import read_image_apart
from pellucid.data.images.files import scaled_pixels
from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.explorer.asked import Asked
from pellucid.explorer.entries import Entry
from pellucid.explorer.samples import parts_of
from pellucid.explorer.study import Study
from pellucid.inspection.confusion import Classifier
from pellucid.inspection.given import is_whole
from pellucid.inspection.image_samples import knows_its_images

__all__ = ["choose_input", "draw_input", "send_input"]

_TOGETHER = 64  # samples, in the search for a mistake
_DRAWN = ("drawing", "camera")
_LARGEST = 1e9  # number that is typed
_LARGEST_SIDE = 2048  # of what is drawn [pixels]


def choose_input(study: Study, asked: Asked) -> Response:
    """Take a sample: {"sample": 3}; {"class": 7} or {"mistake": true}, with "after" for the next of them.

    With "of" it is taken for that of the model's inputs alone; of one that is no picture {"at": [2], "value": 0.5} sets
    a number.
    """
    sent = asked.sent()
    after, of = sent.get("after", -1), sent.get("of", "")
    if not is_whole(after):
        raise ArgumentError(f'"after" is the number of a sample, got {shown(after)}')
    if not isinstance(of, str):
        raise ArgumentError(f'"of" is the name of one of the inputs, got {shown(of)}')
    if "sample" in sent:
        study.choose_sample(_number(study, sent["sample"]), of)
    elif "at" in sent:
        _set(study, of, sent["at"], sent.get("value"))
    elif is_whole(sent.get("class")):
        study.choose_sample(_of_class(study, sent["class"], after), of)
    elif sent.get("mistake") is True:
        study.choose_sample(next_mistake(study, after))
    else:
        raise ArgumentError('an input is chosen by {"sample": number}, {"class": number} or {"mistake": true}')
    return _taken(study)


def _set(study: Study, of: str, at: object, value: object) -> None:
    """Change one number of an input."""
    entry = study.entry(of)
    is_place = isinstance(at, list) and len(at) == len(entry.shape) and all(is_whole(each) for each in at)
    if not is_place or not all(0 <= each < size for each, size in zip(at, entry.shape, strict=True)):  # type: ignore[call-overload]
        raise ArgumentError(f"{entry.id}: its numbers are of shape {entry.shape}, there is none at {shown(at)}")
    if not is_number(value) or not abs(value) <= _LARGEST:  # type: ignore[arg-type]
        raise ArgumentError(f"{entry.id}: a number up to {_LARGEST:g} is wanted, got {shown(value)}")
    x = study.chosen.parts[entry.number].x.copy()
    x[tuple(at)] = value  # type: ignore[arg-type]
    study.choose(x, "typed", entry.id)


def _number(study: Study, given: object) -> int:
    """What was typed as the number of a sample."""
    if not is_whole(given):
        last = len(study.samples) - 1
        raise ArgumentError(f"{study.samples.name}: samples have whole numbers, 0 to {last}, got {shown(given)}")
    return given


def _of_class(study: Study, number: int, after: int) -> int:
    """The next sample of a class, from the beginning again behind the last."""
    numbers = study.samples.of_class(number)
    if not len(numbers):
        raise ArgumentError(f"{study.samples.name}: there is no sample of class {shown(number)}")
    later = numbers[numbers > after]
    return int(later[0] if len(later) else numbers[0])


def next_mistake(study: Study, after: int = -1) -> int:
    """The next sample that the network takes for another class, from the beginning again behind the last.

    Raises:
        ArgumentError: it gets all of them right, or nobody knows what is right.
    """
    samples, count, model = study.samples, len(study.samples), study.model
    if samples.y is None or len(model.outputs) != 1 or len(model.outputs[0].shape) != 2:
        raise ArgumentError(f"{samples.name}: nobody said which classes they are, so nothing is a mistake")
    told = Classifier(model, "the search for a mistake", None, None)
    begin = after + 1 if 0 <= after < count - 1 else 0
    order = np.roll(np.arange(count), -begin)
    for first in range(0, count, _TOGETHER):
        numbers = order[first : first + _TOGETHER]
        answers = told.scores(*parts_of(samples.at(numbers)))
        is_no_number = np.isnan(answers).any(axis=1)  # which is right for nothing
        wrong = numbers[(answers.argmax(axis=1) != samples.y[numbers]) | is_no_number]
        if len(wrong):
            return int(wrong[0])
    raise ArgumentError(f"{samples.name}: the network gets all {count:,} of them right")


def send_input(study: Study, asked: Asked) -> Response:
    """Take an image file, sent as it is; it is read as the images are that the model was trained on."""
    entry, size = _picture(study, asked)
    told = _told(study)
    reading = Reading(*size) if told is None else told.reading
    _take(study, entry, read_image_apart(asked.body, reading), "file")
    return _taken(study)


def draw_input(study: Study, asked: Asked) -> Response:
    """Take pixels of a canvas, red, green, blue and cover a byte each: `?rows=280&columns=280&source=drawing`."""
    rows, columns = (asked.whole(name, 0, 1, _LARGEST_SIDE) for name in ("rows", "columns"))
    source = asked.query.get("source", "")
    if source not in _DRAWN:
        raise ArgumentError(f"source is {' or '.join(_DRAWN)}, got {shown(source)}")
    if len(asked.body) != 4 * rows * columns:
        raise ShapeError(f"{rows} x {columns} pixels are {4 * rows * columns:,} bytes, got {len(asked.body):,}")
    entry, (height, width, channels) = _picture(study, asked)
    pixels = np.frombuffer(asked.body, np.uint8).reshape(rows, columns, 4)
    _take(study, entry, scaled_pixels(pixels, (height, width), channels), source)
    return _taken(study)


def _picture(study: Study, asked: Asked) -> tuple[Entry, tuple[int, int, int]]:
    """The input that is meant, with rows, columns and channels of a picture; `?of=left` names one of several."""
    entry = study.entry(asked.query.get("of", ""))
    if entry.size is None:
        raise ArgumentError(
            f"{study.model.name} takes inputs of shape {entry.shape}, which are no pictures of 1 or 3 channels"
        )
    return entry, entry.size


def _told(study: Study) -> TrainedOn | None:
    """How the images were that the model was trained on, if it knows, and takes such still."""
    is_told = len(study.entries) == 1 and knows_its_images(study.model)
    return study.model.trained_on if is_told else None


def _take(study: Study, entry: Entry, pixels: np.ndarray, source: str) -> None:
    """Take pixels of 0..255 as input, in the numbers that the samples have."""
    values, told = pixels.astype(np.float32), _told(study)
    if told is not None:
        values *= np.float32(told.scale)
    else:
        black, white = entry.brightness
        values = np.float32(black) + values / np.float32(255) * np.float32(white - black)
    study.choose(np.moveaxis(values, -1, entry.axis if entry.axis < 0 else entry.axis - 1), source, entry.id)


def _taken(study: Study) -> Response:
    """What was taken; the page hears of the change, and asks for the numbers."""
    return JSONResponse({"version": study.version, "number": study.chosen.number})
