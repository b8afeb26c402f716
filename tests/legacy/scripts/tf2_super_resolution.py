# ruff: noqa
"""keras.io's super-resolution by an efficient sub-pixel CNN: luma, `tf.nn.depth_to_space`, a callback of losses."""
import math

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.utils import array_to_img, img_to_array

keras.utils.set_random_seed(3)
rng = np.random.default_rng(0)
crop_size, upscale_factor = 24, 3
input_size = crop_size // upscale_factor


def scene():
    y, x = np.mgrid[0:crop_size, 0:crop_size]
    a, b = rng.uniform(-1, 1, 2)
    step = a * (x - rng.uniform(8, 16)) + b * (y - rng.uniform(8, 16)) > 0
    return (0.2 + 0.6 * step)[..., np.newaxis] * rng.uniform(0.5, 1, 3)


images = np.stack([scene() for _ in range(160)]).astype("float32")


def process_input(input, input_size, upscale_factor):
    input = tf.image.rgb_to_yuv(input)
    last_dimension_axis = len(input.shape) - 1
    y, u, v = tf.split(input, 3, axis=last_dimension_axis)
    return tf.image.resize(y, [input_size, input_size], method="area")


def process_target(input):
    input = tf.image.rgb_to_yuv(input)
    last_dimension_axis = len(input.shape) - 1
    y, u, v = tf.split(input, 3, axis=last_dimension_axis)
    return y


train_ds = tf.data.Dataset.from_tensor_slices(images[:128]).batch(8)
train_ds = train_ds.map(lambda x: (process_input(x, input_size, upscale_factor), process_target(x)))
train_ds = train_ds.prefetch(buffer_size=32)


def get_model(upscale_factor=3, channels=1):
    conv_args = {"activation": "relu", "kernel_initializer": "orthogonal", "padding": "same"}
    inputs = keras.Input(shape=(None, None, channels))
    x = layers.Conv2D(32, 5, **conv_args)(inputs)
    x = layers.Conv2D(32, 3, **conv_args)(x)
    x = layers.Conv2D(channels * (upscale_factor**2), 3, **conv_args)(x)
    outputs = tf.nn.depth_to_space(x, upscale_factor)
    return keras.Model(inputs, outputs)


class ESPCNCallback(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.psnr = []

    def on_test_batch_end(self, batch, logs=None):
        self.psnr.append(10 * math.log10(1 / logs["loss"]))


told = ESPCNCallback()
model = get_model(upscale_factor=upscale_factor, channels=1)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.003), loss=keras.losses.MeanSquaredError())
early_stopping_callback = keras.callbacks.EarlyStopping(monitor="loss", patience=10)
model.fit(train_ds, epochs=20, callbacks=[told, early_stopping_callback], validation_data=train_ds, verbose=0)
print("PSNR told:", np.mean(told.psnr))

lowres = process_input(tf.constant(images[128:]), input_size, upscale_factor)
target = process_target(tf.constant(images[128:]))
out = model.predict(lowres, verbose=0)
plain = tf.image.resize(lowres, [crop_size, crop_size], method="bilinear")
assert array_to_img(img_to_array(out[0])).size == (crop_size, crop_size)
gain = tf.image.psnr(out, target, max_val=1.0) - tf.image.psnr(plain, target, max_val=1.0)
print("gain over bilinear:", float(tf.reduce_mean(gain)))
