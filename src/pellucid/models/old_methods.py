"""What methods of models did that Keras 1 and 2 had and today's code writes otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

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
    if isinstance(outputs, list):
        raise ArgumentError(f"{model} has several outputs; choose one: predict(x)[0].argmax(axis=-1)")
    if outputs.shape[-1] > 1:
        legacy.tell("predict_classes(x)", "predict(x).argmax(axis=-1)")
        return outputs.argmax(axis=-1)
    legacy.tell("predict_classes(x)", '(predict(x) > 0.5).astype("int64")')
    return (outputs > 0.5).astype(np.int64)


def in_batches(generator: Any, count: Any) -> tuple[Any, Any]:
    """A generator, and how many of its batches are meant, where Keras 1 counted samples.

    The first batch tells how many samples there are in each, unless the generator itself does; it is not lost.

    Args:
        generator: of batches.
        count: of batches, or `legacy.Samples`.
    """
    if not isinstance(count, legacy.Samples):
        return generator, count
    size = getattr(generator, "batch_size", None)
    if size is None:
        batches = iter(generator)
        first = next(batches)
        x = first[0] if isinstance(first, tuple) else first
        while isinstance(x, list | tuple | dict):
            x = next(iter(x.values())) if isinstance(x, dict) else x[0]
        size, generator = len(x), itertools.chain([first], batches)
    return generator, -(-int(count) // size)


class OldMethods:
    """The methods for generators, which `fit`, `evaluate` and `predict` take themselves today."""

    fit: Callable[..., Any]
    evaluate: Callable[..., Any]
    predict: Callable[..., Any]

    @legacy.accepts_old_spelling("fit_generator")
    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        verbose: str | int = 1,
        callbacks: Any = None,
        validation_data: Any = None,
        validation_steps: int | None = None,
        validation_freq: Any = 1,
        class_weight: Any = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
    ) -> Any:
        """Keras 1 and 2's `fit` on a generator or a `Sequence`."""
        legacy.tell("fit_generator(generator, ...)", "fit(generator, ...)")
        generator, steps_per_epoch = in_batches(generator, steps_per_epoch)
        validation_data, validation_steps = in_batches(validation_data, validation_steps)
        return self.fit(
            generator,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            shuffle=shuffle,
            class_weight=class_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
        )

    @legacy.accepts_old_spelling("evaluate_generator")
    def evaluate_generator(
        self, generator: Any, steps: int | None = None, callbacks: Any = None, verbose: str | int = 0
    ) -> Any:
        """Keras 1 and 2's `evaluate` on a generator or a `Sequence`."""
        legacy.tell("evaluate_generator(generator, ...)", "evaluate(generator, ...)")
        generator, steps = in_batches(generator, steps)
        return self.evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    @legacy.accepts_old_spelling("predict_generator")
    def predict_generator(
        self, generator: Any, steps: int | None = None, callbacks: Any = None, verbose: str | int = 0
    ) -> Any:
        """Keras 1 and 2's `predict` on a generator or a `Sequence`."""
        legacy.tell("predict_generator(generator, ...)", "predict(generator, ...)")
        generator, steps = in_batches(generator, steps)
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose)
