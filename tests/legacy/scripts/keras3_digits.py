"""A small network on handwritten digits, as it is written for Keras 3, from TensorFlow's door."""

import sys

import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow import keras
from tensorflow.keras import layers

tf.random.set_seed(7)
epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 12

digits = load_digits()
x = (digits.images / 16)[..., None].astype("float32")
x_train, x_test = x[:1400], x[1400:]
y_train, y_test = digits.target[:1400], digits.target[1400:]

inputs = keras.Input(shape=(8, 8, 1))
x = layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
x = layers.Conv2D(16, kernel_size=3, strides=1, activation="relu")(x)
x = layers.MaxPooling2D(2)(x)
x = layers.Dropout(0.25)(x)
x = layers.Flatten()(x)
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(10, activation="softmax")(x)
model = keras.Model(inputs, outputs)

model.compile(
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.003),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=32, epochs=epochs, verbose=0, validation_split=0.1)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"Test loss: {loss:.4f}")
print(f"Test accuracy: {accuracy:.4f}")
