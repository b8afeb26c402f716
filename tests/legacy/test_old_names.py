"""Old names of layers: they make, recognise and extend today's classes."""

from __future__ import annotations

import importlib
import subprocess
import sys

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, legacy
from pellucid.layers import old_names
from pellucid.legacy import OldName
from pellucid.old_modules import MODULES

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


@pytest.mark.parametrize("name", layers.REASONS)
def test_layers_that_there_are_not_are_explained(name: str) -> None:
    """By attribute, where `hasattr` has to answer, and by import; an unknown name fails as in any module."""
    with pytest.raises(AttributeError, match=f"no {name}: "):
        getattr(layers, name)
    assert not hasattr(layers, name)
    with pytest.raises(ImportError, match=f"no {name}: "):
        exec(f"from pellucid.layers import {name}", {})
    assert not hasattr(layers, "NoSuchLayer")
    with pytest.raises(ImportError, match="NoSuchLayer"):
        exec("from pellucid.layers import NoSuchLayer", {})


@pytest.mark.parametrize(("module", "name"), [("recurrent", "LSTM"), ("wrappers", "Bidirectional")])
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


OLD_PATHS = {
    "utils.data_utils": "Sequence",
    "layers.advanced_activations": "ELU LeakyReLU PReLU ReLU Softmax ThresholdedReLU",
    "layers.convolutional": "AtrousConvolution1D AtrousConvolution2D AveragePooling1D Conv1D Conv1DTranspose Conv2D "
    "Conv2DTranspose Conv3D Conv3DTranspose Convolution1D Convolution2D Convolution3D Convolution2DTranspose "
    "Cropping1D Cropping2D Cropping3D Deconvolution2D Deconvolution3D DepthwiseConv1D DepthwiseConv2D MaxPooling2D "
    "SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D UpSampling1D UpSampling2D "
    "UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D",
    "layers.core": "Activation ActivityRegularization Dense Dropout Flatten Lambda Merge Permute RepeatVector Reshape "
    "SpatialDropout1D SpatialDropout2D SpatialDropout3D",
    "layers.local": "LocallyConnected1D LocallyConnected2D",
    "layers.merge": "Add Average Concatenate Dot Maximum Minimum Multiply Subtract add average concatenate dot maximum "
    "minimum multiply subtract",
    "layers.noise": "AlphaDropout GaussianDropout GaussianNoise",
    "layers.pooling": "AveragePooling1D AveragePooling2D AveragePooling3D GlobalAveragePooling2D GlobalMaxPooling1D "
    "MaxPooling1D MaxPooling2D MaxPooling3D",
    "layers.normalization": "BatchNormalization",
    "layers.wrappers": "TimeDistributed",
    "engine": "Input InputLayer Layer",
    "engine.base_layer": "Layer",
    "engine.input_layer": "Input InputLayer",
    "engine.sequential": "Sequential",
    "engine.topology": "Input InputLayer Layer",
    "engine.training": "Model",
    "initializations": "get",
    "metrics.metrics": "BinaryAccuracy",
    "objectives": "CategoricalCrossentropy",
    "optimizers.schedules": "ExponentialDecay",
    "utils.np_utils": "normalize to_categorical",
    "utils.vis_utils": "plot_model",
    "utils.visualize_util": "plot",
    "utils.generic_utils": "CustomObjectScope get_custom_objects",
    "backend.tensorflow_backend": "get_value set_value",
    "applications.mobilenetv2": "MobileNetV2 decode_predictions preprocess_input",
    "applications.resnet50": "ResNet50 decode_predictions preprocess_input",
}
"""What older Kerases had where."""


@pytest.mark.parametrize("path", OLD_PATHS)
def test_old_paths_hold_what_they_held_and_nothing_of_their_own(path: str) -> None:
    """Imported by name, as a whole, and through the package around them; everything is what it is today."""
    names = OLD_PATHS[path].split()
    today = importlib.import_module(f"pellucid.{MODULES.get(path, path)}")
    module = importlib.import_module(f"pellucid.{path}")
    assert set(names) <= set(dir(module))
    found: dict[str, object] = {}
    exec(f"from pellucid.{path} import {', '.join(names)}", found)
    exec(f"from pellucid.{path} import *\nimport pellucid.{path}", found)
    for name in {*module.__all__, *names}:
        assert found[name] is getattr(module, name) is getattr(today, name)


@pytest.mark.parametrize("path", ["layers.convolutional", "layers.merge", "utils.np_utils", "engine.topology"])
def test_old_paths_are_found_first_of_all(path: str) -> None:
    """In a process that has imported nothing else."""
    name = f"pellucid.{path}"
    script = f"import importlib\nold = importlib.import_module('{name}')\nprint(type(old).__name__)\nold.no_such_thing"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stdout.strip() == "OldModule"
    assert ": module 'pellucid." in result.stderr.splitlines()[-1]


def test_every_old_path_has_a_row_above() -> None:
    assert set(MODULES) - set(OLD_PATHS) == {
        *("layers.convolutional_recurrent", "layers.embeddings", "layers.recurrent"),
        "utils.multi_gpu_utils",
    }, "see above; the last has what is explained and not there"


def test_old_paths_show_no_modules_and_nothing_private() -> None:
    module = importlib.import_module("pellucid.layers.core")
    assert "Dense" in dir(module) and not {"base", "convolution", "Any"} & set(dir(module))
    for name in ("base", "_missing", "__path__"):
        with pytest.raises(AttributeError, match=f"'pellucid.layers.core' has no attribute '{name}'"):
            getattr(module, name)
