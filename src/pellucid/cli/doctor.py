"""`pellucid doctor`: what this installation can use, and why it cannot use the rest."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import platform
import sys

import numpy as np
import typer

from pellucid import Sequential, __version__, engines, layers
from pellucid.cli.showing import AS_JSON
from pellucid.engines import native
from pellucid.errors import EngineError
from pellucid.processes import is_terminal


def doctor(as_json: AS_JSON = False) -> int:
    """Print version, instruction set, threads and engines; exit code 1 if the native engine computes wrongly."""
    healthy = _native_computes()
    levels = ", ".join(engines.available_isas())
    facts = {
        "pellucid": f"{__version__}, Python {platform.python_version()}, NumPy {np.__version__}",
        "machine": f"{platform.machine()}, {platform.system()}",
        "instruction set": f"{engines.isa()} in use; this machine has {levels} (PELLUCID_ISA forces one)",
        "threads": f"{engines.get_threads()} (PELLUCID_THREADS or pellucid.set_threads changes it)",
        "bfloat16": _bfloat16(),
        "engine native": "works" if healthy else "COMPUTES WRONG NUMBERS: reinstall Pellucid on this machine",
        "engine reference": "works (NumPy, float64)",
        "engine xla": _xla(),
        "terminal": f"{'yes' if is_terminal(sys.stdout) else 'no'}, encoding {getattr(sys.stdout, 'encoding', None)}",
    }
    width = max(map(len, facts))
    if as_json:
        typer.echo(json.dumps({**facts, "works": healthy}))
        return 0 if healthy else 1
    for name, fact in facts.items():
        typer.echo(f"{name:<{width}}  {fact}")
    return 0 if healthy else 1


def _bfloat16() -> str:
    speed = native.bfloat16_speed()
    if speed == 0:
        return "not at this level: mixed_bfloat16 needs AVX512_BF16"
    return f"multiplied at {speed:.1f} times the speed of float32 (config.set_dtype_policy: mixed_bfloat16)"


def _native_computes() -> bool:
    """Whether a small convolution comes out right: whole numbers, so equal to the last bit."""
    kernel = np.arange(18).reshape(3, 3, 1, 2)
    layer = layers.Conv2D(2, 3, name="doctor", weights=[kernel, [1, -1]])
    model = Sequential([layers.Input((6, 6, 1)), layer], name="doctor")
    x = np.arange(36).reshape(1, 6, 6, 1)
    return bool(np.array_equal(model.predict(x), model.predict(x, engine="reference")))


def _xla() -> str:
    """Which devices JAX sees, with their memory where they tell it, or why there are none."""
    if importlib.util.find_spec("jax") is None:
        return "JAX is not installed: pip install 'pellucid[jax]', or [jax-cuda], [jax-tpu]"
    version = importlib.metadata.version("jax")
    try:
        found = engines.XLAEngine().visible_devices()
    except EngineError as error:
        return str(error)
    except Exception as error:  # whatever a driver says
        return f"JAX {version} cannot be used: {str(error).partition(chr(10))[0]}"
    return f"works (JAX {version}, float32): {', '.join(found)}"
