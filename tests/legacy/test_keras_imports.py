"""`import keras` and `import tensorflow` inside `keras_is_pellucid`: what they find, and what is said otherwise."""

from __future__ import annotations

import importlib
import sys

import keras as real_keras
import pytest

import pellucid
from pellucid import layers, optimizers
from pellucid.cli.keras_imports import keras_is_pellucid

PATHS = {
    "keras": ["Sequential", "Model", "Input", "layers", "backend", "utils", "datasets"],
    "keras.models": ["Sequential", "Model", "load_model"],
    "keras.layers": ["Dense", "Convolution2D", "MaxPooling2D", "MaxPool2D", "Input", "Layer", "merge"],
    "keras.layers.core": ["Dense", "Dropout", "Activation", "Flatten"],
    "keras.layers.convolutional": ["Convolution2D", "Conv2D", "MaxPooling2D", "ZeroPadding2D", "UpSampling2D"],
    "keras.layers.pooling": ["MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D"],
    "keras.layers.normalization": ["BatchNormalization"],
    "keras.layers.advanced_activations": ["LeakyReLU", "PReLU", "ELU"],
    "keras.layers.noise": ["GaussianNoise", "GaussianDropout"],
    "keras.layers.merge": ["concatenate", "Concatenate", "add", "Add"],
    "keras.engine": ["Layer", "Input"],
    "keras.engine.topology": ["Layer"],
    "keras.optimizers": ["SGD", "Adam", "RMSprop"],
    "keras.regularizers": ["l2", "l1", "l1l2", "l1_l2"],
    "keras.constraints": ["maxnorm", "max_norm", "nonneg"],
    "keras.initializers": ["RandomNormal"],
    "keras.objectives": ["CategoricalCrossentropy"],
    "keras.callbacks": ["EarlyStopping", "Callback"],
    "keras.utils": ["to_categorical", "np_utils"],
    "keras.utils.np_utils": ["to_categorical"],
    "keras.datasets": ["mnist"],
    "keras.datasets.mnist": ["load_data"],
    "keras.backend": ["image_dim_ordering", "set_image_dim_ordering", "image_data_format", "epsilon", "mean"],
    "tensorflow": ["keras"],
    "tensorflow.keras": ["layers", "models", "Sequential"],
    "tensorflow.keras.layers": ["Conv2D", "Dense"],
    "tensorflow.python.keras.layers": ["Conv2D"],
    "tensorflow.random": ["set_seed"],
}


@pytest.mark.parametrize("path", PATHS)
def test_paths_of_the_tutorials(path: str) -> None:
    """`from PATH import NAME` for each, through the facade and from Pellucid itself."""
    with keras_is_pellucid():
        names: dict[str, object] = {}
        exec(f"from {path} import {', '.join(PATHS[path])}", names)
    assert set(PATHS[path]) <= set(names)
    if path.startswith("keras") and "engine" not in path and "objectives" not in path:
        ours = importlib.import_module(path.replace("keras", "pellucid", 1))
        for name in PATHS[path]:
            found = getattr(ours, name)
            assert names[name] is found or isinstance(found, type(sys))


def test_what_is_found_is_pellucid() -> None:
    with keras_is_pellucid():
        import keras
        import tensorflow as tf
        from keras import backend as K
        from tensorflow import keras as tf_keras

        assert keras.layers.Dense is tf.keras.layers.Dense is tf_keras.layers.Dense is layers.Dense
        assert keras.layers.Convolution2D is layers.Convolution2D
        assert tf.keras is tf_keras
        assert K.image_dim_ordering() == "tf"
        assert keras.__version__.startswith("3.") and tf.__version__.startswith("2.")
        assert tf.random.set_seed.__module__.startswith("pellucid.")
        assert "Conv2D" in dir(keras.layers) and "Convolution2D" in dir(keras.layers)
        assert not hasattr(keras.layers, "no_such_layer") and not hasattr(keras, "__wrapped__")


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam"])
def test_optimisers_have_small_names_too(name: str) -> None:
    """Keras 2 has them; here some are modules."""
    with keras_is_pellucid():
        import keras

        assert getattr(keras.optimizers, name.lower()) is getattr(optimizers, name)
        assert getattr(importlib.import_module("keras.optimizers"), name.lower())(0.5).learning_rate == 0.5


def test_everything_at_once() -> None:
    """`from keras.layers import *` brings layers under all their names, and nothing else."""
    with keras_is_pellucid():
        names: dict[str, object] = {}
        exec("from keras.layers import *", names)
    assert {"Dense", "Convolution2D", "MaxPooling2D", "merge"} <= set(names)
    assert not {"base", "symbolic", "Any", "Sequence"} & set(names)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("from keras.layers import Conv2d", "no keras.layers.Conv2d; did you mean 'Conv2D'"),
        ("from keras.layers import Densse", "did you mean 'Dense'"),
        ("from tensorflow.keras.optimizers import Adan", "did you mean 'Ada"),
        ("from keras.layers import LSTM", "no recurrent layers"),
        ("from keras.layers.recurrent import LSTM", "no recurrent layers"),
        ("from keras.layers import Hashing", "StringLookup numbers words"),
        ("from keras.modells import Sequential", "no keras.modells; did you mean 'models'"),
        ("import keras.modells", "did you mean 'models'"),
        ("import tensorflow.raw_ops", "TensorFlow's own"),
        ("from tensorflow import sysconfig", "TensorFlow's own"),
        ("import tensorflow.keras.layers.nothing", "no tensorflow.keras.layers.nothing"),
        ("import keras.layers.Dense", "keras.layers.Dense is no module"),
        ("import keras.layers.core.nothing.more", "no keras.layers.core.nothing"),
    ],
)
def test_an_unknown_name_is_explained(statement: str, message: str) -> None:
    with keras_is_pellucid(), pytest.raises(ImportError) as caught:
        exec(statement, {})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("keras.layers.Conv2d", "did you mean 'Conv2D'"),
        ("keras.layers.conv2D", "did you mean 'Conv2D'"),
        ("keras.layers.LSTM", "no recurrent layers"),
        ("keras.modells", "did you mean 'models'"),
        ("tensorflow.raw_ops", "TensorFlow's own"),
        ("keras.layers._private", "no attribute '_private'"),
    ],
)
def test_an_unknown_attribute_is_explained(expression: str, message: str) -> None:
    with keras_is_pellucid():
        import keras
        import tensorflow

        with pytest.raises(AttributeError) as caught:
            eval(expression, {"keras": keras, "tensorflow": tensorflow})
    assert message in str(caught.value)


def test_afterwards_all_is_as_before() -> None:
    """Also when the inside fails: the real Keras is found again, TensorFlow is not."""
    finders = list(sys.meta_path)
    with pytest.raises(ZeroDivisionError), keras_is_pellucid():
        import keras
        import tensorflow

        assert keras is not real_keras and tensorflow.keras.Model is pellucid.Model
        1 / 0  # noqa: B018
    assert sys.meta_path == finders
    assert sys.modules["keras"] is real_keras
    assert not [name for name in sys.modules if name.partition(".")[0] == "tensorflow"]
    assert importlib.import_module("keras.layers") is real_keras.layers
