"""MobileNetV3, small and large, under Keras's names."""

from __future__ import annotations

from typing import Any

from pellucid.applications.frame import Wanted, decode_predictions
from pellucid.applications.mobile_v3 import mobilenet_v3
from pellucid.calls import explained
from pellucid.models import Model

__all__ = ["MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]


@explained
def MobileNetV3Small(
    input_shape: Any = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "MobileNetV3Small",
) -> Model:
    """The small one: blocks of version 2 whose maps weigh each other.

    Args:
        include_top: whether it ends in classes.
        weights: None for new ones, the path of a file, or "imagenet": Keras's file, looked for where Keras keeps it
            (`~/.keras/models`), else downloaded and checked by its hash.
        input_tensor: a symbolic tensor to begin with.
        input_shape: of an image, such as (224, 224, 3).
        pooling: what becomes of the maps where there is no top: None, "avg" or "max".
        classes: how many.
        classifier_activation: behind the last layer; None for none.
        name: of the model.
        alpha: how many of the maps there are, > 0.
        minimalistic: 3x3 kernels only, and nothing but what is cut off at 0.
        dropout_rate: before the last layer.
        include_preprocessing: whether pixels from 0 to 255 come in.

    Raises:
        ArgumentError: an argument is out of range, or does not go with the weights.
        ShapeError: the input is too small.
        FileError: a file is not there, or does not fit.

    Example:
        >>> MobileNetV3Small(weights=None, input_shape=(32, 32, 3)).count_params()
        2554968

    Source: keras.applications.mobilenet_v3.MobileNetV3Small.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return mobilenet_v3("small", alpha, minimalistic, dropout_rate, include_preprocessing, wanted)


@explained
def MobileNetV3Large(
    input_shape: Any = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "MobileNetV3Large",
) -> Model:
    """The large one: blocks of version 2 whose maps weigh each other.

    As `MobileNetV3Small`, whose arguments it takes.

    Example:
        >>> MobileNetV3Large(weights=None, input_shape=(32, 32, 3)).count_params()
        5507432

    Source: keras.applications.mobilenet_v3.MobileNetV3Large.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return mobilenet_v3("large", alpha, minimalistic, dropout_rate, include_preprocessing, wanted)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pixels from 0 to 255 as the network wants them: the same: the network itself rescales.

    Args:
        x: images, or a symbolic tensor.
        data_format: "channels_last" or "channels_first"; that of `config.image_data_format()` by default.

    Example:
        >>> preprocess_input([[[0.0, 255.0, 0.0]]])
        [[[0.0, 255.0, 0.0]]]

    Source: keras.applications.mobilenet_v3.preprocess_input.
    """
    return x
