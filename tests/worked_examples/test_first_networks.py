"""Whole networks as beginners type them: digits, cats and dogs, and what comes out as probabilities."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np

from pellucid import Sequential, set_random_seed
from pellucid.layers import Conv2D, Dense, Flatten, MaxPooling2D

DIGITS = """
from pellucid import Sequential, layers, datasets
(x_train, y_train), (x_test, y_test) = datasets.digits.load_data()
model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2),
                    layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=5, validation_split=0.1)
"""


def test_digits_as_typed() -> None:
    """Six lines, in a fresh process: what it trains on, one line per epoch, and it learns."""
    program = DIGITS + "print(sorted(history.history), model.evaluate(x_test, y_test, verbose=0)[1])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    split, *epochs, last = done.stdout.splitlines()
    assert split == "sequential: trains on the first 1293 samples, validates on the last 144"
    number = r"\d+\.\d{4}(e-\d\d)?"
    values = rf"accuracy: {number} - loss: {number} - val_accuracy: {number} - val_loss: {number}"
    assert len(epochs) == 5
    for epoch, line in enumerate(epochs, 1):
        assert re.fullmatch(rf"Epoch {epoch}/5 - 41/41 - \d+s - \d+(us|ms|s)/step - {values}", line)
    assert last.startswith("['accuracy', 'loss', 'val_accuracy', 'val_loss'] 0.")
    assert float(last.split()[-1]) > 0.8


def test_cats_and_dogs() -> None:
    """The classifier of two classes: one probability per image, and a decision at a half."""
    set_random_seed(4)
    classifier = Sequential()
    classifier.add(Conv2D(32, (3, 3), input_shape=(64, 64, 3), activation="relu"))
    classifier.add(MaxPooling2D(pool_size=(2, 2)))
    classifier.add(Flatten())
    classifier.add(Dense(units=16, activation="relu"))
    classifier.add(Dense(units=1, activation="sigmoid"))
    classifier.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    assert classifier.output_shape == (None, 1)
    assert classifier.layers[0].count_params() == 3 * 3 * 3 * 32 + 32 == 896
    rng = np.random.default_rng(0)
    dogs = rng.integers(0, 2, 48)
    images = rng.random((48, 64, 64, 3)) * 0.5
    images[dogs == 1, :32] += 0.5  # what tells the classes apart here: where the light comes from
    classifier.fit(images, dogs, epochs=4, batch_size=8, verbose=0)
    result = np.asarray(classifier.predict(images))
    assert result.shape == (48, 1)
    assert ((result >= 0) & (result <= 1)).all()
    assert ((result[:, 0] > 0.5) == dogs).mean() > 0.95


def test_many_classes() -> None:
    """Softmax: one probability per class, and they add up to 1."""
    model = Sequential([Flatten(input_shape=(4, 4, 1)), Dense(7, activation="softmax")])
    probabilities = np.asarray(model.predict(np.random.default_rng(0).normal(size=(9, 4, 4, 1)) * 50))
    assert probabilities.shape == (9, 7)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert (probabilities >= 0).all()
