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
    case("Conv1DTranspose", (2, 6, 3), filters=4, kernel_size=3, strides=2),
    case("Conv1DTranspose", (2, 6, 3), filters=4, kernel_size=3, strides=3, padding="same", output_padding=1),
    case("Conv1DTranspose", (2, 3, 6), filters=4, kernel_size=2, data_format="channels_first", dilation_rate=2),
    case("Conv2DTranspose", (2, 5, 4, 3), filters=4, kernel_size=3, strides=2, padding="same", activation="tanh"),
    case("Conv2DTranspose", (2, 5, 4, 3), filters=2, kernel_size=(2, 3), strides=(3, 2), output_padding=(2, 1)),
    case("Conv2DTranspose", (2, 5, 4, 3), filters=2, kernel_size=1, strides=3, use_bias=False),
    case(
        "Conv2DTranspose",
        (2, 3, 5, 4),
        filters=4,
        kernel_size=4,
        strides=2,
        padding="same",
        data_format="channels_first",
    ),
    case("Conv3DTranspose", (2, 3, 4, 3, 2), filters=3, kernel_size=3, strides=2, padding="same"),
    case("Conv3DTranspose", (2, 2, 3, 2, 3), filters=2, kernel_size=2, data_format="channels_first"),
    case(
        "Conv3DTranspose",
        (1, 2, 3, 2, 2),
        filters=2,
        kernel_size=(3, 2, 4),
        strides=2,
        padding="same",
        output_padding=1,
    ),
    case("DepthwiseConv1D", (2, 9, 3), kernel_size=3, depth_multiplier=2),
    case("DepthwiseConv1D", (2, 3, 9), kernel_size=3, padding="same", data_format="channels_first"),
    case("DepthwiseConv2D", (2, 7, 6, 3), kernel_size=3, padding="same", depth_multiplier=2, activation="relu"),
    case("DepthwiseConv2D", (2, 7, 6, 3), kernel_size=3, strides=2, use_bias=False),
    case("DepthwiseConv2D", (2, 3, 7, 6), kernel_size=(2, 3), data_format="channels_first", dilation_rate=2),
    case("SeparableConv1D", (2, 9, 3), filters=4, kernel_size=3, padding="same"),
    case("SeparableConv2D", (2, 7, 6, 3), filters=5, kernel_size=3, strides=2, depth_multiplier=2, activation="relu"),
    case("SeparableConv2D", (2, 3, 7, 6), filters=5, kernel_size=3, data_format="channels_first", use_bias=False),
]
