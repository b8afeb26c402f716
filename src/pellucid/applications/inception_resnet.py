"""InceptionResNetV2: branches of several kernels, whose maps are a small correction to what came in.

Source: Szegedy et al., Inception-v4, Inception-ResNet and the impact of residual connections on learning, arXiv
1602.07261; keras.applications.inception_resnet_v2.
"""

from __future__ import annotations

from typing import Any

from pellucid import layers
from pellucid.applications.frame import (
    MIRROR,
    Pretrained,
    Wanted,
    channels_axis,
    ended,
    input_of,
    model_of,
    weights_file,
)
from pellucid.checks import number
from pellucid.models import Model

FILES = ("e693bd0210a403b3192acc6073ad2e96", "d19885ff4a710c122648d3b5c3b684e4")
Kernel = tuple[int, int | tuple[int, int]]
"""Maps, and rows and columns, of a kernel."""
CORRECTIONS: dict[str, tuple[tuple[Kernel, ...], ...]] = {
    "block35": (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3))),
    "block17": (((192, 1),), ((128, 1), (160, (1, 7)), (192, (7, 1)))),
    "block8": (((192, 1),), ((192, 1), (224, (1, 3)), (256, (3, 1)))),
}
"""The branches of each kind of block."""


class CustomScaleLayer(layers.Layer):
    """The first of two tensors plus a share of the second, under the name that Keras's has.

    Args:
        scale: that share.
        name: of the layer.

    Example:
        >>> from pellucid import ops
        >>> CustomScaleLayer(0.5)([ops.ones((1, 2)), ops.ones((1, 2))]).tolist()
        [[1.5, 1.5]]
    """

    takes_lists = True

    def __init__(self, scale: float, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.scale = number(self.label, "scale", scale)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return inputs[0] + inputs[1] * self.scale

    def get_config(self) -> dict[str, Any]:
        """Its settings."""
        return {**super().get_config(), "scale": self.scale}


def inception_resnet_v2(wanted: Wanted) -> Model:
    """The network; see the module."""
    top = "" if wanted.include_top else "_notop"
    name = f"inception_resnet_v2_weights_tf_dim_ordering_tf_kernels{top}.h5"
    source = Pretrained(name, FILES[not wanted.include_top], f"{MIRROR}/inception_resnet_v2")
    file = weights_file(wanted.checked(), source)
    start = input_of(wanted, 299, 75)
    x: Any = _conv(_conv(start, 32, 3, strides=2, padding="valid"), 32, 3, padding="valid")
    x = layers.MaxPooling2D(3, strides=2)(_conv(x, 64, 3))
    x = _conv(_conv(x, 80, 1, padding="valid"), 192, 3, padding="valid")
    x = layers.MaxPooling2D(3, strides=2)(x)
    parts = [_along(x, branch) for branch in (((96, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)))]
    pooled = _conv(layers.AveragePooling2D(3, strides=1, padding="same")(x), 64, 1)
    x = _together([*parts, pooled], "mixed_5b")
    for number_ in range(1, 11):
        x = _corrected(x, "block35", number_, 0.17)
    x = _shrunk(x, (((384, 3),), ((256, 1), (256, 3), (384, 3))), "mixed_6a")
    for number_ in range(1, 21):
        x = _corrected(x, "block17", number_, 0.1)
    x = _shrunk(x, (((256, 1), (384, 3)), ((256, 1), (288, 3)), ((256, 1), (288, 3), (320, 3))), "mixed_7a")
    for number_ in range(1, 10):
        x = _corrected(x, "block8", number_, 0.2)
    x = _corrected(x, "block8", 10, 1.0, activation=None)
    x = _conv(x, 1536, 1, name="conv_7b")
    return model_of(wanted, start, ended(x, wanted, names=(None, None)), file)


def _conv(
    x: Any, filters: int, kernel: int | tuple[int, int], *, strides: int = 1, padding: str = "same",
    name: str | None = None,
) -> Any:  # fmt: skip
    x = layers.Conv2D(filters, kernel, strides=strides, padding=padding, use_bias=False, name=name)(x)
    x = layers.BatchNormalization(axis=channels_axis(), scale=False, name=None if name is None else f"{name}_bn")(x)
    return layers.Activation("relu", name=None if name is None else f"{name}_ac")(x)


def _along(x: Any, branch: tuple[Kernel, ...]) -> Any:
    for kernel in branch:
        x = _conv(x, *kernel)
    return x


def _together(parts: list[Any], name: str) -> Any:
    return layers.Concatenate(axis=channels_axis(), name=name)(parts)


def _shrunk(x: Any, branches: tuple[tuple[Kernel, ...], ...], name: str) -> Any:
    """Half the rows and columns: each branch ends with a step of two."""
    parts = [_conv(_along(x, branch[:-1]), *branch[-1], strides=2, padding="valid") for branch in branches]
    return _together([*parts, layers.MaxPooling2D(3, strides=2, padding="valid")(x)], name)


def _corrected(x: Any, kind: str, number_: int, scale: float, activation: str | None = "relu") -> Any:
    """What came in plus a share of what the branches of a block make of it."""
    name = f"{kind}_{number_}"
    mixed = _together([_along(x, branch) for branch in CORRECTIONS[kind]], f"{name}_mixed")
    maps = x.shape[channels_axis()]
    x = CustomScaleLayer(scale)([x, layers.Conv2D(maps, 1, padding="same", name=f"{name}_conv")(mixed)])
    return x if activation is None else layers.Activation(activation, name=f"{name}_ac")(x)
