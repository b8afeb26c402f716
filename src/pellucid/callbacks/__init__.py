"""Callbacks: what is told, drawn and decided while a model trains, at the hooks that Keras names.

Those that not every training has come at their first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pellucid.absent import absent
from pellucid.callbacks.base import Callback
from pellucid.callbacks.callback_list import CallbackList
from pellucid.callbacks.history import History
from pellucid.callbacks.progress import ProgbarLogger

if TYPE_CHECKING:
    from pellucid.callbacks.backup_and_restore import BackupAndRestore
    from pellucid.callbacks.csv_logger import CSVLogger
    from pellucid.callbacks.early_stopping import EarlyStopping
    from pellucid.callbacks.filter_history import FilterHistory
    from pellucid.callbacks.lambda_callback import LambdaCallback
    from pellucid.callbacks.learning_rates import LearningRateScheduler, ReduceLROnPlateau
    from pellucid.callbacks.lookahead import Lookahead
    from pellucid.callbacks.model_checkpoint import ModelCheckpoint
    from pellucid.callbacks.monitor import MonitorCallback
    from pellucid.callbacks.restore_on_nan import RestoreOnNaN
    from pellucid.callbacks.swap_ema_weights import SwapEMAWeights
    from pellucid.callbacks.tensorboard import TensorBoard
    from pellucid.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "FilterHistory",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "Lookahead",
    "ModelCheckpoint",
    "MonitorCallback",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RestoreOnNaN",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

_HOMES = {
    "BackupAndRestore": "backup_and_restore",
    "CSVLogger": "csv_logger",
    "EarlyStopping": "early_stopping",
    "FilterHistory": "filter_history",
    "LambdaCallback": "lambda_callback",
    "LearningRateScheduler": "learning_rates",
    "Lookahead": "lookahead",
    "ModelCheckpoint": "model_checkpoint",
    "MonitorCallback": "monitor",
    "ReduceLROnPlateau": "learning_rates",
    "RestoreOnNaN": "restore_on_nan",
    "SwapEMAWeights": "swap_ema_weights",
    "TensorBoard": "tensorboard",
    "TerminateOnNaN": "terminate_on_nan",
}
"""The modules of those that are imported at their first use."""

_REASONS = {
    "RemoteMonitor": "training tells nobody on the network; in a LambdaCallback(on_epoch_end=...) your own code may",
    "OrbaxCheckpoint": "it writes the files of JAX's library; ModelCheckpoint and BackupAndRestore write ours",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise absent(__name__, name, _REASONS)
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
