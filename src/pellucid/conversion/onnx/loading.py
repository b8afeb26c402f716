"""An ONNX file as a model."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pellucid import layers
from pellucid.conversion.onnx.folding import FOLDS
from pellucid.conversion.onnx.held import Held, channels_last
from pellucid.conversion.onnx.read_arithmetic import ARITHMETIC
from pellucid.conversion.onnx.read_arrangement import ARRANGEMENT
from pellucid.conversion.onnx.read_einsum import EINSUM
from pellucid.conversion.onnx.read_parts import PARTS
from pellucid.conversion.onnx.read_reductions import REDUCTIONS
from pellucid.conversion.onnx.read_resizing import RESIZING
from pellucid.conversion.onnx.read_weighted import WEIGHTED
from pellucid.conversion.onnx.read_windows import WINDOWS
from pellucid.conversion.onnx.reader import Reader, Rule, clean, made, refusal
from pellucid.conversion.report import Report, Row, unique
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import FileError
from pellucid.formats.onnx_file import OnnxBranch, OnnxFile, OnnxInput, OnnxNode, quoted, read_onnx
from pellucid.models import Model

RULES: dict[str, Rule] = {
    **WEIGHTED,
    **WINDOWS,
    **ARITHMETIC,
    **REDUCTIONS,
    **ARRANGEMENT,
    **PARTS,
    **RESIZING,
    **EINSUM,
}
"""One rule for each operation of ONNX that is read; `FOLDS` has those that are computed at once on constants."""

_QUANTISED = "quantised networks are not read; export the one in float32"
_RECURRENT = "recurrent networks are not read"
_BOXES = "how many boxes it gives depends on the data; export the network up to its raw outputs"
_PICKED = "where it takes or puts numbers depends on the data"
_COUNTED = "how many numbers it gives depends on the data"
_RANDOM = "it draws random numbers when the model predicts"
HINTS = {
    **dict.fromkeys(("QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"), _QUANTISED),
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"), _QUANTISED),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), _RECURRENT),
    **dict.fromkeys(("NonMaxSuppression", "RoiAlign", "MaxRoiPool"), _BOXES),
    **dict.fromkeys(("GridSample", "AffineGrid", "DeformConv", "TopK", "GatherElements", "GatherND"), _PICKED),
    **dict.fromkeys(("ScatterND", "ScatterElements", "Scatter", "ReverseSequence"), _PICKED),
    **dict.fromkeys(("NonZero", "Compress", "Unique"), _COUNTED),
    **dict.fromkeys(("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"), _RANDOM),
    **dict.fromkeys(("Bernoulli", "Multinomial"), _RANDOM),
}

SPATIAL = {"Conv", "ConvTranspose", "InstanceNormalization", "DepthToSpace", "SpaceToDepth"}
SPATIAL |= {"BatchNormalization", *WINDOWS}
"""Operations whose input has its channels second."""
AGNOSTIC = {"Identity", "Dropout", "Cast", "Pad", "Add", "Sub", "Mul", "Div", "Clip", "Pow", "Sqrt", "Neg", "Abs"}
AGNOSTIC |= {"Relu", "PRelu", "LeakyRelu", "Sigmoid", "Tanh", "Concat", "Slice", "Split", "Sum", "Exp", "Log", "If"}

COMPARISONS = {"Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "And", "Or", "Not"}
GIVE_WHOLE = {"ArgMax", "ArgMin"}
GIVE_OTHERS = {"Cast", *COMPARISONS}
FOR_WHOLE = {*GIVE_WHOLE, *GIVE_OTHERS, "Where", "Min", "Max", "Abs", "Neg", "Sign", "ReduceMax", "ReduceMin"}
"""What whole numbers and numbers with fractions have in common, so that either may stand for the other."""
WHOLE_TYPES = {2, 3, 4, 5, 6, 7, 12, 13}


def read(path: str | os.PathLike[str], max_bytes: int | None = None) -> tuple[Model, Report, Mapping[str, str]]:
    """Read a convolutional network from an ONNX file as a model, channels last.

    Args:
        path: of the file.
        max_bytes: the largest file that is read; 2 GiB by default.

    Returns:
        the model, what became of each node, and the texts that the file keeps.

    Raises:
        FileError: the file is damaged, or has something that no layer says; the message names the node.
    """
    file = read_onnx(os.fspath(path), max_bytes)
    metadata, constants = file.metadata, [file.constants]
    file = replace(file, constants={})
    return *_made(file, constants, f"{Path(path).name} into a model"), metadata


def to_model(file: OnnxFile, title: str) -> tuple[Model, Report]:
    """The model of a file's records."""
    return _made(file, [file.constants], title)


def _made(file: OnnxFile, constants: list[Mapping[str, np.ndarray]], title: str) -> tuple[Model, Report]:
    """The model; the constants come in a list, so that the reader alone holds them and can let go of them."""
    if not file.inputs:
        raise FileError("its graph takes no input")
    reader = Reader(file, constants.pop())
    inputs = [_input(reader, each) for each in file.inputs]
    _read_all(reader, lets_go=True)
    outputs = [_output(reader, name) for name in file.outputs]
    reader.name_functions(outputs)
    if file.narrowed:
        reader.lost.append(
            f"half of the digits of {len(file.narrowed)} constants in float64, such as {file.narrowed[0]}"
        )
    try:
        model = Model(
            inputs if len(inputs) > 1 else inputs[0],
            outputs if len(outputs) > 1 else outputs[0],
            name=clean(file.name) or "model",
        )
    except ValueError as error:
        raise FileError(f"its nodes make no model: {error}") from error
    return model, Report(title, tuple(reader.rows), unique(reader.lost))


def _read_all(reader: Reader, *, lets_go: bool) -> None:
    """All nodes in their order; large constants may go when no later node needs them."""
    for number, node in enumerate(reader.file.nodes):
        if number not in reader.done:
            _read(reader, node)
            if lets_go:
                reader.let_go(number, node)


def _read_if(reader: Reader, node: OnnxNode) -> None:
    """If: the branch that is taken, where that is known before the model runs.

    Exporters write it to take an axis away where its size is 1.
    """
    condition = reader.values.get(node.inputs[0])
    if not isinstance(condition, np.ndarray) or condition.dtype == object or condition.size != 1:
        raise refusal(node, "its condition depends on the data, or on the size of the batch; layers cannot say that")
    branch: OnnxBranch = node.attributes["then_branch" if bool(condition.reshape(-1)[0]) else "else_branch"]
    with reader.inside(branch):
        _read_all(reader, lets_go=False)
    reader.say(node, "", "only the branch that is taken is read", "left out")
    for name, source in zip(node.outputs, branch.outputs, strict=True):
        if source not in reader.values:
            raise refusal(node, f"it gives {quoted(source)}, a second result that is not read")
        reader.values[name] = reader.values[source]
        if source in reader.whole:
            reader.whole.add(name)


def _read(reader: Reader, node: OnnxNode) -> None:
    """One node: computed at once where all it needs is constant, else a part of the model."""
    if node.kind == "If":
        _read_if(reader, node)
        return
    is_constant = all(isinstance(reader.values.get(name), np.ndarray) for name in node.inputs)
    if is_constant and node.kind in FOLDS:
        made({node.kind: lambda reader, node: reader.give(node, FOLDS[node.kind](reader, node))}, reader, node)
        return
    if node.kind not in RULES:
        raise refusal(node, HINTS.get(node.kind, "no layer or function says what it computes"))
    is_whole = any(name in reader.whole for name in node.inputs)
    if is_whole and node.kind in {*WEIGHTED, *WINDOWS, *ARITHMETIC, *REDUCTIONS} - FOR_WHOLE:
        raise refusal(node, "it computes with whole numbers, and numbers of the model have fractions; cast them first")
    missing = [name for name in node.inputs if name not in reader.values and name not in reader.pooled]
    if missing:
        raise refusal(node, f"it needs {quoted(missing[0])}, a second result that is not read")
    made(RULES, reader, node)
    if node.kind in GIVE_WHOLE or (is_whole and node.kind not in GIVE_OTHERS) or _is_cast_to_whole(node):
        reader.whole.update(node.outputs)


def _is_cast_to_whole(node: OnnxNode) -> bool:
    return node.kind == "Cast" and int(node.attributes.get("to", 1)) in WHOLE_TYPES


def _input(reader: Reader, given: OnnxInput) -> SymbolicTensor:
    """An input of the model; maps come channels last."""
    if len(given.shape) < 2:
        raise FileError(f"its input {quoted(given.name)} has the shape {given.shape}: no batch of samples")
    batch = given.shape[0]
    if batch is not None:
        if reader.batch not in (None, batch):
            raise FileError("its inputs have batches of different sizes")
        reader.batch = batch
        reader.lost.append(f"that batches have {batch} samples: the model takes any number")
    shape = _with_channels(reader, given)
    name = clean(given.name) or "input"
    is_first = len(shape) > 2 and _first_spatial(reader, given.name) is not None
    order = channels_last(len(shape)) if is_first else tuple(range(len(shape)))
    stored = [shape[order.index(axis)] for axis in range(len(order))]
    tensor = layers.Input(tuple(stored[1:]), name=reader.named(OnnxNode("Input", name, (), (given.name,), {})))
    reader.values[given.name] = Held(tensor, order)
    reader.is_turned |= is_first
    if given.dtype not in ("float32", "float64", "float16", "bfloat16", "bool"):
        reader.whole.add(given.name)
    why = f"{shape} in the file, {('batch', *stored[1:])} here: channels last" if is_first else ""
    reader.rows.append(Row(given.name[:200], tensor.call.layer.name, "reshaped" if is_first else "matched", why))
    return tensor


def _first_spatial(reader: Reader, name: str) -> OnnxNode | None:
    """The first node that takes an input, or what is made of it element by element, as maps with channels second."""
    reached = {name}
    for node in _with_branches(reader.file.nodes):
        if not reached.intersection(node.needs):
            continue
        resizes = _resizes(reader, node)
        if resizes is not None:
            return node if resizes else None
        if node.kind in SPATIAL and node.inputs[0] in reached:
            return node
        if node.kind in AGNOSTIC or node.kind in RESIZING:
            reached.update(filter(None, node.outputs))
    return None


def _with_branches(nodes: Sequence[OnnxNode]) -> Iterator[OnnxNode]:
    """All nodes, those of branches before the node that holds them."""
    for node in nodes:
        for branch in node.branches:
            yield from _with_branches(branch.nodes)
        yield node


def _resizes(reader: Reader, node: OnnxNode) -> bool | None:
    """Whether a node that enlarges leaves the second axis alone, or else the last; None where neither is known."""
    scales = node.attributes.get("scales")
    for source in node.inputs[1:3] if node.kind in RESIZING else ():
        found = reader.values.get(source)
        scales = found if isinstance(found, np.ndarray) and found.dtype.kind == "f" and found.size > 2 else scales
    if node.kind not in RESIZING or scales is None or len(scales) < 3 or (scales[1] != 1 and scales[-1] != 1):
        return None
    return bool(scales[1] == 1)


def _with_channels(reader: Reader, given: OnnxInput) -> tuple[int | None, ...]:
    """The shape of an input; where the file leaves its channels open, as many as the first kernel is for."""
    node = _first_spatial(reader, given.name) if len(given.shape) > 2 and given.shape[1] is None else None
    kernel = reader.values.get(node.inputs[1]) if node is not None and node.kind == "Conv" else None
    if node is None or not isinstance(kernel, np.ndarray) or kernel.ndim != len(given.shape):
        return given.shape
    channels = kernel.shape[1] * int(node.attributes.get("group", 1))
    return (given.shape[0], channels, *given.shape[2:]) if channels > 0 else given.shape


def _output(reader: Reader, name: str) -> SymbolicTensor:
    """An output of the model: maps of a file that has channels first stay channels last, all else is as there."""
    value = reader.values.get(name)
    if not isinstance(value, Held):
        raise FileError(
            f"its output {quoted(name)} does not depend on the input, or is a second result that is not read"
        )
    if reader.is_turned and value.rank > 2 and value.is_plain and value.shape[1] == 1:  # one channel stands anywhere
        node = OnnxNode("output", name, (), (name,), {})
        value = reader.permuted(node, value, channels_last(value.rank))
    if value.is_channels_last and reader.is_turned:
        reader.rows.append(Row(name[:200], value.tensor.call.layer.name, "reshaped", "channels last here"))
        return value.tensor
    return reader.plain(OnnxNode("output", name, (), (name,), {}), value)
