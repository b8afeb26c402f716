"""Every case with its gradients on XLA, against the reference engine: operations, compositions, layers."""

from __future__ import annotations

import pytest
import sampling
from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS
from cases.operations import OPERATIONS
from checks.parity import check_parity

from pellucid.engines import ReferenceEngine, XLAEngine

CASES = [case for case in (*OPERATIONS, *COMPOSITIONS, *LAYERS) if sampling.runs(f"xla {case.name}")]

CANCEL = {"step of adadelta, decaying": 4.0}
"""Gradients that are sums of terms which nearly cancel: rounding is that of the terms, tolerances ask for the sum's."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_xla_computes_what_the_reference_computes(case, note_deviation):
    slack = CANCEL.get(case.name, 1.0)
    note_deviation(f"xla, {case.family}", check_parity(case, ReferenceEngine(), XLAEngine(), slack))
