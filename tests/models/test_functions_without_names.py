"""Models with lambda expressions are saved: files call such functions by numbers, and the same functions load them."""

from __future__ import annotations

import functools
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, activations, callbacks, custom, layers, load_model, models, ops
from pellucid.errors import ArgumentError, FileError
from pellucid.layers import Lambda

X = np.linspace(-1, 1, 32, dtype=np.float32).reshape(8, 4)
Y = np.linspace(0, 1, 16, dtype=np.float32).reshape(8, 2)


def twice(x: Any) -> Any:
    return x * 2.0


DOUBLE: Callable[..., Any] = lambda x: x * 2.0  # noqa: E731  # without a name is what is meant
NEGATIVE: Callable[..., Any] = lambda x: -x  # noqa: E731
SQUARES: Callable[..., Any] = lambda t, p: ops.mean(ops.square(t - p), axis=-1)  # noqa: E731
SUM: Callable[..., Any] = lambda w: 0.01 * ops.sum(ops.square(w))  # noqa: E731
STEEP = functools.partial(activations.leaky_relu, negative_slope=0.5)

KINDS: dict[str, tuple[Callable[[], list[Any]], dict[str, Any], list[Callable[..., Any]]]] = {
    "Lambda": (lambda: [Lambda(DOUBLE), layers.Dense(2), Lambda(NEGATIVE)], {}, [DOUBLE, NEGATIVE]),
    "the same twice": (lambda: [Lambda(DOUBLE), layers.Dense(2), Lambda(DOUBLE)], {}, [DOUBLE]),
    "activation": (
        lambda: [layers.Dense(3, activation=DOUBLE), layers.Dense(2, activation=STEEP)],
        {},
        [DOUBLE, STEEP],
    ),
    "Activation": (lambda: [layers.Dense(2), layers.Activation(NEGATIVE)], {}, [NEGATIVE]),
    "loss": (lambda: [layers.Dense(2)], {"loss": SQUARES}, [SQUARES]),
    "metric": (lambda: [layers.Dense(2)], {"metrics": [SQUARES]}, [SQUARES]),
}


def made(kind: str) -> tuple[Sequential, dict[str, Any]]:
    inside, compiled, functions = KINDS[kind]
    model = Sequential([layers.Input((4,)), *inside()])
    model.compile(**{"optimizer": "adam", "loss": "mse"} | compiled)
    model.fit(X, Y, epochs=2, verbose=0)
    return model, {f"<function {number}>": each for number, each in enumerate(functions, 1)}


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_with_functions_without_names_is_saved_and_loaded_with_them(
    kind: str, ending: str, tmp_path: Path
) -> None:
    """What computes computes the same; what was learned, the optimiser's memory and how it is compiled are there."""
    model, functions = made(kind)
    path = tmp_path / f"model.{ending}"
    with pytest.warns(
        UserWarning, match=rf"model\.{ending} holds names of functions, never their code, and {len(functions)}"
    ) as told:
        model.save(path)
    assert told[0].filename == __file__
    assert all(repr(name) in str(told[0].message) for name in functions)
    again = load_model(path, custom_objects=functions)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert again.evaluate(X, Y, verbose=0) == pytest.approx(model.evaluate(X, Y, verbose=0))
    again.fit(X, Y, verbose=0, shuffle=False)
    model.fit(X, Y, verbose=0, shuffle=False)
    np.testing.assert_allclose(again.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_without_the_functions_the_file_says_what_is_missing(ending: str, tmp_path: Path) -> None:
    model, _ = made("Lambda")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / f"model.{ending}")
    with pytest.raises(FileError, match=r"custom_objects=\{'<function 1>': function\}"):
        load_model(tmp_path / f"model.{ending}")


def test_a_function_with_a_name_keeps_it(tmp_path: Path) -> None:
    model = Sequential([layers.Input((4,)), Lambda(twice), layers.Dense(2, activation=twice)])
    for ending in ("keras", "h5"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.save(tmp_path / f"model.{ending}")
        again = load_model(tmp_path / f"model.{ending}", custom_objects={"twice": twice})
        np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_many_are_not_all_listed(tmp_path: Path) -> None:
    model = Sequential([layers.Input((4,)), *(Lambda(lambda x, by=by: x * by) for by in range(1, 6))])
    with pytest.warns(UserWarning) as told:
        model.save(tmp_path / "model.keras")
    assert "'<function 1>': ..., '<function 2>': ..., '<function 3>': ..., ... '<function 5>': ...}" in str(
        told[0].message
    )
    functions = {f"<function {by}>": (lambda x, by=by: x * by) for by in range(1, 6)}
    again = load_model(tmp_path / "model.keras", custom_objects=functions)
    np.testing.assert_allclose(again.predict(X, verbose=0), 120 * X, rtol=1e-6)


def test_a_checkpoint_and_a_text_hold_them_too(tmp_path: Path) -> None:
    model, functions = made("Lambda")
    with pytest.warns(UserWarning, match="never their code"):
        model.fit(X, Y, verbose=0, callbacks=[callbacks.ModelCheckpoint(tmp_path / "best.keras")])
    assert load_model(tmp_path / "best.keras", custom_objects=functions).count_params() == 10
    with pytest.warns(UserWarning, match="the text holds names of functions"):
        text = model.to_json()
    names = [each["config"].get("function") for each in json.loads(text)["config"]["layers"]]
    assert names == [None, "<function 1>", None, "<function 2>"]
    assert models.model_from_json(text, custom_objects=functions).count_params() == 10


def test_outside_of_files_a_function_without_a_name_has_none() -> None:
    assert custom.name_in_file(DOUBLE) is None
    with pytest.raises(ArgumentError, match="has no name of its own"):
        custom.function_record("loss", DOUBLE)
    with custom.functions_numbered(None), custom.functions_numbered("inner"):
        assert [custom.name_in_file(each) for each in (DOUBLE, len, NEGATIVE, DOUBLE)] == [
            "<function 1>",
            "len",
            "<function 2>",
            "<function 1>",
        ]
