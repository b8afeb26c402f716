"""A model in a program that runs for long: threads, forks, many batch sizes, and memory that does not grow."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest

from pellucid import Input, Sequential, layers

Data = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Sequential]


def test_threads_share_a_model() -> None:
    """Eight threads predict with one model at the same time: each gets its own answers, to the bit."""
    model = Sequential([Input((12, 12, 3)), layers.Conv2D(16, 3, activation="relu"), layers.Flatten(), layers.Dense(5)])
    batches = [np.random.default_rng(i).normal(size=(16, 12, 12, 3)).astype(np.float32) for i in range(8)]
    expected = [np.asarray(model.predict(batch)) for batch in batches]
    wrong: list[object] = []

    def work(number: int) -> None:
        try:
            for _ in range(40):
                if not np.array_equal(model.predict(batches[number]), expected[number]):
                    wrong.append(number)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


FORK = """
import os
import numpy as np
from pellucid import Input, Sequential, layers

model = Sequential([Input((12, 12, 3)), layers.Conv2D(16, 3, activation="relu"), layers.Flatten(), layers.Dense(5)])
model.compile("sgd", "mse")
x, y = np.ones((16, 12, 12, 3), np.float32), np.eye(16, 5)
model.fit(x, y, verbose=0)
expected = model.predict(x)
child = os.fork()
same = np.array_equal(model.predict(x), expected)
model.fit(x, y, verbose=0)
if child == 0:
    os._exit(0 if same else 1)
print(same, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_can_go_on() -> None:
    """Parent and child predict and train with the same model; neither hangs."""
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("True 0\n", "")


FORKS_BESIDE_A_TRAINING = """
import os, signal, threading, time
import numpy as np
from pellucid import Input, Sequential, layers

def network():
    return Sequential([Input((12, 12, 3)), layers.Conv2D(16, 3, activation="relu"), layers.Flatten(), layers.Dense(5)])

def is_whole():
    copy = network()
    copy.set_weights(model.get_weights())
    return np.array_equal(model.predict(x), copy.predict(x))

def outcome(child):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hung"

model = network()
model.compile("sgd", "mse")
x, y = np.random.default_rng(0).normal(size=(64, 12, 12, 3)).astype(np.float32), np.zeros((64, 5))
model.train_on_batch(x, y)
model.predict(x)
stop = threading.Event()

def train():
    while not stop.is_set():
        model.train_on_batch(x, y)

thread = threading.Thread(target=train)
thread.start()
outcomes = []
for number in range(10):
    time.sleep(0.01 + 0.0007 * number)
    child = os.fork()
    if child == 0:
        os._exit(0 if is_whole() else 1)
    outcomes.append(outcome(child))
    if outcomes[-1] != 0:
        break
stop.set()
thread.join()
print(outcomes, is_whole())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_beside_a_training_can_go_on() -> None:
    """No child waits for the thread that trains, which stayed behind; what it predicts is what its weights say."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKS_BESIDE_A_TRAINING], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == (f"{[0] * 10} True\n", "")


def test_more_batch_sizes_than_are_kept(make_classifier: Make, data: Data) -> None:
    """Programs are kept for some sizes only; whichever was forgotten is made again, in the middle of a training."""
    (x, y), model = data, make_classifier("sgd")
    whole = np.asarray(model.predict(x))
    for size in range(1, 51):
        np.testing.assert_allclose(model.predict(x[:size], batch_size=size), whole[:size], atol=1e-6)
    steady, varied = make_classifier("sgd"), make_classifier("sgd")
    varied.set_weights(steady.get_weights())
    for step in range(6):
        steady.train_on_batch(x, y)
        for size in range(1, 41):
            varied.predict(x[:size], batch_size=size)
        varied.train_on_batch(x, y)
        assert all(map(np.array_equal, steady.get_weights(), varied.get_weights())), step


MEMORY = """
import gc, os, sys, tempfile
import numpy as np
from pellucid import Input, Sequential, callbacks, layers, load_model

def resident():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

def network():
    return Sequential([Input((16, 16, 3)), layers.Conv2D(16, 3), layers.Flatten(), layers.Dense(50, "softmax")])

class Dying(callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise InterruptedError

def resumed():
    for further in ([Dying()], []):
        again = Sequential([Input((4,)), layers.Dense(8, name="a"), layers.Dropout(0.2), layers.Dense(1, name="b")])
        again.compile("adam", "mse")
        kept = callbacks.BackupAndRestore(path + ".run", save_freq=1)
        try:
            again.fit(np.ones((8, 4)), np.ones((8, 1)), batch_size=4, verbose=0, callbacks=[kept, *further])
        except InterruptedError:
            pass

x, model = np.ones((32, 16, 16, 3), np.float32), network()
model.compile("adam", "sparse_categorical_crossentropy")
path = os.path.join(tempfile.mkdtemp(), "model.keras")
work = {
    "predict": (2000, lambda: model.predict(x[:1])),
    "fit": (150, lambda: model.fit(x, np.zeros(32), verbose=0)),
    "models": (60, lambda: network().predict(x)),
    "resume": (25, resumed),
    "save and load": (40, lambda: (model.save(path), load_model(path))),
}
for name, (times, action) in work.items():
    for _ in range(times):
        action()
    files, grown = len(os.listdir("/proc/self/fd")), []
    for _ in range(3):
        before = resident()
        for _ in range(times):
            action()
        grown.append(resident() - before)
    print(f"{name}: {min(grown):.1f} MB, {len(os.listdir('/proc/self/fd')) - files} files")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads memory as Linux tells it")
def test_memory_does_not_grow() -> None:
    """Going on takes no more memory, and no file stays open.

    What leaks, leaks in every round; the allocator's own hoarding shows in one of three at most.
    """
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(": ") for line in done.stdout.splitlines())
    assert set(lines) == {"predict", "fit", "models", "resume", "save and load"}
    for told in lines.values():
        grown, files = told.split(" MB, ")
        assert float(grown) < 8
        assert files == "0 files"


def test_the_import_costs_numpy_only() -> None:
    """What is heavy is imported when it is used."""
    heavy = {"jax", "keras", "torch", "matplotlib", "h5py", "PIL", "typer", "rich", "pooch"}
    program = f"import sys; import pellucid; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"
