"""Gradient descent along matrices that are made orthogonal; Adam for all that is no matrix."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Unpack

from pellucid import schedules
from pellucid.checks import flag, number, several, whole
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Tensor, builder
from pellucid.optimizers.adam import Mean, RootOfMeanSquare
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.clipping import norm_of
from pellucid.optimizers.idle import tell_of_idle_patterns
from pellucid.optimizers.moved import Stepped
from pellucid.optimizers.options import OptionsBesideDecay, takes
from pellucid.optimizers.stages import LearningRate, Momentum, Stage, Step
from pellucid.optimizers.update_rule import below_one, epsilon_of

__all__ = ["Muon"]

MOST_ITERATIONS = 100
NO_KERNEL = re.compile(r"(^|_)(bias|gamma|beta|alpha)$")
"""The names of weights that stand beside the numbers of maps one by one, and mix none, however many axes they have."""


class Orthogonal(Stage):
    """The matrix that is nearly orthogonal and nearest to the step, by Newton and Schulz's iteration; all axes but the
    last are taken for one.

    Attributes:
        a, b, c: of the polynomial a * x + b * x^3 + c * x^5 by which the singular values come near to 1.
        iterations: how often it is applied.
        rms_rate: the size that the numbers of the result have on average, about; None leaves it orthogonal.

    Source: Jordan, Muon, https://kellerjordan.github.io/posts/muon/; for the size, Liu and others, arXiv 2502.16982.
    """

    a: float
    b: float
    c: float
    iterations: int
    rms_rate: float | None
    whole: ClassVar[bool] = True
    adds: ClassVar[str] = "orthogonal step"
    tangles: ClassVar[str] = "Muon makes the whole step orthogonal, which mixes all its numbers"

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        shape = step.step.shape
        rows, columns = math.prod(shape[:-1]), shape[-1]
        size = self.size_of(shape)
        x = self._flat(step.step)
        norm = norm_of(x) + 1e-7
        squares: list[Tensor] = []  # of each iteration, what turns x into the next x: a * x + square @ x
        x = x / norm
        for _ in range(self.iterations):
            gram = builder.matmul(x, x, transpose_b=True)
            squares.append(gram * self.b + builder.matmul(gram, gram) * self.c)
            x = self._next(squares[-1], x)

        def share(part: Tensor) -> Tensor:
            flat = self._flat(part) / norm
            for square in squares:
                flat = self._next(square, flat)
            return self._shaped(flat, rows, columns, part.shape) * size

        return Step(step.weight, step.gradient, self._shaped(x, rows, columns, shape) * size, share=share)

    def size_of(self, shape: Sequence[int]) -> float:
        """By which a step that was made orthogonal is multiplied."""
        return 1.0 if self.rms_rate is None else self.rms_rate * math.sqrt(max(math.prod(shape[:-1]), shape[-1]))

    def _next(self, square: Tensor, x: Tensor) -> Tensor:
        return x * self.a + builder.matmul(square, x)

    def _flat(self, x: Tensor) -> Tensor:
        """As a matrix that is no higher than it is wide, since products of its rows are formed."""
        flat = builder.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))
        return builder.transpose(flat, (1, 0)) if flat.shape[0] > flat.shape[1] else flat

    def _shaped(self, x: Tensor, rows: int, columns: int, shape: tuple[int, ...]) -> Tensor:
        return builder.reshape(builder.transpose(x, (1, 0)) if rows > columns else x, shape)


class Muon(Optimizer):
    """Gradient descent along momentum that is made orthogonal, matrix by matrix; Adam for what is no matrix.

    Weights with two axes go along their momentum (Nesterov's by default) after Newton and Schulz's iteration, times
    learning_rate * rms_rate * sqrt(larger side). Weights with other numbers of axes, such as biases and kernels of
    convolutions, weights with "embedding" in their path, and those that `exclude_layers` names go by Adam, with a
    weight decay of their own.

    Args:
        learning_rate: >= 0.
        adam_beta_1, adam_beta_2: Adam's, 0 to below 1.
        adam_weight_decay: of the weights that Adam steps, >= 0; None for none.
        epsilon: Adam's, > 0.
        weight_decay: of the matrices, >= 0; None for none.
        exclude_layers: patterns (regular expressions); a weight in whose path one is found goes by Adam. Usually the
            last layer. One that is found in no path of a model is warned of.
        exclude_embeddings: whether weights with "embedding" in their path go by Adam.
        muon_a, muon_b, muon_c: of the iteration's polynomial a * x + b * x^3 + c * x^5.
        adam_lr_ratio: Adam's learning rate as a multiple of `learning_rate`, >= 0.
        momentum: from 0 to 1.
        ns_steps: iterations, 1 to 100.
        nesterov: whether to look ahead along the momentum.
        rms_rate: size of a step's numbers beside learning_rate, >= 0; None leaves steps orthogonal.
        flatten_kernels: whether kernels with more axes are taken for matrices (all axes but the last, last), such as
            (rows * columns * channels, filters) of a convolution. Biases, gammas, betas and alphas go by Adam then,
            also where they have several axes. Keras has no such thing.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor,
            gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range, or a pattern is no regular expression.

    Example:
        >>> import numpy as np
        >>> optimizer, w = Muon(1.0, rms_rate=None, weight_decay=None), np.zeros((2, 2))
        >>> optimizer.apply([[[300.0, 0.0], [0.0, -100.0]]], [w])
        >>> w.round(1) + 0.0  # about a rotation or a reflection, however large the gradient was
        array([[-0.8,  0. ],
               [ 0. ,  1.1]])

    Source: Jordan, Muon, https://kellerjordan.github.io/posts/muon/; Liu and others, arXiv 2502.16982;
    keras.optimizers.Muon.
    """

    keras_order = (("momentum", "velocity"),)

    @takes(OptionsBesideDecay)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        *,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1.0,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        flatten_kernels: bool = False,
        **options: Unpack[OptionsBesideDecay],
    ) -> None:
        self.adam_beta_1 = below_one("Muon", "adam_beta_1", adam_beta_1)
        self.adam_beta_2 = below_one("Muon", "adam_beta_2", adam_beta_2)
        self.epsilon = epsilon_of("Muon", epsilon)
        self.adam_weight_decay = _optional("adam_weight_decay", adam_weight_decay)
        self.exclude_layers = _patterns(exclude_layers)
        self.exclude_embeddings = flag("Muon", "exclude_embeddings", exclude_embeddings)
        self.muon_a, self.muon_b = number("Muon", "muon_a", muon_a), number("Muon", "muon_b", muon_b)
        self.muon_c, self.rms_rate = number("Muon", "muon_c", muon_c), _optional("rms_rate", rms_rate)
        self.adam_lr_ratio = number("Muon", "adam_lr_ratio", adam_lr_ratio, 0.0)
        self.momentum = number("Muon", "momentum", momentum, 0.0, 1.0)
        self.ns_steps = whole("Muon", "ns_steps", ns_steps, 1, MOST_ITERATIONS)
        self.nesterov = flag("Muon", "nesterov", nesterov)
        self.flatten_kernels = flag("Muon", "flatten_kernels", flatten_kernels)
        orthogonal = Orthogonal(self.muon_a, self.muon_b, self.muon_c, self.ns_steps, self.rms_rate)
        self._orthogonal = orthogonal
        stages = (Momentum(self.momentum, self.nesterov), orthogonal, LearningRate())
        self._adam = (
            Mean(self.adam_beta_1),
            LearningRate("alpha"),
            RootOfMeanSquare(self.adam_beta_2, self.epsilon),
        )
        super().__init__(learning_rate, stages, weight_decay=weight_decay, **options)

    def goes_by_adam(self, weight: Stepped) -> bool:
        """Whether a weight is no matrix to be made orthogonal."""
        axes = len(weight.shape)
        if axes < 2 or (NO_KERNEL.search(weight.name) if self.flatten_kernels else axes > 2):
            return True
        path = weight.path
        by_name = self.exclude_embeddings and "embedding" in path.lower()
        return by_name or any(re.search(pattern, path) for pattern in self.exclude_layers)

    @anywhere("x")
    def lr_adjust(self, x: Operand) -> Any:
        """x times the size that steps of its shape get, `rms_rate` * sqrt(larger side)."""
        return x * self._orthogonal.size_of(x.shape)

    @anywhere("x")
    def zeropower_via_newtonschulz5(self, x: Operand, steps: int) -> Any:
        """A matrix that is made about orthogonal, by so many iterations."""
        settings = (self.muon_a, self.muon_b, self.muon_c, whole("Muon", "steps", steps, 1, MOST_ITERATIONS), None)
        return Orthogonal(*settings).emit(Step(x, x, x), {}, {}).step

    def _tell_of_idle(self, weights: Sequence[Stepped]) -> None:
        tell_of_idle_patterns(f"{self.name}: exclude_layers", self.exclude_layers, weights, re.search)
        super()._tell_of_idle(weights)

    def stages_of(self, weight: Stepped) -> Sequence[Stage]:
        """See `Optimizer.stages_of`."""
        return self._adam if self.goes_by_adam(weight) else self.stages

    def decay_of(self, weight: Stepped) -> str | None:
        """See `Optimizer.decay_of`."""
        if self.goes_by_adam(weight):
            return "adam_decay" if self.adam_weight_decay else None
        return super().decay_of(weight)

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """The rate of the matrices, the length of Adam's step and its decay; see `Optimizer.rates`."""
        t = iteration + 1
        correction = math.sqrt(1.0 - self.adam_beta_2**t) / (1.0 - self.adam_beta_1**t)
        rates = {"learning_rate": learning_rate, "alpha": learning_rate * self.adam_lr_ratio * correction}
        return {**rates, **({"adam_decay": self.adam_weight_decay * learning_rate} if self.adam_weight_decay else {})}

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`. `flatten_kernels` stands there where it is set: Keras has no such setting."""
        names = (
            "adam_beta_1 adam_beta_2 epsilon exclude_layers muon_a muon_b muon_c adam_lr_ratio momentum ns_steps "
            "nesterov exclude_embeddings adam_weight_decay rms_rate"
        )
        own = {name: getattr(self, name) for name in names.split()}
        return {**super().get_config(), **own, **({"flatten_kernels": True} if self.flatten_kernels else {})}


def _optional(name: str, value: float | None) -> float | None:
    return None if value is None else number("Muon", name, value, 0.0)


def _patterns(given: Sequence[str] | None) -> list[str]:
    patterns = [] if given is None else several("Muon", "exclude_layers", given, "patterns")
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise ArgumentTypeError(f"Muon: exclude_layers must be a list of patterns, got {shown(pattern)} in it")
        try:
            re.compile(pattern)
        except re.error as error:
            raise ArgumentError(f"Muon: exclude_layers: {shown(pattern)} is no regular expression: {error}") from None
    return patterns
