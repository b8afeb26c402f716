"""What an optimiser is told of weights and fits none of a model's is warned of; what fits is taken in silence."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from pellucid import Sequential, layers, optimizers

X, Y = np.ones((4, 3)), np.zeros((4, 2))


def trained(optimizer: optimizers.Optimizer) -> None:
    """A model of a hidden layer and a head makes one step."""
    model = Sequential(
        [layers.Input((3,)), layers.Dense(3, name="hidden"), layers.Dense(2, name="head", use_bias=False)], name="net"
    )
    model.compile(optimizer, "mse")
    model.train_on_batch(X, Y)


def without(decay: float | None, *names: str) -> optimizers.SGD:
    """Gradient descent that lets weights of some names not decay."""
    made = optimizers.SGD(0.1, weight_decay=decay, name="sgd")
    made.exclude_from_weight_decay(var_names=list(names))
    return made


def test_layers_that_are_not_there() -> None:
    with pytest.warns(UserWarning, match=r"muon: exclude_layers: 'haed' fits no weight .* net/hidden/kernel"):
        trained(optimizers.Muon(exclude_layers=["haed"], name="muon"))


def test_weights_that_decay_all_the_same() -> None:
    with pytest.warns(UserWarning, match=r"sgd: exclude_from_weight_decay fits no weight .*: net/hidden/kernel, net/h"):
        trained(without(0.1, "hidden"))  # which is in the path, not in the name
    with pytest.warns(UserWarning, match="none decays, for there is no weight_decay"):
        trained(without(None, "bias"))
    of_another = optimizers.SGD(0.1, weight_decay=0.1)
    of_another.exclude_from_weight_decay(var_list=[layers.Dense(2)])
    with pytest.warns(UserWarning, match="these decay all the same"):
        trained(of_another)


def test_what_fits_is_taken_in_silence() -> None:
    """One of several customary names suffices; steps by hand may come for some of the weights at a time."""
    by_hand, arrays = optimizers.Muon(exclude_layers=["head"]), [np.ones((2, 2)), np.ones((2, 2))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained(optimizers.Muon(exclude_layers=["head"]))
        trained(without(0.1, "bias", "gamma", "beta"))
        by_hand.build(arrays)
        by_hand.apply([np.ones((2, 2))], arrays[:1])
