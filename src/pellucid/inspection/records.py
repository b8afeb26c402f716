"""What can be seen, as plain records: filters, feature maps, the arithmetic of one value, the course of a training.

A record holds NumPy arrays, numbers and strings, and nothing of the model that it came from, so that it can be drawn,
saved and compared later. Its arrays are read-only copies: a record taken before training does not change when the
weights do. Made by the rest of `inspection`, drawn by `views`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.frozen import Frozen
from pellucid.inspection.agreement import check_sum, check_value, exact_sum, is_close
from pellucid.inspection.map_records import FeatureMaps, UseRecord
from pellucid.inspection.record import Record, snapshot
from pellucid.layers.filter_values import AXES
from pellucid.provenance import Provenance

__all__ = ["Arithmetic", "FeatureMaps", "FilterBank", "Product", "Step", "TrainingCurves"]

FLOAT32_ROUNDING = 2.0**-24
"""The largest relative error of one float32 operation."""
LARGEST_FLOAT32 = (2 - 2.0**-23) * 2.0**127


def rounding_of_sum(sizes: Sequence[float], further: float, others: int = 0, size: float = 0.0) -> float:
    """How far float32 numbers that are added up in any order may come from their sum, by the magnitudes of what is
    added (`sizes`, and `others` that are of `size` together) and, together, of what is added to the sum and of the
    result (`further`)."""
    return (len(sizes) + others + 4) * FLOAT32_ROUNDING * (exact_sum((*sizes, size)) + further)


class FilterBank(Record, Frozen, eq=False):
    """Every filter of one layer at one moment.

    Args:
        layer: name of the layer.
        kernel: weights (spatial..., in_channels_per_group, filters), with 0 to 3 spatial axes; a dense layer has none.
        bias: one value per filter (filters,), or None for a layer without bias.
        moment: when it was taken, as it reads in a title: "before training", "epoch 3".
        input_names: a name for each input channel, such as ("red", "green", "blue").
        places: how many places have filters of their own, those of the first first; 1 where the filters slide.
        provenance: how each filter's weights came about, one for all or one for each; () where that is not known.
        groups: into how many the input channels are shared out; the first filters read the first of them.
        first_filter: the number of the first filter in its layer: not 0 where the bank is a part of a layer.
        first_channel: the number of the first input channel, likewise.
        computed_from: the weights from which the kernel is computed, masked say; () where it is one weight's numbers.

    Raises:
        ShapeError: the kernel has fewer than 2 or more than 5 axes, an axis is empty, or bias, input names or groups
            do not fit it.
        ArgumentError: the weights are not real numbers.

    Example:
        >>> bank = FilterBank("conv2d", np.zeros((3, 3, 1, 12)), np.zeros(12))
        >>> bank.filters, bank.in_channels, bank.spatial, bank.axes
        (12, 1, (3, 3), ('rows', 'columns', 'in', 'filter'))
        >>> bank.filter(11).shape
        (3, 3, 1)
    """

    layer: str
    kernel: np.ndarray
    bias: np.ndarray | None = None
    moment: str = ""
    input_names: tuple[str, ...] | None = None
    places: int = 1
    provenance: tuple[Provenance, ...] = ()
    groups: int = 1
    first_filter: int = 0
    first_channel: int = 0
    computed_from: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        kernel = snapshot(self.kernel, f'kernel of "{self.layer}"')
        if not 2 <= kernel.ndim <= 5 or kernel.size == 0:
            raise ShapeError(
                f'kernel of "{self.layer}": expected (spatial..., in_channels, filters) with 0 to 3 spatial axes and '
                f"no empty axis, got shape {kernel.shape}"
            )
        object.__setattr__(self, "kernel", kernel)
        if self.bias is not None:
            bias = snapshot(self.bias, f'bias of "{self.layer}"')
            if bias.shape != kernel.shape[-1:]:
                raise ShapeError(f'bias of "{self.layer}": expected shape {kernel.shape[-1:]}, got {bias.shape}')
            object.__setattr__(self, "bias", bias)
        if self.groups < 1 or self.filters % self.groups:
            raise ShapeError(f'"{self.layer}": {self.filters} filters cannot stand in {self.groups} groups')
        if self.input_names is not None and len(self.input_names) != self.in_channels:
            raise ShapeError(
                f'"{self.layer}" has {self.in_channels} input channels, got {len(self.input_names)} names for them'
            )

    @property
    def filters(self) -> int:
        """Number of filters."""
        return int(self.kernel.shape[-1])

    @property
    def numbers(self) -> range:
        """The numbers of the filters in their layer."""
        return range(self.first_filter, self.first_filter + self.filters)

    @property
    def in_channels(self) -> int:
        """Number of input channels that one filter reads."""
        return int(self.kernel.shape[-2])

    @property
    def spatial(self) -> tuple[int, ...]:
        """Lengths of the spatial axes, as (rows, columns) in 2-D."""
        return self.kernel.shape[:-2]

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the kernel stands for."""
        return (*AXES.get(len(self.spatial), ()), "in", "filter at place" if self.places > 1 else "filter")

    def channels_of(self, filter: int) -> range:
        """Which channels of the layer's input a filter reads.

        Example:
            >>> bank = FilterBank("grouped", np.zeros((3, 3, 2, 6)), groups=3)
            >>> list(bank.channels_of(1)), list(bank.channels_of(5))
            ([0, 1], [4, 5])
        """
        first = self.first_channel + filter * self.groups // self.filters * self.in_channels
        return range(first, first + self.in_channels)

    def filter(self, index: int) -> np.ndarray:
        """The weights of one filter.

        Args:
            index: its number, 0 <= index < filters.

        Returns:
            weights (spatial..., in_channels_per_group), read-only.

        Raises:
            ArgumentError: there is no such filter.
        """
        if not 0 <= index < self.filters:
            raise ArgumentError(f'"{self.layer}" has filters 0 to {self.filters - 1}, got {shown(index)}')
        return self.kernel[..., index]


class Product(Record, Frozen):
    """One number that was read, times one weight, or times its share in a mean or a maximum.

    Args:
        tap: position in the kernel, or in the window, one number per spatial axis; () in a dense layer.
        position: position in the input, which may lie outside it where padding was added; () in a dense layer.
        channel: number of the input channel; in a dense layer, of the input.
        input: the value that was read, 0 where zero padding was.
        weight: the kernel's value at the tap; in a mean 1 / count; in a maximum 1 for the winner, 0 for all others.
        product: input * weight.
        is_padding: whether the position lies outside the input.
        source: what was read, where it is not the layer's input itself: an earlier step, or a formula of one.
        weight_name: the weight that was read, such as "kernel", or a formula of weights; "" for a share.
        weight_index: place in the weight's own array; () where it is not an element of one.
        of_input: number of the layer's input that was read, 0 where it has one; None where an earlier step was read.
        read_at: place in that input as the layer is given it, channels among it, the batch not.

    Example:
        >>> Product(tap=(0, 1), position=(3, 4), channel=0, input=0.5, weight=2.0, product=1.0).is_padding
        False
    """

    tap: tuple[int, ...]
    position: tuple[int, ...]
    channel: int
    input: float
    weight: float
    product: float
    is_padding: bool = False
    source: str = ""
    weight_name: str = ""
    weight_index: tuple[int, ...] = ()
    of_input: int | None = None
    read_at: tuple[int, ...] = ()


class Step(Record, Frozen):
    """One number on the way from a layer's input to its result.

    Args:
        name: what later formulas call it, such as "s1".
        combination: what is done: "sum of products", "sum", "mean", "maximum", or "expression".
        formula: with the names of inputs, weights and earlier steps: "gamma[2] / sqrt(moving_variance[2] + 0.001)".
        operands: the numbers that the formula names.
        products: the terms of a sum, mean or maximum; () for an expression.
        result: in float64.
        others: how many further terms there are that are told as one sum; 0 where all are among the products.
        rest: what those add.

    Raises:
        ArgumentError: the products and the rest do not add up to the result.

    Example:
        >>> Step("s1", "expression", "gamma[2] / 2", {"gamma[2]": 3.0}, (), 1.5).result
        1.5
    """

    name: str
    combination: str
    formula: str
    operands: Mapping[str, float]
    products: tuple[Product, ...]
    result: float
    others: int = 0
    rest: float = 0.0

    def __post_init__(self) -> None:
        if self.products and not self.others:  # else whoever made it knows how large the others are, and has checked it
            terms = [product.product for product in self.products]
            check_sum(terms, 0.0, self.result, f"step {self.name}, {self.formula}")


class Arithmetic(UseRecord, Frozen):
    """How one output value of one layer comes about, down to the last product.

    Args:
        layer: name of the layer.
        kind: the layer's class, such as "Conv2D".
        output_index: position in the output, one number per spatial axis; () in a dense layer.
        filter: number of the filter, which is the output channel.
        products: every product, channel by channel and row by row.
        channel_sums: the sum of each channel's products, in the order in which the channels appear in `products`.
        bias: what is added to the sum, 0 for a layer without bias.
        total: the sum of all products plus the bias, before the activation.
        activation: its name, such as "relu"; "linear" for none.
        value: the result after the activation, computed in float64 without the engine.
        engine_value: what the engine computed.
        formula: the layer's formula in words or symbols.
        combination: what makes the total of the products: "sum of products", "sum", "mean" or "maximum"; "expression"
            where the result is a formula of inputs, weights and steps, and no such sum.
        steps: what was computed before, in order: what products read instead of inputs, and what formulas name.
        left_out: how many further steps there are that are not among them.
        rounding: how far rounding may lead the engine from `value`; None for what follows from the products alone.
        winograd: how far the engine's sum may be off by Winograd's method; None where it is not computed by it.
        others: how many further products there are that are told as one sum; 0 where all are among the products. The
            taps of those that are told are then counted among them.
        rest: what those add.
        has_bias: whether anything is added to the sum, be it 0; False for a layer without bias.
        call: which use of the layer, counted from 0, where it is used several times; None where it is used once.

    Raises:
        ArgumentError: there are no products though the value is made of them, not one channel sum per channel, or
            products, bias and total do not add up.
        EngineError: the engine computed something else than `value`, by more than rounding explains.

    Example:
        >>> products = (Product((0,), (2,), 0, 1.0, 0.5, 0.5), Product((1,), (3,), 0, 2.0, 3.0, 6.0))
        >>> sums = Arithmetic("conv1d", "Conv1D", (2,), 0, products, (6.5,), 0.25, 6.75, "relu", 6.75, 6.75, "")
        >>> sums.channels, sums.sum, sums.agrees
        ((0,), 6.5, True)
    """

    layer: str
    kind: str
    output_index: tuple[int, ...]
    filter: int
    products: Sequence[Product]
    channel_sums: tuple[float, ...]
    bias: float
    total: float
    activation: str
    value: float
    engine_value: float
    formula: str
    combination: str = "sum of products"
    steps: tuple[Step, ...] = ()
    left_out: int = 0
    rounding: float | None = None
    winograd: float | None = None
    others: int = 0
    rest: float = 0.0
    has_bias: bool = True
    call: int | None = None

    def __post_init__(self) -> None:
        if not self.products and self.combination != "expression":
            raise ArgumentError(f'arithmetic of "{self.layer}": expected one product or more, got none')
        if len(self.channel_sums) != len(self.channels):
            raise ArgumentError(
                f'arithmetic of "{self.layer}": its products read {len(self.channels)} channels, '
                f"got {len(self.channel_sums)} channel sums"
            )
        what = f'arithmetic of "{self.layer}", output {list(self.output_index)} of filter {self.filter}'
        if self.products and not self.others:  # else whoever made it knows how large the others are, and has checked it
            check_sum([product.product for product in self.products], self.bias, self.total, what)
        check_value(self.value, self.engine_value, self.rounding_bound, what)

    @property
    def channels(self) -> tuple[int, ...]:
        """The input channels that were read, in the order of their first product."""
        return tuple(dict.fromkeys(product.channel for product in self.products))

    @property
    def is_dense(self) -> bool:
        """Whether the layer has no spatial axes: each product then reads an input of its own."""
        return not self.products or not self.products[0].tap

    @property
    def sum(self) -> float:
        """The sum of all products, before the bias."""
        return exact_sum((*self.channel_sums, self.rest))

    @property
    def sums(self) -> list[tuple[list[float], float]]:
        """Every addition as (terms, total): the steps', the products of each channel, the channels, sum and bias."""
        steps = [
            ([*(product.product for product in step.products), *([step.rest] if step.others else [])], step.result)
            for step in self.steps
            if step.products and step.combination != "maximum"
        ]
        if self.combination in ("expression", "maximum"):
            return steps
        left = [self.rest] if self.others else []
        ends = [([*self.channel_sums, *left], self.sum), ([self.sum, self.bias], self.total)]
        if self.is_dense:
            return [*steps, *ends]
        terms: dict[int, list[float]] = {channel: [] for channel in self.channels}
        for product in self.products:
            terms[product.channel].append(product.product)
        return [*steps, *zip(terms.values(), self.channel_sums, strict=True), *ends]

    @property
    def numbers(self) -> list[float]:
        """Every number in the calculation."""
        every = [*self.products, *(product for step in self.steps for product in step.products)]
        factors = [number for product in every for number in (product.input, product.weight, product.product)]
        factors += [number for step in self.steps for number in (*step.operands.values(), step.result)]
        sums = [] if self.combination == "expression" else [*self.channel_sums, self.sum, self.bias]
        return [*factors, *sums, self.total, self.value, self.engine_value]

    @property
    def kinds(self) -> tuple[list[float], ...]:
        """The inputs, the weights, the products, and the value: numbers that may be of very different sizes."""
        each = self.products
        inputs, weights, products = ([getattr(one, name) for one in each] for name in ("input", "weight", "product"))
        return inputs, weights, products, [self.total, self.value]

    @property
    def rounding_bound(self) -> float:
        """How far an engine may come from `value`: `rounding`, or what sums in any order and slopes up to 1 lead to.

        Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, section 4.2: an error
        of n * u * (sum of the magnitudes) for n operations of unit roundoff u, to first order.
        """
        if self.rounding is not None:
            return self.rounding
        sizes = [abs(product.product) for product in self.products]
        return rounding_of_sum(sizes, abs(self.bias) + abs(self.value))

    @property
    def agrees(self) -> bool:
        """Whether the engine's value is this one up to rounding, as it is in every record; NaN agrees with NaN."""
        return is_close(self.value, self.engine_value, self.rounding_bound)


class TrainingCurves(Record, Frozen):
    """Loss and metrics after each epoch of a training, as they are drawn; `fit` returns a `callbacks.History`.

    Args:
        curves: one value per epoch under each name: "loss", "accuracy", "val_loss", "val_accuracy"; NaN where an epoch
            has none.
        epochs: the number of each epoch; by default 1, 2, 3 and so on.

    Raises:
        ArgumentError: there is no curve, or the curves and epochs differ in length.

    Example:
        >>> TrainingCurves({"loss": [0.9, 0.4], "val_loss": [0.8, 0.5]}).epochs
        (1, 2)
    """

    curves: Mapping[str, Sequence[float]]
    epochs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        lengths = {name: snapshot(values, f"curve {name!r}").size for name, values in self.curves.items()}
        if not lengths or min(lengths.values()) == 0:
            raise ArgumentError(f"expected at least one curve with at least one epoch, got lengths {lengths}")
        if not self.epochs:
            object.__setattr__(self, "epochs", tuple(range(1, next(iter(lengths.values())) + 1)))
        if set(lengths.values()) != {len(self.epochs)}:
            raise ArgumentError(f"expected {len(self.epochs)} values in every curve, one per epoch, got {lengths}")
