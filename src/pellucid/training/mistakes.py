"""What is worth a warning about the targets of a training, and about the data that it is validated with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.layers import Softmax
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


def hint_at_targets(runtime: Runtime, objectives: Sequence[Objective], samples: Mapping[str, np.ndarray]) -> None:
    """Warn, once, of targets of which there is nothing to learn, or not of all classes.

    Args:
        runtime: of the model.
        objectives: what it is compiled for.
        samples: all that is trained on.
    """
    for objective in objectives:
        target = samples.get(objective.target)
        if target is None or len(target) < MANY:
            continue
        first = target[:1]
        if (target[-1:] == first).all() and (target == first).all():
            said = f"all {len(target)} targets are equal ({_short(first[0])}): there is nothing to learn of them"
            runtime.say_once("constant targets", said)
        elif isinstance(objective.loss, SparseCategoricalCrossentropy) and target.ndim == 1:
            size = runtime.built.outputs[objective.number].shape[-1]
            missing = sorted(set(range(size or 0)) - _classes(target))
            if missing and len(target) >= MANY * (size or 0):
                runtime.say_once(
                    "classes",
                    f"none of the {len(target)} samples is of class {_named(missing)}, though the model tells {size} "
                    "classes apart",
                )


def hint_at_ends(runtime: Runtime, objectives: Sequence[Objective]) -> None:
    """Warn, once, of last layers that do not go with their losses.

    Args:
        runtime: of the model.
        objectives: what it is compiled for.
    """
    for objective in objectives:
        end = runtime.built.outputs[objective.number]
        layer, loss = end.call.layer, objective.loss
        last = getattr(getattr(layer, "activation", None), "__name__", "softmax" if isinstance(layer, Softmax) else "")
        if last == "softmax" and end.shape[-1] == 1:
            runtime.say_once(
                "softmax",
                f"a softmax over one output, as {layer.name!r} has it, always gives 1: use a sigmoid for two classes, "
                "or one output for each class",
            )
        elif isinstance(loss, OF_CLASSES) and not loss.from_logits and last == "linear":
            runtime.say_once(
                "probabilities",
                f"the loss wants probabilities, but {layer.name!r} has no activation and gives any numbers: give it a "
                "softmax or sigmoid, or the loss from_logits=True",
            )


def _classes(target: np.ndarray) -> set[int]:
    """The classes that there are in targets: numbers, or a row with one number for each class."""
    labels = target.argmax(axis=-1) if target.ndim == 2 and target.shape[1] > 1 else target
    counts = np.bincount(labels[labels >= 0].astype(np.intp))  # one below 0 may be that of samples that do not count
    return set(map(int, np.flatnonzero(counts)))


def _short(value: np.ndarray) -> str:
    return str(value.item()) if value.size == 1 else f"arrays of shape {value.shape}"


def _named(classes: Sequence[int]) -> str:
    return ", ".join(map(str, classes[:5])) + (" and others" if len(classes) > 5 else "")
