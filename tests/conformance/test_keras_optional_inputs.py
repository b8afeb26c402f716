"""Inputs that may be left out, in both libraries: predicted, called, trained and evaluated with None in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid import inspection
from pellucid.errors import ArgumentError, DataError

A, B = np.random.default_rng(0).normal(size=(2, 7, 3)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(7, 2)).astype(np.float32)


def _more(library: Any) -> Any:
    class More(library.layers.Layer):
        def call(self, x: Any, more: Any = None) -> Any:
            return x if more is None else x + 2 * more

    return More


def _model(library: Any, kind: Any = list) -> Any:
    a, b = library.Input((3,), name="a"), library.Input((3,), name="b", optional=True)
    seen = _more(library)()(a, b)
    model = library.Model([a, b] if kind is list else {"a": a, "b": b}, library.layers.Dense(2, name="last")(seen))
    model.set_weights([np.arange(6.0).reshape(3, 2) / 6, np.zeros(2)])
    model.compile("sgd", "mse")
    return model


def _course(library: Any) -> list[Any]:
    model = _model(library)
    how = {"batch_size": 3, "epochs": 2, "shuffle": False, "verbose": 0}
    return [
        *(model.predict(x, verbose=0) for x in ([A, B], [A, None])),
        *(model([A, None]), model.predict_on_batch([A, None]), model.predict([A, None], batch_size=3, verbose=0)),
        *(model.fit([A, None], Y, **how).history["loss"], model.get_weights()[0]),
        *(model.evaluate([A, None], Y, verbose=0), model.evaluate([A, B], Y, verbose=0)),
        *(model.train_on_batch([A, None], Y), model.predict({"a": A, "b": None}, verbose=0)),
    ]


def test_the_same_course() -> None:
    for ours, theirs in zip(_course(pellucid), _course(keras), strict=True):
        np.testing.assert_allclose(ours, np.asarray(theirs), rtol=1e-5, atol=1e-6)


def test_files(tmp_path: Path) -> None:
    """That an input is optional goes with the model, both ways."""
    for first, second in ((pellucid, keras), (keras, pellucid)):
        model = _model(first)
        model.save(tmp_path / "model.keras")
        again = second.models.load_model(tmp_path / "model.keras", custom_objects={"More": _more(second)})
        np.testing.assert_allclose(
            again.predict([A, None], verbose=0), model.predict([A, None], verbose=0), rtol=1e-5, atol=1e-6
        )


def test_whatever_the_data_come_in() -> None:
    """A dictionary, batches of a generator, a part held back."""
    model, named = _model(pellucid), _model(pellucid, dict)
    np.testing.assert_array_equal(named.predict({"a": A, "b": None}), model.predict([A, None]))
    expected = model.evaluate([A, None], Y, verbose=0)
    assert np.isclose(model.evaluate((([A[n : n + 4], None], Y[n : n + 4]) for n in (0, 4)), verbose=0), expected)
    told = model.fit([A, None], Y, validation_data=([A, None], Y), validation_split=0.0, verbose=0).history
    assert np.isclose(told["val_loss"][0], model.evaluate([A, None], Y, verbose=0))
    model.fit([A, None], Y, validation_split=0.3, verbose=0)


def test_what_cannot_be_left_out() -> None:
    model = _model(pellucid)
    with pytest.raises(DataError, match="input 'a': the input is not optional"):
        model.predict([None, B])
    assert inspection.compare(model, model, [A, None]) is not None
    a, b = (pellucid.Input((3,), name=name, optional=True) for name in "ab")
    both = pellucid.Model([a, b], pellucid.layers.Add()([a, b]))
    with pytest.raises(ArgumentError, match=r"Add .* cannot do without the input 'b', which is None: give data for it"):
        both.predict([A, None])
    with pytest.raises(DataError, match="at least one must be given; all are None"):
        both.predict([None, None])
