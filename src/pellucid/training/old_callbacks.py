"""What `fit` of Keras 1 and 2 told callbacks besides: the validation data, and more params.

Source: keras/engine/training_arrays.py and training_generator.py of Keras 2.2.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.callbacks import Callback
from pellucid.training.given import Given
from pellucid.training.options import FitOptions


class Held(list[Any]):
    """The arrays of the validation data in a row: samples, targets, weights of samples."""


def tell(callbacks: Sequence[Callback], given: Given, options: FitOptions, names: Sequence[str]) -> None:
    """Let callbacks find what they found there, unless they have given themselves something of that name.

    Args:
        callbacks: of this `fit`.
        given: what is trained on.
        options: of this `fit`.
        names: of the loss and the metrics.
    """
    held = _held(given, options)
    samples = None if given.has_batches else len(_row(given.x)[0])
    further = {
        "metrics": [*names, *(f"val_{name}" for name in names if held is not None)],
        "do_validation": options.validation_data is not None or bool(options.validation_split),
        "batch_size": options.batch_size or 32,
        "samples": samples,
        "nb_epoch": options.epochs,
        "nb_sample": samples,
    }
    for callback in callbacks:
        callback.set_params({**further, **callback.params})
        if isinstance(vars(callback).get("validation_data"), Held | None):
            vars(callback)["validation_data"] = held


def _held(given: Given, options: FitOptions) -> Held | None:
    data = options.validation_data
    if isinstance(data, list | tuple) and len(data) in (2, 3) and all(map(_are_arrays, data)):
        return _in_a_row(*data)
    if not options.validation_split or given.has_batches:
        return None
    count = len(_row(given.x)[0])
    first = int(count * (1.0 - options.validation_split))
    parts = [[np.asarray(each)[first:] for each in _row(part)] for part in (given.x, given.y) if part is not None]
    return _in_a_row(*parts)


def _are_arrays(value: Any) -> bool:
    return all(np.ndim(each) for each in _row(value)) if value is not None else True


def _row(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else [value]


def _in_a_row(x: Any, y: Any = None, weights: Any = None) -> Held:
    samples, targets = _row(x), [] if y is None else _row(y)
    told = _row(weights) if weights is not None else [np.ones(len(samples[0]), np.float32) for _ in targets]
    return Held([*samples, *targets, *told])
