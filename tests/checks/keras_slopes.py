"""What Keras computes, and its gradients, as arrays; on PyTorch, or on JAX where a test asks for that.

On PyTorch Keras computes at once. On JAX, XLA compiles for each shape and each setting anew: nine tenths of the time of
the tests that compare with Keras went there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import torch

ON_JAX = keras.config.backend() == "jax"


_USUAL = torch.Tensor.__array__


def numbers_of(tensor: torch.Tensor, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
    """For `torch.Tensor.__array__`: also where Keras has left a gradient to be asked for, which PyTorch refuses."""
    return np.array(_USUAL(tensor.detach(), dtype), copy=copy)


def slopes_of(function: Callable[..., tuple[Any, Any]], arrays: Sequence[Any]) -> tuple[Any, list[np.ndarray]]:
    """What a function of Keras's tensors gives, and the gradient for each of them.

    Args:
        function: of as many tensors as there are arrays; gives the number whose gradient is wanted, and the results.
        arrays: or Keras's tensors, of which copies are made.

    Returns:
        the results as arrays, in the structure that they have; the gradients.
    """
    if ON_JAX:
        import jax

        numbers = tuple(range(len(arrays)))
        run = jax.jit(jax.value_and_grad(function, argnums=numbers, has_aux=True))
        (_, results), slopes = run(*arrays)
    else:
        tensors = [torch.tensor(keras.ops.convert_to_numpy(array)).requires_grad_() for array in arrays]
        total, results = function(*tensors)
        if not total.requires_grad:  # a number that depends on none of them
            total = total + 0 * tensors[0].sum()
        slopes = torch.autograd.grad(total, tensors, allow_unused=True, materialize_grads=True)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, results), [*map(keras.ops.convert_to_numpy, slopes)]


def weighted_sum(y: Any, factors: np.ndarray) -> Any:
    """The sum of a result, each element times a factor."""
    return keras.ops.sum(y * keras.ops.convert_to_tensor(factors))
