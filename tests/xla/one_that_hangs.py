"""A program for `test_xla_watchdog`: of two processes the second stops for ever in its first step, once it is compiled.

Arguments: the number of this process and the port.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from pellucid import Sequential, distributed, layers
from pellucid.engines.xla import program, watchdog

number, port = sys.argv[1:]
distributed.initialize(f"127.0.0.1:{port}", 2, int(number))
compiled = program.XLAProgram.await_compiled


def and_then(self: program.XLAProgram, *given: Any) -> None:
    """Compile; the second process comes to no step then, the first waits for it little longer than that took."""
    compiled(self, *given)
    if number == "1":
        time.sleep(600)
    watchdog.WATCHDOG.first_s, watchdog.MULTIPLE = 1.0, 1


program.XLAProgram.await_compiled = and_then  # type: ignore[method-assign]
model = Sequential([layers.Input((2,)), layers.Dense(1, kernel_initializer="ones")])
model.compile("sgd", "mse", engine="xla")
model.fit(np.ones((4, 2)), np.ones(4), batch_size=2, verbose=0)
