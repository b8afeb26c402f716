"""What metrics begin an epoch with, where users write `reset_state` themselves."""

from __future__ import annotations

from typing import Any

import keras
import keras_oracle
import numpy as np
from networks import chain, samples

import pellucid

assert keras_oracle.keras is keras


def resetting(library: Any) -> list[Any]:
    """Metrics with a `reset_state` of their own: one forgets nothing, one as usual, one a little."""
    m = library.metrics

    class Whole(m.MeanSquaredError):
        def reset_state(self) -> None:
            """An epoch goes on where the one before ended."""

    class Usual(m.MeanSquaredError):
        def reset_state(self) -> None:
            super().reset_state()

    class Steps(m.Metric):
        def __init__(self, name: str) -> None:
            super().__init__(name=name)
            self.steps = self.add_variable((), initializer="zeros", name="steps")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.steps.assign(self.steps + 1.0)

        def result(self) -> Any:
            return self.steps + 0.0

        def reset_state(self) -> None:
            self.steps.assign(self.steps - 1.0)

    return [Whole(name="whole"), Usual(name="usual"), Steps(name="steps")]


def test_what_a_new_epoch_begins_with() -> None:
    """`reset_state` of the user's own is called with every epoch, also for what derives from the library's."""
    models, told = [chain(library) for library in (keras, pellucid)], []
    models[1].set_weights(models[0].get_weights())
    data = samples(models[1], 16), np.eye(5)[np.arange(16) % 5]
    for library, model in zip((keras, pellucid), models, strict=True):
        model.compile("sgd", "mse", metrics=resetting(library))
        history = model.fit(*data, batch_size=4, epochs=3, shuffle=False, verbose=0).history
        told.append([history[name] for name in ("whole", "usual", "steps")])
        told[-1].append([model.evaluate(*data, batch_size=8, verbose=0)[-1]])
    for theirs, ours in zip(*told, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
