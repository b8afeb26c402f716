"""`tf.config`: there is one device and nothing to choose, which is said once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pellucid.cli.tf.distribute import NO_TPU
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


def functions_run_eagerly() -> bool:
    """True: they do."""
    return True


def set_logical_device_configuration(device: Any, logical_devices: Any) -> None:
    """Nothing."""
    _nothing("set_logical_device_configuration")


def set_soft_device_placement(enabled: bool) -> None:
    """Nothing."""
    _nothing("set_soft_device_placement")


def LogicalDeviceConfiguration(memory_limit: int | None = None, **settings: Any) -> Any:
    """Settings of a device, which mean nothing."""
    return SimpleNamespace(memory_limit=memory_limit, **settings)


class threading:
    """How many threads: `engines.NativeEngine(threads=...)` says it here."""

    @staticmethod
    def set_inter_op_parallelism_threads(num_threads: int) -> None:
        """Nothing."""
        _nothing("threading.set_inter_op_parallelism_threads")

    @staticmethod
    def set_intra_op_parallelism_threads(num_threads: int) -> None:
        """Nothing."""
        _nothing("threading.set_intra_op_parallelism_threads")


class optimizer:
    """What TensorFlow makes of its graphs."""

    @staticmethod
    def set_jit(enabled: Any) -> None:
        """Nothing."""
        _nothing("optimizer.set_jit")

    @staticmethod
    def set_experimental_options(options: Any) -> None:
        """Nothing."""
        _nothing("optimizer.set_experimental_options")


def set_memory_growth(device: Any, enable: bool) -> None:
    """Nothing."""
    _nothing("set_memory_growth")


class experimental:
    """Older places of the same."""

    list_physical_devices = staticmethod(list_physical_devices)
    set_memory_growth = staticmethod(set_memory_growth)
    set_visible_devices = staticmethod(set_visible_devices)
    set_virtual_device_configuration = staticmethod(set_logical_device_configuration)
    VirtualDeviceConfiguration = staticmethod(LogicalDeviceConfiguration)

    @staticmethod
    def get_memory_growth(device: Any) -> bool:
        """True: memory is taken as it is needed."""
        return True

    @staticmethod
    def enable_op_determinism() -> None:
        """Nothing: one seed gives the same bits in any case."""

    @staticmethod
    def enable_tensor_float_32_execution(enabled: bool) -> None:
        """Nothing: products are of float32."""


def _nothing(name: str) -> None:
    warn(f"tf.config.{name} does nothing: there is one device, and memory is taken as it is needed")


def experimental_connect_to_cluster(cluster_spec_or_resolver: Any, *settings: Any, **more: Any) -> None:
    """A ValueError, as where there is no TPU: scripts come here only with one."""
    raise ValueError(NO_TPU)


experimental_connect_to_host = experimental_connect_to_cluster
