"""Who wrote this filter: its change over a recorded stretch of training, split exactly by class or by image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.callbacks.filter_history import FilterHistory
from pellucid.calls import explained
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError
from pellucid.frozen import Frozen
from pellucid.inspection.computed_influence import ThroughKernel, WholeWeight
from pellucid.inspection.computed_kernels import BENT, FollowedKernel
from pellucid.inspection.given import described, is_whole
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.replaying import Replay, Retold
from pellucid.inspection.split_steps import SplitSteps, check_linear
from pellucid.inspection.training_step import FilterBias, compiled, part_of, path_to_filters, weight_of
from pellucid.inspection.update import check_parts, shares_of
from pellucid.layers.single_filters import Filter
from pellucid.models import Model
from pellucid.training.objectives import TARGET

FUNCTION = "influence"
MOST_NUMBERS = 2**26  # of all parts together: 512 MiB
BY = ("class", "image")


class Influence(Record, Frozen, eq=False):
    """The change of one filter over some steps as the sum of what each group of samples did.

    Args:
        layer: name of the layer, in a model inside with the path to it.
        kind: the layer's class.
        filter: its number.
        optimizer: the class of who made the steps.
        steps: how many steps the model had made before the first of them, and after the last.
        by: "class", "image", or "group" for groups that were given.
        names: of the parts: the groups, then the penalties, what the optimiser held before, weight decay, constraint
        and
            averaging, as far as there are any.
        groups: how many of them are groups of samples, the first ones.
        seen: how often a sample of each group was seen, for each group.
        parts: what each added to each weight (parts, *kernel), in float64.
        before: the filter's weights (spatial..., channels) before the first step.
        after: the same behind the last one.
        kernel_axes: what the axes of the filter are, such as ("rows", "columns", "channels").
        computed_from: the weight from which the layer computes its kernel; "" where that is a weight as it stands. The
            parts are then those of the steps of that weight times the slope of the kernel at each step, and "beyond
            first order" is what its formula added where it is no straight line.

    Raises:
        ShapeError: the parts are not as many as the names, or not of the shape of the filter.

    Example:
        >>> parts, weights = np.array([[[2.0]], [[-0.5]]]), (np.zeros((1, 1)), np.full((1, 1), 1.5))
        >>> told = "c", "Conv1D", 0, "SGD", (0, 9), "class", ("0", "1"), 2, (5, 4)
        >>> made = Influence(*told, parts, *weights, ("taps", "channels"))
        >>> made.shares.tolist(), made.ranked()[0], float(made.remainder[0, 0])
        ([1.3333333333333333, -0.3333333333333333], ('0', 1.3333333333333333), 0.0)
    """

    layer: str
    kind: str
    filter: int
    optimizer: str
    steps: tuple[int, int]
    by: str
    names: tuple[str, ...]
    groups: int
    seen: tuple[int, ...]
    parts: np.ndarray
    before: np.ndarray
    after: np.ndarray
    kernel_axes: tuple[str, ...]
    computed_from: str = ""

    def __post_init__(self) -> None:
        for name in ("parts", "before", "after"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of the influence on {self.layer}"))
        check_parts(self.layer, self.names, self.parts, self.before, self.after)
        if len(self.seen) != self.groups or self.groups > len(self.names):
            raise ShapeError(f"{self.layer}: expected {self.groups} numbers of samples, got {len(self.seen)}")

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the parts stands for."""
        return ("part", *self.kernel_axes)

    @property
    def change(self) -> np.ndarray:
        """What all steps together added to each weight, in float64."""
        return self.after.astype(np.float64) - self.before

    @property
    def remainder(self) -> np.ndarray:
        """The change less the sum of the parts: rounding."""
        return self.change - self.parts.sum(axis=0)

    @property
    def shares(self) -> np.ndarray:
        """How far each part goes along the change, as a share of it: 1 all together; below 0 for one that goes back."""
        return shares_of(self.parts, self.change)

    @property
    def sizes(self) -> np.ndarray:
        """How far each part moved the filter, whichever way: the root of its sum of squares."""
        found: np.ndarray = np.linalg.norm(self.parts.reshape(len(self.parts), -1), axis=1)
        return found

    def ranked(self) -> list[tuple[str, float]]:
        """The parts with their shares, those first that go farthest along the change or against it."""
        shares = self.shares
        return [(self.names[place], float(shares[place])) for place in np.argsort(-np.abs(shares), kind="stable")]


@explained
def influence(
    model: Model,
    x: Any,
    y: Any,
    layer: Any,
    filter: int,
    *,
    recorded: FilterHistory,
    by: str | Sequence[Any] = "class",
    steps: tuple[int, int] | None = None,
    class_names: Sequence[str] | None = None,
    which: str | None = None,
    sample_weight: Any = None,
    batch_size: int | None = None,
    shuffle: bool = True,
    class_weight: Mapping[int, float] | None = None,
    validation_split: float = 0.0,
    steps_per_epoch: int | None = None,
) -> Influence:
    """Split the change of a filter over a recorded training by who made it: by class, or by image.

    The training is made again on a copy of the model. In each step the gradient is split by group, and each part goes
    the way of the optimizer: through its momentum, on its own, and through its scaling, that of the whole step; what a
    sample does to that scale is not split. So the parts add up to the change, within rounding, for optimizers whose
    step is linear once its scale is known: SGD and momentum, Adam and its family, RMSprop, Adagrad, Adadelta, Lamb,
    Adafactor. Penalties, weight decay, constraints, what the optimizer held before, and what a callback set at the end
    (the best weights, say) are parts of their own.

    Args:
        model: that was trained; it stays as it is.
        x: the samples that `fit` was given.
        y: their targets.
        layer: the layer, its name, or the path to it in a model inside.
        filter: the number of the filter; of a dense layer, of the unit.
        recorded: the `callbacks.FilterHistory` that was passed to `fit`, with this layer in it.
        by: "class", by the targets; "image", each sample for itself, in a window of steps at best; or a list with the
            group of each sample.
        steps: (first, last): only these steps, counted as the model counts them; by default all that were recorded.
        class_names: names of the classes, to be told in the place of their numbers.
        which: the name of the weight, where a layer has several banks of filters; "bias" for the filter's bias.
        sample_weight, batch_size, shuffle, class_weight, validation_split, steps_per_epoch: as `fit` was told.

    Returns:
        what each group and each other cause added to the filter.

    Raises:
        ArgumentError: the optimizer's steps cannot be split (Lion, Muon, Ftrl, `clipvalue`, one of your own), the loss
            cannot be, the targets are no classes, or the training cannot be made again from this record with these
            data.
        DataError: the data do not fit the model.

    Example:
        >>> from pellucid import Sequential, callbacks, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(2, activation="softmax", name="d")])
        >>> model.compile("adam", "sparse_categorical_crossentropy")
        >>> x, y = np.random.default_rng(0).normal(size=(32, 2)), np.arange(32) % 2
        >>> history = callbacks.FilterHistory(layers=["d"])
        >>> _ = model.fit(x, y, epochs=2, batch_size=8, verbose=0, callbacks=history)
        >>> wrote = influence(model, x, y, "d", 0, recorded=history, batch_size=8)
        >>> wrote.names, wrote.seen, bool(np.abs(wrote.remainder).max() < 1e-6)
        (('0', '1'), (32, 32), True)

    Source: a linear map split; for predictions compare Pruthi and others, NeurIPS 2020 (`influential_images`).
    """
    compiled(model, FUNCTION)
    told = Retold(sample_weight, batch_size, shuffle, class_weight, validation_split, steps_per_epoch)
    replay = Replay(FUNCTION, model, recorded, x, y, told)
    path = path_to_filters(model, layer)
    chosen = part_of(replay.model, path, filter, which)
    followed = chosen if isinstance(chosen, FollowedKernel) else None
    traced = WholeWeight(FUNCTION, chosen) if isinstance(chosen, FollowedKernel) else chosen
    recorded.frame(
        0, path, None if isinstance(traced, FilterBias) else traced.which
    )  # raises for a layer that was not recorded
    check_linear(FUNCTION, replay, weight_of(traced))
    first, last = _window(steps, replay)
    groups = _groups(replay, by, replay.rows()[first - replay.first : last - replay.first], class_names)
    return _followed(replay, traced, followed, path, groups, (first, last))


class _Groups(Frozen, eq=False):
    """Groups of samples: the number of the group of each sample, their names, and what they are."""

    numbers: np.ndarray
    names: tuple[str, ...]
    kind: str


def _followed(
    replay: Replay,
    chosen: Filter | FilterBias | WholeWeight,
    followed: FollowedKernel | None,
    path: str,
    groups: _Groups,
    steps: tuple[int, int],
) -> Influence:
    """Make the training again and split the steps of a filter that are asked about; of a computed kernel those of its
    weight, of which each step is sent through the formula of the kernel."""
    (first, last), count = steps, len(groups.names)
    if (count + 8) * chosen.kernel.size > MOST_NUMBERS:
        raise ArgumentError(
            f"{FUNCTION}: {count} parts of {chosen.kernel.size} numbers each are too many; choose fewer steps: "
            "steps=(first, last)"
        )
    split, seen, before = SplitSteps(FUNCTION, replay, chosen, weight_of(chosen), count), np.zeros(count, int), None
    through = None if followed is None else ThroughKernel(followed, split)
    for number, samples in replay.steps():
        if number == first:
            before = chosen.kernel
        if number == last:
            if last < replay.last:
                break
            split.ends_with_averages(chosen.kernel)
        elif number >= first:
            own = groups.numbers[samples]
            np.add.at(seen, own, 1)
            split.follow(replay.batch(samples), {int(group): own == group for group in np.unique(own)})
            if through is not None:
                through.follow(chosen.kernel)
    after = chosen.kernel
    stepped = split.ended(after)
    if through is not None and stepped is not None:
        through.follow(stepped)
    if last == replay.last and replay.changed_at_end:
        if isinstance(chosen, FilterBias):
            raise ArgumentError(
                f"{FUNCTION}: somebody set the weights behind the last step, and of the bias that was not recorded; "
                f"leave that step out: steps=({first}, {last - 1})"
            )
        left = replay.history.frame(-1, path, chosen.which)[chosen.place]
        split.set_at_end(left - after.astype(np.float64))
        if through is not None:
            through.follow(after)
        after = left
    assert before is not None
    totals, named = split.totals, split.names
    if through is not None and followed is not None:
        totals, named = np.concatenate([through.totals, through.bent[None]]), (*named, BENT)
        before, after = (followed.kernel_with({chosen.which: each}) for each in (before, after))
    others = [place for place in range(count, len(totals)) if totals[place].any()]
    return Influence(
        layer=path,
        kind=type(chosen.layer).__name__,
        filter=chosen.number,
        optimizer=type(replay.stepper.plan.optimizer).__name__,
        steps=steps,
        by=groups.kind,
        names=(*groups.names, *(named[place - count] for place in others)),
        groups=count,
        seen=tuple(seen.tolist()),
        parts=totals[[*range(count), *others]],
        before=before,
        after=after,
        kernel_axes=chosen.axes,
        computed_from="" if followed is None else followed.which,
    )


def _window(steps: object, replay: Replay) -> tuple[int, int]:
    """The steps that are split."""
    if steps is None:
        return replay.first, replay.last
    if not isinstance(steps, tuple | list) or len(steps) != 2 or not all(map(is_whole, steps)):
        raise ArgumentTypeError(f"{FUNCTION}: steps is (first, last), two whole numbers, got {described(steps)}")
    first, last = steps
    if not replay.first <= first < last <= replay.last:
        raise ArgumentError(
            f"{FUNCTION}: steps must be a part of those that were recorded, {replay.first} to {replay.last}, got "
            f"({first}, {last})"
        )
    return int(first), int(last)


def _groups(replay: Replay, by: object, rows: list[np.ndarray], class_names: Sequence[str] | None) -> _Groups:
    """The groups that are asked for."""
    count = len(next(iter(replay.samples.values())))
    if isinstance(by, str) and by == "image":
        known = np.unique(np.concatenate(rows))
        numbers = np.full(count, -1)
        numbers[known] = np.arange(len(known))
        return _Groups(numbers, tuple(f"image {each}" for each in known.tolist()), "image")
    if isinstance(by, str) and by == "class":
        kinds, numbers = np.unique(_classes(replay), return_inverse=True)
        return _Groups(numbers, _named(kinds, class_names), "class")
    if isinstance(by, str) or not isinstance(by, Sequence | np.ndarray):
        raise ArgumentError(
            f"{FUNCTION}: by is 'class', 'image', or a list with the group of each sample, got {described(by)}"
        )
    if len(by) < count or any(np.ndim(each) for each in by):
        raise ArgumentError(f"{FUNCTION}: by must have a group for each of the {count} samples, got {described(by)}")
    told = [str(each) for each in by[:count]]
    numbered = {name: number for number, name in enumerate(dict.fromkeys(told))}
    return _Groups(np.array([numbered[name] for name in told]), tuple(numbered), "group")


def _named(kinds: np.ndarray, class_names: Sequence[str] | None) -> tuple[str, ...]:
    if class_names is None:
        return tuple(str(int(kind)) for kind in kinds)
    listed = list(class_names)
    if isinstance(class_names, str) or len(listed) <= int(kinds.max()) or int(kinds.min()) < 0:
        raise ArgumentError(f"{FUNCTION}: class_names has {len(listed)} names, the classes are {kinds.tolist()}")
    return tuple(str(listed[int(kind)]) for kind in kinds)


def _classes(replay: Replay) -> np.ndarray:
    """The class of each sample, by the targets."""
    targets = [array for name, array in replay.samples.items() if name.startswith(TARGET)]
    hint = "pass by= a list with the group of each sample, or by='image'"
    if len(targets) != 1:
        raise ArgumentError(f"{FUNCTION}: {replay.model.name} has {len(targets)} arrays of targets; {hint}")
    target = targets[0].reshape(len(targets[0]), -1)
    if target.shape[1] > 1:
        if targets[0].ndim > 2:
            raise ArgumentError(f"{FUNCTION}: each target has several places, {targets[0].shape[1:]}; {hint}")
        if not ((target == 0) | (target == 1)).all() or not (target.sum(axis=1) == 1).all():
            raise ArgumentError(f"{FUNCTION}: the targets are numbers, no classes; {hint}")
        return target.argmax(axis=1)
    if not (target == np.floor(target)).all():
        raise ArgumentError(f"{FUNCTION}: the targets are numbers, no classes; {hint}")
    found: np.ndarray = target[:, 0].astype(np.int64)
    return found
