"""One warning for each old call, at the user's line that holds it; it can be filtered, collected and read back."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, Sequential, layers, legacy, optimizers, regularizers
from pellucid.legacy import LegacyWarning
from pellucid.utils import to_categorical


def here() -> int:
    """The line from which this is called."""
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return frame.f_back.f_lineno


def model() -> Model:
    """A compiled model of one layer."""
    made = Sequential([Input((4,)), layers.Dense(2)])
    made.compile("sgd", "mse")
    return made


X, Y = np.zeros((4, 4), np.float32), np.zeros((4, 2), np.float32)

CALLS: dict[str, Callable[[], Any]] = {
    "a layer": lambda: layers.Dense(output_dim=3),
    "a layer by an old name": lambda: layers.Convolution2D(3, 3, 3),
    "a model": lambda: (lambda x: Model(input=x, output=layers.Dense(2)(x)))(Input((4,))),
    "a method": lambda: model().fit(X, Y, nb_epoch=1, verbose=0),
    "an optimiser": lambda: optimizers.SGD(lr=0.1),
    "a penalty": lambda: regularizers.l1l2(),
    "a function": lambda: to_categorical([0, 1], nb_classes=2),
    "several old words": lambda: layers.Convolution2D(3, 3, 3, border_mode="same", init="one", bias=False),
}


@pytest.mark.parametrize("kind", CALLS)
def test_one_warning_at_the_line_of_the_call(kind: str) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        CALLS[kind]()
    (warning,) = heard
    assert warning.category is LegacyWarning and issubclass(LegacyWarning, UserWarning)
    assert warning.filename == __file__
    lines = inspect.getsource(inspect.getmodule(model)).splitlines()  # type: ignore[arg-type]
    assert f'"{kind}": lambda' in lines[warning.lineno - 1]


def test_from_inside_of_functions_and_classes_of_ones_own() -> None:
    """The line is the innermost that is not the library's: of a helper, and of a subclass's `__init__`."""

    def helper() -> layers.Layer:
        lines.append(here() + 1)
        return layers.Dropout(p=0.5)

    class Pair(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            lines.append(here() + 1)
            self.first = layers.Dense(output_dim=3)

    lines: list[int] = []
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        helper()
        Pair()
    assert [(item.filename, item.lineno) for item in heard] == [(__file__, line) for line in lines]


def test_a_loop_is_heard_once_and_another_line_again() -> None:
    """As Python does it with every warning, unless it is told otherwise."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("default")
        for _ in range(3):
            layers.Dropout(p=0.5)
        layers.Dropout(p=0.5)
    assert len(heard) == 2


def test_it_can_be_made_an_error_or_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", LegacyWarning)
        with pytest.raises(LegacyWarning, match=r"today: Dropout\(rate=0.5\)"):
            layers.Dropout(p=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", LegacyWarning)
        assert layers.Dropout(p=0.5).rate == 0.5


def test_todays_words_are_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layers.Conv2D(3, 3, padding="same")
        layers.Convolution2D(3, (3, 3))
        layers.Dense(3, input_shape=(4,), weights=[np.zeros((4, 3)), np.zeros(3)])
        model().fit(X, Y, epochs=1, verbose=0)


def test_what_the_library_makes_again_is_silent() -> None:
    """A layer from a configuration, a loaded model: nothing old is left in them."""
    layer = layers.Conv2D(3, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layers.Conv2D.from_config(layer.get_config())


def test_collected_instead_of_warned() -> None:
    with warnings.catch_warnings(), legacy.collected() as found:
        warnings.simplefilter("error")
        layers.Dropout(p=0.5)
        line = here() - 1
        with legacy.collected() as inner:
            layers.Dense(output_dim=2)
    assert [(item.old, item.today, item.line) for item in found] == [("Dropout(p=0.5)", "Dropout(rate=0.5)", line)]
    assert [item.file for item in (*found, *inner)] == [__file__] * 2
    assert inner[0].today == "Dense(units=2)"
    with pytest.warns(LegacyWarning):
        layers.Dropout(p=0.5)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([np.zeros((3, 3)), np.zeros(3)], "weights=weights"),
        (np.float32(0.5), "weights=0.5"),
        (np.int64(3), "weights=3"),
        (regularizers.L2(0.25), "weights=L2(l2=0.25)"),
        (len, "weights=len"),
        (lambda shape: shape, "weights=weights"),
        (object(), "weights=weights"),
        ("x" * 200, "weights=weights"),
        ((1,), "weights=(1,)"),
        ([(1, 2), None, True], "weights=[(1, 2), None, True]"),
        ({"a": (1.5,)}, "weights={'a': (1.5,)}"),
        ({"a": object()}, "weights=weights"),
    ],
)
def test_values_are_shown_as_one_would_type_them(value: object, shown: str) -> None:
    """What cannot be typed is shown as the name of its parameter."""
    with legacy.collected() as found:
        legacy.translate("Dense", ["units"], (), {"output_dim": 3, "weights": value})
    assert found[0].today == f"Dense(units=3, {shown})"


def test_data_by_position_is_shown_by_its_name() -> None:
    with legacy.collected() as found:
        model().fit(X, Y, nb_epoch=1, verbose=0)
    assert found[0].old == "fit(x, y, nb_epoch=1, verbose=0)"
    assert found[0].today == "fit(x, y, epochs=1, verbose=0)"


def test_signatures_are_still_todays() -> None:
    """Decorated functions show their own parameters and docstrings."""
    assert list(inspect.signature(to_categorical).parameters) == ["x", "num_classes"]
    assert list(inspect.signature(pellucid.Model.fit).parameters)[:3] == ["self", "x", "y"]
    assert "one-hot" in (to_categorical.__doc__ or "")
