"""A prediction that differs from the last one in its numbers alone goes a shorter way; everything else the long one."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, DataError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 6, 6, 2)).astype(np.float32)


def _model() -> Sequential:
    model = Sequential([Input((6, 6, 2)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(5)], seed=1)
    model.predict(X)
    return model


def _twice(samples: np.ndarray) -> np.ndarray:
    """The same numbers with others between them."""
    return np.repeat(samples, 2, axis=-1)[..., ::2]


SAME_NUMBERS = {
    "again": X,
    "float64": X.astype(np.float64),
    "not contiguous": _twice(X),
    "columns first": np.asfortranarray(X),
    "other byte order": X.astype(">f4"),
    "a list": X.tolist(),
    "not writable": np.frombuffer(X.tobytes(), np.float32).reshape(X.shape),
    "a view of bytes": memoryview(X),
}


@pytest.mark.parametrize("given", SAME_NUMBERS)
def test_the_same_numbers_give_the_same_outputs(given):
    model = _model()
    expected = model(X)
    assert np.array_equal(model.predict(SAME_NUMBERS[given]), expected)


def test_each_prediction_is_an_array_of_its_own():
    model = _model()
    first, second = model.predict(X), model.predict(2 * X)
    assert not np.shares_memory(first, second) and not np.allclose(first, second)
    np.testing.assert_allclose(second, model.predict(2 * X, engine="reference"), atol=1e-5)


def test_other_sizes_follow():
    model = _model()
    for samples in (X[:1], X[:3], np.concatenate([X] * 20), X):
        np.testing.assert_allclose(model.predict(samples), model.predict(samples, engine="reference"), atol=1e-5)
    assert np.array_equal(model.predict(X, batch_size=2), np.concatenate([model.predict(X[:2]), model.predict(X[2:])]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused_as_ever(bad):
    model, samples = _model(), X.copy()
    samples[2, 3, 4, 1] = bad
    with pytest.raises(DataError, match=r"the first, at \(2, 3, 4, 1\)"):
        model.predict(samples)
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, "4", True])
def test_batch_sizes_are_checked_as_ever(batch_size):
    with pytest.raises(ArgumentError, match="batch_size must be a whole number >= 1"):
        _model().predict(X, batch_size=batch_size)


@pytest.mark.parametrize("bad", [None, X[0], X[..., :1], "digits", X > 0])
def test_what_is_no_input_is_refused_as_ever(bad):
    model = _model()
    expected: type[Exception] | None = None if isinstance(bad, np.ndarray) and bad.dtype == bool else DataError
    if expected is None:
        assert np.array_equal(model.predict(bad), model.predict(np.asarray(bad, np.float32)))
        return
    with pytest.raises(expected):
        model.predict(bad)


def test_a_model_that_grows_is_predicted_anew():
    model = _model()
    model.add(layers.Dense(2))
    assert model.predict(X).shape == (4, 2)
    model.pop()
    assert model.predict(X).shape == (4, 5)


def test_several_outputs_and_inputs_go_the_long_way():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    both = layers.Add()([a, b])
    model = Model([a, b], [both, layers.Dense(2)(both)])
    samples = RNG.normal(size=(5, 3)).astype(np.float32)
    for _ in range(2):
        outputs = model.predict([samples, samples])
        assert isinstance(outputs, list) and np.array_equal(outputs[0], 2 * samples)
    listed = Model(a, [layers.Dense(2)(a)])
    for _ in range(2):
        assert np.shape(listed.predict(samples)) == (5, 2)


def test_threads_may_share_a_model():
    model, found = _model(), dict[int, bool]()
    inputs = [X * (number + 1) for number in range(4)]
    expected = [model.predict(samples) for samples in inputs]

    def work(number: int) -> None:
        found[number] = all(np.array_equal(model.predict(inputs[number]), expected[number]) for _ in range(200))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == dict.fromkeys(range(4), True)
