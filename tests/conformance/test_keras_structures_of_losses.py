"""Losses, weights and metrics in structures, for outputs in structures: what is told, against Keras."""

from __future__ import annotations

from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid

assert keras_oracle.keras is keras

X = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
A, B, C = (np.random.default_rng(n).uniform(size=(12, 1)).astype(np.float32) for n in (1, 2, 3))


def _all(library: Any) -> Any:
    """A loss of several outputs in any structure."""

    def flat(structure: Any) -> list[Any]:
        if isinstance(structure, dict):
            return [each for key in sorted(structure) for each in flat(structure[key])]
        return [e for item in structure for e in flat(item)] if isinstance(structure, list | tuple) else [structure]

    def apart(y_true: Any, y_pred: Any) -> Any:
        return sum(
            library.ops.mean(library.ops.abs(t - p), axis=-1) for t, p in zip(flat(y_true), flat(y_pred), strict=True)
        )

    return apart


def _list(outputs: list[Any]) -> Any:
    return outputs[:2]


def _dict(outputs: list[Any]) -> Any:
    return {"b": outputs[0], "a": outputs[1]}


def _nested(outputs: list[Any]) -> Any:
    return {"a": (outputs[0], outputs[1]), "d": outputs[2]}


CASES: dict[str, tuple[Any, Any]] = {
    "a list in a list": (_list, lambda f: {"loss": ["mse", ["bce"]], "loss_weights": [0.5, 2.0]}),
    "two losses of one output": (_list, lambda f: {"loss": ["mse", ["mse", "mae"]]}),
    "lists by name": (_dict, lambda f: {"loss": {"a": "mse", "b": ["bce"]}}),
    "one output alone": (_dict, lambda f: {"loss": {"b": ["bce"]}, "metrics": {"b": ["mse", "accuracy"]}}),
    "all, and each": (_list, lambda f: {"loss": (f, ["mse", "mae"])}),
    "all, and each, weighted": (
        _dict,
        lambda f: {"loss": [f, {"a": "mse", "b": "mae"}], "loss_weights": [3.0, 0.5, 2]},
    ),
    "deeper": (_nested, lambda f: {"loss": {"a": [f, (None, "mse")], "d": "mae"}}),
    "metrics without a loss": (_list, lambda f: {"loss": ["mse", None], "metrics": [[], ["mae", "accuracy"]]}),
}


@pytest.mark.parametrize("case", CASES)
def test_numbers(case: str) -> None:
    """Two epochs: each number under its name."""
    arrange, compiled = CASES[case]
    told, weights = [], None
    for library in (keras, pellucid):
        x = library.Input((3,), name="x")
        ends = [library.layers.Dense(1, "sigmoid", name=name)(x) for name in ("one", "two", "three")]
        model = library.Model(x, arrange(ends))
        weights = weights or model.get_weights()
        model.set_weights(weights)
        model.compile("sgd", **compiled(_all(library)))
        told.append(model.fit(X, arrange([A, B, C]), batch_size=4, epochs=2, shuffle=False, verbose=0).history)
    assert sorted(told[0]) == sorted(told[1])
    for name, values in told[0].items():
        np.testing.assert_allclose(told[1][name], values, rtol=2e-5, err_msg=name)


def test_files() -> None:
    """Structures of losses are told in the configuration, and are the same again."""
    x = pellucid.Input((3,))
    model = pellucid.Model(x, [pellucid.layers.Dense(1, name=name)(x) for name in "ab"])
    model.compile("sgd", ["mse", ["mse", "mae"]], [0.5, 1.0, 2.0])
    again = pellucid.models.clone_model(model)
    again.set_weights(model.get_weights())
    again.compile_from_config(model.get_compile_config())
    assert again.evaluate(X, [A, B], verbose=0) == model.evaluate(X, [A, B], verbose=0)


def test_metrics_alone() -> None:
    """Can be evaluated, with nothing to make small."""
    x = pellucid.Input((3,))
    model = pellucid.Model(x, pellucid.layers.Dense(1)(x))
    model.compile("sgd", metrics=["mse"])
    expected = np.mean((model.predict(X) - A) ** 2)
    np.testing.assert_allclose(model.evaluate(X, A, verbose=0), [0.0, expected], rtol=1e-6)
    with pytest.raises(pellucid.errors.ArgumentError, match="nothing to make small"):
        model.fit(X, A, verbose=0)
