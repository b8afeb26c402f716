"""Pooling over all places has a formula, in words and in LaTeX, with the numbers of the layer."""

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers, views
from pellucid.errors import ArgumentError

POOLING = {
    "mean": (
        layers.GlobalAveragePooling2D(name="l"),
        (4, 5, 3),
        "y[c] = mean over i, j of x[i, j, c]",
        r"\frac{1}{20} \sum_{i=0}^{3}\;\sum_{j=0}^{4} x_{i,j,c}",
    ),
    "maximum": (layers.GlobalMaxPooling1D(name="l"), (6, 2), "y[c] = max over i of x[i, c]", r"\max_{i}\; x_{i,c}"),
    "volumes": (
        layers.GlobalAveragePooling3D(keepdims=True, name="l"),
        (3, 2, 2, 2),
        "y[c] = mean over i, j, k of x[i, j, k, c]",
        r"\frac{1}{12} \sum_{i=0}^{2}\;\sum_{j=0}^{1}\;\sum_{k=0}^{1} x_{i,j,k,c}",
    ),
}


@pytest.mark.parametrize("name", POOLING)
def test_it_says_what_is_computed(name):
    layer, shape, words, latex = POOLING[name]
    model = Sequential([layers.Input(shape), layer])
    record = inspection.formula(layer)
    assert record.words == words and record.correlation == f"y_{{c}} = {latex}" and not record.convolution
    assert any(latex in text.get_text() for text in views.formula_figure(record, width=400).axes[0].texts)
    x = np.random.default_rng(0).random((1, *shape), np.float32)
    reduce = np.max if " max " in words else np.mean
    assert np.allclose(model.predict(x, verbose=0).ravel(), reduce(x, axis=tuple(range(1, x.ndim - 1))).ravel())


def test_others_say_where_to_look():
    layer = layers.Resizing(2, 2, name="small")
    Sequential([layers.Input((4, 4, 1)), layer])
    with pytest.raises(
        ArgumentError, match=r'"small" has no formula of its own; .* arithmetic tells that of one value'
    ):
        inspection.formula(layer)
