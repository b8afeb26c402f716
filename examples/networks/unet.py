"""U-Net in small: down by pooling, up by transposed convolution, and skips that bring the fine detail back.

The answer is a map: for each pixel the probability that it belongs to a disc.

Source: Ronneberger, Fischer and Brox, U-Net, arXiv 1505.04597.
"""

from __future__ import annotations

import numpy as np
import small_data

from pellucid import Input, Model, layers, set_random_seed
from pellucid.dispatch.symbolic import SymbolicTensor


def double_convolution(x: SymbolicTensor, filters: int) -> SymbolicTensor:
    """Two 3x3 convolutions."""
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
    return x


def build(filters: int = 8) -> Model:
    """Two steps down and two up, for grey images whose sides are multiples of 4."""
    image = Input((None, None, 1))
    high = double_convolution(image, filters)
    middle = double_convolution(layers.MaxPooling2D(2)(high), 2 * filters)
    low = double_convolution(layers.MaxPooling2D(2)(middle), 4 * filters)
    up = layers.Conv2DTranspose(2 * filters, 2, strides=2)(low)
    up = double_convolution(layers.Concatenate()([middle, up]), 2 * filters)
    up = layers.Conv2DTranspose(filters, 2, strides=2)(up)
    up = double_convolution(layers.Concatenate()([high, up]), filters)
    return Model(image, layers.Conv2D(1, 1, activation="sigmoid", name="mask")(up), name="unet")


def overlap(found: np.ndarray, true: np.ndarray) -> float:
    """Intersection over union of what is found (above 1/2) and what is true."""
    found, true = found > 0.5, true > 0.5
    return float((found & true).sum() / (found | true).sum())


def main(epochs: int = 8) -> float:
    """Train on discs in noise; returns the overlap on new images."""
    set_random_seed(1)
    x, y = small_data.discs(400, seed=1)
    x_test, y_test = small_data.discs(50, seed=2)
    model = build()
    model.compile("adam", "binary_crossentropy")
    model.fit(x, y, batch_size=16, epochs=epochs)
    found = overlap(np.asarray(model.predict(x_test)), y_test)
    print(f"What U-Net marks overlaps the discs by {found:.1%} (intersection over union).")
    return found


if __name__ == "__main__":
    main()
