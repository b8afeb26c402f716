"""What is timed: one network, trained the same way by Pellucid, PyTorch and Keras.

Each function returns a `Trainer`: a call trains for one pass over `samples` samples in batches of 128 and returns the
mean loss. Shapes, initial distribution, optimiser and batch order are alike; dropout masks differ.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

BATCH = 128
CLASSES = 10
Trainer = Callable[[], float]


def images(samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Random images with a weak pattern per class: speed does not depend on what they show."""
    generator = np.random.default_rng(0)
    labels = generator.integers(CLASSES, size=samples)
    x = generator.random((samples, 28, 28, 1), dtype=np.float32)
    x[np.arange(samples), 2 * labels + 4] += 1.0
    return x, labels


def pellucid_mnist_cnn(samples: int, threads: int) -> Trainer:
    """Conv 3x3x32, conv 3x3x64, max-pool, dropout, dense 128, dropout, dense 10, in Pellucid."""
    import pellucid
    from pellucid import layers, optimizers

    pellucid.set_threads(threads)
    x, y = images(samples)
    model = pellucid.Sequential(_layers(layers))
    model.compile(optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", engine="native")
    return lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0).history["loss"][-1]


def keras_mnist_cnn(samples: int, threads: int) -> Trainer:
    """The same in Keras on TensorFlow, its fastest backend on a CPU."""
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    import keras
    from keras import layers

    x, y = images(samples)
    model = keras.Sequential(_layers(layers))
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=False, steps_per_execution=4)
    return lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0).history["loss"][-1]


def _layers(layers) -> list:  # type: ignore[no-untyped-def]
    """The network in the words that Keras and Pellucid share."""
    return [
        layers.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(CLASSES, activation="softmax"),
    ]


def torch_mnist_cnn(samples: int, threads: int) -> Trainer:
    """The same in PyTorch, eager, with activations in channels_last order."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    x, y = images(samples)
    inputs = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    targets = torch.from_numpy(y)
    network = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, CLASSES),
    ).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    criterion = nn.CrossEntropyLoss()

    def train() -> float:
        total = torch.zeros(())
        order = torch.randperm(samples)
        for start in range(0, samples, BATCH):
            part = order[start : start + BATCH]
            optimizer.zero_grad(set_to_none=True)
            batch = inputs[part].contiguous(memory_format=torch.channels_last)
            loss = criterion(network(batch), targets[part])
            loss.backward()
            optimizer.step()
            total += loss.detach()
        return float(total) / (samples / BATCH)

    return train


TRAINERS: dict[str, Callable[[int, int], Trainer]] = {
    "pellucid": pellucid_mnist_cnn,
    "torch": torch_mnist_cnn,
    "keras": keras_mnist_cnn,
}
