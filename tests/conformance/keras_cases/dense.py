"""What is compared with Keras, of the fully connected layers."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("Dense", (3, 7), units=5, activation="softmax"),
    case("Dense", (3, 4, 7), units=5, use_bias=False),
    case("Dense", (2, 3, 2, 6), units=1),
    case("EinsumDense", (2, 3, 5), equation="abc,cde->abde", output_shape=(3, 2, 4), bias_axes="de"),
    case("EinsumDense", (2, 3, 4, 5), equation="...cd,cde->...e", output_shape=6, activation="tanh"),
    case("EinsumDense", (2, 3, 5), equation="ab...,bc->ac...", output_shape=4, bias_axes="c"),
    case("EinsumDense", (2, 3, 4, 5), equation="abcd,bce->ade", output_shape=(5, 6), bias_axes="e"),
]
