"""What `print` writes of a record: the text that `views` has for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from pellucid.errors import PellucidError
from pellucid.inspection.chains import Chain
from pellucid.inspection.describing import Description
from pellucid.inspection.equivariance import Equivariance
from pellucid.inspection.fields import FieldOfView
from pellucid.inspection.filtered import FilteredImage
from pellucid.inspection.findings import Lint
from pellucid.inspection.formula import LayerFormula
from pellucid.inspection.initial_draw import InitialDraw
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.overview import Overview
from pellucid.inspection.partial_maps import PartialMaps
from pellucid.inspection.profile import Profile
from pellucid.inspection.record import Records
from pellucid.inspection.records import Arithmetic, FilterBank, TrainingCurves
from pellucid.inspection.what_if import WhatIf
from pellucid.views import terminal

__all__ = ["text_of"]

_TEXTS: dict[type, Callable[..., str]] = {
    Arithmetic: terminal.arithmetic_text,
    Chain: terminal.trace_text,
    Description: terminal.description_text,
    Equivariance: terminal.equivariance_text,
    FeatureMaps: terminal.maps_text,
    FieldOfView: terminal.field_text,
    FilterBank: terminal.filters_text,
    FilteredImage: terminal.filtered_text,
    InitialDraw: terminal.initial_draw_text,
    LayerFormula: terminal.formula_text,
    Lint: terminal.lint_text,
    Overview: terminal.overview_text,
    PartialMaps: terminal.partial_maps_text,
    Profile: terminal.profile_text,
    TrainingCurves: terminal.curves_text,
    WhatIf: terminal.what_if_text,
}
"""How each kind of record is written; the parts of records are written as they are made."""


def text_of(record: Any) -> str:
    """A record, or several that belong together, as wide as the terminal.

    Example:
        >>> import numpy as np
        >>> print(FilterBank("bump", np.array([0.0, 1.0, 0.0]).reshape(3, 1, 1)))
        bump: 1 filter of 3 taps over 1 channel
        Weights are exact.
        <BLANKLINE>
        0
         0 1 0
    """
    width = max(shutil.get_terminal_size().columns, terminal.NARROWEST)
    if isinstance(record, Records):
        if record and all(isinstance(each, FeatureMaps) for each in record):
            return terminal.maps_text(record, width=width)
        return "\n\n".join(map(str, record)) or "no records"
    write = _TEXTS.get(type(record))
    try:
        return repr(record) if write is None else write(record, width=width)
    except PellucidError as error:
        return f"{type(record).__name__}: {error}"
