"""Rows for `pellucid.ops`: sums in letters, matrices, order and what is counted along axes."""

from __future__ import annotations

import numpy as np
from ops.calls import FunctionCase, Operand, case, einsum

_NUMBERS = np.array([2.0, 1.0, 4.0], np.float32)
MATRICES = [
    *(
        einsum(subscripts, *shapes)
        for subscripts, *shapes in (
            ("ij,jk->ik", (3, 4), (4, 5)),
            ("ij,jk", (3, 4), (4, 5)),
            ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
            ("bqc,bkc->bqk", (2, 3, 4), (2, 5, 4)),
            ("bhwc,cd->bhwd", (2, 3, 4, 5), (5, 6)),
            ("bijc,bijd->bcd", (2, 3, 4, 5), (2, 3, 4, 6)),
            ("...ij,...jk->...ik", (2, 3, 4), (2, 4, 5)),
            ("...i,i", (2, 3, 4), (4,)),
            ("ij->ji", (3, 4)),
            ("ij->", (3, 4)),
            ("ii", (4, 4)),
            ("ii->i", (4, 4)),
            ("iji->j", (3, 4, 3)),
            ("i,j->ij", (3,), (4,)),
            ("ij,ij->ij", (3, 4), (3, 4)),
            ("ij,ij->", (3, 4), (3, 4)),
            ("ij,k->j", (3, 4), (5,)),
            ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
            ("abc,cd,be->ade", (2, 3, 4), (4, 5), (3, 2)),
            ("bc,bd->bcd", (2, 3), (2, 4)),
        )
    ),
    *(
        case("diag", shape, k=k)
        for shape, k in (((4,), 0), ((3,), 2), ((3,), -1), ((3, 5), 0), ((3, 5), 2), ((3, 5), -2))
    ),
    *(case("diagonal", (3, 4, 5), **s) for s in ({}, {"offset": 1}, {"offset": -2, "axis1": 2, "axis2": 0})),
    *(case("kron", a, b) for a, b in (((3,), (4,)), ((2, 3), (4, 5)), ((2, 3), (4,)), ((), (3,)))),
    *(
        FunctionCase("dot_product_attention", tuple(Operand(shape) for shape in shapes), settings)
        for shapes, settings in (
            (((2, 4, 3, 5), (2, 6, 3, 5), (2, 6, 3, 5)), {}),
            (((2, 4, 3, 5), (2, 4, 3, 5), (2, 4, 3, 5), (2, 3, 4, 4)), {"is_causal": True}),
            (((1, 4, 6, 2), (1, 3, 2, 2), (1, 3, 2, 2)), {"scale": 0.5}),
        )
    ),
    FunctionCase(
        "dot_product_attention",
        (*(Operand((2, 4, 3, 5)) for _ in range(3)), Operand((1, 3, 4, 4)), Operand((2, 1, 4, 4), "binary")),
    ),
    *(case("trace", (3, 4, 5), **s) for s in ({}, {"offset": 1}, {"axis1": -1, "axis2": 1})),
    *(case(name, (2, 3, 4), **s) for name in ("tril", "triu") for s in ({}, {"k": 1}, {"k": -1}, {"k": 9})),
    *(case("outer", a, b) for a, b in (((3,), (4,)), ((2, 2), (3,)))),
    *(case("inner", a, b) for a, b in (((4,), (4,)), ((2, 3, 4), (5, 4)), ((), (3,)))),
    case("vdot", (3, 4), (12,)),
    *(case(name, (3, 4, 5), axis=axis) for name in ("sort", "argsort") for axis in (0, 1, None)),
    *(case(name, (4, 9), kind="integer") for name in ("argsort", "median")),  # with ties
    *(case("top_k", shape, k=k) for shape, k in (((7,), 3), ((2, 3, 8), 1), ((3, 5), 5))),
    case("top_k", (4, 9), kind="integer", k=4),
    *(
        FunctionCase("in_top_k", (Operand((6,), "label"), Operand((6, 5), kind)), {"k": k})
        for kind in ("real", "integer")
        for k in (1, 3)
    ),
    *(
        case("quantile", (3, 4, 5), q=q, **s)
        for q, s in (
            (0.3, {}),
            (np.array([0.1, 0.5, 1.0], np.float32), {"axis": 1}),
            (0.7, {"axis": (0, 2), "keepdims": True}),
            *((0.6, {"axis": 0, "method": method}) for method in ("lower", "higher", "midpoint", "nearest")),
        )
    ),
    case("percentile", (3, 8), q=30.0, axis=1),
    *(case("average", (3, 4), **s) for s in ({"axis": 0}, {"weights": _NUMBERS, "axis": 0})),
    FunctionCase(
        "average", (Operand((3, 4)),), {"axis": 1, "weights": np.arange(12, dtype=np.float32).reshape(3, 4) + 1}
    ),
    *(case("cumprod", (3, 5, 2), axis=axis) for axis in (None, 0, -1)),
    *(
        FunctionCase(name, (Operand((4, 6), kind), Operand((6,), "above 1")))  # of shares no step is near
        for name in ("mod", "fmod", "hypot", "arctan2")
        for kind in ("share", "integer")
    ),
    case("arccosh", (7,), kind="above 1"),
    case("arctanh", (7,), kind="share"),
    case("full_like", (3, 2), fill_value=2.5),
]
