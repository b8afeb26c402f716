"""What `print` writes of a record: the text that `views` has for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

from pellucid.errors import PellucidError
from pellucid.inspection.chains import Chain
from pellucid.inspection.confusion import Confusion, Mistake
from pellucid.inspection.describing import Description
from pellucid.inspection.equivariance import Equivariance
from pellucid.inspection.fields import FieldOfView
from pellucid.inspection.filter_film import FilterFilm
from pellucid.inspection.filtered import FilteredImage
from pellucid.inspection.findings import Lint
from pellucid.inspection.formula import LayerFormula
from pellucid.inspection.gradient_flow import GradientFlow
from pellucid.inspection.influence import Influence
from pellucid.inspection.influential_images import InfluentialImages
from pellucid.inspection.initial_draw import InitialDraw
from pellucid.inspection.kernel_gradient import KernelGradient
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.overview import Overview
from pellucid.inspection.partial_maps import PartialMaps
from pellucid.inspection.profile import Profile
from pellucid.inspection.record import Records
from pellucid.inspection.records import Arithmetic, FilterBank, TrainingCurves
from pellucid.inspection.update import FilterUpdate
from pellucid.inspection.what_if import WhatIf
from pellucid.views import terminal
from pellucid.views.record_boards import BOARDS
from pellucid.views.terminal.board import board_text
from pellucid.views.terminal.confusion import confusion_text
from pellucid.views.terminal.maps import FEW

__all__ = ["text_of"]

_TEXTS: dict[type, Callable[..., str]] = {
    Arithmetic: terminal.arithmetic_text,
    Chain: terminal.trace_text,
    Confusion: confusion_text,
    Description: terminal.description_text,
    Equivariance: terminal.equivariance_text,
    FeatureMaps: partial(terminal.maps_text, limit=FEW),
    FieldOfView: terminal.field_text,
    FilterBank: terminal.filters_text,
    FilterFilm: terminal.film_text,
    FilterUpdate: terminal.update_text,
    FilteredImage: terminal.filtered_text,
    GradientFlow: terminal.gradient_flow_text,
    Influence: terminal.influence_text,
    InfluentialImages: terminal.influential_images_text,
    InitialDraw: terminal.initial_draw_text,
    KernelGradient: terminal.kernel_gradient_text,
    LayerFormula: terminal.formula_text,
    Lint: terminal.lint_text,
    Overview: terminal.overview_text,
    PartialMaps: partial(terminal.partial_maps_text, limit=FEW),
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
            return terminal.maps_text(record, width=width, limit=FEW)
        if record and all(isinstance(each, Mistake) for each in record):
            return terminal.mistakes_text(record, width=width)
        return "\n\n".join(map(str, record)) or "no records"
    write = _TEXTS.get(type(record))
    try:
        if write is None and type(record) in BOARDS:
            return board_text(BOARDS[type(record)](record), width, color=False)
        return repr(record) if write is None else write(record, width=width)
    except PellucidError as error:
        return f"{type(record).__name__}: {error}"
