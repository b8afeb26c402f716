# ruff: noqa
"""keras.io's convolutional autoencoder that takes the noise off images."""
import keras
import numpy as np
from keras import layers
from keras.models import Model

keras.utils.set_random_seed(4)


def preprocess(array):
    array = array.astype("float32")
    return np.reshape(array, (len(array), 8, 8, 1))


def noise(array):
    noise_factor = 0.2
    noisy_array = array + noise_factor * np.random.normal(loc=0.0, scale=1.0, size=array.shape)
    return np.clip(noisy_array, 0.0, 1.0)


(train_data, _), (test_data, _) = keras.datasets.digits.load_data()
train_data, test_data = preprocess(train_data), preprocess(test_data)
noisy_train_data, noisy_test_data = noise(train_data), noise(test_data)
input = layers.Input(shape=(8, 8, 1))
# Encoder
x = layers.Conv2D(16, (3, 3), activation="relu", padding="same")(input)
x = layers.MaxPooling2D((2, 2), padding="same")(x)
x = layers.Conv2D(16, (3, 3), activation="relu", padding="same")(x)
# Decoder
x = layers.Conv2DTranspose(16, (3, 3), strides=2, activation="relu", padding="same")(x)
x = layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)
autoencoder = Model(input, x)
autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
autoencoder.fit(x=noisy_train_data, y=train_data, epochs=12, batch_size=32, shuffle=True, verbose=0,
                validation_data=(noisy_test_data, test_data))
predictions = autoencoder.predict(noisy_test_data)
print("share of the noise:", float(((predictions - test_data) ** 2).mean() / ((noisy_test_data - test_data) ** 2).mean()))
