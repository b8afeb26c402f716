"""What is compared with Keras, of the activation layers."""

from __future__ import annotations

from keras_oracle import case

from pellucid import activations

CASES = [
    case("ReLU", (2, 40)),
    case("ReLU", (2, 40), max_value=1.0, negative_slope=0.1, threshold=0.5),
    case("ReLU", (2, 40), negative_slope=0.3),
    case("Softmax", (2, 3, 5)),
    case("Softmax", (2, 3, 5), axis=1),
    *[case("Activation", (2, 3, 7), activation=name) for name in activations.ACTIVATIONS],
]
