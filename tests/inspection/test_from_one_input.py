"""Models with several inputs are seen from one of them, the others held; data bring all of them along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, inspection, layers, losses
from pellucid.errors import ArgumentError, DataError
from pellucid.views import (
    composition_figure,
    composition_text,
    equivariance_text,
    field_text,
    maximum_text,
    saliency_text,
    to_html,
    top_patches_text,
)

RNG = np.random.default_rng(3)
LEFT, RIGHT = RNG.random((2, 12, 6, 5, 2), dtype=np.float32)
CLASSES = RNG.integers(0, 3, 12)
PAIR = [LEFT[0], RIGHT[0]]


def made(seed: int) -> Model:
    """Two images through one convolution, multiplied, so that what one does hangs on the other."""
    pellucid.set_random_seed(seed)
    left, right = Input((6, 5, 2), name="left"), Input((6, 5, 2), name="right")
    conv = layers.Conv2D(3, 3, padding="same", activation="tanh", name="conv")
    both = conv(left) * conv(right)
    only = layers.Conv2D(2, 3, activation="relu", name="only")(right)
    flat = layers.Concatenate(name="joined")([layers.Flatten(name="a")(both), layers.Flatten(name="b")(only)])
    model = Model([left, right], layers.Dense(3, activation="softmax", name="head")(flat), name="pair")
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def model() -> Model:
    return made(1)


def head_sum(model: Model, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """What the last layer has before its softmax, in NumPy."""

    def convolved(name: str, x: np.ndarray) -> np.ndarray:
        layer = model.get_layer(name)
        windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), (3, 3), (1, 2))
        return np.einsum("nijcab,abcf->nijf", windows, layer.kernel.numpy()) + layer.bias.numpy()

    pad = (0, 0), (1, 1), (1, 1), (0, 0)
    both = np.tanh(convolved("conv", np.pad(left, pad))) * np.tanh(convolved("conv", np.pad(right, pad)))
    only = np.maximum(convolved("only", right), 0)
    flat = np.concatenate([both.reshape(len(left), -1), only.reshape(len(left), -1)], axis=1)
    head = model.get_layer("head")
    return flat @ head.kernel.numpy().astype(np.float64) + head.bias.numpy()


def slopes(model: Model, unit: int, which: int) -> np.ndarray:
    """The gradient of a score with respect to one input, by central differences."""
    step, found = 1e-5, np.zeros(PAIR[which].shape)
    for index in np.ndindex(found.shape):
        ends = []
        for sign in (1, -1):
            pair = [image[np.newaxis].astype(np.float64) for image in PAIR]
            pair[which][(0, *index)] += sign * step
            ends.append(head_sum(model, *pair)[0, unit])
        found[index] = (ends[0] - ends[1]) / (2 * step)
    return found


@pytest.mark.parametrize("which", [0, 1])
def test_gradients_and_fields(model: Model, which: int) -> None:
    name, expected = ("left", "right")[which], slopes(model, 1, which)
    found = inspection.saliency(model, PAIR, unit=1, input=name, engine="reference")
    np.testing.assert_allclose(found.values, expected, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(found.image, PAIR[which])
    assert found.score == pytest.approx(head_sum(model, LEFT[:1], RIGHT[:1])[0, 1], rel=1e-5)
    field = inspection.receptive_field(model, "head", (), 1, PAIR, input=name, engine="reference")
    # behind a softmax; its field is every place that the sum before it hangs on
    assert field.theoretical.all() and (field.input, found.input) == (name, name)
    assert f"input {name}" in saliency_text(found) and f"the input {name}" in field_text(field)


def test_methods_that_move_away_from_the_sample(model: Model) -> None:
    """Along the way from nothing the other input stays; so the values add up to what that changes."""
    found = inspection.saliency(model, PAIR, "integrated", unit=0, input="left", steps=400, engine="reference")
    ends = [head_sum(model, left, RIGHT[:1])[0, 0] for left in (LEFT[:1], 0 * LEFT[:1])]
    assert found.values.sum() == pytest.approx(ends[0] - ends[1], rel=1e-4)


def test_a_field_over_samples_is_the_mean_of_theirs(model: Model) -> None:
    many = inspection.receptive_field(model, "head", (), 1, [LEFT[:3], RIGHT[:3]])
    alone = [inspection.receptive_field(model, "head", (), 1, [LEFT[k], RIGHT[k]]).effective for k in range(3)]
    np.testing.assert_allclose(many.effective, np.mean(alone, axis=0), rtol=1e-5)
    assert many.samples == 3 and many.input == "left"
    assert inspection.receptive_field(model, "head", (), 1, samples=2).samples == 2


def test_the_input_that_leads_to_a_unit_is_meant(model: Model) -> None:
    field = inspection.receptive_field(model, "only", (1, 0), 1, PAIR)
    assert (field.input, field.box) == ("right", ((1, 3), (0, 2)))
    second = inspection.receptive_field(model, "conv", (2, 2), 1, PAIR, call=1)
    assert second.input == "right"
    with pytest.raises(ArgumentError, match="depends on nothing of the input"):
        inspection.receptive_field(model, "only", (1, 0), 1, PAIR, input="left")
    with pytest.raises(ArgumentError, match="did you mean 'left'"):
        inspection.saliency(model, PAIR, input="lefd")


def test_one_kernel_on_one_input() -> None:
    a, b = Input((4, 1), name="a"), Input((4, 1), name="b")
    one, two = layers.Conv1D(1, 2, name="one")(a), layers.Conv1D(1, 2, name="two")(b)
    model = Model([a, b], one + 3 * two, name="linear")
    model.get_layer("one").set_weights([np.array([[[1.0]], [[2.0]]]), np.ones(1)])
    model.get_layer("two").set_weights([np.array([[[5.0]], [[-1.0]]]), np.zeros(1)])
    x = [np.arange(4.0).reshape(4, 1), np.ones((4, 1))]
    found = inspection.composition(model, "add", 0, 1, x, input="b")
    assert found.kernel[:, 0].tolist() == [15.0, -3.0] and found.bias == 1 * 1 + 2 * 2 + 1
    assert found.value == found.at(x[1]) and found.input == "b"
    assert "input b" in composition_text(found) and composition_figure(found) is not None
    assert inspection.composition(model, "two").kernel[:, 0].tolist() == [5.0, -1.0]
    with pytest.raises(ArgumentError, match="add depends on b besides a"):
        inspection.composition(model, "add")


def test_what_is_climbed(model: Model) -> None:
    """Of a unit that is linear in its input the largest is known: 1 where a weight is positive, else 0."""
    found = inspection.activation_maximum(model, "only", 1, (0, 0), parameters="pixels")
    expected = (model.get_layer("only").kernel.numpy()[..., 1] > 0).astype(float)
    np.testing.assert_array_equal(found.image[:3, :3], expected)
    assert found.input == "right" and "input right" in maximum_text(found)
    with pytest.raises(ArgumentError, match="head depends on right besides left"):
        inspection.activation_maximum(model, "head", 0)
    held = inspection.activation_maximum(model, "head", 0, x=PAIR, steps=8, parameters="pixels")
    left = held.image[np.newaxis]
    assert held.sum == pytest.approx(head_sum(model, left, RIGHT[:1])[0, 0], rel=1e-4)


def test_one_input_moves(model: Model) -> None:
    found = inspection.equivariance(model, PAIR, (0, 1), input="right", engine="reference")
    by_layer = {each.layer: each for each in found.layers}
    assert "right" in equivariance_text(found) and found.input == "right"
    before, after = (head_sum(model, LEFT[:1], right)[0] for right in (RIGHT[:1], np.roll(RIGHT[:1], 1, axis=2)))
    before, after = (np.exp(each) / np.exp(each).sum() for each in (before, after))
    expected = np.sqrt(np.mean((after - before) ** 2)) / np.sqrt(np.mean(before**2))
    assert by_layer["head"].invariance == pytest.approx(expected, rel=1e-4)


def test_a_filter_beside_its_image(model: Model) -> None:
    found = inspection.filtered_image_by(model, "only", PAIR, 1)
    (maps,) = inspection.feature_maps(model, PAIR, "only")
    np.testing.assert_array_equal(found.map, maps.maps[..., 1])
    np.testing.assert_array_equal(found.image, RIGHT[0])
    assert "of the input right" in found.name


def test_several_samples_have_maps(model: Model) -> None:
    for data in ([LEFT[:2], RIGHT[:2]], {"right": RIGHT[:2], "left": LEFT[:2]}):
        maps = inspection.feature_maps(model, data, "head")
        assert [each.sample for each in maps] == ["0", "1"]
        np.testing.assert_allclose([each.maps for each in maps], model.predict([LEFT[:2], RIGHT[:2]], verbose=0),
                                   rtol=1e-5)  # fmt: skip
    with pytest.raises(DataError, match="1 to 64"):
        inspection.feature_maps(model, [np.zeros((65, 6, 5, 2))] * 2)


def test_patches_of_the_input_that_is_read(model: Model) -> None:
    found = inspection.top_patches(model, [LEFT, RIGHT], "only", [1], count=2)
    maps = np.stack([each.maps[..., 1] for each in inspection.feature_maps(model, [LEFT, RIGHT], "only")])
    best = int(maps.reshape(12, -1).max(axis=1).argmax())
    row, column = np.unravel_index(int(maps[best].argmax()), maps[best].shape)
    assert found.samples[0, 0] == best and found.values[0, 0] == maps.max()
    np.testing.assert_array_equal(found.patches[0, 0], RIGHT[best, row : row + 3, column : column + 3])
    assert "input right" in top_patches_text(found)


def test_what_goes_through_data(model: Model) -> None:
    """Importance, comparison and mistakes, held to NumPy."""
    scores = head_sum(model, LEFT, RIGHT)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    own = -logs[np.arange(12), CLASSES]
    kept = inspection.importance(model, ([LEFT, RIGHT], CLASSES), "only")
    assert kept.loss == pytest.approx(own.mean(), rel=1e-4)
    without = model.get_layer("head").kernel.numpy().copy()
    again = made(1)
    without[90 + 1 :: 2] = 0  # what the flat maps of filter 1 of "only" are multiplied by
    again.get_layer("head").kernel[...] = without
    lost = losses.sparse_categorical_crossentropy(CLASSES, again.predict([LEFT, RIGHT], verbose=0)).mean()
    assert kept.added[1] == pytest.approx(lost - own.mean(), rel=1e-3, abs=1e-5)
    worst = inspection.mistakes(model, [LEFT, RIGHT], CLASSES, count=2, layers="conv")
    wrong = np.flatnonzero(scores.argmax(axis=1) != CLASSES)
    assert worst[0].number == wrong[own[wrong].argmax()] and worst[0].maps
    np.testing.assert_array_equal(worst[0].image, LEFT[worst[0].number])
    twin = made(1)
    order = [2, 0, 1]
    twin.get_layer("conv").set_weights([each[..., order] for each in model.get_layer("conv").get_weights()])
    found = inspection.compare(model, twin, [LEFT, RIGHT], layers=["conv", "only"])
    assert found.layers[0].match.tolist() == [1, 2, 0] and found.layers[1].match.tolist() == [0, 1]


def test_numbers_and_masks(model: Model) -> None:
    a, b = Input((3,), name="a"), Input((4, 4, 1), name="b")
    row = Model([a, b], layers.Dense(1, name="d")(a) + layers.GlobalMaxPooling2D()(b))
    x = [RNG.random((5, 3)), RNG.random((5, 4, 4, 1))]
    truth = RNG.random(5)
    said = row.predict(x, verbose=0)[:, 0]
    found = inspection.deviations(row, x, truth)
    np.testing.assert_allclose(found.mean_errors, [np.abs(said - truth).mean()], rtol=1e-5)
    assert found.worst[0].image.shape == (4, 4, 1)  # the picture stands for the sample
    c = Input((4, 4, 1), name="c")
    maps = Model([b, c], layers.Concatenate()([b, c]))
    pair = [RNG.random((2, 4, 4, 1)), RNG.random((2, 4, 4, 1))]
    true = (pair[1] > pair[0])[..., 0].astype(int)
    assert inspection.segmentation(maps, pair, true).overlaps.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "look",
    [
        lambda model: inspection.saliency(model, PAIR, "occlusion", unit=0),
        lambda model: inspection.saliency(model, PAIR, "gradcam", unit=0, input="right"),
        lambda model: inspection.receptive_field(model, "head", (), 0, PAIR),
        lambda model: inspection.equivariance(model, PAIR),
        lambda model: inspection.activation_maximum(model, "head", x=PAIR, steps=2),
    ],
)
def test_looking_changes_nothing(model: Model, look: Callable[[Model], Any]) -> None:
    before = model.get_weights(), [len(layer.calls) for layer in model.layers], layers.Dense(1).name
    assert to_html(look(model))
    after = model.get_weights(), [len(layer.calls) for layer in model.layers]
    assert all(map(np.array_equal, before[0], after[0])) and before[1] == after[1]
    number = int(before[2].rpartition("_")[2]) if "_" in before[2] else 0
    assert layers.Dense(1).name == f"dense_{number + 1}"
