"""How the files of tf.keras in this folder were made: `python make_of_tf_keras.py FOLDER`, with TensorFlow 2.12, 2.15.

They hold the model, how it was compiled and what Adam remembers after one step; `.npz` has what tf.keras predicts then,
and after a second step on the same data.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

L = tf.keras.layers


def network() -> tf.keras.Model:
    """Functions between layers, a model inside that is used twice, layers whose records say more than today's."""
    inner = tf.keras.Sequential(
        [
            tf.keras.Input((None, None, 3)),
            L.Conv2D(3, 3, padding="same", use_bias=False, name="conv"),
            L.BatchNormalization(fused=False, name="norm"),
        ],
        name="inner",
    )
    first, second = tf.keras.Input((6, 5, 3), name="first"), tf.keras.Input((6, 5, 3), name="second")
    x = tf.nn.bias_add(2.0 - first / 127.5, [0.1, 0.2, 0.3])
    x = tf.concat([inner(L.RandomFlip()(x, training=False)), inner(second)], -1)[:, 1:, ::2]
    x = L.SeparableConv2D(4, (3, 2), depth_multiplier=2, name="separable")(tf.nn.relu6(x))
    x = tf.clip_by_value(x * tf.sigmoid(x), -1.0, 3.0)
    x = tf.transpose(tf.reduce_mean(x, 2, keepdims=True), [0, 1, 3, 2])
    x = L.Dense(4, activation="gelu", name="dense")(tf.reshape(x, (-1, 12)))
    return tf.keras.Model(
        [first, second], [L.Dense(2, name="a")(x), tf.nn.softmax(L.Dense(3, name="b")(x))], name="net"
    )


def main(folder: Path) -> None:
    """Write the files of the TensorFlow that is installed."""
    tf.keras.utils.set_random_seed(7)
    model, rng = network(), np.random.default_rng(7)
    model.compile(tf.keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    x = [rng.normal(size=(8, 6, 5, 3)).astype("f4") * 50 for _ in range(2)]
    y = [rng.normal(size=(8, 2)).astype("f4"), rng.normal(size=(8, 3)).astype("f4")]
    model.train_on_batch(x, y)
    name = f"tf_keras_{tf.__version__.rpartition('.')[0].replace('.', '_')}"
    new = {"save_format": "keras_v3"} if "2_12" in name else {}
    model.save(folder / f"{name}.keras", **new)
    if not new:
        model.save(folder / f"{name}.h5")
    found = model.predict(x, verbose=0)
    model.train_on_batch(x, y)
    after = model.predict(x, verbose=0)
    arrays = {"x": x, "y": y, "found": found, "after": after}
    np.savez_compressed(
        folder / f"{name}.npz", **{f"{k}{i}": a for k, each in arrays.items() for i, a in enumerate(each)}
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
