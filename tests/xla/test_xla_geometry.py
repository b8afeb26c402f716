"""Any geometry that hypothesis can think of, on XLA: all passes of convolution and pooling, by the formula.

The other engines are tried so in `parity/test_parity_geometry.py`; here XLA compiles a program for each shape.
"""

from __future__ import annotations

import sampling
from cases.strategies import geometries
from cases.windowed import Geometry
from checks.windows import check_convolution, check_pooling
from hypothesis import given

from pellucid.engines import XLAEngine

ENGINE = XLAEngine()


@sampling.drawn(12)
@given(case=geometries())
def test_convolution_of_any_geometry(case: Geometry) -> None:
    """Those too that have another form on processors: depthwise, in groups, of three axes."""
    check_convolution(case, ENGINE)


@sampling.drawn(12)
@given(case=geometries(pooling=True))
def test_pooling_of_any_geometry(case: Geometry) -> None:
    check_pooling(case, ENGINE)
