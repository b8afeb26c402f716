"""How metrics keep what they have counted: sums by name, variables of users' own, other metrics that they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid import legacy
from pellucid.arraylike import array_that
from pellucid.checks import several
from pellucid.dispatch import Array
from pellucid.elsewhere import elsewhere, is_elsewhere, keep_elsewhere, others_stay, standing_for
from pellucid.errors import ArgumentError, ArgumentTypeError, NotYetError, ShapeError, shown
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Shape
from pellucid.settled import Settled
from pellucid.variables import Variable
from pellucid.warned import warn
from pellucid.watched import found_in

Kept = Mapping[str, np.ndarray]
TYPES = ("float32", "int", "int8", "int16", "int32", "int64", "uint8")
"""What the variables of a metric may be said to be; they are float32, which holds whole numbers up to 2^24."""

WHOLE = "int32"
"""The type of means whose values, weights and sums lose their fractions."""


def type_name(dtype: Any) -> str:
    """The name of a type that is given as such, or as NumPy's."""
    return dtype if isinstance(dtype, str) else str(getattr(dtype, "name", getattr(dtype, "__name__", "")))


class KeptSum(Array):
    """One of the sums that a metric keeps, with its name: float64.

    Attributes:
        name: of the sum; "" for what was computed of it.
    """

    name: str = ""
    _keeper: Any = None

    def assign(self, value: npt.ArrayLike) -> None:
        """Let the metric go on from another sum; raises `ShapeError` where it has another shape."""
        if self._keeper is None:
            raise ArgumentError("these numbers were computed of what a metric keeps; they cannot be assigned to it")
        self._keeper.set_sum(self.name, value)


def own_sum(name: str) -> Any:
    """An attribute of a metric that shows one of the sums which `update_state` keeps, as `metric.count`."""
    return property(
        lambda self: self.sum_named(name),
        lambda self, value: self.set_sum(name, value),
        doc=f"The object's own sum {name!r}, float64.",
    )


class Keeping(Settled):
    """The base of whatever keeps numbers from batch to batch.

    Attributes:
        name: under which it is told.
        dtype: of its numbers.
    """

    name: str
    dtype: str

    def _begin_keeping(self) -> None:
        self._kept: dict[str, np.ndarray] = {}
        self._variables_made: list[Variable] = []

    @property
    def _dtype(self) -> str:
        """What classes of users' own, as the guides write them, cast to."""
        return self.dtype

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Add a batch to what is kept."""
        raise ArgumentTypeError(f"{type(self).__name__} has no update_state(): a metric must say what it counts")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`update_state`, then `result`."""
        self.update_state(*args, **kwargs)
        return self.result()

    def result(self) -> Any:
        """What the kept numbers say."""
        raise ArgumentTypeError(f"{type(self).__name__} has no result(): a metric must say what its numbers mean")

    @property
    def _label(self) -> str:
        """As messages begin."""
        return f"metric {self.name!r}"

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        """What is kept from batch to batch: the shape of each sum by its name; all begin at 0.

        Args:
            shapes: of what `update` is given, with the batch axis: of the targets and of the predictions; none as long
                as no batch is known.
        """
        raise ArgumentTypeError(f"{type(self).__name__} has no state(): a metric must say what it keeps")

    def reset_state(self) -> None:
        """Begin at 0 again: the object's own sums, and the variables that a class of your own has made."""
        self._keep({name: np.zeros(np.shape(kept)) for name, kept in self._own_now().items()})
        for variable in self._own_variables():
            variable.assign(np.zeros(variable.shape))
        for part in self._parts():
            part.reset_state()

    def reset_states(self) -> None:
        """What tf.keras 2 called `reset_state`."""
        legacy.tell("reset_states()", "reset_state()")
        self.reset_state()

    @property
    def variables(self) -> list[Any]:
        """What the object keeps, under Keras's names (`variable.name`).

        Own sums, float64; the variables of a class of your own; then those of metrics that it holds.
        """
        own = [self.sum_named(name) for name in self.shown(self._own())] if keeps_sums(self) else []
        return [*own, *self._own_variables(), *(kept for part in self._parts() for kept in part.variables)]

    def add_variable(
        self,
        shape: Sequence[int] | str = (),
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str | None = "sum",
        name: str | None = None,
        *,
        synchronization: str | None = None,
    ) -> Variable:
        """A variable in which a metric of your own keeps what it has counted; called from `__init__`.

        Args:
            shape: sizes of the axes; one number by default. Older Kerases have the name here.
            initializer: of its first values (see `initializers.get`).
            dtype: None, or the name of a type; whole numbers are float32 here too, exact up to 2^24.
            aggregation: how several machines would add up; there is one.
            name: "variable", "variable_1", ... by default.
            synchronization: when several machines would add up.

        Returns:
            it, float32; in `update_state` it is changed by `assign`, `assign_add` and `assign_sub`.

        Raises:
            ArgumentError: `super().__init__()` was not called yet, or an argument cannot be used.

        Example:
            >>> from pellucid import metrics
            >>> class Batches(metrics.Metric):
            ...     def __init__(self, name="batches"):
            ...         super().__init__(name)
            ...         self.count = self.add_variable(shape=(), initializer="zeros", name="count")
            ...     def update_state(self, y_true, y_pred, sample_weight=None):
            ...         self.count.assign_add(1)
            ...     def result(self):
            ...         return self.count
            >>> Batches()([1.0], [2.0]).numpy().tolist()
            1.0
        """
        owner = type(self).__name__
        if "_variables_made" not in self.__dict__:
            raise ArgumentError(f"{owner}: call super().__init__() in __init__() before add_variable()")
        if isinstance(shape, str):
            name, shape = shape, ()
        if dtype is not None and type_name(dtype) not in TYPES:
            raise ArgumentError(f"{owner}: numbers are float32, got dtype={shown(dtype)}")
        begin = "zeros" if initializer is None else initializer
        with Graph.outside():
            sizes = tuple(several(owner, "shape", shape, "whole numbers"))
            made = Variable(begin, sizes, dtype, trainable=False, name=name, owner=self.name)
        self._variables_made.append(made)
        return made

    def add_weight(
        self,
        shape: Sequence[int] | str = (),
        initializer: Any = "zeros",
        dtype: Any = None,
        name: str | None = None,
        *,
        aggregation: str | None = "sum",
        synchronization: str | None = None,
    ) -> Variable:
        """`add_variable` under Keras's other name, and in its other order."""
        return self.add_variable(shape, initializer, dtype, aggregation, name, synchronization=synchronization)

    def _own_variables(self) -> list[Variable]:
        """The variables that a class of the user's own has made, or keeps, in the order in which it did."""
        held = (found for value in list(vars(self).values()) for found in found_in(value, Variable))
        return list(dict.fromkeys([*self._variables_made, *held]))

    def _parts(self) -> list[Keeping]:
        """The metrics that a class of the user's own holds."""
        held = [found for value in list(vars(self).values()) for found in found_in(value, Keeping)]
        return list(dict.fromkeys(held))

    def shown(self, sums: Kept) -> Mapping[str, np.ndarray]:
        """Sums under Keras's names and in Keras's form, where a metric keeps other ones than Keras does."""
        return sums

    def kept_of(self, shown: Kept) -> dict[str, np.ndarray]:
        """The sums of which `shown` makes what is given."""
        return dict(shown)

    def sum_named(self, name: str) -> KeptSum:
        """One of the own sums by Keras's name for it; raises `NotYetError` before its shape is known."""
        found = self.shown(self._own())
        if name not in found:
            raise NotYetError(f"{self._label} has no {name} before the first batch, whose shape it will have")
        view = np.asarray(found[name]).view(KeptSum)
        view.name, view._keeper = name, self
        return view

    def set_sum(self, name: str, value: npt.ArrayLike) -> None:
        """Go on from another sum; raises `ArgumentError` where it cannot be set alone, or has another shape."""
        sums = self._own()
        if name not in sums:
            raise ArgumentError(f"{self._label}: {name} follows from other sums and cannot be set alone")
        given = np.array(value, np.float64)
        if given.shape != np.shape(sums[name]):
            raise ShapeError(f"{self._label}: {name} has shape {np.shape(sums[name])}, got {given.shape}")
        self._keep({**sums, name: given})

    def _own_now(self) -> dict[str, Any]:
        """The object's own sums, as far as there are any by now."""
        standing = standing_for(self)
        kept: dict[str, Any] = self._kept if standing is None else standing
        return kept

    def _own(self, *shapes: Shape) -> dict[str, Any]:
        """The object's own sums: zeros where no batch was added yet; of batches of these shapes, where they decide."""
        return self._own_now() or {name: np.zeros(shape) for name, shape in self.state(*shapes).items()}

    def keep(self, sums: Kept) -> None:
        """Let these be the object's own sums: what a model has counted with it, so that `result` tells it."""
        self._keep({name: np.array(kept, np.float64) for name, kept in sums.items()})

    def _keep(self, sums: dict[str, Any]) -> None:
        if not keep_elsewhere(self, sums):
            self._kept = sums

    def _add(self, added: dict[str, Any], *shapes: Shape) -> None:
        """Add what a batch of these shapes adds: once it is computed, or what will be computed in a graph."""
        is_emitted = any(isinstance(item, Tensor) for item in added.values())
        if is_emitted and not is_elsewhere(self):
            if Graph.current() is None:
                raise ArgumentError(f"{self._label}: update_state takes arrays; in a graph, update() emits the sums")
            self._is_nobodys()
            return
        before = self._own(*shapes)
        for name, item in added.items():
            if np.shape(item) != np.shape(before[name]):
                raise ShapeError(
                    f"{self._label} has counted batches whose {name} has shape {np.shape(before[name])}, this one has "
                    f"{np.shape(item)}; make another metric for these"
                )
        if is_emitted:
            self._keep({name: before[name] + item for name, item in added.items()})
        else:
            self._keep({name: np.asarray(before[name] + np.asarray(item, np.float64)) for name, item in added.items()})

    def _is_nobodys(self) -> None:
        """Code of a layer or a model counts in a graph: only where that is told (see `traced.Held`) it is kept."""
        if others_stay():
            warn(
                f"{self._label} counts in call() or compute_loss(), and nobody tells of it: make it in __init__() of "
                "the model or of a layer, as an attribute, before the model is compiled"
            )

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Array]:
        """What `variables` would be after a batch if they were others now; the metric stays what it is.

        Args:
            metric_variables: their values, in the order of `variables`.
            args: of `update_state`.
            kwargs: of `update_state`.

        Raises:
            ArgumentError: there is a value too many, or too few.
        """
        with elsewhere(self._standing(metric_variables)):
            self.update_state(*args, **kwargs)
            return self._values()

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """What `result` would be if `variables` had these values."""
        with elsewhere(self._standing(metric_variables)):
            found = self.result()
            return np.array(found).view(Array) if isinstance(found, Variable) else found

    def stateless_reset_state(self) -> list[Array]:
        """What `variables` would be after `reset_state`."""
        with elsewhere(self._standing(self.variables)):
            self.reset_state()
            return self._values()

    def _values(self) -> list[Array]:
        return [np.array(variable).view(Array) for variable in self.variables]

    def _standing(self, values: Sequence[Any]) -> dict[Any, Any]:
        """What stands for all that is kept, from values in the order of `variables`."""
        mine = self.variables
        if not isinstance(values, list | tuple):
            raise ArgumentTypeError(f"{self._label}: the values of its variables are in a list, got {shown(values)}")
        if len(values) != len(mine):
            raise ArgumentError(f"{self._label} has {len(mine)} variables, got {len(values)} values")
        rest, standing = list(values), dict[Any, Any]()
        for keeper in self.keepers():
            if isinstance(keeper, Keeping):
                sums = keeper.shown(keeper._own()) if keeps_sums(keeper) else {}
                given = {name: _standing_for(f"{self._label}: {name}", rest.pop(0), sums[name]) for name in sums}
                standing[keeper] = keeper.kept_of(given) if given else {}
            else:
                standing[keeper] = keeper.check(rest.pop(0))
        return standing

    def keepers(self) -> list[Any]:
        """All that keeps numbers in it, in the order of `variables`: itself, its variables, then those of its parts."""
        found: dict[Any, None] = {self: None} | dict.fromkeys(self._own_variables())
        for part in self._parts():
            found |= dict.fromkeys(part.keepers()) if part not in found else {}
        return list(found)


def keeps_sums(metric: Keeping) -> bool:
    """Whether a metric keeps sums, beside the variables of a class of the user's own."""
    return type(metric).state is not Keeping.state


def _standing_for(is_called: str, value: Any, kept: np.ndarray) -> np.ndarray:
    """A value in the place of what is kept; raises `ShapeError` where it has another shape."""
    array = array_that(is_called, value).astype(np.float64)
    if array.shape != np.shape(kept):
        raise ShapeError(f"{is_called} has shape {np.shape(kept)}, got a value of shape {array.shape}")
    return array
