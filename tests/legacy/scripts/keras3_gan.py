# ruff: noqa
"""A generative adversarial network as a loop by hand: the recipe of DCGAN, on numbers around 3."""
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(13)
generator = keras.Sequential([layers.Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(2)])
discriminator = keras.Sequential([layers.Input((2,)), layers.Dense(16, activation="relu"), layers.Dense(1)])
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
generator_optimizer, discriminator_optimizer = keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01)


def train_step(real):
    noise = tf.random.normal([64, 4])
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        fake = generator(noise, training=True)
        real_output, fake_output = discriminator(real, training=True), discriminator(fake, training=True)
        gen_loss = cross_entropy(tf.ones_like(fake_output), fake_output)
        disc_loss = cross_entropy(tf.ones_like(real_output), real_output)
        disc_loss += cross_entropy(tf.zeros_like(fake_output), fake_output)
    gradients = gen_tape.gradient(gen_loss, generator.trainable_variables)
    of_discriminator = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients, generator.trainable_variables))
    discriminator_optimizer.apply_gradients(zip(of_discriminator, discriminator.trainable_variables))


for step in range(100):
    train_step(tf.random.normal([64, 2], mean=3.0, stddev=0.5))
made = generator(tf.random.normal([500, 4]))
print("mean:", float(tf.reduce_mean(made)))
