"""Where the system gives no threads, the engine goes on with the calling one, and says so."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import os, resource, warnings
import numpy as np
import pellucid
import pellucid.training.commands
from pellucid import Input, Sequential, layers

pellucid.set_threads(2)
model = Sequential([Input((16, 16, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3)])
model.compile("sgd", "mse")
x, y = np.ones((8, 16, 16, 1), "float32"), np.zeros((8, 3))
if BEFORE:
    first = model.predict(x)  # then the short way is taken
    pellucid.set_threads(3)
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
if os.getuid() == 0:  # whom the limit does not concern
    os.setgid(65534)
    os.setuid(65534)
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    result = model.predict(x)
    model.fit(x, y, verbose=0)
assert not BEFORE or np.array_equal(first, result)
print(pellucid.get_threads(), [str(each.message)[:37] for each in heard], heard[0].filename)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits threads as Linux does")
@pytest.mark.parametrize("before", [False, True])
def test_the_engine_goes_on_with_one_thread(before: bool) -> None:
    script = SCRIPT.replace("BEFORE", str(before))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout == "1 ['the system gives no further threads ('] <string>\n", done.stderr
