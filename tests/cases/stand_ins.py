"""Who stands for a model that is trained, where a callback is told of one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from pellucid import optimizers


class _Stepper:
    """Makes no steps, and keeps nothing."""

    position, runtime = (0, 0), SimpleNamespace(engine=None)

    def capture(self, *, in_shares: bool = False) -> _Stepper:
        return self

    def plain(self) -> dict[str, Any]:
        return {}

    def restore(self, state: object) -> None: ...


class StandIn:
    """A model without weights."""

    name, stop_training, stepper, layers = "model", False, _Stepper(), ()

    def __init__(self) -> None:
        self.optimizer, self.layers_with_filters = optimizers.SGD(), dict[str, object]()

    def get_weights(self) -> list[np.ndarray]:
        return []

    def set_weights(self, *_: object, **__: object) -> None: ...

    def check_savable(self) -> None: ...

    save = save_weights = set_weights
