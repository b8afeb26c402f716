"""`pellucid run --check` on arguments by name: what nothing takes is told by line, what some Keras took is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pellucid import Sequential, layers
from pellucid.cli.script import read_script
from pellucid.cli.script_look import seen_in
from pellucid.errors import ArgumentError
from pellucid.legacy import LegacyWarning

SCRIPTS = Path(__file__).with_name("scripts")
HEAD = """from keras import layers, models, optimizers, callbacks
import tensorflow as tf
from keras.layers import Convolution2D, Dense
model = models.Sequential()
other = object()
"""

WRONG = {
    "a misspelt word": ("Dense(3, kernal_initializer='ones')", "did you mean 'kernel_initializer'?"),
    "of another layer": ("layers.Conv2D(3, 3, recurrent_dropout=0.1)", "unknown argument 'recurrent_dropout'"),
    "of Keras alone": ("layers.Dense(3, lora_rank=2)", "Keras has the argument 'lora_rank', Pellucid has not"),
    "of an optimiser": ("optimizers.Adam(learning_rat=0.1)", "did you mean 'learning_rate'?"),
    "of a callback": ("callbacks.EarlyStopping(pacience=3)", "did you mean 'patience'?"),
    "of TensorFlow's": ("tf.reduce_mean([1.0], axes=0)", "unknown argument 'axes'"),
    "of a method": ("model.compile(los='mse')", "compile: unknown argument 'los'; did you mean 'loss'?"),
    "inside of another call": ("model.add(layers.Dropout(rat=0.5))", "did you mean 'rate'?"),
}

RIGHT = (
    "Convolution2D(nb_filter=3, nb_row=3, nb_col=3, border_mode='same', input_shape=(8, 8, 1))",
    "layers.Dense(3, init='uniform', input_dim=4, name='d', dtype='float32')",
    "optimizers.SGD(lr=0.1, decay=1e-6, clipnorm=1.0)",
    "model.fit([1], [1], nb_epoch=2, verbose=0)",
    "model.save('x.h5', include_optimizer=True, save_format='h5')",
    "other.fit(whatever=3)",
    "model = other\nmodel.fit(whatever=3)",
    "layers.Lambda(lambda x: x, output_shape=(3,))",
    "tf.constant([1], dtype=tf.float32, name='c')",
    "dict(**{'a': 1})",
    "Dense(**{'units': 3})",
)


@pytest.mark.parametrize("name", WRONG)
def test_what_nothing_takes(name: str, tmp_path: Path) -> None:
    line, said = WRONG[name]
    script = tmp_path / "script.py"
    script.write_text(f"{HEAD}{line}\n")
    (found,) = seen_in(read_script(script)).missing
    assert found.line == HEAD.count("\n") + 1
    assert said in found.message


def test_what_some_keras_took(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(HEAD + "\n".join(RIGHT))
    assert seen_in(read_script(script)).missing == ()


def test_all_recipes_pass() -> None:
    """But the one whose training step is refused."""
    found = {path.stem: seen_in(read_script(path)).missing for path in sorted(SCRIPTS.glob("*.py"))}
    assert [name for name, missing in found.items() if missing] == ["keras3_train_step"]


METHODS = """import keras
from keras.layers import *
class Patches(Layer):
    def call(self, images):
        return keras.ops.no_such_thing(images)
class Unused(Layer):
    def call(self, images):
        return keras.ops.nothing_like_it(images)
def unused():
    return LSTM(2)
class Lines(object):
    def _of(self):
        return ConvLSTM2D(3, 3)
model = [Patches(), Lines(), Conv2D(3, 3), range(3)]
"""


def test_methods_of_classes_and_names_of_a_star(tmp_path: Path) -> None:
    """The library calls the methods of layers, whoever else mentions them; a star brings names that are looked up."""
    script = tmp_path / "script.py"
    script.write_text(METHODS)
    found = seen_in(read_script(script)).missing
    assert [(each.line, each.message.partition(":")[0]) for each in found] == [
        (5, "Pellucid has no keras.ops.no_such_thing"),
        (13, "there is no ConvLSTM2D"),
    ]


def test_a_module_that_is_gone_and_what_was_in_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("from keras.layers.convolutional_recurrent import ConvLSTM2D\nfrom keras.engine import Layer\n")
    (found,) = seen_in(read_script(script)).missing
    assert found.message.startswith("there is no ConvLSTM2D: Pellucid is for convolutional networks")


def test_words_of_saving(tmp_path: Path) -> None:
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    with pytest.warns(LegacyWarning, match="is an older spelling"):
        model.save(tmp_path / "a.keras", include_optimizer=True)
    with pytest.raises(ArgumentError, match="leaves it"):
        model.save(tmp_path / "a.keras", include_optimizer=False)
    with pytest.raises(ArgumentError, match="the ending of the file says it"):
        model.save_weights(tmp_path / "a", save_format="tf")
