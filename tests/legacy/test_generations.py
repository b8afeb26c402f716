"""Where somebody says for which Keras a call was written, nothing has two meanings, and defaults are that Keras's."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from keras import layers as keras_layers
from keras import optimizers as keras_optimizers
from recording import parameters, read_back, translated

from pellucid import Input, Model, Sequential, layers, legacy, optimizers
from pellucid.cli.run import report_defaults
from pellucid.cli.script import Part, Script
from pellucid.errors import ArgumentError
from pellucid.legacy import OldDefault, TwoReadings, written_for
from pellucid.legacy.recognition import Recognised, Sign
from pellucid.naming import clear_session, names_kept

SCRIPT = Script(Path("a.py"), (Part("a.py", b""),))


def said(keras: int | None) -> AbstractContextManager[None]:
    """Inside, it is said for which Keras calls are written, or not."""
    return nullcontext() if keras is None else written_for(keras)


KERNEL, STEPS = "Conv2D(8, (3, 2))", "Conv2D(8, 3, 2)"
TABLE = [
    ("Conv2D(8, 3, 2)", KERNEL, None, STEPS),
    ("Convolution2D(8, 3, 2)", KERNEL, KERNEL, STEPS),
    ("Conv2D(8, 3, 2, padding='same')", None, None, "Conv2D(8, 3, 2, 'same')"),
    ("Convolution2D(8, 3, 2, padding='same')", None, None, "Conv2D(8, 3, 2, 'same')"),
    ("Conv2D(8, 3, 2, border_mode='same')", *["Conv2D(8, (3, 2), padding='same')"] * 3),
    ("Conv2D(8, (3, 3), 2)", *["Conv2D(8, (3, 3), 2)"] * 3),
    ("Conv2DTranspose(8, 3, 2)", "Conv2DTranspose(8, (3, 2))", *["Conv2DTranspose(8, 3, 2)"] * 2),
    ("Convolution3D(8, 3, 2)", None, None, "Conv3D(8, 3, 2)"),
]
"""For a call what it means in Keras 1 and 2, unsaid, and in Keras 3; None where it is refused."""


@pytest.mark.parametrize(("written", "old", "unsaid", "new"), TABLE, ids=[row[0] for row in TABLE])
def test_numbers_with_two_meanings(written: str, old: str | None, unsaid: str | None, new: str | None) -> None:
    owner, args, kwargs = eval(f"call({written!r})", {"call": split})
    for keras, expected in ((1, old), (2, old), (None, unsaid), (3, new)):
        today = (expected or new or "").partition("(")[0]
        with said(keras):
            if expected is None:
                with pytest.raises(TwoReadings):
                    translated(owner, args, kwargs, parameters(today))
            else:
                call, _ = translated(owner, args, kwargs, parameters(today))
                assert (today, call) == read_back(expected, parameters(today))
    assert hasattr(keras_layers, today)


def split(text: str) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """A call as text: what is called, with what by position and by name."""
    owner, _, rest = text.partition("(")
    args, kwargs = eval(f"call({rest}", {"call": lambda *args, **kwargs: (args, kwargs)})
    return owner, args, kwargs


def test_a_number_that_may_be_epsilon() -> None:
    names = ["learning_rate", "rho", "momentum", "epsilon"]
    with written_for(2):
        assert translated("RMSprop", (0.1, 0.9, 1e-8), {}, names)[0]["epsilon"] == 1e-16  # under the root today
    with written_for(3):
        assert translated("RMSprop", (0.1, 0.9, 1e-8), {}, names)[0]["momentum"] == 1e-8


@pytest.mark.parametrize(("name", "once"), [("Adadelta", 1.0), ("Adagrad", 0.01)])
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, JAX and NumPy 2
def test_defaults_of_optimisers(name: str, once: float) -> None:
    """By call and by name; today's are those of Keras 3, and for Keras 3 nothing is said."""
    todays = getattr(keras_optimizers, name)().get_config()["learning_rate"]
    for keras, expected in ((1, once), (2, once), (3, todays), (None, todays)):
        with legacy.collected() as found, said(keras):
            rates = [getattr(optimizers, name)().learning_rate, optimizers.get(name.lower()).learning_rate]
        assert rates == pytest.approx([expected] * 2)
        kind = {1: legacy.Translation, 2: legacy.Translation, None: legacy.Unsettled}.get(keras)
        assert [type(each) for each in found] == [kind] * 2 * (kind is not None)
        assert all(f"learning_rate={once}" in str(item) for item in found)


def test_what_is_today_stays_so() -> None:
    """Calls that are clear are read alike, whoever wrote them."""
    for keras in (1, 2, 3):
        with legacy.collected() as found, written_for(keras):
            layers.Conv2D(8, (3, 3), padding="same")
            layers.Dense(3, "relu")
            optimizers.SGD(0.01)
        assert found == []


@pytest.mark.parametrize("keras", [0, 4, 2.5, "2", None, True])
def test_a_keras_that_there_is_not(keras: Any) -> None:
    with pytest.raises(ArgumentError, match="generations 1, 2 and 3"), written_for(keras):
        pass


def test_what_many_layers_of_one_line_left_unsaid_is_told_once() -> None:
    told = [OldDefault(f'BatchNormalization "bn_{n}": it', "so", "otherwise", "a.py", 3) for n in range(3)]
    written = Recognised(2, (Sign(2, "lr", 1),))
    lines = report_defaults([*told, OldDefault("fit: epochs", "10", "1", "a.py", 2)], SCRIPT, written)
    assert lines[1:] == [
        "  a.py:2: fit: epochs: 10, today 1",
        '  a.py:3: BatchNormalization: it (3 of them, from "bn_0" on): so, today otherwise',
    ]
    assert report_defaults(told, SCRIPT, Recognised(3, (Sign(3, "ops", 1),))) == []


@pytest.mark.parametrize(
    ("keras", "expected"),
    [
        (1, ["input_1", "convolution2d_1", "globalaveragepooling2d_1", "dense_1", "dense_2", "model_1"]),
        (2, ["input_1", "conv2d_1", "global_average_pooling2d_1", "dense_1", "dense_2", "model_1"]),
        (3, ["input_layer", "conv2d", "global_average_pooling2d", "dense", "dense_1", "functional"]),
    ],
)
def test_names_that_nobody_gave(keras: int, expected: list[str]) -> None:
    """Scripts ask for them: `get_layer("dense_1")` is the first one in Keras 1 and 2, today the second."""
    with names_kept(), written_for(keras):
        clear_session()
        image = Input((8, 8, 1))
        x = layers.Conv2D(2, (3, 3))(image)
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(3)(x)
        model = Model(image, layers.Dense(2)(x))
        assert [*(layer.name for layer in model.layers), model.name] == expected
        assert Sequential().name == ("sequential" if keras == 3 else "sequential_1")
