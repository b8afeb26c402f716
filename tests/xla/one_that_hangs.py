"""A program for `test_xla_watchdog`: of two processes the second stops for ever in its first step, once it is compiled.

Arguments: the number of this process and the port.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from pellucid import Sequential, distributed, layers
from pellucid.engines.xla import program

number, port = sys.argv[1:]
distributed.initialize(f"127.0.0.1:{port}", 2, int(number), heartbeat_s=20, first_s=1)
if number == "1":
    compiled = program.XLAProgram.await_compiled

    def and_then_sleeps(self: program.XLAProgram, *given: Any) -> None:
        """Compile, and come to no step."""
        compiled(self, *given)
        time.sleep(600)

    program.XLAProgram.await_compiled = and_then_sleeps  # type: ignore[method-assign]
model = Sequential([layers.Input((2,)), layers.Dense(1, kernel_initializer="ones")])
model.compile("sgd", "mse", engine="xla")
model.fit(np.ones((4, 2)), np.ones(4), batch_size=2, verbose=0)
