"""Where Keras 1 and 2 had what gets images and sequences ready; and where Keras has folders of images, too."""

from typing import Any

from pellucid.absent import absent
from pellucid.data.directory import image_dataset_from_directory
from pellucid.preprocessing import image, sequence

__all__ = ["image", "image_dataset_from_directory", "sequence"]


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
