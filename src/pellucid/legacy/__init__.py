"""Calls in the words of Keras 1 and 2: tables that say what was called what, and the one converter that reads them.

Layers, optimisers and functions know today's words only; before they see a call, `translate` has turned it into them.
What was old about it is warned of once, with the call in today's spelling. To add a word: a line in the table of its
family (`convolutions`, `layers`, `functions`).

Source: Keras 1.2.2 and 2.2.4 (keras/legacy/interfaces.py), https://github.com/keras-team/keras
"""

from pellucid.legacy.calls import accepts_old_spelling, translate
from pellucid.legacy.curves import Curves
from pellucid.legacy.generation import (
    OLD_WORDS,
    TwoReadings,
    automatic_name,
    generation,
    in_todays_words,
    is_old,
    written_for,
)
from pellucid.legacy.old_name import OldName
from pellucid.legacy.values import Samples
from pellucid.legacy.warning import (
    LegacyWarning,
    OldDefault,
    Translation,
    Unsettled,
    are_collected,
    collected,
    tell,
    tell_default,
)

__all__ = [
    "OLD_WORDS",
    "Curves",
    "LegacyWarning",
    "OldDefault",
    "OldName",
    "Samples",
    "Translation",
    "TwoReadings",
    "Unsettled",
    "accepts_old_spelling",
    "are_collected",
    "automatic_name",
    "collected",
    "generation",
    "in_todays_words",
    "is_old",
    "tell",
    "tell_default",
    "translate",
    "written_for",
]
