"""Warnings point at the line of the user's own that asked for what they are about, however deep they arise."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

PACKAGE = __name__.partition(".")[0]
ON_THE_WAY = (PACKAGE, "contextlib")
"""Whose frames nobody is told of: this library's, and what stands between a block of its own and the next."""


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line outside this library from which it was called.

    Args:
        message: what is to be said.
        category: of the warning.

    Example:
        >>> with warnings.catch_warnings(record=True) as heard:
        ...     warnings.simplefilter("always")
        ...     warn("the sky is falling")
        >>> heard[0].message
        UserWarning('the sky is falling')
    """
    frame = users_frame()
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    module = str(frame.f_globals.get("__name__"))
    warnings.warn_explicit(message, category, frame.f_code.co_filename, frame.f_lineno, module, registry)


def users_frame() -> FrameType:
    """The innermost frame that is not of this library; the outermost one if all are."""
    frame = sys._getframe(1)
    while str(frame.f_globals.get("__name__")).partition(".")[0] in ON_THE_WAY and frame.f_back is not None:
        frame = frame.f_back
    return frame


def asked_by_library(further: int = 1) -> bool:
    """Whether the function that calls the one which asks is of this library: what `==` of two tensors means depends.

    Args:
        further: how many calls further out to look.
    """
    return str(sys._getframe(1 + further).f_globals.get("__name__")).partition(".")[0] == PACKAGE
