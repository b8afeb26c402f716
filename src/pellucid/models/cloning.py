"""A model made again, layer by layer, with weights of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pellucid import optimizers
from pellucid.calls import called, explained
from pellucid.checks import flag, object_of
from pellucid.dispatch.arrangement import Arguments
from pellucid.dispatch.symbolic import Call, Operation, SymbolicTensor
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.layers import InputLayer, Layer
from pellucid.layers.lambda_layer import with_own_functions
from pellucid.models.model import Model
from pellucid.models.own_methods import writes
from pellucid.models.sequential import Sequential
from pellucid.network import Arrangement, Network, leaves
from pellucid.registration import CustomObjectScope

CloneLayer = Callable[[Layer], Layer]
CallLayer = Callable[..., Any]


@explained
def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: CloneLayer | None = None,
    call_function: CallLayer | None = None,
    recursive: bool = False,
) -> Model:
    """A model of the same structure with new layers and fresh weights; compiled as the first one is.

    Args:
        model: a chain, or a model made from inputs and outputs. One with a `call` of its own is made again from its
            configuration, and takes none of the other arguments.
        input_tensors: symbolic tensors at which the new model begins, arranged as `model.input`; new inputs by default.
        clone_function: gives the layer of the new model for one of the old; by default a layer of the same class with
            the same configuration. It may change the configuration, or give back the layer: then both models have it.
            A layer that is used several times is asked about once.
        call_function: calls a new layer, `call_function(layer, inputs)`, and may add more before or behind it; not for
            chains, whose layers are not called.
        recursive: whether models inside are gone through likewise; otherwise they are layers like others.

    Returns:
        the new model.

    Raises:
        ArgumentError: the model is none that can be cloned so, or the tensors are arranged otherwise.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((4,))
        >>> model = Model(x, layers.Dense(2)(layers.Dense(3)(x)))
        >>> def dropping(layer, inputs):
        ...     return layers.Dropout(0.5)(layer(inputs))
        >>> [type(layer).__name__ for layer in clone_model(model, call_function=dropping).layers]
        ['InputLayer', 'Dense', 'Dropout', 'Dense', 'Dropout']

    Source: keras.models.clone_model.
    """
    object_of("clone_model", model, Model, "a model")
    flag("clone_model", "recursive", recursive)
    for name, function in (("clone_function", clone_function), ("call_function", call_function)):
        if function is not None and not callable(function):
            raise ArgumentTypeError(f"clone_model: {name} is a function of a layer, got {shown(function)}")
    return _Cloning(clone_function, call_function, recursive).of(model, input_tensors)


def rebuilt(model: Model, replaced: Mapping[Layer, Layer], *, recursive: bool) -> Model:
    """The same network with other layers in the place of some, which is not compiled.

    Args:
        model: a chain, or a model made from inputs and outputs.
        replaced: for some layers those that stand in their place; all others stay.
        recursive: whether models inside are gone through likewise.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((4,))
        >>> model = Model(x, layers.Dense(2, name="end")(layers.Dense(3, name="begin")(x)))
        >>> rebuilt(model, {}, recursive=False).layers[1] is model.layers[1]
        True
    """
    cloning = _Cloning(lambda layer: layer, None, recursive)
    cloning.made.update(replaced)
    return cloning.again(model, None)


class _Cloning:
    """One cloning: what is used in several places is made once."""

    def __init__(self, clone: CloneLayer | None, call: CallLayer | None, recursive: bool) -> None:
        self.clone, self.call, self.recursive = clone, call, recursive
        self.made: dict[Layer, Layer] = {}

    def of(self, model: Model, input_tensors: Any = None) -> Model:
        """The new model, compiled as the old one."""
        new = self.again(model, input_tensors)
        _compile_alike(new, model)
        return new

    def again(self, model: Model, input_tensors: Any) -> Model:
        """The new model."""
        is_chain = isinstance(model, Sequential)
        has_own_config = not is_chain and writes(model, "get_config")
        is_plain = self.clone is None and self.call is None and input_tensors is None
        if model.has_own_call or not (is_chain or model.is_described) or (has_own_config and is_plain):
            if not is_plain:
                raise ArgumentError(
                    f"clone_model: {model.label} has a call() of its own, which says what is computed: it is cloned as "
                    "a whole, without input_tensors, clone_function and call_function"
                )
            new = _again(model)
        elif isinstance(model, Sequential):
            new = self._chain(model, input_tensors)
        else:
            new = self._network(model, input_tensors)
        return new

    def _layer(self, layer: Layer) -> Layer:
        """The layer of the new model for one of the old."""
        if layer not in self.made:
            self.made[layer] = self._new_layer(layer)
        return self.made[layer]

    def _new_layer(self, layer: Layer) -> Layer:
        if isinstance(layer, Model) and (self.recursive or self.clone is None):
            # Chains inside are not called layer by layer; models that are not gone through keep their own calls.
            call = self.call if self.recursive and not isinstance(layer, Sequential) else None
            inside = _Cloning(self.clone if self.recursive else None, call, self.recursive)
            inside.made = self.made
            return inside.of(layer)
        if self.clone is None:
            return _again(layer)
        new = called("clone_function", self.clone, layer)
        if not isinstance(new, Layer):
            raise ArgumentTypeError(f"clone_model: clone_function is to give a layer, it gave {shown(new)}")
        return new

    def _chain(self, model: Sequential, input_tensors: Any) -> Model:
        if self.call is not None:
            raise ArgumentError(
                f"clone_model: {model.label} is a chain, whose layers are not called one by one: give no call_function"
            )
        begin = None if model.input_layer is None else _input_like(model.input_layer)
        if input_tensors is not None:
            given = list(leaves(input_tensors))
            if len(given) != 1 or not isinstance(given[0], SymbolicTensor):
                raise ArgumentError(
                    f"clone_model: {model.label} begins at one symbolic tensor; input_tensors is {shown(input_tensors)}"
                )
            begin = given[0]
        layers = [self._layer(layer) for layer in model.layers]
        cls = Sequential if writes(model, "__init__") else type(model)
        return cls([*([] if begin is None else [begin]), *layers], name=model.name)

    def _network(self, model: Model, input_tensors: Any) -> Model:
        network = model.described
        assert network is not None
        inputs = _inputs(model, network, input_tensors)
        now = {old.call: [new] for old, new in zip(network.inputs, inputs, strict=True)}
        for call in network.calls:
            if call not in now:
                now[call] = self._called(call, [now[tensor.call][tensor.index] for tensor in call.inputs])
        outputs = [now[tensor.call][tensor.index] for tensor in network.outputs]
        cls: Any = Model if writes(model, "__init__") else type(model)
        new: Model = cls(network.takes.packed(inputs), network.gives.packed(outputs), name=model.name)
        return new

    def _called(self, call: Call, inputs: list[SymbolicTensor]) -> list[SymbolicTensor]:
        """What a call of the old model gives in the new one."""
        callee = call.layer
        if isinstance(callee, Operation):
            return Arrangement.of(callee.again(inputs))[1]
        assert isinstance(callee, Layer)
        layer = self._layer(callee)
        given: Any = call.argument(inputs)
        if not isinstance(given, Arguments):
            given = Arguments((given,), {})
        if isinstance(callee, Model) and callee.network is not None and not callee.network.takes.is_plain:
            given = Arguments((callee.network.takes.packed(inputs),), {})
        form = {**given.kwargs, **({} if call.training is None else {"training": call.training})}
        result = (
            layer(*given.args, **form)
            if self.call is None
            else called("call_function", self.call, layer, *given.args, **form)
        )
        row = Arrangement.of(result)[1]
        if not row or not all(isinstance(item, SymbolicTensor) for item in row):
            raise ArgumentTypeError(f"clone_model: call_function is to give symbolic tensors, it gave {shown(result)}")
        return row


def _again(layer: Layer) -> Any:
    """A layer of the same class and configuration; its own classes are those of the parts that it has now."""
    own = {type(part).__name__: type(part) for part in layer.with_parts()}
    with CustomObjectScope(own):
        return type(layer).from_config(with_own_functions(layer.get_config()))


def _input_like(layer: InputLayer) -> SymbolicTensor:
    return InputLayer.from_config(layer.get_config()).output


def _inputs(model: Model, network: Network, given: Any) -> Sequence[SymbolicTensor]:
    """Where the new model begins, in a row."""
    if given is None:
        new = []
        for tensor in network.inputs:
            assert isinstance(tensor.call.layer, InputLayer)
            new.append(_input_like(tensor.call.layer))
        return new
    same = "`input_tensors` must have the same structure as model.input"
    try:
        row = list(leaves(given)) if network.takes.is_single else network.takes.unpacked(given, "input_tensors")
    except ArgumentError as error:
        raise ArgumentError(f"clone_model: {error}. {same}") from None
    if len(row) != len(network.inputs) or not all(isinstance(item, SymbolicTensor) for item in row):
        raise ArgumentError(
            f"clone_model: input_tensors are symbolic tensors, arranged as the inputs of {model.label}; they are "
            f"{shown(given)}. {same}"
        )
    return row


def _compile_alike(new: Model, model: Model) -> None:
    """Compile a model as another one is; its optimiser begins anew."""
    if model.stepper is None:
        return
    plan = model.stepper.plan
    of_outputs = {objective.number: objective for objective in plan.objectives}
    each = [of_outputs.get(number) for number in range(plan.outputs)]
    found = [None if item is None else item.loss for item in each]
    weights = [1.0 if item is None else item.weight for item in each]
    chosen = [[] if item is None else list(item.metrics) for item in each]
    with CustomObjectScope({type(plan.optimizer).__name__: type(plan.optimizer)}):
        optimizer = optimizers.get(optimizers.serialize(plan.optimizer))
    if len(each) == 1:
        new.compile(optimizer, found[0], weights if found[0] else None, chosen[0], engine=model.engine)
    else:
        if plan.arranged is not None:
            found, weights = plan.arranged
        new.compile(optimizer, found, weights, chosen, engine=model.engine)
