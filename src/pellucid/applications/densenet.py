"""DenseNet121, 169 and 201, under Keras's names."""

from __future__ import annotations

from typing import Any

from pellucid.applications.dense_blocks import densenet
from pellucid.applications.frame import Wanted, decode_predictions, prepared
from pellucid.calls import explained
from pellucid.models import Model

__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]


@explained
def DenseNet121(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "densenet121",
) -> Model:
    """121 layers, each of which sees the maps of all before it in its block.

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

    Raises:
        ArgumentError: an argument is out of range, or does not go with the weights.
        ShapeError: the input is too small.
        FileError: a file is not there, or does not fit.

    Example:
        >>> DenseNet121(weights=None, input_shape=(32, 32, 3)).count_params()
        8062504

    Source: keras.applications.densenet.DenseNet121.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return densenet("densenet121", (6, 12, 24, 16), wanted)


@explained
def DenseNet169(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "densenet169",
) -> Model:
    """169 layers, each of which sees the maps of all before it in its block.

    As `DenseNet121`, whose arguments it takes.

    Example:
        >>> DenseNet169(weights=None, input_shape=(32, 32, 3)).count_params()
        14307880

    Source: keras.applications.densenet.DenseNet169.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return densenet("densenet169", (6, 12, 32, 32), wanted)


@explained
def DenseNet201(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "densenet201",
) -> Model:
    """201 layers, each of which sees the maps of all before it in its block.

    As `DenseNet121`, whose arguments it takes.

    Example:
        >>> DenseNet201(weights=None, input_shape=(32, 32, 3)).count_params()
        20242984

    Source: keras.applications.densenet.DenseNet201.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return densenet("densenet201", (6, 12, 48, 32), wanted)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pixels from 0 to 255 as the network wants them: from 0 to 1, less the mean of ImageNet, divided by its deviation.

    Args:
        x: images, or a symbolic tensor.
        data_format: "channels_last" or "channels_first"; that of `config.image_data_format()` by default.

    Example:
        >>> preprocess_input([[[0.0, 255.0, 0.0]]]).shape
        (1, 1, 3)

    Source: keras.applications.densenet.preprocess_input.
    """
    return prepared(x, data_format, "torch")
