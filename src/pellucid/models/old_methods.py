"""Methods of models that Keras 1 and 2 had and today's code writes otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid import legacy
from pellucid.errors import ArgumentError
from pellucid.models.data_checks import Data

if TYPE_CHECKING:
    from pellucid.models.model import Model


def predict_classes(model: Model, x: Data, batch_size: int | None = None, verbose: str | int = 0) -> np.ndarray:
    """The class of each sample: the place of the largest output, or with a single output whether it exceeds 1/2.

    Source: keras.Sequential.predict_classes of Keras 2.
    """
    legacy.tell("predict_classes(x)", "predict(x).argmax(axis=-1)")
    return _classes(model, model.predict(x, batch_size=batch_size, verbose=verbose))


def _classes(model: Model, outputs: np.ndarray | list[np.ndarray]) -> np.ndarray:
    if isinstance(outputs, list):
        raise ArgumentError(f"{model.name} has several outputs; choose one: predict(x)[0].argmax(axis=-1)")
    return outputs.argmax(axis=-1) if outputs.shape[-1] > 1 else (outputs > 0.5).astype(np.int64)


def predict_proba(
    model: Model, x: Data, batch_size: int | None = None, verbose: str | int = 0
) -> np.ndarray | list[np.ndarray]:
    """What `predict` gives.

    Source: keras.Sequential.predict_proba of Keras 2.
    """
    legacy.tell("predict_proba(x)", "predict(x)")
    return model.predict(x, batch_size=batch_size, verbose=verbose)
