"""The model as it grows while a file is read: values, layers with names and weights, and the report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid import layers, ops
from pellucid.arraylike import first_odd
from pellucid.conversion.onnx.held import Held, channels_last, flattening, regrouped
from pellucid.conversion.report import Row
from pellucid.dispatch.symbolic import Operation, SymbolicTensor
from pellucid.errors import ArgumentError, DataError, FileError
from pellucid.formats.onnx_file import OnnxBranch, OnnxFile, OnnxNode, quoted
from pellucid.graph.ops import Shape

Value = Held | np.ndarray
"""What a name of the file stands for: a part of the model, or a constant. A shape whose batch is open is an array of
objects, with None for it."""

MOST_ELEMENTS = 2**28
"""Of a constant that is computed, and of one sample of a value: more would not come from an honest file."""


class Reader:
    """Makes a model of a file.

    Args:
        file: that is read.
        constants: those of the file, by name.

    Attributes:
        values: by the names of the file.
        rows: what became of each node.
        lost: what the model cannot say.
        done: the numbers of nodes that were read together with one before.
        producers: the nodes that give values.
        consumers: the numbers of the nodes that need a value.
        pooled: what a pooling looked at and with which window, by the name of its places.
        is_turned: whether an input has its channels first in the file, and last in the model.
        whole: the names of values that are whole numbers in the file.
        batch: the size of all batches, where the file fixes it.
    """

    def __init__(self, file: OnnxFile, constants: Mapping[str, np.ndarray]) -> None:
        self.file = file
        self.values: dict[str, Value] = {"": np.zeros(0), **constants}
        self.rows: list[Row] = []
        self.lost: list[str] = []
        self.done: set[int] = set()
        self.whole: set[str] = set()
        self.pooled: dict[str, tuple[Held, dict[str, Any]]] = {}
        self.is_turned = False
        self.batch: int | None = None
        self.consumers: dict[str, list[int]] = {}
        self.producers: dict[str, OnnxNode] = {}
        self._used: set[str] = set()
        self._numbers: Counter[str] = Counter()
        self._wanted: set[str] = set()
        self._follow()

    def _follow(self) -> None:
        """Find out which nodes give values, and which need them."""
        self.consumers, self._wanted = {}, {name for name in self.file.outputs}
        self.producers = {name: node for node in self.file.nodes for name in node.outputs}
        for number, node in enumerate(self.file.nodes):
            for name in filter(None, node.needs):
                self.consumers.setdefault(name, []).append(number)

    @contextmanager
    def inside(self, branch: OnnxBranch) -> Iterator[None]:
        """While this goes on, the nodes of a branch are those that are read."""
        around = self.file, self.consumers, self.producers, self._wanted, self.done
        self.values.update(branch.constants)
        self.file, self.done = replace(self.file, nodes=branch.nodes, outputs=branch.outputs), set()
        self._follow()
        try:
            yield
        finally:
            self.file, self.consumers, self.producers, self._wanted, self.done = around

    def let_go(self, number: int, node: OnnxNode) -> None:
        """Forget the large constants that no later node needs."""
        for name in filter(None, node.needs):
            value = self.values.get(name)
            if isinstance(value, np.ndarray) and value.size > MANY and self.consumers[name][-1] <= number:
                self.values[name] = np.zeros(0)

    # What a node is made of.

    def held(self, node: OnnxNode, number: int = 0) -> Held:
        """An input of a node that depends on the data; a constant is refused."""
        value = self.value(node, number)
        if not isinstance(value, Held):
            raise refusal(node, f"its input {number} is a constant, and is expected to come from the data")
        return value

    def value(self, node: OnnxNode, number: int) -> Value:
        """An input of a node."""
        if number >= len(node.inputs) or not node.inputs[number]:
            raise refusal(node, f"it has no input {number}")
        return self.values[node.inputs[number]]

    def constant(self, node: OnnxNode, number: int) -> np.ndarray:
        """An input of a node that must be a constant."""
        value = self.value(node, number)
        if isinstance(value, Held):
            raise refusal(node, f"its input {number} depends on the data; only constants are read there")
        return value

    def optional(self, node: OnnxNode, number: int) -> np.ndarray | None:
        """A constant that may be left out."""
        return self.constant(node, number) if number < len(node.inputs) and node.inputs[number] else None

    def setting(self, node: OnnxNode, name: str, number: int) -> list[int] | None:
        """Whole numbers that old versions have as an attribute, new ones as an input."""
        if name in node.attributes:
            return whole_list(node, name, node.attributes[name])
        array = self.optional(node, number)
        return None if array is None else whole_list(node, name, array)

    # What becomes of it.

    def layer(self, node: OnnxNode, kind: str, x: Any, *arguments: Any, **options: Any) -> SymbolicTensor:
        """The result of a new layer of the node's name, called on a tensor of the model or a list of them."""
        weights = options.pop("weights", None)
        layer = getattr(layers, kind)(*arguments, name=self.named(node), **options)
        if weights is not None:
            layer.given_weights = _Constants(layer.label, weights)
        tensor: SymbolicTensor = layer(x)
        layer.given_weights = None  # the arrays, which are no longer needed
        self.say(node, layer.name, f"{node.kind} to {kind}{_of_weights(layer)}")
        return tensor

    def named(self, node: OnnxNode) -> str:
        """A name for a layer that is made of a node."""
        return self.fresh(clean(stem(node)) or clean(node.kind.lower()) or "layer")

    def fresh(self, wanted: str) -> str:
        """A name that nothing in the model has yet: the wanted one, or that with a number."""
        name = wanted
        while name in self._used:
            self._numbers[wanted] += 1
            name = f"{wanted}_{self._numbers[wanted]}"
        self._used.add(name)
        return name

    def name_functions(self, outputs: Sequence[SymbolicTensor]) -> None:
        """Let the functions on the way to the outputs bear names that no layer has."""
        seen: set[int] = set()
        stack = [tensor.call for tensor in outputs]
        while stack:
            call = stack.pop()
            if id(call) in seen:
                continue
            seen.add(id(call))
            if isinstance(call.layer, Operation):
                call.layer.name = self.fresh(call.layer.function.__name__)
            elif isinstance(call.layer, layers.Permute):
                call.layer.name = self.fresh("permute")
            stack.extend(tensor.call for tensor in call.inputs)

    def say(self, node: OnnxNode, target: str, why: str, what: str = "converted") -> None:
        """Add a row to the report."""
        self.rows.append(Row(source_of(node), target, what, why))

    def unsay(self, *nodes: OnnxNode) -> None:
        """Take back what the report says of nodes, since they are read otherwise after all."""
        names = {source_of(node) for node in nodes}
        self.rows = [row for row in self.rows if row.source not in names]

    def give(self, node: OnnxNode, value: Value, number: int = 0) -> None:
        """Let an output of a node stand for a value."""
        if isinstance(value, Held):
            sizes = [size for size in value.shape if size is not None]
            if np.prod([float(size) for size in sizes]) > MOST_ELEMENTS:
                raise refusal(node, f"it makes values of the shape {value.shape}, larger than any that is read")
        if len(node.outputs) <= number:
            raise refusal(node, "it has no output")
        self.values[node.outputs[number]] = value

    def next_alone(self, node: OnnxNode, kind: str) -> tuple[int, OnnxNode] | None:
        """The node of that kind behind this one, if nothing else needs what lies between."""
        name = node.outputs[0]
        behind = self.consumers.get(name, [])
        if len(behind) != 1 or name in self._wanted or self.file.nodes[behind[0]].kind != kind:
            return None
        return behind[0], self.file.nodes[behind[0]]

    # The order of axes.

    def plain(self, node: OnnxNode, held: Held) -> SymbolicTensor:
        """A tensor that is as the file has the value."""
        tensor = held.tensor
        if held.features is not None:
            return ops.take(tensor, held.features, axis=-1)
        return self.permuted(node, held, tuple(range(held.rank))).tensor

    def last(self, node: OnnxNode, number: int = 0) -> Held:
        """An input of a node with its channels last; of two axes it is as it is."""
        held = self.held(node, number)
        if held.rank < 3:
            return held
        return self.permuted(node, held, channels_last(held.rank))

    def permuted(self, node: OnnxNode, held: Held, order: tuple[int, ...]) -> Held:
        """The value with its axes in a certain order; moved only where they stand otherwise."""
        if held.is_folded:
            joined = ops.reshape(held.tensor, (-1, *(size or 0 for size in held.tensor.shape[2:])))
            held = Held(joined, tuple(max(axis - 1, 0) for axis in held.order))
        if held.order == order:
            return held
        permutation = [held.order[order.index(axis)] for axis in range(held.rank)]
        shape = held.tensor.shape
        moving = [axis for axis in permutation if shape[axis] != 1]
        if moving == sorted(moving) and permutation[0] == 0 and None not in shape[1:]:
            return Held(ops.reshape(held.tensor, (-1, *(shape[axis] or 0 for axis in permutation[1:]))), order)
        if permutation[0] != 0:
            return Held(ops.transpose(held.tensor, permutation), order)
        self.say(node, "a Permute before it", "its axes stand in an order that the operation does not take")
        return Held(layers.Permute(permutation[1:])(held.tensor), order)

    def reshaped(self, node: OnnxNode, held: Held, target: Sequence[int]) -> Held:
        """The value with other axes; `target` are the sizes of one sample, all known."""
        if held.features is not None or held.is_folded:
            held = Held.plain(self.plain(node, held))
        sizes = held.shape[1:]
        if held.order[0] != 0 or None in sizes:
            return Held.plain(ops.reshape(self.plain(node, held), (-1, *target)))
        if list(sizes) == list(target):
            return held
        if len(target) == 1:
            return Held(self._flat(node, held), (0, 1), flattening(held))
        how = regrouped(held, target)
        tensor = held.tensor
        if how.permutation is not None:
            self.say(node, "a Permute before it", "its axes are joined in an order in which they do not stand")
            tensor = layers.Permute(how.permutation[1:])(tensor)
        if tensor.shape[1:] != how.shape:
            tensor = self.layer(node, "Reshape", tensor, how.shape)
        return Held(tensor, how.order)

    def _flat(self, node: OnnxNode, held: Held) -> SymbolicTensor:
        return held.tensor if held.rank == 2 else self.layer(node, "Flatten", held.tensor)


class _Constants:
    """Constants of a file as the weights of a layer, as a `WeightSource`: each goes into the layer uncopied."""

    def __init__(self, label: str, arrays: Sequence[np.ndarray]) -> None:
        self.label, self.arrays = label, list(arrays)

    def take(self, index: int, shape: Shape) -> np.ndarray:
        """The constant for a weight; raises where it is none that a weight can be."""
        array = self.arrays[index] if index < len(self.arrays) else np.zeros(0)
        if array.shape != shape:
            raise ArgumentError(f"{self.label} needs a weight of shape {shape}, the file has one of {array.shape}")
        odd = first_odd(array)
        if odd is not None:
            raise DataError(f"{self.label}: the value {odd}; weights must be finite float32 numbers")
        return array

    def finish(self, count: int) -> None:
        """All weights are taken; raises where there are more constants."""
        if count != len(self.arrays):
            raise ArgumentError(f"{self.label} has {count} weights, the file {len(self.arrays)} for it")


MANY = 2**14  # elements of a constant that is worth to be let go

Rule = Callable[[Reader, OnnxNode], None]


def source_of(node: OnnxNode) -> str:
    """What a report calls a node."""
    return (node.name or (node.outputs or ("",))[0])[:200]


def refusal(node: OnnxNode, why: str) -> FileError:
    """The error that says what of a node is not read."""
    return FileError(f"{node.label} cannot be read: {why}")


def made(rules: Mapping[str, Rule], reader: Reader, node: OnnxNode) -> None:
    """Apply the rule of a node; what the layers then say against it is an error of the file."""
    try:
        rules[node.kind](reader, node)
    except FileError:
        raise
    except (ArgumentError, ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError) as error:
        raise refusal(node, f"{type(error).__name__}: {error}"[:300]) from error


def whole_list(node: OnnxNode, name: str, value: Any) -> list[int]:
    """Whole numbers that a setting holds."""
    array = np.asarray(value)
    if array.dtype.kind not in "iu" or array.ndim > 1 or array.size > 64:
        raise refusal(node, f"its {quoted(name)} is no short list of whole numbers that are known")
    return [int(number) for number in array.reshape(-1)]


def clean(name: str) -> str:
    """A name as layers can have it."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:100]


def stem(node: OnnxNode) -> str:
    """What a node is called after: its weights, which bear the names of modules, or itself.

    PyTorch repeats in "/blocks/blocks.0/Conv" what a module lies in.

    Example:
        >>> stem(OnnxNode("Conv", "/conv1/Conv", ("x", "layer1.0.conv1.weight"), ("y",), {}))
        'layer1.0.conv1'
        >>> stem(OnnxNode("Conv", "/blocks/blocks.0/conv/Conv", ("x", "onnx::Conv_7"), ("y",), {}))
        'blocks.0/conv'
    """
    weights = [name for name in node.inputs[1:] if name.endswith((".weight", ".bias"))]
    if weights:
        return weights[0].rpartition(".")[0]
    parts = re.sub(r"/[A-Z][A-Za-z]*(_\d+)?$", "", node.name).strip("/").split("/")
    return "/".join(part for part, next_one in zip(parts, [*parts[1:], ""], strict=True) if f"{part}." not in next_one)


def _of_weights(layer: layers.Layer) -> str:
    shapes = ", ".join(f"{weight.name} {weight.shape}" for weight in layer.own_weights)
    return f"; {shapes}" if shapes else ""
