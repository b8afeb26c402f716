"""Pages on trainings: the filters as a film, the gradient that vanishes, overfitting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pellucid.callbacks import FilterHistory
from pellucid.errors import ArgumentError
from pellucid.inspection.filter_film import filter_film
from pellucid.inspection.gradient_flow import gradient_flow
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.runs import training_runs
from pellucid.inspection.training_step import layer_at
from pellucid.layers import Dense, Dropout, Flatten, Input, Layer
from pellucid.learn.parts import Formula, Measured, Part, Question
from pellucid.learn.subject import Subject, bank_of
from pellucid.models import Model, Sequential

__all__ = ["QUESTIONS"]

_EPOCHS, _LONG, _BATCH = 15, 25, 32
_DEEP, _WIDTH = 7, 32  # layers and units of the networks through which a gradient is followed


def _film(subject: Subject) -> Iterator[Part]:
    copy = subject.copy()
    history = FilterHistory()
    before = bank_of(layer_at(copy, subject.path), "before training")
    copy.fit(subject.x, subject.classes, epochs=_EPOCHS, batch_size=_BATCH, verbose=0, callbacks=history)
    film = filter_film(history, subject.path)
    after = bank_of(layer_at(copy, subject.path), "after training")
    yield (
        f"A copy of {subject.model.name} with fresh weights is trained for {_EPOCHS} epochs on {len(subject.x)} "
        "samples, "
        "and its filters are kept as it goes: before, between, after."
    )
    yield before
    yield after
    yield film
    yield "views.save_film(film, 'film.gif') writes all frames as a film, 'film.html' as a page with a slider."
    farthest = int(np.argmax(film.distance[-1]))
    yield Measured("frames", len(film.steps))
    yield Measured(
        f"how far filter {farthest}, which went farthest, is from where it began", film.distance[-1][farthest]
    )
    size = float(np.sqrt(np.square(np.asarray(before.kernel, np.float64)[..., farthest]).sum()))
    yield Measured("its length at the beginning", size)


def _vanishing(subject: Subject) -> Iterator[Part]:
    classes = _classes(subject.classes)
    models = {name: _deep(subject, name, int(classes.max()) + 1) for name in ("sigmoid", "relu")}
    own = {f"{subject.model.name}, fresh": subject.copy()}
    learns_the_same = np.array_equal(classes, subject.classes)
    flow = gradient_flow(models | (own if learns_the_same else {}), subject.x, classes, epochs=2, points=12)
    yield (
        f"On its way back the error is multiplied by the slope of each activation. Two networks of {_DEEP} layers "
        "learn these samples, one with sigmoids and one with ReLU, beside a fresh copy of this model; for each layer "
        "the length of its gradient is measured. "
        "'Kept' is the gradient of a typical weight of the first layer for that of the last."
    )
    yield flow
    for name, each in zip(models, flow.flows, strict=False):
        yield Measured(f"{name}: kept at first", float(each.kept[0]))
    yield Measured("the largest slope of a sigmoid, over as many layers", 0.25**_DEEP)
    if not learns_the_same:
        yield f"And this model itself, {subject.model.name}, with fresh weights:"
        yield gradient_flow(own, subject.x, subject.classes, points=12)


def _classes(y: np.ndarray) -> np.ndarray:
    """Whole numbers from 0; of numbers, whether they are above their middle."""
    flat = y.reshape(len(y), -1)
    if flat.shape[1] > 1:
        return flat.argmax(axis=1)
    if np.issubdtype(flat.dtype, np.integer) and flat.min() >= 0:
        return flat[:, 0]
    return (flat[:, 0] > np.median(flat[:, 0])).astype(np.int64)


def _deep(subject: Subject, activation: str, classes: int) -> Model:
    hidden = [Dense(_WIDTH, activation, name=f"dense{number}") for number in range(1, _DEEP + 1)]
    ends = [Dense(max(classes, 2), activation="softmax", name="class")]
    made = Sequential([Input(subject.sample.shape), Flatten(name="flat"), *hidden, *ends], name=activation)
    made.compile("sgd", "sparse_categorical_crossentropy")
    return made


def _overfitting(subject: Subject) -> Iterator[Part]:
    count = max(len(subject.x) // 4, 1)
    if len(subject.x) - count < 1:
        yield "Overfitting shows on samples that were held out; there are too few here: pass more."
        return
    learned, held = slice(0, count), slice(count, None)
    y = subject.classes
    runs: dict[str, Any] = {}
    for name, rate in (("without dropout", 0.0), ("with dropout of a half", 0.5)):
        copy = _with_dropout(subject, rate)
        others = (subject.x[held], y[held])
        runs[name] = copy.fit(
            subject.x[learned], y[learned], epochs=_LONG, batch_size=_BATCH, verbose=0, validation_data=others
        )
    yield (
        f"Two copies of {subject.model.name} learn {count} samples for {_LONG} epochs; the other "
        f"{len(subject.x) - count} "
        "are held out. Where the loss of those rises while that of the learned ones falls on, the model begins to know "
        "its samples by heart. One copy has dropout before its last layer."
    )
    found = training_runs(runs)
    yield found
    for name, history in runs.items():
        gap = history.history["val_loss"][-1] - history.history["loss"][-1]
        yield Measured(f"{name}: loss of the held out samples, less that of the learned ones, in the end", gap)


def _with_dropout(subject: Subject, rate: float) -> Model:
    """A fresh copy whose dropout has a rate; where it has none, some before the last layer."""
    fresh = subject.copy()
    dropping = [layer for layer in fresh.layers if isinstance(layer, Dropout)]
    for layer in dropping:
        layer.rate = rate
    if dropping:
        return fresh
    parts = told_apart(fresh)
    call = parts.outputs[0].call
    if not isinstance(call.layer, Layer):
        raise ArgumentError(f"learn: dropout is put before a last layer, and {fresh.name} ends in a function")
    dropped = Dropout(rate, name="dropout_half")(call.inputs[0])
    return subject.copy(Model(parts.inputs, call.layer(dropped), name=fresh.name))


QUESTIONS = (
    Question(
        14,
        "What do filters look like before, between and after training? A film",
        "from pellucid import callbacks\nhistory = callbacks.FilterHistory()\n"
        "model.fit(x, y, epochs=2, verbose=0, callbacks=history)\nprint(inspection.filter_film(history, 'conv1'))",
        Formula(
            "moved[f] = |kernel[f] after - kernel[f] before| (the root of the sum of squares)",
            "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 2.5, norms; the steps are on page 7",
        ),
        "'training turns noise into edge detectors'. In a small layer many filters stay close to where the draw put "
        "them, and the layers behind learn to use them; how far each one went stands above.",
        _film,
    ),
    Question(
        17,
        "Does the gradient vanish? Measured",
        "print(inspection.gradient_flow(model, x, y, points=12))",
        Formula(
            "dL/dx[1] = W'[1] s'(z[1]) ... W'[n] s'(z[n]) dL/dx[n]; s' <= 1/4 for a sigmoid, 0 or 1 for ReLU",
            "Hochreiter, 1991; Glorot and Bengio, AISTATS 2010",
        ),
        "'ReLU solves it'. Its slope of 1 does not shrink the error, but where it is 0 nothing comes through at all, "
        "and the weights shrink or enlarge it too: the initialiser must suit the activation.",
        _vanishing,
    ),
    Question(
        18,
        "What is overfitting, and what does dropout do to it?",
        "history = model.fit(x, y, epochs=2, validation_split=0.5, verbose=0)\n"
        "print(inspection.training_runs({'with dropout': history}))",
        Formula(
            "gap = loss of samples that were held out - loss of samples that were learned",
            "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 5.2",
        ),
        "'validation better than training is a mistake'. While it trains, dropout makes the training loss worse, and "
        "the loss of an epoch is a mean over all its steps; validation is measured after it, without dropout.",
        _overfitting,
    ),
)
