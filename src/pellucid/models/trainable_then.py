"""Up to Keras 2 what a model trains was settled by `compile`: layers that are frozen later train on in that model.

So the discriminator of a GAN is compiled, then frozen for the combined model, and goes on learning by itself.

Source: keras/engine/training.py of Keras 2.2.4, `_collected_trainable_weights`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pellucid import legacy

KEY = "_trainable_then"


def remember(model: Any) -> None:
    """Note which layers are trained, where calls are written for Keras 1 or 2."""
    vars(model).pop(KEY, None)
    if legacy.is_old():
        vars(model)[KEY] = [(layer, layer.trainable) for layer in _leaves(model)]


def _leaves(model: Any) -> list[Any]:
    """The layers that hold weights of their own, those of models inside too."""
    return [layer for layer in dict.fromkeys(model.with_parts()) if not hasattr(layer, "network")]


@contextmanager
def as_compiled(model: Any) -> Iterator[None]:
    """Inside, the layers are trained that were when the model was compiled, if that was noted."""
    changed = [(layer, then) for layer, then in vars(model).get(KEY, ()) if layer.trainable != then]
    try:
        for layer, then in changed:
            layer.trainable = then
        yield
    finally:
        for layer, then in changed:
            layer.trainable = not then
