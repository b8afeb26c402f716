# ruff: noqa
"""A pipeline of tf.data, from slices to batches, with changes at random in it."""
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

tf.random.set_seed(11)
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()


def prepare(image, label):
    image = tf.cast(image, tf.float32)
    image = tf.image.random_brightness(image, 0.1)
    return tf.clip_by_value(image, 0.0, 1.0), tf.one_hot(label, 10)


train = tf.data.Dataset.from_tensor_slices((x_train, y_train))
train = train.shuffle(2000).map(prepare, num_parallel_calls=tf.data.AUTOTUNE).batch(32).prefetch(tf.data.AUTOTUNE)
test = tf.data.Dataset.from_tensor_slices((x_test, tf.one_hot(y_test, 10))).batch(64).cache()
model = keras.Sequential([
    layers.Conv2D(32, 3, activation="relu", input_shape=(8, 8, 1)),
    layers.MaxPooling2D(), layers.Flatten(), layers.Dense(10, activation="softmax"),
])
model.compile(keras.optimizers.Adam(0.005), "categorical_crossentropy", metrics=["accuracy"])
model.fit(train, validation_data=test, epochs=4, verbose=0)
print("accuracy:", model.evaluate(test, verbose=0)[1])
