"""What is compared with Keras, of the fully connected layer."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("Dense", (3, 7), units=5, activation="softmax"),
    case("Dense", (3, 4, 7), units=5, use_bias=False),
    case("Dense", (2, 3, 2, 6), units=1),
]
