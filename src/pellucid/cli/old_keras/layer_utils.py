"""`keras.utils.layer_utils`: what models of third parties ask of layers and tensors.

Source: keras/utils/layer_utils.py and keras/engine/topology.py of Keras 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from pellucid.checks import word
from pellucid.cli.old_keras.conv_utils import DATA_FORMATS, convert_kernel
from pellucid.dispatch.symbolic import SymbolicTensor

TURNED = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose")


def get_source_inputs(tensor: Any, layer: Any = None, node_index: Any = None) -> list[Any]:
    """The symbolic inputs that a symbolic tensor follows from, each once, in the order in which they are met.

    Args:
        tensor: symbolic.
        layer, node_index: Keras's own marks of where it came from; not needed.

    Example:
        >>> from pellucid import Input, layers
        >>> x, z = Input((2,)), Input((2,))
        >>> get_source_inputs(layers.Add()([layers.Dense(2)(x), z])) == [x, z]
        True
    """
    found: dict[SymbolicTensor, None] = {}
    met: set[SymbolicTensor] = set()
    open_ends = [tensor]
    while open_ends:
        end = open_ends.pop()
        if end in met:
            continue
        met.add(end)
        if end.call.inputs:
            open_ends += reversed(end.call.inputs)
        else:
            found[end] = None
    return list(found)


def count_params(weights: Iterable[Any]) -> int:
    """How many numbers there are in weights, each counted once.

    Example:
        >>> from pellucid import Sequential, layers
        >>> count_params(Sequential([layers.Input((4,)), layers.Dense(3)]).weights)
        15
    """
    return sum(weight.size for weight in {id(weight): weight for weight in weights}.values())


def print_summary(model: Any, line_length: int | None = None, *, print_fn: Callable[[str], Any] | None = None) -> None:
    """See `Model.summary`.

    Example:
        >>> from pellucid import Sequential, layers
        >>> lines = []
        >>> print_summary(Sequential([layers.Input((4,)), layers.Dense(3)]), print_fn=lines.append)
        >>> any("15" in line for line in lines)
        True
    """
    model.summary(line_length=line_length, print_fn=print_fn)


def convert_all_kernels_in_model(model: Any) -> None:
    """Turn the kernels of all convolutions round: those that Theano learned are for TensorFlow so, and the reverse.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(1, 2)])
        >>> before = model.layers[0].kernel.numpy()
        >>> convert_all_kernels_in_model(model)
        >>> bool((model.layers[0].kernel.numpy() == before[::-1, ::-1]).all())
        True
    """
    for layer in model.layers:
        if type(layer).__name__ in TURNED:
            layer.kernel.assign(convert_kernel(layer.kernel.numpy()))


def convert_dense_weights_data_format(
    dense: Any, previous_feature_map_shape: Sequence[int], target_data_format: str = "channels_first"
) -> None:
    """Put the rows of a dense layer behind a Flatten into the order that another data format gives its input.

    Args:
        dense: the layer.
        previous_feature_map_shape: of what is flattened, as the target has it.
        target_data_format: "channels_first" or "channels_last".

    Example:
        >>> from pellucid import Sequential, layers
        >>> dense = Sequential([layers.Input((4,)), layers.Dense(1)]).layers[0]
        >>> dense.set_weights([[[0.0], [1.0], [2.0], [3.0]], [0.0]])  # one row: two columns of two channels
        >>> convert_dense_weights_data_format(dense, (2, 1, 2))
        >>> dense.kernel.numpy().ravel().tolist()
        [0.0, 2.0, 1.0, 3.0]
    """
    kernel, bias = dense.get_weights()
    to_first = word("convert_dense_weights_data_format", "target_data_format", target_data_format, DATA_FORMATS)
    sizes = tuple(previous_feature_map_shape)
    if to_first == "channels_first":
        found = np.moveaxis(kernel.reshape(*sizes[1:], sizes[0], -1), 2, 0)
    else:
        found = np.moveaxis(kernel.reshape(sizes[-1], *sizes[:-1], -1), 0, 2)
    dense.set_weights([found.reshape(kernel.shape), bias])
