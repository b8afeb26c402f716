"""Convolution is linear and moves with its input, exactly; softmax, dropout and momentum do what they promise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cases.strategies import geometries
from checks.promises import check_dropout_keeps_the_mean, check_momentum, check_softmax
from checks.windows import check_equivariant, check_linear
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.engines import NativeEngine, ReferenceEngine, available_isas

ENGINES = {"reference": ReferenceEngine()} | {isa: NativeEngine(isa, exact=True) for isa in available_isas()}

each_engine = pytest.mark.parametrize("engine", ENGINES)


@each_engine
@settings(max_examples=100)
@given(case=geometries())
def test_convolution_is_linear(case, engine):
    check_linear(case, ENGINES[engine])


@each_engine
@settings(max_examples=100)
@given(case=geometries(), data=st.data())
def test_valid_convolution_moves_with_its_input(case, engine, data):
    extents = [(k - 1) * d + 1 for k, d in zip(case.window.size, case.window.dilation, strict=True)]
    spatial = tuple(map(max, case.x[1:-1], extents))
    case = replace(case, padding=(), x=(case.x[0], *spatial, case.x[-1]))
    check_equivariant(case, data.draw(st.integers(0, case.window.rank - 1)), ENGINES[engine])


@each_engine
def test_softmax_gives_probabilities(engine):
    check_softmax(ENGINES[engine])


@each_engine
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_keeps_the_mean(rate, engine):
    check_dropout_keeps_the_mean(rate, ENGINES[engine])


@each_engine
def test_momentum_is_remembered(engine):
    check_momentum(ENGINES[engine])
