"""Files that tell how weights came about are Keras's too: it reads over that, and what it writes has no stories."""

from __future__ import annotations

import keras
import numpy as np

from pellucid import Sequential, layers, load_model


def test_keras_reads_over_stories(tmp_path):
    chain = [layers.Input((6, 6, 1)), layers.Conv2D(4, 3, name="c"), layers.Flatten(), layers.Dense(2, name="d")]
    model = Sequential(chain)
    model.layers[0].filter(1).set("sobel_x").freeze()
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(8, 6, 6, 1)).astype("float32")
    model.fit(x, np.ones((8, 2)), verbose=0)
    model.save(tmp_path / "ours.keras")
    theirs = keras.saving.load_model(tmp_path / "ours.keras")
    assert np.allclose(theirs.predict(x, verbose=0), model.predict(x), atol=1e-5)
    theirs.save(tmp_path / "theirs.keras")
    again = load_model(tmp_path / "theirs.keras").get_layer("c")
    assert [str(again.filter(k).provenance) for k in (0, 1)] == ["loaded from theirs.keras (c)"] * 2
