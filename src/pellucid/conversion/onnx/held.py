"""A value of a file as a part of the model that is being made, with the order in which its axes stand there.

ONNX keeps channels first, the library last. A transposition of ONNX's is no operation here but another way to see the
same tensor; only where an operation needs its axes in a certain order, and they are not, is anything moved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.frozen import Frozen

Size = int | None


class Held(Frozen, eq=False):
    """A tensor of the model that stands for a value of the file.

    Attributes:
        tensor: of the model.
        order: axis i of the file's value is axis `order[i]` of the tensor.
            Where the file joins the batch with the axes behind it, the tensor keeps the two apart: it has one axis
            more, number 1, which `order` does not name.
        features: where a value has been flattened: element j of the file's last axis is element `features[j]` of the
            tensor's; None where they are the same.
    """

    tensor: SymbolicTensor
    order: tuple[int, ...]
    features: np.ndarray | None = None

    @classmethod
    def plain(cls, tensor: SymbolicTensor) -> Held:
        """A tensor that is as the file has it."""
        return cls(tensor, tuple(range(len(tensor.shape))))

    @classmethod
    def channels_last(cls, tensor: SymbolicTensor) -> Held:
        """A tensor (batch, spatial..., channels) that is (batch, channels, spatial...) in the file."""
        return cls(tensor, channels_last(len(tensor.shape)))

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.order)

    @property
    def shape(self) -> tuple[Size, ...]:
        """As the file has it, None where open."""
        return tuple(self.tensor.shape[axis] for axis in self.order)

    @property
    def is_folded(self) -> bool:
        """Whether the first axis of the file's value is the batch and what lies behind it, joined."""
        return len(self.tensor.shape) > self.rank

    @property
    def is_plain(self) -> bool:
        """Whether the tensor is as the file has it."""
        return self.order == tuple(range(self.rank)) and self.features is None

    @property
    def is_channels_last(self) -> bool:
        """Whether the tensor has its channels last where the file has them second."""
        return self.rank > 2 and self.order == channels_last(self.rank)

    def like(self, tensor: SymbolicTensor) -> Held:
        """What an operation made of the tensor element by element, seen as this one is."""
        return Held(tensor, self.order, self.features)

    def seen(self, permutation: Sequence[int]) -> Held:
        """Transposed, without that anything is moved."""
        return Held(self.tensor, tuple(self.order[axis] for axis in permutation))

    def axis(self, number: int) -> int:
        """Where an axis of the file's value stands in the tensor."""
        return self.order[number]

    def arranged(self, array: np.ndarray) -> np.ndarray:
        """A constant that stands beside the value in the file, as it stands beside the tensor.

        It has at most as many axes; those that are missing in front, and of size 1 there, stay away.
        """
        wide = array.reshape((1,) * (self.rank - array.ndim) + array.shape)
        turned = wide.transpose(np.argsort(self.order))
        if self.features is not None and turned.shape[-1] > 1:
            turned = np.take(turned, np.argsort(self.features), axis=-1)
        extra = next((axis for axis, size in enumerate(turned.shape) if size != 1), turned.ndim)
        return turned.reshape(turned.shape[extra:])


def channels_last(rank: int) -> tuple[int, ...]:
    """The order of a tensor that has its channels last, where the file has them second."""
    return (0, rank - 1, *range(1, rank - 1))


class Regrouped(Frozen):
    """How a tensor is reshaped so that the file's value is reshaped as it should be.

    Attributes:
        permutation: of the tensor's axes, before; None where they stand well.
        shape: of one sample, after.
        order: of the result.
    """

    permutation: tuple[int, ...] | None
    shape: tuple[int, ...]
    order: tuple[int, ...]


def regrouped(held: Held, target: Sequence[int]) -> Regrouped:
    """How to give a value another shape and move as little as can be.

    Axes that are joined or cut belong together: (channels, rows, columns) to (channels, rows times columns) has two
    such groups. A group may stand anywhere in the tensor, if only its axes stand side by side in the file's order.

    Args:
        held: with sizes that are known, but for the batch.
        target: the sizes of one sample, in the file.
    """
    before = [size or 0 for size in held.shape[1:]]
    sources = [axis for axis, size in enumerate(before) if size != 1]
    results = [axis for axis, size in enumerate(target) if size != 1]
    groups = _groups([before[axis] for axis in sources], [target[axis] for axis in results])
    placed = [([held.order[sources[at] + 1] for at in old], [results[at] for at in new]) for old, new in groups]
    placed.sort(key=lambda group: min(group[0], default=0))
    used = [axis for old, _ in placed for axis in old]
    ones = [axis for axis in range(1, held.rank) if axis not in used]
    permutation = None if used == sorted(used) else (0, *ones, *used)
    new_ones = [axis for axis, size in enumerate(target) if size == 1]
    stored = [*new_ones, *(axis for _, new in placed for axis in new)]
    order = (0, *(stored.index(axis) + 1 for axis in range(len(target))))
    return Regrouped(permutation, tuple(target[axis] for axis in stored), order)


def _groups(before: list[int], after: list[int]) -> list[tuple[list[int], list[int]]]:
    """The smallest runs of axes, of sizes above 1, that have the same product before and after."""
    groups, old, new = [], 0, 0
    while old < len(before) or new < len(after):
        first = old, new
        left, right = before[old], after[new]
        old, new = old + 1, new + 1
        while left != right:
            if left < right:
                left, old = left * before[old], old + 1
            else:
                right, new = right * after[new], new + 1
        groups.append((list(range(first[0], old)), list(range(first[1], new))))
    return groups


def flattening(held: Held) -> np.ndarray | None:
    """Where each element of the flattened value of the file stands in the flattened tensor; None: where it is there."""
    sizes = [size or 0 for size in held.tensor.shape[1:]]
    places = np.arange(math.prod(sizes)).reshape(sizes)
    found = places.transpose([axis - 1 for axis in held.order[1:]]).ravel()
    return None if (found[:-1] < found[1:]).all() else found
