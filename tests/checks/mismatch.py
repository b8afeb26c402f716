"""The one way in which a comparison fails: anything else that goes wrong in a check is a fault of the check."""

from __future__ import annotations


class Mismatch(AssertionError):
    """What was computed is not what should be; the message names the case and the numbers."""
