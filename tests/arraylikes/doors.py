"""Every way in for arrays of (2, 3) numbers: what is handed in comes back as the library sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import (
    Input,
    Model,
    Sequential,
    Variable,
    activations,
    initializers,
    layers,
    losses,
    metrics,
    ops,
    optimizers,
    regularizers,
    schedules,
    utils,
)

ZEROS = np.zeros((2, 3), np.float32)


def identity() -> Sequential:
    return Sequential([Input((3,)), layers.Identity()])


class Plus(layers.Layer):
    """Adds what it was given, inside its `call`."""

    def __init__(self, given: Any, through: Callable[[Any, Any], Any], **options: Any) -> None:
        super().__init__(**options)
        self.given, self.through = [given], through  # in a list: it is no weight of the layer

    def call(self, inputs: Any) -> Any:
        return self.through(inputs, self.given[0])


def dense() -> layers.Dense:
    layer = layers.Dense(3, use_bias=False)
    layer.build((None, 2))
    return layer


def set_weights(x: Any) -> Any:
    layer = dense()
    layer.set_weights([x])
    return layer.kernel.numpy()


def set_attribute(x: Any) -> Any:
    layer: Any = dense()
    layer.kernel = x
    return layer.kernel.numpy()


def given_weights(x: Any) -> Any:
    layer = layers.Dense(3, use_bias=False, weights=[x])
    layer.build((None, 2))
    return layer.kernel.numpy()


def by_index(x: Any) -> Any:
    weight = Variable(ZEROS)
    weight[:] = x
    return weight.numpy()


def one_step(x: Any) -> Any:
    weight = Variable(ZEROS)
    optimizers.SGD(1.0).apply([x], [weight])
    return -weight.numpy()


def remembered(x: Any) -> Any:
    optimizer, weight = optimizers.SGD(1.0, momentum=0.5), Variable(ZEROS)
    optimizer.build([weight])
    kept = next(variable for variable in optimizer.variables if variable.shape == (2, 3))
    kept.assign(x)
    return kept.numpy()


def targets_of_fit(x: Any) -> Any:
    """The gradient of half of the squared distance to them is the way from them."""
    model = Sequential([Input((2,)), layers.Dense(3, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizers.SGD(1.0), losses.MeanSquaredError(reduction="sum"))
    model.fit(np.eye(2), x, verbose=0)
    return model.layers[0].kernel.numpy() * 1.5


def inputs_of_fit(x: Any) -> Any:
    model = Sequential([Input((3,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizers.SGD(0.5), losses.MeanSquaredError(reduction="sum"))
    model.fit(x, np.ones((2, 1)), verbose=0)
    return model.layers[0].kernel.numpy().T


DOORS: dict[str, Callable[[Any], Any]] = {
    "model(x)": lambda x: identity()(x),
    "predict": lambda x: identity().predict(x),
    "predict of two": lambda x: Model([a := Input((3,)), b := Input((3,))], layers.Add()([a, b])).predict([ZEROS, x]),
    "layer(x)": lambda x: layers.Identity()(x),
    "a layer of two": lambda x: layers.Add()([ZEROS, x]),
    "ops": lambda x: ops.add(x, 0.0),
    "one of a list of ops": lambda x: ops.stack([ZEROS, x])[1],
    "activations": lambda x: activations.linear(x),
    "operators of weights": lambda x: Variable(ZEROS) + x,
    "beside a symbolic tensor": lambda x: Model(i := Input((2, 3)), i + x).predict(ZEROS[None])[0],
    "a function in call": lambda x: Plus(x, lambda inputs, given: ops.add(inputs, given))(ZEROS),
    "an operator in call": lambda x: Plus(x, lambda inputs, given: inputs + given)(ZEROS),
    "targets of a loss": lambda x: losses.MeanSquaredError().prepare_targets(x, (3,), "d"),
    "a regulariser": lambda x: regularizers.L1(1.0)(x),
    "a loss": lambda x: losses.mean_squared_error(x, ZEROS),
    "sample weights": lambda x: losses.MeanSquaredError(reduction="none")(
        np.ones((2, 3, 1)), np.zeros((2, 3, 1)), sample_weight=x
    ),
    "a metric": lambda x: metrics.Mean()(x),
    "a metric of a function": lambda x: metrics.MeanMetricWrapper(lambda target, value: value)(ZEROS, x),
    "steps of a schedule": lambda x: schedules.InverseTimeDecay(1.0, 1.0, 1.0)(x),
    "an image": lambda x: utils.img_to_array(x)[..., 0],
    "set_weights": set_weights,
    "a weight as an attribute": set_attribute,
    "weights=": given_weights,
    "Variable": lambda x: Variable(x).numpy(),
    "assign": lambda x: Variable(ZEROS).assign(x).numpy(),
    "assign_add": lambda x: Variable(ZEROS).assign_add(x).numpy(),
    "weight[:] =": by_index,
    "an initialiser": lambda x: initializers.get(x)((2, 3)),
    "what a function makes": lambda x: initializers.get(lambda shape: x)((2, 3)),
    "gradients": one_step,
    "what an optimiser remembers": remembered,
    "targets of fit": targets_of_fit,
    "inputs of fit": inputs_of_fit,
}

MEANT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "a regulariser": lambda numbers: np.abs(numbers).sum(),
    "a loss": lambda numbers: np.square(numbers).mean(-1),
    "a metric": lambda numbers: numbers.mean(),
    "a metric of a function": lambda numbers: numbers.mean(),
    "steps of a schedule": lambda numbers: 1.0 / (1.0 + numbers.astype(np.float64)),
    "inputs of fit": lambda numbers: numbers.sum(0, keepdims=True),
}
"""What a door gives for these numbers, where that is not the numbers themselves."""

OTHERWISE = {
    ("layer(x)", "a list of arrays"): "one tensor or array, got a list of 2",
    ("layer(x)", "a list of memory"): "one tensor or array, got a list of 2",
    ("layer(x)", "a list of torch"): "one tensor or array, got a list of 2",
    ("layer(x)", "a list of JAX"): "one tensor or array, got a list of 2",
    ("layer(x)", "a list of such"): "one tensor or array, got a list of 2",
    ("layer(x)", "a list with a masked place"): "one tensor or array, got a list of 2",
    ("layer(x)", "a masked number in a list"): "one tensor or array, got a list of 2",
    ("predict", "a generator"): "got one sample of shape .*in batch 0",  # batches may come from it, but rows do
    ("a weight as an attribute", "a weight"): "cannot be replaced by another weight",
    **{
        ("an initialiser", thing): "initializer must be a name, a record"
        for thing in ("memory", "a queue", "an image", "DLPack", "a sparse matrix", "a sparse array", "bytes")
    },
}
"""What a door refuses for reasons of its own: a list of arrays is several inputs of a layer."""
