"""What layers are made of: weights of their own, and parts that are layers too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pellucid.absent import AbsentAttribute, check_assigned
from pellucid.calls import explained
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, NotYetError, ReservedError, ShapeError, shown
from pellucid.graph.ops import check_shape
from pellucid.layers import arguments
from pellucid.layers.at_work import HasPlace, place_of
from pellucid.layers.layer_class import InAllSpellings
from pellucid.layers.stored_variables import StoresVariables
from pellucid.layers.weight_sources import GivenWeights, WeightSource
from pellucid.legacy.calls import takes_text_first
from pellucid.naming import is_ours
from pellucid.notebooks import Shown
from pellucid.provenance import HANDED, Event, Story, drawn_by
from pellucid.variables import Variable, assign_all, read_all, write_all
from pellucid.watched import Watched, found_in


class WeightHolder(HasPlace, StoresVariables, Watched, Shown, metaclass=InAllSpellings):
    """Weights that are made once, and parts that hold weights; whoever programs rely on it is told of changes.

    Args:
        name: of the layer, as paths of weights begin.
        trainable: whether training changes the weights.
        weights: initial values, in the order of `get_weights`.
    """

    _reserved_names: frozenset[str]  # which a class of the user's own may not have; its metaclass sets them
    supports_masking = False
    """Without meaning here, where there are no masks; layers written for Keras say so of themselves."""

    def __init__(self, name: str, trainable: object, weights: Sequence[npt.ArrayLike] | None) -> None:
        self.name = name
        self.given_weights: WeightSource | None = None if weights is None else GivenWeights(self.label, weights)
        self._own_weights: list[Variable] = []
        self._trainable = arguments.flag("trainable", trainable, self.label)

    def set_attribute(self, name: str, value: Any) -> None:
        """As Python sets it; what only tells how the layer is made says so, whoever wants to set it."""
        if name in self._reserved_names:
            check_assigned(self, name)
        try:
            object.__setattr__(self, name, value)
        except AttributeError as error:
            if name in _LISTS_OF_BEFORE and self._says_weights(name, value):
                return
            described = getattr(type(self), name, None)
            if isinstance(described, property) and described.fset is None:
                raise _reserved(self, name) from error
            raise

    def _says_weights(self, name: str, value: Any) -> bool:
        """Whether a class of a user's own lists its variables, as in Keras 1 and 2; they are its weights then."""
        if self._is_ours or not isinstance(value, list | tuple) or not value:
            return False
        if not all(isinstance(each, Variable) for each in value):
            return False
        vars(self)[f"_{name}_said"] = list(value)
        for weight in value:
            weight.learned = weight.learned and name == "trainable_weights"
            weight.trainable = weight.learned and self.trainable
        self.changed()
        return True

    if not TYPE_CHECKING:  # which would believe that there is everything

        def __getattr__(self, name: str) -> Any:
            """Called for what there is not: a weight that is not made yet says how it comes to be."""
            described = getattr(type(self), name, None)
            if isinstance(described, property) and described.fget is not None:
                return described.fget(self)  # what it said when it was asked is lost: it says it again
            is_awaited = not name.startswith("_") and "name" in vars(self) and name in _weights_to_be(type(self))
            if is_awaited and not self.built:
                raise NotYetError(
                    f"{self.label} has no {name} before it knows its input; use it in a model or call it on an array "
                    "first, or say build(input_shape)"
                )
            raise AbsentAttribute(self, name, _INSTEAD)

    @property
    def compute_dtype(self) -> str:
        """The type of what `call` is given, for code that casts to it: "float32", whatever products are made of."""
        return "float32"

    @property
    def variable_dtype(self) -> str:
        """The type of weights, "float32"."""
        return "float32"

    @property
    def label(self) -> str:
        """Class and name, as messages begin: `Conv2D "stem"`."""
        return f'{type(self).__name__} "{self.name}"'

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; set it to freeze or thaw the layer; the next step heeds it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = arguments.flag("trainable", value, self.label)
        for weight in self.own_weights:
            weight.trainable = weight.learned and self._trainable
        for layer in self.sublayers:
            layer.trainable = self._trainable
        self.changed()  # programs are made for it: batch normalisation computes something else, weights or not

    @property
    def is_frozen_itself(self) -> bool:
        """Whether the layer itself was frozen, whatever its weights and parts are by now."""
        return not self._trainable

    @property
    def sublayers(self) -> list[Any]:
        """The layers that this one holds as attributes (alone or in lists), in the order of the attributes."""
        return [layer for _, layers in self.parts() for layer in layers]

    def with_parts(self) -> Iterator[Any]:
        """This layer, then its parts and theirs; what is inside one is looked at when whoever asks has seen it."""
        yield self
        for layer in self.sublayers:
            yield from layer.with_parts()

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Any]:
        """This layer and those that it holds, each once: scripts for Keras ask so, though it is not public there."""
        found = self.with_parts() if recursive else iter([self, *self.sublayers])
        return [layer for layer in dict.fromkeys(found) if include_self or layer is not self]

    def parts(self) -> Iterator[tuple[str, list[Any]]]:
        """Each attribute that holds layers, with those layers."""
        for name, value in list(vars(self).items()):  # another thread may be changing it
            if isinstance(value, _HOLDERS):
                held = list(found_in(value, WeightHolder))
                if held:
                    yield name, held

    @property
    def own_weights(self) -> list[Variable]:
        """The weights that the layer made itself, without those of its sublayers: those that are learned come first."""
        found = self._own_weights if self._is_ours else dict.fromkeys([*self._own_weights, *self._kept_variables()])
        return sorted(found, key=lambda weight: not weight.learned)

    def _kept_variables(self) -> Iterator[Variable]:
        """Variables that a layer of the user's own made itself: they are its weights as soon as it keeps them."""
        for name, value in list(vars(self).items()):  # another thread may be changing it
            if isinstance(value, (Variable, list, tuple, dict)) and name not in ("_own_weights", "_penalties"):
                yield from found_in(value, Variable)

    @property
    def weights(self) -> list[Variable]:
        """All weights: the layer's own, then those of its sublayers."""
        found = [*self.own_weights, *(weight for layer in self.sublayers for weight in layer.weights)]
        return list(dict.fromkeys(found))

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        return [weight for weight in self.weights if weight.trainable]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone."""
        return [weight for weight in self.weights if not weight.trainable]

    @property
    def variables(self) -> list[Variable]:
        """Keras's other name for `weights`."""
        return self.weights

    @property
    def trainable_variables(self) -> list[Variable]:
        """Keras's other name for `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Keras's other name for `non_trainable_weights`."""
        return self.non_trainable_weights

    def count_params(self) -> int:
        """Number of weights, counted as numbers."""
        return sum(weight.size for weight in self.weights)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, in the order in which they were created (kernel, then bias).

        Where `set_weights` is given the same list, their provenance comes with the arrays that were not changed.
        """
        mine = self.weights
        return _Told(read_all(mine), [copy(weight.story) for weight in mine])

    def set_weights(self, weights: Sequence[npt.ArrayLike]) -> None:
        """Set all weights.

        Args:
            weights: one array per weight, of its shape, in the order of `get_weights`; whatever that gave is taken,
                with a warning where new values are no finite numbers.

        Raises:
            ArgumentError: the number of arrays is wrong.
            ShapeError: a shape is wrong; the message gives the right `transpose` where one fits.
        """
        mine = self.weights
        is_list = isinstance(weights, Sequence) and not isinstance(weights, str | bytes)
        if not is_list and not (isinstance(weights, np.ndarray) and weights.ndim):
            raise ArgumentTypeError(f"{self.label}: set_weights takes a list of arrays, got {shown(weights)}")
        if len(weights) != len(mine):
            expected = ", ".join(f"{weight.name} {weight.shape}" for weight in mine) or "none"
            raise ArgumentError(f"{self.label} has {len(mine)} weights ({expected}), got {len(weights)} arrays")
        came = Event("set", "set_weights")
        assign_all(mine, weights, came)
        for number, weight in enumerate(mine if isinstance(weights, _Told) else ()):
            story = weights.story_of(number)  # type: ignore[attr-defined]
            if story is not None:
                weight.story.follow(story, came)

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: object,
        dtype: str | None = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: object = None,
        constraint: object = None,
        name: str = "weight",
    ) -> Variable:
        """Create a weight, as `add_weight` does; the arguments stand in another order.

        Args:
            shape, initializer, dtype, trainable, regularizer, constraint, name: see `add_weight`.
            autocast: True or False, without meaning here, where `call` is given weights of float32.

        Source: keras.layers.Layer.add_variable.
        """
        arguments.flag("autocast", autocast, self.label)
        return self.add_weight(
            shape,
            initializer,
            name=name,
            dtype=dtype,
            trainable=trainable,
            regularizer=regularizer,
            constraint=constraint,
        )

    @takes_text_first("add_weight")
    @explained
    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: object = None,
        *,
        name: str = "weight",
        dtype: str | None = None,
        trainable: bool = True,
        regularizer: object = None,
        constraint: object = None,
    ) -> Variable:
        """Create a weight; called from `build`. Nothing is drawn for a weight whose values are given.

        Args:
            shape: sizes of the axes, each >= 1.
            initializer: where the first values come from (see `initializers.get`); "glorot_uniform" by default.
            name: of the weight within the layer.
            dtype: "float32" or None; "int32" for whole numbers, with `trainable=False` (see `Variable`).
            trainable: False for numbers that no gradient changes, such as moving averages.
            regularizer: penalty on the weight that is added to the loss (see `regularizers.get`).
            constraint: what the weight is projected to after each update (see `constraints.get`).

        Raises:
            ArgumentError: an argument is unknown or wrong.
            ShapeError: the shape is impossible, or too large for the memory.
        """
        if not isinstance(shape, list | tuple) and not (isinstance(shape, np.ndarray) and shape.ndim == 1):
            raise ArgumentTypeError(
                f"{self.label}: the shape of {shown(name)} must be a tuple of sizes, got {shown(shape)}"
            )
        sizes = tuple(shape)
        if any(isinstance(size, bool) or not isinstance(size, int | np.integer) for size in sizes):
            raise ArgumentError(f"{self.label}: the shape of {name} must be whole numbers, got {shown(shape)}")
        initial = arguments.initializer(arguments.first_values(initializer, dtype, self.label), self.label)
        try:
            check_shape(sizes)
            given = self.given_weights if self._is_ours else None
            value = initial(sizes) if given is None else given.take(len(self._own_weights), sizes)
        except MemoryError:
            raise ShapeError(f"{self.label}: its {name} of shape {sizes} does not fit into memory") from None
        except (ArgumentError, DataError) as error:
            if str(error).startswith(self.label):
                raise
            raise type(error)(f"{self.label}: {name}: {error}") from error
        weight = Variable(
            value,
            dtype=dtype,
            name=name,
            owner=place_of(self),
            regularizer=arguments.regularizer(regularizer, self.label),
            constraint=arguments.constraint(constraint, self.label),
            trainable=arguments.flag("trainable", trainable, self.label),
            checked=given is not None,
        )
        weight.story.begin(drawn_by(initial, sizes) if given is None else HANDED)
        weight.trainable = weight.learned and self.trainable
        self._own_weights = [*self._own_weights, weight]
        self.changed()
        return weight

    @property
    def _is_ours(self) -> bool:
        """Whether this is a layer of the library, which makes its weights in the order in which they are kept."""
        return is_ours(type(self))

    def _take_given_weights(self) -> None:
        """Fill the weights of a layer of the user's own, whose order is known only now; see that none is left."""
        given, weights = self.given_weights, self.own_weights
        if given is None:
            return
        if not self._is_ours:
            write_all(weights, [w.check(given.take(number, w.shape)) for number, w in enumerate(weights)])
        given.finish(len(weights))


_LISTS_OF_BEFORE = ("trainable_weights", "non_trainable_weights")


@cache
def _weights_to_be(cls: type) -> frozenset[str]:
    """The attributes that `build` is to set, by what the classes say of them."""
    said = [(name, str(kind)) for owner in cls.__mro__ for name, kind in vars(owner).get("__annotations__", {}).items()]
    return frozenset(name for name, kind in said if kind.startswith("Variable"))


def _reserved(holder: WeightHolder, name: str) -> ReservedError:
    """The error for an attribute that only tells what the layer is, where somebody wants to set it."""
    advice = _TO_SET.get(name, "it follows from what the layer is; call an attribute of yours otherwise")
    label = holder.label if "name" in vars(holder) else type(holder).__name__
    return ReservedError(f"{label}: {name} cannot be set: {advice}")


_TO_SET = {
    "weights": "layer.set_weights(arrays) gives them values",
    "variables": "layer.set_weights(arrays) gives them values",
    "optimizer": "say compile(optimizer, loss), with which it begins anew",
    "compiled": "say compile(optimizer, loss)",
    "seed": "pellucid.set_random_seed(seed) decides it, before the model is made; call an attribute of yours otherwise",
    "engine": "say compile(engine=...); call an attribute of yours otherwise",
    "dtype": "layers are made with dtype=",
}
"""How to reach what whoever sets such an attribute may have in mind."""

_INSTEAD = {
    "add_metric": (
        "Keras 3 has none either. Name a metric in compile(metrics=[...]), or let it be one of an output of its own"
    ),
    "add_update": "say weight.assign(value) in call(): that is what the weight holds after the step",
}
"""What to write in the place of methods that layers of Keras 2 had."""

_HOLDERS = (WeightHolder, list, tuple, dict)


class _Told(list[np.ndarray]):
    """What `get_weights` gives: a list that knows how the values of its arrays came about, as long as they stay so.

    Copies of it are lists like others.
    """

    __slots__ = ("_stories",)

    def __init__(self, arrays: Sequence[np.ndarray], stories: Sequence[Story]) -> None:
        super().__init__(arrays)
        self._stories = [(story, _trace(array)) for story, array in zip(stories, arrays, strict=True)]

    def story_of(self, number: int) -> Story | None:
        """How the values of an array came about; None where they are others by now."""
        if number >= len(self._stories) or not isinstance(self[number], np.ndarray):
            return None
        story, trace = self._stories[number]
        return story if _trace(self[number]) == trace else None

    def __reduce__(self) -> tuple[type[list[np.ndarray]], tuple[list[np.ndarray]]]:
        return list, (list(self),)


def _trace(array: np.ndarray) -> tuple[tuple[int, ...], int]:
    """What tells an array from one with other values."""
    return array.shape, hash(array.tobytes())
