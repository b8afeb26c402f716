"""The base of all optimisers: an update rule, and steps that are made at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from pellucid import schedules
from pellucid.checks import whole
from pellucid.elsewhere import standing_for
from pellucid.errors import ArgumentError, ArgumentTypeError, shown, unknown_name
from pellucid.graph import Tensor
from pellucid.naming import is_ours
from pellucid.optimizers.asked_updates import GivesUpdates
from pellucid.optimizers.direct import Direct, Progress, train_to
from pellucid.optimizers.idle import tell_of_idle_exclusion
from pellucid.optimizers.kept import Count, KerasVariable, OptimizerVariable
from pellucid.optimizers.moved import Moved, Stepped, items_of, movable, stands_for
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.own import Written
from pellucid.optimizers.own_variables import described
from pellucid.optimizers.stages import AVERAGE, Stage
from pellucid.warned import warn

__all__ = ["Optimizer"]

MOST_STEPS = 2**63 - 1  # what files hold


class Optimizer(Written, GivesUpdates):
    """The base of all optimisers. A subclass gives its `stages`, which say how a step is made.

    A model that is compiled with an optimiser keeps what it remembers itself; `apply_gradients` makes a step at once,
    and what is remembered of such steps belongs to the optimiser.

    Args:
        learning_rate: see `UpdateRule`, as for all other arguments.
        stages: what turns a gradient into the step that is taken off a weight, in order.
        weight_decay: share of each weight that is taken off in a step with learning rate 1, >= 0; None for none.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor,
            gradient_accumulation_steps, name: see `UpdateRule`.

    Example:
        >>> from pellucid.optimizers.stages import LearningRate, Momentum
        >>> class Heavy(Optimizer):
        ...     def __init__(self, learning_rate=0.1):
        ...         super().__init__(learning_rate, [LearningRate(), Momentum(0.99)], name="heavy")
        >>> Heavy().apply_gradients([([2.0], np.zeros(1))])
        1

    Source: keras.optimizers.Optimizer.
    """

    _passes: list[tuple[list[Any], list[Any]]] | None = None  # what an `apply` of the user's own passes on

    @takes(SharedOptions)
    def __init__(
        self, learning_rate: schedules.LearningRate, stages: Sequence[Stage] = (), **options: Unpack[SharedOptions]
    ) -> None:
        super().__init__(learning_rate, stages, **options)
        self._progress: Progress = Direct()

    @property
    def iterations(self) -> Any:
        """How many steps were made: by `apply_gradients`, or by the model that the optimiser trains; with `assign`.

        Where the gradients of several batches make one step, these count once.
        """
        standing = standing_for((self, "iterations"))
        return (
            standing if standing is not None else Count(self._made() // (self.gradient_accumulation_steps or 1), self)
        )

    @iterations.setter
    def iterations(self, value: int) -> None:
        batches = self.gradient_accumulation_steps or 1
        self._count(whole(type(self).__name__, "iterations", value, 0, MOST_STEPS // batches) * batches)

    def _made(self) -> int:
        return self._progress.iterations

    def _count(self, made: int) -> None:
        self._progress.iterations = made

    @property
    def built(self) -> bool:
        """Whether it is known which weights are moved."""
        return bool(self._told if self.is_own else self._progress.weights)

    @property
    def progress(self) -> Progress:
        """Who makes its steps, and keeps what it remembers: a model's training, or the optimiser itself."""
        return self._progress

    def attach(self, progress: Progress) -> None:
        """Let `iterations` and `variables` be those of a model's training, which calls this; the last one counts.

        Raises:
            ArgumentError: the optimiser has made steps at once: what it remembers of them would be lost.
        """
        if isinstance(self._progress, Direct) and self._progress.has_begun:
            raise ArgumentError(
                f"{self.name} makes steps with apply_gradients, and what it remembers belongs to those; compile the "
                f"model with an optimizer of its own: {type(self).__name__}.from_config(optimizer.get_config())"
            )
        self._progress = progress

    def build(self, variables: Sequence[Any]) -> None:
        """Say which variables `apply` will move, and begin to keep arrays for them.

        Args:
            variables: weights, or NumPy arrays, which are changed in place.

        Raises:
            ArgumentError: the optimiser trains a model that has others, was built for others, or cannot move one.
        """
        variables = items_of(type(self).__name__, "variables", variables)
        if self.built and variables and {*map(id, variables)} <= {*map(id, self._progress.weights)}:
            return  # those of the model that it trains, say, whose arrays are there as soon as they are asked for
        if self._begins:
            self.introduce(variables)
            return
        direct = self._direct()
        with direct.lock:
            if direct.built:
                for variable in variables:
                    direct.number_of(variable)
                return
            moved = [movable(variable, number) for number, variable in enumerate(variables)]
            if len({id(variable) for variable in variables}) < len(moved):
                raise ArgumentError(f"{type(self).__name__}: a variable was given twice")
            self._in_use = True
            self.introduce(moved)
            direct.build(moved, [self.pipeline(weight) for weight in moved])

    def _direct(self) -> Direct:
        if not isinstance(self._progress, Direct):
            raise ArgumentError(
                f"{self.name} trains a model, and what it remembers belongs to that; for steps of your own make "
                f"another: {type(self).__name__}.from_config(optimizer.get_config())"
            )
        return self._progress

    def apply(self, grads: Sequence[npt.ArrayLike | None], trainable_variables: Sequence[Any] | None = None) -> None:
        """Make one step at once.

        What is remembered belongs to this optimiser and these variables, and to no model.

        Args:
            grads: a gradient for each variable, of its shape; None leaves the variable as it is, and warns.
            trainable_variables: weights, or NumPy arrays, which are changed in place. By default those of `build`.

        Raises:
            ArgumentError: the optimiser trains a model, there are no gradients, or it does not know a variable.
            ShapeError: a gradient has another shape than its variable.
            DataError: a value would become NaN or infinite; no variable is changed then.

        Example:
            >>> import numpy as np
            >>> from pellucid import optimizers
            >>> optimizer, w = optimizers.SGD(0.5), np.array([1.0, 2.0])
            >>> optimizer.apply([[1.0, -1.0]], [w])
            >>> w, optimizer.iterations
            (array([0.5, 2.5]), 1)

        Source: keras.optimizers.Optimizer.apply.
        """
        grads = items_of(self.name, "gradients", grads)
        if trainable_variables is not None:
            trainable_variables = items_of(self.name, "variables", trainable_variables)
        if self._passes is not None:
            self._passes.append((grads, list(trainable_variables or ())))
            return
        direct = self._direct()
        with direct.lock:
            self._apply(direct, grads, trainable_variables)

    def _apply(
        self, direct: Direct, grads: Sequence[npt.ArrayLike | None], trainable_variables: Sequence[Any] | None
    ) -> None:
        if trainable_variables is None and not direct.built:
            raise ArgumentError(f"{self.name}: which variables? Pass them too, or call build(variables) once before")
        if trainable_variables is not None and not direct.built and len(trainable_variables):
            self.build(trainable_variables)
        numbers = [direct.number_of(item) for item in trainable_variables or ()]
        if trainable_variables is None:
            numbers = list(range(len(direct.weights)))
        if len(grads) != len(numbers):
            raise ArgumentError(f"{self.name}: there are {len(numbers)} variables, got {len(grads)} gradients")
        if len(set(numbers)) < len(numbers):
            raise ArgumentError(f"{self.name}: a variable was given twice")
        given = [(number, grad) for number, grad in zip(numbers, grads, strict=True) if grad is not None]
        if not given:
            raise ArgumentError(f"{self.name}: No gradients provided for any variable.")
        if len(given) < len(numbers):
            missing = [direct.weights[n].path for n, grad in zip(numbers, grads, strict=True) if grad is None]
            warn(f"{self.name}: there is no gradient for {missing}, which stay as they are")
        moved, gradients = zip(*given, strict=True)
        direct.step(moved, gradients, self.scalars(direct.iterations), self)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[npt.ArrayLike | None, Any]]) -> int:
        """Make one step at once; see `apply`.

        Args:
            grads_and_vars: pairs of a gradient and a variable, such as `zip(grads, variables)`.

        Returns:
            how many steps were made so far.

        Example:
            >>> from pellucid import layers, optimizers
            >>> dense = layers.Dense(1, kernel_initializer="ones")
            >>> dense.build((None, 2))
            >>> optimizers.SGD(0.5).apply_gradients([([[1.0], [2.0]], dense.kernel)])
            1
            >>> dense.kernel.numpy().ravel()
            array([0.5, 0. ], dtype=float32)

        Source: keras.optimizers.Optimizer.apply_gradients.
        """
        pairs = items_of(self.name, "pairs of a gradient and a variable", grads_and_vars)
        wrong = [pair for pair in pairs if not isinstance(pair, list | tuple) or len(pair) != 2]
        if wrong:
            raise ArgumentTypeError(f"{self.name}: expected pairs of a gradient and a variable, got {shown(wrong[0])}")
        self.apply([grad for grad, _ in pairs], [variable for _, variable in pairs])
        return self._made()

    def gradients(
        self,
        weights: Sequence[Stepped],
        raw: Sequence[Tensor],
        gathered: Sequence[Tensor | None],
        scalars: Mapping[str, Tensor],
    ) -> tuple[list[Tensor], list[Tensor | None]]:
        """See `UpdateRule.gradients`; an `apply` of the user's own may change them first, as in steps by hand."""
        is_direct, own = isinstance(self._progress, Direct), type(self)
        if not is_direct:
            self._tell_of_idle(weights)
        if is_direct or (own.apply is Optimizer.apply and own.apply_gradients is Optimizer.apply_gradients):
            return super().gradients(weights, raw, gathered, scalars)
        self._passes, owner = [], f"{self.name}: {own.__name__}.apply()"
        try:
            described(owner, self.apply_gradients, list(zip(raw, weights, strict=True)))
            passed = self._passes
        finally:
            self._passes = None
        if len(passed) != 1 or len(passed[0][0]) != len(raw) or passed[0][1] != list(weights):
            raise ArgumentError(f"{owner} must pass a gradient for each of the same variables on to super(), once")
        changed = [raw[0].graph.lift(each) for each in passed[0][0]]
        return super().gradients(weights, changed, gathered, scalars)

    def _tell_of_idle(self, weights: Sequence[Stepped]) -> None:
        """Warn, in the training of a model, of settings that speak of weights and fit none."""
        tell_of_idle_exclusion(self, weights)

    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """With `use_ema`, let the moving average of each variable take its place; else do nothing. `fit` ends with it.

        Args:
            var_list: variables that this optimiser moves.

        Raises:
            ArgumentError: it does not know one of them, or has made no step yet.

        Example:
            >>> import numpy as np
            >>> from pellucid import optimizers
            >>> optimizer, w = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5), np.array([4.0])
            >>> for _ in range(2):
            ...     optimizer.apply([[1.0]], [w])
            >>> optimizer.finalize_variable_values([w])
            >>> w  # between 3 and 2
            array([2.5])

        Source: keras.optimizers.Optimizer.finalize_variable_values.
        """
        averaged = [self._known(variable) for variable in items_of(self.name, "variables", var_list)]
        for weight in averaged:
            if self.pipeline(weight).averages:
                train_to(weight, self._progress.read(AVERAGE, weight))

    @property
    def ends_in_its_own_way(self) -> bool:
        """Whether a class of the user's own says what becomes of the weights when a training ends."""
        return not is_ours(next(cls for cls in type(self).__mro__ if "finalize_variable_values" in vars(cls)))

    def moving_averages(self) -> list[tuple[Any, OptimizerVariable]]:
        """With `use_ema`, each variable that is moved, and its moving average; before the first step there are none.

        Example:
            >>> import numpy as np
            >>> from pellucid import optimizers
            >>> optimizer, w = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5), np.array([4.0])
            >>> for _ in range(2):
            ...     optimizer.apply([[1.0]], [w])
            >>> [average.numpy() for _, average in optimizer.moving_averages()]
            [array([2.5], dtype=float32)]
        """
        kept = self.keras_variables(self._progress.weights)
        return [(each.weight, self._variable(each)) for each in kept if each.kind == AVERAGE]

    def slot(self, name: str, variable: Any) -> OptimizerVariable:
        """What is kept for a variable under a name, such as "momentum" or "average", in Keras's form.

        Raises:
            ArgumentError: the optimiser does not know the variable, or keeps nothing of that name for it.

        Example:
            >>> import numpy as np
            >>> from pellucid import optimizers
            >>> optimizer, w = optimizers.Adam(), np.zeros(2)
            >>> optimizer.build([w])
            >>> optimizer.slot("velocity", w).numpy()
            array([0., 0.], dtype=float32)
        """
        weight = self._known(variable)
        kept = [each for each in self.keras_variables([weight]) if each.weight is not None]
        for each in kept:
            if isinstance(name, str) and each.kind == name:
                return self._variable(each)
        raise unknown_name(f"slot of {self.name}", name, [each.kind for each in kept])

    def _known(self, variable: Any) -> Moved:
        for weight in self._progress.weights:
            if stands_for(weight, variable):
                return weight
        shown = getattr(variable, "path", type(variable).__name__)
        raise ArgumentError(f"{self.name} moves no {shown}: train it first, or call build(variables)")

    @property
    def variables(self) -> list[OptimizerVariable]:
        """What is kept, in Keras's order: number of steps, learning rate if it is a number, slots of weights."""
        return [self._variable(each) for each in self.keras_variables(self._progress.weights)]

    def set_weights(self, weights: Sequence[npt.ArrayLike]) -> None:
        """Set all `variables`; of an optimiser that has been built.

        Args:
            weights: an array for each variable, in the same order and of its shape; variables of another optimiser do.

        Raises:
            ArgumentError: the optimiser is not built, or there are not as many arrays as variables.
            ShapeError: an array does not fit.

        Source: keras.optimizers.Optimizer.set_weights.
        """
        if not self.built:
            raise ArgumentError(
                f"You are calling set_weights of {self.name}, which keeps nothing yet: call build(variables) before"
            )
        variables, weights = self.variables, items_of(self.name, "arrays", weights)
        if len(weights) != len(variables):
            raise ArgumentError(f"{self.name} has {len(variables)} variables, got {len(weights)} arrays")
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def _variable(self, each: KerasVariable) -> OptimizerVariable:
        if each.kind == "iterations":
            return OptimizerVariable("iteration", self.name, self._iterations_array, self._set_iterations)
        if each.kind == "learning_rate":
            return OptimizerVariable("learning_rate", self.name, self._rate_array, self._set_rate)
        if each.weight is None:
            return OptimizerVariable(
                each.kind, self.name, partial(self._number, each), partial(self._check_number, each)
            )
        name = f"{each.weight.path.replace('/', '_')}_{each.kind}"
        return OptimizerVariable(name, self.name, partial(self._slot, each), partial(self._set_slot, each))

    def _iterations_array(self) -> np.ndarray:
        return np.array(self._made(), np.int64)

    def _set_iterations(self, value: np.ndarray) -> None:
        self._count(whole(type(self).__name__, "iterations", int(value), 0, MOST_STEPS))

    def _rate_array(self) -> np.ndarray:
        return np.array(self.learning_rate, np.float32)

    def _set_rate(self, value: np.ndarray) -> None:
        self.learning_rate = float(value)

    def _number(self, each: KerasVariable) -> np.ndarray:
        return np.array(self.number_of(each.kind, self.iterations), np.float32)

    def _check_number(self, each: KerasVariable, value: np.ndarray) -> None:
        expected = self._number(each)
        if not np.isclose(value, expected, rtol=1e-3, atol=1e-6):
            raise ArgumentError(
                f"{self.name}: {each.kind} follows from the number of steps and is {expected:g} after "
                f"{self.iterations}, got {value:g}"
            )

    def _slot(self, each: KerasVariable) -> np.ndarray:
        return each.converted(self._progress.read(each.kind, each.weight))

    def _set_slot(self, each: KerasVariable, value: np.ndarray) -> None:
        self._progress.write(each.kind, each.weight, each.converted(value))
