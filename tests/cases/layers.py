"""A row, or several, for every public layer. Arguments are as a user types them."""

from __future__ import annotations

from typing import Any

from cases.rows import LayerCase
from pellucid.graph.ops import Shape

FIRST = "channels_first"


def _describe(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _row(family: str, layer: str, *inputs: Shape, training: bool = False, **arguments: Any) -> LayerCase:
    shapes = " and ".join(map(str, inputs))
    name = f"{layer}({_describe(arguments)}) on {shapes}{' in training' if training else ''}"
    return LayerCase(name, family, layer, inputs, arguments, training)


def _conv(layer: str, shape: Shape, filters: int, kernel_size: object, **arguments: Any) -> LayerCase:
    return _row("convolution", layer, shape, filters=filters, kernel_size=kernel_size, **arguments)


def _pool(layer: str, shape: Shape, **arguments: Any) -> LayerCase:
    return _row("pooling", layer, shape, **arguments)


_CONVOLUTIONS = (
    _conv("Conv1D", (2, 9, 3), 4, 3),
    _conv("Conv1D", (2, 9, 3), 4, 3, strides=2, padding="same"),
    _conv("Conv1D", (2, 10, 2), 3, 4, padding="same"),
    _conv("Conv1D", (2, 10, 1), 3, 2, padding="full"),
    _conv("Conv1D", (2, 10, 4), 2, 3, padding="causal", dilation_rate=2),
    _conv("Conv1D", (2, 10, 4), 2, 3, padding="causal", strides=3),
    _conv("Conv1D", (3, 7, 17), 17, 3, groups=17, use_bias=False),
    _conv("Conv1D", (2, 3, 9), 4, 3, data_format=FIRST, padding="same", activation="tanh"),
    _conv("Conv1D", (2, 4, 11), 6, 3, data_format=FIRST, groups=2, strides=2),
    _conv("Conv1D", (1, 1, 1), 1, 1),
    _conv("Conv2D", (2, 8, 8, 1), 12, 3),
    _conv("Conv2D", (2, 8, 8, 1), 32, 3, activation="relu"),
    _conv("Conv2D", (2, 7, 5, 3), 8, 3, padding="same"),
    _conv("Conv2D", (2, 7, 5, 3), 8, (3, 2), padding="same", activation="relu"),
    _conv("Conv2D", (2, 6, 9, 2), 4, (2, 4), padding="same", strides=(2, 3)),
    _conv("Conv2D", (2, 6, 9, 2), 4, 4, padding="same"),
    _conv("Conv2D", (2, 9, 11, 17), 5, 3, strides=2),
    _conv("Conv2D", (2, 9, 11, 3), 17, 3, strides=(1, 2), padding="same"),
    _conv("Conv2D", (1, 5, 4, 3), 2, 3, padding="full"),
    _conv("Conv2D", (2, 9, 8, 2), 3, 3, dilation_rate=2),
    _conv("Conv2D", (2, 9, 8, 2), 3, (2, 3), dilation_rate=(3, 2), padding="same"),
    _conv("Conv2D", (2, 6, 6, 4), 6, 3, groups=2, activation="sigmoid"),
    _conv("Conv2D", (2, 6, 6, 17), 17, 3, groups=17, padding="same"),
    _conv("Conv2D", (2, 6, 6, 3), 9, 2, groups=3, strides=2, use_bias=False),
    _conv("Conv2D", (2, 5, 5, 16), 16, 1),
    _conv("Conv2D", (2, 5, 5, 4), 8, 1, strides=2, padding="same", activation="leaky_relu"),
    _conv("Conv2D", (2, 3, 7, 6), 4, 3, data_format=FIRST),
    _conv("Conv2D", (2, 1, 8, 9), 5, (3, 4), data_format=FIRST, padding="same", strides=2, activation="relu"),
    _conv("Conv2D", (2, 6, 7, 7), 4, 3, data_format=FIRST, groups=2, dilation_rate=2),
    _conv("Conv2D", (2, 4, 4, 3), 10, 4, activation="softmax"),
    _conv("Conv2D", (1, 28, 28, 1), 20, 5, activation="sigmoid"),
    _conv("Conv3D", (2, 5, 5, 5, 1), 3, 3),
    _conv("Conv3D", (1, 5, 6, 4, 3), 4, (2, 3, 2), padding="same", strides=(1, 2, 2)),
    _conv("Conv3D", (1, 6, 6, 6, 2), 2, 2, dilation_rate=(2, 1, 3), activation="relu"),
    _conv("Conv3D", (1, 4, 4, 4, 4), 6, 3, groups=2, padding="same"),
    _conv("Conv3D", (1, 2, 4, 5, 4), 3, 3, data_format=FIRST, padding="full", use_bias=False),
)

_POOLINGS = (
    _pool("MaxPooling1D", (2, 9, 3)),
    _pool("MaxPooling1D", (2, 10, 17), pool_size=3, strides=2, padding="same"),
    _pool("MaxPooling1D", (2, 4, 9), pool_size=2, strides=1, data_format=FIRST),
    _pool("MaxPooling2D", (2, 8, 8, 3)),
    _pool("MaxPooling2D", (2, 7, 9, 1), padding="same"),
    _pool("MaxPooling2D", (2, 7, 9, 17), pool_size=(3, 2), strides=(1, 2)),
    _pool("MaxPooling2D", (2, 8, 7, 3), pool_size=3, strides=2, padding="same"),
    _pool("MaxPooling2D", (2, 3, 8, 7), pool_size=2, strides=3, data_format=FIRST),
    _pool("MaxPooling3D", (2, 4, 6, 4, 3)),
    _pool("MaxPooling3D", (1, 5, 4, 5, 2), pool_size=(2, 3, 2), strides=(2, 1, 1), padding="same"),
    _pool("MaxPooling3D", (1, 2, 4, 4, 5), data_format=FIRST),
    _pool("AveragePooling1D", (2, 9, 3)),
    _pool("AveragePooling1D", (2, 10, 17), pool_size=3, strides=2, padding="same"),
    _pool("AveragePooling1D", (2, 4, 9), pool_size=4, strides=2, data_format=FIRST),
    _pool("AveragePooling2D", (2, 8, 8, 3)),
    _pool("AveragePooling2D", (2, 7, 9, 1), padding="same"),
    _pool("AveragePooling2D", (2, 7, 9, 17), pool_size=(3, 2), strides=(1, 2)),
    _pool("AveragePooling2D", (2, 8, 7, 3), pool_size=3, strides=1, padding="same"),
    _pool("AveragePooling2D", (2, 3, 8, 7), pool_size=2, strides=3, data_format=FIRST),
    _pool("AveragePooling3D", (2, 4, 6, 4, 3)),
    _pool("AveragePooling3D", (1, 5, 4, 5, 2), pool_size=(2, 3, 2), strides=(2, 1, 1), padding="same"),
    _pool("AveragePooling3D", (1, 2, 4, 4, 5), data_format=FIRST),
    *(
        _pool(f"Global{kind}Pooling{rank}D", shape, **arguments)
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
        for shape, arguments in (
            ((2, *(5, 4, 3)[:rank], 17), {}),
            ((2, *(3, 4, 5)[:rank], 1), {"keepdims": True}),
            ((2, 3, *(3, 1, 4)[:rank]), {"data_format": FIRST}),
            ((2, 3, *(4, 3, 2)[:rank]), {"data_format": FIRST, "keepdims": True}),
        )
    ),
)

_DENSE = (
    _row("matmul", "Dense", (4, 5), units=3),
    _row("matmul", "Dense", (4, 5), units=3, use_bias=False, activation="tanh"),
    _row("matmul", "Dense", (1, 17), units=33, activation="relu"),
    _row("matmul", "Dense", (5, 300), units=1, activation="sigmoid"),
    _row("matmul", "Dense", (6, 1), units=10, activation="softmax"),
    _row("matmul", "Dense", (2, 3, 4, 5), units=7, activation="elu"),
)

_ACTIVATIONS = (
    *(
        _row("composition", "Activation", (3, 7), activation=name)
        for name in ("relu", "tanh", "sigmoid", "softmax", "softplus", "silu", "log_softmax", None)
    ),
    _row("composition", "ReLU", (3, 4, 5)),
    _row("composition", "ReLU", (3, 17), max_value=1.0),
    _row("composition", "ReLU", (3, 17), negative_slope=0.1, threshold=0.4),
    _row("composition", "ReLU", (3, 17), max_value=1.0, negative_slope=0.3, threshold=0.5),
    _row("composition", "Softmax", (4, 6)),
    _row("composition", "Softmax", (2, 3, 5)),
    _row("composition", "Softmax", (2, 3, 4, 5), axis=1),
    _row("composition", "Softmax", (2, 3, 4, 5), axis=-2),
)

_OTHERS = (
    _row("movement", "Flatten", (2, 3, 4, 5)),
    _row("movement", "Flatten", (2, 7)),
    _row("movement", "Flatten", (2, 3, 4, 5), data_format=FIRST),
    _row("reduction", "Add", (2, 5), (2, 5)),
    _row("reduction", "Add", (2, 3, 4, 2), (2, 3, 4, 2), (2, 3, 4, 2)),
    _row("movement", "Concatenate", (2, 5), (2, 3)),
    _row("movement", "Concatenate", (2, 3, 4, 1), (2, 3, 4, 17), (2, 3, 4, 2)),
    _row("movement", "Concatenate", (2, 3, 4, 2), (2, 1, 4, 2), axis=1),
    _row("movement", "Dropout", (3, 5), rate=0.5),
    _row("elementwise", "Dropout", (3, 35), rate=0.5, training=True),
    _row("elementwise", "Dropout", (3, 35), rate=0.2, seed=7, training=True),
    _row("elementwise", "Dropout", (3, 4, 5, 6), rate=0.3, noise_shape=(None, 1, 1, 6), training=True),
    _row("elementwise", "Dropout", (3, 5), rate=0.0, training=True),
    _row("elementwise", "Dropout", (3, 5), rate=1.0, training=True),
)

LAYERS: tuple[LayerCase, ...] = (*_CONVOLUTIONS, *_POOLINGS, *_DENSE, *_ACTIVATIONS, *_OTHERS)
"""Every layer, by `cases.rows.LayerCase`."""

WITHOUT_ROW = {
    "Input": "a function that returns a symbolic tensor",
    "InputLayer": "computes nothing; every other row begins with one when it is saved and loaded",
    "Layer": "the base class",
}
"""Public names of `pellucid.layers` that compute nothing, and why."""
