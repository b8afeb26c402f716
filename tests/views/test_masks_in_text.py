"""What dropout kept and what pooling chose, drawn in the terminal: held to the records, cell by cell."""

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers, views

FULL = "@@"


def answer(layer, shape=(6, 6, 3), **options):
    model = Sequential([layers.Input(shape), layer])
    x = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    (record,) = inspection.feature_maps(model, x, layer.name, **options)
    return record


def cells_below(text, sentence, count, rows, columns):
    """The cells of maps beside each other under their numbers, after a sentence."""
    lines = text.split(sentence)[1].splitlines()[2 : 2 + rows]
    pitch = 2 * columns + 2
    found = [[line.ljust(count * pitch)[n * pitch : n * pitch + 2 * columns] for line in lines] for n in range(count)]
    return np.array([[[row[2 * c : 2 * c + 2] == FULL for c in range(columns)] for row in each] for each in found])


@pytest.mark.parametrize("layer", [layers.Dropout(0.5, name="d"), layers.SpatialDropout2D(0.5, name="d")])
def test_the_mask_of_a_dropout_stands_below_its_maps(layer):
    record = answer(layer, training=True, seed=5)
    drawn = cells_below(views.maps_text(record), "Its mask: @@ was kept, blank was dropped.", 3, 6, 6)
    assert np.array_equal(np.moveaxis(drawn, 0, -1), record.kept) and 0 < record.kept.mean() < 1


def test_a_mask_of_values_stands_beside_them():
    record = answer(layers.Dropout(0.5, name="d"), (8,), training=True, seed=1)
    lines = views.maps_text(record).splitlines()[2:10]
    assert [line.endswith("dropped") for line in lines] == (~record.kept.astype(bool)).tolist()
    many = answer(layers.Dropout(0.5, name="d"), (400,), training=True, seed=1)
    text = views.maps_text(many).split("was dropped.\n")[1]
    assert text.count(FULL) == int(many.kept.sum())


def test_what_a_pooling_chose_from_and_what_won():
    record = answer(layers.MaxPooling2D(2, name="p"), winners=True)
    text = views.maps_text(record)
    drawn = cells_below(text, "What won there: @@ won a window or several, blank none.", 3, 6, 6)
    assert np.array_equal(np.moveaxis(drawn, 0, -1), record.wins > 0)
    assert "What it chose from, on the scale of all that it was given:" in text


def test_without_training_there_is_no_mask():
    assert "mask" not in views.maps_text(answer(layers.Dropout(0.5, name="d")))


def test_print_bounds_what_it_writes():
    maps = np.random.default_rng(0).normal(size=(48, 48, 32))
    record = inspection.FeatureMaps("c", "Conv2D", maps)
    wide = str(record)
    assert len(wide.splitlines()) < 70 and "2 of 32 maps shown; limit=None shows all." in wide
    assert len(views.maps_text(record, limit=None).splitlines()) > 700
    small = inspection.FeatureMaps("c", "Conv2D", maps[:6, :6])
    assert str(small) == views.maps_text(small) and " of 32" not in str(small)
    deep = inspection.FeatureMaps("c", "Conv3D", np.ones((40, 20, 20, 2)))
    assert "1 of 2 maps shown" in str(deep)
