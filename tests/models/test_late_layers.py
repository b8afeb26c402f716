"""A file may name layers whose modules nobody has needed yet: in a new process too."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from pellucid import layers
from pellucid.layers.records import LAYERS
classes = [name for name in layers.HOMES if name != "InputSpec"]  # which is no layer
print(len(classes), [name for name in classes if not LAYERS.knows(name)], LAYERS.find("Solarization").__name__)
"""


def test_classes_that_come_at_their_first_use() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    count, rest = done.stdout.split(maxsplit=1)
    assert int(count) > 20 and rest == "[] Solarization\n"
