"""What a layer is: weights, a `call` that emits operations, and a configuration. Nothing else.

Training, saving and drawing are functions elsewhere. `call` is given tensors of a graph and returns one; from the
operations it emits follow its output shape, its gradient and its computation on every engine. A layer may hold other
layers as attributes and call them in its `call`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Unpack

import numpy as np

from pellucid import random
from pellucid.arraylike import is_numbers
from pellucid.calls import unknown_argument
from pellucid.config import DTYPE_POLICIES
from pellucid.dispatch import Array, shape_inference
from pellucid.dispatch.arrangement import Arguments, Arrangement
from pellucid.dispatch.symbolic import Call, InputShape, Structure, SymbolicTensor
from pellucid.errors import ArgumentError, NotYetError, ShapeError
from pellucid.graph import Graph, Tensor
from pellucid.layers import arguments, configuration, settings
from pellucid.layers.at_work import AT_WORK, BUILDING, at_work, note_place
from pellucid.layers.layer_class import built_properly, check_specs, option_names, refuse_arguments, with_shapes
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.on_arguments import call_on, check_told, emitted, graph_of, is_several, results_of, shape_and_form
from pellucid.layers.on_arrays import arrays_of, lifted, open_batch, run
from pellucid.layers.uses import HasFilters, Uses
from pellucid.layers.weight_holder import WeightHolder
from pellucid.legacy import automatic_name


class Layer(Uses, HasFilters, WeightHolder):
    """The base of all layers.

    A subclass sets its options in `__init__` (each under the name of its parameter, from which `get_config` follows),
    creates weights in `build` and emits operations in `call`, with the functions of `pellucid.ops`.

    Args:
        name: unique within a model; made from the class name by default.
        trainable: whether training changes its weights.
        weights: initial values, in the order of `get_weights`; set as soon as the layer is built.
        input_shape: shape of one sample (without the batch), where the layer is the first of a `Sequential` model.
        activity_regularizer: penalty on the layer's output (see `regularizers`), averaged over the batch.
        dtype: "float32", "mixed_bfloat16" or None, see `config.set_dtype_policy`; weights and activations are float32.

    Raises:
        ArgumentError: an option is unknown or wrong.

    Example:
        >>> from pellucid import Sequential, layers, ops
        >>> class Scale(Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
        ...     def call(self, inputs):
        ...         return ops.tanh(inputs * self.factor)
        >>> model = Sequential([layers.Input((2,)), Scale(weights=[[1.0, 2.0]])])
        >>> [f"{value:.4f}" for value in model.predict([[0.0, 0.5]])[0]]
        ['0.0000', '0.7616']

    Source: keras.layers.Layer, https://keras.io/api/layers/base_layer/
    """

    joins: ClassVar[bool] = False
    """Whether the layer takes a list of tensors."""
    _varies: ClassVar[bool] = False
    """Whether it varies images in training."""

    def __init__(self, **options: Unpack[LayerOptions]) -> None:
        self._check_options(options)
        name, input_shape, weights = options.get("name"), options.get("input_shape"), options.get("weights")
        if name is None or (isinstance(name, str) and not name):  # "" says nothing, as in tf.keras 2
            name = automatic_name(type(self).__name__)
        name = arguments.layer_name(name)
        super().__init__(name, options.get("trainable", True), weights)
        sample = None if input_shape is None else arguments.sample_shape(input_shape, self.label)
        self.batch_input_shape = None if sample is None else (None, *sample)
        self.input_shape_built: InputShape | None = None
        self.calls: list[Call] = []
        self.activity_regularizer = arguments.regularizer(options.get("activity_regularizer"), self.label)
        self._sums_penalty = arguments.sums_penalty(self.activity_regularizer, self.label)
        self.dtype_policy = arguments.dtype_policy(options.get("dtype"), self.label)
        self._penalties: list[Array] = []
        self._seed_of_draws: int | None = None
        self._draws = 0

    def __setattr__(self, name: str, value: Any) -> None:
        """Once the layer is made, a setting may change at any time: see `settings.change`."""
        if self._is_made and name not in self.bookkeeping and self not in AT_WORK.get():
            settings.change(self, name, value)
        else:
            self.set_attribute(name, value)

    untold_options: ClassVar[tuple[str, ...]] = ()
    """Arguments of `__init__` that the configuration does not tell."""

    bookkeeping: ClassVar[frozenset[str]] = frozenset(
        [
            *("calls", "input_shape_built", "given_weights", "_own_weights", "_trainable"),
            *("_penalties", "_seed_of_draws", "_draws", "_given"),
        ]
    )
    """Attributes that say nothing of what the layer computes (whether it is trained, its weights say)."""

    input_spec: Any = None
    """What the layer may be called on: an `InputSpec`, or several in a list; None for whatever its `call` takes."""

    revision = 0
    """How often a setting was changed; programs are kept under this number."""

    _is_made = False  # set when `__init__` has ended
    _builds_once: ClassVar[bool] = True

    def __init_subclass__(cls, **options: Any) -> None:
        """Whoever calls `build` from outside builds the layer properly, and once."""
        super().__init_subclass__(**options)
        if "build" in vars(cls) and cls._builds_once:
            cls.build = built_properly(cls.build)  # type: ignore[method-assign]

    @classmethod
    def _check_options(cls, options: LayerOptions) -> None:
        """A misspelt option fails here, with the nearest that the layer has."""
        for name in options:
            if name not in LayerOptions.__annotations__:
                known = [*option_names(cls), *LayerOptions.__annotations__]
                raise unknown_argument(cls.__name__, name, known)

    # What a subclass writes.

    @built_properly
    def build(self, input_shape: Any) -> None:
        """Create the weights for an input of this shape: a tuple, batch first, None where open; several: a list."""

    def call(self, inputs: Any) -> Any:
        """Emit the layer's operations on a tensor of a graph (or on a list of tensors) and return the result.

        A `call` with a parameter `training` is told whether it is to emit the form for training.
        """
        raise ArgumentError(f"{self.label} has no call(): a layer must say what it computes")

    # What a user reads.

    @property
    def dtype(self) -> str:
        """The type of weights and activations, "float32"."""
        return "float32"

    @property
    def built(self) -> bool:
        """Whether the layer has met an input, hence has its weights."""
        return self.input_shape_built is not None

    @built.setter
    def built(self, value: bool) -> None:
        """Layers written for Keras say so at the end of `build`; here it follows from the input."""

    @property
    def input_shape(self) -> InputShape:
        """The shape of the input for which the layer was built, batch first, None where open."""
        if self.input_shape_built is None:
            raise NotYetError(f"{self.label} has no input shape before it is used in a model")
        return self.input_shape_built

    @property
    def output_shape(self) -> InputShape:
        """The shape of the result, batch first, None where open."""
        if self.input_shape_built is None:
            raise NotYetError(f"{self.label} has no output shape before it knows its input; use it in a model first")
        call = next((call for call in self.calls if call.arguments is not None), None)
        return self._result_shape(self.input_shape_built) if call is None else call.arranged_shape

    def trial_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of one sample's inputs on which it can be seen what the layer emits: open axes have some size."""
        return shape_inference.with_sizes(self.input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer again, as plain data, in Keras's words."""
        return configuration.configuration(self)

    def option(self, name: str) -> Any:
        """The value of an option, as the configuration is to show it."""
        return getattr(self, name)

    def check_savable(self) -> None:
        """Raise `ArgumentError` if the layer has what a file cannot hold; overwritten where that may be."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Layer:
        """A new layer from `get_config`'s result."""
        return configuration.made_again(cls, config)

    # How it is used.

    def ensure_built(self, input_shape: InputShape, **others: Any) -> None:
        """Create the weights at the first use; a layer that is used again must fit its first input's channels.

        `others` are the shapes of further arguments, for a `build` that wants to know them.
        """
        if not self.built:
            with BUILDING:
                self._build_once(input_shape, **others)

    def _build_once(self, input_shape: InputShape, **others: Any) -> None:
        if self.built:
            return  # by another thread, meanwhile
        if self.input_spec is not None:
            check_specs(self, with_shapes(input_shape))
        before = built_parts([self])
        try:
            with at_work(self), Graph.outside():
                note_place(self)
                self.build(input_shape, **others)
                self._build_parts(input_shape)
            self._take_given_weights()
        except Exception:
            self.unbuild(before)
            raise
        self.input_shape_built = input_shape
        self.changed()
        if not self._trainable:
            self.trainable = False  # the parts too, which were made unfrozen

    def _build_parts(self, input_shape: InputShape) -> None:
        """Build the layers that this one holds, as far as that is to be done before it is used."""

    def __getstate__(self) -> dict[str, Any]:
        """A copy has settings, weights and parts; its uses are those in the network that is copied with it."""
        return {**super().__getstate__(), "calls": []}

    def unbuild(self, before: frozenset[Any] = frozenset()) -> None:
        """Forget weights and uses, as if the layer had never met an input; its parts too, but those built `before`."""
        if self not in before:
            self.forget()
        for layer in self.sublayers:
            layer.unbuild(before)

    def forget(self) -> None:
        """Forget weights and uses, its own."""
        self.input_shape_built = None
        self._own_weights, self.calls = [], []

    def compute_output_shape(self, input_shape: InputShape) -> InputShape:
        """The shape of the result for an input of this shape (a list of shapes where the layer takes a list).

        It follows from the operations that `call` emits. An axis of the result is open (None) where its size changes
        with that of an open axis of the input.
        """
        return self._result_shape(shape_inference.checked(input_shape, self.label))

    def _result_shape(self, shape: InputShape) -> Any:
        gives, shapes = self._inferred(shape)
        return gives.packed(shapes)

    def _inferred(self, shape: InputShape) -> tuple[Arrangement, list[Any]]:
        """How the result is arranged, and its shapes in a row."""
        self.ensure_built(shape)
        try:
            return shape_inference.output_shapes(self.emit, shape)
        except ShapeError as error:
            if str(shape) in str(error):
                raise
            raise ShapeError(f"{error}; got input {shape}") from error

    def emit(self, inputs: Structure[Tensor] | Arguments, training: bool | None = None) -> Any:
        """`call` inside the layer's scope: its nodes and errors carry the layer's name.

        Args:
            inputs: a tensor of a graph, or a list of them; or all arguments of `call`.
            training: which form to emit; the graph's own by default.
        """
        graph = graph_of(inputs)
        args, named = ((inputs,), {}) if not isinstance(inputs, Arguments) else (inputs.args, dict(inputs.kwargs))
        with graph.scope(self.label, DTYPE_POLICIES[self.dtype_policy]), graph.mode(training), at_work(self):
            if "training" in inspect.signature(self.call).parameters:
                named["training"] = graph.training
            check_specs(self, args[0] if args else named)
            y = emitted(graph, self.call(*args, **named))
            if type(self).tells_of_results:
                check_told(self, args, y)
            for output in results_of(self.label, y):
                if self.activity_regularizer is not None:
                    graph.add_loss(self.activity_regularizer(output) * arguments.share(output, self._sums_penalty))
        return list(y) if isinstance(y, list | tuple) else y

    def add_loss(self, penalty: Tensor | float | list[Any], inputs: Any = None) -> None:
        """Add a number, what a function says, or a list of such, to the loss, in `call`. `inputs` was Keras 2's."""
        for each in penalty if isinstance(penalty, list | tuple) else [penalty]:
            graph = each.graph if isinstance(each, Tensor) else Graph.current()
            if graph is None:
                raise ArgumentError(arguments.no_loss_here(self.label, each))
            graph.add_loss(graph.lift(each() if callable(each) else each))

    def __call__(self, inputs: Any = (), *further: Any, training: bool | None = None, **others: Any) -> Any:
        """Use the layer: on symbolic tensors to describe a model, on arrays to compute, on tensors inside a `call`.

        Args:
            inputs: one of these, or a list of them where the layer takes several. Numbers in lists are an array. A
                `call` of the user's own may take them in any structure, and further arguments.
            training: the form for training (True) or for use; by default a model decides, and arrays are used.

        Returns:
            symbolic tensors, arrays, or tensors: what came in. Weights are made at the first use.
        """
        if further or others or isinstance(inputs, list | tuple | Mapping):
            if type(self).takes_arguments and (further or others or is_several(inputs)):
                return call_on(self, (inputs, *further), others, training)
            if others or len(further) > 1:
                refuse_arguments(self.label, others or {"further": further})
            training = further[0] if further else training
        if not (training is None or isinstance(training, bool | int | np.bool_)):
            raise ArgumentError(
                f"{self.label} is called on one thing, or on a list of several: got {type(training).__name__} as the "
                "second argument, which is training=True, False or None"
            )
        arranged = self._arranged(inputs)
        items = arranged if isinstance(arranged, list) else [arranged]
        graph = next((item.graph for item in items if isinstance(item, Tensor)), Graph.current())
        if graph is not None:
            tensors = [lifted(self.label, graph, item) for item in items]
            return self._inside(tensors if isinstance(arranged, list) else tensors[0], training)
        symbolic = [item for item in items if isinstance(item, SymbolicTensor)]
        if not symbolic:
            return self._on_arrays(arranged, vary_unasked([self]) if training is None else bool(training))
        if len(symbolic) < len(items):
            other = next(item for item in items if not isinstance(item, SymbolicTensor))
            raise ArgumentError(
                f"{self.label} is called on symbolic tensors or on arrays, not both: got {symbolic[0]!r} beside "
                f"{type(other).__name__}"
            )
        return self._described(symbolic, isinstance(arranged, list), training)

    def _arranged(self, inputs: Any) -> Any:
        """What the layer is called on: one thing, or a list of several."""
        if not isinstance(inputs, list | tuple) or (is_numbers(inputs) and inputs and not self.takes_lists):
            return inputs
        takes_several = self.takes_lists or not self._is_ours
        if not inputs or (len(inputs) > 1 and not takes_several):
            wanted = "at least one tensor or array" if self.takes_lists else "one tensor or array"
            raise ArgumentError(f"{self.label} is called on {wanted}, got a list of {len(inputs)}")
        return list(inputs) if takes_several else inputs[0]

    def _described(self, items: list[SymbolicTensor], takes_list: bool, training: bool | None) -> Any:
        """The layer as a part of a model that is being described."""
        shapes = [item.shape for item in items]
        shape, gives = shape_and_form(*self._inferred(shapes if takes_list else shapes[0]))
        call = Call(self, tuple(items), takes_list, len(self.calls), shape, training, gives=gives)
        self.calls.append(call)
        return call.outputs

    @property
    def takes_lists(self) -> bool:
        """Whether the layer may be called on a list of tensors."""
        return self.joins

    def _inside(self, inputs: Structure[Tensor], training: bool | None) -> Structure[Tensor]:
        """The layer as a part of another one's `call`."""
        self.ensure_built(open_batch(inputs))
        return self.emit(inputs, training)

    def _on_arrays(self, inputs: Any, training: bool) -> Structure[Array]:
        """The layer's result, computed at once."""
        several = isinstance(inputs, list) and (self.takes_lists or not is_numbers(inputs))
        arrays = arrays_of(self.label, inputs if several else [inputs])
        arranged: Structure[np.ndarray] = arrays if several else arrays[0]
        self.ensure_built(open_batch(arranged))
        results, self._penalties = run(self, arranged, training=training)
        return results

    def next_draw(self) -> tuple[int, int]:
        """Seed and number of the next call on arrays that draws random numbers."""
        if self._seed_of_draws is None:
            self._seed_of_draws = random.next_seed()
        self._draws += 1
        return self._seed_of_draws, self._draws - 1

    @property
    def losses(self) -> list[Array]:
        """The penalties of the last call on arrays, then those of the weights as they are now."""
        penalised = [weight for weight in self.trainable_weights if weight.regularizer is not None]
        return [*self._penalties, *(weight.regularizer(weight) for weight in penalised)]  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def vary_unasked(layers: Iterable[Layer]) -> bool:
    """Whether layers vary images, and none learns: called on arrays they do so unless told otherwise, as in Keras.

    There layers that vary images do so in a classifier too, in each `model(x)`.
    """
    parts = [part for layer in layers for part in layer.with_parts()]
    return any(part._varies for part in parts) and not any(each.learned for part in parts for each in part.own_weights)


def built_parts(layers: Iterable[Layer]) -> frozenset[Layer]:
    """What is built of layers and their parts."""
    return frozenset(part for layer in layers for part in layer.with_parts() if part.built)
