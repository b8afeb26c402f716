"""What was edited, so that it can be undone and done again: the numbers that were there before, within a bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.layers import Layer
from pellucid.provenance import Event
from pellucid.variables import Variable

__all__ = ["Edit", "Freezing", "History", "Numbers"]

MOST_EDITS = 500
MOST_BYTES = 128 * 2**20
"""Of numbers that are kept so that edits can be undone; the oldest are forgotten first."""


class Numbers:
    """A part of a weight, and what was in it when this was made.

    Args:
        weight: of which.
        index: what of it.

    Example:
        >>> weight = Variable([1.0, 2.0], name="w")
        >>> kept = Numbers(weight, (0,))
        >>> weight[0] = 5.0
        >>> kept.restore(); weight.numpy().tolist()
        [1.0, 2.0]
    """

    def __init__(self, weight: Variable, index: tuple[Any, ...]) -> None:
        self.weight, self.index = weight, index
        self.values: np.ndarray = np.array(weight.numpy()[index])
        self._story, self._steps = deepcopy(weight.story), weight.story.of().steps

    def again(self) -> Numbers:
        """The same part as it is now."""
        return Numbers(self.weight, self.index)

    def restore(self) -> None:
        """Put the numbers back, and how they came about unless training has gone on since."""
        self.weight.put(self.index, self.values, Event("restored", "what was before an edit"))
        if self.weight.story.of().steps == self._steps:
            self.weight.story.resume(self._story)

    @property
    def is_other(self) -> bool:
        """Whether it is something else now."""
        return not np.array_equal(self.values, self.weight.numpy()[self.index], equal_nan=True)

    @property
    def size(self) -> int:
        """In bytes."""
        return self.values.nbytes


class Freezing:
    """Whether a layer, its parts, and numbers of its weights are held, as it was when this was made."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self._layers = [(part, not part.is_frozen_itself) for part in layer.with_parts()]
        self._weights = [(weight, weight.trainable, weight.frozen_part) for weight in layer.weights]

    def again(self) -> Freezing:
        """The same of now."""
        return Freezing(self.layer)

    def restore(self) -> None:
        """Hold and let go as it was."""
        for part, trainable in self._layers:
            part.trainable = trainable
        for weight, trainable, held in self._weights:
            weight.trainable, weight.frozen_part = trainable, held

    @property
    def is_other(self) -> bool:
        """Whether it is something else now."""
        now = Freezing(self.layer)
        return any(
            was is not part
            for (_, *before), (_, *after) in zip(self._weights, now._weights, strict=True)
            for was, part in zip(before, after, strict=True)
        ) or [held for _, held in self._layers] != [held for _, held in now._layers]

    @property
    def size(self) -> int:
        """In bytes; what is held is shared."""
        return 0


Kept = Numbers | Freezing


class Edit(Frozen):
    """One edit.

    Args:
        words: what was done.
        kept: how it was before; once it is undone, how it was after.
        gesture: edits of one movement of the hand share a word, and are one edit; "" for none.
    """

    words: str
    kept: tuple[Kept, ...]
    gesture: str = ""

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(each.size for each in self.kept)

    @property
    def is_of_numbers(self) -> bool:
        """Whether it changed numbers, which moments of a training have their own; and not only what is held."""
        return any(isinstance(each, Numbers) for each in self.kept)

    def turned(self) -> Edit:
        """Go back to how it was, and keep how it is."""
        now = tuple(each.again() for each in self.kept)
        for each in reversed(self.kept):
            each.restore()
        return Edit(self.words, now)


class History:
    """Edits in their order, those that were undone behind.

    Attributes:
        done: what was done, the first first.
        undone: what was undone, that which would be done again next last.
        forgotten: how many edits are too old to be undone.
    """

    def __init__(self) -> None:
        self.done: list[Edit] = []
        self.undone: list[Edit] = []
        self.forgotten = 0

    def note(self, words: str | Callable[[Sequence[Kept]], str], kept: Sequence[Kept], gesture: str = "") -> None:
        """Note what was done, and how it was before.

        Args:
            words: what was done; or what says that, given how it was before.
            kept: how it was.
            gesture: see `Edit`.
        """
        self.undone = []
        last = self.done[-1] if self.done else None
        if last is not None and gesture and last.gesture == gesture:
            kept = self.done.pop().kept
        said = words if isinstance(words, str) else words(kept)
        self.done.append(Edit(said, tuple(kept), gesture))
        while self.done and (len(self.done) > MOST_EDITS or sum(edit.size for edit in self.done) > MOST_BYTES):
            del self.done[0]
            self.forgotten += 1

    def becomes(self, edits: Sequence[Edit]) -> None:
        """The model has the weights of another moment, to which these edits led: no others are its own any more."""
        held = [edit for edit in self.done if not edit.is_of_numbers]
        self.done, self.undone = [*(edit for edit in edits if edit.is_of_numbers), *held], []

    def undo(self) -> Edit:
        """Take back the last edit; raises `ArgumentError` if there is none."""
        if not self.done:
            raise ArgumentError("there is nothing to undo")
        edit = self.done.pop()
        self.undone.append(edit.turned())
        return edit

    def redo(self) -> Edit:
        """Do again what was undone last; raises `ArgumentError` if there is nothing."""
        if not self.undone:
            raise ArgumentError("there is nothing to do again")
        edit = self.undone.pop()
        self.done.append(edit.turned())
        return edit
