"""A classifier without a dense layer: it takes images of any size, since pooling over the whole map ends it.

Trained on images of 8x8, it then reads digits that stand anywhere on larger canvases.

Source: Lin, Chen and Yan, Network in network, arXiv 1312.4400 (global pooling as the head).
"""

from __future__ import annotations

import numpy as np
import small_data

from pellucid import Sequential, layers, set_random_seed


def build(classes: int = 10) -> Sequential:
    """Three convolutions; the last gives one map for each class, whose maximum is the answer."""
    return Sequential(
        [
            layers.Input((None, None, 1)),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.Conv2D(48, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Conv2D(classes, 4, name="class_maps"),
            layers.GlobalMaxPooling2D(),
            layers.Softmax(),
        ],
        name="fully_convolutional",
    )


def main(epochs: int = 12) -> float:
    """Train on 8x8 digits; returns the accuracy on canvases of 11x13, a size that it has never seen."""
    set_random_seed(1)
    (x, y), _ = small_data.digits(enlarge=1)
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(1)
    for _ in range(epochs):
        margins = rng.integers(0, 3, 4)
        padded = np.pad(x, [(0, 0), tuple(margins[:2]), tuple(margins[2:]), (0, 0)])
        model.fit(padded, y, verbose=2)
    accuracy = float(model.evaluate(*small_data.digits_somewhere(11, 13), verbose=0)[1])
    print(f"The network reads {accuracy:.1%} of digits on canvases of 11x13.")
    return accuracy


if __name__ == "__main__":
    main()
