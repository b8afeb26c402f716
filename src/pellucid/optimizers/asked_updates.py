"""`get_updates`, by which optimisers of Keras 1 and 2 described a step for `K.function` to make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen
from pellucid.variables import Variable

__all__ = ["AskedStep", "GivesUpdates"]


class AskedStep(Frozen):
    """A step of an optimiser that a function is to make with each call.

    Attributes:
        optimizer: whose step.
        loss: a symbolic tensor.
        variables: that are moved.
    """

    optimizer: Any
    loss: Any
    variables: tuple[Variable, ...]


class GivesUpdates:
    """What optimisers of Keras 1 and 2 could."""

    def get_updates(
        self, loss: Any = None, params: Any = None, *further: Any, constraints: Any = None
    ) -> list[AskedStep]:
        """What `keras.backend.function([inputs], [outputs], updates)` does beside computing outputs: one step.

        Args:
            loss: a symbolic tensor that follows from the inputs of that function.
            params: the variables that are moved, such as `model.trainable_weights`.
            further: Keras 1 had the order (params, constraints, loss), which is understood.
            constraints: none: they are said at the layers.

        Returns:
            a list with one entry, to which other updates may be added.

        Raises:
            ArgumentError: something else is given, or constraints.

        Example:
            >>> from pellucid import Sequential, backend, layers, optimizers
            >>> model = Sequential([layers.Dense(1, kernel_initializer="ones", input_shape=(2,), use_bias=False)])
            >>> loss = backend.mean(backend.square(model.output))
            >>> step = optimizers.SGD(0.25).get_updates(loss, model.trainable_weights)
            >>> train = backend.function([model.input], [loss], step)
            >>> [float(train([[[1.0, 0.0]]])[0]) for _ in range(3)]
            [1.0, 0.25, 0.0625]

        Source: keras/optimizers.py of Keras 1.2.2 and 2.2.4.
        """
        name = type(self).__name__
        if isinstance(loss, list | tuple):
            if len(further) > 1 or constraints is not None:
                raise ArgumentError(
                    f"{name}.get_updates takes (loss, params), or (params, constraints, loss) as Keras 1 did"
                )
            loss, params, constraints = (further[0] if further else None), loss, params
        elif further:
            raise ArgumentError(
                f"{name}.get_updates takes (loss, params), or (params, constraints, loss) as Keras 1 did"
            )
        if constraints:
            raise ArgumentError(
                f"{name}.get_updates: constraints are said where a layer is made: kernel_constraint=..."
            )
        variables = params if isinstance(params, Sequence) else [params]
        wrong = [each for each in variables if not isinstance(each, Variable)]
        if wrong or loss is None:
            raise ArgumentError(
                f"{name}.get_updates takes a loss and a list of weights, got {shown(wrong[0] if wrong else loss)}"
            )
        return [AskedStep(self, loss, tuple(variables))]
