"""What a tape writes down: one graph, into which all that is called on arrays emits its operations."""

from __future__ import annotations

import inspect
import operator
import weakref
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.arraylike import NoNumbers, Sizes, array_of, floats_of
from pellucid.dispatch import Array, operators
from pellucid.dispatch.anywhere import Symbolic, operands_of
from pellucid.dispatch.arrangement import Arrangement, mapped
from pellucid.dispatch.arrays import RECORDER
from pellucid.dispatch.operators import Arithmetic
from pellucid.engines import Program, get_engine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Tensor, builder
from pellucid.graph.gradients import gradient as emit_gradient
from pellucid.graph.gradients import nodes_before
from pellucid.graph.ops import Input, Op, Parameter, RandomUniform, Update
from pellucid.variables import Variable

__all__ = ["Recorded", "Recording"]

FEW_LITERALS = 4096
"""Whole numbers up to so many are known to functions that need to know them (`one_hot`, `take`)."""


class Recorded(Arithmetic, Symbolic):
    """A result of what a tape has written down; it becomes an array as soon as somebody looks at its numbers.

    Args:
        recording: where it was written down.
        tensor: what it is there.
    """

    __array_priority__ = 1000  # NumPy's operators leave the arithmetic to it

    def __init__(self, recording: Recording, tensor: Tensor) -> None:
        self._recording, self.tensor_there = recording, tensor
        self._value: Array | None = None

    @property
    def shape(self) -> Any:
        """Sizes of the axes."""
        return Sizes(self.tensor_there.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.tensor_there.rank

    @property
    def dtype(self) -> np.dtype:
        """float32."""
        return np.dtype(np.float32)

    @property
    def value(self) -> Array:
        """The numbers."""
        if self._value is None:
            self._recording.run([self])
            assert self._value is not None
        return self._value

    def take(self, value: Array) -> None:
        """Have these numbers from now on."""
        self._value = value

    @property
    def is_known(self) -> bool:
        """Whether its numbers have been computed."""
        return self._value is not None

    def numpy(self) -> np.ndarray:
        """The numbers, as NumPy's array."""
        return self.value.numpy()

    def result_of(self, function: Callable[..., Any], arguments: inspect.BoundArguments) -> Any:
        """See `Symbolic`: written down while the tape runs, else computed at once."""
        recorder = RECORDER.get()
        if recorder is not None:
            return recorder.function(function, arguments)
        args, kwargs = mapped((arguments.args, arguments.kwargs), _valued)
        return function(*args, **kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __float__(self) -> float:
        return float(self.numpy().item())

    def __int__(self) -> int:
        return int(self.numpy().item())

    def __index__(self) -> int:
        number = self.numpy().item()
        if number != int(number):
            raise TypeError(f"{number} is no whole number")
        return int(number)

    def __bool__(self) -> bool:
        return bool(self.numpy())

    def __format__(self, spec: str) -> str:
        return format(self.numpy().item() if spec and not self.ndim else self.numpy(), spec)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[place] for place in range(len(self)))

    def __repr__(self) -> str:
        return repr(self.value)

    __hash__ = object.__hash__


def _valued(item: Any) -> Any:
    return item.value if isinstance(item, Recorded) else item


class Eager(Array):
    """An array whose arithmetic a running tape sees; that of other arrays is NumPy's business.

    Example:
        >>> np.ones(2, np.float32).view(Eager) * 3.0
        array([3., 3.], dtype=float32)
    """

    def get_shape(self) -> Sizes:
        """Sizes of the axes."""
        return Sizes(self.view(np.ndarray).shape)

    shape: Any = property(get_shape)

    def numpy(self) -> Any:
        """NumPy's own array, or number."""
        return self.view(np.ndarray)[()]

    def set_shape(self, shape: Any) -> None:
        """Nothing where it has this shape (None for any size), and an error else."""
        if len(shape) != self.ndim or any(
            want not in (None, have) for want, have in zip(shape, self.shape, strict=True)
        ):
            raise ArgumentError(f"set_shape: an array of shape {tuple(self.shape)} is not of shape {tuple(shape)}")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        function = SEEN.get(ufunc.__name__) if method == "__call__" and not options else None
        if RECORDER.get() is not None and function is not None:
            return function(*inputs)
        plain = [item.view(np.ndarray) if isinstance(item, Eager) else item for item in inputs]
        if any(isinstance(item, Symbolic) for item in plain):
            return NotImplemented
        if "out" in options:
            options["out"] = tuple(
                each.view(np.ndarray) if isinstance(each, Eager) else each for each in options["out"]
            )
        return _eager(getattr(ufunc, method)(*plain, **options))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's functions give NumPy's arrays, as they do of TensorFlow's tensors."""
        return func(*_of_numpy(args), **_of_numpy(kwargs))

    def __getitem__(self, key: Any) -> Any:
        if RECORDER.get() is not None:
            return operators.get_item(self, key)
        return _eager(self.view(np.ndarray)[key])

    def __iter__(self) -> Iterator[Any]:
        return (
            map(_eager, self.view(np.ndarray)) if RECORDER.get() is None else iter([self[n] for n in range(len(self))])
        )

    def __array_wrap__(self, found: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return _eager(np.asarray(found))


def _anew(name: str) -> Callable[[Any, Any], Any]:
    """`a += b` as `a = a + b`: tensors never change, so neither does what else bears the name of the first."""
    function = getattr(operator, name)

    def anew(self: Any, other: Any) -> Any:
        return function(self, other)

    return anew


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    setattr(Eager, f"__i{_name}__", _anew(_name))


def _of_numpy(value: Any) -> Any:
    """With NumPy's own arrays in the place of such."""
    if isinstance(value, tuple | list):
        return type(value)(map(_of_numpy, value)) if type(value) in (tuple, list) else value
    if isinstance(value, dict):
        return {key: _of_numpy(each) for key, each in value.items()}
    return value.view(np.ndarray) if isinstance(value, Eager) else value


def _eager(found: Any) -> Any:
    """One number alone too is an array of that class, on which scripts call `numpy()`."""
    return np.asarray(found).view(Eager) if isinstance(found, np.ndarray | np.generic) else found


SEEN: dict[str, Callable[..., Any]] = {
    name: getattr(operators, name)
    for name in ("absolute", "add", "greater", "greater_equal", "less", "less_equal", "matmul", "multiply", "negative")
} | {"subtract": operators.subtract, "divide": operators.true_divide, "power": operators.power}
"""NumPy's functions behind Python's operators, and ours."""


class Recording:
    """One graph, into which all is emitted while the outermost tape runs; and the numbers that go into it."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.inputs: dict[str, np.ndarray] = {}
        self.draw = (0, 0)
        self._known: dict[int, tuple[Any, Tensor]] = {}
        self._given: list[weakref.ref[Recorded]] = []
        self._updated: set[Parameter] = set()

    # What is written down.

    def tensor_of(self, value: Any, *, is_known: bool = False) -> Tensor:
        """What stands for a value in the graph; the same object is the same tensor."""
        if isinstance(value, Tensor):
            return value
        if isinstance(value, Recorded) and value._recording is self:
            return value.tensor_there
        if isinstance(value, Variable):
            return value.tensor(self.graph)
        if isinstance(value, int | float):
            return self.graph.constant(checks.number("GradientTape", "a number", value))
        if id(value) not in self._known:
            self._known[id(value)] = value, self._taken(value, is_known)  # the object lives on, and so does its id
        return self._known[id(value)][1]

    def _taken(self, value: Any, is_known: bool) -> Tensor:
        try:
            array = array_of(_valued(value))
        except NoNumbers as error:
            raise ArgumentError(f"expected a tensor, a weight, an array or a number, got {error.shown}") from error
        if is_known and array.dtype.kind in "iub" and array.size <= FEW_LITERALS:
            return builder.literal(self.graph, array) if array.ndim else self.graph.constant(float(array))
        name = f"a{len(self.inputs)}"
        self.inputs[name] = floats_of(array)
        return self.graph.add(Input(array.shape, name))

    def function(self, function: Callable[..., Any], arguments: inspect.BoundArguments) -> Any:
        """See `Recorder`."""
        known = not str(getattr(function, "__module__", "")).startswith(("pellucid.losses", "pellucid.metrics"))
        own = operands_of(function) or ()
        for name, value in arguments.arguments.items():
            if name not in own or value is None:
                continue
            is_list = isinstance(value, list | tuple) and any(map(_is_operand, value))
            found = [self.tensor_of(item, is_known=known) for item in value] if is_list else None
            arguments.arguments[name] = self.tensor_of(value, is_known=known) if found is None else found
        with self.graph.scope(""):
            return self._results(function(*arguments.args, **arguments.kwargs))

    def layer(self, layer: Any, row: Sequence[Any], filled: Callable[[list[Tensor]], Any], training: bool) -> Any:
        """See `Recorder`."""
        token = RECORDER.set(None)
        try:
            tensors = [self.tensor_of(item) for item in row]
            before = len(self.graph.nodes)
            found = layer.emit(filled(tensors), training)
            if any(isinstance(node.op, RandomUniform) for node in self.graph.nodes[before:]) and self.draw == (0, 0):
                self.draw = layer.next_draw()
        finally:
            RECORDER.reset(token)
        gives, outputs = Arrangement.of(found)
        return gives.packed([self._recorded(tensor) for tensor in outputs])

    def _results(self, result: Any) -> Any:
        if isinstance(result, Tensor):
            return self._recorded(result)
        if isinstance(result, list | tuple):
            return type(result)(map(self._results, result))
        return result

    def _recorded(self, tensor: Tensor) -> Recorded:
        found = Recorded(self, tensor)
        self._given.append(weakref.ref(found))
        return found

    # What is asked.

    def gradients(self, target: Tensor, sources: Sequence[Tensor]) -> list[Recorded | None]:
        """The gradient of the sum of a target with respect to tensors; None for those on which it does not depend."""
        with self.graph.scope(""):
            axes = list(range(target.rank))
            whole = builder.reduce_sum(target, axes) if axes else target
            reached = nodes_before(whole)
            found = emit_gradient(whole, sources)
        return [
            self._recorded(grad) if source.node in reached else None
            for source, grad in zip(sources, found, strict=True)
        ]

    def run(self, wanted: Sequence[Recorded]) -> None:
        """Compute what is wanted, and whatever else somebody still holds."""
        held = [found for found in (each() for each in self._given) if found is not None and not found.is_known]
        row = list({id(each): each for each in [*wanted, *held]}.values())
        self._given = [each for each in self._given if each() is not None]
        graph, before = self.graph, len(self.graph.nodes)
        homes = {window: variable.window for variable, (_, window) in graph.brought.items()}
        new = {op: tensor for op, tensor in graph.assigned.items() if op not in self._updated}
        for op, tensor in new.items():
            home = homes.get(op, op)
            graph.apply(Update(home.state, home.offset), tensor)
        states = graph.states() | {each.state.name: each.state for each in graph.brought}
        seed, step = self.draw
        tensors = [each.tensor_there for each in row]
        try:
            graph.outputs = {str(number): tensor for number, tensor in enumerate(tensors)}
            results = _program(graph).run(self.inputs, states, seed=seed, step=step)
        finally:
            del graph.nodes[before:]  # what is kept is written once
        self._updated |= set(new)
        for number, each in enumerate(row):
            each.take(results[str(number)].view(Array))


MOST_PROGRAMS = 16
_programs: dict[Hashable, Program] = {}
"""Those of the last graphs: the steps of a loop emit the same operations again and again."""


def _program(graph: Graph) -> Program:
    """The program of a graph, or that of an earlier one with the same operations."""
    place = {node: number for number, node in enumerate(graph.nodes)}
    nodes = tuple(
        (_meaning(node.op), *((place[tensor.node], tensor.index) for tensor in node.inputs)) for node in graph.nodes
    )
    key = nodes, tuple((place[tensor.node], tensor.index) for tensor in graph.outputs.values())
    try:
        found = _programs.pop(key, None)
    except TypeError:  # an operation that holds an array
        return get_engine("native").prepare(graph)
    program = get_engine("native").prepare(graph) if found is None else found
    if len(_programs) >= MOST_PROGRAMS:
        _programs.pop(next(iter(_programs)), None)
    _programs[key] = program
    return program


def _meaning(op: Op) -> Hashable:
    """An operation by what it holds: those that hold arrays equal themselves alone, and each step makes new ones."""
    if type(op).__eq__ is not object.__eq__:
        return op
    held = vars(op).values()
    return type(op), *((each.shape, each.tobytes()) if isinstance(each, np.ndarray) else each for each in held)


def _is_operand(item: Any) -> bool:
    return isinstance(item, Recorded | Tensor | Variable | np.ndarray)
