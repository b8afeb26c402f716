"""Images as the content of files, and what of it can be told: `tf.io.encode_jpeg`, `tf.image.adjust_jpeg_quality`."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import content_tensor, eager
from pellucid.cli.tf.drawing import drawn
from pellucid.cli.tf.pixels import convert_image_dtype, decode_image
from pellucid.data.images.pictures import array_to_img

JPEG = b"\xff\xd8\xff"
"""With what files of this format begin."""


def encode_jpeg(image: Any, format: str = "", quality: int = 95, *settings: Any, **more: Any) -> Any:
    """The content of a JPEG file of an image of bytes (rows, columns, channels); `settings` of TensorFlow's mean
    nothing.
    """
    return _encoded(image, "JPEG", quality=int(quality))


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Any:
    """The content of a PNG file."""
    return _encoded(image, "PNG")


def _encoded(image: Any, kind: str, **options: Any) -> Any:
    content = io.BytesIO()
    array_to_img(np.asarray(image), "channels_last", scale=False).save(content, kind, **options)
    return content_tensor(content.getvalue())


def is_jpeg(contents: Any, name: str | None = None) -> Any:
    """Whether a file is a JPEG by its first bytes."""
    return eager(np.asarray(_bytes_of(contents).startswith(JPEG)))


def extract_jpeg_shape(contents: Any, output_type: Any = np.int32, name: str | None = None) -> Any:
    """Rows, columns and channels of an image in a file."""
    return eager(np.asarray(decode_image(_bytes_of(contents)).shape, output_type))


def adjust_jpeg_quality(image: Any, jpeg_quality: int, dct_method: str = "", name: str | None = None) -> Any:
    """An image as it comes out of a JPEG file of this quality, 0 to 100."""
    array = np.asarray(image)
    content = encode_jpeg(convert_image_dtype(array, np.uint8), quality=int(jpeg_quality))
    return convert_image_dtype(decode_image(content, channels=array.shape[-1]), array.dtype)


def random_jpeg_quality(image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: Any = None) -> Any:
    """The same of a quality that is drawn, the upper end excluded."""
    return drawn(image, _of_quality, min_jpeg_quality, max_jpeg_quality, seed)


def _of_quality(image: Any, quality: Any) -> Any:
    return adjust_jpeg_quality(image, int(np.floor(quality)))


def _bytes_of(contents: Any) -> bytes:
    return contents if isinstance(contents, bytes) else bytes(np.asarray(contents, object).item())
