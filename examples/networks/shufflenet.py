"""ShuffleNet in small: 1x1 convolutions in groups, and a shuffle of the channels so that the groups hear each other.

Source: Zhang, Zhou, Lin and Sun, ShuffleNet, arXiv 1707.01083.
"""

from __future__ import annotations

import small_data

from pellucid import Input, Model, layers, set_random_seed
from pellucid.dispatch.symbolic import SymbolicTensor

# Of the moving averages: with Keras's 0.99 they would still remember their start after the few hundred steps here, and
# predictions would be far worse than the training shows.
MOMENTUM = 0.9


def channel_shuffle(x: SymbolicTensor, groups: int) -> SymbolicTensor:
    """Channel i of group g goes to place i * groups + g: a reshape, a swap of two axes, a reshape."""
    _, rows, columns, channels = x.shape
    x = layers.Reshape((rows, columns, groups, channels // groups))(x)
    x = layers.Permute((1, 2, 4, 3))(x)
    return layers.Reshape((rows, columns, channels))(x)


def shuffle_unit(x: SymbolicTensor, groups: int) -> SymbolicTensor:
    """Grouped 1x1, shuffle, depthwise 3x3, grouped 1x1, and the input added."""
    channels = x.shape[-1]
    y = layers.Conv2D(channels, 1, groups=groups, use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(y))
    y = channel_shuffle(y, groups)
    y = layers.BatchNormalization(momentum=MOMENTUM)(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(y))
    y = layers.BatchNormalization(momentum=MOMENTUM)(layers.Conv2D(channels, 1, groups=groups, use_bias=False)(y))
    return layers.ReLU()(layers.Add()([x, y]))


def build(classes: int = 10, groups: int = 4) -> Model:
    """A stem and four units, for grey images of 16x16."""
    image = Input((16, 16, 1))
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="stem")(image)
    x = layers.MaxPooling2D(2)(x)
    for _ in range(2):
        x = shuffle_unit(x, groups)
    x = layers.Conv2D(64, 3, strides=2, padding="same", activation="relu", name="down")(x)
    for _ in range(2):
        x = shuffle_unit(x, groups)
    x = layers.GlobalAveragePooling2D()(x)
    return Model(image, layers.Dense(classes, activation="softmax")(x), name="shufflenet")


def main(epochs: int = 8) -> float:
    """Train on digits enlarged to 16x16; returns the accuracy on the held out ones."""
    set_random_seed(1)
    (x, y), (x_test, y_test) = small_data.digits()
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs)
    accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"ShuffleNet in small reads {accuracy:.1%} of the held out digits.")
    return accuracy


if __name__ == "__main__":
    main()
