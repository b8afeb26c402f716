"""How a model is to be trained, as its methods: `compile`, and the loss that it was compiled with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from pellucid import legacy
from pellucid.calls import explained
from pellucid.checks import flag, whole
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ReservedError, shown
from pellucid.models.own_methods import check_layers_in, check_methods, own_loss
from pellucid.models.structure import NetworkLayer
from pellucid.network import Network, with_losses
from pellucid.warned import warn

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
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: str | bool | None = "auto",
        auto_scale_loss: bool = True,
        *,
        engine: str | Engine = "native",
    ) -> None:
        """Say how the model is to be trained.

        Args:
            optimizer: name ("adam", "sgd") or optimiser; what it remembers starts anew.
            loss: name ("sparse_categorical_crossentropy", ...) or loss; where the model has several outputs a list of
                them, or a dictionary by output name. None where penalties of layers are all that is made small. In
                structures like that of the outputs a function may stand for several outputs, which it gets arranged as
                they are; a list where there is one output holds several losses of it.
            loss_weights: factor of each loss in the sum, likewise; 1 by default.
            metrics: names ("accuracy") or metrics that are told besides the loss, likewise. They are told under the
                names that are given here.
            weighted_metrics: metrics that see the weights of the samples, as the loss does, likewise.
            run_eagerly, jit_compile, auto_scale_loss: without meaning here, where each step is one compiled graph of
                float32 numbers; whoever asks for something else is told so.
            steps_per_execution: after how many batches callbacks of batches are told.
            engine: what computes the model from now on, in predictions too: "native" (C++, float32), "reference"
                (NumPy, float64), or "xla" (JAX: GPUs, TPUs, several devices).

        What is said of single outputs holds from the first data on, if the model does not know its outputs yet.

        Raises:
            ArgumentError: a name is unknown; the nearest known one is told.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
            >>> model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

        Source: keras.Model.compile, https://keras.io/api/models/model_training_apis/
        """
        from pellucid.models import trainable_then
        from pellucid.models.held_metrics import held_metrics
        from pellucid.training import commands
        from pellucid.training.loss_structure import is_arranged

        check_methods(self)
        check_layers_in(self)
        _check_ways(self.label, run_eagerly, jit_compile, auto_scale_loss)
        steps = whole(self.label, "steps_per_execution", steps_per_execution, 1)
        names = self.output_names if self.is_described or self.built else None
        network, given = self.described or self.network, (loss, loss_weights, metrics, weighted_metrics)
        if network is not None and network.gives.is_nested:
            spread = tuple(map(network.gives.spread, given))
            given = (loss, loss_weights, *spread[2:]) if is_arranged(spread[0]) else spread
        made = self.runtime.step
        stepper = commands.compile_network(
            self.runtime,
            names,
            optimizer,
            *given,
            engine,
            own_loss(self),
            steps_per_execution=steps,
            network=network,
            named=self.is_described or network is None or isinstance(network.gives.form, dict),
            held=held_metrics(self),
        )
        if self.stepper is not None:
            self.stepper.rest(made)
        self.stepper = stepper
        trainable_then.remember(self)
        self.__dict__["_loss_given"] = self.loss if loss is None else loss

    def add_loss(self, penalty: Any, inputs: Any = None) -> None:
        """Add to the loss: a number, from `call`; or, to a model of symbolic tensors, the mean of one made of them.

        Args:
            penalty: that, or a list of several.
            inputs: what Keras 2 asked for, without meaning.

        Raises:
            ArgumentError: the tensor does not come from the model's inputs; or there is no loss to add to.

        Example:
            >>> import numpy as np
            >>> from pellucid import Model, layers, ops
            >>> x = layers.Input((2,))
            >>> model = Model(x, layers.Dense(1, kernel_initializer="ones")(x))
            >>> model.add_loss(ops.square(model.output - 1.0))
            >>> model.compile("sgd")
            >>> model.evaluate(np.ones((4, 2)), verbose=0)
            1.0

        Source: tf.keras.Model.add_loss of Keras 2; today a layer's `call` adds it.
        """
        several = list(penalty) if isinstance(penalty, list | tuple) else [penalty]
        described = [each for each in several if isinstance(each, SymbolicTensor)]
        if self.described is None or len(described) < len(several):
            super().add_loss(penalty)
        else:
            self._describe(with_losses(self.described, described, self.name))

    def _as_compiled(self, train: Callable[..., Any], *arguments: Any) -> Any:
        """What trains, with the layers trained that `compile` settled on, where it does (see `trainable_then`)."""
        from pellucid.models import trainable_then

        with trainable_then.as_compiled(self):
            return train(*arguments)

    def _use(self, network: Network | None) -> None:
        super()._use(network)
        if network is not None and self.stepper is not None:
            with suppress(ArgumentError):  # who compiled it for other outputs is told when it is to be trained
                self._know_outputs()

    def _know_outputs(self) -> None:
        """Compile the model as it was, now that its outputs are known; raises `ArgumentError` where it cannot be."""
        plan = None if self.stepper is None else self.stepper.plan
        if plan is None or plan.later is None or self.network is None:
            return
        if len(self.network.outputs) > 1 or not plan.objectives:
            words = dict(zip(("loss", "loss_weights", "metrics", "weighted_metrics"), plan.later, strict=True))
            steps, engine = plan.steps_per_execution, self.engine
            self.compile(plan.optimizer, **words, steps_per_execution=steps, engine=engine)

    @property
    def loss(self) -> Any:
        """What `compile` was given as the loss, as it was given; or an attribute of a class of the user's own."""
        return self.__dict__.get("_loss_given")

    @loss.setter
    def loss(self, value: Any) -> None:
        if self.stepper is not None:
            raise ReservedError(f"{self.label}: loss cannot be set: say compile(optimizer, loss), which begins anew")
        self.__dict__["_loss_given"] = value

    @property
    def run_eagerly(self) -> bool:
        """False: each step is one graph that the engine computes."""
        return False

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        _check_ways(self.label, value, "auto", True)

    @property
    def steps_per_execution(self) -> int:
        """After how many batches callbacks of batches are told."""
        return 1 if self.stepper is None else self.stepper.plan.steps_per_execution

    @property
    def compiled(self) -> bool:
        """Whether it is known how the model is to be trained."""
        return self.stepper is not None

    @property
    def metrics(self) -> list[Any]:
        """What is told of a pass over batches, as objects: the loss, the losses of several outputs, the metrics.

        Their `result()` is what was told last.
        """
        return [] if self.stepper is None else [each.statistic for each in self.stepper.plan.told]

    @property
    def metrics_names(self) -> list[str]:
        """The names under which loss and metrics are told, in the order in which `evaluate` returns them.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
            >>> model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
            >>> model.metrics_names
            ['loss', 'accuracy']

        Source: keras.Model.metrics_names (Keras 1 and 2).
        """
        return [] if self.stepper is None else [each.name for each in self.stepper.plan.told]

    def get_metrics_result(self) -> dict[str, Any]:
        """What `metrics` tell, by name.

        Source: keras.Model.get_metrics_result.
        """
        told: dict[str, Any] = {}
        for each in [] if self.stepper is None else self.stepper.plan.told:
            value = each.statistic.result()
            told |= value if isinstance(value, Mapping) else {each.name: value}
        return told

    def reset_metrics(self) -> None:
        """Let what `metrics` tell begin anew."""
        for metric in self.metrics:
            metric.reset_state()

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile` as plain data, in Keras's words; empty before it was called.

        Source: keras.Model.get_compile_config.
        """
        from pellucid.models import config

        if self.stepper is None:
            return {}
        return config.compile_config(self.stepper.plan, len(self.built_network().outputs))

    @explained
    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile the model as `get_compile_config` says.

        Args:
            config: what it gave, here or in Keras.

        Raises:
            ArgumentError: a name is unknown.
        """
        from pellucid.models.config import compile_arguments

        arguments = compile_arguments({"compile_config": config})
        if arguments is None:
            raise ArgumentError(
                f"{self.label}: the configuration says nothing of how to compile it, got {shown(config)}"
            )
        self.compile(**arguments)

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
        self._know_outputs()
        return self.stepper


def _check_ways(label: str, run_eagerly: object, jit_compile: object, auto_scale_loss: object) -> None:
    """Say what is asked for and has no meaning here; raises `ArgumentError` for what is no flag."""
    flag(label, "run_eagerly", run_eagerly)
    flag(label, "auto_scale_loss", auto_scale_loss)
    if jit_compile is not None and not (isinstance(jit_compile, str) and jit_compile == "auto"):
        flag(label, "jit_compile", jit_compile)
    if run_eagerly:
        warn(
            f"{label}: run_eagerly=True changes nothing, since each step is one graph that the engine computes; to "
            "look inside use pellucid.inspection, or engine='reference' for float64"
        )
    if jit_compile is not None and not jit_compile:
        warn(f"{label}: jit_compile=False changes nothing, since each step is compiled before it runs")
