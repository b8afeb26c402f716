"""Optimisers of users' own, written as the guides of Keras write them, as parts of the graph of a step.

Such a class makes arrays for the weights in `build`, and changes a weight and its arrays in `update_step`. That is
called once for each weight, with tensors, while tensors stand for the weight and its arrays (`pellucid.elsewhere`);
what it does becomes the last stage of the weight's pipeline, behind clipping, decay and the gathering of gradients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from pellucid import initializers
from pellucid.checks import title
from pellucid.dispatch import compute
from pellucid.elsewhere import elsewhere, standing_for
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.naming import is_ours
from pellucid.optimizers.by_hand import ByHand
from pellucid.optimizers.direct import Direct
from pellucid.optimizers.kept import KerasVariable
from pellucid.optimizers.moved import Stepped, stands_for
from pellucid.optimizers.own_variables import OwnVariable, described, standing_in
from pellucid.optimizers.stages import Pipeline, Slot, Stage, Step
from pellucid.variables import Variable

__all__ = ["OwnStep", "Written"]


_STEP = "write update_step(self, gradient, variable, learning_rate), and what it keeps in build(self, variables)"
NOT_CALLED = {
    **dict.fromkeys(("get_updates", "get_gradients", "_create_slots", "_prepare_local"), _STEP),
    "_resource_apply_sparse_duplicate_indices": _STEP,
    **dict.fromkeys(("_resource_apply_dense", "_resource_apply_sparse"), _STEP),
    "stateless_apply": "write update_step, or apply(self, grads, trainable_variables=None)",
    "iterations": "steps are counted by whoever makes them",
}
"""What Keras 1 to 3 call of optimisers and Pellucid does not, and what to write in its place."""


class OwnStep(Stage, eq=False):
    """The `update_step` of an optimiser of the user's own, for one weight.

    Attributes:
        optimizer: whose it is.
        weight: that it is called for.
    """

    optimizer: Written
    weight: Stepped
    whole: ClassVar[bool] = True
    adds: ClassVar[str] = "update_step"
    tangles: ClassVar[str] = "update_step is code of your own, which need not be linear in the gradient"

    def rate(self, scalars: Mapping[str, Tensor]) -> Tensor:
        """See `Stage.rate`."""
        return scalars["learning_rate"]

    def kept(self, shape: Shape) -> dict[str, Slot]:
        """See `Stage.kept`: what `build` made for the weight, and what the library's class keeps that it is made of."""
        found: dict[str, Slot] = {}
        for stage in self.optimizer.stages_of(self.weight):
            found |= stage.kept(shape)
        return found | self.optimizer.own_slots(self.weight)

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        new, kept = self.optimizer.emit_own(self.weight, step, slots, scalars)
        taken = step.weight - new
        added = {"update_step": lambda: taken}
        return Step(step.weight, step.gradient, taken, kept, lambda part: part * 0.0, added, new)


class Written(ByHand):
    """What optimisers of users' own are written with: `build`, `update_step`, and arrays for the weights."""

    _begins: bool = False
    _told: Sequence[Any] = ()  # the weights that it was built for
    _kept: Sequence[OwnVariable] = ()  # in the order in which `build` made them
    _first: Mapping[str, float] = MappingProxyType({})  # with what they begin, by kind

    @property
    def is_own(self) -> bool:
        """Whether a class of the user's own says what a step is."""
        return type(self).update_step is not Written.update_step

    def __init_subclass__(cls, **options: Any) -> None:
        """What Kerases call and this class does not is refused where it is written."""
        super().__init_subclass__(**options)
        refused = set(NOT_CALLED) & set(vars(cls))
        if refused and not is_ours(cls):
            name = min(refused)
            raise ArgumentError(f"{cls.__name__}: {name} would never be called; {NOT_CALLED[name]}")

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move one weight along its gradient. Optimisers of your own write this, with `pellucid.ops`.

        It is called for each weight, behind clipping, decay and the gathering of gradients, and describes a step: what
        it is given are tensors. `self.iterations` is how many steps were made before. A weight that is called with
        arrays moves at once, by this step alone.

        Args:
            gradient: of the variable's shape.
            variable: that is moved; see `assign`.
            learning_rate: of this step.

        Raises:
            ArgumentError: the optimiser is not built, or does not know the variable.

        Example:
            >>> from pellucid import ops, optimizers
            >>> class SignDescent(optimizers.Optimizer):
            ...     def update_step(self, gradient, variable, learning_rate):
            ...         self.assign_sub(variable, learning_rate * ops.sign(gradient))
            >>> optimizer, w = SignDescent(learning_rate=0.5), np.array([1.0, 2.0])
            >>> optimizer.apply([[3.0, -0.1]], [w])
            >>> w
            array([0.5, 2.5])

        Source: keras.optimizers.Optimizer.update_step.
        """
        standing = standing_for((self, "step"))
        weight = self._told[self._get_variable_index(variable)] if self.is_own else self._moved(variable)
        pipeline = Pipeline(tuple(self.stages_of(weight)))
        if standing is None:
            self._step_at_once(pipeline, weight, gradient, float(np.asarray(learning_rate)))
            return
        slots, scalars = standing
        if learning_rate is not scalars["learning_rate"]:
            raise ArgumentError("pass the learning_rate that came in on to update_step() of the library's class")
        graph = learning_rate.graph
        new, kept = pipeline.update(graph.lift(variable), graph.lift(gradient), slots, scalars)
        slots.update(kept)
        variable.assign(new)

    def _step_at_once(self, pipeline: Pipeline, weight: Any, gradient: Any, rate: float) -> None:
        graph = Graph()
        numbers = {name: graph.constant(value) for name, value in self.rates(rate, self._made()).items()}
        slots = {
            name: builder.literal(graph, self._progress.read(name, weight))
            for name in pipeline.slots(tuple(weight.shape))
        }
        new, kept = pipeline.update(builder.literal(graph, weight.numpy()), graph.lift(gradient), slots, numbers)
        values = compute(graph, [new, *kept.values()])
        weight.assign(values[0])
        for name, value in zip(kept, values[1:], strict=True):
            self._progress.write(name, weight, value)

    def _moved(self, variable: Any) -> Any:
        return next(
            (weight for weight in self._progress.weights if stands_for(weight, variable)), None
        ) or self._unknown(variable)

    def _unknown(self, variable: Any) -> Any:
        path = getattr(variable, "path", type(variable).__name__)
        raise ArgumentError(f"{self.name} does not know {path}: call build(variables) first; in a build() of your own, "
                            "super().build(variables)")  # fmt: skip

    # What is kept, and for which weights.

    def introduce(self, weights: Sequence[Any]) -> None:
        """Say which weights are moved, before anything is asked of their pipelines."""
        self._told, self._kept, self._first = list(weights), [], {}

    def begin(self, weights: Sequence[Any]) -> None:
        """Let an optimiser of the user's own say what it keeps for the weights of a model that is to be trained."""
        if not self.is_own:
            return
        self._told, self._begins = (), True
        try:
            self.build(weights)
        finally:
            self._begins = False
        if weights and not self._told:
            raise ArgumentError(f"{type(self).__name__}.build() must call super().build(variables)")

    def build(self, variables: Sequence[Any]) -> None:
        """See `Optimizer.build`."""
        raise NotImplementedError

    def _get_variable_index(self, variable: Any) -> int:
        """Which of the weights a variable is, in the order of `build`."""
        meant = variable.weight if isinstance(variable, OwnVariable) else variable
        for number, weight in enumerate(self._told):
            if stands_for(weight, meant):
                return number
        return int(self._unknown(variable))

    def add_variable_from_reference(
        self, reference_variable: Any, name: str | None = None, initializer: Any = "zeros"
    ) -> OwnVariable:
        """An array for a weight, of its shape, that is kept from step to step and stands in files; made in `build`.

        Args:
            reference_variable: the weight; one of those that `build` was given.
            name: of what it holds, "momentum"; "var" by default.
            initializer: gives it its first values, which must all be equal.

        Raises:
            ArgumentError: the optimiser does not know the weight, or the values differ.

        Example:
            >>> from pellucid import optimizers
            >>> optimizer, w = optimizers.Optimizer(0.1), np.zeros(3)
            >>> optimizer.build([w])
            >>> optimizer.add_variable_from_reference(w, "momentum", initializer="ones").numpy()
            array([1., 1., 1.], dtype=float32)

        Source: keras.optimizers.Optimizer.add_variable_from_reference.
        """
        weight = self._told[self._get_variable_index(reference_variable)]
        base = kind = "var" if name is None or (isinstance(name, str) and not name) else title(self.name, name)
        taken = [
            *self.pipeline(weight).slots(tuple(weight.shape)),
            *(each.kind for each in self._kept if each.weight is weight),
        ]
        for number in range(1, len(taken) + 1):
            if kind in taken:
                kind = f"{base}_{number}"
        draws = initializers.get(initializer)
        if draws is None:
            raise ArgumentTypeError(f"{self.name}: what is kept for {weight.path} needs an initializer, got None")
        first = np.asarray(draws(tuple(weight.shape)), np.float32)
        if not (first == first.flat[0]).all():
            raise ArgumentError(
                f"{self.name}: what is kept for {weight.path} must begin with equal numbers, such as zeros or ones; "
                f"{shown(initializer)} gives others"
            )
        read, write = partial(self._read_own, kind, weight), partial(self._write_own, kind, weight)
        made = OwnVariable(kind, weight, self.name, read, write)
        self._kept, self._first = [*self._kept, made], {**self._first, kind: float(first.flat[0])}
        if isinstance(self._progress, Direct):
            self._progress.add(weight, kind, Slot(tuple(weight.shape), float(first.flat[0])))
        return made

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Any], name: str | Sequence[str], initializer: Any = "zeros"
    ) -> Any:
        """An array for each of several weights; see `add_variable_from_reference`.

        Args:
            trainable_variables: the weights.
            name: of what they hold; or several, for as many arrays of each.
            initializer: gives the first values; or one for each name.

        Returns:
            a list of the arrays; a tuple of lists where there are several names.

        Example:
            >>> from pellucid import optimizers
            >>> optimizer, w = optimizers.Optimizer(0.1), np.zeros(3)
            >>> optimizer.build([w])
            >>> optimizer.add_optimizer_variables([w], "momentum")
            [<OptimizerVariable optimizer/variable_0_momentum, shape (3,)>]

        Source: keras.optimizers.Optimizer.add_optimizer_variables.
        """
        names = [name] if isinstance(name, str) else list(name)
        firsts = list(initializer) if isinstance(initializer, list | tuple) else [initializer] * len(names)
        if len(firsts) != len(names):
            raise ArgumentError(f"{self.name}: there are {len(names)} names, got {len(firsts)} initializers")
        made: tuple[list[OwnVariable], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for place, kind, first in zip(made, names, firsts, strict=True):
                place.append(self.add_variable_from_reference(variable, kind, first))
        return made[0] if isinstance(name, str) else made

    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """Not here: raises `ArgumentError`. What is kept is kept for a weight, since weights are stepped one by one."""
        raise ArgumentError(
            f"{self.name}: an array that belongs to no weight is not supported; keep one for each weight "
            "(add_variable_from_reference), or compute the number from self.iterations"
        )

    def _read_own(self, kind: str, weight: Any) -> np.ndarray:
        return self._progress.read(kind, weight)

    def _write_own(self, kind: str, weight: Any, value: np.ndarray) -> None:
        self._progress.write(kind, weight, value)

    def own_slots(self, weight: Stepped) -> dict[str, Slot]:
        """What `build` made for a weight."""
        return {
            each.kind: Slot(each.shape, self._first[each.kind])
            for each in self._kept
            if stands_for(each.weight, weight)
        }

    def pipeline(self, weight: Stepped) -> Pipeline:
        """See `UpdateRule.pipeline`; the last stage of one of the user's own is what the class says."""
        found = super().pipeline(weight)
        if not self.is_own:
            return found
        known = self._told[self._get_variable_index(weight)]
        before = found.stages[: len(found.stages) - len(self.stages_of(weight))]
        return Pipeline(
            (*before, OwnStep(self, known)), found.decay, found.accumulates, found.averages, found.overwrites
        )

    def scalars(self, iteration: int) -> dict[str, float]:
        """See `UpdateRule.scalars`."""
        found = super().scalars(iteration)
        if self.is_own:
            made = iteration // (self.gradient_accumulation_steps or 1)
            found |= {"learning_rate": self._rate_at(iteration), "iterations": float(made)}
        return found

    def keras_variables(self, weights: Sequence[Stepped]) -> list[KerasVariable]:
        """See `UpdateRule.keras_variables`; what `build` made stands behind, in the order in which it was made."""
        if self.is_own and weights and not self._told:
            self.begin(list(weights))
        found = super().keras_variables(weights)
        own = {each.kind for each in self._kept}
        here = [each for each in self._kept if any(each.weight is weight for weight in weights)]
        return [each for each in found if each.kind not in own] + [KerasVariable(k.kind, k.weight) for k in here]

    def emit_own(
        self, weight: Any, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Emit `update_step` for a weight: its new values, and what is kept by name.

        Raises:
            ArgumentError: it needs values, or keeps something elsewhere than in arrays of the weight.
        """
        graph, owner = step.weight.graph, f"{self.name}: {type(self).__name__}.update_step()"
        mine = {each: slots[each.kind] for each in self._kept if each.weight is weight}
        of_stages = Pipeline(tuple(self.stages_of(weight))).slots(tuple(weight.shape))
        theirs, rate = {name: slots[name] for name in of_stages}, scalars["learning_rate"]
        stands = weight if isinstance(weight, Variable) else standing_in(weight, self.name)
        marks = {(self, "iterations"): scalars["iterations"], (self, "learning_rate"): rate}
        values: dict[Any, Any] = {**mine, **marks, (self, "step"): (theirs, scalars), stands: step.weight}
        before = dict(self.__dict__)
        with graph.scope(self.name), elsewhere(values):
            described(owner, self.update_step, step.gradient, stands, rate)
        changed = [name for name, value in self.__dict__.items() if before.get(name, value) is not value]
        strange = [each for each in values if isinstance(each, Variable | OwnVariable) and each not in (*mine, stands)]
        if changed or strange:
            what = f"self.{changed[0]}" if changed else strange[0].path
            raise ArgumentError(
                f"{owner} changes {what}, which would happen once and not in each step; keep arrays for the weight "
                "(add_variable_from_reference in build()), and count by self.iterations"
            )
        return values[stands], {**theirs, **{each.kind: values[each] for each in mine}}
