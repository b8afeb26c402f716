"""What is compared with Keras, of the pooling layers."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("MaxPooling1D", (2, 9, 3), pool_size=3, strides=2),
    case("MaxPooling1D", (2, 3, 9), pool_size=2, padding="same", data_format="channels_first"),
    case("MaxPooling2D", (2, 7, 8, 3)),
    case("MaxPooling2D", (2, 7, 8, 3), pool_size=(3, 2), strides=(2, 3), padding="same"),
    case("MaxPooling2D", (2, 3, 7, 8), data_format="channels_first"),
    case("MaxPooling3D", (2, 5, 6, 7, 2), pool_size=2, strides=1, padding="same"),
    case("MaxPooling3D", (2, 2, 5, 6, 7), pool_size=(1, 2, 3), data_format="channels_first"),
    case("AveragePooling1D", (2, 9, 3), pool_size=3, strides=2, padding="same"),
    case("AveragePooling1D", (2, 3, 9), pool_size=2, data_format="channels_first"),
    case("AveragePooling2D", (2, 7, 8, 3), pool_size=2),
    case("AveragePooling2D", (2, 7, 8, 3), pool_size=(3, 2), strides=(2, 3), padding="same"),
    case("AveragePooling2D", (2, 3, 7, 8), pool_size=3, strides=1, padding="same", data_format="channels_first"),
    case("AveragePooling3D", (2, 5, 6, 7, 2), pool_size=2, strides=1, padding="same"),
    case("AveragePooling3D", (2, 2, 5, 6, 7), pool_size=(1, 2, 3), data_format="channels_first"),
    case("GlobalMaxPooling1D", (2, 9, 3)),
    case("GlobalMaxPooling2D", (2, 7, 8, 3), keepdims=True),
    case("GlobalMaxPooling3D", (2, 2, 5, 6, 7), data_format="channels_first"),
    case("GlobalAveragePooling1D", (2, 9, 3), keepdims=True),
    case("GlobalAveragePooling2D", (2, 3, 7, 8), data_format="channels_first", keepdims=True),
    case("GlobalAveragePooling3D", (2, 5, 6, 7, 2)),
]
