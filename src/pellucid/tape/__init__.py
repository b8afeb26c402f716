"""`GradientTape`: what is done to arrays is written down, and gradients of it can be asked for.

While a tape runs, functions, layers, models and losses that are called on arrays emit their operations into one graph.
Numbers are computed when somebody asks for them, or for a gradient: then the graph is run, once, with all that is still
held. So a loop of the user's own is made of the same operations as `fit`, step by step; `fit` is faster, for it makes
many steps in one call.

Source: tf.GradientTape, https://www.tensorflow.org/api_docs/python/tf/GradientTape
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np

from pellucid.checks import flag
from pellucid.dispatch import Array
from pellucid.dispatch.arrays import RECORDER
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Tensor, builder
from pellucid.tape.recording import Recorded, Recording

__all__ = ["GradientTape"]


class GradientTape:
    """Writes down what is done to arrays and weights inside `with`, so that gradients of it can be asked for.

    What a model or layer is called on, the weights of layers and variables are watched by themselves; `watch` is there
    for code that says so. Gradients of gradients: ask one tape inside another.

    Args:
        persistent: whether more than one gradient may be asked for.
        watch_accessed_variables: True: all are watched.

    Raises:
        ArgumentError: a second gradient is asked of a tape that is not persistent, or of something that it has not
            seen.

    Example:
        >>> from pellucid import Variable
        >>> x = Variable([3.0])
        >>> with GradientTape() as tape:
        ...     y = x * x
        >>> y.numpy().tolist(), tape.gradient(y, x).numpy().tolist()
        ([9.0], [6.0])

    Source: tf.GradientTape.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.persistent = flag("GradientTape", "persistent", persistent)
        if not flag("GradientTape", "watch_accessed_variables", watch_accessed_variables):
            raise ArgumentError("GradientTape watches all variables: ask for the gradients of those that are wanted")
        self._recording: Recording | None = None
        self._token: Any = None
        self._is_spent = False

    def __enter__(self) -> GradientTape:
        outer = RECORDER.get()
        self._recording = outer if isinstance(outer, Recording) else Recording()
        self._token = RECORDER.set(self._recording)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        RECORDER.reset(self._token)

    def watch(self, tensor: Any) -> None:
        """Say that a gradient with respect to an array will be asked for, or to several in a list."""
        recording = self._running()
        for each in tensor if isinstance(tensor, list | tuple) else [tensor]:
            recording.tensor_of(each)

    def _running(self) -> Recording:
        if self._recording is None:
            raise ArgumentError("GradientTape has written nothing down: use it by `with GradientTape() as tape:`")
        return self._recording

    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None, unconnected_gradients: str = "none"
    ) -> Any:
        """The gradient of the sum of all numbers of a target.

        Args:
            target: something that was computed while the tape ran, or a list of such.
            sources: arrays, variables or other results, one or in any structure.
            output_gradients: what the numbers of the target count in that sum; 1 each by default.
            unconnected_gradients: "none" gives None where the target does not depend on a source, "zero" zeros.

        Returns:
            the gradients, arranged as the sources.
        """
        recording = self._running()
        if self._is_spent and not self.persistent:
            raise ArgumentError("GradientTape gives one gradient; say GradientTape(persistent=True) to ask for more")
        self._is_spent = True
        with recording.graph.scope(""):
            whole = _sum_of(recording, target, output_gradients)
        gives, row = _arranged(sources)
        found = recording.gradients(whole, [recording.tensor_of(each) for each in row])
        if RECORDER.get() is None:
            recording.run([each for each in found if each is not None])
        results: list[Any] = [_plain(each) for each in found]
        if unconnected_gradients == "zero":
            results = [
                np.zeros(np.shape(source), np.float32).view(Array) if each is None else each
                for each, source in zip(results, row, strict=True)
            ]
        return gives(results)

    def stop_recording(self) -> Any:
        """Inside, nothing is written down."""
        return _Stopped()


class _Stopped:
    def __enter__(self) -> None:
        self._token = RECORDER.set(None)

    def __exit__(self, *error: object) -> None:
        RECORDER.reset(self._token)


def _plain(found: Recorded | None) -> Any:
    """An array where the numbers are known; what is written down while a tape runs stays that."""
    return found if found is None or not found.is_known else found.value


def _sum_of(recording: Recording, target: Any, weights: Any) -> Tensor:
    targets = list(target) if isinstance(target, list | tuple) else [target]
    factors = list(weights) if isinstance(weights, list | tuple) else [weights] * len(targets)
    total = recording.graph.constant(0.0)
    for each, factor in zip(targets, factors, strict=True):
        if not isinstance(each, Recorded) or each._recording is not recording:
            raise ArgumentError(
                f"GradientTape.gradient: the target was not computed while this tape ran, got {shown(each)}; compute "
                "it inside the `with`, by functions of pellucid.ops, keras or tf"
            )
        tensor = each.tensor_there
        tensor = tensor if factor is None else tensor * recording.tensor_of(factor)
        total = total + (builder.reduce_sum(tensor, list(range(tensor.rank))) if tensor.rank else tensor)
    return total


def _arranged(sources: Any) -> tuple[Callable[[list[Any]], Any], list[Any]]:
    """The sources in a row, and how results are arranged as they were."""
    if isinstance(sources, list | tuple):
        try:
            parts = [_arranged(each) for each in sources]
        except RecursionError:
            raise ArgumentError("GradientTape.gradient: the sources are a list that lies in itself") from None
        sizes = [len(row) for _, row in parts]

        def packed(results: list[Any]) -> Any:
            ends = np.cumsum(sizes)
            return [gives(results[end - size : end]) for (gives, _), size, end in zip(parts, sizes, ends, strict=True)]

        return packed, [each for _, row in parts for each in row]
    if isinstance(sources, dict):
        gives, row = _arranged(list(sources.values()))
        return lambda results: dict(zip(sources, gives(results), strict=True)), row
    return lambda results: results[0], [sources]
