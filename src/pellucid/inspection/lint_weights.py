"""Faults that weights show by themselves: filters that are the same, that look like noise, or have not moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pellucid.frozen import Frozen
from pellucid.graph import Node, ops, windows
from pellucid.initializers import Constant, Identity, Ones, Zeros
from pellucid.initializers.drawn import RandomInitializer
from pellucid.initializers.fixed import ArrayInitializer
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.filters import kernel_of
from pellucid.inspection.findings import NOT_FINITE, Finding
from pellucid.inspection.running import weight_values
from pellucid.layers import Layer
from pellucid.variables import Variable

SAME_DIRECTION = 0.999  # cosine
BY_CHANCE = 1e-4  # how many such pairs among random filters may be expected, at most
EQUAL = 1e-6  # largest difference within a layer, as a share of its largest weight
AT_ONCE = 256  # filters that are compared with all others in one product
UNUSED = 1e-3  # norm of a channel's weights, as a share of that of the median channel
NOISE_LEVEL = 2.0  # standard deviations above what noise shows on average
FEWEST_PAIRS = 24  # of neighbouring taps, below which nothing can be said of a layer
FEWEST_PAIRS_OF_FILTER = 40
UNMOVED = 1e-4  # root mean square of the change, as a share of that of the first values

_FIXED = (Zeros, Ones, Constant, Identity, ArrayInitializer)


class Units(Frozen, eq=False):
    """The weights of the filters or units of one operation.

    Attributes:
        path: of the layer.
        kernel: (spatial..., in, units), float64.
        blocks: in how many equal runs the units fall that read different numbers: groups, or places.
    """

    path: str
    kernel: np.ndarray
    blocks: int

    @property
    def rows(self) -> np.ndarray:
        """The weights of each unit in a row (units, weights)."""
        return self.kernel.reshape(-1, self.kernel.shape[-1]).T

    def block_slices(self) -> list[slice]:
        """The units that read the same numbers, block by block."""
        size = self.kernel.shape[-1] // self.blocks
        return [slice(start, start + size) for start in range(0, size * self.blocks, size)]


def units_of(path: str, layer: Layer) -> list[Units]:
    """The filters and dense units of a layer, operation by operation; none for a layer without."""
    if not any(weight.learned for weight in layer.weights):
        return []  # what an input is held at has weights of its own, and filters of none
    emitted = EmittedLayer.alone(layer)
    if emitted is None:
        return []
    found = [_units(path, emitted, node) for node in emitted.graph.nodes]
    return [units for units in found if units is not None]


def _units(path: str, emitted: EmittedLayer, node: Node) -> Units | None:
    known = kernel_of(emitted, node)
    if known is not None:
        kernel, places = known
        groups = node.op.groups if isinstance(node.op, windows.Convolution) else 1
        return Units(path, kernel.astype(np.float64), max(groups, places))
    if not isinstance(node.op, ops.Matmul) or len(node.inputs[1].shape) != 2:
        return None
    if not emitted.is_of_weights(node.inputs[1]) or not emitted.is_live(node.inputs[0]):
        return None
    kernel = weight_values(emitted.layer, node.inputs[1]).astype(np.float64)
    return Units(path, kernel.T if node.op.transpose_b else kernel, 1)


def not_finite(path: str, layer: Layer) -> Iterator[Finding]:
    """Weights of which a number is NaN or infinite: whatever is computed with it is, too."""
    for weight in layer.weights:
        values = weight.numpy()
        broken = int(values.size - np.isfinite(values).sum())
        if broken:
            yield Finding(
                NOT_FINITE, path, None, f"numbers of {weight.name} that are NaN or infinite", broken, 0,
                {"numbers": values.size},
                "Take the weights of an earlier checkpoint. Where a training made them so: a smaller learning rate, "
                "clipped gradients (clipnorm=1), and a look at the data for NaN.",
            )  # fmt: skip


def same_filters(units: Units) -> Iterator[Finding]:
    """Filters that point the same way; a layer in which all are equal is one finding."""
    rows, scale = units.rows, float(np.abs(units.rows).max())
    for block in units.block_slices():
        own = rows[block]
        if len(own) < 2:
            continue
        spread = float(np.abs(own - own[0]).max())
        if spread <= EQUAL * scale:
            yield Finding(
                "symmetric", units.path, None if units.blocks == 1 else block.start,
                "largest difference between its filters", spread, EQUAL * scale, {"filters": len(own)},
                "Equal filters get equal gradients and stay equal: draw the first values at random, such as "
                "kernel_initializer='glorot_uniform'.",
            )  # fmt: skip
        else:
            yield from _duplicates(units.path, own, block.start)


def _duplicates(path: str, rows: np.ndarray, first: int) -> Iterator[Finding]:
    """Each filter that points where an earlier one points."""
    limit = _telling_cosine(rows.shape[1], len(rows) * (len(rows) - 1) // 2)
    norms = np.linalg.norm(rows, axis=1)
    directions = rows / np.where(norms > 0, norms, 1.0)[:, None]
    for start in range(0, len(rows), AT_ONCE):
        cosines = directions[start : start + AT_ONCE] @ directions[: start + AT_ONCE].T
        cosines[np.triu_indices(len(cosines), start, cosines.shape[1])] = -np.inf  # itself, and those behind it
        twins = cosines.argmax(axis=1)
        for number, twin in enumerate(twins.tolist(), start):
            cosine = float(cosines[number - start, twin])
            if cosine >= limit:
                evidence = {
                    "same as filter": first + twin,
                    "norm": float(norms[number]),
                    "norm of the other": float(norms[twin]),
                }
                yield Finding(
                    "duplicate", path, first + number, "cosine", cosine, limit, evidence,
                    f"It sees what filter {first + twin} sees: take one of them out, since fewer do, or draw it anew.",
                )  # fmt: skip


def _telling_cosine(weights: int, pairs: int) -> float:
    """The cosine above which hardly any of so many pairs of random filters lies by chance.

    Random directions in n dimensions have a cosine above c with a probability of at most (1 - c^2)^((n - 1) / 2) / 2.
    """
    if weights < 2:
        return np.inf
    rest = (2 * BY_CHANCE / pairs) ** (2 / (weights - 1))
    return max(SAME_DIRECTION, float(np.sqrt(max(1 - rest, 0.0)))) - 1e-12


def unused_channels(units: Units) -> Iterator[Finding]:
    """Input channels that no filter reads: their weights are nearly zero, those of others are not."""
    kernel, width = units.kernel, units.kernel.shape[-2]
    for number, block in enumerate(units.block_slices()):
        norms = np.sqrt(np.square(kernel[..., block]).sum(axis=(*range(kernel.ndim - 2), kernel.ndim - 1)))
        limit = UNUSED * float(np.median(norms))
        for channel in np.flatnonzero((norms <= limit) & (norms < norms.max())) if width > 1 else ():
            evidence = {"norm of the largest channel": float(norms.max())}
            yield Finding(
                "unused channel", units.path, None, "norm of the weights that read it", float(norms[channel]), limit,
                evidence, "What makes this channel is computed for nothing: take it out, or look why it says nothing.",
                int(channel) + (number * width if units.blocks > 1 else 0),
            )  # fmt: skip


def noise_like(units: Units) -> Iterator[Finding]:
    """Filters whose neighbouring taps have no more to do with each other than those of random numbers.

    It is a sign of too little training, or too little decay, in filters that look at an image itself; those of deeper
    layers may do well without a pattern.

    Of independent numbers the products of neighbours add up to zero, give or take the root of their number times the
    variance. z is that sum in such units, along each axis; its square is 1 on average.
    """
    drawn = np.flatnonzero(units.rows.any(axis=1))  # filters of zeros are no noise
    if not drawn.size or max(units.kernel.shape[:-2], default=1) == 1:
        return
    squares, pairs = _neighbour_squares(units.kernel[..., drawn])
    axes, filters = squares.shape
    mean, of_layer = float(squares.mean()), pairs * filters
    limit = 1 + NOISE_LEVEL * float(np.sqrt(2 / squares.size))
    cure = (
        "It holds no pattern: train longer, or with more weight decay; where it is as it was drawn, it has not learned."
    )
    if of_layer >= FEWEST_PAIRS and mean <= limit:
        evidence = {"filters": filters, "pairs of neighbours in each": pairs * axes}
        yield Finding(
            "noise-like", units.path, None, "mean square of its correlation of neighbours", mean, limit, evidence, cure
        )
    elif pairs * axes >= FEWEST_PAIRS_OF_FILTER:
        for place in np.flatnonzero(squares.mean(axis=0) <= 1.0):
            value, evidence = float(squares[:, place].mean()), {"pairs of neighbours": pairs * axes, "layer": mean}
            yield Finding(
                "noise-like", units.path, int(drawn[place]), "mean square of its correlation of neighbours", value, 1.0,
                evidence, cure,
            )  # fmt: skip


def _neighbour_squares(kernel: np.ndarray) -> tuple[np.ndarray, int]:
    """z^2 (axes, filters) of `noise_like`, and the least number of pairs along an axis."""
    axes = [axis for axis in range(kernel.ndim - 2) if kernel.shape[axis] > 1]
    variance = np.square(kernel).mean(axis=tuple(range(kernel.ndim - 1)))
    found, fewest = [], 0
    for axis in axes:
        first, second = (np.delete(kernel, end, axis) for end in (-1, 0))
        pairs = first.size // first.shape[-1]
        products = (first * second).sum(axis=tuple(range(kernel.ndim - 1)))
        found.append(np.square(products / variance) / pairs)
        fewest = min(fewest or pairs, pairs)
    return np.array(found).reshape(len(axes), kernel.shape[-1]), fewest


def unmoved(path: str, weight: Variable, first: np.ndarray) -> Iterator[Finding]:
    """What of a weight that is trained is still as it was; filter by filter where others have moved.

    Args:
        path: of the layer.
        weight: a kernel.
        first: the values that it had before the training.
    """
    now, start = weight.numpy().astype(np.float64), first.astype(np.float64)
    held = np.zeros(weight.shape, bool) if weight.frozen_part is None else weight.frozen_part
    free = np.logical_not(np.all(np.broadcast_to(held, weight.shape), axis=tuple(range(weight.ndim - 1)))).reshape(-1)
    size, change = (np.linalg.norm(each.reshape(-1, each.shape[-1]), axis=0) for each in (start, now - start))
    shares = [_share(*pair) for pair in zip(change.tolist(), size.tolist(), strict=True)]
    still = [number for number, share in enumerate(shares) if free[number] and share <= UNMOVED]
    whole = len(still) == int(free.sum())
    cure = (
        "Training never reached it: look whether its layer stands between input and loss, whether gradients vanish "
        "before it (dead or saturated layers behind it), and whether the model was trained at all."
    )
    for number in [None] if whole and still else still:
        together = float(np.linalg.norm(change)), float(np.linalg.norm(size))
        value = _share(*together) if number is None else shares[number]
        evidence = {"norm of its first values": together[1] if number is None else float(size[number])}
        yield Finding(
            "never moved", path, number, f"change of {weight.name} as a share of its first values", value, UNMOVED,
            evidence, cure,
        )  # fmt: skip


def _share(change: float, size: float) -> float:
    return change / size if size else float(change > 0)


def _known_first_values(layer: Layer, weight: Variable) -> np.ndarray | None:
    """What a weight was drawn as or filled with, as its story or the layer's settings tell; None where they do not."""
    drawing = weight.story.of().events[0].initializer
    if drawing is not None:
        return drawing(weight.shape)
    initial = getattr(layer, f"{weight.name}_initializer", None)
    if isinstance(initial, RandomInitializer) and initial.seed is not None:
        return initial(weight.shape)
    return initial(weight.shape) if isinstance(initial, _FIXED) else None


def first_values(
    layers: Sequence[tuple[str, Layer]], given: Mapping[Variable, np.ndarray]
) -> tuple[list[tuple[str, Variable, np.ndarray]], list[str]]:
    """The kernels that training changes with the values that they began with, and those of which these are unknown."""
    known, unknown = [], []
    for path, layer in layers:
        for part in layer.with_parts():
            for weight in part.own_weights:
                if weight.trainable and weight.ndim > 1 and weight.name != "bias":  # that of places
                    first = given[weight] if weight in given else _known_first_values(part, weight)
                    if first is None:
                        unknown.append(f"{path}/{weight.name}")
                    else:
                        known.append((path, weight, first))
    return known, unknown
