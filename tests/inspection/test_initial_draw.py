"""Draws held against theory: SciPy-free formulas written anew, and integrals of the densities."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pellucid import Sequential, initializers, inspection, layers, load_model
from pellucid.errors import ArgumentError, ArgumentTypeError, NotYetError

DRAWING = [
    initializers.GlorotUniform(1),
    initializers.GlorotNormal(1),
    initializers.HeUniform(1),
    initializers.HeNormal(1),
    initializers.LecunUniform(1),
    initializers.LecunNormal(1),
    initializers.VarianceScaling(3.0, "fan_out", "untruncated_normal", seed=1),
    initializers.RandomUniform(-1.0, 3.0, seed=1),
    initializers.RandomNormal(1.0, 0.2, seed=1),
    initializers.TruncatedNormal(0.0, 0.3, seed=1),
    initializers.Orthogonal(2.0, seed=1),
]
FIXED = [initializers.Zeros(), initializers.Constant(0.5), initializers.Filterbank("lines")]


def _layer(initializer, **options):
    layer = layers.Conv2D(32, 3, kernel_initializer=initializer, name="c", **options)
    layer.build((None, 8, 8, 4))
    return layer


@pytest.mark.parametrize("initializer", DRAWING, ids=repr)
def test_draws_agree_with_theory(initializer):
    layer = _layer(initializer)
    draw = inspection.initial_draw(layer)
    assert np.array_equal(draw.values, layer.kernel.numpy()) and draw.is_draw and draw.distance_now is None
    assert 0 < draw.distance < draw.usual_distance
    assert draw.values.std() == pytest.approx(draw.law.stddev, rel=0.1)
    assert draw.counts.sum() == draw.values.size == 3 * 3 * 4 * 32
    assert (draw.fan_in, draw.fan_out) == (36, 288)
    assert float((draw.densities * np.diff(draw.edges)).sum()) == pytest.approx(1.0)


@pytest.mark.parametrize("initializer", DRAWING, ids=repr)
def test_density_and_distribution_belong_together(initializer):
    law = inspection.initial_draw(_layer(initializer)).law
    x = np.linspace(law.center - law.reach, law.center + law.reach, 200_001)
    density = law.density(x)
    summed = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))])
    assert summed[-1] == pytest.approx(1.0, abs=2e-4)
    assert np.allclose(summed, law.below(x), atol=2e-4)
    assert math.sqrt(np.trapezoid(density * (x - law.center) ** 2, x)) == pytest.approx(law.stddev, rel=2e-3)


@pytest.mark.parametrize("initializer", FIXED, ids=repr)
def test_what_is_not_drawn_is_held_to_its_values(initializer):
    draw = inspection.initial_draw(_layer(initializer))
    assert draw.law is None and draw.distance == 0.0 and draw.formula.startswith("no chance: exactly the values of")


def test_a_wrong_draw_is_noticed():
    layer = _layer(initializers.HeNormal(1))
    layer.kernel.assign(layer.kernel.numpy() * 1.5)
    draw = inspection.initial_draw(layer)
    assert not draw.is_draw and draw.distance > 2 * draw.usual_distance


def test_limit_and_formula_have_the_numbers_of_the_layer():
    draw = inspection.initial_draw(_layer("glorot_uniform"))
    assert draw.limit == pytest.approx(math.sqrt(6 / (36 + 288)))
    assert draw.formula.endswith("sqrt(6 / (fan_in + fan_out)) = sqrt(6 / (36 + 288)) = 0.1361")
    assert inspection.initial_draw(_layer("random_normal")).limit is None


def test_the_draw_is_seen_after_training_and_loading(tmp_path):
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(8, 3, name="c"), layers.Flatten(), layers.Dense(2)])
    first = model.layers[0].kernel.numpy()
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    model.fit(rng.normal(size=(8, 6, 6, 1)), rng.normal(size=(8, 2)), verbose=0)
    model.save(tmp_path / "m.keras")
    for layer in (model.layers[0], load_model(tmp_path / "m.keras").layers[0]):
        draw = inspection.initial_draw(layer)
        assert np.array_equal(draw.values, first) and draw.is_draw and draw.distance_now is not None


def test_weights_without_a_story_are_held_to_what_the_layer_says():
    layer = _layer("he_uniform")
    layer.set_weights(list(layer.get_weights()))  # a list of arrays knows nothing of them
    draw = inspection.initial_draw(layer)
    assert not draw.is_draw and draw.provenance == "set by set_weights" and draw.distance < draw.usual_distance


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_lie_in_no_bar(bad):
    """As after a training that has diverged: the finite ones are counted as NumPy counts them."""
    layer = layers.Dense(10, name="d", kernel_initializer=lambda shape, dtype=None: np.zeros(shape))
    layer.build((None, 5))
    with pytest.warns(UserWarning, match="taken as it is"):
        layer.kernel[:] = bad
    found = inspection.initial_draw(layer)
    assert found.counts.sum() == 0 and found.distance is None and np.all(found.densities == 0)
    layer.kernel[:2] = np.linspace(-1, 1, 20).reshape(2, 10)
    found = inspection.initial_draw(layer)
    assert found.counts.tolist() == np.histogram(np.linspace(-1, 1, 20, dtype=np.float32), found.edges)[0].tolist()
    assert found.counts.sum() == 20 and found.distance is None and np.isfinite(found.edges).all()


def test_each_weight_can_be_looked_at():
    layer = layers.SeparableConv2D(4, 3, name="s")
    layer.build((None, 8, 8, 2))
    assert inspection.initial_draw(layer).weight == "depthwise_kernel"
    assert inspection.initial_draw(layer, "pointwise_kernel").shape == (1, 1, 2, 4)
    assert inspection.initial_draw(layer, "bias").distance == 0.0


def test_what_was_not_drawn_is_refused():
    with pytest.raises(ArgumentTypeError, match="one layer"):
        inspection.initial_draw("conv2d")
    with pytest.raises(NotYetError, match="before it knows its input"):
        inspection.initial_draw(layers.Conv2D(2, 3))
    with pytest.raises(ArgumentError, match="no weights"):
        flat = layers.Flatten()
        flat.build((None, 3, 3))
        inspection.initial_draw(flat)
    with pytest.raises(ArgumentError, match="did you mean 'kernel'"):
        inspection.initial_draw(_layer("zeros"), "kernl")
