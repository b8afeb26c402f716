"""The gradient of a filter: by how much the loss grows with its weights, and which places of which images say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import reduce
from operator import add
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from pellucid.calls import explained
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.frozen import Frozen
from pellucid.graph import Node, Tensor, builder, gradient, ops, windows
from pellucid.graph.gradients import nodes_before
from pellucid.inspection.addresses import MOVEMENTS
from pellucid.inspection.computed_kernels import FollowedKernel
from pellucid.inspection.correlations import Correlation, Push
from pellucid.inspection.given import described, is_whole
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.training_step import TrainingStep, compiled, filter_of, path_to_filters, samples_of, weight_of
from pellucid.layers.computed_filters import ComputedKernel
from pellucid.layers.single_filters import Filter
from pellucid.models import Model

FUNCTION = "kernel_gradient"
ALONE = "the filter alone"
ROUNDING = {"float32": 1e-4, "bfloat16": 2e-2}
"""Of the largest part, up to which sums of products in another order agree, by the precision of the products."""


class KernelGradient(Record, Frozen, eq=False):
    """The gradient of the loss for one filter, and what it is the sum of.

    Args:
        layer: name of the layer, in a model inside with the path to it.
        kind: the layer's class.
        filter: its number.
        loss: that the batch has, penalties included.
        kernel: the filter's weights (spatial..., channels).
        gradient: of the loss through the layer's output, of the same shape.
        penalty: the gradient of the filter's own penalty, of the same shape; 0 where it has none.
        correlations: what each use of the filter was given and the errors at its output; () where the layer does not
            slide the filter over its input, so that there are no places to tell of.
        kernel_axes: what the axes of the filter are.
        reads_image: whether it reads images themselves, in grey or in colours, so that these can be drawn as such.
        behind: where the layer computes its kernel from weights, what that makes the gradient of each of them through
            this filter alone, by the chain rule, by the name of the weight; their penalties are not among it.

    Example:
        >>> one = Correlation(np.ones((1, 2, 1)), np.full((1, 2), 0.5), (1,), (1,), (1,), (0,))
        >>> arrays = np.ones((1, 1)), one.gradient(), np.zeros((1, 1))
        >>> found = KernelGradient("c", "Conv1D", 0, 1.0, *arrays, (one,), ("taps", "channels"))
        >>> found.total.tolist(), found.by_image().tolist(), len(found.pushes((0, 0)))
        ([[1.0]], [[[1.0]]], 2)
    """

    layer: str
    kind: str
    filter: int
    loss: float
    kernel: np.ndarray
    gradient: np.ndarray
    penalty: np.ndarray
    correlations: tuple[Correlation, ...]
    kernel_axes: tuple[str, ...]
    reads_image: bool = False
    behind: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("kernel", "gradient", "penalty"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of {self.layer}"))
        behind = {name: snapshot(each, f"gradient of {name}") for name, each in self.behind.items()}
        object.__setattr__(self, "behind", MappingProxyType(behind))

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the gradient stands for."""
        return self.kernel_axes

    @property
    def total(self) -> np.ndarray:
        """What training goes against: the gradient of the loss and of the penalty."""
        return self.gradient + self.penalty

    def by_image(self) -> np.ndarray:
        """What each image adds to the gradient (images, *kernel), in float64; their sum is the gradient.

        Raises:
            ArgumentError: the layer does not slide the filter, so nothing tells.
        """
        self._needs_places()
        found: np.ndarray = reduce(add, (each.by_image() for each in self.correlations))
        return found.reshape(len(found), *self.gradient.shape)

    def pushes(self, entry: tuple[int, ...], limit: int | None = None) -> list[Push]:
        """The products of which one number of the gradient is the sum, the largest first.

        Args:
            entry: which number of the filter, such as (row, column, channel).
            limit: how many at most; None for all that are not 0.

        Raises:
            ArgumentError: there is no such number, or the layer does not slide the filter.
            ArgumentTypeError: an index is no whole number.
        """
        self._needs_places()
        place = self._checked(entry)
        place += (0,) * (len(self.correlations[0].sizes) + 1 - len(place))  # the one channel of a depthwise filter
        if limit is not None and (not is_whole(limit) or limit < 1):
            raise ArgumentError(f"pushes: limit is a whole number above 0 or None, got {described(limit)}")
        found = [push for each in self.correlations for push in each.pushes(place, limit)]
        return sorted(found, key=lambda push: -abs(push.product))[:limit]

    def _checked(self, entry: object) -> tuple[int, ...]:
        expected = f"one whole number for each of {', '.join(self.kernel_axes)}, below {self.gradient.shape}"
        if not isinstance(entry, tuple | list) or not all(map(is_whole, entry)):
            raise ArgumentTypeError(f"pushes: entry is {expected}, got {described(entry)}")
        if len(entry) != self.gradient.ndim or not all(
            0 <= at < size for at, size in zip(entry, self.gradient.shape, strict=True)
        ):
            raise ArgumentError(f"pushes: entry is {expected}, got {tuple(entry)}")
        return tuple(map(int, entry))

    def _needs_places(self) -> None:
        if not self.correlations:
            raise ArgumentError(
                f"{self.layer}: {self.kind} does not slide this filter over its input as a convolution or a dense "
                "layer does, so its gradient is told as a whole"
            )


@explained
def kernel_gradient(
    model: Model,
    x: Any,
    y: Any,
    layer: Any,
    filter: int,
    *,
    sample_weight: Any = None,
    which: str | None = None,
    engine: str | Engine | None = None,
) -> KernelGradient:
    """Compute the gradient of the loss on a batch for one filter, and what it is made of; nothing is changed.

    It is the correlation of what the layer is given with the error at its output: for each tap and channel the sum,
    over all places of all images, of the input that the tap met there times the error that came out there. `pushes`
    tells these products for one number, `by_image` what each image adds.

    Args:
        model: a built and compiled one; the loss is that of training, in the form for training.
        x: the batch, as `train_on_batch` takes it.
        y: its targets.
        layer: the layer, its name, or the path to it in a model inside, "inner/conv2d".
        filter: the number of the filter; of a dense layer, of the unit.
        sample_weight: how much each sample counts.
        which: the name of the weight, where a layer has several banks of filters.
        engine: who computes, the model's own by default; "reference" for float64.

    Returns:
        the gradient as a record. A step goes against it (`update` tells how far).

    Raises:
        ArgumentError: the model is not compiled, or there is no such filter.
        DataError: the batch does not fit the model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.Conv2D(1, 2, use_bias=False, name="c")
        >>> model = Sequential([layers.Input((3, 3, 1)), layer, layers.Flatten()])
        >>> model.layers[0].kernel[...] = 1.0
        >>> model.compile("sgd", "mse")
        >>> image = np.arange(9.0).reshape(1, 3, 3, 1)
        >>> found = kernel_gradient(model, image, [[8.0, 12.0, 20.0, 22.0]], "c", 0)  # 2 too much, at one place
        >>> found.gradient[..., 0].tolist(), found.pushes((0, 1, 0))
        ([[4.0, 5.0], [7.0, 8.0]], [Push(image=0, position=(1, 1), input=5.0, error=1.0, product=5.0)])

    Source: Rumelhart, Hinton and Williams, Nature 323, 1986; for convolutions LeCun and others, Neural Computation 1,
    1989.
    """
    model, stepper = compiled(model, FUNCTION)
    chosen, batch = filter_of(model, layer, filter, which), samples_of(stepper, x, y, sample_weight)
    step = TrainingStep(model, stepper, batch)
    if isinstance(chosen, FollowedKernel):
        found = _of_computed_kernel(step, chosen, batch, engine)
    else:
        found = _of_weight(step, chosen, batch, engine)
    images = len(next(iter(batch.values())))
    return KernelGradient(
        layer=path_to_filters(model, layer),
        kind=type(chosen.layer).__name__,
        filter=chosen.number,
        loss=float(found.values["loss"]),
        kernel=found.kernel,
        gradient=found.gradient,
        penalty=found.penalty,
        correlations=_correlations(found.products, found.values, chosen.number, images, found.gradient),
        kernel_axes=chosen.axes,
        reads_image=len(found.products) == 1 and _is_image(found.products[0]),
        behind=found.behind,
    )


class _Found(NamedTuple):
    """The numbers of a filter in a step, the operations that take its kernel, and all that was computed of them."""

    products: list[Node]
    values: Mapping[str, np.ndarray]
    kernel: np.ndarray
    gradient: np.ndarray
    penalty: np.ndarray
    behind: dict[str, np.ndarray]


def _of_weight(
    step: TrainingStep, chosen: Filter, batch: Mapping[str, np.ndarray], engine: str | Engine | None
) -> _Found:
    """The gradient of a filter in a step, and what it is the sum of."""
    weight, through, graph = weight_of(chosen), step.loss_without_own_penalties, step.graph
    own = [penalty for owner, penalty in step.own_penalties() if owner is weight]
    found = [] if through is None else list(_products(list(graph.nodes), weight.tensor(graph)))
    graph.outputs = {"loss": step.loss, "kernel": weight.tensor(graph)}
    if through is not None:
        graph.outputs["gradient"] = step.gradient_of(through, weight)
        for number, node in enumerate(found):
            graph.outputs[f"x{number}"] = node.inputs[0]
            (graph.outputs[f"error{number}"],) = gradient(through, [node.outputs[0]])
    graph.outputs |= {f"penalty{number}": step.gradient_of(each, weight) for number, each in enumerate(own)}
    values = step.run(engine, batch)
    kernel = values["kernel"][chosen.place]
    whole = values["gradient"][chosen.place] if through is not None else np.zeros_like(kernel)
    penalties = (values[f"penalty{number}"][chosen.place] for number in range(len(own)))
    return _Found(found, values, kernel, whole, sum(penalties, start=np.zeros_like(kernel)), {})


def _of_computed_kernel(
    step: TrainingStep, chosen: FollowedKernel, batch: Mapping[str, np.ndarray], engine: str | Engine | None
) -> _Found:
    """The gradient of a filter of a computed kernel in a step, and what it makes of the gradients of its weights."""
    through, graph, axis = step.loss_without_own_penalties, step.graph, chosen.found.axis
    weights = {name: weight.tensor(graph) for name, weight in chosen.weights.items()}
    behind = {tensor.node for tensor in weights.values()}
    found = [] if through is None else [node for node in graph.nodes if _takes_computed(node, behind, chosen.found)]
    if through is None or not found:
        raise ArgumentError(
            f"{FUNCTION}: {chosen.label}: in training no convolution or product of matrices takes the kernel that is "
            f"computed from {chosen.which}, so it has no gradient to be told"
        )
    kernels = list({node.inputs[1].node: node.inputs[1] for node in found}.values())
    errors = gradient(through, [node.outputs[0] for node in found])
    slopes = gradient(through, kernels)
    graph.outputs = {"loss": step.loss, "kernel": kernels[0], "gradient": reduce(add, slopes)}
    for number, (node, error) in enumerate(zip(found, errors, strict=True)):
        graph.outputs |= {f"x{number}": node.inputs[0], f"error{number}": error}
    mine = np.zeros(kernels[0].shape, np.float32)
    np.moveaxis(mine, axis, -1)[..., chosen.number] = 1.0
    alone = graph.add(ops.Input(mine.shape, ALONE))
    along = [builder.stop_gradient(slope * alone) * kernel for slope, kernel in zip(slopes, kernels, strict=True)]
    chained = gradient(reduce(add, map(builder.reduce_sum, along)), list(weights.values()))
    graph.outputs |= {f"behind {name}": each for name, each in zip(weights, chained, strict=True)}
    values = step.run(engine, {**batch, ALONE: mine})
    kernel, whole = (np.moveaxis(values[name], axis, -1)[..., chosen.number] for name in ("kernel", "gradient"))
    return _Found(
        found, values, kernel, whole, np.zeros_like(kernel), {name: values[f"behind {name}"] for name in weights}
    )


def _takes_computed(node: Node, weights: set[Node], found: ComputedKernel) -> bool:
    """Whether an operation takes, as its kernel, what is computed from these weights and from nothing that is given."""
    if not isinstance(node.op, windows.Convolution | windows.ConvolutionInputGradient | ops.Matmul):
        return False
    kernel = node.inputs[1]
    before = nodes_before(kernel)
    is_live = any(isinstance(each.op, ops.Input) for each in before)
    return kernel.shape == found.kernel.shape and weights <= before and not is_live


def _correlations(
    found: list[Node], values: Mapping[str, np.ndarray], number: int, images: int, whole: np.ndarray
) -> tuple[Correlation, ...]:
    """What each use of a filter was given and the errors there, if they are all that its gradient is the sum of."""
    parts = [
        _correlation(node, values[f"x{place}"], values[f"error{place}"], number, images)
        for place, node in enumerate(found)
    ]
    return _agreeing(parts, whole, max(ROUNDING[ops.precision_of(node.op)] for node in found) if found else 0)


def _is_image(node: Node) -> bool:
    """Whether a convolution reads what the model is given, of one or three channels, at all places of two axes."""
    tensor = node.inputs[0]
    if not isinstance(node.op, windows.Convolution) or node.op.groups > 1 or tensor.rank != 4:
        return False
    channels = tensor.shape[-1]
    while type(tensor.node.op) in MOVEMENTS and len(tensor.node.inputs) == 1:
        tensor = tensor.node.inputs[0]
    return channels in (1, 3) and isinstance(tensor.node.op, ops.Input)


def _products(nodes: list[Node], weight: Tensor) -> Iterator[Node]:
    """The operations that multiply something with a weight, as it is or rearranged."""
    for node in nodes:
        if isinstance(node.op, windows.Convolution | windows.ConvolutionInputGradient | ops.Matmul):
            tensor = node.inputs[1]
            while type(tensor.node.op) in MOVEMENTS and len(tensor.node.inputs) == 1:
                tensor = tensor.node.inputs[0]
            if tensor.node is weight.node:
                yield node


def _correlation(node: Node, x: np.ndarray, error: np.ndarray, number: int, images: int) -> Correlation | None:
    """What a product has to do with one filter; None where it is of a kind that slides nothing."""
    match node.op:
        case windows.Convolution(window=window, groups=groups):
            group = number // (error.shape[-1] // groups)
            channels = x.shape[-1] // groups
            seen = x[..., group * channels : (group + 1) * channels]
            return Correlation.of(seen, error[..., number], window, transposed=False)
        case windows.ConvolutionInputGradient(window=window, groups=1):
            return Correlation.of(x, error[..., number], window, transposed=True)
        case ops.Matmul(transpose_a=False, transpose_b=False) if x.ndim == 2 and len(x) % images == 0:
            rows = (images, -1) if len(x) != images else (images,)
            return Correlation.of(x.reshape(*rows, x.shape[1]), error[:, number].reshape(rows), None, transposed=False)
    return None


def _agreeing(parts: list[Correlation | None], whole: np.ndarray, rounding: float) -> tuple[Correlation, ...]:
    """The correlations, if they are all that the gradient is the sum of."""
    found = tuple(each for each in parts if each is not None)
    if not found or len(found) < len(parts) or any(each.gradient().size != whole.size for each in found):
        return ()
    by_image = reduce(add, (np.abs(each.by_image()) for each in found)).sum(axis=0)
    error = np.abs(reduce(add, (each.gradient() for each in found)).reshape(whole.shape) - whole)
    return found if bool((error <= rounding * max(float(by_image.max()), 1e-30)).all()) else ()
