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
    *[
        case(f"Adaptive{kind}Pooling{layer}", shape, **options)
        for kind in ("Average", "Max")
        for layer, shape, options in (
            ("1D", (2, 12, 3), {"output_size": 4}),
            ("1D", (2, 3, 11), {"output_size": 4, "data_format": "channels_first"}),
            ("1D", (2, 5, 3), {"output_size": (8,)}),
            ("2D", (2, 8, 9, 3), {"output_size": (4, 3)}),
            ("2D", (2, 7, 9, 3), {"output_size": 4}),
            ("2D", (2, 3, 8, 7), {"output_size": [2, 3], "data_format": "channels_first"}),
            ("3D", (2, 4, 6, 8, 2), {"output_size": 2}),
            ("3D", (1, 5, 4, 7, 2), {"output_size": (3, 2, 9)}),
            ("3D", (1, 2, 5, 4, 7), {"output_size": (1, 3, 2), "data_format": "channels_first"}),
        )
    ],
]
