"""What is worth a warning about the targets of a training, and about the data that it is validated with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.losses import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from pellucid.training.objectives import Objective
from pellucid.training.runtime import Runtime
from pellucid.training.weights import ClassWeight

OF_CLASSES = (BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy)
"""Losses whose targets are classes."""
MANY = 10
"""With so many samples for each class, one that has none is no accident."""
SOME, PLACES = 32, 64
"""So many samples are looked for among others, by at most so many of their numbers first."""
ENOUGH = 8
"""So many numbers of a sample are not the same by chance."""
EASY = 10**4
"""Steps that may be spent on whether two views of an array overlap."""


def hint_at_held(
    runtime: Runtime, objectives: Sequence[Objective], first: Mapping[str, Any], held: Mapping[str, Any]
) -> None:
    """Warn, once each, of validation data that are training data, or have other classes.

    Args:
        runtime: of the model.
        objectives: what it is compiled for.
        first: the samples that are trained on.
        held: those that are handed in to validate with.
    """
    if all(are_among(held[name], first[name]) for name in runtime.built.graph_names):
        runtime.say_once(
            "same data",
            "the validation data are training data: val_loss will not tell how the model does on what it has not seen; "
            "hold samples back, as validation_split does",
        )
    for objective in objectives:
        unseen, untested = _classes_apart(objective, first, held)
        if unseen and not runtime.has_said(f"missing of {objective.target}"):
            runtime.say_once(
                "classes to train on",
                f"the validation data have samples of class {_named(unseen)}, of which none is trained on",
            )
        elif untested:
            runtime.say_once(
                "classes to validate",
                f"none of the {len(held[objective.target])} samples to validate with is of class {_named(untested)}, "
                "though such are trained on",
            )


def are_among(held: np.ndarray, x: np.ndarray) -> bool:
    """Whether samples are the same as others, or a part of them in whatever order: some of them are looked for.

    Example:
        >>> x = np.random.default_rng(0).random((100, 4, 4))
        >>> are_among(x[7:90:3][::-1].copy(), x), are_among(x[1::2], x[::2])
        (True, False)
    """
    if held.shape[1:] != x.shape[1:] or not x.size:
        return False
    are_as_many = held.shape == x.shape and np.array_equal(held[:1], x[:1])
    if _share_memory(held, x) or (are_as_many and np.array_equal(held, x)):
        return True
    some = held[np.unique(np.linspace(0, len(held) - 1, SOME).astype(int))]
    numbers = some.astype(np.float32)
    if some[0].size < ENOUGH or np.count_nonzero(np.ptp(numbers, axis=0)) < ENOUGH:
        return False  # few numbers are the same by chance
    usual = np.median(numbers, axis=0)
    return all(_is_among(one, x, np.abs(number - usual)) for one, number in zip(some, numbers, strict=True))


def _is_among(sample: np.ndarray, x: np.ndarray, strange: np.ndarray) -> bool:
    """Whether one sample is among others: they are compared where it is strange first, until few are left."""
    alike = np.arange(len(x))
    for place in np.argsort(-strange, axis=None, kind="stable")[:PLACES]:
        where = np.unravel_index(place, sample.shape)
        alike = alike[x[(alike, *where)] == sample[where]]
        if len(alike) <= 1:
            break
    return any(np.array_equal(x[number], sample) for number in alike[:SOME])


def _share_memory(held: np.ndarray, x: np.ndarray) -> bool:
    try:
        return np.shares_memory(held, x, max_work=EASY)  # type: ignore[arg-type]  # any number, NumPy's reference says
    except np.exceptions.TooHardError:
        return False


def hint_at_split(
    runtime: Runtime, objectives: Sequence[Objective], first: Mapping[str, Any], last: Mapping[str, Any]
) -> None:
    """Warn, once, where the part that is held back has classes that the rest has not, or the other way round.

    Args:
        runtime: of the model.
        objectives: what it is compiled for.
        first: the samples that are trained on.
        last: those that are held back.
    """
    for objective in objectives:
        unseen, untested = _classes_apart(objective, first, last)
        if unseen:
            runtime.say_once(
                "classes to train on",
                f"validation_split holds back the last samples, and all those of class {_named(unseen)} are among "
                "them: none is left to train on; shuffle x and y together before",
            )
        elif untested:
            runtime.say_once(
                "classes to validate",
                f"validation_split holds back the last samples, and none of them is of class {_named(untested)}; "
                "shuffle x and y together before",
            )


def _classes_apart(
    objective: Objective, first: Mapping[str, Any], held: Mapping[str, Any]
) -> tuple[list[int], list[int]]:
    """The classes that are held back alone; and those that are not, where samples enough are."""
    if not isinstance(objective.loss, OF_CLASSES) or any(objective.target not in part for part in (first, held)):
        return [], []
    if isinstance(objective.loss, BinaryCrossentropy) and math.prod(first[objective.target].shape[1:]) > 1:
        return [], []  # many answers of yes and no, such as the pixels of an image
    trained, tested = (_classes(part[objective.target]) for part in (first, held))
    is_no_accident = len(held[objective.target]) >= MANY * len(trained)
    return sorted(tested - trained), sorted(trained - tested) if is_no_accident else []


def about_classes(objective: Objective, size: int, y: np.ndarray) -> str:
    """What is said of classes that have no sample, though the model tells so many (`size`) apart; "" of none."""
    is_of_samples = math.prod(y.shape[1:]) == 1
    if not isinstance(objective.loss, SparseCategoricalCrossentropy) or not is_of_samples or len(y) < MANY * size:
        return ""
    missing = sorted(set(range(size)) - _classes(y))
    if not missing:
        return ""
    return f"none of the {len(y)} samples is of class {_named(missing)}, though the model tells {size} classes apart"


def hint_at_class_weights(
    runtime: Runtime, objectives: Sequence[Objective], class_weights: Sequence[ClassWeight]
) -> None:
    """Warn, once, of weights for classes that a model cannot tell: their numbers count from 0.

    Args:
        runtime: of the model.
        objectives: what it is compiled for.
        class_weights: for each output, by number of the class.
    """
    for objective in objectives:
        loss, size = objective.loss, runtime.built.outputs[objective.number].shape[-1] or 0
        if not isinstance(loss, OF_CLASSES) or getattr(loss, "axis", -1) != -1 or not size:
            continue
        unknown = sorted(int(label) for label in class_weights[objective.number] or () if label >= max(size, 2))
        if not unknown:
            continue
        runtime.say_once(
            "class weights",
            f"class_weight weighs class {_named(unknown)}, but the model has only 0..{max(size, 2) - 1}: that changes "
            "nothing; classes count from 0",
        )


def _classes(target: np.ndarray) -> set[int]:
    """The classes that there are in targets: numbers, or a row with one number for each class."""
    labels = target.argmax(axis=-1) if target.ndim == 2 and target.shape[1] > 1 else target
    counts = np.bincount(labels[labels >= 0].astype(np.intp))  # one below 0 may be that of samples that do not count
    return set(map(int, np.flatnonzero(counts)))


def _named(classes: Sequence[int]) -> str:
    return ", ".join(map(str, classes[:5])) + (" and others" if len(classes) > 5 else "")
