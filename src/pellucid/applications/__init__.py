"""Ready-made networks, layer by layer those of Keras: names, shapes and weights.

Example:
    >>> from pellucid import applications
    >>> applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3)).output_shape
    (None, 1, 1, 512)

Source: keras.applications, https://keras.io/api/applications/
"""

from typing import Any

from pellucid.absent import absent
from pellucid.applications import (
    densenet,
    efficientnet,
    imagenet_utils,
    inception_resnet_v2,
    inception_v3,
    mobilenet,
    mobilenet_v2,
    mobilenet_v3,
    resnet,
    resnet_v2,
    vgg16,
    vgg19,
    xception,
)
from pellucid.applications.densenet import DenseNet121, DenseNet169, DenseNet201
from pellucid.applications.efficientnet import (
    EfficientNetB0,
    EfficientNetB1,
    EfficientNetB2,
    EfficientNetB3,
    EfficientNetB4,
    EfficientNetB5,
    EfficientNetB6,
    EfficientNetB7,
)
from pellucid.applications.inception_resnet_v2 import InceptionResNetV2
from pellucid.applications.inception_v3 import InceptionV3
from pellucid.applications.mobilenet import MobileNet
from pellucid.applications.mobilenet_v2 import MobileNetV2
from pellucid.applications.mobilenet_v3 import MobileNetV3Large, MobileNetV3Small
from pellucid.applications.resnet import ResNet50, ResNet101, ResNet152
from pellucid.applications.resnet_v2 import ResNet50V2, ResNet101V2, ResNet152V2
from pellucid.applications.vgg16 import VGG16
from pellucid.applications.vgg19 import VGG19
from pellucid.applications.xception import Xception
from pellucid.old_modules import register

__all__ = [
    "VGG16",
    "VGG19",
    "DenseNet121",
    "DenseNet169",
    "DenseNet201",
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetB2",
    "EfficientNetB3",
    "EfficientNetB4",
    "EfficientNetB5",
    "EfficientNetB6",
    "EfficientNetB7",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Large",
    "MobileNetV3Small",
    "ResNet50",
    "ResNet50V2",
    "ResNet101",
    "ResNet101V2",
    "ResNet152",
    "ResNet152V2",
    "Xception",
    "densenet",
    "efficientnet",
    "imagenet_utils",
    "inception_resnet_v2",
    "inception_v3",
    "mobilenet",
    "mobilenet_v2",
    "mobilenet_v3",
    "resnet",
    "resnet_v2",
    "vgg16",
    "vgg19",
    "xception",
]

register("pellucid")  # resnet50


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
