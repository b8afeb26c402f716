"""What is compared with Keras, of the layers that change the shape."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("Flatten", (2, 3, 4, 5)),
    case("Flatten", (2, 3, 4, 5), data_format="channels_first"),
    case("Flatten", (2, 6)),
]
