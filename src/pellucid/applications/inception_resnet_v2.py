"""InceptionResNetV2, under Keras's names."""

from __future__ import annotations

from typing import Any

from pellucid.applications.frame import Wanted, decode_predictions, prepared
from pellucid.applications.inception_resnet import inception_resnet_v2
from pellucid.calls import explained
from pellucid.models import Model

__all__ = ["InceptionResNetV2", "decode_predictions", "preprocess_input"]


@explained
def InceptionResNetV2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "inception_resnet_v2",
) -> Model:
    """Branches of several kernels, whose maps are a small correction to what came in.

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
        >>> InceptionResNetV2(weights=None, input_shape=(75, 75, 3)).count_params()
        55873736

    Source: keras.applications.inception_resnet_v2.InceptionResNetV2.
    """
    wanted = Wanted(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return inception_resnet_v2(wanted)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pixels from 0 to 255 as the network wants them: from -1 to 1.

    Args:
        x: images, or a symbolic tensor.
        data_format: "channels_last" or "channels_first"; that of `config.image_data_format()` by default.

    Example:
        >>> preprocess_input([[[0.0, 255.0, 0.0]]]).shape
        (1, 1, 3)

    Source: keras.applications.inception_resnet_v2.preprocess_input.
    """
    return prepared(x, data_format, "tf")
