"""A model with NaN or infinity in it: it is found, and looked at without a warning from inside."""

import warnings

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers, set_random_seed
from pellucid.cli.main import run

X = np.random.default_rng(0).random((12, 12, 3))


@pytest.fixture(scope="module")
def broken():
    set_random_seed(0)  # else now and then a filter is drawn that answers 0 to all of X
    model = Sequential(
        [
            layers.Input((12, 12, 3)),
            layers.Conv2D(4, 3, name="c", activation="relu"),
            layers.BatchNormalization(name="n"),
            layers.MaxPooling2D(2, name="p"),
            layers.Flatten(name="f"),
            layers.Dense(3, name="d"),
        ],
        name="net",
    )
    kernel, statistics = model.layers[0].kernel.numpy(), model.layers[1].moving_mean.numpy()
    kernel[0, 0, 0, 1], kernel[1, 1, 1, 2], statistics[3] = np.nan, np.inf, np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.layers[0].kernel.assign(kernel)
        model.layers[1].moving_mean.assign(statistics)
    return model


def test_lint_finds_them_with_and_without_data(broken, tmp_path, capsys):
    for data in (None, np.stack([X, X[::-1]])):
        found = inspection.lint(broken, data).of("not finite")
        assert [(each.layer, each.value) for each in found] == [("c", 2), ("n", 1)]
        assert "moving_mean" in found[1].measure and "checkpoint" in found[0].cure
    assert not inspection.lint(broken, ignore="not finite").of("not finite")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        broken.save(tmp_path / "net.keras")
    assert run(["lint", str(tmp_path / "net.keras"), "--ignore", "never moved"]) == 1
    assert "not finite: c" in capsys.readouterr().out


LOOKS = {
    "trace": lambda m: inspection.trace(m, "d", X, filter=0),
    "what if": lambda m: inspection.what_if(m, X, {"c": {0: 0.0}}),
    "equivariance": lambda m: inspection.equivariance(m, X, (1, 0)),
    "partial maps": lambda m: inspection.partial_maps(m, "c", X, 2),
    "maps": lambda m: inspection.feature_maps(m, X),
    "saliency": lambda m: inspection.saliency(m, X),
}


@pytest.mark.parametrize("look", LOOKS)
def test_looking_warns_of_nothing_inside(broken, look):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert str(LOOKS[look](broken))


def test_an_infinity_that_stays_is_no_change(broken):
    tried = inspection.what_if(broken, X, {"c": {0: 0.0}})
    (maps,) = (each.maps for each in tried.difference if each.layer == "c")
    assert not maps[..., 2].any() and np.isinf(tried.before[1].maps[..., 2]).any() and maps[..., 0].any()
