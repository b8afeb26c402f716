"""Limits of a process that reads foreign bytes: so much memory and time, and no file that is written."""

from __future__ import annotations

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

__all__ = ["limit_process"]


def limit_process(memory: int, seconds: int) -> None:
    """Let this process take no more memory [bytes] and time [s of computing] than that, and write nothing, for good.

    Where the system has no limits for processes (Windows), nothing happens.
    """
    if resource is None:
        return
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0)):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
