# ruff: noqa
"""The guide's training loop by hand, with metrics and a function that would be compiled."""
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(12)
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = x_train.astype("float32") / x_train.max(), x_test.astype("float32") / x_train.max()
dataset = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1024).batch(64)
inputs = keras.Input((8, 8, 1))
x = layers.Conv2D(16, 3, activation="relu")(inputs)
model = keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))
optimizer = keras.optimizers.Adam(0.005)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
train_acc, val_acc = (keras.metrics.SparseCategoricalAccuracy() for _ in range(2))


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss_value = loss_fn(y, logits)
    grads = tape.gradient(loss_value, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
    train_acc.update_state(y, logits)
    return loss_value


for epoch in range(3):
    train_acc.reset_state()
    for step, (x_batch, y_batch) in enumerate(dataset):
        loss_value = train_step(x_batch, y_batch)
assert float(loss_value) < 1.0
val_acc.update_state(y_test, model(x_test, training=False))
print("train accuracy:", float(train_acc.result()))
print("accuracy:", float(val_acc.result()))
