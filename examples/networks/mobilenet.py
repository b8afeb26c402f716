"""MobileNet in small: each convolution in two steps, one filter for each channel, then 1x1 filters that mix channels.

A 3x3 convolution from c to f channels has 9·c·f weights; the two steps have 9·c + c·f.

Source: Howard et al., MobileNets, arXiv 1704.04861.
"""

from __future__ import annotations

import small_data

from pellucid import Input, Model, layers, set_random_seed
from pellucid.dispatch.symbolic import SymbolicTensor

# Of the moving averages: with Keras's 0.99 they would still remember their start after the few hundred steps here, and
# predictions would be far worse than the training shows.
MOMENTUM = 0.9


def depthwise_block(x: SymbolicTensor, filters: int, strides: int = 1) -> SymbolicTensor:
    """Depthwise 3x3, pointwise 1x1, each with batch normalisation and a ReLU that stops at 6."""
    x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization(momentum=MOMENTUM)(x))
    x = layers.Conv2D(filters, 1, use_bias=False)(x)
    return layers.ReLU(6.0)(layers.BatchNormalization(momentum=MOMENTUM)(x))


def build(classes: int = 10) -> Model:
    """A stem and four blocks, for grey images of 16x16."""
    image = Input((16, 16, 1))
    x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem")(image)
    x = layers.ReLU(6.0)(layers.BatchNormalization(momentum=MOMENTUM)(x))
    for filters, strides in ((32, 1), (32, 2), (64, 1), (64, 2)):
        x = depthwise_block(x, filters, strides)
    x = layers.GlobalAveragePooling2D()(x)
    return Model(image, layers.Dense(classes, activation="softmax")(x), name="mobilenet")


def main(epochs: int = 8) -> float:
    """Train on digits enlarged to 16x16; returns the accuracy on the held out ones."""
    set_random_seed(1)
    (x, y), (x_test, y_test) = small_data.digits()
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs)
    accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"MobileNet in small reads {accuracy:.1%} of the held out digits.")
    return accuracy


if __name__ == "__main__":
    main()
