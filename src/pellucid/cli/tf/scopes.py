"""What TensorFlow wraps around code, which is done as it stands here: graphs, devices, names, dependencies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from logging import Logger, getLogger
from time import time
from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager


def function(func: Any = None, **options: Any) -> Any:
    """The function itself: nothing has to be compiled."""
    return (lambda given: given) if func is None else func


def executing_eagerly() -> Any:
    """True: arrays are computed at once."""
    return True


def device(device_name: Any) -> Any:
    """Nothing: there is one device."""
    return nullcontext()


def control_dependencies(control_inputs: Any) -> Any:
    """Nothing: what stands before is done before."""
    return nullcontext()


def init_scope() -> Any:
    """Nothing: all is computed at once."""
    return nullcontext()


def group(*inputs: Any, name: str | None = None) -> None:
    """Nothing: they are done already."""


def no_op(name: str | None = None) -> None:
    """Nothing."""


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself: what it computes is kept."""
    return f


def timestamp(name: str | None = None) -> Any:
    """Seconds since 1970."""
    return eager(np.asarray(time()))


def name_scope(name: str) -> Any:
    """Nothing: layers have names."""
    return nullcontext()


def get_logger() -> Logger:
    """A logger that nobody writes to."""
    return getLogger("tensorflow")
