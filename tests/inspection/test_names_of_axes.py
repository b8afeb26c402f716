"""One name for one axis: what maps have along a sequence are steps, what kernels have are taps, in all records."""

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers, views
from pellucid.views.colors import paint
from pellucid.views.fields import planes_of

X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
PLACES, TAPS = "steps", "taps"


@pytest.fixture(scope="module")
def model():
    return Sequential(
        [
            layers.Input((20, 3)),
            layers.Conv1D(4, 5, name="c"),
            layers.MaxPooling1D(2, name="p"),
            layers.Flatten(),
            layers.Dense(2, name="d"),
        ]
    )


RECORDS = {
    "filters": (lambda m: inspection.filters(m.layers[0]), (TAPS, "in", "filter")),
    "one filter": (lambda m: m.layers[0].filter(0), (TAPS, "channels")),
    "description": (lambda m: inspection.describe(m.layers[0].filter(0)), (TAPS,)),
    "maps": (lambda m: inspection.feature_maps(m, X, "c")[0], (PLACES, "channel")),
    "partial maps": (lambda m: inspection.partial_maps(m, "c", X, 1), (PLACES, "channel of the input")),
    "field": (lambda m: inspection.receptive_field(m, "p", (2,), 0, X), (PLACES,)),
    "composition": (lambda m: inspection.composition(m, "c", 0), (PLACES, "channel")),
    "saliency": (lambda m: inspection.saliency(m, X), (PLACES, "channel")),
    "patches": (lambda m: inspection.top_patches(m, X[None], "c"), ("unit", "rank", PLACES, "channel")),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_axes_of_a_sequence(model, kind):
    make, axes = RECORDS[kind]
    assert make(model).axes == axes


def test_views_say_the_same(model):
    assert "steps 4 to 9" in views.field_text(inspection.receptive_field(model, "p", (2,), 0, X))
    assert "4 maps of 16 steps" in views.maps_text(inspection.feature_maps(model, X, "c"))
    assert "4 filters of 5 taps" in views.filters_text(inspection.filters(model.layers[0]))
    assert "steps: 20 - 5 + 1 = 16" in views.formula_text(inspection.formula(model.layers[0]))


def test_channels_of_a_sequence_are_no_colours(model):
    for record in (inspection.saliency(model, X), inspection.composition(model, "c", 0)):
        assert "channel 2" in str(record) and "green" not in str(record)


def test_a_sequence_is_drawn_as_no_photograph(model):
    field = inspection.receptive_field(model, "p", (2,), 0, X)
    planes = planes_of(field)
    assert np.array_equal(planes.image[0], paint(X.mean(axis=-1), float(np.abs(X.mean(axis=-1)).max())))
    assert "The input is drawn as the mean of its 3 channels." in planes.notes
