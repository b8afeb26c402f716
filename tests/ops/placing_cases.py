"""Rows for `pellucid.ops`: what is put side by side, to places and into blocks; normalisation and losses."""

from __future__ import annotations

import numpy as np
from ops.calls import FunctionCase, Operand, case, listed

PLACED = [
    *(case("append", (2, 3), shape, axis=axis) for shape, axis in (((4,), None), ((1, 3), 0), ((2, 2), -1))),
    *(case("array_split", (7, 2), indices_or_sections=s, axis=a) for s, a in ((3, 0), (2, 1), (7, 0))),
    *(case("diff", (3, 6), **s) for s in ({}, {"n": 2}, {"axis": 0})),
    *(case(name, (2, 3, 4)) for name in ("fliplr", "flipud")),
    *(
        case("rot90", (2, 3, 4), k=k, axes=axes)
        for k, axes in ((1, (0, 1)), (2, (0, 1)), (3, (1, 2)), (-1, (2, 0)), (4, (0, 1)))
    ),
    *(
        listed(name, a, b)
        for name in ("hstack", "vstack", "dstack")
        for a, b in (((3,), (3,)), ((2, 3), (2, 3)), ((2, 3, 4), (2, 3, 4)))
    ),
    *(
        case(name, shape, indices_or_sections=where)
        for name, shape in (("hsplit", (3, 4, 2)), ("hsplit", (4,)), ("vsplit", (4, 3)), ("dsplit", (2, 3, 4)))
        for where in (2, [1, 3])
    ),
    *(case("meshgrid", (3,), (4,), **s) for s in ({}, {"indexing": "ij"})),
    case("meshgrid", (3,), (4,), (2,)),
    FunctionCase("take_along_axis", (Operand((4, 5)), Operand((4, 2), "label")), {"axis": 1}),
    FunctionCase("take_along_axis", (Operand((5, 3, 2)), Operand((2, 3, 2), "label")), {"axis": 0}),
    FunctionCase("take_along_axis", (Operand((9,)), Operand((4,), "label"))),
    FunctionCase("scatter", (Operand((4, 1), "label"), Operand((4, 3))), {"shape": (5, 3)}),
    FunctionCase("scatter", (Operand((2, 3, 2), "label"), Operand((2, 3))), {"shape": (5, 6)}),
    FunctionCase("segment_sum", (Operand((6, 2)), Operand((6,), "label")), {"num_segments": 5}),
    FunctionCase("segment_sum", (Operand((6,)), Operand((6,), "label")), {"num_segments": 7}),
    FunctionCase("multi_hot", (Operand((3, 2), "label"),), {"num_classes": 4}),
    FunctionCase("multi_hot", (Operand((3,), "label"),), {"num_classes": 5}),
    *(
        case(name, shape, block_size=2, data_format=form)
        for name, shape, form in (
            ("depth_to_space", (2, 3, 2, 8), "channels_last"),
            ("depth_to_space", (2, 8, 3, 2), "channels_first"),
            ("space_to_depth", (2, 4, 6, 3), "channels_last"),
            ("space_to_depth", (2, 3, 4, 6), "channels_first"),
        )
    ),
    *(
        case("conv_transpose", x, kernel, **settings)
        for x, kernel, settings in (
            ((2, 5, 3), (3, 4, 3), {}),
            ((2, 5, 3), (3, 4, 3), {"strides": 2, "padding": "same"}),
            ((2, 4, 3, 2), (3, 2, 5, 2), {"strides": (2, 3), "output_padding": (1, 0)}),
            ((2, 2, 4, 3), (3, 3, 5, 2), {"dilation_rate": 2, "data_format": "channels_first"}),
        )
    ),
    *(
        case(name, shape, **settings)
        for name in ("adaptive_average_pool", "adaptive_max_pool")
        for shape, settings in (
            ((2, 7, 3), {"output_size": 3}),
            ((2, 6, 5, 3), {"output_size": (3, 2), "data_format": "channels_last"}),
            ((2, 3, 6, 4), {"output_size": 2, "data_format": "channels_first"}),
        )
    ),
    FunctionCase(
        "batch_normalization",
        (Operand((2, 3, 4)), Operand((4,)), Operand((4,), "positive")),
        {"axis": -1, "offset": np.arange(4, dtype=np.float32), "scale": np.arange(4, dtype=np.float32)},
    ),
    FunctionCase("batch_normalization", (Operand((2, 3, 4)), Operand((3,)), Operand((3,), "positive")), {"axis": 1}),
    *(case("layer_normalization", (3, 4, 5), (5,), (5,), **s) for s in ({}, {"epsilon": 0.1})),
    case("layer_normalization", (3, 4, 5), axis=(1, 2), epsilon=1e-3),
    case("rms_normalization", (3, 4, 5), (5,), epsilon=1e-3),
    FunctionCase("binary_crossentropy", (Operand((3, 4), "share"), Operand((3, 4), "share"))),
    FunctionCase("binary_crossentropy", (Operand((3, 4), "share"), Operand((3, 4))), {"from_logits": True}),
    *(
        FunctionCase("categorical_crossentropy", (Operand((3, 4), "share"), Operand((3, 4), kind)), settings)
        for kind, settings in (
            ("share", {}),
            ("real", {"from_logits": True}),
            ("real", {"from_logits": True, "axis": 0}),
        )
    ),
    *(
        FunctionCase("sparse_categorical_crossentropy", (Operand((3,), "label"), Operand((3, 6), kind)), settings)
        for kind, settings in (("share", {}), ("real", {"from_logits": True}))
    ),
    case("psnr", (2, 3, 4), (2, 3, 4), max_val=2.0),
]
