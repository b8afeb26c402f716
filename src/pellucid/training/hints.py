"""What is worth a warning before or after a pass over data: it can be used, but something about it looks wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.layers import Layer
from pellucid.naming import is_ours
from pellucid.network import HasNetwork, Network
from pellucid.training.runtime import Runtime

REMEDIES = {
    "fit": "training goes better with x / 255",
    "evaluate": "if the model was trained on x / 255, evaluate it on x / 255",
    "predict": "if the model was trained on x / 255, give it x / 255",
}
"""What to do about pixels of 0..255, by the method that was called."""


def hint_at_pixels(runtime: Runtime, method: str, arrays: Sequence[np.ndarray]) -> None:
    """Warn, once for each method, of images whose values were left at 0..255, which no layer of the model scales.

    Args:
        runtime: of the model.
        method: that was called, a key of `REMEDIES`.
        arrays: its inputs.
    """
    largest = 0.0 if runtime.has_said(_pixels(method)) else _largest_pixel(runtime.built, arrays)
    if largest:
        remedy = REMEDIES[method]
        said = f"the input's values reach {largest:g}: these look like pixels of 0..255; {remedy}"
        runtime.say_once(_pixels(method), said)


def _pixels(method: str) -> str:
    return f"pixels in {method}"


def _largest_pixel(network: Network, arrays: Sequence[np.ndarray]) -> float:
    """The largest value of inputs that look like pixels of 0..255 which nobody scales; 0 where none do."""
    if not all(array.ndim >= 3 and array.size for array in arrays):
        return 0.0
    largest = max(float(array.max()) for array in arrays)
    if not 128 < largest <= 255 or any(float(array.min()) < 0 for array in arrays) or _scales_itself(network):
        return 0.0
    if any(array.ndim == 3 and array.dtype.kind == "f" and (array % 1).any() for array in arrays):
        return 0.0  # a signal over time: grey images without an axis of channels have whole numbers
    return largest


def _says_so(layer: Layer) -> bool:
    """Whether a layer of the library says that it scales what it gets."""
    return bool(getattr(layer, "is_scaling", False))


def _scales_itself(network: Network) -> bool:
    """Whether something before the first weights, a layer or a function, may bring pixels to another scale."""
    as_they_came = {tensor.call for tensor in network.inputs}
    for call in network.calls:
        if as_they_came.isdisjoint(tensor.call for tensor in call.inputs):
            continue
        if _may_scale(call.layer):
            return True
        if isinstance(call.layer, Layer) and not call.layer.weights:
            as_they_came.add(call)
    return False


def _may_scale(callee: Any) -> bool:
    if isinstance(callee, HasNetwork) and isinstance(callee.network, Network):
        return _scales_itself(callee.network)
    return not isinstance(callee, Layer) or not is_ours(type(callee)) or _says_so(callee)


def hint_at_rank(runtime: Runtime, x: Any, inputs: Sequence[np.ndarray]) -> None:
    """Say, once, that images came without an axis for their one channel, or with one too much.

    Args:
        runtime: of the model.
        x: what was handed in.
        inputs: the arrays that were made of it.
    """
    if isinstance(x, np.ndarray) and len(inputs) == 1 and inputs[0].ndim > 3 and x.ndim != inputs[0].ndim:
        runtime.say_once("rank", f"x of shape {x.shape} is taken for samples of shape {inputs[0].shape[1:]}")


def note_targets(runtime: Runtime, y: object, targets: Sequence[np.ndarray]) -> None:
    """Log, once, that numbers in a row were taken as a column, as the output is: nothing is ever stretched to fit.

    Args:
        runtime: of the model.
        y: the targets that were handed in.
        targets: the arrays that were made of them.
    """
    if isinstance(y, np.ndarray) and y.ndim == 1 and any(array.shape == (len(y), 1) for array in targets):
        runtime.note_once("column", f"targets of shape {y.shape} are taken as {(len(y), 1)}, as the output is")


def hint_at_loss(runtime: Runtime, logs: Mapping[str, Any]) -> None:
    """Warn, once, of a loss that is no number after an evaluation."""
    if not math.isfinite(logs["loss"]):
        said = f"the loss is {logs['loss']}: the model's weights have grown out of all bounds, or the data is no match"
        runtime.say_once("loss", said)


def hint_at_outputs(runtime: Runtime, outputs: Sequence[np.ndarray]) -> None:
    """Warn, once, of predictions that are no numbers."""
    if not runtime.has_said("outputs") and any(np.isnan(output).any() for output in outputs):
        runtime.say_once("outputs", "predictions are NaN: the model's weights have grown out of all bounds")


def hint_at_frozen(runtime: Runtime) -> None:
    """Warn, once, where a training would change no weight: all that could learn is frozen."""
    placed = runtime.placed()
    if not any(weight.trained_size for weight in placed.weights) and any(weight.learned for weight in placed.weights):
        runtime.say_once("frozen", "all of its weights are frozen, so fit trains nothing; thaw some: trainable = True")
