"""What methods of models did that Keras 1 and 2 had and today's code writes otherwise."""

from __future__ import annotations

import numpy as np

from pellucid import legacy
from pellucid.errors import ArgumentError


def classes(model: str, outputs: np.ndarray | list[np.ndarray]) -> np.ndarray:
    """The class of each sample: the place of the largest output, or with a single output whether it exceeds 1/2.

    Args:
        model: its name, for messages.
        outputs: what it predicted.

    Source: keras.Sequential.predict_classes of Keras 2.
    """
    legacy.tell("predict_classes(x)", "predict(x).argmax(axis=-1)")
    if isinstance(outputs, list):
        raise ArgumentError(f"{model} has several outputs; choose one: predict(x)[0].argmax(axis=-1)")
    return outputs.argmax(axis=-1) if outputs.shape[-1] > 1 else (outputs > 0.5).astype(np.int64)
