"""A residual network: each block adds what it has learned to its input, so depth does not stand in the gradient's way.

Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, arXiv 1512.03385.
"""

from __future__ import annotations

import small_data

from pellucid import Input, Model, layers, set_random_seed
from pellucid.dispatch.symbolic import SymbolicTensor

# Of the moving averages: with Keras's 0.99 they would still remember their start after the few hundred steps here, and
# predictions would be far worse than the training shows.
MOMENTUM = 0.9


def residual_block(x: SymbolicTensor, filters: int, strides: int = 1) -> SymbolicTensor:
    """Two convolutions with batch normalisation, and the input added; a 1x1 convolution fits it where shapes differ."""
    y = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(y))
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(y)
    y = layers.BatchNormalization(momentum=MOMENTUM)(y)
    if strides > 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization(momentum=MOMENTUM)(layers.Conv2D(filters, 1, strides=strides, use_bias=False)(x))
    return layers.ReLU()(layers.Add()([x, y]))


def build(classes: int = 10) -> Model:
    """A stem and four blocks, for grey images of 16x16."""
    image = Input((16, 16, 1))
    x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem")(image)
    x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
    for filters, strides in ((16, 1), (16, 1), (32, 2), (32, 1)):
        x = residual_block(x, filters, strides)
    x = layers.GlobalAveragePooling2D()(x)
    return Model(image, layers.Dense(classes, activation="softmax")(x), name="resnet")


def main(epochs: int = 6) -> float:
    """Train on digits enlarged to 16x16; returns the accuracy on the held out ones."""
    set_random_seed(1)
    (x, y), (x_test, y_test) = small_data.digits()
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs)
    accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"The residual network reads {accuracy:.1%} of the held out digits.")
    return accuracy


if __name__ == "__main__":
    main()
