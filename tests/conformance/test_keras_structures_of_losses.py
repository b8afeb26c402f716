"""Losses, weights and metrics in structures, for outputs in structures: what is told, against Keras."""

from __future__ import annotations

from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid.errors import ArgumentError

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


def test_own_models_without_names() -> None:
    """A list that `call` gives has no names: numbers are told by the names of losses and metrics."""
    results, weights = [], None
    for library in (keras, pellucid):

        class Two(library.Model):
            def __init__(self) -> None:
                super().__init__()
                self.a, self.b = (type(self).library.layers.Dense(1) for _ in range(2))

            def call(self, x: Any) -> Any:
                return self.a(x), self.b(x)

            def compute_loss(
                self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, training: bool = True
            ) -> Any:
                return super().compute_loss(x, y, y_pred, sample_weight) * 2.0

        Two.library = library
        model = Two()
        model.compile("sgd", ["mse", "mae"], [1.0, 0.5], metrics=[["mae"], ["mse"]])
        model(X)
        weights = weights or model.get_weights()
        model.set_weights(weights)
        told = model.fit(X, [A, B], batch_size=4, shuffle=False, verbose=0).history
        results.append((dict(sorted(told.items())), model.evaluate(X, [A, B], verbose=0)))
    assert list(results[0][0]) == list(results[1][0])
    np.testing.assert_allclose(list(results[1][0].values()), list(results[0][0].values()), rtol=2e-5)
    np.testing.assert_allclose(results[1][1], results[0][1], rtol=2e-5)


def test_order_of_dictionaries() -> None:
    """`evaluate` gives losses in the order of the dictionary in `compile`, then metrics, as Keras does."""
    results, weights = [], None
    for library in (keras, pellucid):
        x = library.Input((3,))
        ends = {name: library.layers.Dense(1, name=name)(x) for name in ("priority", "department")}
        model = library.Model(x, ends)
        weights = weights or model.get_weights()
        model.set_weights(weights)
        model.compile(
            "sgd", {"priority": "mse", "department": "mae"}, metrics={"priority": ["mae"], "department": ["mse"]}
        )
        results.append(model.evaluate(X, {"priority": A, "department": B}, verbose=0))
        assert set(model.get_metrics_result()) >= {"loss", "priority_mae", "department_mse"}
    np.testing.assert_allclose(results[1], results[0], rtol=2e-5)


@pytest.mark.parametrize("shape", [(12,), (12, 1), (12, 3)])
def test_accuracy_of_an_output_without_a_loss(shape: tuple[int, ...]) -> None:
    """Class numbers of any form, as a column too: nothing but the metric says what the targets are."""
    numbers = np.arange(12) % 3
    y = np.eye(3, dtype=np.float32)[numbers] if shape[-1] == 3 else numbers.reshape(shape)
    kernel, told = np.random.default_rng(0).random((3, 3)), []
    for library in (pellucid, keras):
        x = library.Input((3,))
        model = library.Model(x, [library.layers.Dense(1, name="p")(x), library.layers.Dense(3, name="q")(x)])
        model.get_layer("q").set_weights([kernel, np.zeros(3)])
        model.compile("sgd", ["mse", None], metrics={"q": "accuracy"})
        told.append(model.evaluate(X, [A, y], verbose=0, return_dict=True)["q_accuracy"])
    assert told[0] == pytest.approx(float(told[1]), rel=1e-6)


@pytest.mark.parametrize("losses", [["mse", "mae"], ("mse", "mae"), [["mse", "mae"]]])
def test_two_losses_of_one_output_are_refused(losses: Any) -> None:
    """Keras makes the first small alone and does not say so; their sum is a function."""
    x = np.ones((4, 3), np.float32)
    made = []
    for library in (keras, pellucid):
        dense = library.layers.Dense(2, kernel_initializer="ones")
        made.append(library.Sequential([library.Input((3,)), dense], name="chain"))
    theirs, ours = made
    theirs.compile("sgd", losses)
    assert theirs.evaluate(x, np.zeros((4, 2)), verbose=0, return_dict=True)["loss"] == 9.0
    with pytest.raises(ArgumentError, match=r"chain has one output, and .* are several losses .*: loss=lambda y_true"):
        ours.compile("sgd", losses)
    of = pellucid.losses
    ours.compile("sgd", lambda t, p: of.mean_squared_error(t, p) + of.mean_absolute_error(t, p))
    assert ours.evaluate(x, np.zeros((4, 2)), verbose=0) == 12.0
