"""How much memory training and prediction take is said before, and where there is not enough, what would fit."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.hostile_values import VALUES

from pellucid import Input, Model, Sequential, initializers, layers, ops, optimizers, variables
from pellucid.errors import ArgumentError, EngineError, OutOfMemoryError, PellucidError

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
needs_linux = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")


def _model(**options: Any) -> Sequential:
    model = Sequential(
        [
            layers.Input((16, 16, 3)),
            layers.Conv2D(8, 3, name="wide", **options),
            layers.Conv2D(2, 3, name="thin"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    return model


def python(code: str, *arguments: object) -> str:
    """What a fresh interpreter prints; memory does not begin as NaN there, which would touch all of it."""
    pytest.importorskip("resource")
    environment = {**os.environ, "PELLUCID_THREADS": "2", "PELLUCID_POISON": "0"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout


GROWTH = """
import gc, sys
sys.path.insert(0, sys.argv[1])
row, mode, batch = int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
import numpy as np
from pellucid import Input, Model, Sequential, layers
from workloads import LOSSES, ROWS, data

def said(what):
    return 1024 * float(open("/proc/self/status").read().partition(what + ":")[2].split()[0])

small = Sequential([layers.Input((2,)), layers.Dense(1)])
small.compile("adam", "mse")
small.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0)
small.predict(np.ones((2, 2)))
workload = ROWS[row]
x, y = data(workload, 2 * batch)
gc.collect()
before = said("VmRSS")
image = Input(workload.input_shape)
model = Model(image, workload.network(layers, image))
model.compile(workload.optimizer, LOSSES[workload.target])
gc.collect()
open("/proc/self/clear_refs", "w").write("5")
if mode == "train":
    model.fit(x, y, batch_size=batch, verbose=0)
else:
    model.predict(x[:batch], batch_size=batch)
grown = said("VmHWM") - before
estimate = model.memory_estimate(batch)
print((estimate.training if mode == "train" else estimate.prediction).total / grown)
"""


@needs_linux
@pytest.mark.parametrize(
    ("row", "mode", "batch"), [(2, "train", 128), (7, "train", 32), (10, "train", 8), (4, "predict", 128)]
)
def test_within_a_fifth_of_what_a_process_grows_by(row: int, mode: str, batch: int) -> None:
    """Networks of the benchmarks."""
    assert 0.8 < float(python(GROWTH, BENCHMARKS, row, mode, batch)) < 1.2


WIDE = """
import gc
import numpy as np
from pellucid import Input, Sequential, layers

def said(what):
    return 1024 * float(open("/proc/self/status").read().partition(what + ":")[2].split()[0])

small = Sequential([Input((2,)), layers.Dense(1)])
small.predict(np.ones((2, 2)))
before = said("VmRSS")
model = Sequential([Input((3000,)), layers.Dense(3000), layers.Dense(3000), layers.Dense(10)])
gc.collect()
open("/proc/self/clear_refs", "w").write("5")
model.predict(np.ones((4, 3000)))
print(model.memory_estimate(4).prediction.total / (said("VmHWM") - before))
"""


@needs_linux
def test_large_weights_are_not_in_memory_twice() -> None:
    """Neither while they are moved to where a model computes, nor later."""
    assert 0.8 < float(python(WIDE)) < 1.2


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lamb"])
def test_large_weights_learn_as_others_do(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They live in states of their own, with the same bits in the end."""
    found = []
    for large in (variables.LARGE, 40):
        monkeypatch.setattr(variables, "LARGE", large)
        last = layers.Dense(3, kernel_initializer=initializers.GlorotUniform(seed=2))
        parts = [layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Flatten(), last]
        model = Sequential([Input((6, 6, 1)), *parts], seed=1)
        model.layers[0].set_weights([np.linspace(-1, 1, 36).reshape(3, 3, 1, 4), np.zeros(4)])
        model.compile(optimizer, "mse")
        x = np.random.default_rng(0).random((20, 6, 6, 1))
        model.fit(x, x.sum(axis=(1, 2))[:, :1] * np.ones(3), batch_size=8, epochs=2, verbose=0)
        assert (last.kernel.state is last.bias.state) is (large > last.kernel.size)
        found.append(model.get_weights())
    assert all(map(np.array_equal, *found))


SHORT = """
import resource, sys
import numpy as np
from pellucid import Sequential, layers

model = Sequential([layers.Input((64, 64, 3)), layers.Conv2D(64, 3, name="wide"), layers.Conv2D(8, 3),
                    layers.GlobalAveragePooling2D(), layers.Dense(1)])
x, y = np.zeros((512, 64, 64, 3), np.float32), np.zeros((512, 1), np.float32)
model.compile("adam", "mse")
model.fit(x[:4], y[:4], verbose=0)
right = model.predict(x[:4])
space = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (space + (300 << 20), space + (300 << 20)))
ways = {
    "predict": lambda size: model.predict(x, batch_size=size),
    "predict_on_batch": lambda size: model.predict_on_batch(x[:size]),
    "evaluate": lambda size: model.evaluate(x[: 2 * size], y[: 2 * size], batch_size=size, verbose=0),
    "test_on_batch": lambda size: model.test_on_batch(x[:size], y[:size]),
    "train_on_batch": lambda size: model.train_on_batch(x[:size], y[:size]),
    "fit": lambda size: model.fit(x[: 2 * size], y[: 2 * size], batch_size=size, verbose=0),
}
for name, way in ways.items():
    try:
        way(512)
        print(name, "fits")
    except MemoryError as error:
        text = str(error)
        way(int(text.partition("batch_size=")[2].split()[0]))
        print(name, type(error).__name__, text)
print(np.isfinite(model.predict(x[:4])).all())
"""


@needs_linux
def test_where_memory_is_short_the_layer_is_named_and_a_batch_that_fits() -> None:
    *lines, last = python(SHORT).splitlines()
    assert last == "True" and len(lines) == 6
    for line in lines:
        doing = "a training step" if line.startswith(("fit", "train")) else "a prediction"
        assert re.search(
            rf"^\w+ OutOfMemoryError sequential: there is not enough memory for {doing} on 512 samples, which takes "
            r'about \d\S+ [MG]B, most of it for Conv2D "\w+" \(\d\S+ MB\); batch_size=\d+ would fit$',
            line,
        ), line


def test_the_error_is_one_of_memory_and_of_the_engine() -> None:
    assert issubclass(OutOfMemoryError, MemoryError) and issubclass(OutOfMemoryError, EngineError)


def test_parts() -> None:
    model = _model()
    assert model.memory_estimate(4).training is None
    model.compile(optimizers.Adam(), "mse")
    estimate = model.memory_estimate(4)
    training, prediction = estimate.training, estimate.prediction
    assert training is not None and training.weights == prediction.weights == 4 * model.count_params()
    assert (prediction.slots, 2 * training.weights <= training.slots < 2.5 * training.weights) == (0, True)
    assert training.batch == 4 * 4 * (16 * 16 * 3 + 1)
    assert estimate.total == training.total > prediction.total
    parts = (training.weights, training.slots, training.activations, training.workspace, training.batch)
    assert training.total == sum(parts)
    assert next(iter(training.layers)) == 'Conv2D "wide"'
    large = model.memory_estimate(64).training
    assert large is not None and 12 * training.activations < large.activations < 17 * training.activations


def test_it_reads_as_a_table() -> None:
    model = _model()
    model.compile("sgd", "mse")
    lines = str(model.memory_estimate()).splitlines()
    assert lines[0].split() == ["batches", "of", "32,", "MB", "prediction", "training"]
    assert [line[:28].strip() for line in lines[1:7]] == [
        *("weights", "what the optimizer remembers", "activations and gradients", "workspace of kernels", "the batch"),
        "in all",
    ]
    assert lines[7].startswith('most of it for Conv2D "wide": ')


def test_nothing_is_run_and_a_batch_may_be_larger_than_the_memory() -> None:
    model = _model()
    model.compile("adam", "mse")
    before = model.get_weights()
    assert model.memory_estimate(10**8).total > 10**12
    assert all(map(np.array_equal, before, model.get_weights())) and model.optimizer.iterations == 0


@pytest.mark.parametrize("frozen", [False, True])
def test_a_frozen_layer_takes_less(frozen: bool) -> None:
    model = _model(trainable=not frozen)
    model.compile("sgd", "mse")
    whole = _model()
    whole.compile("sgd", "mse")
    assert (model.memory_estimate(8).total < whole.memory_estimate(8).total) is frozen


def test_models_of_every_kind() -> None:
    a, b = Input((4,)), Input((3,))
    two = Model([a, b], [layers.Dense(2)(a), layers.Concatenate()([a, b])])
    two.compile("sgd", ["mse", None])
    assert two.memory_estimate(8).training.batch == 4 * 8 * (4 + 3 + 2)
    with_labels = Sequential([layers.Input((4,)), layers.Dense(3, "softmax")])
    with_labels.compile("sgd", "sparse_categorical_crossentropy", engine="reference")
    assert with_labels.memory_estimate(8).total > 0

    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, training: bool = True) -> Any:
            return ops.mean(ops.square(y - y_pred))

    own = Own()
    own.build((None, 4))
    own.compile("sgd")
    assert own.memory_estimate(8).training.batch == 4 * 8 * (4 + 2)


def test_open_sizes_are_to_be_said() -> None:
    model = Sequential([layers.Input((None, None, 1)), layers.Conv2D(2, 3), layers.GlobalMaxPooling2D()])
    with pytest.raises(ArgumentError, match=r"sizes of the input \(None, None, None, 1\) are open; .*input_shape="):
        model.memory_estimate(2)
    assert model.memory_estimate(2, (64, 64, 1)).total > model.memory_estimate(2, [(32, 32, 1)]).total
    with pytest.raises(ArgumentError, match=r"its inputs are .* got samples of"):
        model.memory_estimate(2, (64, 64, 3))


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "unbuilt": (lambda: Sequential([layers.Dense(2)]).memory_estimate(), "does not know its input shape"),
    "batch": (lambda: _model().memory_estimate(0), "batch_size must be"),
    "shape": (lambda: _model().memory_estimate(1, "large"), "input_shape must be a list of sizes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    do, message = REFUSED[name]
    with pytest.raises(ArgumentError, match=message):
        do()


@pytest.mark.parametrize("argument", ["batch_size", "input_shape"])
def test_whatever_is_given_the_error_is_ours(argument: str) -> None:
    model = Sequential([layers.Input((None, None, 1)), layers.Conv2D(2, 3)])
    for value in VALUES.values():
        given: dict[str, Any] = {"batch_size": 2, "input_shape": (8, 8, 1), argument: value()}
        with contextlib.suppress(PellucidError):
            model.memory_estimate(**given)
