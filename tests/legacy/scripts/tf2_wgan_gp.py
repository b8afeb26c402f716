# ruff: noqa
"""A Wasserstein GAN with a gradient penalty, as a loop by hand: a tape inside another, transposed sizes by repetition."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

tf.random.set_seed(3)
noise_dim, batch_size, discriminator_extra_steps, gp_weight = 8, 32, 2, 10.0
(images, _), _ = keras.datasets.digits.load_data()
images = (images.astype("float32") / images.max() - 0.5) / 0.5


def upsample_block(x, filters, activation):
    x = layers.UpSampling2D((2, 2))(x)
    x = layers.Conv2D(filters, (3, 3), padding="same", use_bias=False)(x)
    return activation(layers.BatchNormalization()(x))


noise = layers.Input(shape=(noise_dim,))
x = layers.Dense(2 * 2 * 16, use_bias=False)(noise)
x = layers.LeakyReLU(0.2)(layers.BatchNormalization()(x))
x = layers.Reshape((2, 2, 16))(x)
x = upsample_block(x, 8, layers.LeakyReLU(0.2))
g_model = keras.models.Model(noise, upsample_block(x, 1, layers.Activation("tanh")), name="generator")
image = layers.Input(shape=(8, 8, 1))
x = layers.LeakyReLU(0.2)(layers.Conv2D(8, 3, strides=2, padding="same")(image))
x = layers.LeakyReLU(0.2)(layers.Conv2D(16, 3, strides=2, padding="same")(x))
d_model = keras.models.Model(image, layers.Dense(1)(layers.Flatten()(x)), name="discriminator")
g_optimizer = keras.optimizers.Adam(learning_rate=0.002, beta_1=0.5, beta_2=0.9)
d_optimizer = keras.optimizers.Adam(learning_rate=0.002, beta_1=0.5, beta_2=0.9)


def gradient_penalty(real_images, fake_images):
    alpha = tf.random.uniform([tf.shape(real_images)[0], 1, 1, 1], 0.0, 1.0)
    interpolated = real_images + alpha * (fake_images - real_images)
    with tf.GradientTape() as gp_tape:
        gp_tape.watch(interpolated)
        pred = d_model(interpolated, training=True)
    grads = gp_tape.gradient(pred, [interpolated])[0]
    norm = tf.sqrt(tf.reduce_sum(tf.square(grads), axis=[1, 2, 3]))
    return tf.reduce_mean((norm - 1.0) ** 2)


@tf.function
def train_step(real_images):
    size = tf.shape(real_images)[0]
    for i in range(discriminator_extra_steps):
        with tf.GradientTape() as tape:
            fake_images = g_model(tf.random.normal(shape=(size, noise_dim)), training=True)
            d_cost = tf.reduce_mean(d_model(fake_images, training=True)) - tf.reduce_mean(d_model(real_images, training=True))
            gp = gradient_penalty(real_images, fake_images)
            d_loss = d_cost + gp * gp_weight
        d_optimizer.apply_gradients(zip(tape.gradient(d_loss, d_model.trainable_variables), d_model.trainable_variables))
    with tf.GradientTape() as tape:
        g_loss = -tf.reduce_mean(d_model(g_model(tf.random.normal(shape=(size, noise_dim)), training=True), training=True))
    g_optimizer.apply_gradients(zip(tape.gradient(g_loss, g_model.trainable_variables), g_model.trainable_variables))
    return {"d_loss": d_loss, "g_loss": g_loss, "gp": gp}


penalties = []
for real in tf.data.Dataset.from_tensor_slices(images[:640]).shuffle(640, seed=1).batch(batch_size):
    logs = train_step(real)
    penalties.append(float(logs["gp"]))
print(f"d_loss {logs['d_loss']:.3f}, g_loss {logs['g_loss']:.3f}")
sample = g_model(tf.random.normal(shape=(1, noise_dim)))[0] * 127.5 + 127.5
assert keras.utils.array_to_img(sample).size == (8, 8)
print("share of the penalty:", np.mean(penalties[-3:]) / penalties[0])
