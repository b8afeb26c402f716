"""What is compared with Keras, of the layers that join tensors."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("Add", (2, 3, 4), (2, 3, 4)),
    case("Add", (2, 3, 4), (2, 3, 4), (2, 3, 4)),
    case("Concatenate", (2, 3, 4), (2, 3, 2)),
    case("Concatenate", (2, 3, 4), (2, 1, 4), (2, 2, 4), axis=1),
    case("Add", (2, 3, 4, 2), (2, 1, 4, 1)),
    case("Subtract", (2, 5), (2, 5)),
    case("Multiply", (2, 3, 4), (2, 3, 4), (2, 3, 1)),
    case("Multiply", (2, 3, 4), (2, 4)),
    case("Average", (2, 3, 4), (2, 3, 4), (2, 3, 4)),
    case("Maximum", (2, 17), (2, 17)),
    case("Minimum", (2, 17), (2, 17), (2, 17)),
    case("Dot", (3, 5), (3, 5), axes=1),
    case("Dot", (2, 3, 5), (2, 5, 4), axes=(2, 1)),
    case("Dot", (2, 3, 5), (2, 4, 3), axes=(1, 2)),
    case("Dot", (2, 3, 5), (2, 3), axes=1),
    case("Dot", (3, 5), (3, 5), axes=-1, normalize=True),
]
