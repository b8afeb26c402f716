"""What is worth a warning about the targets of a training, and about the data that it is validated with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.losses import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from pellucid.training.objectives import Objective
from pellucid.training.runtime import Runtime

OF_CLASSES = (BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy)
"""Losses whose targets are classes."""
MANY = 10
"""With so many samples for each class, one that has none is no accident."""


def hint_at_same_data(runtime: Runtime, x: Any, held: Any) -> None:
    """Warn, once, of validation data that are training data.

    Args:
        runtime: of the model.
        x: what is trained on.
        held: what is to be validated with.
    """
    if not isinstance(x, np.ndarray) or not isinstance(held, np.ndarray):
        return
    if np.may_share_memory(x, held) or _are_equal(x, held):
        runtime.say_once(
            "same data",
            "the validation data are training data: val_loss will not tell how the model does on what it has not seen; "
            "hold samples back, as validation_split does",
        )


def _are_equal(x: np.ndarray, held: np.ndarray) -> bool:
    is_alike = x.shape == held.shape and x.size > 0 and np.array_equal(x[:1], held[:1])
    return is_alike and np.array_equal(x, held)


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
        if not isinstance(objective.loss, OF_CLASSES):
            continue
        trained, held = (_classes(part[objective.target]) for part in (first, last))
        unseen, untested = sorted(held - trained), sorted(trained - held)
        if unseen:
            runtime.say_once(
                "classes to train on",
                f"validation_split holds back the last samples, and all those of class {_named(unseen)} are among "
                "them: none is left to train on; shuffle x and y together before",
            )
        elif untested and len(last[objective.target]) >= MANY * len(trained):
            runtime.say_once(
                "classes to validate",
                f"validation_split holds back the last samples, and none of them is of class {_named(untested)}; "
                "shuffle x and y together before",
            )


def about_classes(objective: Objective, size: int, y: np.ndarray) -> str:
    """What is said of classes that have no sample, though the model tells so many (`size`) apart; "" of none."""
    if not isinstance(objective.loss, SparseCategoricalCrossentropy) or y.ndim != 1 or len(y) < MANY * size:
        return ""
    missing = sorted(set(range(size)) - _classes(y))
    if not missing:
        return ""
    return f"none of the {len(y)} samples is of class {_named(missing)}, though the model tells {size} classes apart"


def hint_at_class_weights(runtime: Runtime, objectives: Sequence[Objective], class_weight: Mapping[int, float]) -> None:
    """Warn, once, of weights for classes that a model cannot tell: their numbers count from 0.

    Args:
        runtime: of the model.
        objectives: what it is compiled for: one, at most.
        class_weight: by number of the class.
    """
    for objective in objectives:
        loss, size = objective.loss, runtime.built.outputs[objective.number].shape[-1] or 0
        if not isinstance(loss, OF_CLASSES) or getattr(loss, "axis", -1) != -1 or not size:
            continue
        unknown = sorted(int(label) for label in class_weight if label >= max(size, 2))
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
