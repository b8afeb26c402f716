"""Old names of layers: they make, recognise and extend today's classes."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, legacy
from pellucid.layers import old_names
from pellucid.legacy import OldName

SAME = {
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "SeparableConvolution1D": "SeparableConv1D",
}
"""Names that differ in nothing else."""

TRANSLATED = {
    "Convolution1D": ("Conv1D", (4, 3)),
    "Convolution2D": ("Conv2D", (4, 3, 3)),
    "Convolution3D": ("Conv3D", (4, 3, 3, 3)),
    "AtrousConvolution1D": ("Conv1D", (4, 3)),
    "AtrousConvolution2D": ("Conv2D", (4, 3, 3)),
    "Deconvolution2D": ("Conv2DTranspose", (4, 3, 3)),
    "Deconvolution3D": ("Conv3DTranspose", (4, 3, 3, 3)),
    "SeparableConvolution2D": ("SeparableConv2D", (4, 3, 3)),
    "ThresholdedReLU": ("ReLU", (0.5,)),
}
"""Names whose calls are translated."""


def test_all_old_names_are_known() -> None:
    """The tables above and the module name the same, and `pellucid.layers` has them all."""
    assert set(old_names.__all__) == {*SAME, *TRANSLATED, "merge", "Merge"}
    assert [name for name in old_names.__all__ if getattr(layers, name) is not getattr(old_names, name)] == []


@pytest.mark.parametrize("name", SAME)
def test_another_name_for_the_same_class(name: str) -> None:
    assert getattr(layers, name) is getattr(layers, SAME[name])


@pytest.mark.parametrize("name", TRANSLATED)
def test_an_old_name_stands_for_todays_class(name: str) -> None:
    old, (today, args) = getattr(layers, name), TRANSLATED[name]
    cls = getattr(layers, today)
    with legacy.collected():
        layer = old(*args)
    assert type(layer) is cls and isinstance(layer, old) and isinstance(old, OldName)
    assert issubclass(cls, old) and not isinstance(layers.Flatten(), old) and not issubclass(layers.Dense, old)
    assert old.__name__ == name and today in repr(old)
    assert type(old.from_config(layer.get_config())) is cls
    with pytest.raises(AttributeError, match="no_such_thing"):
        old.no_such_thing  # noqa: B018


def test_a_subclass_is_one_of_todays_class() -> None:
    class Vertical(layers.Convolution2D):  # type: ignore[misc, valid-type, name-defined]
        """A layer with a kernel of its own."""

        def __init__(self, filters: int, **options: object) -> None:
            super().__init__(filters, (3, 1), **options)

    layer = Vertical(4, padding="same")
    assert Vertical.__mro__[1] is layers.Conv2D and isinstance(layer, layers.Convolution2D)
    model = Sequential([Input((8, 8, 1)), layer])
    assert model.predict(np.zeros((1, 8, 8, 1))).shape == (1, 8, 8, 4)


@pytest.mark.parametrize("name", old_names.ABSENT)
def test_layers_that_there_are_not_are_explained(name: str) -> None:
    """By attribute and by import; an unknown name fails as in any module."""
    with pytest.raises(ImportError, match=f"no {name}: "):
        getattr(layers, name)
    with pytest.raises(ImportError, match=f"no {name}: "):
        exec(f"from pellucid.layers import {name}", {})
    assert not hasattr(layers, "NoSuchLayer")
    with pytest.raises(ImportError, match="NoSuchLayer"):
        exec("from pellucid.layers import NoSuchLayer", {})


@pytest.mark.parametrize(
    ("module", "name"), [("recurrent", "LSTM"), ("embeddings", "Embedding"), ("wrappers", "TimeDistributed")]
)
def test_modules_of_layers_that_there_are_not(module: str, name: str) -> None:
    with pytest.raises(ImportError, match=f"no {name}: "):
        exec(f"from pellucid.layers.{module} import {name}", {})
    with pytest.raises(ImportError, match="cannot import name 'NoSuchLayer'"):
        exec(f"from pellucid.layers.{module} import NoSuchLayer", {})


def test_merge_is_a_function_and_a_module() -> None:
    """Keras 1 had a function of that name, Keras 2 a module."""
    module = importlib.import_module("pellucid.layers.merge")
    from pellucid.layers.merge import Concatenate

    assert Concatenate is layers.Concatenate is module.Concatenate
    assert callable(layers.merge)


DOORS = ("convolutional", "core", "pooling", "normalization", "advanced_activations", "noise", "merge", "local")


@pytest.mark.parametrize("door", DOORS)
def test_old_paths_hold_nothing_of_their_own(door: str) -> None:
    """What `pellucid.layers.convolutional` and the like promise is what `pellucid.layers` has."""
    module = importlib.import_module(f"pellucid.layers.{door}")
    assert module.__all__ and sorted(module.__all__) == sorted(set(module.__all__))
    for name in module.__all__:
        assert getattr(module, name) is getattr(layers, name)
