"""`tf.train` of TensorFlow 1: its optimisers with the rates of that time, as scripts hand them to `compile`.

Source: TensorFlow 1.15, tensorflow/python/training/{adam,gradient_descent,momentum,adagrad,adadelta}.py.
"""

from __future__ import annotations

from typing import Any

from pellucid import optimizers

__all__ = [
    "AdadeltaOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "GradientDescentOptimizer",
    "MomentumOptimizer",
]

NOTHING = 1e-12
"""What is added to a root that TensorFlow 1 added nothing to; the smallest number that changes nothing."""


def AdamOptimizer(
    learning_rate: Any = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-08,
    use_locking: bool = False,
    name: str = "Adam",
) -> optimizers.Adam:
    """See `optimizers.Adam`."""
    return optimizers.Adam(learning_rate, beta_1=beta1, beta_2=beta2, epsilon=epsilon)


def GradientDescentOptimizer(
    learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent"
) -> optimizers.SGD:
    """See `optimizers.SGD`."""
    return optimizers.SGD(learning_rate)


def MomentumOptimizer(
    learning_rate: Any,
    momentum: float,
    use_locking: bool = False,
    name: str = "Momentum",
    use_nesterov: bool = False,
) -> optimizers.SGD:
    """See `optimizers.SGD`: the rate stands before the sum of gradients, or in each; for one rate it is the same."""
    return optimizers.SGD(learning_rate, momentum=momentum, nesterov=use_nesterov)


def AdagradOptimizer(
    learning_rate: Any, initial_accumulator_value: float = 0.1, use_locking: bool = False, name: str = "Adagrad"
) -> optimizers.Adagrad:
    """See `optimizers.Adagrad`."""
    return optimizers.Adagrad(learning_rate, initial_accumulator_value=initial_accumulator_value, epsilon=NOTHING)


def AdadeltaOptimizer(
    learning_rate: Any = 0.001,
    rho: float = 0.95,
    epsilon: float = 1e-08,
    use_locking: bool = False,
    name: str = "Adadelta",
) -> optimizers.Adadelta:
    """See `optimizers.Adadelta`."""
    return optimizers.Adadelta(learning_rate, rho=rho, epsilon=epsilon)
