"""Starts programs of several processes that compute together, and waits for their end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

MOST_S = 240


Ended = subprocess.CompletedProcess[str]


def together(program: Path, *arguments: str, count: int = 2, devices: int = 4) -> list[Ended]:
    """All processes of a program, at their end; each is told its number, the port where they meet, and more."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    flags = f"--xla_force_host_platform_device_count={devices}"
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    started = [
        subprocess.Popen(
            [sys.executable, program, str(number), port, *arguments],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(count)
    ]  # fmt: skip
    try:
        told = [process.communicate(timeout=MOST_S) for process in started]
    finally:
        for process in started:
            process.kill()
    return [
        subprocess.CompletedProcess([], process.returncode, out, err)
        for process, (out, err) in zip(started, told, strict=True)
    ]
