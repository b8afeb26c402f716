"""All rows together, by the name under which something was called."""

from __future__ import annotations

from pellucid.legacy.convolutions import CONVOLUTIONS
from pellucid.legacy.functions import BACKEND, CALLBACKS, FUNCTIONS, MODELS, OPTIMIZERS, PENALTIES
from pellucid.legacy.layers import LAYERS
from pellucid.legacy.rows import LAYER
from pellucid.legacy.spelling import Spelling

__all__ = ["LAYER", "SPELLINGS"]

SPELLINGS: dict[str, Spelling] = {
    **CONVOLUTIONS,
    **LAYERS,
    **MODELS,
    **OPTIMIZERS,
    **PENALTIES,
    **CALLBACKS,
    **FUNCTIONS,
    **BACKEND,
}
