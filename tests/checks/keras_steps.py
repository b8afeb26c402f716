"""Steps of an optimiser of Keras's; on JAX they are compiled, so that many of them cost little more than one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from checks.keras_slopes import ON_JAX


class KerasSteps:
    """Makes the steps of an optimiser of Keras's on some variables.

    Args:
        optimizer: of Keras's.
        variables: of Keras's, that it moves.
    """

    def __init__(self, optimizer: Any, variables: Sequence[Any]) -> None:
        self.optimizer, self.variables = optimizer, list(variables)
        if not optimizer.built:
            optimizer.build(self.variables)
        self._apply = None
        if ON_JAX:
            import jax

            self._apply = jax.jit(optimizer.stateless_apply)

    def step(self, gradients: Sequence[np.ndarray]) -> None:
        """Make one step."""
        kept, moved = self.optimizer.variables, self.variables
        if self._apply is None:
            self.optimizer.apply(
                [keras.ops.convert_to_tensor(g, v.dtype) for g, v in zip(gradients, moved, strict=True)], moved
            )
            return
        gradients = [np.asarray(g, v.dtype) for g, v in zip(gradients, moved, strict=True)]
        results = self._apply([each.value for each in kept], gradients, [each.value for each in moved])
        for found, variables in zip(results, (moved, kept), strict=True):
            for value, variable in zip(found, variables, strict=True):
                variable.assign(value)
