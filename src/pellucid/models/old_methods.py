"""What methods of models did that Keras 1 and 2 had and today's code writes otherwise."""

from __future__ import annotations

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
    legacy.tell("predict_classes(x)", "predict(x).argmax(axis=-1)")
    if isinstance(outputs, list):
        raise ArgumentError(f"{model} has several outputs; choose one: predict(x)[0].argmax(axis=-1)")
    return outputs.argmax(axis=-1) if outputs.shape[-1] > 1 else (outputs > 0.5).astype(np.int64)


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
        return self.evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    @legacy.accepts_old_spelling("predict_generator")
    def predict_generator(
        self, generator: Any, steps: int | None = None, callbacks: Any = None, verbose: str | int = 0
    ) -> Any:
        """Keras 1 and 2's `predict` on a generator or a `Sequence`."""
        legacy.tell("predict_generator(generator, ...)", "predict(generator, ...)")
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose)
