"""The networks that `pellucid train` trains: for each data set its layers and how long to train."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from pellucid import Model, Sequential, datasets, layers, optimizers
from pellucid.cli.networks import network
from pellucid.errors import ArgumentError, unknown_name
from pellucid.frozen import Frozen

Data = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class Recipe(Frozen):
    """One data set and a network for it.

    Attributes:
        name: as on the command line.
        what: one sentence that says what is trained on what.
        load: the data, scaled to 0..1, as ((x_train, y_train), (x_test, y_test)); takes the folder of `--data`.
        network: a new model, not compiled.
        optimizer: how it learns.
        epochs: how long, unless told otherwise.
        batch_size: samples per step.
        validation_split: the last part of the training images, which is not trained on but watched.
        class_names: by the numbers of the classes.
    """

    name: str
    what: str
    load: Callable[[Path | None], Data]
    network: Callable[[], Model]
    optimizer: Callable[[], optimizers.Optimizer]
    epochs: int
    batch_size: int
    validation_split: float
    class_names: tuple[str, ...] = tuple("0123456789")


def _load_digits(folder: Path | None) -> Data:
    if folder is not None:
        raise ArgumentError("digits come with Pellucid and take no --data; that option is for mnist")
    return datasets.digits.load_data()


def _digits_network() -> Sequential:
    return Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv1"),
            layers.Conv2D(64, 3, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Dropout(0.5, name="dropout"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits_cnn",
    )


def _load_mnist(folder: Path | None) -> Data:
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data(folder)
    return (_scaled(x_train), y_train), (_scaled(x_test), y_test)


def _load_fashion(folder: Path | None) -> Data:
    (x_train, y_train), (x_test, y_test) = datasets.fashion_mnist.load_data(folder)
    return (_scaled(x_train), y_train), (_scaled(x_test), y_test)


def _load_kmnist(folder: Path | None) -> Data:
    (x_train, y_train), (x_test, y_test) = datasets.kmnist.load_data(folder)
    return (_scaled(x_train), y_train), (_scaled(x_test), y_test)


def _load_cifar10(folder: Path | None) -> Data:
    (x_train, y_train), (x_test, y_test) = datasets.cifar10.load_data(folder)
    return (x_train / np.float32(255), y_train[:, 0]), (x_test / np.float32(255), y_test[:, 0])


def _scaled(pixels: np.ndarray) -> np.ndarray:
    """Pixels 0..255 (N, rows, columns) as float32 0..1 with a channel axis."""
    return (pixels / np.float32(255))[..., np.newaxis]


def _mnist_network() -> Sequential:
    return Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.Conv2D(64, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Dropout(0.25, name="dropout1"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, activation="relu", name="hidden"),
            layers.Dropout(0.25, name="dropout2"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="mnist_cnn",
    )


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="digits",
            what="a small network on 1,437 handwritten digits of 8x8 pixels (360 more are held out)",
            load=_load_digits,
            network=_digits_network,
            optimizer=lambda: optimizers.Adam(0.003),
            epochs=25,
            batch_size=32,
            validation_split=0.1,
        ),
        Recipe(
            name="mnist",
            what="a network on MNIST's 60,000 handwritten digits of 28x28 pixels (10,000 more are held out)",
            load=_load_mnist,
            network=_mnist_network,
            optimizer=lambda: optimizers.Adam(0.001),
            epochs=1,
            batch_size=32,
            validation_split=0.0,
        ),
        Recipe(
            name="fashion_mnist",
            what="a network on Fashion-MNIST's 60,000 images of clothes of 28x28 pixels (10,000 more are held out)",
            load=_load_fashion,
            network=_mnist_network,
            optimizer=lambda: optimizers.Adam(0.001),
            epochs=5,
            batch_size=64,
            validation_split=0.0,
            class_names=(
                *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
                *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
            ),
        ),
        Recipe(
            name="kmnist",
            what="a network on Kuzushiji-MNIST's 60,000 letters of 28x28 pixels (10,000 more are held out)",
            load=_load_kmnist,
            network=_mnist_network,
            optimizer=lambda: optimizers.Adam(0.001),
            epochs=5,
            batch_size=64,
            validation_split=0.0,
            class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        ),
        Recipe(
            name="cifar10",
            what="a small VGG on CIFAR-10's 50,000 colour images of 32x32 pixels (10,000 more are held out)",
            load=_load_cifar10,
            network=lambda: network("vgg", (32, 32, 3), 10, []),
            optimizer=lambda: optimizers.Adam(0.002),
            epochs=10,
            batch_size=64,
            validation_split=0.0,
            class_names=(
                *("airplane", "automobile", "bird", "cat", "deer"),
                *("dog", "frog", "horse", "ship", "truck"),
            ),
        ),
    )
}


def find_recipe(name: str) -> Recipe:
    """The recipe of a name; raises `ArgumentError` with the known ones."""
    if name not in RECIPES:
        unknown = unknown_name("data set", name, RECIPES)
        raise ArgumentError(f"{unknown}. A folder with images is one too, and there is none of that name here")
    return RECIPES[name]
