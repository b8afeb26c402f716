"""Does a program give the same bits whatever the number of threads?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from checks.mismatch import Mismatch
from pellucid.engines import get_threads, set_threads
from pellucid.engines.native import NativeProgram


def check_bits(program: NativeProgram, arrays: Mapping[str, np.ndarray]) -> None:
    """Run with 1, 2, 3 and 4 threads; raise `Mismatch` where the results differ in any bit."""
    before, digests = get_threads(), set()
    try:
        for threads in (1, 2, 3, 4):
            set_threads(threads)
            results = program.run(arrays, {})
            digests.add(hashlib.sha256(b"".join(results[name].tobytes() for name in sorted(results))).hexdigest())
    finally:
        set_threads(before)
    if len(digests) != 1:
        raise Mismatch("the results depend on the number of threads")
