"""Pellucid, and Keras on TensorFlow and on JAX: the same calls, written once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from workloads import LOSSES, OPTIMIZERS, Workload, data, initial_weight

from frameworks import Predictor, Trainer


def model_of(framework: Any, workload: Workload) -> Any:
    """The network with the weights that all start from."""
    x = framework.layers.Input(workload.input_shape)
    model = framework.Model(x, workload.network(framework.layers, x))
    for layer in model.layers:
        layer.set_weights([initial_weight(layer.name, w.name, tuple(w.shape)) for w in layer.weights])
    return model


def _compiled(framework: Any, workload: Workload, **compile_arguments: Any) -> Any:
    """The network, ready to be trained."""
    model = model_of(framework, workload)
    classes = {name.lower(): getattr(framework.optimizers, name) for name in ("SGD", "Adam", "Adadelta")}
    optimizer = classes[workload.optimizer](**OPTIMIZERS[workload.optimizer])
    model.compile(optimizer, LOSSES[workload.target], **compile_arguments)
    return model


def _trainer(framework: Any, workload: Workload, **compile_arguments: Any) -> Trainer:
    model = _compiled(framework, workload, **compile_arguments)
    x, y = data(workload, workload.batch * workload.steps)

    def train() -> float:
        return model.fit(x, y, batch_size=workload.batch, verbose=0, shuffle=False).history["loss"][0]

    return train


def _pellucid(threads: int) -> Any:
    import pellucid

    pellucid.set_threads(threads)
    return pellucid


def pellucid_trainer(workload: Workload, threads: int) -> Trainer:
    """`fit` with the native engine."""
    return _trainer(_pellucid(threads), workload, engine="native")


def pellucid_trained(workload: Workload, threads: int, steps: int) -> Any:
    """The model after some training steps; what dropout leaves out follows from a seed."""
    pellucid = _pellucid(threads)
    pellucid.set_random_seed(1)
    model = _compiled(pellucid, workload, engine="native")
    model.fit(*data(workload, workload.batch * steps), batch_size=workload.batch, verbose=0, shuffle=False)
    return model


def pellucid_exact_trainer(workload: Workload, threads: int) -> Trainer:
    """`fit` with the native engine's direct kernels only."""
    from pellucid.engines.native import NativeEngine

    return _trainer(_pellucid(threads), workload, engine=NativeEngine(exact=True))


def pellucid_bfloat16_trainer(workload: Workload, threads: int) -> Trainer:
    """`fit` with products of bfloat16 numbers."""
    from pellucid.engines.native import NativeEngine

    return _trainer(_pellucid(threads), workload, engine=NativeEngine(bfloat16=True))


def exact_profile(workload: Workload, threads: int, runs: int) -> Any:
    """A training step of the direct kernels, call by call: `pellucid.inspection.Profile`."""
    from pellucid.engines.native import NativeEngine
    from pellucid.inspection import profile

    model = _compiled(_pellucid(threads), workload, engine=NativeEngine(exact=True))
    return profile(model, *data(workload, workload.batch), runs=runs)


def pellucid_predictor(workload: Workload, batch: int, threads: int) -> Predictor:
    """`predict`, a batch a call."""
    model = model_of(_pellucid(threads), workload)
    return lambda x: model.predict(x, batch_size=batch, verbose=0)


def _keras(threads: int) -> Any:
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    return keras


def keras_trainer(workload: Workload, threads: int) -> Trainer:
    """`fit`, several steps in each call of the compiled function."""
    return _trainer(_keras(threads), workload, jit_compile=False, steps_per_execution=workload.steps)


def keras_xla_trainer(workload: Workload, threads: int) -> Trainer:
    """`fit` with XLA, which is what Keras uses on JAX in any case."""
    return _trainer(_keras(threads), workload, jit_compile=True)


def keras_predictor(workload: Workload, batch: int, threads: int) -> Predictor:
    """The model as a compiled function, without what `predict` adds to it."""
    model = model_of(_keras(threads), workload)
    import tensorflow as tf

    function = tf.function(lambda x: model(x, training=False), jit_compile=False)
    return lambda x: np.asarray(function(tf.convert_to_tensor(x)))


def keras_jax_predictor(workload: Workload, batch: int, threads: int) -> Predictor:
    """The same on JAX."""
    model = model_of(_keras(threads), workload)
    import jax

    state = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
    function = jax.jit(lambda x: model.stateless_call(*state, x, training=False)[0])
    return lambda x: np.asarray(function(x))


def arithmetic(workload: Workload, batch: int, training: bool) -> float:
    """Floating point operations of the convolutions and dense layers, as sums of products: a product counts as two.

    Training takes three times the products of a prediction (outputs, gradients of inputs, gradients of kernels),
    without the gradient of the network's input.
    """
    model = model_of(_pellucid(1), workload)
    forward = [
        2.0 * math.prod(weight.shape) * math.prod(layer.output_shape[1:-1])
        for layer in model.layers
        for weight in layer.weights
        if len(weight.shape) > 1
    ]
    return batch * (3 * sum(forward) - forward[0] if training else sum(forward))
