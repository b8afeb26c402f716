"""What is compared with Keras, of the layers that change the shape."""

from __future__ import annotations

from keras_oracle import case

_FRAME = (2, 5, 4, 2)

CASES = [
    case("TimeDistributed", (2, 3, 5), layer=case("Dense", (2, 5), units=4, name="inside")),
    case("TimeDistributed", (2, 3, 5, 4, 2), layer=case("Conv2D", _FRAME, filters=3, kernel_size=2, name="inside")),
    case("TimeDistributed", (2, 3, 5, 4, 2), layer=case("MaxPooling2D", _FRAME, pool_size=2, name="inside")),
    case("TimeDistributed", (2, 3, 5, 4, 2), layer=case("Flatten", _FRAME, name="inside")),
    case("Flatten", (2, 3, 4, 5)),
    case("Flatten", (2, 3, 4, 5), data_format="channels_first"),
    case("Flatten", (2, 6)),
    case("Identity", (2, 5)),
    case("Reshape", (2, 12), target_shape=(3, 4)),
    case("Reshape", (2, 3, 4, 2), target_shape=(6, -1)),
    case("Permute", (2, 3, 4, 5), dims=(3, 1, 2)),
    case("RepeatVector", (3, 5), n=4),
    case("Cropping1D", (2, 7, 3)),
    case("Cropping1D", (2, 7, 3), cropping=(1, 2)),
    case("Cropping2D", (2, 7, 6, 3)),
    case("Cropping2D", (2, 3, 7, 6), cropping=((1, 2), (0, 3)), data_format="channels_first"),
    case("Cropping3D", (2, 5, 4, 6, 2)),
    case("ZeroPadding1D", (2, 7, 3), padding=(1, 2)),
    case("ZeroPadding2D", (2, 4, 5, 3)),
    case("ZeroPadding2D", (2, 3, 4, 5), padding=((1, 2), (0, 3)), data_format="channels_first"),
    case("ZeroPadding3D", (2, 3, 4, 2, 2), padding=(1, 2, 0)),
    case("UpSampling1D", (2, 5, 3), size=3),
    case("UpSampling2D", (2, 3, 4, 3), size=(2, 3)),
    case("UpSampling2D", (2, 3, 4, 5), data_format="channels_first", interpolation="bilinear"),
    *[case("UpSampling2D", (2, 6, 5, 2), size=(2, 3), interpolation=how) for how in (
        "bilinear", "bicubic", "lanczos3", "lanczos5",
    )],
    case("UpSampling3D", (2, 2, 3, 2, 2), size=(1, 2, 3)),
    *[case("Resizing", (2, 7, 5, 3), height=4, width=9, interpolation=how) for how in (
        "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5",
    )],
    case("Resizing", (2, 9, 8, 3), height=4, width=3, antialias=True),
    case("Resizing", (2, 6, 9, 2), height=5, width=5, crop_to_aspect_ratio=True),
    case("Resizing", (2, 6, 10, 2), height=5, width=5, pad_to_aspect_ratio=True, fill_value=0.5),
    case("Rescaling", (2, 3, 4), scale=0.5, offset=-1.0),
    case("Rescaling", (2, 3, 3), scale=[0.5, 2.0, 3.0]),
]  # fmt: skip
