# ruff: noqa
"""Grad-CAM as keras.io has it: a model of two outputs and a tape."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(14)
draws = np.random.default_rng(0)
x = draws.uniform(0, 0.2, (200, 12, 12, 1)).astype("float32")
y = np.arange(200) % 2
for number in np.flatnonzero(y):
    row, column = draws.integers(0, 9, 2)
    x[number, row:row + 3, column:column + 3] += 0.8
model = keras.Sequential([
    layers.Input((12, 12, 1)), layers.Conv2D(8, 3, activation="relu", name="conv"),
    layers.GlobalAveragePooling2D(), layers.Dense(2),
])
model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, epochs=15, batch_size=20, verbose=0)
grad_model = keras.models.Model(model.inputs, [model.get_layer("conv").output, model.output])
image = np.full((1, 12, 12, 1), 0.1, "float32")
image[0, 1:4, 7:10] = 0.9
with tf.GradientTape() as tape:
    last_conv_layer_output, preds = grad_model(image)
    pred_index = tf.argmax(preds[0])
    class_channel = preds[:, pred_index]
grads = tape.gradient(class_channel, last_conv_layer_output)
pooled_grads = tf.reduce_mean(grads, axis=(0, 1, 2))
heatmap = last_conv_layer_output[0] @ pooled_grads[..., tf.newaxis]
heatmap = tf.squeeze(heatmap)
heatmap = tf.maximum(heatmap, 0) / tf.math.reduce_max(heatmap)
row, column = np.unravel_index(np.argmax(heatmap.numpy()), heatmap.shape)
print("class:", int(pred_index))
print("distance:", float(np.hypot(row - 1, column - 7)))
