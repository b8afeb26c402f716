"""Rows for `pellucid.ops`: Fourier's transform, pieces, counts, vectors, and what few models need."""

from __future__ import annotations

import numpy as np
from ops.calls import FunctionCase, Operand, case, listed

_EDGES = np.array([-2.0, 0.5, 0.5, 3.0], np.float32)
_SEGMENTS = np.array([0, 2, 1, 0, 2, 2], np.int32)
SIGNALS = [
    *(listed("fft", (2, n), (2, n)) for n in (1, 5, 12)),
    *(listed(name, (2, 6, 9), (2, 6, 9)) for name in ("fft2", "ifft2")),
    *(case("rfft", (3, n), **s) for n, s in ((8, {}), (7, {}), (10, {"fft_length": 6}), (5, {"fft_length": 12}))),
    *(
        listed("irfft", (3, n), (3, n), **s)
        for n, s in ((5, {}), (4, {"fft_length": 7}), (6, {"fft_length": 5}), (3, {"fft_length": 9}))
    ),
    *(
        case("stft", (2, 40), sequence_length=size, sequence_stride=stride, fft_length=length, **settings)
        for size, stride, length, settings in (
            (8, 4, 8, {}),
            (6, 3, 10, {"window": "hamming"}),
            (8, 5, 9, {"window": None, "center": False}),
            (4, 2, 8, {"window": np.array([0.5, 1.0, 2.0, 0.25], np.float32)}),
        )
    ),
    *(
        listed("istft", (2, 7, 5), (2, 7, 5), sequence_length=8, sequence_stride=4, fft_length=8, **settings)
        for settings in ({}, {"length": 20}, {"center": False, "window": "hamming"})
    ),
    *(case("extract_sequences", shape, sequence_length=4, sequence_stride=3) for shape in ((11,), (2, 3, 10))),
    *(
        case("unfold", (2, 3, 7, 6), **settings)
        for settings in (
            {"kernel_size": 2},
            {"kernel_size": (3, 2), "stride": (2, 1)},
            {"kernel_size": 3, "dilation": (2, 1), "padding": (1, 2), "stride": 2},
        )
    ),
    *(
        case("fold", (2, 3 * taps, places), output_size=(7, 6), **settings)
        for taps, places, settings in (
            (4, 30, {"kernel_size": 2}),
            (6, 15, {"kernel_size": (3, 2), "stride": (2, 1)}),
            (9, 12, {"kernel_size": 3, "dilation": (2, 1), "padding": (1, 2), "stride": 2}),
        )
    ),
    FunctionCase(
        "rearrange", (Operand((2, 6, 4, 3)),), {"pattern": "b (h x) (w y) c -> b (h w) (x y c)", "x": 3, "y": 2}
    ),
    FunctionCase("rearrange", (Operand((2, 3, 4)),), {"pattern": "a b c -> (c a) b"}),
    *(
        case(name, shape, segment_ids=_SEGMENTS, num_segments=3)
        for name in ("segment_max", "segment_min", "segment_prod")
        for shape in ((6, 2), (6,))
    ),
    FunctionCase("segment_prod", (Operand((6, 2)), Operand((6,), "label")), {"num_segments": 9}),
    *(case(name, (3, 4)) for name in ("erfc", "fabs", "signbit", "real", "imag", "conj", "angle", "isreal")),
    case("erfinv", (3, 4), kind="share"),
    case("ldexp", Operand((3, 4)), Operand((4,), "label")),
    *(
        case("cross", a, b, **s)
        for a, b, s in (((2, 3), (2, 3), {}), ((3, 4), (3, 1), {"axis": 0}), ((5, 2), (2,), {}))
    ),
    case("cross", (3, 2), (2, 3), axisa=0, axisc=0),
    *(case("cdist", a, b) for a, b in (((4, 3), (5, 3)), ((2, 4, 3), (2, 5, 3)))),
    *(case("trapezoid", (3, 5), **s) for s in ({}, {"axis": 0}, {"dx": 0.5})),
    *(case("trapezoid", (3, 5), x, **s) for x, s in (((5,), {}), ((3, 5), {"axis": 0}))),
    *(case("vander", (4,), **s) for s in ({}, {"N": 3}, {"N": 6, "increasing": True})),
    *(case("correlate", a, b, mode=m) for a, b in (((7,), (3,)), ((3,), (6,))) for m in ("valid", "same", "full")),
    *(case("corrcoef", shape) for shape in ((3, 7), (2, 5))),
    case("digitize", (3, 4), bins=_EDGES),
    *(FunctionCase("searchsorted", (Operand((3, 4)),), {"side": side}, before=(_EDGES,)) for side in ("left", "right")),
    *(case("histogram", (27,), **s) for s in ({}, {"bins": 4}, {"bins": 5, "range": (-1.0, 2.0)})),
    *(case(name, (3, 4), axis=axis) for name in ("nanargmax", "nanargmin") for axis in (None, 0, -1)),
    *(case(name, (3, 4), **s) for name in ("nanprod", "nanvar", "nanstd") for s in ({}, {"axis": 0, "keepdims": True})),
    *(case(name, (3, 4), axis=axis) for name in ("nancumsum", "nancumprod") for axis in (None, 1)),
]
