"""Convolutions, products with a matrix of weights, and normalisations become layers with these weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid import ops
from pellucid.conversion.onnx.held import Held
from pellucid.conversion.onnx.read_windows import paddings, per_axis
from pellucid.conversion.onnx.reader import Reader, Rule, refusal
from pellucid.formats.onnx_file import OnnxNode
from pellucid.geometry import same_padding

MOST_WRITTEN_OUT = 2**24  # elements of a kernel in groups that is written out with zeros between


def _kernel(reader: Reader, node: OnnxNode) -> np.ndarray:
    kernel = np.asarray(reader.constant(node, 1), np.float32)
    if kernel.ndim < 3:
        raise refusal(node, f"a kernel has at least three axes, got {kernel.shape}")
    if "kernel_shape" in node.attributes and list(node.attributes["kernel_shape"]) != list(kernel.shape[2:]):
        raise refusal(node, f"its kernel_shape is {node.attributes['kernel_shape']}, its kernel {kernel.shape}")
    return kernel


def _bias(reader: Reader, node: OnnxNode, number: int, filters: int) -> list[np.ndarray]:
    bias = reader.optional(node, number)
    if bias is None:
        return []
    if bias.shape != (filters,):
        raise refusal(node, f"its bias has the shape {bias.shape}, expected ({filters},)")
    return [np.asarray(bias, np.float32)]


def convolution(reader: Reader, node: OnnxNode) -> None:
    """Conv: kernels (filters, channels, spatial...) become (spatial..., channels, filters)."""
    x, kernel = reader.last(node), _kernel(reader, node)
    rank = kernel.ndim - 2
    if x.rank != rank + 2 or rank > 3:
        raise refusal(node, f"its kernel {kernel.shape} is for {rank} spatial axes (1 to 3 are read), x is {x.shape}")
    strides, dilation = per_axis(node, "strides", rank), per_axis(node, "dilations", rank)
    spatial, size = x.tensor.shape[1:-1], kernel.shape[2:]
    pads = paddings(node, spatial, size, strides, dilation)
    groups = int(node.attributes.get("group", 1))
    if kernel.shape[1] * groups != x.tensor.shape[-1]:
        raise refusal(node, f"its kernel {kernel.shape} in {groups} groups does not fit {x.tensor.shape[-1]} channels")
    bias = _bias(reader, node, 2, kernel.shape[0])
    weights = [kernel.transpose(*range(2, rank + 2), 1, 0), *bias]
    options = {
        "strides": strides,
        "padding": _word(pads, spatial, size, strides, dilation),
        "dilation_rate": dilation,
        "use_bias": bool(bias),
        "data_format": "channels_last",
    }
    if groups > 1 and groups == x.tensor.shape[-1] and rank < 3:
        times = kernel.shape[0] // groups
        weights[0] = weights[0].reshape(*size, groups, times)
        y = reader.layer(
            node, f"DepthwiseConv{rank}D", x.tensor, size, depth_multiplier=times, weights=weights, **options
        )
    else:
        y = reader.layer(
            node, f"Conv{rank}D", x.tensor, kernel.shape[0], size, groups=groups, weights=weights, **options
        )
    reader.give(node, Held.channels_last(y))


def _word(
    pads: Sequence[tuple[int, int]],
    spatial: Sequence[int | None],
    size: Sequence[int],
    strides: Sequence[int],
    dilation: Sequence[int],
) -> str | tuple[tuple[int, int], ...]:
    """Amounts of padding, in a word where there is one that says the same."""
    if not any(map(any, pads)):
        return "valid"
    axes = zip(pads, spatial, size, strides, dilation, strict=True)
    is_same = all(
        pair == same_padding(n or taps * step, window=taps, stride=stride, dilation=step)
        and (n is not None or stride == 1)
        for pair, n, taps, stride, step in axes
    )
    return "same" if is_same else tuple(pads)


def transposed_convolution(reader: Reader, node: OnnxNode) -> None:
    """ConvTranspose: kernels (channels, filters, spatial...) become (spatial..., filters, channels).

    The layer keeps all that any input reaches; what the file leaves out at the edges is cropped.
    """
    x, kernel = reader.last(node), _kernel(reader, node)
    rank = kernel.ndim - 2
    if x.rank != rank + 2 or rank > 3:
        raise refusal(node, f"its kernel {kernel.shape} is for {rank} spatial axes (1 to 3 are read), x is {x.shape}")
    groups = int(node.attributes.get("group", 1))
    if kernel.shape[0] != x.tensor.shape[-1] or groups < 1 or kernel.shape[0] % groups:
        raise refusal(node, f"its kernel {kernel.shape} in {groups} groups does not fit {x.tensor.shape[-1]} channels")
    kernel = _in_one_group(node, kernel, groups)
    strides, dilation = per_axis(node, "strides", rank), per_axis(node, "dilations", rank)
    crops, extra = _crops(node, x.tensor.shape[1:-1], kernel.shape[2:], strides, dilation)
    bias = _bias(reader, node, 2, kernel.shape[1])
    y = reader.layer(
        node,
        f"Conv{rank}DTranspose",
        x.tensor,
        kernel.shape[1],
        kernel.shape[2:],
        strides=strides,
        dilation_rate=dilation,
        output_padding=extra,
        use_bias=bool(bias),
        weights=[kernel.transpose(*range(2, rank + 2), 1, 0), *bias],
        data_format="channels_last",
    )
    if any(map(any, crops)):
        options = {} if rank == 1 else {"data_format": "channels_last"}
        y = reader.layer(node, f"Cropping{rank}D", y, crops[0] if rank == 1 else crops, **options)
    reader.give(node, Held.channels_last(y))


def _in_one_group(node: OnnxNode, kernel: np.ndarray, groups: int) -> np.ndarray:
    """A kernel in groups as one with zeros where a channel does not reach a filter."""
    if groups == 1:
        return kernel
    channels, filters = kernel.shape[0] // groups, kernel.shape[1]
    if kernel.size * groups > MOST_WRITTEN_OUT:
        raise refusal(
            node, f"it has {groups} groups, and transposed convolutions have none here; they would take too much"
        )
    whole = np.zeros((kernel.shape[0], filters * groups, *kernel.shape[2:]), np.float32)
    for group in range(groups):
        rows = slice(group * channels, (group + 1) * channels)
        whole[rows, group * filters : (group + 1) * filters] = kernel[rows]
    return whole


def _crops(
    node: OnnxNode, spatial: Sequence[int | None], size: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> tuple[list[tuple[int, int]], list[int]]:
    """What is taken off the full result on each axis, and what is added behind it."""
    rank = len(size)
    output_padding = per_axis(node, "output_padding", rank, 0)
    extents = [(taps - 1) * step + 1 for taps, step in zip(size, dilation, strict=True)]
    word = node.attributes.get("auto_pad", "NOTSET")
    if "output_shape" in node.attributes or word in ("SAME_UPPER", "SAME_LOWER"):
        pads = _pads_for_shape(node, word, spatial, extents, strides, output_padding)
    else:
        amounts = per_axis(node, "pads", 2 * rank, 0) if word != "VALID" else [0] * (2 * rank)
        pads = list(zip(amounts[:rank], amounts[rank:], strict=True))
    crops, extra = [], []
    for (before, after), more, stride in zip(pads, output_padding, strides, strict=True):
        if more - after >= max(stride, 1) and more > after:
            raise refusal(node, f"output_padding of {more} with strides of {stride} is more than the layer can add")
        crops.append((before, max(after - more, 0)))
        extra.append(max(more - after, 0))
    return crops, extra


def _pads_for_shape(
    node: OnnxNode,
    word: str,
    spatial: Sequence[int | None],
    extents: Sequence[int],
    strides: Sequence[int],
    output_padding: Sequence[int],
) -> list[tuple[int, int]]:
    rank = len(strides)
    wanted = node.attributes.get("output_shape")
    if wanted is None:
        sizes: list[int | None] = [None if n is None else n * s for n, s in zip(spatial, strides, strict=True)]
    else:
        sizes = list(wanted)[-rank:]
    pads = []
    for n, size, extent, stride, more in zip(spatial, sizes, extents, strides, output_padding, strict=True):
        if n is None or size is None:
            raise refusal(node, "its padding follows from sizes that are open")
        total = stride * (n - 1) + more + extent - size
        if total < 0:
            raise refusal(node, f"its output_shape {sizes} is larger than what its windows reach")
        half = total // 2
        pads.append((half, total - half) if word == "SAME_UPPER" else (total - half, half))
    return pads


def gemm(reader: Reader, node: OnnxNode) -> None:
    """Gemm: alpha x W + beta b, a dense layer."""
    x, kernel = reader.held(node), np.asarray(reader.constant(node, 1), np.float32)
    if node.attributes.get("transA", 0) or x.rank != 2 or kernel.ndim != 2:
        raise refusal(node, f"only products of (batch, features) with a matrix are read, x is {x.shape}")
    kernel = kernel.T if node.attributes.get("transB", 0) else kernel
    alpha = np.float32(node.attributes.get("alpha", 1.0))
    kernel = kernel if alpha == 1 else kernel * alpha
    bias = reader.optional(node, 2)
    if bias is not None:
        bias = np.asarray(bias, np.float32) * np.float32(node.attributes.get("beta", 1.0))
        if bias.size not in (1, kernel.shape[1]) or bias.shape[:-1] not in ((), (1,)):
            raise refusal(node, f"its bias has the shape {bias.shape}, expected ({kernel.shape[1]},)")
        bias = np.broadcast_to(bias.reshape(-1), (kernel.shape[1],))
    _dense(reader, node, x, kernel, bias)


def _dense(reader: Reader, node: OnnxNode, x: Held, kernel: np.ndarray, bias: np.ndarray | None) -> None:
    """A dense layer; where what it sees was flattened channels last, the rows of its matrix are put in that order."""
    if x.shape[-1] != kernel.shape[0]:
        raise refusal(node, f"its matrix {kernel.shape} does not fit {x.shape}")
    if x.features is not None:
        kernel = kernel[np.argsort(x.features)]
    stays = x.features is not None or (x.is_folded and x.order[-1] == len(x.tensor.shape) - 1)
    tensor = x.tensor if stays else reader.plain(node, x)
    weights = [kernel] if bias is None else [kernel, bias]
    y = reader.layer(node, "Dense", tensor, kernel.shape[1], use_bias=bias is not None, weights=weights)
    if x.features is not None:
        target = f"{y.call.layer.name}/kernel"
        reader.say(node, target, "rows from channels, rows, columns to rows, columns, channels", "reshaped")
    reader.give(node, Held(y, x.order) if x.is_folded and stays else Held.plain(y))


def matmul(reader: Reader, node: OnnxNode) -> None:
    """MatMul: with a constant matrix behind it a dense layer, with the bias that is added next; else a product."""
    left, right = reader.value(node, 0), reader.value(node, 1)
    if isinstance(left, Held) and isinstance(right, np.ndarray) and right.ndim == 2 and left.rank >= 2:
        kernel, added = np.asarray(right, np.float32), reader.next_alone(node, "Add")
        bias = _added(reader, node, added[1], kernel.shape[1]) if added is not None else None
        _dense(reader, node, left, kernel, bias)
        if bias is not None and added is not None:
            reader.values[added[1].outputs[0]] = reader.values[node.outputs[0]]
            reader.done.add(added[0])
        return
    operands = [value if isinstance(value, np.ndarray) else reader.plain(node, value) for value in (left, right)]
    reader.give(node, Held.plain(ops.matmul(*operands)))
    reader.say(node, "matmul", "a product of what both depend on the data")


def _added(reader: Reader, node: OnnxNode, add: OnnxNode, units: int) -> np.ndarray | None:
    """The bias that a node adds to this one's result, if it is one."""
    others = [reader.values.get(name) for name in add.inputs if name != node.outputs[0]]
    if len(others) != 1 or not isinstance(others[0], np.ndarray) or others[0].dtype.kind != "f":
        return None
    bias = others[0]
    if bias.size != units or any(size != 1 for size in bias.shape[:-1]) or bias.ndim > 2:
        return None
    return np.asarray(bias, np.float32).reshape(units)


def batch_normalization(reader: Reader, node: OnnxNode) -> None:
    """BatchNormalization; ONNX's momentum is Keras's: how much of the old average stays."""
    if node.attributes.get("training_mode", 0) or not node.attributes.get("spatial", 1):
        raise refusal(node, "it normalises by the batch at hand, or each place for itself")
    x = reader.last(node)
    arrays = [np.asarray(reader.constant(node, number), np.float32) for number in range(1, 5)]
    if any(array.shape != (x.tensor.shape[-1],) for array in arrays):
        raise refusal(node, f"its weights do not fit {x.tensor.shape[-1]} channels")
    if x.features is not None:
        arrays = [array[np.argsort(x.features)] for array in arrays]
    epsilon, momentum = (float(node.attributes.get(*each)) for each in (("epsilon", 1e-5), ("momentum", 0.9)))
    y = reader.layer(node, "BatchNormalization", x.tensor, epsilon=epsilon, momentum=momentum, weights=arrays)
    reader.give(node, x.like(y))


def instance_normalization(reader: Reader, node: OnnxNode) -> None:
    """InstanceNormalization: each channel is a group of its own."""
    x = reader.last(node)
    _grouped(reader, node, x, x.tensor.shape[-1] or 0, [np.asarray(reader.constant(node, n)) for n in (1, 2)])


def group_normalization(reader: Reader, node: OnnxNode) -> None:
    """GroupNormalization; until version 20 its weights are one per group."""
    x, groups = reader.last(node), int(node.attributes["num_groups"])
    channels = x.tensor.shape[-1] or 0
    arrays = [np.asarray(reader.constant(node, number), np.float32) for number in (1, 2)]
    if reader.file.opset < 21 and groups >= 1 and channels % groups == 0:
        arrays = [np.repeat(array, channels // groups) for array in arrays]
    _grouped(reader, node, x, groups, arrays)


def _grouped(reader: Reader, node: OnnxNode, x: Held, groups: int, weights: list[np.ndarray]) -> None:
    epsilon = float(node.attributes.get("epsilon", 1e-5))
    y = reader.layer(node, "GroupNormalization", x.tensor, groups, epsilon=epsilon, weights=weights)
    reader.give(node, x.like(y))


def layer_normalization(reader: Reader, node: OnnxNode) -> None:
    """LayerNormalization, over the axes from `axis` on."""
    x = reader.held(node)
    if x.features is not None:
        x = Held.plain(reader.plain(node, x))
    first = int(node.attributes.get("axis", -1)) % x.rank
    if (len(node.outputs) > 1 and any(name in reader.consumers for name in node.outputs[1:])) or first == 0:
        raise refusal(node, "its mean or deviation is used, or it goes over the batch")
    shape = tuple(x.shape[axis] or 0 for axis in range(first, x.rank))
    axes = sorted(x.axis(axis) for axis in range(first, x.rank))
    scale, bias = reader.constant(node, 1), reader.optional(node, 2)
    arrays = [np.broadcast_to(np.asarray(each, np.float32), shape) for each in (scale, bias) if each is not None]
    turn = np.argsort([x.axis(axis) for axis in range(first, x.rank)])
    arrays = [array.transpose(turn) for array in arrays]
    y = reader.layer(
        node,
        "LayerNormalization",
        x.tensor,
        axis=axes,
        epsilon=float(node.attributes.get("epsilon", 1e-5)),
        center=bias is not None,
        weights=arrays,
    )
    reader.give(node, x.like(y))


WEIGHTED: dict[str, Rule] = {
    "Conv": convolution,
    "ConvTranspose": transposed_convolution,
    "Gemm": gemm,
    "MatMul": matmul,
    "BatchNormalization": batch_normalization,
    "InstanceNormalization": instance_normalization,
    "GroupNormalization": group_normalization,
    "LayerNormalization": layer_normalization,
}
