"""What can be chosen of a training on the command line beside its data: the network, sizes, rates."""

from __future__ import annotations

from dataclasses import asdict, field, fields
from typing import Any

from pellucid.frozen import Frozen

TITLES = ("freeze", "target")
"""What may be chosen as often as wanted."""


class Choices(Frozen):
    """What was chosen; None or empty where nothing was.

    Attributes:
        model: the name of a network, or a model file to go on from.
        size: side that images are brought to [pixels].
        batch: images in a step.
        rate: the learning rate at the beginning.
        augment: whether images are varied while training.
        freeze: names of layers that do not learn.
        on_bad_image: "error" or "skip".
        engine: who computes, by name.
        target: titles of the columns of a table that are learned.
        shape: of the images in arrays and tables of pixels.
        on_missing: "error" or "skip", of rows of a table that lack what is learned.
    """

    model: str | None = None
    size: int | None = None
    batch: int | None = None
    rate: float | None = None
    augment: bool | None = None
    freeze: tuple[str, ...] = field(default=())
    on_bad_image: str | None = None
    engine: str | None = None
    target: tuple[str, ...] = field(default=())
    shape: str | None = None
    on_missing: str | None = None

    @property
    def given(self) -> dict[str, Any]:
        """Those that were made."""
        return {name: value for name, value in asdict(self).items() if value is not None and value != ()}

    @classmethod
    def of_record(cls, record: object) -> Choices | None:
        """Of plain data, as JSON gives them; None where they are none."""
        kinds = {"model": str, "size": int, "batch": int, "rate": float, "augment": bool}
        kinds |= {"on_bad_image": str, "engine": str, "shape": str, "on_missing": str}
        if not isinstance(record, dict):
            return None
        told: dict[str, Any] = {name: [] for name in TITLES}  # those begun before there were such choices have none
        told |= {"shape": None, "on_missing": None}
        told.update(record)
        if set(told) != {each.name for each in fields(cls)}:
            return None
        titles = {name: told[name] for name in TITLES}
        if not all(isinstance(some, list) and all(isinstance(name, str) for name in some) for some in titles.values()):
            return None
        if not all(told[name] is None or isinstance(told[name], kind) for name, kind in kinds.items()):
            return None
        return cls(**{**told, **{name: tuple(some) for name, some in titles.items()}})
