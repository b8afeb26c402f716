"""A training as a record, and back: what a stepper gives and takes between two steps."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np

from pellucid.callbacks import Callback
from pellucid.errors import ArgumentError, ShapeError
from pellucid.formats.run_file import read_run
from pellucid.layers import Layer
from pellucid.layers.filter_records import read_stories, stories_record
from pellucid.network.paths import layers_by_path, matched, weights_by_path
from pellucid.optimizers import Optimizer
from pellucid.provenance import Event
from pellucid.training.meters import Meters
from pellucid.training.plan import Plan
from pellucid.training.run_state import Resumption, RunState, Sums
from pellucid.training.runtime import Runtime
from pellucid.training.shares import Shares
from pellucid.training.slots import Slots
from pellucid.variables import Variable, assign_all, read_all
from pellucid.warned import warn


class Accounts(Protocol):
    """Whoever says what a training is made of (`account.Account`)."""

    def told(self) -> dict[str, str]:
        """What there is, by what it is called."""
        ...

    def difference(self, kept: Mapping[str, str]) -> str:
        """What is said of a training that was kept, if it was another one; "" of the same."""
        ...


class Copying:
    """Whether a training is worth a copy of its states.

    Attributes:
        took: seconds, for the last copy.
        trained: seconds of training since.
    """

    SHARE = 1 / 500  # of the time of training that goes into copies

    def __init__(self) -> None:
        self.took = self.trained = 0.0

    @property
    def is_cheap(self) -> bool:
        """Whether another copy would take no more than its share; the first one does not ask."""
        return self.took <= self.SHARE * self.trained

    def copied(self, seconds: float) -> None:
        """A copy was made."""
        self.took, self.trained = seconds, 0.0


class Recorded:
    """The part of a stepper that records it.

    Attributes:
        position: the epoch that is under way and the next batch of it; the loop counts.
        batches: how many the epoch has, where that is known; the loop says so.
        callbacks: those of the last `fit`; what they keep is a part of the record.
        epoch: what has been counted in the epoch that is under way, or the record of it once the training has ended.
        finite: the training before the step at which the loss of the last `fit` stopped being a number; else None.
        account: says what the `fit` that is under way is made of; None outside.
        copying: what copies of the training cost, and what was trained since.
        trainings: how many before this one began with the first epoch; -1 before the first.
    """

    runtime: Runtime
    plan: Plan
    trainings: int

    def _begin(self) -> None:
        self.position = (0, 0)
        self.batches: int | None = None
        self.callbacks: Callback | None = None
        self.epoch: Meters | Sums | None = None
        self.finite: RunState | None = None
        self.account: Accounts | None = None
        self.copying = Copying()
        self._resumption: Resumption | None = None

    @property
    def optimizer(self) -> Optimizer:
        """See `base.Stepper`. Records ask for it first, for it takes over what another model has trained since."""
        raise NotImplementedError

    def slots_for(self, trained: Sequence[Variable]) -> Slots:
        """What the optimiser remembers of these weights."""
        raise NotImplementedError

    def tally(self, *, training: bool) -> AbstractContextManager[Meters]:
        """See `base.Stepper`."""
        raise NotImplementedError

    def capture(self, *, in_shares: bool = False) -> RunState:
        """The training as it is between two steps.

        Args:
            in_shares: whether of weights that lie on the devices of several processes each takes what its own hold;
                such a record is written in shards. Else they are brought together, and all processes call this.
        """
        optimizer, weights = self.optimizer, self._by_path()
        kept = self.slots_for(self.runtime.placed().trained)
        if in_shares:
            shares = Shares()
            read: list[Any] = [shares.read(each.state, each.offset, each.shape) for each in weights.values()]
            slots = kept.read_shares(shares)
        else:
            read, slots = read_all(list(weights.values())), kept.read()
        return RunState(
            weights=dict(zip(weights, read, strict=True)),
            slots={path: slots[weight] for path, weight in weights.items() if weight in slots},
            sums=self.epoch.capture() if isinstance(self.epoch, Meters) else self.epoch,
            step=self.runtime.step,
            epoch=self.position[0],
            batch=self.position[1],
            seed=self.runtime.seed,
            optimizer=type(optimizer).__name__,
            batches=self.batches,
            learning_rate=optimizer.captured_rate(),
            callbacks=self.callbacks.capture() if self.callbacks is not None else {},
            frozen=[path for path, weight in weights.items() if weight.learned and not weight.trainable],
            held={path: weight.frozen_part for path, weight in weights.items() if weight.frozen_part is not None},
            stories={path: stories_record(layer) for path, layer in self._layers().items()},
            about=None if self.account is None else self.account.told(),
            trainings=max(self.trainings, 0),
        )

    def restore(self, state: RunState | Mapping[str, Any] | str | os.PathLike[str]) -> None:
        """Go on from a record, whoever made it; from what a file holds of one (`RunState.plain`), or from such a file.

        Raises:
            FileError: the file is not there, is damaged, or holds no record of a training.
            ArgumentError: the record is of another model (a weight is missing or one too many), of another optimiser,
                or of other metrics.
            ShapeError: a weight has another shape there.
        """
        if isinstance(state, str | os.PathLike):
            state = read_run(state)
        if isinstance(state, Mapping):
            state = RunState.of(state)
        if not isinstance(state, RunState):
            raise ArgumentError(
                f"{self.runtime.name}: restore takes a state that capture() gave, got {type(state).__name__}"
            )
        mine = self._by_path()
        weights = matched(mine, list(state.weights))
        if weights is None:
            lacks = ", ".join(path for path in mine if path not in state.weights) or "nothing"
            besides = ", ".join(path for path in state.weights if path not in mine) or "nothing"
            raise ArgumentError(
                f"{self.runtime.name}: this state is of another model: it lacks {lacks} and has {besides} besides"
            )
        optimizer = self.optimizer
        if state.optimizer != type(optimizer).__name__:
            raise ArgumentError(
                f"{self.runtime.name}: this state is of a training by {state.optimizer}, the model is compiled with "
                f"{type(optimizer).__name__}: what the one remembers means nothing to the other"
            )
        strange = [path for path in state.slots if path not in weights]
        if strange:
            raise ArgumentError(
                f"{self.runtime.name}: this state has slots of {', '.join(strange)}, but no such weights"
            )
        held = _held(weights, state.held)
        kept = {weights[path]: slots for path, slots in state.slots.items()}
        slots = self.slots_for(list(dict.fromkeys([*self.runtime.placed().trained, *kept])))
        slots.check(kept)
        if state.sums is not None:
            with self.tally(training=True) as meters:
                meters.check(state.sums)
        came = Event("restored", "a record of a training", f"after step {state.step}")
        self._freeze(weights, state.frozen, held)
        assign_all(list(weights.values()), [state.weights[path] for path in weights], came)
        self._tell_stories(state.stories, came)
        slots.write(kept)
        self.runtime.step, self.runtime.seed = state.step, state.seed
        self.position, self.trainings = (state.epoch, state.batch), state.trainings
        if optimizer.captured_rate() != state.learning_rate:  # a schedule of the user's own stays
            optimizer.restore_rate(state.learning_rate)
        self.epoch = state.sums
        said = "" if self.account is None or state.about is None else self.account.difference(state.about)
        if said:
            warn(f"{self.runtime.name}: {said}")
        self._resumption = Resumption(state.epoch, state.batch, state.batches, state.sums, dict(state.callbacks))

    def take_resumption(self) -> Resumption | None:
        """Where the record that was restored goes on, once; None if none was restored since the last `fit`."""
        resumption, self._resumption = self._resumption, None
        return resumption

    def _freeze(
        self, weights: Mapping[str, Variable], frozen: Sequence[str] | None, held: Mapping[Variable, np.ndarray] | None
    ) -> None:
        """Freeze and thaw what the record says: whole layers, and single filters."""
        if frozen is not None:
            still = {weights[path] for path in frozen if path in weights}
            for layer in self._layers().values():
                learned = [weight for weight in layer.own_weights if weight.learned]
                if learned and layer.trainable == all(weight in still for weight in learned):
                    layer.trainable = not layer.trainable
        for weight in weights.values() if held is not None else ():
            weight.frozen_part = held.get(weight) if held is not None else None

    def _tell_stories(self, stories: Mapping[str, Any] | None, came: Event) -> None:
        """How the values came about before they came here."""
        layers = self._layers()
        if stories is None or len(stories) != len(layers):
            return
        are_same = set(stories) == set(layers)
        for (path, layer), told in zip(layers.items(), stories.values(), strict=True):
            read_stories(layer, stories[path] if are_same else told, came)

    def _layers(self) -> dict[str, Layer]:
        return layers_by_path(self.runtime.built.layers)

    def _by_path(self) -> dict[str, Variable]:
        return weights_by_path(self.runtime.built.layers)


def _held(weights: Mapping[str, Variable], held: Mapping[str, np.ndarray] | None) -> dict[Variable, np.ndarray] | None:
    """Which numbers of which weights are held off from training, checked; None where the record does not say."""
    if held is None:
        return None
    found = {}
    for path, part in held.items():
        weight = weights.get(path)
        if (
            weight is None
            or part.ndim != len(weight.shape)
            or any(given not in (1, size) for given, size in zip(part.shape, weight.shape, strict=True))
        ):
            raise ShapeError(f"a record of a training: what is frozen of {path} does not fit that weight: {part.shape}")
        found[weight] = part.astype(bool)
        found[weight].setflags(write=False)
    return found
