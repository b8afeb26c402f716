"""What tests make values and models of where they ask for Keras's insides, over Pellucid's public interface.

Each notes that it was used: a test that needed one is counted apart, for its author would have got an error.
"""

from __future__ import annotations

import weakref

import pellucid
from pellucid.layers.symbolic import SymbolicTensor

USED: set[str] = set()
"""What the running test has used of this file."""


def note(what: str) -> None:
    """The running test has used that."""
    USED.add(what)


class _KerasTensorClass(type):
    def __instancecheck__(cls, other):
        return isinstance(other, SymbolicTensor)


class KerasTensor(metaclass=_KerasTensorClass):
    """keras.KerasTensor(shape): here `Input(batch_shape=shape)`."""

    def __new__(cls, shape, dtype="float32", sparse=False, ragged=False, record_history=True, name=None):
        note("keras.KerasTensor")
        return pellucid.Input(batch_shape=tuple(shape))


_trained: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


class Trainer:
    """Keras's tests mix a Trainer into a layer; here the layer becomes the one of a `Sequential` model."""

    def __init__(self):
        note("Trainer mixed into a layer")

    def _inner(self):
        if self not in _trained:
            _trained[self] = pellucid.Sequential([self])
        return _trained[self]

    def compile(self, *args, **kwargs):
        note("Trainer mixed into a layer")
        return self._inner().compile(*args, **kwargs)

    def fit(self, *args, **kwargs):
        return self._inner().fit(*args, **kwargs)

    def evaluate(self, *args, **kwargs):
        return self._inner().evaluate(*args, **kwargs)

    def predict(self, *args, **kwargs):
        return self._inner().predict(*args, **kwargs)

    def train_on_batch(self, *args, **kwargs):
        return self._inner().train_on_batch(*args, **kwargs)

    def test_on_batch(self, *args, **kwargs):
        return self._inner().test_on_batch(*args, **kwargs)

    def predict_on_batch(self, *args, **kwargs):
        return self._inner().predict_on_batch(*args, **kwargs)


def save_model_to_hdf5(model, filepath, overwrite=True, include_optimizer=True):
    """Keras's inner function for `model.save("model.h5")`."""
    note("save_model_to_hdf5")
    if not include_optimizer:
        raise NotImplementedError("a file holds the optimiser of a compiled model")
    model.save(filepath, overwrite)


def load_model_from_hdf5(filepath, custom_objects=None, compile=True, safe_mode=True):
    """Keras's inner function for `load_model("model.h5")`."""
    note("load_model_from_hdf5")
    return pellucid.load_model(filepath, custom_objects, compile, safe_mode)
