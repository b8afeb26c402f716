"""What is taken for what, counted by hand; variations of an image; and what both refuse."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Input, Sequential, layers
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.inspection import Confusion, confusion, variations
from pellucid.views import confusion_figure, confusion_text, mistakes_figure, variations_figure


@pytest.fixture(scope="module")
def model() -> Sequential:
    """Says the class whose pixel is the largest."""
    return Sequential([Input((1, 3, 1)), layers.Flatten(), layers.Dense(3, "softmax", kernel_initializer="identity")])


def test_counts(model: Sequential) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 3, (50, 1, 3, 1)).astype(np.float32), rng.integers(0, 3, 50)
    said = x.reshape(50, 3).argmax(axis=1)
    expected = [[int(((y == row) & (said == column)).sum()) for column in range(3)] for row in range(3)]
    batches = iter([(x[:20], y[:20]), (x[20:], y[20:])])
    for found in (confusion(model, x, y), confusion(model, batches), confusion(model, x, np.eye(3)[y], batch_size=7)):
        assert found.counts.tolist() == expected
        assert found.accuracy == pytest.approx((y == said).mean())
        wrong = np.flatnonzero(y != said)
        assert set(mistake.number for mistake in found.mistakes) <= set(wrong.tolist())
        assert len(found.mistakes) == min(24, len(wrong))
        sure = [mistake.probability for mistake in found.mistakes]
        assert sure == sorted(sure, reverse=True)
    pairs = found.pairs(9)
    assert sum(count for *_, count in pairs) == len(wrong)


def test_one_number_for_two_classes() -> None:
    model = Sequential([Input((1,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    found = confusion(model, [[-3.0], [2.0], [1.0]], [0, 1, 0], class_names=["no", "yes"])
    assert found.counts.tolist() == [[1, 1], [0, 1]]
    assert "Of 3 samples 2 are right (66.7%)." in confusion_text(found)


def test_many_classes_are_listed() -> None:
    """A table of thirty columns would fit nowhere."""
    model = Sequential([Input((30,)), layers.Activation("softmax")])
    x = np.eye(30)[np.arange(60) % 30]
    y = np.arange(60) % 30
    y[0] = 4
    text = confusion_text(confusion(model, x, y))
    assert "1 times 4 is called 0" in text
    assert max(map(len, text.splitlines())) <= 80


def test_pictures_of_strange_names(model: Sequential) -> None:
    """Names stay on their line, however long or strange; images of nothing but one value are drawn."""
    names = ["a" * 300, "b\nc\x1b[31m", "<img src=x onerror=alert(1)>"]
    found = confusion(model, np.zeros((4, 1, 3, 1)), [0, 1, 2, 1], class_names=names)
    for text in (confusion_text(found), confusion_text(found, width=30)):
        assert "\x1b" not in text
    for figure in (confusion_figure(found), mistakes_figure(found)):
        figure.canvas.draw()
        assert all("\n" not in text.get_text() for text in figure.axes[0].texts)


def test_what_does_not_fit(model: Sequential) -> None:
    x = np.zeros((2, 1, 3, 1))
    wrong = {
        "labels are 0 to 2, got 0 to 3": [0, 3],
        "there are 2 samples and 3 targets": [0, 1, 2],
        "whole numbers": [[0.5], [1.0]],
    }
    for message, y in wrong.items():
        with pytest.raises(DataError, match=message):
            confusion(model, x, y)
    with pytest.raises(DataError, match="was built for samples of shape"):
        confusion(model, [])
    with pytest.raises(DataError, match=r"the data give no batches|no sample"):
        confusion(model, iter([]))
    with pytest.raises(ArgumentError, match="2 class_names for 3 classes"):
        confusion(model, x, [0, 1], class_names=["a", "b"])


def test_variations() -> None:
    """Those of a model are those of its layers, which are not touched; each is another."""
    image = np.random.default_rng(0).uniform(0, 255, (8, 9, 3))
    front = [layers.RandomFlip("horizontal"), layers.RandomBrightness((0.1, 0.4))]
    model = Sequential([Input((8, 9, 3)), *front, layers.Flatten(), layers.Dense(1)])
    found = variations(model, image, count=5)
    assert found.layers == tuple(layer.name for layer in front)
    assert len({each.tobytes() for each in found.varied}) == 5
    assert np.array_equal(found.varied, variations(front, image, count=5).varied)
    assert not np.array_equal(found.varied, variations(front, image, count=5, seed=2).varied)
    variations_figure(found).canvas.draw()
    with pytest.raises(ArgumentError, match="none of the layers varies images"):
        variations(Sequential([Input((8, 9, 3)), layers.Flatten()]), image)
    with pytest.raises(ShapeError):
        variations(front, image[0])


def test_a_thousand_classes_are_a_picture_of_few_parts() -> None:
    """A box for each cell would be a million of them, and minutes; the largest share of each class is its colour."""
    counts = np.eye(1000, dtype=int) * 3
    counts[0] = np.roll(counts[0], 500)
    record = Confusion(tuple(f"class {number}" for number in range(1000)), counts, ())
    axes = confusion_figure(record).axes[0]
    assert len(axes.get_children()) < 300
    pixels = axes.images[0].get_array()
    assert pixels.shape[:2] == (1000, 1000)
    assert pixels[1, 1, 2] > pixels[1, 1, 0]  # blue
    assert pixels[0, 500, 0] > pixels[0, 500, 2]  # orange
    assert {"class 0", "class 16"} <= {text.get_text() for text in axes.texts}
