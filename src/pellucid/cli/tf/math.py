"""`tf.math`: the functions of `pellucid.ops`, and those of `tf` that have other names."""

from __future__ import annotations

from typing import Any

from pellucid import ops
from pellucid.cli import tf
from pellucid.cli.tf import nn
from pellucid.cli.tf.arrays import eagerly

HERE = tuple(name for name in tf.__all__ if name.startswith("reduce_") or name in ("argmax", "argmin", "pow"))


def __getattr__(name: str) -> Any:
    if name in HERE:
        return getattr(tf, name)
    if name in ("l2_normalize",):
        return nn.l2_normalize
    found = getattr(ops, {"divide_no_nan": "divide", "rsqrt": "rsqrt"}.get(name, name), None)
    if name.startswith("_") or found is None or name == "divide_no_nan":
        raise AttributeError(name)
    return eagerly(found) if callable(found) else found
