"""What an optimiser does to weights, as settings alone: a pipeline for each weight, clipping, the numbers of a step."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from pellucid import schedules
from pellucid.checks import number, object_of, positive, several, title
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Tensor
from pellucid.naming import snake_case
from pellucid.optimizers.clipping import ClipByGlobalNorm, ClipByNorm, ClipByValue
from pellucid.optimizers.kept import KerasVariable
from pellucid.optimizers.moved import Stepped, stands_for
from pellucid.optimizers.stages import Decay, Pipeline, Stage
from pellucid.settled import Settled

__all__ = ["UpdateRule", "below_one", "epsilon_of"]


class UpdateRule(Settled):
    """What an optimiser does to weights, whoever keeps what it remembers about them.

    `learning_rate` may be set at any time and counts from the next step on; all other settings are fixed, because a
    model builds its training step from them.

    Args:
        learning_rate: >= 0, or a schedule (see `schedules`).
        stages: what turns a gradient into the step that is taken off a weight, in order.
        weight_decay: share of each weight that is taken off in a step with learning rate 1, >= 0; None for none.
        clipnorm: the largest norm that the gradient of one weight may have, > 0; None for any.
        clipvalue: the largest size that an element of a gradient may have, > 0; None for any.
        global_clipnorm: the largest norm that all gradients together may have, > 0; None for any.
        name: as it stands in files; None makes it from the class.

    Attributes:
        keras_order: the slots as Keras numbers them: group after group, in a group weight after weight, and for each
            weight the slots of the group.
        keras_signs: -1 for slots that Keras keeps with the other sign.

    Raises:
        ArgumentError: a setting is out of range, more than one clips, or a setting that is fixed is set again.
    """

    keras_order: ClassVar[tuple[tuple[str, ...], ...]] = ()
    keras_signs: ClassVar[Mapping[str, int]] = {}
    _instead: ClassVar[str] = (
        "make a new optimizer with {} and compile the model with it (only learning_rate can be set)"
    )

    def __init__(
        self,
        learning_rate: schedules.LearningRate,
        stages: Sequence[Stage],
        *,
        weight_decay: float | None,
        clipnorm: float | None,
        clipvalue: float | None,
        global_clipnorm: float | None,
        name: str | None,
    ) -> None:
        owner = type(self).__name__
        self.learning_rate = learning_rate
        self.name = snake_case(owner) if name is None else title(owner, name)
        listed = several(owner, "stages", stages, "stages")
        self.stages = tuple(object_of(f"{owner}: stages", each, Stage, "stages") for each in listed)
        self.weight_decay = None if weight_decay is None else number(owner, "weight_decay", weight_decay, 0.0)
        self.clipnorm = None if clipnorm is None else positive(owner, "clipnorm", clipnorm)
        self.clipvalue = None if clipvalue is None else positive(owner, "clipvalue", clipvalue)
        self.global_clipnorm = None if global_clipnorm is None else positive(owner, "global_clipnorm", global_clipnorm)
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ArgumentError(
                f"{owner}: one of clipnorm, clipvalue and global_clipnorm at most, got clipnorm={clipnorm!r}, "
                f"clipvalue={clipvalue!r}, global_clipnorm={global_clipnorm!r}"
            )
        self._undecayed: tuple[object, ...] = ()
        self._undecayed_names: tuple[str, ...] = ()
        self._in_use = False

    @property
    def learning_rate(self) -> float | schedules.LearningRateSchedule:
        """How far a step goes along the gradient, >= 0; or the schedule that says so for each step."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: schedules.LearningRate) -> None:
        self._learning_rate = schedules.get(value, type(self).__name__)

    def exclude_from_weight_decay(
        self, var_list: Iterable[object] | None = None, var_names: Collection[str] | None = None
    ) -> None:
        """Let some weights not decay; to be said before the optimiser is used. The last call counts.

        As in Keras this is no setting, and no file holds it: say it again where an optimiser is made from a record.

        Args:
            var_list: weights, the objects themselves.
            var_names: patterns (regular expressions); a weight in whose name ("kernel", "bias", ...) one is found does
                not decay.

        Raises:
            ArgumentError: the optimiser has been used, or a pattern is not one.

        Example:
            >>> from pellucid import layers, optimizers
            >>> optimizer = optimizers.SGD(weight_decay=0.004)
            >>> optimizer.exclude_from_weight_decay(var_names=["bias"])

        Source: keras.optimizers.Optimizer.exclude_from_weight_decay.
        """
        owner = type(self).__name__
        if self._in_use:
            raise ArgumentError(
                f"{owner}: exclude_from_weight_decay must be called before the first step; its steps are built already"
            )
        if isinstance(var_names, str):
            raise ArgumentError(
                f"{owner}: var_names must be a list of patterns, got {shown(var_names)}; put it into a list"
            )
        for pattern in var_names or ():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ArgumentError(f"{owner}: var_names: {shown(pattern)} is no regular expression: {error}") from None
        self._undecayed, self._undecayed_names = tuple(var_list or ()), tuple(var_names or ())

    @property
    def excludes_from_weight_decay(self) -> bool:
        """Whether some weights were excluded."""
        return bool(self._undecayed or self._undecayed_names)

    def pipeline(self, weight: Stepped) -> Pipeline:
        """How a weight is stepped, element by element. Weights with equal pipelines may be stepped as one array."""
        clipping = () if self.clipvalue is None else (ClipByValue(self.clipvalue),)
        decay = (Decay(),) if self._decays(weight) else ()
        return Pipeline((*clipping, *self.stages, *decay))

    def _decays(self, weight: Stepped) -> bool:
        excluded = any(stands_for(weight, other) for other in self._undecayed)
        return bool(self.weight_decay) and not (
            excluded or any(re.search(pattern, weight.name) for pattern in self._undecayed_names)
        )

    def clip(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Emit what must be seen weight by weight, or of all weights at once: clipping by norm.

        A step begins with it: from then on, which weights decay is settled.

        Args:
            gradients: one for each weight, of its shape; all that are stepped together.

        Returns:
            a gradient for each weight; the same tensors where nothing is to be done here.
        """
        self._in_use = True
        if self.clipnorm is not None:
            return ClipByNorm(self.clipnorm).emit(gradients)
        if self.global_clipnorm is not None:
            return ClipByGlobalNorm(self.global_clipnorm).emit(gradients)
        return list(gradients)

    def scalars(self, iteration: int) -> dict[str, float]:
        """The numbers that stages need for one step, computed in float64.

        Args:
            iteration: how many steps were made before, >= 0.
        """
        rate = schedules.at(self.learning_rate, iteration)
        decay = {"decay": self.weight_decay * rate} if self.weight_decay else {}
        return {**self.rates(rate, iteration), **decay}

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """The scalars that `stages` ask for, in the step after `iteration` others."""
        return {"learning_rate": learning_rate}

    def keras_variables(self, weights: Sequence[Stepped]) -> list[KerasVariable]:
        """What Keras keeps for this optimiser once it is built for these weights, in Keras's order.

        In a file they are the datasets "0", "1", ... of the group `optimizer/vars`.

        Args:
            weights: that are trained, in the model's order.
        """
        found = [KerasVariable("iterations")]
        if not isinstance(self.learning_rate, schedules.LearningRateSchedule):
            found.append(KerasVariable("learning_rate"))
        slots = [self.pipeline(weight).slots(tuple(weight.shape)) for weight in weights]
        for group in self.keras_order or (tuple(dict.fromkeys(name for each in slots for name in each)),):
            for weight, kept in zip(weights, slots, strict=True):
                found += [KerasVariable(slot, weight, self.keras_signs.get(slot, 1)) for slot in group if slot in kept]
        return found

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimiser, in Keras's words."""
        return {
            "name": self.name,
            "learning_rate": schedules.serialize(self.learning_rate),
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """An optimiser from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items() if value is not None)
        return f"{type(self).__name__}({settings})"


def below_one(owner: str, name: str, value: float) -> float:
    """Return a factor by which a memory fades, 0 <= value < 1; raises `ArgumentError` otherwise."""
    if number(owner, name, value, 0.0) >= 1.0:
        raise ArgumentError(
            f"{owner}: {name} must be below 1, got {shown(value)}; at 1 nothing would ever be forgotten"
        )
    return float(value)


def epsilon_of(owner: str, value: float) -> float:
    """Return a small number that keeps a divisor from 0, > 0; raises `ArgumentError` otherwise."""
    return positive(owner, "epsilon", value, "a weight with gradient 0 would become 0 / 0")
