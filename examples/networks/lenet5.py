"""LeNet-5: two rounds of convolution and average pooling, then three dense layers.

Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 1998.
"""

from __future__ import annotations

import small_data

from pellucid import Sequential, layers, set_random_seed


def build(classes: int = 10) -> Sequential:
    """LeNet-5 for grey images of 32x32."""
    return Sequential(
        [
            layers.Input((32, 32, 1)),
            layers.Conv2D(6, 5, activation="tanh", name="c1"),
            layers.AveragePooling2D(2, name="s2"),
            layers.Conv2D(16, 5, activation="tanh", name="c3"),
            layers.AveragePooling2D(2, name="s4"),
            layers.Flatten(),
            layers.Dense(120, activation="tanh", name="c5"),
            layers.Dense(84, activation="tanh", name="f6"),
            layers.Dense(classes, activation="softmax", name="output"),
        ],
        name="lenet5",
    )


def main(epochs: int = 12) -> float:
    """Train on digits enlarged to 32x32; returns the accuracy on the held out ones."""
    set_random_seed(1)
    (x, y), (x_test, y_test) = small_data.digits(enlarge=3, margin=4)
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs)
    accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"LeNet-5 reads {accuracy:.1%} of the held out digits.")
    return accuracy


if __name__ == "__main__":
    main()
