"""A file may name layers whose modules nobody has needed yet: in a new process too."""

from __future__ import annotations

import subprocess
import sys

from pellucid import layers
from pellucid.layers.records import LAYERS

PROGRAM = """
from pellucid import layers
from pellucid.layers.records import LAYERS
classes = [name for name in layers.__all__ if name[0].isupper() and name not in ("Input", "InputSpec")]
print(len(classes), [name for name in classes if not LAYERS.knows(name)], LAYERS.find("Solarization").__name__)
"""


def test_classes_that_come_at_their_first_use() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    count, rest = done.stdout.split(maxsplit=1)
    assert int(count) > 20 and rest == "[] Solarization\n"


def test_every_public_name_has_a_home() -> None:
    assert set(layers.__all__) <= set(layers.HOMES)
    assert [name for name in layers.HOMES if not hasattr(layers, name)] == []


def test_what_is_no_layer_is_none_for_files() -> None:
    assert [name for name in ("Input", "InputSpec", "add", "Convolution2D", "nothing") if LAYERS.knows(name)] == []
    assert not LAYERS.holds(type("Dense", (layers.Layer,), {}))
