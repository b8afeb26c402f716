"""What is said of a file that was tampered with: a model, or one `FileError`; anything else fails the test."""

from __future__ import annotations

import warnings
from pathlib import Path

from pellucid import load_model
from pellucid.errors import LONGEST_MESSAGE, FileError, PellucidError


def refusal_of(path: Path, name: str) -> str | None:
    """The message, of bounded length, in one line, with the name of the file; None where the file is read.

    Args:
        path: of the file.
        name: of what was done to it.

    Raises:
        AssertionError: something else was raised, by the file or by a defect that was caught in its name.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            load_model(path)
    except FileError as error:
        cause, message = error.__cause__, str(error)
        assert cause is None or isinstance(cause, PellucidError), f"{name}: {error}"
        assert path.stem in message and "\n" not in message, f"{name}: {message}"
        assert len(message) < LONGEST_MESSAGE + 2 * len(str(path)), name
        return message
    except Exception as error:
        raise AssertionError(f"{name}: {type(error).__name__}: {error}") from error
    return None
