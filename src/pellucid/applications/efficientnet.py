"""EfficientNet, from B0 to B7, under Keras's names."""

from __future__ import annotations

from typing import Any

from pellucid.applications.frame import Wanted, decode_predictions
from pellucid.applications.scaled_blocks import efficientnet
from pellucid.calls import explained
from pellucid.models import Model

__all__ = [
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetB2",
    "EfficientNetB3",
    "EfficientNetB4",
    "EfficientNetB5",
    "EfficientNetB6",
    "EfficientNetB7",
    "decode_predictions",
    "preprocess_input",
]


@explained
def EfficientNetB0(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb0",
) -> Model:
    """The smallest: blocks of MobileNetV2 whose maps weigh each other; for images of 224x224.

    Args:
        include_top: whether it ends in classes.
        weights: None for new ones, the path of a file, or "imagenet": Keras's file, looked for where Keras keeps it
            (`~/.keras/models`), else downloaded and checked by its hash.
        input_tensor: a symbolic tensor to begin with.
        input_shape: of an image, such as (224, 224, 3); pixels from 0 to 255.
        pooling: what becomes of the maps where there is no top: None, "avg" or "max".
        classes: how many.
        classifier_activation: behind the last layer; None for none.
        name: of the model.

    Raises:
        ArgumentError: an argument is out of range, or does not go with the weights.
        ShapeError: the input is too small.
        FileError: a file is not there, or does not fit.

    Example:
        >>> EfficientNetB0(weights=None, input_shape=(32, 32, 3)).count_params()
        5330571

    Source: keras.applications.efficientnet.EfficientNetB0.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return efficientnet("efficientnetb0", wanted)


@explained
def EfficientNetB1(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb1",
) -> Model:
    """As `EfficientNetB0`, whose arguments it takes, larger; for images of 240x240.

    Example:
        >>> EfficientNetB1(weights=None, input_shape=(16, 16, 3))
        Traceback (most recent call last):
        pellucid.errors.ShapeError: efficientnetb1 takes images of at least 32x32, got input_shape=(16, 16, 3)

    Source: keras.applications.efficientnet.EfficientNetB1.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return efficientnet("efficientnetb1", wanted)


@explained
def EfficientNetB2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb2",
) -> Model:
    """As `EfficientNetB0`, whose arguments it takes, larger; for images of 260x260.

    Example:
        >>> EfficientNetB2(weights=None, input_shape=(16, 16, 3))
        Traceback (most recent call last):
        pellucid.errors.ShapeError: efficientnetb2 takes images of at least 32x32, got input_shape=(16, 16, 3)

    Source: keras.applications.efficientnet.EfficientNetB2.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return efficientnet("efficientnetb2", wanted)


@explained
def EfficientNetB3(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb3",
) -> Model:
    """As `EfficientNetB0`, whose arguments it takes, larger; for images of 300x300.

    Example:
        >>> EfficientNetB3(weights=None, input_shape=(16, 16, 3))
        Traceback (most recent call last):
        pellucid.errors.ShapeError: efficientnetb3 takes images of at least 32x32, got input_shape=(16, 16, 3)

    Source: keras.applications.efficientnet.EfficientNetB3.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return efficientnet("efficientnetb3", wanted)


@explained
def EfficientNetB4(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb4",
) -> Model:
    """As `EfficientNetB0`, whose arguments it takes, larger; for images of 380x380.

    Example:
        >>> EfficientNetB4(weights=None, input_shape=(16, 16, 3))
        Traceback (most recent call last):
        pellucid.errors.ShapeError: efficientnetb4 takes images of at least 32x32, got input_shape=(16, 16, 3)

    Source: keras.applications.efficientnet.EfficientNetB4.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return efficientnet("efficientnetb4", wanted)


@explained
def EfficientNetB5(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb5",
) -> Model:
    """As `EfficientNetB0`, whose arguments it takes, larger; for images of 456x456.

    Example:
        >>> EfficientNetB5(weights=None, input_shape=(16, 16, 3))
        Traceback (most recent call last):
        pellucid.errors.ShapeError: efficientnetb5 takes images of at least 32x32, got input_shape=(16, 16, 3)

    Source: keras.applications.efficientnet.EfficientNetB5.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return efficientnet("efficientnetb5", wanted)


@explained
def EfficientNetB6(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb6",
) -> Model:
    """As `EfficientNetB0`, whose arguments it takes, larger; for images of 528x528.

    Example:
        >>> EfficientNetB6(weights=None, input_shape=(16, 16, 3))
        Traceback (most recent call last):
        pellucid.errors.ShapeError: efficientnetb6 takes images of at least 32x32, got input_shape=(16, 16, 3)

    Source: keras.applications.efficientnet.EfficientNetB6.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return efficientnet("efficientnetb6", wanted)


@explained
def EfficientNetB7(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb7",
) -> Model:
    """As `EfficientNetB0`, whose arguments it takes, larger; for images of 600x600.

    Example:
        >>> EfficientNetB7(weights=None, input_shape=(16, 16, 3))
        Traceback (most recent call last):
        pellucid.errors.ShapeError: efficientnetb7 takes images of at least 32x32, got input_shape=(16, 16, 3)

    Source: keras.applications.efficientnet.EfficientNetB7.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return efficientnet("efficientnetb7", wanted)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pixels from 0 to 255 as the network wants them: the same: the network itself rescales.

    Args:
        x: images, or a symbolic tensor.
        data_format: "channels_last" or "channels_first"; that of `config.image_data_format()` by default.

    Example:
        >>> preprocess_input([[[0.0, 255.0, 0.0]]])
        [[[0.0, 255.0, 0.0]]]

    Source: keras.applications.efficientnet.preprocess_input.
    """
    return x
