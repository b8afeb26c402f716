"""Where a training that is over began to overfit, in a sentence; and where its validation says nothing yet."""

from __future__ import annotations

import math

from pellucid import Model, layers
from pellucid.cli.tasks import all_layers
from pellucid.inspection import TrainingCurves, training_runs

SHORTEST = 3
"""Of fewer epochs nobody can tell where curves part."""
LEFT = 0.01  # of what moving averages began with, when they have settled


def overfitting_told(model: Model) -> list[str]:
    """Where validation stops following training, in a sentence; none where a training is too short to tell."""
    if model.history is None or len(model.history.epoch) < SHORTEST:
        return []
    epochs, needed, made = len(model.history.epoch), settling_steps(model), int(model.optimizer.iterations)
    if made < needed:
        return [
            f"Validation says little yet: the moving averages of batch normalization settle within about {needed} "
            f"steps, and {made} were made. More --epochs, or a smaller --batch, would tell."
        ]
    first = -(-needed * epochs // max(made, 1))
    curves = {name: values[first:] for name, values in model.history.history.items() if name in ("loss", "val_loss")}
    if epochs - first < SHORTEST:
        return []
    told = TrainingCurves(curves, tuple(epoch + 1 for epoch in model.history.epoch[first:]))
    found = [each for each in training_runs({"training": told}).partings if each.quantity == "loss"]
    if not found:
        return []
    (loss,) = found
    if loss.epoch is None:
        return [f"Overfitting is not seen: the validation loss ends at {loss.last:.4g}, its best is {loss.best:.4g}."]
    return [
        f"Overfitting begins after epoch {loss.epoch}: the validation loss was {loss.best:.4g} there and is "
        f"{loss.last:.4g} in the end, that of training {loss.last - loss.gap:.4g}. More images, --augment, or "
        f"--epochs {loss.epoch} would help."
    ]


def settling_steps(model: Model) -> int:
    """How many steps moving averages take until they are of the data, and no more of what they began with."""
    momenta = [layer.momentum for layer in all_layers(model) if isinstance(layer, layers.BatchNormalization)]
    return max((math.ceil(math.log(LEFT) / math.log(each)) for each in momenta if 0 < each < 1), default=0)
