"""Every case with its gradients: reference against native at each instruction set level, and passes on against off."""

from __future__ import annotations

import pytest
from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS
from cases.operations import OPERATIONS
from checks.parity import check_parity, check_passes

from pellucid.engines import NativeEngine, ReferenceEngine, available_isas

CASES = (*OPERATIONS, *COMPOSITIONS, *LAYERS)


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_native_computes_what_the_reference_computes(case, isa, note_deviation):
    note_deviation(f"native, {case.family}", check_parity(case, ReferenceEngine(), NativeEngine(isa)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_passes_change_no_result(case, note_deviation):
    note_deviation(f"passes, {case.family}", check_passes(case, ReferenceEngine()))
