"""A network over time: filters slide along a signal instead of an image."""

from __future__ import annotations

import small_data

from pellucid import Sequential, layers, set_random_seed


def build(classes: int = 3) -> Sequential:
    """Three convolutions over 64 samples."""
    return Sequential(
        [
            layers.Input((64, 1)),
            layers.Conv1D(16, 7, padding="same", activation="relu"),
            layers.MaxPooling1D(2),
            layers.Conv1D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling1D(2),
            layers.Conv1D(32, 3, padding="causal", dilation_rate=2, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(classes, activation="softmax"),
        ],
        name="signals_1d",
    )


def main(epochs: int = 8) -> float:
    """Train on waveforms in noise; returns the accuracy on new ones."""
    set_random_seed(1)
    (x, y), (x_test, y_test) = small_data.waves(1500, seed=1), small_data.waves(300, seed=2)
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs)
    accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"The network names {accuracy:.1%} of new waveforms.")
    return accuracy


if __name__ == "__main__":
    main()
