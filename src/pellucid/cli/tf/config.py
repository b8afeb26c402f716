"""`tf.config`: there is one device and nothing to choose, which is said once."""

from __future__ import annotations

from typing import Any

from pellucid.warned import warn


def list_physical_devices(device_type: str | None = None) -> list[Any]:
    """No graphics card."""
    return []


list_logical_devices = get_visible_devices = list_physical_devices


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Nothing: functions are."""
    _nothing("run_functions_eagerly")


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Nothing."""
    _nothing("set_visible_devices")


def set_memory_growth(device: Any, enable: bool) -> None:
    """Nothing."""
    _nothing("set_memory_growth")


class experimental:
    """Older places of the same."""

    list_physical_devices = staticmethod(list_physical_devices)
    set_memory_growth = staticmethod(set_memory_growth)
    set_visible_devices = staticmethod(set_visible_devices)


def _nothing(name: str) -> None:
    warn(f"tf.config.{name} does nothing: there is one device, and memory is taken as it is needed")
