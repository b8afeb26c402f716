"""How a model is to be trained, as its methods: `compile`, and the loss that it was compiled with."""

from __future__ import annotations

from typing import Any

from pellucid import legacy
from pellucid.engines import Engine
from pellucid.errors import ArgumentError
from pellucid.models.own_methods import check_methods, own_loss
from pellucid.models.structure import NetworkLayer

# What trains a model is imported by the methods below, at their first use: whoever only makes layers, or predicts, does
# not wait for it.


class CompiledNetwork(NetworkLayer):
    """A network that can be told how it is to be trained; what that means stands in `training`."""

    @legacy.accepts_old_spelling("compile")
    def compile(
        self,
        optimizer: object = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        *,
        engine: str | Engine = "native",
    ) -> None:
        """Say how the model is to be trained.

        Args:
            optimizer: name ("adam", "sgd") or optimiser; what it remembers starts anew.
            loss: name ("sparse_categorical_crossentropy", ...) or loss; where the model has several outputs a list of
                them, or a dictionary by output name. None where penalties of layers are all that is made small.
            loss_weights: factor of each loss in the sum, likewise; 1 by default.
            metrics: names ("accuracy") or metrics that are told besides the loss, likewise. They are told under the
                names that are given here.
            engine: what computes the model from now on, in predictions too: "native" (C++, float32) or "reference"
                (NumPy, float64).

        Raises:
            ArgumentError: a name is unknown; the nearest known one is told.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
            >>> model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

        Source: keras.Model.compile, https://keras.io/api/models/model_training_apis/
        """
        from pellucid.training import commands

        check_methods(self)
        names = self.output_names if self.is_described or self.built else None
        if names is None and isinstance(loss, list | tuple | dict):
            raise self._unknown_outputs()
        network = self.described or self.network
        if network is not None and network.gives.is_nested:
            loss, loss_weights, metrics = map(network.gives.spread, (loss, loss_weights, metrics))
        of_own = own_loss(self)
        plan = optimizer, loss, loss_weights, metrics, engine
        self.stepper = commands.compile_network(self.runtime, names, *plan, of_own)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The number that training makes small. A class of your own may write it: its operations are part of each step.

        What it returns is the whole loss, so penalties count if it adds `self.losses`. Compile such a model without a
        loss, then `y` is what `fit` was given; or with one, of which `super().compute_loss(...)` is the value.

        Args:
            x: the input of a batch, or a list of them: tensors of the step's graph, or arrays.
            y: the targets, or a list of them with one for each output; None where `fit` was given none.
            y_pred: the output, or a list of them.
            sample_weight: factors of the samples' losses; None for 1 each.
            training: whether it is the loss of a training step.

        Returns:
            a tensor of shape (); of arrays, an array.

        Raises:
            ArgumentError: the model is not compiled, or there is nothing to make small.

        Example:
            >>> import numpy as np
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
            >>> model.compile("sgd", "mse")
            >>> x, y = np.array([[1.0]]), np.array([[3.0]])
            >>> float(model.compute_loss(x, y, model(x)))
            9.0

        Source: keras.Model.compute_loss.
        """
        from pellucid.training import commands

        return commands.compiled_loss(self._compiled(x), self.losses, y, y_pred, sample_weight)

    def _compiled(self, x: Any) -> Any:
        if self.stepper is None:
            raise ArgumentError(f"{self.name} must be compiled first: model.compile(optimizer=..., loss=...)")
        self.require_built(x)
        if len(self.built_network().outputs) > self.stepper.plan.outputs:
            raise self._unknown_outputs()
        return self.stepper

    def _unknown_outputs(self) -> ArgumentError:
        return ArgumentError(
            f"{self.name}: how many outputs there are is not known before the model is built: call it on data, or "
            "build((None, ...)), then compile it"
        )
