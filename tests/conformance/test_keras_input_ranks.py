"""What a model takes that was built for another number of axes: a last axis of size 1 may be missing, or too much."""

from __future__ import annotations

from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid.errors import DataError

assert keras_oracle.keras is keras

Shape = tuple[int | None, ...]
CASES: dict[str, tuple[Shape, tuple[int, ...]]] = {
    "as it is": ((3,), (4, 3)),
    "an axis too much": ((3,), (4, 3, 1)),
    "an axis too few": ((3, 1), (4, 3)),
    "images without channels": ((5, 4, 1), (4, 5, 4)),
    "images with an axis more": ((5, 4), (4, 5, 4, 1)),
    "numbers": ((1,), (4,)),
    "open": ((None, 1), (4, 6)),
    "open, too much": ((None,), (4, 6, 1)),
    "two axes too much": ((3,), (4, 3, 1, 1)),
    "another size": ((3,), (4, 2, 1)),
    "an open last axis": ((3, None), (4, 3)),
    "a last axis of 2": ((3,), (4, 3, 2)),
}


def _results(library: Any, shape: Shape, x: np.ndarray) -> list[Any]:
    """What predictions, calls, evaluations, steps and a model around it give; shapes and numbers."""
    inner = library.Sequential([library.layers.Input(shape), library.layers.Rescaling(2.0, offset=1.0)])
    inner.compile("sgd", "mse")
    options = {"verbose": 0}
    predicted = np.asarray(inner.predict(x, **options))
    around = library.layers.Input(x.shape[1:])
    return [
        predicted,
        np.asarray(inner(x)),
        inner.evaluate(x, predicted + 1, **options),
        inner.train_on_batch(x, predicted + 1),
        np.asarray(library.Model(around, inner(around)).predict(x, **options)),
        inner.fit(x, predicted + 2, validation_split=0.5, **options).history["val_loss"],
    ]


@pytest.mark.parametrize("name", CASES)
def test_axes_of_size_1(name: str) -> None:
    shape, given = CASES[name]
    x = np.random.default_rng(0).normal(size=given).astype("float32")
    try:
        theirs = _results(keras, shape, x)
    except (ValueError, TypeError):
        with pytest.raises(DataError):
            pellucid.Sequential([pellucid.Input(shape), pellucid.layers.Rescaling(2.0)]).predict(x)
        return
    for mine, reference in zip(_results(pellucid, shape, x), theirs, strict=True):
        assert np.shape(mine) == np.shape(reference)
        np.testing.assert_allclose(mine, reference, rtol=1e-5)


def test_several_inputs() -> None:
    """Each for itself, in a list and by name."""
    found = []
    for library in (pellucid, keras):
        a, b = library.layers.Input((3,), name="a"), library.layers.Input((3, 1), name="b")
        joined = library.layers.Add()([a, library.layers.Flatten()(b)])
        model = library.Model([a, b], joined)
        x = np.arange(12, dtype="float32").reshape(4, 3)
        for data in ([x[..., None], x], {"a": x[..., None], "b": x}):
            found.append(np.asarray(model.predict(data, verbose=0)))
    for result in found:
        np.testing.assert_array_equal(result, found[0])


def test_one_sample_without_a_batch_is_refused() -> None:
    """Keras takes it for three samples of another shape than the model's."""
    with pytest.raises(DataError, match="one sample of shape"):
        pellucid.Sequential([pellucid.Input((3, 1)), pellucid.layers.Flatten()]).predict(np.ones((3, 1)))
