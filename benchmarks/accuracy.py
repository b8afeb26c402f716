"""Train Keras 1's `mnist_cnn.py` on MNIST: how accurate it becomes in 12 epochs, and how soon it reaches 0.99.

    make accuracy DATA=folder              five seeds in Pellucid, and the same beside it in Keras and PyTorch
    python benchmarks/accuracy.py --data folder --frameworks pellucid     Pellucid alone
    python benchmarks/accuracy.py --data folder --samples 512 --epochs 2 --seeds 1      whether it starts

The recipe is that of the script: 32 and 32 filters of 3 x 3, pooling, a dense layer of 128, dropout of 0.25 and 0.5,
Adadelta with rate 1, batches of 128, twelve epochs; brightness from 0 to 1 and nothing else done to the images. Each
run is a process of its own, one after the other and seed after seed in turns, on all cores. Times are those of
training alone, with all that is built in the first step, without the tests between the epochs.

It fails where Pellucid's accuracy after the last epoch is below the bound, for any seed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from workloads import LOSSES, OPTIMIZERS, ROWS

BATCH, SOON, BOUND = 128, 0.99, 0.992
RECIPE = ROWS[2]
FRAMEWORKS = ("pellucid", "keras tensorflow", "keras jax", "torch", "torch channels_last")
Epoch = Callable[[int], None]
"""Trains for the epoch of that number."""
Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Digits:
    """MNIST, or a part of it: brightness from 0 to 1 (samples, 28, 28, 1), and labels."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(folder: str, samples: int | None) -> Digits:
    """The images of a folder, the first ones where not all are wanted."""
    from pellucid.datasets import mnist

    (x, y), (x_test, y_test) = mnist.load_data(folder)
    images = [(part[:samples, ..., np.newaxis] / np.float32(255)).astype(np.float32) for part in (x, x_test)]
    return Digits(images[0], y[:samples].astype(np.int64), images[1], y_test[:samples].astype(np.int64))


def keras_like(framework: Any, data: Digits, seed: int, **compile_arguments: Any) -> tuple[Epoch, Predict]:
    """The recipe in Keras's words, in Keras and in Pellucid, with the initial weights that they draw."""
    (framework.utils if hasattr(framework.utils, "set_random_seed") else framework).set_random_seed(seed)
    x = framework.layers.Input(RECIPE.input_shape)
    model = framework.Model(x, RECIPE.network(framework.layers, x))
    optimizer = framework.optimizers.Adadelta(**OPTIMIZERS["adadelta"])
    model.compile(optimizer, LOSSES["classes"], **compile_arguments)

    def epoch(number: int) -> None:
        arguments = {"batch_size": BATCH, "verbose": 0, "initial_epoch": number, "epochs": number + 1}
        model.fit(data.x_train, data.y_train, **arguments)

    return epoch, lambda images: np.asarray(model.predict(images, batch_size=256, verbose=0))


def torch_like(channels_last: bool, data: Digits, seed: int) -> tuple[Epoch, Predict]:
    """The usual loop; all seeds start from the same weights, and differ in the order of samples and in dropout."""
    import torch
    from frameworks.torch_layers import build

    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    order = torch.channels_last if channels_last else torch.contiguous_format
    network = build(RECIPE, logits=True).to(memory_format=order)
    settings = OPTIMIZERS["adadelta"]
    optimizer = torch.optim.Adadelta(network.parameters(), settings["learning_rate"], rho=0.95, eps=1e-7, foreach=True)
    criterion, labels = torch.nn.CrossEntropyLoss(), torch.from_numpy(data.y_train)
    images = torch.from_numpy(np.ascontiguousarray(np.moveaxis(data.x_train, -1, 1)))

    def epoch(number: int) -> None:
        network.train()
        for part in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(network(images[part].contiguous(memory_format=order)), labels[part])
            loss.backward()
            optimizer.step()

    def predict(given: np.ndarray) -> np.ndarray:
        network.eval()
        with torch.inference_mode():
            first = torch.from_numpy(np.ascontiguousarray(np.moveaxis(given, -1, 1)))
            return torch.cat([network(part) for part in first.split(256)]).numpy()

    return epoch, predict


def made(framework: str, data: Digits, seed: int) -> tuple[Epoch, Predict]:
    """What trains and tests in a framework; imports it."""
    if framework == "pellucid":
        import pellucid

        return keras_like(pellucid, data, seed)
    if framework.startswith("keras"):
        import keras

        return keras_like(keras, data, seed, jit_compile="jax" in framework)
    return torch_like("channels_last" in framework, data, seed)


def run(framework: str, folder: str, samples: int | None, seed: int, epochs: int) -> dict[str, list[float]]:
    """One training: the accuracy on the test images after each epoch, and the seconds of training until then."""
    data = digits(folder, samples)
    epoch, predict = made(framework, data, seed)
    accuracies, seconds, spent = [], [], 0.0
    for number in range(epochs):
        start = time.perf_counter()
        epoch(number)
        spent += time.perf_counter() - start
        seconds.append(spent)
        accuracies.append(float((predict(data.x_test).argmax(-1) == data.y_test).mean()))
    return {"accuracy": accuracies, "seconds": seconds}


def in_a_process(framework: str, seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """`run` in a process of its own, which holds one framework."""
    command = [sys.executable, __file__, "--data", arguments.data, "--epochs", str(arguments.epochs)]
    command += ["--one", framework, str(seed), *(["--samples", str(arguments.samples)] if arguments.samples else [])]
    backend = {"KERAS_BACKEND": framework.split()[1]} if framework.startswith("keras") else {}
    environment = os.environ | backend | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def until(result: dict[str, list[float]], accuracy: float) -> float | None:
    """Seconds of training until that accuracy was first seen; None where it was not."""
    reached = [second for second, seen in zip(result["seconds"], result["accuracy"], strict=True) if seen >= accuracy]
    return reached[0] if reached else None


def line(framework: str, results: list[dict[str, Any]]) -> str:
    """What is told of a framework."""
    failed = [result["failed"] for result in results if "failed" in result]
    if failed:
        return f"{framework:20} failed: {failed[0]}"
    last = [result["accuracy"][-1] for result in results]
    soon = [until(result, SOON) for result in results]
    known = [second for second in soon if second is not None]
    seconds = f"{statistics.median(known):7.1f} s to {SOON}" if len(known) == len(soon) else f"{SOON} not reached"
    epochs = statistics.median(result["seconds"][-1] / len(result["seconds"]) for result in results)
    worst, best = min(last), max(last)
    return f"{framework:20} {statistics.mean(last):.4f} ({worst:.4f} to {best:.4f})  {seconds}  {epochs:.2f} s an epoch"


def main() -> int:
    """Run all, tell the table; 1 where Pellucid stays below the bound, or fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", required=True, help="a folder with the four MNIST files")
    parser.add_argument("--frameworks", default="pellucid", help=f"names with commas, or all: {', '.join(FRAMEWORKS)}")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--samples", type=int, help="only so many images, to see that it starts")
    parser.add_argument("--json", help="a file for all numbers")
    parser.add_argument("--one", nargs=2, metavar=("FRAMEWORK", "SEED"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        framework, seed = arguments.one
        print(json.dumps(run(framework, arguments.data, arguments.samples, int(seed), arguments.epochs)))
        return 0
    names = FRAMEWORKS if arguments.frameworks == "all" else arguments.frameworks.split(",")
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for seed, name in itertools.product(range(arguments.seeds), names):
        results[name].append(in_a_process(name, seed, arguments))
        print(f"seed {seed}: {line(name, results[name][-1:])}", file=sys.stderr, flush=True)
    print(f"Keras 1's mnist_cnn: accuracy on the test images after {arguments.epochs} epochs, mean (range)")
    for name in names:
        print(line(name, results[name]))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1))
    ours = results.get("pellucid", [])
    if any("failed" in result for result in ours):
        return 1
    return int(arguments.samples is None and any(result["accuracy"][-1] < BOUND for result in ours))


if __name__ == "__main__":
    raise SystemExit(main())
