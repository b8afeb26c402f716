"""A training that a kill does not end: kept in a folder from time to time, and read from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import ArgumentError, PellucidError, escaped
from pellucid.explorer.moments import Branch
from pellucid.explorer.share import Share
from pellucid.explorer.telling import without_folders
from pellucid.formats.run_folder import RunFolder
from pellucid.training.stepper import LocalStepper
from pellucid.warned import warn

__all__ = ["Keeping", "notes_of", "said_of"]

_NAME = "Explorer"
SECONDS, SHARE = 0.5, 0.02
"""A record is written twice a second, or less often where that would take more than this share of the time."""


def notes_of(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a record of a training holds of the explorer: "branches" without their moments, and which "branch" is under
    way; None where it is of another training.

    Raises:
        ArgumentError: that cannot be read.
    """
    found = record.get("callbacks", {}).get(_NAME)
    if found is None:
        return None
    try:
        branches = [Branch.of(each) for each in found["branches"]]
        return {"branches": branches, "branch": range(len(branches))[found["branch"]]}
    except (KeyError, TypeError, ValueError, IndexError):
        raise ArgumentError("a record of a training: what the explorer noted in it cannot be read") from None


class Keeping:
    """A folder in which a training is kept; see `callbacks.BackupAndRestore`, whose records these are.

    Args:
        folder: None for none: then nothing is kept.
    """

    def __init__(self, folder: str | None) -> None:
        self._folder = None if folder is None else RunFolder(folder)
        self._share, self._fails = Share(SECONDS, SHARE), False

    @property
    def said(self) -> str:
        """What is said of it where the process ends."""
        return "" if self._folder is None else " The training is kept: the same command goes on where it was."

    def read(self) -> dict[str, Any] | None:
        """The newest record that is whole; None where there is none.

        Raises:
            FileError: the folder cannot be written to, or all records in it are damaged.
        """
        if self._folder is None:
            return None
        self._folder.open()
        found, complaints = self._folder.read()
        for complaint in complaints:
            warn(f"--keep: {complaint}; the training goes on from the record before it")
        return found

    def restore(self, stepper: LocalStepper, found: Mapping[str, Any]) -> None:
        """Make a training what a record says.

        Raises:
            ArgumentError: it is of another model.
        """
        assert self._folder is not None
        try:
            stepper.restore(found)
        except PellucidError as error:
            raise ArgumentError(
                f"the training cannot go on from {escaped(self._folder.folder)}: {error}; remove that folder to begin "
                "anew"
            ) from error
        stepper.take_resumption()

    def keep(self, stepper: LocalStepper, branches: Sequence[Branch], branch: int, *, always: bool = False) -> None:
        """Write a record, if it is time; a disk that is full does not end the training."""
        if self._folder is None or not (always or self._share.is_due):
            return
        with self._share.spent():
            try:
                notes = {"branches": [each.capture() for each in branches], "branch": branch}
                self._folder.write({**stepper.capture().plain(), "callbacks": {_NAME: notes}})
                self._fails = False
            except OSError as error:
                if not self._fails:
                    warn(f"--keep: the training could not be kept: {error}. It goes on")
                self._fails = True


def said_of(error: Exception) -> str:
    """What pages are told of an error that ends a training: the library's words; of others the kind alone, since they
    may hold paths; the terminal has the rest.
    """
    if isinstance(error, PellucidError):
        return without_folders(str(error))
    warn(f"the training stopped: {type(error).__name__}: {error}")
    return f"the training stopped ({type(error).__name__}); the terminal says more"
