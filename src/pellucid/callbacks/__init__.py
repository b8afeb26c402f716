"""Callbacks: what is told, drawn and decided while a model trains, at the hooks that Keras names."""

from typing import Any

from pellucid.absent import absent
from pellucid.callbacks.base import Callback
from pellucid.callbacks.callback_list import CallbackList
from pellucid.callbacks.early_stopping import EarlyStopping
from pellucid.callbacks.history import History
from pellucid.callbacks.lambda_callback import LambdaCallback
from pellucid.callbacks.progress import ProgbarLogger

__all__ = [
    "BackupAndRestore",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "ProgbarLogger",
    "RestoreOnNaN",
]


def __getattr__(name: str) -> Any:
    if name == "BackupAndRestore":  # only now: it brings what files need
        from pellucid.callbacks.backup_and_restore import BackupAndRestore

        return BackupAndRestore
    if name == "RestoreOnNaN":
        from pellucid.callbacks.restore_on_nan import RestoreOnNaN

        return RestoreOnNaN
    raise absent(__name__, name)
