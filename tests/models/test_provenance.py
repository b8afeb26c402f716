"""How the values of filters came about: told at the filter, by inspection, and by files."""

from __future__ import annotations

import copy
import json
import pickle
import zipfile

import numpy as np
import pytest

from pellucid import Sequential, callbacks, inspection, layers, load_model, models, optimizers
from pellucid.errors import FileError
from pellucid.provenance import Event, Provenance


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 6, 6, 1)), rng.normal(size=(12, 2))


@pytest.fixture
def model():
    chain = [layers.Input((6, 6, 1)), layers.Conv2D(4, 3, name="c"), layers.Flatten(), layers.Dense(2, name="d")]
    made = Sequential(chain, name="m")
    made.compile("sgd", "mse")
    return made


def _story(model, number=0, layer="c"):
    return model.get_layer(layer).filter(number).provenance


def test_a_drawn_kernel_tells_initialiser_fans_limit_and_seed():
    layer = layers.Conv2D(8, 3, kernel_initializer={"class_name": "HeUniform", "config": {"seed": 7}})
    layer.build((None, 6, 6, 2))
    story = layer.filter(3).provenance
    assert (story.how, story.by, story.seed, story.fans, story.steps) == ("drawn", "HeUniform", 7, (18, 72), 0)
    assert story.limit == pytest.approx((6 / 18) ** 0.5)
    assert str(story) == "drawn by HeUniform (limit 0.57735, fan-in 18, fan-out 72, seed 7)"


def test_the_seed_is_the_one_that_was_drawn(model):
    event = _story(model).events[0]
    again = event.initializer((3, 3, 1, 4))
    assert np.array_equal(again, model.get_layer("c").kernel.numpy())


@pytest.mark.parametrize(
    ("initializer", "told"),
    [
        ("zeros", "filled by Zeros"),
        ("sobel_x", "handcrafted: Filterbank('sobel_x')"),
        (np.ones((3, 3, 1, 4)), "handcrafted: an array"),
        ("random_normal", "drawn by RandomNormal (stddev 0.05, fan-in 9, fan-out 36, seed"),
        ("random_uniform", "drawn by RandomUniform (from -0.05, to 0.05, fan-in 9"),
        ("orthogonal", "drawn by Orthogonal (fan-in 9, fan-out 36, seed"),
    ],
)
def test_each_kind_of_initialiser_is_told(initializer, told):
    layer = layers.Conv2D(4, 3, kernel_initializer=initializer)
    layer.build((None, 6, 6, 1))
    assert str(layer.filter(0).provenance).startswith(told)


def test_training_steps_are_counted_whoever_makes_them(model, data):
    model.fit(*data, batch_size=4, epochs=2, verbose=0)
    model.train_on_batch(*data)
    assert _story(model).steps == _story(model, 1, "d").steps == 7
    model.compile("adam", "mse")  # whose steps count from 0
    model.train_on_batch(*data)
    assert _story(model).steps == 8


def test_predicting_and_evaluating_are_no_training(model, data):
    model.predict(data[0])
    model.evaluate(*data, verbose=0)
    assert _story(model).steps == 0


def test_a_frozen_filter_and_a_frozen_layer_are_not_trained(model, data):
    layer = model.get_layer("c")
    layer.filter(1).set("sobel_x").freeze()
    model.fit(*data, batch_size=4, verbose=0)
    assert [_story(model, k).steps for k in range(4)] == [3, 0, 3, 3]
    layer.trainable = False
    model.fit(*data, batch_size=4, verbose=0)
    assert [_story(model, k).steps for k in range(4)] == [3, 0, 3, 3] and _story(model, 0, "d").steps == 6
    layer.trainable = True
    layer.filter(1).unfreeze()
    model.fit(*data, batch_size=4, verbose=0)
    assert [str(_story(model, k)).partition("; ")[2] for k in (0, 1)] == ["trained for 6 steps", "trained for 3 steps"]


def test_what_is_set_begins_anew_and_leaves_the_others(model, data):
    model.fit(*data, batch_size=4, verbose=0)
    layer = model.get_layer("c")
    layer.filter(1).set(lambda rows, columns: rows)
    layer.kernel[..., 2] = 0.5
    layer.filter(3).reinitialize(seed=3)
    assert [(s.how, s.by, s.steps) for s in (_story(model, k) for k in range(4))] == [
        ("drawn", "GlorotUniform", 3),
        ("handcrafted", "a formula", 0),
        ("handcrafted", "an array", 0),
        ("drawn", "GlorotUniform", 0),
    ]
    assert _story(model, 3).seed == 3
    layer.kernel[0, 0, 0, 0] = 1.0
    assert [event.in_part for event in _story(model).events] == [False, True]


def test_set_weights_says_set(model):
    model.set_weights([weight + 1 for weight in model.get_weights()])
    assert str(_story(model)) == "set by set_weights"
    model.get_layer("c").kernel.assign(np.ones((3, 3, 1, 4)))
    assert str(_story(model)) == "set by assign"


def test_files_carry_the_story_on(model, data, tmp_path):
    model.get_layer("c").filter(2).set("laplacian")
    model.fit(*data, batch_size=4, verbose=0)
    model.save(tmp_path / "seen.keras")
    again = load_model(tmp_path / "seen.keras")
    for number in range(4):
        before, after = _story(model, number), _story(again, number)
        assert after.events[:-1] == before.events and str(after.events[-1]) == "loaded from seen.keras (c)"
        assert (after.how, after.by, after.seed, after.steps) == (before.how, before.by, before.seed, 3)
    again.train_on_batch(*data)
    assert _story(again, 2).steps == 4
    again.save(tmp_path / "again.keras")
    assert _story(load_model(tmp_path / "again.keras"), 2).events[:-1] == _story(again, 2).events


def test_a_file_of_weights_alone_tells_where_they_are_from(model, tmp_path):
    model.save_weights(tmp_path / "x.weights.h5")
    model.load_weights(tmp_path / "x.weights.h5")
    assert str(_story(model)) == "loaded from x.weights.h5 (m/c)"


@pytest.mark.parametrize(
    "story",
    [
        3,
        {"layers/conv2d/vars": 3},
        {"layers/conv2d/vars": {"kernel": [3]}},
        {"layers/conv2d/vars": {"kernel": [{"events": [{"how": "eaten"}]}]}},
        {"layers/conv2d/vars": {"kernel": [{"events": [{"how": "drawn", "by": "HeUniform", "settings": [["x", 1]]}]}]}},
        {"layers/conv2d/vars": {"kernel": [{"events": [{"how": "set", "steps": -1}]}]}},
        {"layers/conv2d/vars": {"kernel": [{"events": []}, {"filters": [99], "events": [{"how": "set"}]}]}},
    ],
)
def test_a_file_whose_stories_are_damaged_is_refused(model, tmp_path, story):
    path, other = tmp_path / "m.keras", tmp_path / "n.keras"
    model.save(path)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "metadata.json":
                content = json.dumps({**json.loads(content), "pellucid_provenance": story}).encode()
            new.writestr(name, content)
    with pytest.raises(FileError):
        load_model(other)


def test_copies_have_the_story_and_go_on_alone(model, data):
    model.train_on_batch(*data)
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert _story(copied) == _story(model)
        copied.train_on_batch(*data)
        assert (_story(copied).steps, _story(model).steps) == (2, 1)


def test_a_clone_is_drawn_anew(model, data):
    model.train_on_batch(*data)
    clone = models.clone_model(model)
    assert (_story(clone).how, _story(clone).steps) == ("drawn", 0)
    assert _story(clone).seed != _story(model).seed


def test_a_transfer_takes_the_story_along(model, data):
    model.train_on_batch(*data)
    clone = models.clone_model(model)
    models.transfer_weights(model, clone)
    assert _story(clone).events[:-1] == _story(model).events
    assert str(_story(clone).events[-1]) == "transferred from m (c/kernel)"


def test_the_best_weights_have_the_steps_that_they_had(model, data):
    stop = callbacks.EarlyStopping("loss", patience=0, restore_best_weights=True, mode="max")
    model.fit(*data, batch_size=4, epochs=5, callbacks=[stop], verbose=0)
    assert (_story(model).how, _story(model).steps) == ("drawn", 3)


def test_steps_of_an_optimiser_alone_count(model):
    weight = model.get_layer("c").kernel
    optimizers.SGD(0.1).apply([np.ones(weight.shape)], [weight])
    assert _story(model).steps == 1


def test_a_generator_is_trained_by_the_model_around_it(model, data):
    whole = Sequential([layers.Input((6, 6, 1)), model, layers.Dense(2)])
    whole.compile("sgd", "mse")
    whole.train_on_batch(*data)
    model.train_on_batch(*data)
    whole.train_on_batch(*data)
    assert _story(model).steps == 3


def test_banks_of_filters_tell_it_too(model):
    bank = inspection.filters(model.get_layer("c"))
    assert bank.provenance == (_story(model),)
    model.get_layer("c").filter(1).set("sobel_x")
    bank = inspection.filters(model.get_layer("c"))
    assert bank.provenance == tuple(_story(model, number) for number in range(4))


@pytest.mark.parametrize(
    "layer", [layers.DepthwiseConv2D(3), layers.SeparableConv2D(4, 3), layers.Conv2DTranspose(4, 3)]
)
def test_every_kind_of_filter_has_one(layer):
    layer.build((None, 6, 6, 2))
    layer.filter(1).set(np.ones(layer.filter(1).kernel.shape))
    assert [layer.filter(number).provenance.how for number in (0, 1)] == ["drawn", "handcrafted"]


def test_plain_data_make_the_same_event():
    event = Event("drawn", "VarianceScaling", settings=(("scale", 2.0), ("mode", "fan_in")), seed=0, fans=(9, 36))
    assert Event.of(json.loads(json.dumps(event.plain()))) == event
    assert Provenance((event,)).seed == 0


def test_stories_take_little_room_in_a_file(tmp_path):
    model = Sequential([layers.Input((4,)), layers.Dense(8000)])
    model.layers[0].filter(5).set(np.ones(4))
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as file:
        assert len(file.read("metadata.json")) < 1000
    assert _story(load_model(tmp_path / "m.keras"), 5, model.layers[0].name).how == "handcrafted"
