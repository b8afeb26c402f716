"""What is compared with Keras, of the convolution layers."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("Conv1D", (2, 11, 3), filters=4, kernel_size=3, padding="same", activation="tanh"),
    case("Conv1D", (2, 11, 3), filters=4, kernel_size=3, padding="causal", dilation_rate=2),
    case("Conv1D", (2, 6, 14), filters=4, kernel_size=4, strides=3, data_format="channels_first", use_bias=False),
    case("Conv2D", (2, 9, 8, 3), filters=5, kernel_size=3, activation="relu"),
    case("Conv2D", (2, 9, 8, 3), filters=5, kernel_size=(2, 4), strides=(2, 3), padding="same"),
    case("Conv2D", (2, 9, 10, 4), filters=6, kernel_size=3, groups=2, dilation_rate=2, activation="softmax"),
    case("Conv2D", (2, 3, 9, 8), filters=5, kernel_size=3, padding="same", data_format="channels_first"),
    case("Conv2D", (1, 5, 5, 1), filters=1, kernel_size=1, use_bias=False),
    case("Conv3D", (2, 5, 6, 7, 2), filters=3, kernel_size=(2, 3, 2), activation="sigmoid"),
    case("Conv3D", (2, 2, 5, 6, 7), filters=4, kernel_size=2, strides=2, padding="same", data_format="channels_first"),
]
