"""`tf.test`: questions after graphics cards; there is none for TensorFlow."""

from __future__ import annotations

from typing import Any


def gpu_device_name() -> str:
    """Nothing."""
    return ""


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """No."""
    return False


def is_built_with_cuda() -> bool:
    """No."""
    return False


is_built_with_gpu_support = is_built_with_cuda
