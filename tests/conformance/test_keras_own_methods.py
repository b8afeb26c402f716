"""What users write over that is called around a step: a metric's `reset_state`, the whole of a loss."""

from __future__ import annotations

from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest
from networks import chain, samples

import pellucid
from pellucid.errors import ShapeError

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


@pytest.mark.parametrize("is_weighted", [False, True])
def test_a_loss_that_is_called_otherwise(is_weighted: bool) -> None:
    """`__call__` of the user's own, of whatever class it derives from: the numbers told and the weights after it."""
    models, found = [chain(library) for library in (keras, pellucid)], []
    models[1].set_weights(models[0].get_weights())
    x, y = samples(models[1], 16), np.eye(5)[np.arange(16) % 5]
    weights = np.linspace(0.2, 2.0, 16) if is_weighted else None
    for library, model in zip((keras, pellucid), models, strict=True):

        class Doubled(library.losses.MeanSquaredError):  # type: ignore[name-defined, misc]
            def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
                return 2.0 * super().__call__(y_true, y_pred, sample_weight) + 1.0

        model.compile("sgd", Doubled())
        history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0, sample_weight=weights).history
        found.append([history["loss"], *model.get_weights()])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_what_such_a_loss_must_give() -> None:
    class Kept(pellucid.losses.MeanSquaredError):
        def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            return pellucid.ops.mean(y_pred - y_true, axis=-1)

    model = chain(pellucid)
    model.compile("sgd", Kept(name="kept"))
    with pytest.raises(ShapeError, match=r"loss 'kept': its __call__\(\) must return one number for the batch"):
        model.fit(samples(model, 4), np.eye(5)[:4], verbose=0)
