# ruff: noqa
"""Notebooks of Kaggle: a U-Net on the layers of a ready-made network, which are found by their names; a TPU is asked for."""
import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.applications import MobileNetV2
from tensorflow.keras.layers import Activation, BatchNormalization, Concatenate, Conv2D, Conv2DTranspose, Input
from tensorflow.keras.models import Model
from tensorflow.keras.utils import model_to_dot

try:
    tpu = tf.distribute.cluster_resolver.TPUClusterResolver.connect()
except ValueError:
    tpu = None
if tpu:
    tf.config.experimental_connect_to_cluster(tpu)
    tf.tpu.experimental.initialize_tpu_system(tpu)
    strategy = tf.distribute.TPUStrategy(tpu)
else:
    strategy = tf.distribute.get_strategy()

tf.keras.utils.set_random_seed(2)
rng = np.random.default_rng(0)
images, masks = rng.normal(0, 0.3, (48, 32, 32, 3)).astype("float32"), np.zeros((48, 32, 32, 1), "float32")
for image, mask in zip(images, masks):
    row, column = rng.integers(0, 16, 2)
    image[row : row + 14, column : column + 14] += 1.0
    mask[row : row + 14, column : column + 14] = 1.0


def decoder_block(inputs, skip, filters):
    x = Conv2DTranspose(filters, (2, 2), strides=2, padding="same")(inputs)
    x = Concatenate()([x, skip])
    return Activation("relu")(BatchNormalization(momentum=0.9)(Conv2D(filters, 3, padding="same")(x)))


def dice_coef(y_true, y_pred, smooth=1.0):
    intersection = tf.reduce_sum(tf.multiply(x=y_true, y=y_pred, name="both"))
    return (2.0 * intersection + smooth) / (tf.reduce_sum(y_true) + tf.reduce_sum(y_pred) + smooth)


def dice_loss(y_true, y_pred):
    return tf.subtract(1.0, y=dice_coef(y_true, y_pred))


with strategy.scope():
    inputs = Input(shape=(32, 32, 3), name="image")
    encoder = MobileNetV2(input_shape=(32, 32, 3), weights=None, include_top=False, alpha=0.35)
    first = encoder.get_layer("input_1").output
    skips = [encoder.get_layer(name).output for name in ("block_1_expand_relu", "block_3_expand_relu")]
    features = Model(encoder.get_layer("input_1").input, [first, *skips, encoder.get_layer("block_6_expand_relu").output])
    start, one, two, bridge = features(inputs)
    x = decoder_block(decoder_block(decoder_block(bridge, two, 32), one, 16), start, 8)
    model = Model(inputs, Conv2D(1, 1, activation="sigmoid")(x), name="unet")
    model.compile(tf.keras.optimizers.Adam(5e-3), dice_loss, metrics=[dice_coef])
assert model_to_dot(model, show_shapes=True).create(prog="dot", format="svg").startswith(b"<?xml")
model.fit(images, masks, batch_size=8, epochs=10 * strategy.num_replicas_in_sync, verbose=0)
print("share of the squares:", float(dice_coef(tf.constant(masks), model(images, training=True))))
