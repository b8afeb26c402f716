"""Equal seeds give equal bits, whatever the threads; the reference engine trains the same network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

import pellucid
from pellucid import Input, Sequential, layers
from pellucid.errors import ArgumentError

Data = tuple[np.ndarray, np.ndarray]
Result = tuple[dict[str, list[float]], list[np.ndarray], np.ndarray]


def _run(data: Data, seed: int | None = None, engine: str = "native", model_seed: int | None = None) -> Result:
    """A training with everything that is random: weights, shuffles, masks."""
    if seed is not None:
        pellucid.set_random_seed(seed)
    model = Sequential(
        [
            Input((6, 6, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        seed=model_seed,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
    history = model.fit(*data, epochs=3, batch_size=16, validation_split=0.2, verbose=0)
    return history.history, model.get_weights(), np.asarray(model.predict(data[0]))


def _equal(first: Result, second: Result) -> bool:
    same = all(map(np.array_equal, first[1], second[1]))
    return first[0] == second[0] and same and np.array_equal(first[2], second[2])


def test_the_same_seed(data: Data) -> None:
    """Weights, history and predictions to the bit; another seed gives others."""
    first, second, other = (_run(data, seed) for seed in (7, 7, 8))
    assert _equal(first, second)
    assert not any(map(np.array_equal, first[1], other[1]))


def test_a_second_model_is_another(data: Data) -> None:
    """Without a new seed the sequence goes on."""
    assert not _equal(_run(data, 7), _run(data))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_any_number_of_threads(data: Data, threads: int) -> None:
    """Same bits."""
    usual, before = _run(data, 7), pellucid.get_threads()
    pellucid.set_threads(threads)
    try:
        assert _equal(_run(data, 7), usual)
    finally:
        pellucid.set_threads(before)


def test_numpys_global_seed_is_left_alone(data: Data) -> None:
    """It neither decides anything here nor is it used up."""
    np.random.seed(1)
    first = _run(data, 7)
    assert np.random.random() == np.random.RandomState(1).random_sample()
    np.random.seed(2)
    assert _equal(first, _run(data, 7))


def test_a_model_seed_decides_shuffles_and_masks(data: Data) -> None:
    """Equal initial weights and a seed of its own: equal training; another seed: another one."""
    results = []
    for model_seed in (5, 5, 6):
        pellucid.set_random_seed(1)
        results.append(_run(data, model_seed=model_seed))
    assert _equal(results[0], results[1])
    assert not _equal(results[0], results[2])


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "1", True, None])
def test_seeds_that_are_none(seed: object) -> None:
    """Said with the range."""
    with pytest.raises(ArgumentError, match=r"^a seed must be an integer from 0 to 2\^63 - 1, got "):
        pellucid.set_random_seed(seed)  # type: ignore[arg-type]


def test_the_largest_seed(data: Data) -> None:
    """Counts in full."""
    assert _equal(_run(data, 2**63 - 1), _run(data, 2**63 - 1))
    assert not _equal(_run(data, 2**63 - 1), _run(data, 2**62 - 1))


def test_initialisers_with_seeds_of_their_own() -> None:
    """Two layers with the same seeded initialiser begin alike, whatever the global seed."""
    kernels = []
    for seed in (1, 2):
        pellucid.set_random_seed(seed)
        initializer = pellucid.initializers.GlorotUniform(seed=3)
        layer = layers.Dense(4, kernel_initializer=initializer, input_shape=(5,))
        Sequential([layer])
        kernels.append(layer.get_weights()[0])
    np.testing.assert_array_equal(*kernels)


def test_the_reference_engine_trains_alike(make_classifier: Callable[..., Sequential], data: Data) -> None:
    """float64 in NumPy and float32 in C++: the same losses and weights over some epochs."""
    native, reference = make_classifier("adam"), make_classifier("adam", engine="reference")
    reference.set_weights(native.get_weights())
    settings = {"epochs": 4, "batch_size": 16, "shuffle": False, "validation_split": 0.2, "verbose": 0}
    mine, expected = native.fit(*data, **settings), reference.fit(*data, **settings)
    for name, curve in expected.history.items():
        assert mine.history[name] == pytest.approx(curve, rel=1e-4)
    for a, b in zip(native.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5)


def test_masks_are_the_same_on_both_engines(data: Data) -> None:
    """Dropout draws by a rule that does not depend on who computes."""
    native, reference = _run(data, 7), _run(data, 7, "reference")
    assert native[0]["loss"] == pytest.approx(reference[0]["loss"], rel=1e-4)


def test_prediction_by_a_chosen_engine(make_classifier: Callable[..., Sequential], data: Data) -> None:
    """`engine=` for one call; an unknown one is told with the nearest known."""
    model = make_classifier()
    native, exact = (np.asarray(model.predict(data[0], engine=engine)) for engine in ("native", "reference"))
    np.testing.assert_allclose(native, exact, atol=1e-6)
    with pytest.raises(
        ArgumentError, match=r"^unknown engine 'nativ'; did you mean 'native'\? Known: native, reference, xla$"
    ):
        model.predict(data[0], engine="nativ")
    with pytest.raises(ArgumentError, match=r"^unknown engine 'referense'; did you mean 'reference'\?"):
        model.compile("sgd", "mse", engine="referense")


WITHOUT_JAX = """
import sys
sys.modules.update(jax=None, jaxlib=None)
from pellucid import Sequential, distributed, layers
model = Sequential([layers.Input((2,)), layers.Dense(1)])
for use in (lambda: model.compile("sgd", "mse", engine="xla"), distributed.initialize):
    try:
        use()
    except Exception as error:
        print(type(error).__name__, error)
model.compile("sgd", "mse")
print(model.fit([[1, 2]], [3], verbose=0).epoch)
"""


def test_without_jax() -> None:
    """Whoever asks for it is told what to install; everything else works."""
    found = subprocess.run([sys.executable, "-c", WITHOUT_JAX], capture_output=True, text=True, check=True)
    told = (
        "EngineError the xla engine computes by JAX, which is not installed: pip install 'pellucid[jax]', or for GPUs"
    )
    *refused, trained = found.stdout.splitlines()
    assert len(refused) == 2 and all(line.startswith(told) for line in refused)
    assert trained == "[0]"


UNFIT_JAX = """
import importlib.metadata as metadata
from pellucid.engines import get_engine, of_jax
try:
    get_engine("xla")
except Exception as error:
    print(type(error).__name__, error)
real = metadata.version
metadata.version = lambda name: "0.4.30" if name == "jax" else real(name)
try:
    of_jax("pellucid.engines.xla")
except Exception as error:
    print(type(error).__name__, error)
"""


def test_jax_that_finds_no_device_or_is_too_old() -> None:
    """It says so itself in assertions without a word, or by names that it does not have."""
    environment = {**os.environ, "JAX_PLATFORMS": "cuda"}
    command = [sys.executable, "-c", UNFIT_JAX]
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    no_device, too_old = found.stdout.splitlines()
    assert no_device.startswith("EngineError JAX ") and "JAX_PLATFORMS=cuda in the environment" in no_device
    assert too_old == (
        "EngineError the xla engine needs JAX 0.7 or newer, and this is JAX 0.4.30: pip install --upgrade 'jax>=0.7'"
    )
