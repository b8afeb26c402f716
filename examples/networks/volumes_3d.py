"""A network over space: filters of 3x3x3 slide through a volume."""

from __future__ import annotations

import small_data

from pellucid import Sequential, layers, set_random_seed


def build(classes: int = 3) -> Sequential:
    """Two convolutions over 10x10x10 voxels."""
    return Sequential(
        [
            layers.Input((10, 10, 10, 1)),
            layers.Conv3D(8, 3, activation="relu"),
            layers.MaxPooling3D(2),
            layers.Conv3D(16, 3, activation="relu"),
            layers.GlobalMaxPooling3D(),
            layers.Dense(classes, activation="softmax"),
        ],
        name="volumes_3d",
    )


def main(epochs: int = 25) -> float:
    """Train on rods in noisy volumes; returns the accuracy on new ones."""
    set_random_seed(1)
    (x, y), (x_test, y_test) = small_data.rods(600, seed=1), small_data.rods(200, seed=2)
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=16, epochs=epochs)
    accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"The network tells the direction of {accuracy:.1%} of new rods.")
    return accuracy


if __name__ == "__main__":
    main()
