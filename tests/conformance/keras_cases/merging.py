"""What is compared with Keras, of the layers that join tensors."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("Add", (2, 3, 4), (2, 3, 4)),
    case("Add", (2, 3, 4), (2, 3, 4), (2, 3, 4)),
    case("Concatenate", (2, 3, 4), (2, 3, 2)),
    case("Concatenate", (2, 3, 4), (2, 1, 4), (2, 2, 4), axis=1),
]
