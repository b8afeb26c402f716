"""Where Keras 1 and 2 had what gets images, sequences and text ready; and where Keras has folders of files, too."""

from typing import Any

from pellucid.absent import absent
from pellucid.data.folders.directory import image_dataset_from_directory
from pellucid.data.folders.file_steps import audio_dataset_from_directory, text_dataset_from_directory
from pellucid.data.sources.time_series import timeseries_dataset_from_array
from pellucid.preprocessing import image, sequence, text

__all__ = [
    "audio_dataset_from_directory",
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
