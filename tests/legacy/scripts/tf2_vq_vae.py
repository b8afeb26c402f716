# ruff: noqa
"""keras.io's vector-quantised autoencoder: a `tf.Variable` of a layer's own, `add_loss`, gradients straight through."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(1)
(x_train, _), (x_test, _) = keras.datasets.digits.load_data()
x_train = x_train.reshape(-1, 8, 8, 1).astype("float32") / np.max(x_train) - 0.5


class VectorQuantizer(layers.Layer):
    def __init__(self, num_embeddings, embedding_dim, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.embedding_dim = embedding_dim
        self.num_embeddings = num_embeddings
        self.beta = beta
        w_init = tf.random_uniform_initializer()
        self.embeddings = tf.Variable(
            initial_value=w_init(shape=(self.embedding_dim, self.num_embeddings), dtype="float32"),
            trainable=True,
            name="embeddings_vqvae",
        )

    def call(self, x):
        input_shape = tf.shape(x)
        flattened = tf.reshape(x, [-1, self.embedding_dim])
        encoding_indices = self.get_code_indices(flattened)
        encodings = tf.one_hot(encoding_indices, self.num_embeddings)
        quantized = tf.matmul(encodings, self.embeddings, transpose_b=True)
        quantized = tf.reshape(quantized, input_shape)
        commitment_loss = tf.reduce_mean((tf.stop_gradient(quantized) - x) ** 2)
        codebook_loss = tf.reduce_mean((quantized - tf.stop_gradient(x)) ** 2)
        self.add_loss(self.beta * commitment_loss + codebook_loss)
        return x + tf.stop_gradient(quantized - x)

    def get_code_indices(self, flattened_inputs):
        similarity = tf.matmul(flattened_inputs, self.embeddings)
        distances = (
            tf.reduce_sum(flattened_inputs**2, axis=1, keepdims=True)
            + tf.reduce_sum(self.embeddings**2, axis=0)
            - 2 * similarity
        )
        return tf.argmin(distances, axis=1)


def get_encoder(latent_dim=4):
    encoder_inputs = keras.Input(shape=(8, 8, 1))
    x = layers.Conv2D(32, 3, activation="relu", strides=2, padding="same")(encoder_inputs)
    encoder_outputs = layers.Conv2D(latent_dim, 1, padding="same")(x)
    return keras.Model(encoder_inputs, encoder_outputs, name="encoder")


def get_decoder(latent_dim=4):
    latent_inputs = keras.Input(shape=get_encoder(latent_dim).output.shape[1:])
    x = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(latent_inputs)
    decoder_outputs = layers.Conv2DTranspose(1, 3, padding="same")(x)
    return keras.Model(latent_inputs, decoder_outputs, name="decoder")


inputs = keras.Input(shape=(8, 8, 1))
vq_layer = VectorQuantizer(32, 4, name="vector_quantizer")
encoder, decoder = get_encoder(), get_decoder()
reconstructions = decoder(vq_layer(encoder(inputs)))
vqvae = keras.Model(inputs, reconstructions, name="vq_vae")
variance = np.var(x_train)
vqvae.compile(optimizer=keras.optimizers.Adam(0.003), loss=lambda t, p: tf.reduce_mean((t - p) ** 2) / variance)
before = vqvae.evaluate(x_train, x_train, verbose=0)
after = vqvae.fit(x_train, x_train, epochs=15, batch_size=64, verbose=0).history["loss"][-1]
print("share of the first loss:", after / before)

encoded_outputs = vqvae.get_layer("encoder").predict(x_train, verbose=0)
flat = encoded_outputs.reshape(-1, encoded_outputs.shape[-1])
codebook_indices = vqvae.get_layer("vector_quantizer").get_code_indices(flat)
codebook_indices = codebook_indices.numpy().reshape(encoded_outputs.shape[:-1])
print("codes in use:", len(np.unique(codebook_indices)))
