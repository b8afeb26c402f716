"""Files of other systems that become a model in another process, with limits; see `formats.apart`."""

from __future__ import annotations

import warnings
from pathlib import Path

from pellucid.conversion.doors import load
from pellucid.formats.apart import given_back
from pellucid.formats.keras_v3 import KerasContents
from pellucid.models.loading import LOST
from pellucid.models.saving import contents_of

__all__ = ["parse"]


def parse(path: str, max_bytes: str, compile: str) -> int:
    """What the other process does with a file: makes a model of it, and gives its records back."""
    return given_back(path, int(max_bytes), lambda: _read(Path(path), int(max_bytes), compile=compile == "compile"))


def _read(path: Path, max_bytes: int, *, compile: bool) -> KerasContents:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say is in the report, and standard error is for refusals
        model, report = load(path, compile=compile, max_bytes=max_bytes)
    held = contents_of(model, model.stepper)
    return KerasContents(held.config, {**held.metadata, LOST: list(report.lost)}, held.weights)
