"""Whole models: what a step of plain gradient descent takes off each weight is the slope of the loss."""

from __future__ import annotations

import pytest
from cases.models import branched_cnn, compiled, frozen_cnn, images, shared_cnn, small_cnn
from checks.training import check_model_gradient

from pellucid import optimizers
from pellucid.engines import ReferenceEngine

MODELS = {
    "small": small_cnn,
    "with dropout": lambda: small_cnn(dropout=0.3),
    "branched": branched_cnn,
    "shared": shared_cnn,
    "frozen": frozen_cnn,
}


@pytest.mark.parametrize("name", MODELS)
def test_a_step_goes_down_the_slope_of_the_loss(name):
    model = compiled(MODELS[name](), ReferenceEngine(), optimizers.SGD())
    check_model_gradient(model, images(6), ReferenceEngine())
