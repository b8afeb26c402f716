"""Rows for the layers that change the shape."""

from __future__ import annotations

from typing import Any

from cases.layers.writing import FIRST, row
from cases.rows import LayerCase
from pellucid.graph.ops import Shape


def _parabola(x: Any) -> Any:
    return x * x + 1.0


def _steps(family: str, held: str, shape: Shape, **config: Any) -> LayerCase:
    """The layer that is held stands in the row as a record, so that each use of the row makes its own."""
    arguments = {"layer": {"class_name": held, "config": config}}
    return LayerCase(f"TimeDistributed({held}) on {shape}", family, "TimeDistributed", (shape,), arguments)


ROWS = (
    _steps("matmul", "Dense", (2, 3, 5), units=4),
    _steps("convolution", "Conv2D", (2, 3, 5, 4, 2), filters=3, kernel_size=2),
    _steps("movement", "Flatten", (2, 3, 4, 2)),
    row("movement", "Flatten", (2, 3, 4, 5)),
    row("movement", "Flatten", (2, 7)),
    row("movement", "Flatten", (2, 3, 4, 5), data_format=FIRST),
    row("movement", "Identity", (2, 3)),
    row("movement", "Reshape", (2, 12), target_shape=(3, 4)),
    row("movement", "Reshape", (2, 3, 4, 2), target_shape=(6, -1)),
    row("movement", "Permute", (2, 3, 4), dims=(2, 1)),
    row("movement", "Permute", (2, 3, 4, 5), dims=(3, 1, 2)),
    row("movement", "RepeatVector", (3, 5), n=4),
    row("movement", "Cropping1D", (2, 7, 3), cropping=(1, 2)),
    row("movement", "Cropping1D", (2, 7, 3), cropping=2),
    row("movement", "Cropping2D", (2, 7, 6, 3), cropping=((1, 2), (0, 3))),
    row("movement", "Cropping2D", (2, 3, 7, 6), cropping=(1, 2), data_format=FIRST),
    row("movement", "Cropping3D", (2, 5, 4, 6, 2), cropping=((1, 0), (0, 2), (1, 1))),
    row("movement", "ZeroPadding1D", (2, 7, 3), padding=(1, 2)),
    row("movement", "ZeroPadding1D", (2, 3, 7), padding=2, data_format=FIRST),
    row("movement", "ZeroPadding2D", (2, 4, 5, 3), padding=((1, 2), (0, 3))),
    row("movement", "ZeroPadding2D", (2, 3, 4, 5), padding=(1, 2), data_format=FIRST),
    row("movement", "ZeroPadding3D", (2, 3, 4, 2, 2), padding=((1, 0), (0, 2), (1, 1))),
    row("movement", "UpSampling1D", (2, 5, 3), size=3),
    row("matmul", "UpSampling1D", (2, 5, 3), size=2, interpolation="bilinear"),
    row("movement", "UpSampling2D", (2, 3, 4, 3), size=(2, 3)),
    row("movement", "UpSampling2D", (2, 3, 4, 5), size=2, data_format=FIRST),
    row("matmul", "UpSampling2D", (2, 3, 4, 3), size=2, interpolation="bilinear"),
    row("matmul", "UpSampling2D", (2, 4, 5, 2), size=(3, 2), interpolation="bicubic"),
    row("matmul", "UpSampling2D", (1, 6, 5, 2), size=2, interpolation="lanczos3"),
    row("movement", "UpSampling3D", (2, 2, 3, 2, 2), size=(1, 2, 3)),
    row("matmul", "UpSampling3D", (1, 2, 3, 2, 2), size=2, interpolation="bilinear"),
    row("matmul", "Resizing", (2, 7, 5, 3), height=4, width=9),
    row("matmul", "Resizing", (2, 3, 7, 5), height=4, width=3, antialias=True, data_format=FIRST),
    row("movement", "Resizing", (2, 7, 5, 3), height=3, width=10, interpolation="nearest"),
    row("matmul", "Resizing", (2, 6, 9, 2), height=5, width=5, crop_to_aspect_ratio=True),
    row("matmul", "Resizing", (2, 6, 9, 2), height=5, width=5, pad_to_aspect_ratio=True, fill_value=0.5),
    row("elementwise", "Rescaling", (2, 3, 4), scale=0.5, offset=-1.0),
    row("elementwise", "Rescaling", (2, 5, 3), scale=(0.5, 2.0, 3.0), offset=(0.0, 1.0, -1.0)),
    row("elementwise", "Lambda", (2, 5), function=_parabola),
)
