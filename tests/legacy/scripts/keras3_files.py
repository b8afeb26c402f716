# ruff: noqa
"""Images in files, read and decoded in a pipeline of tf.data."""
import sys

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(15)
draws, paths, labels = np.random.default_rng(1), [], []
for number in range(60):
    label = number % 2
    pixels = draws.uniform(0, 120, (10, 12, 3)) + 100 * label
    paths.append(f"{sys.argv[1]}/{number}.png")
    labels.append(label)
    keras.utils.save_img(paths[-1], pixels, scale=False)


def read(path, label):
    image = tf.image.decode_png(tf.io.read_file(path), channels=3)
    image = tf.image.resize(image, [8, 8]) / 255.0
    return tf.image.random_flip_left_right(image), label


dataset = tf.data.Dataset.from_tensor_slices((paths, labels)).shuffle(60, seed=1).map(read).cache().batch(10)
model = keras.Sequential([layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 3)), layers.Flatten(),
                          layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
model.fit(dataset, epochs=10, verbose=0)
print("accuracy:", model.evaluate(dataset, verbose=0)[1])
