"""`.keras` files of tf.keras 2.12 to 2.21: the archive of Keras 3, with a configuration in the words of Keras 2.

The weights lie as in Keras 3, but that optimisers did not keep their learning rate among their arrays (and that version
2.12 called the groups of layers otherwise: `formats.weight_groups`).

Source: saving/experimental/saving_lib.py of Keras 2.12, src/saving/saving_lib.py of 2.13 to 2.15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.conversion.old_training import arguments_of
from pellucid.errors import FileError, shown
from pellucid.formats.keras_v3 import KerasFile
from pellucid.legacy.records import without_modules
from pellucid.models.old_facts import DEEPEST
from pellucid.models.old_records import today
from pellucid.models.optimizer_state import GROUP
from pellucid.warned import warn

__all__ = ["as_today"]

Config = dict[str, Any]

ELSEWHERE = ("Nadam", "Adafactor")
"""Optimisers that kept other arrays than today's do."""


def as_today(file: KerasFile) -> KerasFile:
    """What a file holds, as Keras 3 would have written it; no array has been read for it.

    Args:
        file: an open one, whose metadata names a Keras before 3.

    Raises:
        FileError: its configuration is none of a model, or something in it has no words today.
    """
    told = file.config.get("compile_config")
    training = without_modules(told, DEEPEST) if isinstance(told, Mapping) else {}
    config = today(file.config, version=str(file.metadata.get("keras_version")))
    if training:
        outputs = config["config"].get("output_layers")
        count = len(outputs) if isinstance(outputs, list) and outputs and isinstance(outputs[0], list) else 1
        config["compile_config"] = arguments_of(training, count)
    optimizer = config.get("compile_config", {}).get("optimizer")

    def arranged(arrays: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        return {**{place: list(each) for place, each in arrays.items()}, GROUP: _of_optimizer(optimizer, arrays)}

    return KerasFile(config, file.metadata, file.weights.arranged(arranged))


def _of_optimizer(record: Any, groups: Mapping[str, Sequence[Any]]) -> list[Any]:
    """The arrays of an optimiser with its learning rate among them; none where it kept others than today's."""
    arrays = list(groups.get(GROUP, []))
    if not isinstance(record, Mapping) or not isinstance(record.get("config"), Mapping) or not arrays:
        return []
    name, settings = str(record.get("class_name")), record["config"]
    if name in ELSEWHERE:
        warn(f"{name} begins anew: it kept other arrays in Keras 2 than it does today")
        return []
    if name == "SGD" and not settings.get("momentum"):
        arrays = arrays[:1]  # its momenta were kept, and never used
    rate = settings.get("learning_rate")
    if isinstance(rate, int | float) and abs(rate) > np.finfo(np.float32).max:
        raise FileError(f"the file's optimiser has the learning rate {shown(rate)}")
    return [arrays[0], *([np.float32(rate)] if isinstance(rate, int | float) else []), *arrays[1:]]
