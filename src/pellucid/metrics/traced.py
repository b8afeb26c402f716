"""Metrics of users' own, written as the guides of Keras write them, as parts of the graph of a step.

Such a class makes variables in `__init__`, changes them in `update_state` and tells of them in `result`. For training
its `update_state` is called with tensors while tensors stand for its variables (`pellucid.elsewhere`), so that what it
does becomes updates in the graph. What it keeps need not be sums, hence is never drained. `result` is called when
somebody asks, while the numbers that the graph has kept stand for those of the variables.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.arraylike import MOST_COUNTED
from pellucid.elsewhere import elsewhere
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input, Shape
from pellucid.metrics.base import Kept, Statistic, Sums
from pellucid.metrics.keeping import keeps_sums
from pellucid.metrics.means import OfValues
from pellucid.metrics.wrapped import MeanMetricWrapper, emitted, hint_at_pairs
from pellucid.naming import is_ours
from pellucid.variables import Variable
from pellucid.warned import warn

Place = tuple[Any, str]  # a variable and "", or a metric and the name of one of its sums
Told = float | np.ndarray | Mapping[str, float | np.ndarray]


class InGraph:
    """A metric as whoever builds the graph of a step sees it: what it keeps, what a batch makes of it, what is told.

    Args:
        metric: the library's, or of a class of the user's own.

    Attributes:
        name: of the metric.
        only_adds: whether what it keeps are sums, which may be moved elsewhere from time to time.
        is_own_reset: whether `reset_state` of the user's own says what a new epoch begins with.
        is_own: whether code of the user's own sees targets and predictions.

    Example:
        >>> from pellucid import metrics
        >>> metric = InGraph(metrics.BinaryAccuracy())
        >>> metric.state((8, 1), (8, 1)), metric.only_adds
        ({'total': (), 'count': ()}, True)
    """

    def __init__(self, metric: Statistic) -> None:
        self.metric, self.name = metric, metric.name
        self._is_own_update = writes(metric, "update_state")
        self._is_own_result = writes(metric, "result")
        self.is_own_reset = writes(metric, "reset_state")
        self.only_adds = not self._is_own_update
        self.is_own = self._is_own_update or isinstance(metric, MeanMetricWrapper)
        self._places: dict[str, Place] = {}

    def state(self, target: Shape, prediction: Shape) -> dict[str, Shape]:
        """What is kept for batches of such shapes: the shape of each by its name.

        Raises:
            ArgumentError: the code of a class of the user's own cannot be emitted; says why.
        """
        if not self._is_own_update:
            shapes = self.metric.state(target, prediction)
            self._places = {name: (self.metric, name) for name in shapes}
            return shapes
        if not (self._is_own_result or writes(self.metric, "value")) and type(self.metric).value is Statistic.value:
            raise ArgumentTypeError(f"{self._called('result')} is missing: a metric must say what its variables mean")
        graph = Graph()
        tensors = [graph.add(Input(shape, name)) for shape, name in ((target, "y_true"), (prediction, "y_pred"))]
        values = self._standing({})
        self._emit(graph, values, tensors[0], tensors[1], None)
        found = {place: item.shape for place, item in _taken_apart(values).items()}
        lost = [keeper for keeper, _ in found if keeper not in self.metric.keepers()]
        if lost:
            raise ArgumentError(
                f"{self._called('update_state')} changes {_shown(lost[0])}, which the metric does not keep: make it in "
                "__init__() by add_variable(), or keep it as an attribute"
            )
        self._places = _named(found)
        return {name: found[place] for name, place in self._places.items()}

    def first(self) -> dict[str, np.ndarray]:
        """What is kept before the first batch: zeros, or what `reset_state` of the user's own leaves."""
        if not self._is_own_update:
            return {}
        values = self._standing({})
        with elsewhere(values):
            self.metric.reset_state()
        left = {place: np.asarray(value, np.float32) for place, value in _taken_apart(values).items()}
        return {name: left[place] for name, place in self._places.items() if place in left}

    def after_reset(self, kept: Kept) -> dict[str, np.ndarray]:
        """What `reset_state` of the user's own leaves of what was kept: perhaps all, where it does nothing."""
        values = self._standing(kept)
        with elsewhere(values):
            self.metric.reset_state()
        left = _taken_apart(values)
        return {name: np.asarray(left[place], np.float64) for name, place in self._places.items()}

    def update(
        self, old: Mapping[str, Tensor], target: Tensor, prediction: Tensor, weight: Tensor | None = None
    ) -> Sums:
        """Emit what is kept after a batch (see `Metric.update`)."""
        if not self._is_own_update:
            return self.metric.update(old, target, prediction, weight)  # type: ignore[attr-defined]
        if weight is not None and not _takes(self.metric.update_state, "sample_weight"):
            raise ArgumentError(
                f"{self._called('update_state')} takes no sample_weight, which it is given here: write "
                "update_state(self, y_true, y_pred, sample_weight=None), or name it in metrics=, not weighted_metrics="
            )
        values = self._standing(old)
        self._emit(prediction.graph, values, target, prediction, weight)
        new = _taken_apart(values)
        strange = [place[0] for place in new if place not in self._places.values()]
        if strange:
            raise ArgumentError(
                f"{self._called('update_state')} makes {_shown(strange[0])} anew with each batch; make variables in "
                "__init__()"
            )
        return {name: new[place] for name, place in self._places.items()}

    def read(self, kept: Kept) -> Told:
        """What is told of what was kept; by name, where `result` of the user's own gives a dictionary."""
        if not (self._is_own_update or self._is_own_result):
            return self.metric.value(kept)
        for name, value in kept.items():
            keeper = self._places[name][0]
            if isinstance(keeper, Variable) and keeper.is_whole and np.max(np.abs(value), initial=0.0) >= MOST_COUNTED:
                warn(
                    f"metric {self.name!r}: {name} has reached 2^24, beyond which a number of float32 does not count "
                    "on by ones; count in parts, or by a metric of the library's, whose sums go on"
                )
        with elsewhere(self._standing(kept)):
            result: Any = self.metric.result()
            if isinstance(result, Mapping):
                return {str(name): _number(value) for name, value in result.items()}
            return _number(result)

    def keep(self, kept: Kept) -> None:
        """Let what was kept be the metric's own, so that `result` of the object tells it."""
        sums: dict[Statistic, dict[str, np.ndarray]] = {}
        for name, value in kept.items():
            keeper, part = self._places[name]
            if isinstance(keeper, Statistic):
                sums.setdefault(keeper, {})[part] = value
            else:
                keeper.assign(value)
        for keeper, parts in sums.items():
            keeper.keep(parts)

    def _emit(
        self, graph: Graph, values: dict[Any, Any], target: Tensor, prediction: Tensor, weight: Tensor | None
    ) -> None:
        weights = {} if weight is None else {"sample_weight": weight}
        called, before = self._called("update_state"), len(graph.nodes)
        with graph.scope(self.name), elsewhere(values):
            emitted(called, lambda: self.metric.update_state(target, prediction, **weights))
        hint_at_pairs(called, graph, before, prediction.shape[0])

    def _standing(self, kept: Mapping[str, Any]) -> dict[Any, Any]:
        """What stands for the values of all that the metric keeps: what was kept, else what they begin with."""
        values: dict[Any, Any] = {}
        for keeper in self.metric.keepers():
            values[keeper] = {} if isinstance(keeper, Statistic) else keeper.numpy()
        for name, value in kept.items():
            keeper, part = self._places[name]
            if isinstance(keeper, Statistic):
                values[keeper][part] = value
            else:
                values[keeper] = value
        return values

    def _called(self, method: str) -> str:
        return f"metric {self.name!r}: {type(self.metric).__name__}.{method}()"


class Held(InGraph):
    """A metric that a model or a layer of the user's own holds, and counts with in its `call` or `compute_loss`.

    It sees what that code gives it, no targets of an objective. What it keeps is known without a batch: its variables,
    and sums of the shapes that they have before the first one.

    Example:
        >>> from pellucid import metrics
        >>> Held(metrics.Mean("distance")).state()
        {'total': (), 'count': ()}
    """

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        """The shape of all that is kept, by name."""
        found: dict[Place, Shape] = {}
        for keeper in self.metric.keepers():
            if not isinstance(keeper, Statistic):
                found[keeper, ""] = keeper.shape
            elif keeps_sums(keeper):
                found |= {(keeper, part): shape for part, shape in keeper.state().items()}
        self.only_adds = self.only_adds and all(isinstance(keeper, Statistic) for keeper, _ in found)
        self._places = _named(found)
        return {name: found[place] for name, place in self._places.items()}

    def standing(self, old: Mapping[str, Tensor]) -> dict[Any, Any]:
        """What stands for its values while the code that counts with it is emitted (see `elsewhere`)."""
        return self._standing(old)

    def counted(self, values: Mapping[Any, Any]) -> dict[str, Tensor]:
        """What is kept after a batch, of what stands for its values now."""
        new = _taken_apart(values)
        return {name: new[place] for name, place in self._places.items()}


def writes(metric: Statistic, name: str) -> bool:
    """Whether a metric has this method from the user's own class, not from the library.

    Example:
        >>> from pellucid import metrics
        >>> writes(metrics.Mean(), "update_state")
        False
    """
    return not is_ours(next(cls for cls in type(metric).__mro__ if name in vars(cls)))


def takes_values(metric: Statistic) -> bool:
    """Whether a metric is of values alone, and knows no targets: `Mean` and `Sum`, not what users make of them."""
    return isinstance(metric, OfValues) and not writes(metric, "update_state")


def _taken_apart(values: Mapping[Any, Any]) -> dict[Place, Any]:
    """Each variable's value, and each sum of each metric."""
    found: dict[Place, Any] = {}
    for keeper, value in values.items():
        if isinstance(keeper, Statistic):
            found |= {(keeper, part): item for part, item in value.items()}
        else:
            found[keeper, ""] = value
    return found


def _named(found: Mapping[Place, Shape]) -> dict[str, Place]:
    """A name for each: the variable's, with a number where several have the same."""
    named: dict[str, Place] = {}
    for place in found:
        keeper, part = place
        base = part or keeper.name
        further = (f"{base}_{number}" for number in itertools.count(1))
        named[next(name for name in itertools.chain([base], further) if name not in named)] = place
    return named


def _takes(function: Callable[..., Any], name: str) -> bool:
    parameters = inspect.signature(function).parameters
    return name in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())


def _shown(keeper: Any) -> str:
    return f"metric {keeper.name!r}" if isinstance(keeper, Statistic) else f"variable {keeper.path!r}"


def _number(value: Any) -> float | np.ndarray:
    """A result as it is told: one number, or an array."""
    array = np.asarray(value, np.float64)
    return array if array.ndim else float(array)
