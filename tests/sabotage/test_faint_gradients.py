"""A gradient of 1e-5 is judged as any other: none passes because it is small beside results and weights."""

from __future__ import annotations

import numpy as np
import pytest
from cases.models import images, small_cnn
from cases.rows import CompositionCase, Operand
from checks.gradients import check_gradient
from checks.mismatch import Mismatch
from checks.parity import check_parity
from checks.training import check_model_gradient, check_training
from sabotage.broken import BrokenEngine, Sabotage, first_sample_only
from sabotage.test_sabotage import SOUND, as_float32, wrong_rule

from pellucid import Model, optimizers
from pellucid.engines import Engine
from pellucid.graph import builder, windows

FAINT = 1e-5
CASE = CompositionCase("faint", "elementwise", lambda x: builder.tanh(x) * FAINT + 1.0, (Operand((4, 3)),))
"""Results of about 1, a gradient of about 1e-5."""
FIRST_SAMPLE = Sabotage("first sample only", (), {windows.ConvolutionKernelGradient: first_sample_only})


def faint_model(engine: Engine) -> Model:
    """A network whose loss, and so whose gradient, is scaled down."""
    model = small_cnn()
    model.compile(optimizers.SGD(1.0), "sparse_categorical_crossentropy", loss_weights=[FAINT], engine=engine)
    return model


@pytest.mark.parametrize("wrong", [0.0, 0.99, 1.001, -1.0])
def test_slopes_tell_a_faint_gradient_that_is_wrong(wrong: float, monkeypatch: pytest.MonkeyPatch) -> None:
    check_gradient(CASE, SOUND)
    wrong_rule(monkeypatch, "tanh", lambda g, y, a: [g * (1.0 - y * y) * wrong])
    with pytest.raises(Mismatch, match="the gradient says"):
        check_gradient(CASE, SOUND)


def test_parity_tells_a_faint_gradient_that_is_wrong() -> None:
    """The results hide it: beside 1, the difference is less than one of float32's roundings."""
    check_parity(CASE, SOUND, as_float32(SOUND))
    with pytest.raises(Mismatch, match="gradient of x0"):
        check_parity(
            CASE,
            SOUND,
            as_float32(BrokenEngine(Sabotage("off", (), functions={"tanh": lambda x: np.tanh(x) * (1 + 1e-4)}))),
        )


def test_training_tells_faint_steps_that_are_wrong() -> None:
    """Each step moves weights by some millionth of themselves, and must be the right one."""
    check_training(faint_model, images(6), SOUND, SOUND, steps=3)
    with pytest.raises(Mismatch, match="kernel differs"):
        check_training(faint_model, images(6), SOUND, BrokenEngine(FIRST_SAMPLE), steps=3)


def test_slopes_of_the_loss_tell_faint_steps_that_are_wrong() -> None:
    with pytest.raises(Mismatch, match="the loss rises by"):
        check_model_gradient(faint_model(SOUND), images(6), BrokenEngine(FIRST_SAMPLE))
