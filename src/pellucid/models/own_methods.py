"""Methods of Keras's `Model` that a class of the user's own writes: which are heeded, and what is said of the others.

`call` and `compute_loss` emit operations and are parts of the graph of a step. A step that is Python of the user's own
has no place in such a graph, so those methods are refused, each with what to write instead.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from pellucid.arraylike import is_numbers
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor
from pellucid.layers.layer_class import check_specs
from pellucid.naming import is_ours

_LOSS = "write compute_loss(self, x, y, y_pred, sample_weight) for a loss of your own"
_STEP = f"{_LOSS}, or a loop of your own around train_on_batch() or optimizer.apply_gradients()"
_METRIC = "write a class that derives from metrics.Metric and name it in compile(metrics=[...])"
_PREDICT = "write call(self, inputs) for what the model computes, or a loop of your own around predict_on_batch()"
_FROZEN = "freeze by layer.trainable = False, or a single filter by layer.filter(k).freeze()"
INSTEAD = {
    "train_step": _STEP,
    "test_step": _STEP,
    "predict_step": _PREDICT,
    "make_train_function": _STEP,
    "make_test_function": _STEP,
    "make_predict_function": _PREDICT,
    "train_function": _STEP,
    "test_function": _STEP,
    "predict_function": _PREDICT,
    "compute_metrics": _METRIC,
    "get_metrics_result": _METRIC,
    "reset_metrics": _METRIC,
    "metrics": _METRIC,
    "metrics_names": _METRIC,
    "losses": "add penalties by add_loss() in call(), or by compute_loss()",
    "trainable_variables": _FROZEN,
    "trainable_weights": _FROZEN,
    "trainable": _FROZEN,
    "variables": _FROZEN,
    "non_trainable_variables": _FROZEN,
    "non_trainable_weights": _FROZEN,
    "stateless_call": "write call(self, inputs)",
    "stateless_compute_loss": _LOSS,
    "compute_output_spec": "the shape follows from what call() emits",
}
"""Methods that Keras calls and Pellucid does not, and what to write in their place."""


OF_PREDICTING = ("predict_step", "make_predict_function", "predict_function", "stateless_call", "compute_output_spec")
"""Those that concern a model which is not compiled."""


def check_methods(model: Any, names: Iterable[str] = tuple(INSTEAD)) -> None:
    """Raise `ArgumentError` if a model's class has a method of these names, which would never be called."""
    for name in names:
        if hasattr(type(model), name) and writes(model, name):
            raise _refused(model, name, INSTEAD[name])


_DTYPE = 'say it by dtype="mixed_bfloat16", or config.set_dtype_policy'
OF_LAYERS = {"variables": _FROZEN, "compute_dtype": _DTYPE, "variable_dtype": _DTYPE}
"""What Keras asks the layers in a model for, and Pellucid does not."""


def check_layers_in(model: Any) -> None:
    """Raise `ArgumentError` if the class of a layer in a model has a method of these names from the user."""
    for layer in model.with_parts():
        if layer is not model and not is_ours(type(layer)):
            for name in OF_LAYERS:
                if hasattr(type(layer), name) and writes(layer, name):
                    raise _refused(layer, name, OF_LAYERS[name])


def meets_spec(model: Any, inputs: Any) -> None:
    """Raise `ShapeError` where a model was given an `input_spec`, which these inputs do not meet.

    A `call` of the user's own is looked at where it is emitted, as that of a layer.
    """
    if model.input_spec is not None and not model.has_own_call:
        several = inputs.values() if isinstance(inputs, Mapping) else inputs
        is_plain = isinstance(several, list | tuple) and not any(hasattr(each, "shape") for each in several)
        check_specs(model, np.asarray(inputs) if is_plain and is_numbers(inputs) else inputs)


def check_attribute(model: Any, name: str) -> None:
    """Raise `ArgumentError` if a method is put onto a model where nobody looks for it."""
    if name == "input_spec":
        model.runtime.look_again()
    if name in INSTEAD and getattr(getattr(type(model), name, None), "fset", None) is None:
        raise _refused(model, name, INSTEAD[name])
    if name in ("call", "compute_loss"):
        raise ArgumentError(f"{model.label}: {name} belongs to a class: write it in one that derives from Model")


def _refused(model: Any, name: str, instead: str) -> ArgumentError:
    return ArgumentError(
        f"{model.label}: {name} would never be called, since a step is one graph that the engine computes; {instead}"
    )


def writes(model: Any, name: str) -> bool:
    """Whether a model's class has this method from the user, not from the library.

    Example:
        >>> from pellucid import Sequential
        >>> writes(Sequential(), "call")
        False
    """
    owner = next(cls for cls in type(model).__mro__ if name in vars(cls))
    return not is_ours(owner)


def own_loss(model: Any) -> Callable[..., Tensor] | None:
    """What emits the loss of a step by the model's own `compute_loss`; None where it has none of its own."""
    if not writes(model, "compute_loss"):
        return None

    def emit(step: Any) -> Tensor:  # a `StepGraph`; what trains is not imported here
        network = step.network
        named = [target for target in step.shown if target is not None]
        y = None if not named else network.gives.packed(named) if len(named) == len(step.outputs) else named
        x = network.takes.packed(step.inputs)
        weights = [weight for weight in step.weights if weight is not None]
        sample_weight = None if not weights else weights[0] if len(weights) == 1 else weights
        given = {"x": x, "y": y, "y_pred": network.handed_out(step.outputs), "sample_weight": sample_weight}
        return _by_name(model, given, step.graph.training)

    return emit


def _by_name(model: Any, given: dict[str, Any], training: bool) -> Tensor:
    """The loss that a model's own `compute_loss` makes, which is called as Keras calls it: each argument by its name.

    A method that has other names for them gets them in this order.

    Raises:
        ArgumentError: it takes neither.
    """
    signature = inspect.signature(model.compute_loss)
    names = list(signature.parameters)
    form = {"training": training} if "training" in names else {}
    try:
        signature.bind(**given, **form)
    except TypeError as error:
        places = {name: place for place, name in enumerate(given)}
        try:
            signature.bind(*given.values(), **form)
            is_in_order = all(names.index(name) == place for name, place in places.items() if name in names)
        except TypeError:
            is_in_order = False
        if not is_in_order:
            raise ArgumentError(
                f"{model.label}: compute_loss is called by name with x, y, y_pred and sample_weight, which it does not "
                f"take ({error}); write compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None)"
            ) from None
        return model.compute_loss(*given.values(), **form)
    return model.compute_loss(**given, **form)


def only_holds(model: Any) -> bool:
    """Whether a class of the user's has neither inputs and outputs nor a `call`: it holds layers, and whoever wrote
    it calls these."""
    return not model._is_ours and model.described is None and not model.is_chain and not writes(model, "call")
