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
    # Keras 3.15's sparsemax is another function (see activations.sparsemax), and its Activation layer does not know
    # that glu halves the shape; test_keras_activations holds both functions.
    *[
        case("Activation", (2, 3, 8), activation=name)
        for name in activations.ACTIVATIONS
        if name not in ("glu", "sparsemax", "hard_sigmoid_keras2")  # the last is that of older Kerases
    ],
    case("Softmax", (2, 3, 4, 5), axis=(1, 2)),
    case("LeakyReLU", (2, 40)),
    case("LeakyReLU", (2, 4, 5), negative_slope=0.1),
    case("ELU", (2, 40), alpha=0.5),
    case("PReLU", (2, 40)),
    case("PReLU", (2, 4, 5, 3), shared_axes=[1, 2]),
]
