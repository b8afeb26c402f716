"""Models of configurations that files bring along, with zeros for weights: no more memory is taken than the file has
numbers for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pellucid.errors import FileError
from pellucid.graph.ops import Shape
from pellucid.layers import Layer
from pellucid.models.own_files import refuse_own_files
from pellucid.models.reading import ModelReader

__all__ = ["BoundedReader"]


class BoundedReader(ModelReader):
    """Makes the layers of a file's models with weights that are filled when all is there.

    Args:
        shapes: of the arrays that the file holds.
        name: how errors call the file.
    """

    def __init__(self, shapes: Iterable[Shape], name: str) -> None:
        super().__init__()
        self.left, self.name = sum(int(np.prod(shape, dtype=object)) for shape in shapes), name
        self.layers: list[Layer] = []

    def met(self, layer: Layer, group: str) -> None:
        """Let a layer, and those that it holds, begin with zeros."""
        for part in layer.with_parts():
            refuse_own_files(part)
            if not part.built and not part.own_weights:
                part.given_weights = _Zeros(self, part)
                self.layers.append(part)

    def count(self, shape: Shape) -> None:
        """A weight of this shape is made.

        Raises:
            FileError: the configuration asks for more numbers than the file holds.
        """
        self.left -= int(np.prod(shape, dtype=object))
        if self.left < 0:
            raise FileError(f"{self.name}: its configuration asks for more weights than it holds")

    def finish(self) -> None:
        """All layers have their weights."""
        for layer in self.layers:
            layer.given_weights = None


class _Zeros:
    """The first values of the weights of one layer, as a `WeightSource`."""

    def __init__(self, reader: BoundedReader, layer: Layer) -> None:
        self.reader, self.layer = reader, layer

    def take(self, index: int, shape: Shape) -> np.ndarray:
        """The zeros of one weight; one that a layer has in common with the layer inside it is counted there."""
        inside = [weight.shape for part in self.layer.sublayers for weight in part.own_weights]
        if shape not in inside:
            self.reader.count(shape)
        return np.zeros(shape, np.float32)

    def finish(self, count: int) -> None:
        """The layer has all of its weights."""
