"""CIFAR-10 to 94%: the field's race, on the cores of one machine.

    python examples/cifar10_94.py                          downloads CIFAR-10 once, trains on all 50,000 images
    python examples/cifar10_94.py --data FOLDER            takes the files that are there
    python examples/cifar10_94.py --hold-out 5000          trains on the first 45,000 images, tests on the last 5,000
    python examples/cifar10_94.py --epochs 1 --samples 2000      whether it starts

The network and the recipe are those of Keller Jordan, 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, arXiv
2404.00498, and of its later form with Muon (https://github.com/KellerJordan/cifar10-airbench): a first layer that
whitens patches and is not trained, three blocks of convolutions that begin by passing their input on, pictures that are
mirrored in turn and shifted, and matrices that step along orthogonal directions. Times are those of training; tests
between the epochs are not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pellucid import (
    Sequential,
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    models,
    optimizers,
    set_random_seed,
    utils,
)
from pellucid.optimizers import schedules

MEAN, DEVIATION = np.array([125.31, 122.95, 113.87]), np.array([62.99, 62.09, 66.70])  # of the training images
WIDTHS = (64, 256, 256)
SHEETS, ACROSS = 5, 40  # of a folder with sheets of images

# Rates are those of a loss that is summed over the samples: a batch of twice the size steps twice as far.
BIAS_RATE, HEAD_RATE, DECAY, MOMENTUM = 0.053, 0.67, 2e-6, 0.85
MATRIX_RATE, MATRIX_MOMENTUM, USUAL_BATCH = 0.24, 0.6, 2000  # of Muon, whose steps have one length in any batch
SMALL = 20  # rows and columns of the images of the first epochs, which take but half the time


def sheet(path: Path) -> np.ndarray:
    """The images (n, 32, 32, 3) of a picture that shows them in rows of 40."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    return pixels.reshape(-1, 32, ACROSS, 32, 3).transpose(0, 2, 1, 3, 4).reshape(-1, 32, 32, 3)


def images(folder: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images to train on and to test with, and their labels; a folder has the official files, or sheets of images."""
    if folder is None or not (Path(folder) / "train_1.webp").exists():
        (x, y), (x_test, y_test) = datasets.cifar10.load_data(folder)
        return x, y.ravel(), x_test, y_test.ravel()
    here = Path(folder)
    x = np.concatenate([sheet(here / f"train_{number}.webp") for number in range(1, SHEETS + 1)])
    y, y_test = (
        np.frombuffer((here / f"{part}_labels.bin").read_bytes(), np.uint8) for part in ("train", "test_first_1000")
    )
    return x, y, sheet(here / "test_first_1000.webp"), y_test


def block(filters: int, name: str) -> list[layers.Layer]:
    """Two convolutions; pictures become half as large in between."""

    def convolution(number: int) -> layers.Layer:
        return layers.Conv2D(
            filters,
            3,
            padding="same",
            use_bias=False,
            kernel_initializer=initializers.Dirac(),
            kernel_constraint=constraints.UnitNorm([0, 1, 2]),
            name=f"{name}_conv{number}",
        )

    def norm(number: int) -> layers.Layer:
        return layers.BatchNormalization(momentum=0.6, epsilon=1e-12, scale=False, name=f"{name}_norm{number}")

    return [
        convolution(1),
        layers.MaxPooling2D(2),
        norm(1),
        layers.Activation("gelu"),
        convolution(2),
        norm(2),
        layers.Activation("gelu"),
    ]


def networks(x: np.ndarray) -> tuple[Sequential, Sequential]:
    """The network, for bytes, and the same layers behind images made smaller; the first of them knows some images."""
    some = ((x[:5000] - MEAN) / DEVIATION).astype(np.float32)
    begin = [
        layers.Normalization(mean=MEAN, variance=DEVIATION**2),
        layers.RandomFlip("horizontal", alternating=True),
        layers.RandomTranslation(2.5 / 32, 2.5 / 32, fill_mode="reflect", interpolation="nearest"),
    ]
    end = [
        layers.Conv2D(
            24,
            2,
            use_bias=False,
            kernel_initializer=initializers.PatchWhitening(some),
            trainable=False,
            name="whitening",
        ),
        layers.Activation("gelu"),
        *(layer for number, width in enumerate(WIDTHS, 1) for layer in block(width, f"block{number}")),
        layers.GlobalMaxPooling2D(),
        layers.Dense(
            10, use_bias=False, kernel_initializer=initializers.RandomNormal(0.0, 1 / WIDTHS[-1]), name="head"
        ),
    ]
    whole = Sequential([layers.Input((32, 32, 3)), *begin, *end])
    return whole, Sequential([layers.Input((32, 32, 3)), *begin, layers.Resizing(SMALL, SMALL), *end])


def falling(rate: float, steps: int) -> schedules.Triangular:
    """A learning rate that falls along a line, to 0."""
    return schedules.Triangular(rate, steps, peak_at=0.0)


def optimizer(batch: int, batches: int, epochs: int) -> optimizers.MultiOptimizer:
    """Muon for the kernels of the blocks, gradient descent with Nesterov's momentum for the others."""
    steps = batches * epochs

    def descent(rate: float, over: int) -> optimizers.SGD:
        # Decay as a part of the gradient, as the authors have it, shrinks a weight 1 / (1 - momentum) times as much.
        decay = DECAY * batch / rate / (1 - MOMENTUM)
        return optimizers.SGD(falling(rate, over), momentum=MOMENTUM, nesterov=True, weight_decay=decay)

    kernels = optimizers.Muon(
        falling(MATRIX_RATE * (batch / USUAL_BATCH) ** 0.5, steps),
        momentum=MATRIX_MOMENTUM,
        nesterov=True,
        ns_steps=3,
        rms_rate=None,
        weight_decay=None,
        flatten_kernels=True,
    )
    return optimizers.MultiOptimizer(
        optimizers.OptimizerMap(
            descent(BIAS_RATE * batch, steps),
            {
                r".*/block.*_conv.*/kernel": kernels,
                r".*/head/kernel": descent(HEAD_RATE * batch / WIDTHS[-1] ** 2, steps),
            },
        )
    )


def say(found: dict[str, Any]) -> None:
    """A line for an epoch."""
    print(
        f"epoch {found['epoch']:3}  {found['seconds']:7.1f} s  loss {found['loss']:.4f}  "
        f"accuracy {found['train']:.4f} on what it trains on, {found['test']:.4f} on the test",
        flush=True,
    )


class Clock(callbacks.Callback):
    """Seconds of training, tests left out; a line after each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds, self.epochs, self._since = 0.0, [], 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        """The training begins."""
        self._since = time.perf_counter()

    def on_test_begin(self, logs: Any = None) -> None:
        """A test comes."""
        self.seconds += time.perf_counter() - self._since

    def on_test_end(self, logs: Any = None) -> None:
        """The training goes on."""
        self._since = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note the epoch, and say it."""
        now = self.seconds + time.perf_counter() - self._since
        found = {"epoch": epoch + 1, "seconds": round(now, 2)}
        found |= {"loss": logs["loss"], "train": logs["accuracy"], "test": logs["val_accuracy"]}
        self.epochs.append(found)
        say(found)

    def on_train_end(self, logs: Any = None) -> None:
        """The clock stops."""
        self.seconds += time.perf_counter() - self._since


def accuracy(logits: np.ndarray, y: np.ndarray) -> float:
    """The share of images whose class is found."""
    return float((logits.argmax(axis=1) == y).mean())


def arguments() -> argparse.ArgumentParser:
    """What the command line takes."""
    parser = argparse.ArgumentParser(description="Trains on CIFAR-10, to 94% if all goes well.")
    parser.add_argument("--data", help="folder with CIFAR-10; by default it is downloaded, once")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--small-epochs", type=int, default=3, help="the first ones, on images of 20x20")
    parser.add_argument("--batch", type=int, default=500, help="images in a step")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hold-out", type=int, default=0, metavar="N", help="test on the last N images of training")
    parser.add_argument("--samples", type=int, help="train on so many images only, to see whether it starts")
    parser.add_argument("--json", help="file for all numbers")
    return parser


def parted(given: argparse.Namespace) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images to train on and to test with, and their labels, as the command line says."""
    x, y, x_test, y_test = images(given.data)
    if given.hold_out:
        x, y, x_test, y_test = x[: -given.hold_out], y[: -given.hold_out], x[-given.hold_out :], y[-given.hold_out :]
    return x[: given.samples], y[: given.samples], x_test, y_test


def tell(given: argparse.Namespace, record: dict[str, Any]) -> None:
    """Say how it ended, and write all numbers."""
    print(
        f"{record['accuracy']:.4f} with six views of each of {record['test images']:,} images, "
        f"{record['accuracy of one view']:.4f} with one; {record['seconds']:.1f} s in all, "
        f"{record['seconds of fit']:.1f} s of them in fit"
    )
    if given.json:
        Path(given.json).write_text(json.dumps({"settings": vars(given), **record}, indent=1) + "\n")


def main() -> None:
    """Train, test, write down."""
    given = arguments().parse_args()
    x, y, x_test, y_test = parted(given)
    set_random_seed(given.seed)
    begin, clock = time.perf_counter(), Clock()
    model, small = networks(x)
    rule = optimizer(given.batch, math.ceil(len(x) / given.batch), given.epochs)
    for each in (model, small):
        each.compile(rule, losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), metrics=["accuracy"])
    made = time.perf_counter() - begin
    one_hot, one_hot_test = (utils.to_categorical(labels, 10) for labels in (y, y_test))
    switch = min(given.small_epochs, given.epochs)
    learn = {"verbose": 0, "validation_data": (x_test, one_hot_test), "callbacks": [clock]}
    if switch:
        small.fit(x, one_hot, given.batch, switch, **learn)
    model.fit(x, one_hot, given.batch, given.epochs, initial_epoch=switch, **learn)
    plain = accuracy(model.predict(x_test, verbose=0), y_test)
    begin = time.perf_counter()
    found = accuracy(models.averaged_over_views(model).predict(x_test, verbose=0), y_test)
    seconds = made + clock.seconds + time.perf_counter() - begin
    record = {"epochs": clock.epochs, "accuracy": found, "accuracy of one view": plain, "seconds": seconds}
    record |= {"seconds of fit": clock.seconds, "images": len(x), "test images": len(y_test)}
    tell(given, record)


if __name__ == "__main__":
    main()
