"""`K.function` and `K.gradients`: parts of described models as functions of arrays, and gradients of one by another.

Source: keras/backend/tensorflow_backend.py of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np

from pellucid import checks
from pellucid.arraylike import NoNumbers, array_of, floats_of
from pellucid.dispatch import Array
from pellucid.dispatch.symbolic import Call, SymbolicTensor
from pellucid.engines import get_engine
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.graph.gradients import gradient as emit_gradient
from pellucid.graph.gradients import nodes_before
from pellucid.graph.ops import MOST_AXES, RandomUniform, Update
from pellucid.graph.ops import Input as InputOp
from pellucid.layers import Input, InputLayer, Layer
from pellucid.naming import unique_name
from pellucid.network import emit_calls
from pellucid.network.rooting import in_order
from pellucid.optimizers.asked_updates import AskedStep
from pellucid.random import next_seed
from pellucid.variables import Variable


class LearningPhase:
    """Stands for whether a model is being trained: an input of a `function`; 0 elsewhere."""

    shape = ()

    def __int__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "learning_phase()"


PHASE = LearningPhase()


def learning_phase() -> LearningPhase:
    """What stands for the form of a model, as an input of `function`: 1 for training, 0 for use.

    Example:
        >>> from pellucid import Input, layers
        >>> x = Input((2,))
        >>> noisy = layers.Dropout(0.5)(x)
        >>> function([x, learning_phase()], [noisy])([[[1.0, 1.0]], 0])[0].tolist()
        [[1.0, 1.0]]

    Source: keras.backend.learning_phase.
    """
    return PHASE


def set_learning_phase(value: int | bool) -> None:
    """Accepts 0, which is so: layers are in the form for use unless they are called with `training=True`.

    Raises:
        ArgumentError: it is another one.

    Example:
        >>> set_learning_phase(0)

    Source: keras.backend.set_learning_phase.
    """
    if not isinstance(value, bool | int | np.integer) or value:
        raise ArgumentError(
            f"set_learning_phase: models are in the form for use unless called with training=True, got {shown(value)}; "
            "say model(x, training=True), or give learning_phase() to K.function"
        )


def placeholder(
    shape: Sequence[int | None] | None = None,
    ndim: int | None = None,
    dtype: object = None,
    sparse: bool = False,
    name: str | None = None,
) -> SymbolicTensor:
    """A symbolic tensor whose values are given later.

    Args:
        shape: with the batch, None where open.
        ndim: how many axes, all open, where there is no shape.
        dtype: see `Input`.
        sparse: False.
        name: of the input.

    Raises:
        ArgumentError: there is neither a shape nor a number of axes.

    Example:
        >>> placeholder((None, 28, 28, 1)).shape
        (None, 28, 28, 1)

    Source: keras.backend.placeholder.
    """
    if shape is None and ndim is None:
        raise ArgumentError("placeholder needs a shape, or a number of axes: ndim")
    if checks.flag("placeholder", "sparse", bool(sparse) if checks.is_whole(sparse) else sparse):
        raise ArgumentError("placeholder: inputs are dense arrays, sparse=False")
    open_sizes = None if ndim is None else (None,) * checks.whole("placeholder", "ndim", ndim, 1, MOST_AXES)
    sizes = open_sizes if shape is None else tuple(checks.several("placeholder", "shape", shape, "sizes"))
    return Input(batch_shape=sizes, dtype=dtype, name=name)


def calls_behind(tensors: Sequence[SymbolicTensor]) -> list[Call]:
    """All calls from which tensors follow, each after those that it needs."""
    return in_order(
        [tensor.call for tensor in tensors],
        lambda call: [] if isinstance(call.layer, InputLayer) else [tensor.call for tensor in call.inputs],
    )


class GradientOf:
    """A gradient as a part of a model: whenever it is needed, what it is a gradient of is emitted with it.

    Args:
        target: of which.
        sources: with respect to which: symbolic tensors and variables.
    """

    def __init__(self, target: SymbolicTensor, sources: Sequence[Any]) -> None:
        self.target, self.sources, self.name = target, list(sources), unique_name("gradients")
        self.behind = calls_behind([target, *(each for each in sources if isinstance(each, SymbolicTensor))])
        self.roots = [call for call in self.behind if isinstance(call.layer, InputLayer)]
        self.calls: list[Call] = []

    @property
    def label(self) -> str:
        """How messages call it."""
        return f'Gradients "{self.name}"'

    @property
    def output_shape(self) -> Any:
        """Of the gradients."""
        return [tuple(each.shape) for each in self.sources]

    @property
    def variables(self) -> list[Variable]:
        """All that it reads."""
        own = [each for each in self.sources if isinstance(each, Variable)]
        return [*own, *variables_of(self.behind)]

    def emit(self, inputs: list[Tensor], training: bool | None = None) -> list[Tensor]:
        """See `Callee`."""
        graph = inputs[0].graph
        given = {call: [tensor] for call, tensor in zip(self.roots, inputs, strict=True)}
        with graph.scope(self.label):
            results = emit_calls(self.behind, given)
            target = results[self.target.call][self.target.index]
            total = builder.reduce_sum(target, list(range(target.rank))) if target.rank else target
            sources = [
                each.tensor(graph) if isinstance(each, Variable) else results[each.call][each.index]
                for each in self.sources
            ]
            return emit_gradient(total, sources)


def gradients(loss: Any, variables: Any) -> list[Any]:
    """The gradient of a loss (its sum, where it is several numbers) with respect to symbolic tensors and weights.

    Args:
        loss: a symbolic tensor; or, in the `call` of a layer or in a loss, a tensor.
        variables: a symbolic tensor from which the loss follows, a weight, or a list of these.

    Returns:
        a symbolic tensor for each.

    Raises:
        ArgumentError: the loss has been computed already, or is no symbolic tensor.

    Example:
        >>> from pellucid import Input, ops
        >>> x = Input((2,))
        >>> slope = gradients(ops.sum(x * x), x)[0]
        >>> function([x], [slope])([[[1.0, -3.0]]])[0].tolist()
        [[2.0, -6.0]]

    Source: keras.backend.gradients.
    """
    several = list(variables) if isinstance(variables, list | tuple) else [variables]
    if isinstance(loss, Tensor):
        return _within(loss, several)
    if not isinstance(loss, SymbolicTensor):
        raise ArgumentError(
            f"gradients takes a loss that follows from symbolic tensors (model.input, layer.output), got {shown(loss)}"
            "; what is computed from arrays has its gradients from GradientTape"
        )
    for each in several:
        if not isinstance(each, SymbolicTensor | Variable):
            raise ArgumentError(f"gradients are with respect to symbolic tensors and weights, got {shown(each)}")
    callee = GradientOf(loss, several)
    roots = tuple(call.results[0] for call in callee.roots)
    callee.calls.append(Call(callee, roots, True, 0, callee.output_shape))
    return callee.calls[0].results


def _within(loss: Tensor, variables: Sequence[Any]) -> list[Tensor]:
    """The gradients inside the `call` of a layer, where its inputs may follow from one another."""
    sources = []
    for each in variables:
        if not isinstance(each, Tensor | Variable | SymbolicTensor):
            raise ArgumentError(f"gradients are with respect to tensors and weights, got {shown(each)}")
        sources.append(
            loss.graph.lift(cast(Any, each))
        )  # of a symbolic tensor, what the model makes of it in this step
    behind = nodes_before(loss)
    for source in sources:
        # Where shapes are found out, what a layer is given stands alone: nothing follows from it but by this layer.
        if source.node not in behind and not isinstance(source.node.op, InputOp):
            raise ArgumentError("gradients: the loss does not follow from a tensor that its gradient is asked for")
    return emit_gradient(builder.reduce_sum(loss) if loss.rank else loss, sources)


def variables_of(calls: Sequence[Call]) -> Iterator[Variable]:
    """All weights and variables that calls read."""
    for call in calls:
        callee = call.layer
        yield from callee.weights if isinstance(callee, Layer) else getattr(callee, "variables", ())


class Function:
    """A function of arrays, made from a described part of a model; see `function`."""

    def __init__(self, inputs: Sequence[Any], outputs: Any, updates: Sequence[Any]) -> None:
        self.inputs, self.is_single = list(inputs), not isinstance(outputs, list | tuple)
        self.outputs = [outputs] if self.is_single else list(outputs)
        asked = [each for each in updates if isinstance(each, AskedStep)]
        self.updates = [_checked_pair(pair) for pair in updates if not isinstance(pair, AskedStep)]
        self.steps = [(each, gradients(each.loss, each.variables)) for each in asked]
        self._slopes = [slope for _, slopes in self.steps for slope in slopes]
        for each in self.inputs:
            if not isinstance(each, SymbolicTensor | LearningPhase):
                raise ArgumentError(f"K.function: inputs are symbolic tensors or learning_phase(), got {shown(each)}")
        wanted = [*self.outputs, *self._slopes, *(new for _, new in self.updates)]
        known = [each.call for each in self.inputs if isinstance(each, SymbolicTensor)]
        self._calls = in_order(
            [each.call for each in wanted if isinstance(each, SymbolicTensor)], self._sources_of, known
        )
        self._seed, self._step = next_seed(), 0
        self._programs: dict[Any, tuple[Any, bool]] = {}

    def _sources_of(self, call: Call) -> list[Call]:
        if isinstance(call.layer, InputLayer):
            raise ArgumentError(
                f"K.function: the outputs depend on the input {call.layer.name!r}, which is not among the inputs"
            )
        return [tensor.call for tensor in call.inputs]

    def __call__(self, inputs: Any) -> Any:
        """The outputs, for an array per input.

        Raises:
            ArgumentError: there are more or fewer arrays than inputs.
        """
        values = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        if len(values) != len(self.inputs):
            raise ArgumentError(f"K.function has {len(self.inputs)} inputs, got {len(values)}")
        pairs = list(zip(self.inputs, values, strict=True))
        phase = next((value for each, value in pairs if isinstance(each, LearningPhase)), False)
        arrays = [(each, _array(value)) for each, value in pairs if isinstance(each, SymbolicTensor)]
        others = [each for pair in self.updates for each in pair if isinstance(each, Variable)]
        others += [each for each in self.outputs if isinstance(each, Variable)]
        variables = [*variables_of(self._calls), *others]
        places = tuple((each.state.name, each.offset) for each in variables)
        key = tuple(array.shape for _, array in arrays), bool(phase), places
        if key not in self._programs:
            self._programs.clear()  # few functions are called on several shapes in turn
            self._programs[key] = self._program([each for each, _ in arrays], key[0], training=bool(phase))
        program, is_random = self._programs[key]
        states = {each.state.name: each.state for each in variables}
        self._step += is_random
        named = {str(number): array for number, (_, array) in enumerate(arrays)}
        results = program.run(named, states, seed=self._seed, step=self._step)
        found = [results[str(number)].view(Array) for number in range(len(self.outputs))]
        slopes = iter(range(len(found), len(found) + len(self._slopes)))
        for step, row in self.steps:
            step.optimizer.apply_gradients(
                [(results[str(next(slopes))], each) for each, _ in zip(step.variables, row, strict=True)]
            )
        return found[0] if self.is_single else found

    def _program(self, inputs: Sequence[SymbolicTensor], shapes: Sequence[Any], *, training: bool) -> tuple[Any, bool]:
        """What computes the outputs for inputs of these shapes, and whether anything is drawn at random."""
        graph = Graph(training=training)
        given = {
            each.call: [graph.add(InputOp(shape, str(number)))]
            for number, (each, shape) in enumerate(zip(inputs, shapes, strict=True))
        }
        results = emit_calls(self._calls, given)

        def tensor(each: Any) -> Tensor:
            return results[each.call][each.index] if isinstance(each, SymbolicTensor) else graph.lift(each)

        with graph.scope(""):
            graph.outputs = {str(number): tensor(each) for number, each in enumerate([*self.outputs, *self._slopes])}
            for variable, new in self.updates:
                variable.set_tensor(graph, tensor(new))
        for op, value in graph.assigned.items() if training or self.updates else ():
            graph.apply(Update(op.state, op.offset), value)
        is_random = any(isinstance(node.op, RandomUniform) for node in graph.nodes)
        return get_engine("native").prepare(graph), is_random


def _checked_pair(pair: Any) -> tuple[Any, Any]:
    """A variable and what follows for it from the inputs of each call."""
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ArgumentError(
            "K.function: an update is a pair (variable, new value), or a step from get_updates; K.update(v, new) sets "
            f"v at once here: call it in the loop, in place of a function that does nothing else: got {shown(pair)}"
        )
    variable, new = pair
    if not isinstance(new, SymbolicTensor | Variable):
        raise ArgumentError(
            "K.function: an update is a variable and a symbolic tensor that follows from the inputs, or another "
            f"variable; what is computed from variables alone, such as v + 1, is a number already: got {shown(new)}. "
            "Set it behind each call: K.set_value(v, K.get_value(v) + 1)"
        )
    return variable, new


def _array(value: Any) -> np.ndarray:
    try:
        return floats_of(array_of(value))
    except NoNumbers as error:
        raise ArgumentError(f"K.function takes arrays of numbers, got {error}") from error


def function(inputs: Any, outputs: Any, updates: Any = None, name: str | None = None) -> Function:
    """A function of arrays from symbolic tensors: what a part of a model gives, gradients, or both.

    Args:
        inputs: symbolic tensors on which the outputs depend, and `learning_phase()`, in a list.
        outputs: symbolic tensors, one or several in a list.
        updates: pairs of a variable and the symbolic tensor that is its new value after each call (as `update` and its
            kin give them), and steps of optimisers: `get_updates(loss, params)`.
        name: without meaning.

    Raises:
        ArgumentError: an output depends on an input that is not given.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Dense(2, kernel_initializer="ones", input_shape=(3,)), layers.ReLU()])
        >>> between = function([model.input], [model.layers[0].output])
        >>> between([[[1.0, 2.0, 3.0]]])[0].tolist()
        [[6.0, 6.0]]

    Source: keras.backend.function.
    """
    return Function(inputs if isinstance(inputs, list | tuple) else [inputs], outputs, updates or ())
