"""Single parts of a step by hand, views of what an optimiser keeps, and files of the user's own making."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

from pellucid.checks import mapping_of
from pellucid.dispatch import compute
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.optimizers.direct import Progress
from pellucid.optimizers.kept import KerasVariable, OptimizerVariable
from pellucid.optimizers.moved import movable
from pellucid.optimizers.stages import ACCUMULATOR, AVERAGE
from pellucid.optimizers.update_rule import UpdateRule

__all__ = ["ByHand"]


class ByHand(UpdateRule):
    """What scripts that make their own steps, and subclasses, take of an optimiser."""

    _progress: Progress

    @property
    def _model_variables_moving_average(self) -> list[OptimizerVariable]:
        """The moving averages of the weights, in their order; none without `use_ema`."""
        return self._of_kind(AVERAGE)

    @property
    def _accumulated_gradients(self) -> list[OptimizerVariable]:
        """The gradients that are gathered for the next step, in the order of the weights."""
        return self._of_kind(ACCUMULATOR)

    @property
    def _trainable_variables(self) -> list[Any]:
        """The weights that are moved, in order."""
        return [getattr(weight, "array", weight) for weight in self._progress.weights]

    @property
    def _iterations(self) -> int:
        """How many gradients came so far: where several make one step, more than `iterations`."""
        return self._made()

    def _of_kind(self, kind: str) -> list[OptimizerVariable]:
        return [self._variable(each) for each in self.keras_variables(self._progress.weights) if each.kind == kind]

    def _variable(self, each: KerasVariable) -> OptimizerVariable:
        raise NotImplementedError

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Put all that is kept into a dictionary, as arrays under "0", "1", ..., in the order of `variables`."""
        if not hasattr(store, "__setitem__") or isinstance(store, list | np.ndarray):
            raise ArgumentTypeError(f"{self.name}: store is a dictionary that takes arrays by name, got {shown(store)}")
        for number, variable in enumerate(self.variables):
            store[str(number)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take all that is kept from what `save_own_variables` has put there; raises as `set_weights` does."""
        held = mapping_of(self.name, "store", store)
        missing = next((str(number) for number in range(len(held)) if str(number) not in held), None)
        if missing is not None:
            raise ArgumentError(f"{self.name}: store has no array {missing!r}; it has {', '.join(map(shown, held))}")
        self.set_weights([held[str(number)] for number in range(len(held))])

    @property
    def variables(self) -> list[OptimizerVariable]:
        """See `Optimizer.variables`."""
        raise NotImplementedError

    def set_weights(self, weights: Sequence[Any]) -> None:
        """See `Optimizer.set_weights`."""
        raise NotImplementedError

    def _apply_weight_decay(self, variables: Sequence[Any]) -> None:
        """Let weights shrink at once, as each step lets them."""
        numbers = self.scalars(self._made())
        for number, variable in enumerate(variables):
            weight = movable(variable, number)
            share = self.decay_of(weight) if self._may_decay(weight) else None
            if share is not None:
                weight.assign(weight.numpy() * np.float32(1.0 - numbers[share]))

    def assign(self, variable: Any, value: Any) -> None:
        """Let a weight, or what is kept for one, have new values. Where Keras says `self.assign(variable, value)`."""
        if isinstance(variable, np.ndarray):
            variable[...] = value
        else:
            variable.assign(value)

    def assign_add(self, variable: Any, value: Any) -> None:
        """Add to a weight, or to what is kept for one."""
        self.assign(variable, variable + value)

    def assign_sub(self, variable: Any, value: Any) -> None:
        """Take off a weight, or what is kept for one."""
        self.assign(variable, variable - value)

    def _clip_gradients(self, grads: Sequence[Any]) -> list[Any]:
        """Gradients, clipped as the settings say; None stays None. On arrays it is computed at once."""
        given = [each for each in grads if each is not None]
        graph = next((each.graph for each in given if isinstance(each, Tensor)), None)
        home = graph or Graph()
        tensors = [home.lift(np.asarray(each) if isinstance(each, list | tuple) else each) for each in given]
        if self.clipvalue is not None:
            limit = self.clipvalue
            clipped = [builder.clip(each, -limit, limit) for each in tensors]
        else:
            clipped = self.clip(tensors) if tensors else []
        results: list[Any] = list(clipped) if graph is not None or not clipped else list(compute(home, clipped))
        return [None if each is None else results.pop(0) for each in grads]
