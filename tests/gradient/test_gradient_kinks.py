"""The definitions at kinks, on every engine."""

from __future__ import annotations

import pytest
from checks.kinks import KINKS, check_kink

from pellucid.engines import NativeEngine, ReferenceEngine, available_isas

ENGINES = [ReferenceEngine(), *map(NativeEngine, available_isas())]


@pytest.mark.parametrize("engine", ENGINES, ids=["reference", *available_isas()])
@pytest.mark.parametrize("kink", KINKS, ids=lambda kink: kink.name)
def test_slope_at_a_kink(kink, engine):
    check_kink(kink, engine)
