"""VGG in small: pairs of 3x3 convolutions, which see as much as one of 5x5 with fewer weights, then pooling.

Source: Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, arXiv 1409.1556.
"""

from __future__ import annotations

import small_data

from pellucid import Sequential, layers, set_random_seed


def build(classes: int = 10) -> Sequential:
    """Two blocks of two convolutions for grey images of 16x16."""
    model = Sequential([layers.Input((16, 16, 1))], name="vgg_small")
    for block, filters in enumerate((16, 32), start=1):
        for number in (1, 2):
            name = f"block{block}_conv{number}"
            model.add(layers.Conv2D(filters, 3, padding="same", activation="relu", name=name))
        model.add(layers.MaxPooling2D(2, name=f"block{block}_pool"))
    model.add(layers.Flatten())
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dropout(0.4))
    model.add(layers.Dense(classes, activation="softmax"))
    return model


def main(epochs: int = 12) -> float:
    """Train on digits enlarged to 16x16; returns the accuracy on the held out ones."""
    set_random_seed(1)
    (x, y), (x_test, y_test) = small_data.digits()
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs)
    accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"VGG in small reads {accuracy:.1%} of the held out digits.")
    return accuracy


if __name__ == "__main__":
    main()
