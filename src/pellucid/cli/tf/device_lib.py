"""`tensorflow.python.client.device_lib`: which devices there are, which is one processor."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def list_local_devices(session_config: Any = None) -> list[SimpleNamespace]:
    """The processor alone.

    Example:
        >>> [each.device_type for each in list_local_devices()]
        ['CPU']
    """
    return [SimpleNamespace(name="/device:CPU:0", device_type="CPU", memory_limit=0, physical_device_desc="")]
