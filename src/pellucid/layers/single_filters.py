"""One filter of a layer, as an object: looked at, set, drawn anew, frozen while the others train."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from pellucid import initializers, random
from pellucid.calls import Explained
from pellucid.checks import whole, word
from pellucid.errors import ArgumentError, NotYetError
from pellucid.initializers import Filterbank, Initializer
from pellucid.layers.computed_filters import computed_weights, part_for, without_filters
from pellucid.layers.filter_values import AXES, checked, drawn_anew, initializer_of, kernel_values, name_of_values
from pellucid.layers.own_filters import FILTERS, SPATIAL, FilterWeight, filter_weights, is_seen, weight_named
from pellucid.notebooks import Shown
from pellucid.provenance import Event, Provenance, drawn_by
from pellucid.variables import Variable


class HasFilters(Protocol):
    """What is asked of a layer."""

    filter_axes: ClassVar[Mapping[str, tuple[str, ...]]]
    """For each weight that holds filters what its axes are, see `own_filters`."""

    @property
    def label(self) -> str:
        """How messages call it."""
        ...

    @property
    def built(self) -> bool:
        """Whether there are weights."""
        ...


class Filter(Explained, Shown):
    """One filter of a layer, or one unit of a `Dense` layer: what makes one feature map.

    It holds no numbers of its own: what is read are the layer's weights as they are now, what is set is set there. It
    is made by `layer.filter(number)`.

    Args:
        layer: that has weights.
        number: of the filter, from 0; also that of its feature map. Negative numbers count from the end.
        which: the name of the weight that holds it; needed where a layer has filters of two kinds and the other is
            meant: "depthwise_kernel" of a separable convolution.

    Attributes:
        layer: the layer.
        number: of the filter, from 0.
        which: the name of the weight that holds it.
        axes: what the axes of `kernel` are: ("rows", "columns", "channels").
        computed_from: the weight that it lies in, where the layer computes its kernel from that; else "".

    Raises:
        ArgumentError: there is no such filter, or no such weight.
        NotYetError: the layer has no weights yet.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="c"), layers.Flatten()])
        >>> detector = model.layers[0].filter(3)
        >>> detector.set("sobel_x").freeze()
        <Filter 3 of Conv2D "c", 3x3x1 (rows, columns, channels), frozen>
        >>> model.compile("sgd", "mse")
        >>> loss = model.train_on_batch(np.ones((2, 8, 8, 1)), np.ones((2, 144)))
        >>> detector.kernel[..., 0].tolist()
        [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]

    Source: what keras-team/keras issues 2880 and 11567 ask for.
    """

    def __init__(self, layer: HasFilters, number: int, which: str | None = None) -> None:
        if not layer.built:
            raise NotYetError(f"{layer.label} has no filters before it knows its input; use it in a model first")
        known = filters_held(layer)
        if not known:
            raise without_filters(layer)
        self.layer, self.which = layer, next(iter(known))
        if which is not None:
            self.which = word(layer.label, "which", which, list(known))
        self.computed_from = self.which if known[self.which].is_behind else ""
        spec, self._bias_name = known[self.which].axes, known[self.which].bias
        sliding = AXES.get(self.weight.ndim - len(spec) + 1, ())
        self._spec = tuple(name for each in spec for name in (sliding if each == SPATIAL else (each,)))
        self.number = whole(layer.label, "the number of a filter", number, -self.count, self.count - 1) % self.count
        self.axes = tuple(name for name in self._spec if name != FILTERS)

    @property
    def label(self) -> str:
        """As messages begin: `Conv2D "stem", filter 7`."""
        return f"{self.layer.label}, filter {self.number}"

    # Where it lies.

    @property
    def count(self) -> int:
        """How many filters there are in its weight."""
        return self._places[0].size

    @property
    def weight(self) -> Variable:
        """The weight that holds it and the other filters."""
        return weight_named(self.layer, self.which)

    @property
    def _bias(self) -> Variable | None:
        return None if self._bias_name is None else weight_named(self.layer, self._bias_name)

    @property
    def _places(self) -> tuple[np.ndarray, tuple[int, ...]]:
        """The number of each filter, of the shape of the axes that count them; these axes, from the end."""
        axes = tuple(place - len(self._spec) for place, name in enumerate(self._spec) if name == FILTERS)
        sizes = [self.weight.shape[axis] for axis in axes]
        return np.arange(np.prod(sizes)).reshape(sizes), axes

    @property
    def place(self) -> tuple[Any, ...]:
        """What of the weight is this filter's: an index of that array."""
        numbers, axes = self._places
        index: list[Any] = [slice(None)] * self.weight.ndim
        for axis, place in zip(axes, np.unravel_index(self.number, numbers.shape), strict=True):
            index[axis] = int(place)
        return tuple(index)

    def _parts(self) -> list[tuple[Variable, np.ndarray]]:
        """The weights in which it lies, and where in them: True there, broadcast to the weight's shape."""
        numbers, _ = self._places
        found = [(self.weight, self.part_of(numbers == self.number))]
        if self._bias is not None:
            one = np.arange(numbers.size) == self.number
            found.append((self._bias, one.reshape((1,) * (self._bias.ndim - 1) + one.shape)))
        return found

    def part_of(self, chosen: np.ndarray) -> np.ndarray:
        """Where in the weight the filters are that are chosen, True or False for each; broadcast to its shape."""
        sizes = [1] * self.weight.ndim
        for axis in self._places[1]:
            sizes[axis] = self.weight.shape[axis]
        return chosen.reshape(sizes)

    # Looking.

    def kernel_in(self, values: np.ndarray) -> np.ndarray:
        """What its kernel is, or would be, with these values in its weight."""
        if not self.computed_from:
            return values[self.place]
        kernels = computed_weights(self.layer)[self.which].kernels(values)
        return kernels[..., self.number].reshape(values[self.place].shape)

    def part_with(self, values: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        """What its part of the weight must be for such a kernel, where the weight has these values.

        Raises:
            ArgumentError: its kernel is computed, and no part makes it that.
        """
        if not self.computed_from:
            return kernel
        try:
            return part_for(computed_weights(self.layer)[self.which], values, self.place, self.number, kernel)
        except ArgumentError as error:
            raise ArgumentError(f"{self.label}: {error}") from error

    @property
    def kernel(self) -> np.ndarray:
        """Its weights as they are now, with these `axes`: a copy that cannot be written to; assign to set them."""
        values = self.kernel_in(self.weight.numpy())
        values.setflags(write=False)
        return values

    @kernel.setter
    def kernel(self, values: npt.ArrayLike) -> None:
        self.set(values)

    @property
    def bias(self) -> Any:
        """What is added to its sums: a number, of a locally connected layer an array; None where there is no bias."""
        if self._bias is None:
            return None
        values = self._bias.numpy()[..., self.number]
        return float(values) if values.ndim == 0 else values

    @bias.setter
    def bias(self, value: npt.ArrayLike) -> None:
        self._set_bias(value)

    @property
    def provenance(self) -> Provenance:
        """How its weights came about: drawn, handcrafted or loaded, and trained for how many steps."""
        (weight, mine), *_ = self._parts()
        return weight.story.of(mine)

    # Changing.

    def set(
        self,
        values: npt.ArrayLike | str | Filterbank | Callable[..., npt.ArrayLike],
        bias: npt.ArrayLike | None = None,
    ) -> Filter:
        """Give it other weights; frozen or not, since freezing holds off training alone.

        Args:
            values: an array of the kernel's shape; the name of a kernel ("sobel_x", "gabor(size=5)", see
                `filterbank.get`), or a `Filterbank` with settings; or a formula: a function of the coordinates of a
                tap, each an array. Along rows, columns (taps, depth) they count from the middle of the kernel, along
                channels from 0. One with as many parameters as the kernel has such axes says the same for each channel.
            bias: what is added to the sums; stays as it is by default.

        Returns:
            the filter.

        Raises:
            ArgumentError: the name is unknown, or the values are no numbers.
            ShapeError: they do not fit.

        Example:
            >>> from pellucid import layers
            >>> layer = layers.Conv2D(4, 3)
            >>> layer.build((None, 8, 8, 2))
            >>> layer.filter(0).set([[[1, 0]] * 3] * 3, bias=0.5).bias
            0.5
            >>> layer.filter(1).set("laplacian").kernel[..., 0].tolist()
            [[0.0, 0.5, 0.0], [0.5, -2.0, 0.5], [0.0, 0.5, 0.0]]
            >>> layer.filter(2).set(lambda rows, columns: columns).kernel[..., 1].tolist()
            [[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]]

        Source: `filterbank`.
        """
        kernel = kernel_values(self.label, self.axes, self.kernel.shape, values)
        part = self.part_with(self.weight.numpy(), kernel)
        if bias is not None:
            self._set_bias(bias)
        self.weight.put(self.place, part, Event("handcrafted", name_of_values(values)))
        return self

    def reinitialize(self, initializer: object = None, seed: int | None = None) -> Filter:
        """Draw its weights anew, as if the layer were new; the other filters stay as they are.

        The numbers are those that a whole kernel would have at its place, so that their size fits the layer's. What an
        optimiser remembers of the filter, its momentum say, stays.

        Args:
            initializer: name, initialiser or function of a shape. By default the layer's own, drawn anew, and the bias
                by the layer's bias initialiser; one that is given here leaves the bias as it is.
            seed: of the numbers; by default the next of the sequence that `set_random_seed` restarts, or the seed that
                a given initialiser has.

        Returns:
            the filter.

        Raises:
            ArgumentError: the initialiser is unknown, or there is a seed for one that draws nothing.

        Example:
            >>> from pellucid import layers
            >>> layer = layers.Conv2D(4, 3, bias_initializer="ones")
            >>> layer.build((None, 8, 8, 1))
            >>> before = layer.kernel.numpy()
            >>> again = layer.filter(2).set(np.zeros((3, 3, 1)), bias=7).reinitialize(seed=1)
            >>> again.bias, [bool((layer.kernel.numpy() == before)[..., i].all()) for i in range(4)]
            (1.0, [True, True, False, True])
        """
        seed = None if seed is None else random.check_seed(seed)
        is_own = initializer is None
        given = self._drawn_by(self.which) if is_own else initializer
        found: Initializer = initializers.get(given)  # type: ignore[call-overload]  # what is none is refused there
        drawing = drawn_anew(self.label, found, seed, is_own=is_own)
        new = drawing(self.weight.shape)[self.place]
        if is_own and self._bias is not None:
            of_bias = drawn_anew(self.label, self._drawn_by(str(self._bias_name)), None, is_own=True)
            self._bias[..., self.number] = of_bias(self._bias.shape)[..., self.number]
        self.weight.put(self.place, new, drawn_by(drawing, self.weight.shape))
        return self

    def freeze(self) -> Filter:
        """Let training leave it alone, from the next step on: its weights and its bias stay as they are to the bit.

        Neither gradient nor momentum, weight decay or constraint moves it, and what the optimiser remembers of it stays
        too. Its gradient counts as 0, in norms by which gradients are clipped also. Penalties go on counting it, since
        they are of whole weights. Where no filter is frozen, nothing of this costs anything.

        Returns:
            the filter.
        """
        for weight, mine in self._parts():
            part = weight.frozen_part
            _hold(weight, mine if part is None else part | mine)
        return self

    def unfreeze(self) -> Filter:
        """Let training move it again, if it does the layer.

        Returns:
            the filter.
        """
        for weight, mine in self._parts():
            if weight.frozen_part is not None:
                _hold(weight, weight.frozen_part & ~mine)
        return self

    @property
    def is_frozen(self) -> bool:
        """Whether training leaves its kernel alone: it is frozen, or the whole layer is."""
        return not self.weight.trainable or self.is_held

    @property
    def is_held(self) -> bool:
        """Whether it is frozen by itself, whatever is said of the layer."""
        (weight, mine), *_ = self._parts()
        return weight.frozen_part is not None and bool((weight.frozen_part | ~mine).all())

    def __repr__(self) -> str:
        sizes, names = "x".join(map(str, self.kernel.shape)), ", ".join(self.axes)
        computed = f", computed from {self.computed_from}" if self.computed_from else ""
        return f"<Filter {self.number} of {self.layer.label}, {sizes} ({names}){computed}{', frozen' * self.is_frozen}>"

    # How values come about.

    def _drawn_by(self, name: str) -> Initializer:
        """The initialiser of one of the layer's weights; of a class of the user's own, as the weight itself tells."""
        if not is_seen(self.layer):
            return initializer_of(self.layer, name)
        first = weight_named(self.layer, name).story.of().events[0]
        found = initializers.get(first.by) if first.by in ("Zeros", "Ones") else first.initializer
        if found is None:
            raise ArgumentError(
                f"{self.label}: nothing tells by what its {name} was drawn; say it, reinitialize('glorot_uniform')"
            )
        return found

    def _set_bias(self, value: npt.ArrayLike) -> None:
        bias = self._bias
        if bias is None:
            raise ArgumentError(f"{self.label}: it has no bias that could be set")
        bias[..., self.number] = checked(f"{self.label}: its bias", value, bias.shape[:-1])


def filters_held(layer: Any) -> dict[str, FilterWeight]:
    """The weights of a layer that hold filters, by name: as they stand, or behind a kernel that it computes.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Dense(3)
        >>> layer.build((None, 2))
        >>> filters_held(layer)
        {'kernel': FilterWeight(axes=('inputs', 'filters'), bias='bias', is_behind=False)}
    """
    found = filter_weights(layer)
    behind = {name: each.weight for name, each in computed_weights(layer).items() if each.weight and name not in found}
    return found | behind


def one_filter(layer: Any, number: int, which: str | None = None) -> Filter:
    """The filter that `layer.filter(number, which)` is, whatever a class of users' own has under that name."""
    if not layer.built:
        raise NotYetError(f"{layer.label} has no filters before it knows its input; use it in a model first")
    if hasattr(layer, "get_layer"):
        raise ArgumentError(
            f"{layer.label} is a model: take a filter of one of its layers, model.get_layer(name).filter({number})"
        )
    if filters_held(layer):
        return Filter(layer, number, which)
    parts = [part for part in layer.with_parts() if part is not layer and part.built and filters_held(part)]
    sliding = [part for part in parts if any(SPATIAL in held.axes for held in filters_held(part).values())]
    chosen = sliding or parts
    if not chosen:
        raise without_filters(layer)
    if len(chosen) > 1:
        labels = ", ".join(part.label for part in chosen)
        raise ArgumentError(f"{layer.label} holds several layers that have filters: take a filter of one, {labels}")
    return Filter(chosen[0], number, which)


def _hold(weight: Variable, part: np.ndarray) -> None:
    part.setflags(write=False)
    weight.frozen_part = part if part.any() else None
