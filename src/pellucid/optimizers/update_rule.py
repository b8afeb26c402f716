"""What an optimiser does to weights, as settings alone: a pipeline for each weight, clipping, the numbers of a step."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self, TypeVar

from pellucid import legacy, schedules
from pellucid.checks import flag, fraction, mapping_of, number, object_of, positive, several, title, whole
from pellucid.elsewhere import standing_for
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Tensor
from pellucid.naming import snake_case, unique_name
from pellucid.optimizers.clipping import ClipByGlobalNorm, ClipByNorm, ClipByValue
from pellucid.optimizers.gathering import Gathering
from pellucid.optimizers.kept import KerasVariable, Rate, RateOfBefore
from pellucid.optimizers.moved import Stepped, stands_for
from pellucid.optimizers.options import DEFAULTS
from pellucid.optimizers.stages import ACCUMULATOR, AVERAGE, Pipeline, Stage
from pellucid.schedules.base import Called
from pellucid.settled import Settled
from pellucid.warned import warn

__all__ = ["UpdateRule", "below_one", "epsilon_of"]

MOST = 2**31 - 1
SILENT = DEFAULTS.keys() - {"name"}  # settings that are not shown where they are what they usually are
Scaled = TypeVar("Scaled", float, Tensor)


class UpdateRule(RateOfBefore, Settled):
    """What an optimiser does to weights, whoever keeps what it remembers about them.

    `learning_rate` may be set at any time and counts from the next step on; all other settings are fixed, because a
    model builds its training step from them.

    Args:
        learning_rate: >= 0, a schedule (see `schedules`), or a function that gives a number, of nothing or of the step.
        stages: what turns a gradient into the step that is taken off a weight, in order.
        weight_decay: share of each weight that is taken off in a step with learning rate 1, >= 0; None for none.
        clipnorm: the largest norm that the gradient of one weight may have, > 0; None for any.
        clipvalue: the largest size that an element of a gradient may have, > 0; None for any.
        global_clipnorm: the largest norm that all gradients together may have, > 0; None for any.
        use_ema: whether to keep a moving average of each weight, which takes its place when `fit` ends.
        ema_momentum: how much of the average stays in a step, 0 to 1; the first step starts it.
        ema_overwrite_frequency: after how many steps the average takes the weight's place, >= 1; None for at the end.
        loss_scale_factor: by which the loss is multiplied, and its gradients are divided again, > 0; None for 1.
        gradient_accumulation_steps: of how many batches the gradients make one step, >= 2; None for each its own.
        name: as it stands in files; None makes it from the class.

    Attributes:
        keras_order: the slots as Keras numbers them: group after group, in a group weight after weight, and for each
            weight the slots of the group.
        keras_signs: -1 for slots that Keras keeps with the other sign.
        keras_numbers: further numbers that Keras keeps, behind all slots; here they follow from the steps made so far.

    Raises:
        ArgumentError: a setting is out of range, more than one clips, or a setting that is fixed is set again.
    """

    keras_order: ClassVar[tuple[tuple[str, ...], ...]] = ()
    keras_signs: ClassVar[Mapping[str, int]] = {}
    keras_numbers: ClassVar[tuple[str, ...]] = ()
    _instead: ClassVar[str] = (
        "make a new optimizer with {} and compile the model with it (only learning_rate can be set)"
    )

    def __init__(
        self,
        learning_rate: schedules.LearningRate,
        stages: Sequence[Stage],
        *,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ) -> None:
        owner = type(self).__name__
        self._schedule = schedules.get(learning_rate, owner)
        self.name = unique_name(snake_case(owner)) if name is None else title(owner, name)
        listed = several(owner, "stages", stages, "stages")
        self.stages = tuple(object_of(f"{owner}: stages", each, Stage, "stages") for each in listed)
        self.weight_decay = None if weight_decay is None else number(owner, "weight_decay", weight_decay, 0.0)
        self.clipnorm = None if clipnorm is None else positive(owner, "clipnorm", clipnorm)
        self.clipvalue = None if clipvalue is None else positive(owner, "clipvalue", clipvalue)
        self.global_clipnorm = None if global_clipnorm is None else positive(owner, "global_clipnorm", global_clipnorm)
        self.use_ema = flag(owner, "use_ema", use_ema)
        self.ema_momentum = fraction(owner, "ema_momentum", ema_momentum)
        frequency, batches = ema_overwrite_frequency, gradient_accumulation_steps
        self.ema_overwrite_frequency = (
            None if frequency is None else whole(owner, "ema_overwrite_frequency", frequency, 1, MOST)
        )
        self.loss_scale_factor = (
            None if loss_scale_factor is None else positive(owner, "loss_scale_factor", loss_scale_factor)
        )
        self.gradient_accumulation_steps = (
            None if batches is None else whole(owner, "gradient_accumulation_steps", batches, 2, MOST)
        )
        if self.ema_overwrite_frequency is not None and not self.use_ema:
            warn(f"{owner}: ema_overwrite_frequency does nothing without use_ema=True")
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ArgumentError(
                f"{owner}: Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set, got "
                f"clipnorm={clipnorm!r}, clipvalue={clipvalue!r}, global_clipnorm={global_clipnorm!r}"
            )
        self._undecayed: tuple[object, ...] = ()
        self._undecayed_names: tuple[str, ...] = ()
        self._in_use = False

    @property
    def learning_rate(self) -> Any:
        """How far the next step goes along the gradient, >= 0, as a number with `assign`; may be set at any time.

        Set a number, a schedule, or a function that gives a number.
        """
        standing = standing_for((self, "learning_rate"))
        if standing is not None:
            return standing
        now = self._rate_at(self._made()) if self._decayed is None else self._decayed.initial_learning_rate
        return Rate(now, self)

    @learning_rate.setter
    def learning_rate(self, value: schedules.LearningRate) -> None:
        if self._is_mine(value):
            return
        new, decayed = schedules.get(value, type(self).__name__), self._decayed
        if decayed is not None and isinstance(new, float):
            new = schedules.InverseTimeDecay(new, decayed.decay_steps, decayed.decay_rate, decayed.staircase)
        self._schedule = new

    @property
    def _decayed(self) -> schedules.InverseTimeDecay | None:
        """What `decay` made of the learning rate, which stayed a number of its own up to Keras 2."""
        of_script = legacy.are_collected() and getattr(self._schedule, "decay_steps", 0) == 1  # of tf.keras too
        is_old = (legacy.is_old() or of_script) and isinstance(self._schedule, schedules.InverseTimeDecay)
        return self._schedule if is_old else None  # type: ignore[return-value]

    @property
    def follows_schedule(self) -> bool:
        """Whether a schedule says the learning rate, so that it cannot be set besides."""
        return isinstance(self._schedule, schedules.LearningRateSchedule) and self._decayed is None

    def _rate_at(self, iteration: int) -> float:
        return schedules.at(self._schedule, iteration)

    def _is_mine(self, value: schedules.LearningRate) -> bool:
        """Whether it is the record of the function that says the learning rate now, in which only its name stands."""
        now = self._schedule
        return isinstance(now, Called) and isinstance(value, Mapping) and value == now.record()

    @property
    def schedule(self) -> float | schedules.LearningRateSchedule:
        """What says the learning rate of each step: a number, a schedule, or what was made of a function."""
        return self._schedule

    def captured_rate(self) -> Any:
        """The learning rate as a record of a training keeps it; of a schedule that tells no settings, whose it is."""
        try:
            return schedules.serialize(self._schedule)
        except (ArgumentError, NotImplementedError):
            return {"class_name": type(self._schedule).__name__, "config": None}

    def restore_rate(self, record: Any) -> None:
        """Set the learning rate again, from such a record."""
        if not (isinstance(record, Mapping) and record.get("config", "") is None and record == self.captured_rate()):
            self.learning_rate = record

    @property
    def averages(self) -> bool:
        """Whether moving averages of weights are kept."""
        return self.use_ema

    def _made(self) -> int:
        """How many steps were made so far, those along gathered gradients counted batch by batch."""
        return 0

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
        """How a weight is stepped. Weights with equal pipelines may be stepped as one array, if these are not whole."""
        clipping = () if self.clipvalue is None else (ClipByValue(self.clipvalue),)
        return Pipeline(
            (*clipping, *self.stages_of(weight)),
            self.decay_of(weight) if self._may_decay(weight) else None,
            accumulates=self.gradient_accumulation_steps is not None,
            averages=self.use_ema,
            overwrites=self.use_ema and self.ema_overwrite_frequency is not None,
        )

    def stages_of(self, weight: Stepped) -> Sequence[Stage]:
        """What turns the gradient of a weight into its step; the same for all, if a subclass does not know better."""
        return self.stages

    def decay_of(self, weight: Stepped) -> str | None:
        """The name of the scalar that says which share of a weight decays in a step; None for none."""
        return "decay" if self.weight_decay else None

    def _may_decay(self, weight: Stepped) -> bool:
        excluded = any(stands_for(weight, other) for other in self._undecayed)
        return not (excluded or any(re.search(pattern, weight.name) for pattern in self._undecayed_names))

    def gradients(
        self,
        weights: Sequence[Stepped],
        raw: Sequence[Tensor],
        gathered: Sequence[Tensor | None],
        scalars: Mapping[str, Tensor],
    ) -> tuple[list[Tensor], list[Tensor | None]]:
        """Emit what the steps are made along: gradients that are gathered over batches, then clipped by norm.

        Args:
            weights: that are stepped, all of them.
            raw: the gradient of each, of its shape.
            gathered: what was gathered before of each, if its pipeline says that it accumulates; else None.
            scalars: the numbers of the step (`scalars`), of shape ().

        Returns:
            a gradient for each weight, the same tensor where nothing is to be done; and what is gathered now.
        """
        before = [each for each in gathered if each is not None]
        if self.gradient_accumulation_steps is None or not before:
            return self.clip(raw), list(gathered)
        means, now = Gathering(self.gradient_accumulation_steps).emit(raw, before, scalars["acts"])
        return self.clip(means), list(now)

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

    def scale_loss(self, loss: Scaled) -> Scaled:
        """The loss of which gradients are taken: `loss_scale_factor` times what it is. A step divides by it again.

        Example:
            >>> from pellucid import optimizers
            >>> optimizers.SGD(loss_scale_factor=8.0).scale_loss(0.5)
            4.0

        Source: keras.optimizers.Optimizer.scale_loss.
        """
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def unscale(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """The gradients of the loss itself, from those of `scale_loss`."""
        factor = self.loss_scale_factor
        return list(gradients) if factor is None else [gradient / factor for gradient in gradients]

    def scalars(self, iteration: int) -> dict[str, float]:
        """The numbers that a step needs, computed in float64.

        Args:
            iteration: how many steps were made before, >= 0; along gathered gradients, how many batches were seen.
        """
        rate, made = schedules.of_step(self._schedule, iteration), iteration
        numbers = {}
        if self.weight_decay:
            numbers["decay"] = self.weight_decay * rate
        if self.gradient_accumulation_steps is not None:
            made, place = divmod(iteration, self.gradient_accumulation_steps)
            numbers["acts"] = float(place == self.gradient_accumulation_steps - 1)
        if self.use_ema:
            numbers["ema"] = self.ema_momentum if made else 0.0
            if self.ema_overwrite_frequency is not None:
                numbers["overwrites"] = float((made + 1) % self.ema_overwrite_frequency == 0)
        return {**self.rates(rate, made), **numbers}

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
        if not isinstance(self._schedule, schedules.LearningRateSchedule):
            found.append(KerasVariable("learning_rate"))
        slots = [self.pipeline(weight).slots(tuple(weight.shape)) for weight in weights]
        own = dict.fromkeys(name for each in slots for name in each if name not in (AVERAGE, ACCUMULATOR))
        for group in ((AVERAGE,), (ACCUMULATOR,), *(self.keras_order or (tuple(own),))):
            for weight, kept in zip(weights, slots, strict=True):
                found += [KerasVariable(slot, weight, self.keras_signs.get(slot, 1)) for slot in group if slot in kept]
        return found + [KerasVariable(name) for name in self.keras_numbers]

    def number_of(self, name: str, iteration: int) -> float:
        """One of `keras_numbers` after some steps."""
        raise NotImplementedError(f"{type(self).__name__} must say what {name} is after {iteration} steps")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimiser, in Keras's words."""
        return {
            "name": self.name,
            "learning_rate": schedules.serialize(self._schedule),
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """An optimiser from what `get_config` returned."""
        settings = mapping_of(f"{cls.__name__}.from_config", "config", config)
        with legacy.in_todays_words(settings):
            return cls(**settings)

    def __repr__(self) -> str:
        defaults = {name: each.default for name, each in inspect.signature(type(self)).parameters.items()}
        config = {**self.get_config(), "learning_rate": self._schedule}
        told = {name: value for name, value in config.items() if name not in SILENT or value != defaults.get(name)}
        settings = ", ".join(f"{name}={value!r}" for name, value in told.items())
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
