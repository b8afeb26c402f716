"""SqueezeNet in small: 1x1 filters squeeze the channels, then 1x1 and 3x3 filters side by side expand them again.

Source: Iandola et al., SqueezeNet, arXiv 1602.07360.
"""

from __future__ import annotations

import small_data

from pellucid import Input, Model, layers, set_random_seed
from pellucid.dispatch.symbolic import SymbolicTensor


def fire(x: SymbolicTensor, squeeze: int, expand: int, name: str) -> SymbolicTensor:
    """A fire module: `squeeze` channels, then twice `expand`."""
    x = layers.Conv2D(squeeze, 1, activation="relu", kernel_initializer="he_normal", name=f"{name}_squeeze")(x)
    small = layers.Conv2D(expand, 1, activation="relu", kernel_initializer="he_normal", name=f"{name}_expand1x1")(x)
    large = layers.Conv2D(
        expand, 3, padding="same", activation="relu", kernel_initializer="he_normal", name=f"{name}_expand3x3"
    )(x)
    return layers.Concatenate(name=f"{name}_join")([small, large])


def build(classes: int = 10) -> Model:
    """A stem and three fire modules; the classes are the mean of one feature map each. For grey images of 16x16."""
    image = Input((16, 16, 1))
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="stem")(image)
    x = layers.MaxPooling2D(2)(x)
    x = fire(x, 8, 24, "fire2")
    x = fire(x, 8, 24, "fire3")
    x = layers.MaxPooling2D(2)(x)
    x = fire(x, 16, 32, "fire4")
    x = layers.Conv2D(classes, 1, name="class_maps")(x)
    return Model(image, layers.Softmax()(layers.GlobalAveragePooling2D()(x)), name="squeezenet")


def main(epochs: int = 12) -> float:
    """Train on digits enlarged to 16x16; returns the accuracy on the held out ones."""
    set_random_seed(1)
    (x, y), (x_test, y_test) = small_data.digits()
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs)
    accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"SqueezeNet in small reads {accuracy:.1%} of the held out digits.")
    return accuracy


if __name__ == "__main__":
    main()
