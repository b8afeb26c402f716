"""Variables: named arrays that live in shared states. The weights of layers are such.

All weights of a model are windows of one flat float32 state, so that an update is one pass and a checkpoint one write.
A weight starts in a state of its own and moves once, when its model is first run.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from pellucid import checks, initializers
from pellucid.arraylike import Sizes, finite, first_odd, in_float32, numbers_of
from pellucid.constraints import Constraint
from pellucid.dispatch import Array
from pellucid.dispatch.operators import Valued
from pellucid.elsewhere import is_elsewhere, keep_elsewhere, standing_for
from pellucid.engines import Engine, HostState, State, all_held, staying
from pellucid.errors import ArgumentError, GraphError, ShapeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.graph.movement import Pack
from pellucid.graph.ops import Parameter, broadcast_shapes
from pellucid.initializers import Initializer
from pellucid.initializers.base import fitting_hint
from pellucid.naming import LONGEST_PART, unique_name
from pellucid.provenance import Event, Story, drawn_by, part_at
from pellucid.regularizers import Regularizer
from pellucid.warned import warn
from pellucid.watched import Watched

ALIGNMENT = Pack.alignment  # elements: each weight starts on a cache line
LARGE = 2**22  # so many numbers, 16 MB, stay in a state of their own


class Variable(Valued, Watched):
    """An array that is kept from call to call: the weight of a layer, or one of the user's own.

    Read it with `numpy()` or `numpy.asarray`; write it with `assign` or by index. Changes take effect in the next call
    of a model that has it. In the `call` of a layer it is a tensor, in arithmetic outside of layers an array.

    Args:
        initializer: the values; or, with `shape`, an initialiser, its name, or a function of a shape.
        shape: sizes of the axes, where an initialiser is given.
        dtype: "float32" or None; "int32" or "int" for whole numbers that no gradient changes: what is assigned loses
            its fraction. float32 keeps them, all up to 2^24; one beyond that it does not hold is refused.
        trainable: whether gradients can change it at all; a moving average is kept by other means.
        name: "kernel", "bias", ...; made from "variable" by default.
        owner: the name of the layer that it belongs to, behind those around it; "" for none.
        regularizer: penalty on the values that is added to the loss, or None.
        constraint: what the values are projected to after each update, or None.
        checked: whether the values have been checked: those in a file may be of a training that has diverged.

    Attributes:
        path: the owner's name and its own, "conv2d/kernel"; in a chain that built it "sequential/conv2d/kernel".
        learned: whether gradients can change it at all.
        is_whole: whether it keeps whole numbers.
        trainable: whether training changes it now: it is learned, and its layer is not frozen.
        frozen_part: where training leaves single numbers of it alone, such as those of one filter: True there, of a
            shape that broadcasts to the variable's; None for nowhere. What is set by hand is not held.

    Raises:
        ArgumentError: the values are no numbers, a name is unknown, or there is a shape without an initialiser, or an
            initialiser without a shape.
        DataError: a value is NaN or infinite.
        ShapeError: the shape cannot be, or differs from that of the values.

    Example:
        >>> count = Variable([1.0, 2.0], trainable=False, name="count")
        >>> count.assign_add([1.0, 1.0]).numpy().tolist(), (count * 2).tolist(), count.shape
        ([2.0, 3.0], [4.0, 6.0], (2,))
        >>> Variable("ones", shape=(1, 2)).numpy().tolist()
        [[1.0, 1.0]]

    Source: keras.Variable, https://keras.io/api/layers/base_layer/ (whose weights are such variables).
    """

    def __init__(
        self,
        initializer: object,
        shape: Sequence[int] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
        *,
        owner: str = "",
        regularizer: Regularizer | None = None,
        constraint: Constraint | None = None,
        checked: bool = False,
    ) -> None:
        self.name = unique_name("variable") if name is None else checks.title("Variable", name)
        if max(map(len, checks.object_of("Variable: owner", owner, str, "a layer's name").split("/"))) > LONGEST_PART:
            raise ArgumentError(f"Variable: owner is the name of a layer, got {shown(owner)}")
        self.path = f"{owner}/{self.name}" if owner else self.name
        self.is_whole = checks.is_kept_whole(self.path, dtype, whole_too=trainable is False)
        array, came = _first_values(initializer, shape, self.path)
        # What is checked is a source's own (a file's), which nobody else holds: it goes into the state uncopied.
        is_checked = checks.flag(self.path, "checked", checked)
        is_ready = is_checked and array.dtype.kind == "f"
        array = array.astype(np.float32, copy=False) if is_ready else finite(array, self.path, is_whole=self.is_whole)
        if not array.size:
            raise ShapeError(f"{self.path}: every size of a shape must be at least 1, got {array.shape}")
        self.shape, self.learned = Sizes(array.shape), checks.flag(self.path, "trainable", trainable)
        self.trainable, self.regularizer, self.constraint = self.learned, regularizer, constraint
        self.frozen_part: np.ndarray | None = None
        self.story = Story(came)
        self._home: tuple[State, int] = (HostState(array.size), 0)  # one pair: who reads it finds what goes together
        self.state.write(0, array)
        if is_elsewhere():  # what is made in there begins there with the same values
            graph = Graph.current()
            keep_elsewhere(self, array if graph is None else graph.lift(array))

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        self.changed()  # programs are made for where it lives, whether it is trained, and what penalises or confines it

    @property
    def state(self) -> State:
        """Where it lives."""
        return self._home[0]

    @property
    def offset(self) -> int:
        """The place of its first element there."""
        return self._home[1]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def trained_size(self) -> int:
        """Number of elements that training changes now."""
        if self.frozen_part is None or not self.trainable:
            return self.size * self.trainable
        return self.size - int(np.broadcast_to(self.frozen_part, self.shape).sum())

    @property
    def dtype(self) -> np.dtype:
        """float32."""
        return self.state.dtype

    def numpy(self) -> np.ndarray:
        """A copy of the values, float32, of the weight's shape."""
        standing = standing_for(self)
        if standing is not None:
            return _known(standing, self.path).copy()
        state, offset = self._home
        return state.read(offset, self.size).reshape(self.shape)

    def check(self, value: npt.ArrayLike) -> np.ndarray:
        """Values that would fit, as float32, finite or not; raises as `assign` does."""
        array = numbers_of(value, self.path)
        if array.shape != self.shape:
            raise ShapeError(
                f"{self.path} has shape {self.shape}, got {array.shape}{fitting_hint(array.shape, self.shape)}"
            )
        return in_float32(array, self.path, is_whole=self.is_whole)

    def assign(self, value: npt.ArrayLike | Tensor) -> Variable:
        """Replace all values. What was read can be written: there is a warning where new values are no finite numbers.

        Args:
            value: numbers of exactly the variable's shape.

        In the `call` of a layer the value may be a tensor: it is what the variable holds after the step (`set_tensor`).

        Returns:
            the variable.

        Raises:
            ShapeError: the shape differs; where another order of the axes would fit, the message gives it.
            ArgumentError: the values are no numbers.
        """
        standing = standing_for(self)
        graph = standing.graph if isinstance(standing, Tensor) else Graph.current()
        if graph is not None and not isinstance(value, Tensor):  # in each step, not once while the graph is built
            value = graph.lift(self.check(value))
        if isinstance(value, Tensor):
            self.set_tensor(value.graph, value)
        else:
            checked = self.check(value)
            _tell_of_odd([self], [checked])
            self._write(checked)
            self.story.begin(Event("set", "assign"))
        return self

    def train_to(self, value: npt.ArrayLike, steps: int = 0) -> None:
        """Replace all values by what a training made of them, in so many steps: its story goes on."""
        self._write(self.check(value))
        self.story.step(self.frozen_part, steps)

    def _write(self, checked: np.ndarray) -> None:
        if not keep_elsewhere(self, checked):
            with staying([self]):
                self.state.write(self.offset, checked)

    def assign_add(self, value: npt.ArrayLike | Tensor) -> Variable:
        """Add to the values; see `assign`."""
        return self._changed_by(value, 1.0)

    def assign_sub(self, value: npt.ArrayLike | Tensor) -> Variable:
        """Take off the values; see `assign`."""
        return self._changed_by(value, -1.0)

    def _changed_by(self, value: npt.ArrayLike | Tensor, sign: float) -> Variable:
        graph = next((item.graph for item in (value, standing_for(self)) if isinstance(item, Tensor)), Graph.current())
        if graph is not None:  # a number too is added in each step, not once while the graph is built
            return self.assign(self.tensor(graph) + graph.lift(cast(Any, value)) * sign)
        change = sign * finite(numbers_of(value, self.path), self.path)
        if self.is_whole:  # a sum that float32 does not hold is seen in float64
            change = change.astype(np.float64)
        if change.shape != self.shape and broadcast_shapes(change.shape or (1,), self.shape) != self.shape:
            raise ShapeError(f"{self.path} has shape {self.shape}, to which {change.shape} cannot be added")
        with staying([self]), np.errstate(over="ignore"):  # nobody writes between reading and writing
            self._write(finite(self.check(self.numpy() + change), self.path))
        self.story.change(Event("set", "assign_add"), np.zeros((), bool))
        return self

    def move(self, state: State, offset: int) -> None:
        """Live in another state from now on, from element `offset` on, with the same values."""
        with all_held([self.state, state]):
            state.write(offset, self.numpy())
            self._home = state, offset
        self.changed()

    @property
    def window(self) -> Parameter:
        """The part of its state that it is."""
        state, offset = self._home
        return Parameter(self.shape, state.name, offset)

    def _brought_into(self, graph: Graph) -> Parameter:
        """The same for a graph, in which it stays where it was first, so that it is one tensor, should it move."""
        state, offset = self._home
        return graph.brought.setdefault(self, (state, Parameter(self.shape, state.name, offset)))[1]

    def tensor(self, graph: Graph) -> Tensor:
        """The weight as a tensor of a graph."""
        standing = standing_for(self)
        if standing is not None:
            return graph.lift(standing)
        return graph.parameter(self._brought_into(graph))

    def set_tensor(self, graph: Graph, value: Tensor) -> None:
        """Let the weight have a new value after each run of the graph: how moving averages are kept."""
        if standing_for(self) is not None and value.shape != self.shape:
            raise ShapeError(f"{self.path} has shape {self.shape}, got {value.shape}")
        value = builder.towards_zero(value) if self.is_whole else value
        if not keep_elsewhere(self, value):
            window = self._brought_into(graph)
            kept = value if self.frozen_part is None else held(self.frozen_part, graph.leaf(window), value)
            graph.assign(window, kept)

    @property
    def value(self) -> Any:
        """The values: a tensor in the `call` of a layer, else an array."""
        graph = Graph.current()
        return self.numpy().view(Array) if graph is None else self.tensor(graph)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy().astype(dtype or np.float32, copy=False)

    def __float__(self) -> float:
        return float(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())

    def __getitem__(self, index: Any) -> Any:
        return self.value[index]

    def __setitem__(self, index: Any, value: npt.ArrayLike) -> None:
        self.put(index, value, Event("handcrafted", "an array"))

    def put(self, index: Any, value: npt.ArrayLike, event: Event) -> None:
        """Replace the values at an index; `event`: how that is told later."""
        given = numbers_of(value, self.path)
        with staying([self]):
            values = self.numpy()
            values[index] = in_float32(given, self.path, is_whole=self.is_whole)
            checked = self.check(values)
            _tell_of_odd([self], [checked])
            self._write(checked)
        self.story.change(event, part_at(self.shape, index))

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<Variable {self.path}, shape {self.shape}{'' if self.trainable else ', frozen'}>"


def _known(standing: Any, path: str) -> np.ndarray:
    """Values that stand for a variable's own, if they are known by now."""
    if isinstance(standing, Tensor):
        raise GraphError(f"{path} has no value while it is described what becomes of it; compute with pellucid.ops")
    return np.asarray(standing, np.float32)


def held(part: Tensor | np.ndarray | None, old: Tensor | float, new: Tensor) -> Tensor:
    """New numbers of a variable, but the old ones where training leaves it alone (`Variable.frozen_part`).

    `part` is not 0 there, of a shape that broadcasts to that of the numbers; None for nowhere, which costs nothing.
    """
    return new if part is None else builder.where(part, old, new)


def _first_values(given: Any, shape: Sequence[int] | None, path: str) -> tuple[np.ndarray, Event]:
    """The values that are given, or that an initialiser makes for a shape; and how that is told."""
    if isinstance(given, str | Mapping | Initializer | type) or (callable(given) and not hasattr(given, "__array__")):
        if shape is None:
            raise ArgumentError(f"{path} needs a shape, for which the initialiser {shown(given)} is to make values")
        initializer, sizes = initializers.get(given), _sizes(shape, path)
        return initializer(sizes), drawn_by(initializer, sizes)
    array = numbers_of(given, path)
    if shape is not None and array.shape != _sizes(shape, path):
        raise ShapeError(f"{path}: the values have shape {array.shape}, not {shown(shape)}")
    return array, Event("set", "values")


def _sizes(shape: Any, path: str) -> tuple[int, ...]:
    """The sizes of a shape; raises `ArgumentError` where they are none."""
    sizes = checks.several(path, "shape", shape, "sizes")
    return tuple(checks.whole(path, "each size of the shape", each) for each in sizes)


def _tell_of_odd(weights: Sequence[Variable], values: Sequence[np.ndarray]) -> None:
    """Warn of numbers that are not finite, once, unless the weights hold the very same already."""
    for weight, new in zip(weights, values, strict=True):
        odd = first_odd(new)
        if odd is not None and not np.array_equal(new, weight.numpy(), equal_nan=True):
            warn(f"{weight.path}: the value {odd}, as in a training that has diverged; it is taken as it is")
            return


def assign_all(weights: Sequence[Variable], values: Sequence[npt.ArrayLike], event: Event) -> None:
    """Set several weights at once, or none of them if one value does not fit, by an event; see `Variable.assign`."""
    checked = [weight.check(value) for weight, value in zip(weights, values, strict=True)]
    _tell_of_odd(weights, checked)
    write_all(weights, checked)
    for weight in weights:
        weight.story.begin(event)


def write_all(weights: Sequence[Variable], checked: Sequence[np.ndarray]) -> None:
    """Set several weights at once to values that were checked and told of; who calls tells their stories.

    Whole numbers, as files hold them, become float32 here: all of them or none.
    """
    ready = [
        value if value.dtype.kind == "f" else in_float32(value, weight.path, is_whole=weight.is_whole)
        for weight, value in zip(weights, checked, strict=True)
    ]
    with staying(weights):
        for weight, value in zip(weights, ready, strict=True):
            weight.state.write(weight.offset, value)


def read_all(weights: Sequence[Variable]) -> list[np.ndarray]:
    """Copies of several weights, all from between the same two steps of a training."""
    with staying(weights):
        return [weight.numpy() for weight in weights]


def gather(weights: Sequence[Variable], engine: Engine) -> None:
    """Let weights that still live alone, or where the engine cannot compute, share one state of the engine's, in order.

    Weights that share a state already (a layer that another model uses too) stay where they are, so that both models go
    on seeing the same values. So do large ones: to move them would take their memory twice, and gain nothing.
    """
    alone = [w for w in weights if w.state.size == w.size < LARGE or not engine.takes(w.state)]
    if not alone or (len(alone) == 1 and engine.takes(alone[0].state)):
        return
    offsets = list(itertools.accumulate((aligned(weight.size) for weight in alone), initial=0))
    state = engine.state(offsets[-1])
    for weight, offset in zip(alone, offsets, strict=False):
        weight.move(state, offset)


def aligned(size: int) -> int:
    """`size` rounded up to whole cache lines [elements]."""
    return -(-size // ALIGNMENT) * ALIGNMENT
