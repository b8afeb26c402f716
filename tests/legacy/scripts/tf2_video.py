# ruff: noqa
"""Short films told apart by a convolution over each image, TimeDistributed, and one along the time."""
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Conv1D, Conv2D, Dense, Flatten, GlobalMaxPooling1D, MaxPooling2D, TimeDistributed
from tensorflow.keras.models import Sequential

tf.keras.utils.set_random_seed(3)
rng = np.random.default_rng(0)
films, labels = rng.uniform(0, 0.3, (120, 6, 10, 10, 1)).astype("float32"), rng.integers(0, 2, 120)
for film, label in zip(films, labels):
    row, start = rng.integers(0, 8), rng.integers(0, 3)
    for step in range(6):
        column = start + step if label else 8 - start - step
        film[step, row : row + 2, max(column, 0) : column + 2] += 0.7
model = Sequential()
model.add(TimeDistributed(Conv2D(8, (3, 3), activation="relu"), input_shape=(6, 10, 10, 1)))
model.add(TimeDistributed(MaxPooling2D((2, 2))))
model.add(TimeDistributed(Flatten()))
model.add(TimeDistributed(Dense(16, activation="relu")))
model.add(Conv1D(16, 2, activation="relu"))
model.add(GlobalMaxPooling1D())
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer=tf.keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
assert model.layers[2].output_shape == (None, 6, 128) if hasattr(model.layers[2], "output_shape") else True
model.fit(films[:90], labels[:90], batch_size=15, epochs=30, verbose=0)
print("accuracy:", model.evaluate(films[90:], labels[90:], verbose=0)[1])
