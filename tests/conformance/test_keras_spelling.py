"""What a Keras user types: names, argument order, defaults; and how layers and models are named automatically."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras
import keras_oracle
import pytest
from cases.measures import METRIC_ARGUMENTS

import pellucid
from pellucid import callbacks, initializers, layers, losses, metrics, optimizers

assert keras_oracle.keras is keras

LAYERS = [name for name in layers.__all__ if name not in ("Layer", "Input", "InputLayer", "InputSpec")]
MADE_OF_LAYERS = ("SpectralNormalization", "TimeDistributed")
KERAS_3 = [
    name
    for name in LAYERS
    if hasattr(keras.layers, name) and isinstance(getattr(layers, name), type) and name not in MADE_OF_LAYERS
]
"""The layers that Keras 3 has; the others (LpPooling, LocallyConnected) are held to PyTorch or to Keras 2's list."""
WITH_DEFAULT_HERE = {"AveragePooling1D", "AveragePooling2D", "AveragePooling3D"}  # pool_size=2, as max-pooling has it


def _positional(function: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"}


def _same_default(ours: Any, theirs: Any) -> bool:
    """Equal, or one number here for the same number on each axis there."""
    return ours == theirs or (isinstance(theirs, tuple) and set(theirs) == {ours})


BY_NAME_IN_KERAS = dict.fromkeys(
    ("AutoContrast", "MaxNumBoundingBoxes", "RandomBrightness", "RandomContrast", "Solarization"), "data_format"
)
"""The last argument here, which Keras's layer takes by its name alone."""
NOT_IN_KERAS = {"RandomFlip": "alternating"}
"""The last argument here, which Keras's layer has not: whoever writes for Keras never gives it."""


@pytest.mark.parametrize("name", KERAS_3)
def test_layer_arguments_stand_where_keras_has_them(name: str) -> None:
    """Positionally, ours are the first ones of Keras, with the same defaults."""
    ours, theirs = _positional(getattr(layers, name)), _positional(getattr(keras.layers, name))
    ours.pop(BY_NAME_IN_KERAS.get(name, NOT_IN_KERAS.get(name, "")), None)
    assert list(ours) == list(theirs)[: len(ours)]
    for argument, default in ours.items():
        required_there = theirs[argument] is inspect.Parameter.empty
        assert _same_default(default, theirs[argument]) or (required_there and name in WITH_DEFAULT_HERE), argument


_METRICS = {name: cls for name, cls in metrics.METRICS.classes.items() if cls is not metrics.ConfusionMatrix}
"""Those that Keras has too."""
OTHERS = [
    *[(getattr(optimizers, name), getattr(keras.optimizers, name)) for name in (
        "SGD", "Adam", "RMSprop", "Adagrad", "Adadelta",
    )],
    *[(cls, getattr(keras.losses, cls.__name__)) for cls in losses.LOSSES.classes.values()],
    *[(cls, getattr(keras.metrics, cls.__name__)) for cls in _METRICS.values()],
    *[(getattr(callbacks, name), getattr(keras.callbacks, name)) for name in (
        "EarlyStopping", "Callback", "History", "BackupAndRestore",
    )],
    *[(getattr(initializers, name), getattr(keras.initializers, name)) for name in (
        "Zeros", "Ones", "Constant", "RandomUniform", "RandomNormal", "TruncatedNormal", "VarianceScaling",
        "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal", "Orthogonal",
    )],
    *[(getattr(pellucid.Model, name), getattr(keras.Model, name)) for name in (
        "compile", "fit", "evaluate", "train_on_batch", "summary", "save", "get_layer", "count_params", "get_weights",
        "set_weights",
    )],
    *[(getattr(pellucid.Sequential, name), getattr(keras.Sequential, name)) for name in ("add", "pop", "build")],
]  # fmt: skip

ALWAYS_ASKED_FOR = {("fit", "x"), ("fit", "y"), ("evaluate", "x"), ("evaluate", "y"), ("train_on_batch", "y")}


@pytest.mark.parametrize(("ours", "theirs"), OTHERS, ids=[ours.__qualname__ for ours, _ in OTHERS])
def test_other_arguments(ours: Callable[..., Any], theirs: Callable[..., Any]) -> None:
    """Same names, in the same order, with the same defaults, for the arguments that are here."""
    mine, reference = _positional(ours), _positional(theirs)
    assert list(mine) == [argument for argument in reference if argument in mine]
    for argument, default in mine.items():
        if argument != "name" and (ours.__name__, argument) not in ALWAYS_ASKED_FOR:
            assert _same_default(default, reference[argument]), argument


def test_names_of_optimizers() -> None:
    """As they stand in files, and counted: the second of a kind is another one."""
    _clear(keras)
    _clear(pellucid)
    for _ in range(2):
        for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "ScheduleFreeAdamW"):
            assert getattr(optimizers, name)().name == getattr(keras.optimizers, name)().name
    own = [type("Mine", (library.optimizers.SGD,), {})().name for library in (pellucid, keras) for _ in range(2)]
    assert own[:2] == own[2:] == ["mine", "mine_1"]


@pytest.mark.parametrize("kind", ["losses", "metrics"])
def test_names_of_losses_and_metrics(kind: str) -> None:
    """As they stand in histories and files; Keras knows each name, and so do we."""
    _clear(keras)
    _clear(pellucid)
    for name, cls in (losses.LOSSES.classes if kind == "losses" else _METRICS).items():
        given = METRIC_ARGUMENTS.get(cls.__name__, {})
        theirs = getattr(getattr(keras, kind), cls.__name__)(**given)
        assert cls(**given).name == theirs.name == OTHER_NAMES.get(name, name)
        assert given or name in UNKNOWN_TO_KERAS or getattr(keras, kind).get(name) is not None


OTHER_NAMES = {"f_beta_score": "fbeta_score", "huber": "huber_loss", "log_cosh_error": "logcosh"}
"""What objects are called whose class has another name in tables."""
UNKNOWN_TO_KERAS = {"categorical_generalized_cross_entropy"}
"""What Keras's own `get` does not find, by the name that its class has in tables."""
REQUIRED = {
    "factor": 1.0,
    "height_factor": 0.5,
    "width_factor": 0.5,
    "activation": "relu",
    "rate": 0.5,
    "stddev": 0.5,
    "dims": (1,),
    "target_shape": (-1,),
    "axes": 1,
    "function": abs,
    "equation": "ab,bc->ac",
}
"""Values for arguments that have no default and do not take a 2."""


@pytest.fixture(scope="module")
def automatic_names() -> list[dict[str, list[str]]]:
    """The first three names of each class, here and in Keras: once, since Keras forgets what it has compiled too."""
    found, order = [], sorted(KERAS_3, key=lambda name: name in MADE_OF_OTHERS)
    for library in (pellucid, keras):
        _clear(library)
        named = {name: getattr(library.layers, name) for name in order if name not in WORDS}
        found.append({name: [cls(*_required(name)).name for _ in range(3)] for name, cls in named.items()})
    return found


REFUSE_DEFAULTS: dict[str, list[Any]] = {"CategoryEncoding": [2], "Discretization": [[0.0, 1.0]]}
"""What these cannot be made without, whatever their signatures say."""
WORDS = ("IntegerLookup", "StringLookup", "TextVectorization")
"""Layers of Keras's that need TensorFlow beside; `test_keras_words.py` holds them to what it computed there."""
MADE_OF_OTHERS = ("AugMix", "RandAugment")
"""Layers that Keras makes of others, whose names are counted then: they come last."""


def _required(name: str) -> list[Any]:
    """Values for the arguments of a layer that have no default."""
    if name in REFUSE_DEFAULTS:
        return REFUSE_DEFAULTS[name]
    parameters = _positional(getattr(keras.layers, name)).items()
    return [REQUIRED.get(argument, 2) for argument, default in parameters if default is inspect.Parameter.empty]


@pytest.mark.parametrize("name", [name for name in KERAS_3 if name not in WORDS])
def test_automatic_names(name: str, automatic_names: list[dict[str, list[str]]]) -> None:
    """The first of a class, the second, the third: `conv2d`, `conv2d_1`, `conv2d_2`."""
    ours, theirs = automatic_names
    assert len(set(ours[name])) == 3 and ours[name] == theirs[name]


def _clear(library: Any) -> None:
    (library.clear_session if library is pellucid else keras.backend.clear_session)()


def test_automatic_names_of_inputs_and_models() -> None:
    """Inputs, Sequential and functional models count likewise."""
    found = []
    for library in (pellucid, keras):
        _clear(library)
        first, second = library.Input((4,)), library.Input((4,))
        add = library.layers.Add()([first, second])
        model, chain = library.Model([first, second], add), library.Sequential()
        again = library.Model([first, second], add)
        found.append([*[layer.name for layer in model.layers], model.name, again.name, chain.name])
    assert found[0] == found[1]


def test_order_of_layers_in_a_functional_model() -> None:
    """By depth and then by the walk from the outputs, as `model.layers` and weight files have it."""
    found = []
    for library in (pellucid, keras):
        _clear(library)
        k, x, z = library.layers, library.Input((6, 6, 2), name="x"), library.Input((4, 4, 2), name="z")
        a = k.Conv2D(3, 3, name="a")(x)
        b = k.Conv2D(3, 1, name="b")(z)
        c = k.Concatenate(name="c")([b, a])
        shared = k.Dense(2, name="shared")
        d, e = shared(k.Flatten(name="fc")(c)), k.GlobalMaxPooling2D(name="e")(b)
        f = k.Add(name="f")([d, k.Dense(2, name="de")(e)])
        model = library.Model([z, x], [f, k.Softmax(name="s")(d)])
        found.append([layer.name for layer in model.layers])
    assert found[0] == found[1]
