"""Any geometry that hypothesis can think of: all passes of convolution and pooling, exactly, on every engine.

The judge is the formula of the docstrings, in loops (`checks.windows`): it knows no engine.
"""

from __future__ import annotations

import pytest
from cases.strategies import geometries
from cases.windowed import CONVOLUTIONS, POOLINGS
from checks.windows import check_convolution, check_pooling
from hypothesis import given, settings

from pellucid.engines import NativeEngine, ReferenceEngine, available_isas

ENGINES = {"reference": ReferenceEngine()} | {isa: NativeEngine(isa, exact=True) for isa in available_isas()}

each_engine = pytest.mark.parametrize("engine", ENGINES)


@each_engine
@settings(max_examples=150)
@given(case=geometries())
def test_convolution_of_any_geometry(case, engine):
    check_convolution(case, ENGINES[engine])


@each_engine
@settings(max_examples=150)
@given(case=geometries(pooling=True))
def test_pooling_of_any_geometry(case, engine):
    check_pooling(case, ENGINES[engine])


@each_engine
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=lambda case: case.name)
def test_convolution_of_the_table(case, engine):
    check_convolution(case, ENGINES[engine])


@each_engine
@pytest.mark.parametrize("case", POOLINGS, ids=lambda case: case.name)
def test_pooling_of_the_table(case, engine):
    check_pooling(case, ENGINES[engine])
