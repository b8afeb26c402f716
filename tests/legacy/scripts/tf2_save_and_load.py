# ruff: noqa
"""TensorFlow's tutorial on saving: checkpoints while training, weights by hand, whole models, all loaded again."""
import os
import sys

import numpy as np
import tensorflow as tf
from tensorflow import keras

tf.random.set_seed(6)
os.chdir(sys.argv[1])
(train_images, train_labels), (test_images, test_labels) = tf.keras.datasets.digits.load_data()
train_labels, test_labels = train_labels[:1000], test_labels[:1000]
train_images = train_images[:1000].reshape(-1, 64)
test_images = test_images[:1000].reshape(-1, 64)


def create_model():
    model = tf.keras.Sequential([
        keras.layers.Dense(64, activation='relu', input_shape=(64,)),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10)
    ])
    model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=[tf.keras.metrics.SparseCategoricalAccuracy()])
    return model


model = create_model()
checkpoint_path = "training_1/cp.weights.h5"
checkpoint_dir = os.path.dirname(checkpoint_path)
cp_callback = tf.keras.callbacks.ModelCheckpoint(filepath=checkpoint_path, save_weights_only=True, verbose=1)
model.fit(train_images, train_labels, epochs=10, validation_data=(test_images, test_labels), callbacks=[cp_callback],
          verbose=0)
assert os.listdir(checkpoint_dir) == ["cp.weights.h5"]
untrained = create_model()
loss, acc = untrained.evaluate(test_images, test_labels, verbose=0)
print("untrained accuracy:", acc)
untrained.load_weights(checkpoint_path)
loss, acc = untrained.evaluate(test_images, test_labels, verbose=0)
checkpoint_path = "training_2/cp-{epoch:04d}.weights.h5"
os.makedirs("training_2")
n_batches = int(np.ceil(len(train_images) / 100))
cp_callback = tf.keras.callbacks.ModelCheckpoint(
    filepath=checkpoint_path, verbose=0, save_weights_only=True, save_freq=5 * n_batches)
model = create_model()
model.save_weights(checkpoint_path.format(epoch=0))
model.fit(train_images, train_labels, epochs=10, batch_size=100, callbacks=[cp_callback], verbose=0)
assert sorted(os.listdir("training_2")) == [f"cp-{n:04d}.weights.h5" for n in (0, 5, 10)], os.listdir("training_2")
for name in ("my_model.keras", "my_model.h5"):
    untrained.save(name)
    new_model = tf.keras.models.load_model(name)
    assert np.array_equal(new_model.predict(test_images), untrained.predict(test_images))
print("accuracy:", acc)
