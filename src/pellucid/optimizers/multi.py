"""Several optimisers in one training: each weight goes by the one that is meant for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn, Self

import numpy as np

from pellucid.calls import Explained
from pellucid.checks import mapping_of, object_of
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Tensor
from pellucid.naming import is_ours
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.direct import Progress
from pellucid.optimizers.idle import tell_of_idle_patterns
from pellucid.optimizers.kept import KerasVariable, OptimizerVariable
from pellucid.optimizers.moved import Moved, Stepped
from pellucid.optimizers.stages import Pipeline, numbers_with
from pellucid.optimizers.table import OPTIMIZERS, record_of
from pellucid.schedules.base import function_of, record_of_function

__all__ = ["MultiOptimizer", "OptimizerMap"]


class OptimizerMap(Explained, MutableMapping[str, Optimizer]):
    """Which optimiser a weight goes by, by the weight's path ("dense/kernel").

    A key is a path, or a regular expression that the whole path must match. Weights that no key fits go by the default.

    Args:
        default_optimizer: for all other weights.
        optimizer_map: a dictionary of paths or patterns and optimisers.

    Attributes:
        default_optimizer: see there.

    Raises:
        ArgumentError: a key is no regular expression, or stands there already.
        ArgumentTypeError: what should be an optimiser is none, or one that is made of several.

    Example:
        >>> from pellucid import optimizers
        >>> chosen = OptimizerMap(optimizers.SGD(), {"conv2d.*": optimizers.Adam()})
        >>> type(chosen["conv2d_1/kernel"]).__name__, type(chosen["dense/bias"]).__name__
        ('Adam', 'SGD')

    Source: keras.optimizers.OptimizerMap.
    """

    def __init__(self, default_optimizer: Optimizer, optimizer_map: Mapping[str, Optimizer] | None = None) -> None:
        self.default_optimizer = _single("OptimizerMap: default_optimizer", default_optimizer)
        self._optimizers: dict[str, Optimizer] = {}
        for key, optimizer in mapping_of("OptimizerMap", "optimizer_map", optimizer_map).items():
            self[key] = optimizer

    def __getitem__(self, key: str) -> Optimizer:
        """The optimiser of a path; raises `ArgumentError` where several patterns fit."""
        if key in self._optimizers:
            return self._optimizers[key]
        fitting = [pattern for pattern in self._optimizers if re.fullmatch(pattern, key)]
        if len(fitting) > 1:
            raise ArgumentError(
                f"OptimizerMap: {key} is matched by {', '.join(map(repr, fitting))}; let one of them fit"
            )
        return self._optimizers[fitting[0]] if fitting else self.default_optimizer

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if not isinstance(key, str):
            raise ArgumentTypeError(f"OptimizerMap: a key is a path or a pattern of paths, got {shown(key)}")
        if key in self._optimizers:
            raise ArgumentError(f"OptimizerMap: {key!r} stands there already, with {self._optimizers[key]}")
        try:
            re.compile(key)
        except re.error as error:
            raise ArgumentError(f"OptimizerMap: {shown(key)} is no regular expression: {error}") from None
        self._optimizers[key] = _single(f"OptimizerMap: {key!r}", optimizer)

    def __delitem__(self, key: str) -> None:
        del self._optimizers[key]

    def __len__(self) -> int:
        return len(self._optimizers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._optimizers)

    def __call__(self, variable: Stepped) -> Optimizer:
        """The optimiser of a weight."""
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        """The arguments, as records."""
        optimizers = {key: record_of(optimizer) for key, optimizer in self._optimizers.items()}
        return {"default_optimizer": record_of(self.default_optimizer), "optimizer_map": optimizers}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A map from what `get_config` returned."""
        given = mapping_of("OptimizerMap.from_config", "config", config)
        records = mapping_of("OptimizerMap.from_config", "optimizer_map", given.get("optimizer_map"))
        optimizers = {key: OPTIMIZERS.get(record) for key, record in records.items()}
        return cls(OPTIMIZERS.get(given.get("default_optimizer")), optimizers)

    def __repr__(self) -> str:
        return f"OptimizerMap({self.default_optimizer!r}, {self._optimizers!r})"


def _single(what: str, optimizer: Any) -> Optimizer:
    """An optimiser that is not made of several."""
    found = object_of(what, optimizer, Optimizer, "an optimizer")
    if isinstance(found, MultiOptimizer):
        raise ArgumentTypeError(f"{what} takes a single optimizer, got {found.name}, which is made of several")
    return found


class _Part:
    """The part of a training that one of several optimisers has: for its `iterations` and `variables`."""

    def __init__(self, whole: MultiOptimizer, optimizer: Optimizer) -> None:
        self._whole, self._optimizer = whole, optimizer

    @property
    def iterations(self) -> int:
        """As many as there were steps; none where it moves nothing."""
        return self._whole.made if self.weights else 0

    @iterations.setter
    def iterations(self, value: int) -> None:
        if value != self.iterations:
            raise ArgumentError(
                f"{self._optimizer.name}: its steps are those of {self._whole.name}, of which there were "
                f"{self.iterations}; set {self._whole.name}.iterations"
            )

    @property
    def weights(self) -> Sequence[Moved]:
        """Those that go by it."""
        return [
            weight for weight in self._whole.progress.weights if self._whole.optimizer_of(weight) is self._optimizer
        ]

    def read(self, slot: str, weight: Moved) -> np.ndarray:
        """See `Progress.read`."""
        return self._whole.progress.read(slot, weight)

    def write(self, slot: str, weight: Moved, value: np.ndarray) -> None:
        """See `Progress.write`."""
        self._whole.progress.write(slot, weight, value)


class MultiOptimizer(Optimizer):
    """Different optimisers, or learning rates, for different weights, in one training.

    Each of them keeps its own settings: learning rate, clipping (by the norm of all gradients: of those of its
    weights), weight decay, averages. The `loss_scale_factor` holds for all, whatever theirs are.

    Args:
        optimizer_map: an `OptimizerMap`, or a function that gives the optimiser of a weight; it is asked once for each.
        loss_scale_factor: by which the loss is multiplied, and its gradients are divided again, > 0; None for 1.
        name: as it stands in files; None makes it from the class.

    Raises:
        ArgumentTypeError: the map is neither.

    Example:
        >>> from pellucid import Sequential, layers, optimizers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3, name="hidden"), layers.Dense(1, name="last")])
        >>> slow = optimizers.OptimizerMap(optimizers.Adam(0.01), {"hidden/.*": optimizers.SGD(0.001)})
        >>> model.compile(optimizers.MultiOptimizer(slow), "mse")
        >>> [each.learning_rate for each in model.optimizer.optimizers]
        [0.001, 0.01]

    Source: keras.optimizers.MultiOptimizer.
    """

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Any], Optimizer] | Mapping[str, Any],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        self.optimizer_map = _map_of(optimizer_map)
        self._chosen: dict[int, tuple[Stepped, Optimizer]] = {}
        self._optimizers: list[Optimizer] = []
        super().__init__(0.0, (), loss_scale_factor=loss_scale_factor, name=name)
        if isinstance(self.optimizer_map, OptimizerMap):
            for each in (*self.optimizer_map.values(), self.optimizer_map.default_optimizer):
                self._place(each)

    @property
    def optimizers(self) -> list[Optimizer]:
        """All of them, those of the map in its order and the default behind them."""
        return list(self._optimizers)

    @property
    def progress(self) -> Progress:
        """Who makes the steps."""
        return self._progress

    @property
    def made(self) -> int:
        """How many steps were made, those along gathered gradients counted batch by batch."""
        return self._made()

    @property
    def averages(self) -> bool:
        """Whether one of them keeps moving averages."""
        return any(each.averages for each in self._optimizers)

    @property
    def learning_rate(self) -> NoReturn:
        """There is none: each of the `optimizers` has its own; raises AttributeError."""
        raise AttributeError(f"{self.name}: there is no one learning_rate; each of its `optimizers` has its own")

    @learning_rate.setter
    def learning_rate(self, value: Any) -> NoReturn:
        raise AttributeError(f"{self.name}: there is no one learning_rate; set that of one of its `optimizers`")

    def captured_rate(self) -> dict[str, Any]:
        """See `Optimizer.captured_rate`: one after the other."""
        return {"optimizers": [each.captured_rate() for each in self._optimizers]}

    def restore_rate(self, record: Any) -> None:
        """See `Optimizer.restore_rate`."""
        for each, rate in zip(self._optimizers, record["optimizers"], strict=True):
            each.restore_rate(rate)

    def exclude_from_weight_decay(
        self, var_list: Iterable[object] | None = None, var_names: Collection[str] | None = None
    ) -> NoReturn:
        """Not here: raises `ArgumentError`. Each of the optimisers excludes weights of its own."""
        raise ArgumentError(f"{self.name}: say it to the one of its `optimizers` that those weights go by")

    def optimizer_of(self, weight: Stepped) -> Optimizer:
        """The one that a weight goes by; for each weight the map is asked once."""
        if id(weight) not in self._chosen:
            try:
                chosen = self.optimizer_map(weight)
            except TypeError as error:
                raise ArgumentTypeError(f"{self.name}: optimizer_map fails for {weight.path}: {error}") from error
            found = _single(f"MultiOptimizer: optimizer_map of {weight.path}", chosen)
            self._place(found)
            self._chosen[id(weight)] = weight, found
        return self._chosen[id(weight)][1]

    def _place(self, optimizer: Optimizer) -> int:
        """Which of the optimisers it is; one that is new is the last."""
        for number, known in enumerate(self._optimizers):
            if known is optimizer:
                return number
        optimizer.attach(_Part(self, optimizer))
        self._optimizers.append(optimizer)
        return len(self._optimizers) - 1

    def introduce(self, weights: Sequence[Any]) -> None:
        """Say to each optimiser which weights are its own."""
        super().introduce(weights)
        self.begin(weights)

    def begin(self, weights: Sequence[Any]) -> None:
        """See `Optimizer.begin`: each begins with its own."""
        for weight in weights:
            self.optimizer_of(weight)
        for each in self._optimizers:
            each.begin([weight for weight in weights if self.optimizer_of(weight) is each])

    def pipeline(self, weight: Stepped) -> Pipeline:
        """See `UpdateRule.pipeline`: that of the optimiser which the weight goes by."""
        optimizer = self.optimizer_of(weight)
        return replace(optimizer.pipeline(weight), prefix=_prefix(self._place(optimizer)))

    def gradients(
        self,
        weights: Sequence[Stepped],
        raw: Sequence[Tensor],
        gathered: Sequence[Tensor | None],
        scalars: Mapping[str, Tensor],
    ) -> tuple[list[Tensor], list[Tensor | None]]:
        """See `UpdateRule.gradients`: each optimiser sees its own weights."""
        self._tell_of_idle(weights)
        along, now = list(raw), list(gathered)
        chosen = [self._place(self.optimizer_of(weight)) for weight in weights]
        for number, optimizer in enumerate(self._optimizers):
            mine = [at for at, each in enumerate(chosen) if each == number]
            if not mine:
                continue
            own = numbers_with(_prefix(number), scalars)
            found = optimizer.gradients(
                [weights[i] for i in mine], [raw[i] for i in mine], [gathered[i] for i in mine], own
            )
            for at, gradient, total in zip(mine, *found, strict=True):
                along[at], now[at] = gradient, total
        return along, now

    def _tell_of_idle(self, weights: Sequence[Stepped]) -> None:
        """Warn of what the map says of no weight."""
        if isinstance(self.optimizer_map, OptimizerMap):
            tell_of_idle_patterns(
                self.name,
                self.optimizer_map,
                weights,
                lambda pattern, path: pattern == path or re.fullmatch(pattern, path),
            )

    def scalars(self, iteration: int) -> dict[str, float]:
        """See `UpdateRule.scalars`: those of all, each with a prefix of its own."""
        return {
            _prefix(number) + name: value
            for number, optimizer in enumerate(self._optimizers)
            for name, value in optimizer.scalars(iteration).items()
        }

    def keras_variables(self, weights: Sequence[Stepped]) -> list[KerasVariable]:
        """See `UpdateRule.keras_variables`: two of its own, then all of each optimiser."""
        found = [KerasVariable("iterations"), KerasVariable("learning_rate")]
        for optimizer in self._optimizers:
            found += optimizer.keras_variables([weight for weight in weights if self.optimizer_of(weight) is optimizer])
        return found

    @property
    def variables(self) -> list[OptimizerVariable]:
        """What is kept, in Keras's order: number of steps, a rate that means nothing, those of each optimiser."""
        for weight in self._progress.weights:
            self.optimizer_of(weight)
        count = OptimizerVariable("iteration", self.name, self._iterations_array, self._set_iterations)
        rate = OptimizerVariable("learning_rate", self.name, lambda: np.array(0.0, np.float32), lambda _: None)
        return [count, rate, *(variable for each in self._optimizers for variable in each.variables)]

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        chosen = self.optimizer_map
        if isinstance(chosen, OptimizerMap):
            record = OPTIMIZERS.record("OptimizerMap", chosen.get_config())
        else:
            record = record_of_function(chosen)
        return {"optimizer_map": record, "loss_scale_factor": self.loss_scale_factor, "name": self.name}

    def __repr__(self) -> str:
        return (
            f"MultiOptimizer({self.optimizer_map!r}, loss_scale_factor={self.loss_scale_factor!r}, name={self.name!r})"
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Copies know the copies of the weights."""
        self.__dict__.update(state)
        self._chosen = {id(weight): (weight, optimizer) for weight, optimizer in self._chosen.values()}


def _prefix(number: int) -> str:
    """With which the names of an optimiser's scalars begin."""
    return f"{number} "


def _map_of(given: Any) -> OptimizerMap | Callable[[Any], Optimizer]:
    """What gives the optimiser of a weight, from itself or its record."""
    if isinstance(given, OptimizerMap):
        return given
    if isinstance(given, Mapping) and given.get("class_name") == "function":
        return function_of(given, "MultiOptimizer: optimizer_map")
    if isinstance(given, Mapping) and given.get("class_name") == "OptimizerMap":
        config = mapping_of("MultiOptimizer", "config of optimizer_map", given.get("config"))
        if set(config) != {"default_optimizer", "optimizer_map"}:
            raise ArgumentError(
                "MultiOptimizer: the config of an OptimizerMap has default_optimizer and optimizer_map, got "
                f"{shown(sorted(config))}"
            )
        return OptimizerMap.from_config(config)
    if not callable(given) or is_ours(given if isinstance(given, type) else type(given)):
        raise ArgumentTypeError(
            "MultiOptimizer: optimizer_map must be an OptimizerMap, or a function that gives the optimizer of a "
            f"weight, got {shown(given)}"
        )
    function: Callable[[Any], Optimizer] = given
    return function
