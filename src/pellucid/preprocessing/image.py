"""Images as Keras 1 and 2 got them ready for training: read, changed at random, in batches.

Today one writes the changes as layers in front of the model and reads folders by `utils.image_dataset_from_directory`.

Example:
    >>> import numpy as np
    >>> changes = ImageDataGenerator(rotation_range=10, horizontal_flip=True, rescale=1 / 255)
    >>> x, y = next(changes.flow(np.ones((8, 5, 5, 1)), np.arange(8), batch_size=4))
    >>> x.shape, y.shape
    ((4, 5, 5, 1), (4,))

Source: keras.preprocessing.image of Keras 1.2.2 and 2.2.4.
"""

from typing import Any

from pellucid.absent import absent
from pellucid.data.images.pictures import array_to_img, img_to_array, load_img, save_img
from pellucid.preprocessing.changes import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)
from pellucid.preprocessing.folders import DirectoryIterator
from pellucid.preprocessing.generator import ImageDataGenerator
from pellucid.preprocessing.iterators import Iterator, NumpyArrayIterator
from pellucid.preprocessing.resizing import smart_resize
from pellucid.preprocessing.tables import DataFrameIterator

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "array_to_img",
    "flip_axis",
    "img_to_array",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
    "smart_resize",
]


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
