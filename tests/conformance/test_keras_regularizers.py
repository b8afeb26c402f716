"""Every regulariser of Keras: the same names, penalties and gradients, and records that either library reads."""

from __future__ import annotations

import inspect
import json
from typing import Any

import keras
import numpy as np
import pytest
import torch
from checks.keras_slopes import slopes_of
from hypothesis import given
from hypothesis import strategies as st
from keras_oracle import check_close
from sampling import drawn

import pellucid
from pellucid import ops, regularizers
from pellucid.engines import get_engine
from pellucid.graph import Graph, gradient
from pellucid.graph.ops import Input

SHAPES = [(1,), (7,), (1, 1), (5, 3), (3, 5), (64, 10), (3, 3, 2, 4), (5, 3, 1), (2, 3, 4, 5, 6)]
"""Biases, Dense kernels, and kernels of one, two and three axes."""

CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.3}),
    ("L1L2", {"l2": 0.3}),
    ("L1L2", {"l1": 0.2, "l2": 0.7}),
    ("L1L2", {"l1": None, "l2": 0.7}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.7, "mode": "columns"}),
)


def ours(regularizer: Any, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Penalty and gradient on the native engine."""
    graph = Graph()
    tensor = graph.add(Input(x.shape, "x"))
    penalty = regularizer(tensor)
    graph.outputs = {"penalty": penalty, "gradient": gradient(penalty, [tensor])[0]}
    results = get_engine("native").prepare(graph).run({"x": x}, {})
    return results["penalty"], results["gradient"]


def theirs(regularizer: Any, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same by Keras."""
    penalty, [slope] = slopes_of(lambda array: (keras.ops.convert_to_tensor(regularizer(array)),) * 2, [x])
    return penalty, slope


def compare(kind: str, options: dict[str, Any], x: np.ndarray) -> None:
    """Penalties relative to their size, gradients to that of the largest element."""
    mine, reference = getattr(regularizers, kind)(**options), getattr(keras.regularizers, kind)(**options)
    (penalty, slope), (right, right_slope) = ours(mine, x), theirs(reference, x)
    size = max(float(np.abs(right)), 1e-30)
    check_close(f"{kind}: penalty", penalty / size, right / size, 2e-6)  # both round
    largest = max(float(np.abs(right_slope).max(initial=0.0)), 1e-30)
    check_close(f"{kind}: gradient", slope / largest, right_slope / largest, 1e-5)


@pytest.mark.parametrize(("kind", "options"), CASES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_penalty_and_gradient(kind: str, options: dict[str, Any], shape: tuple[int, ...]) -> None:
    matrix = len(shape) == 2 and min(shape) > 1  # of one row, Keras says NaN
    if kind == "OrthogonalRegularizer" and not matrix:
        return
    for scale in (0.05, 1.0, 100.0):
        compare(kind, options, (np.random.default_rng(0).normal(size=shape) * scale).astype(np.float32))


@pytest.mark.parametrize(("kind", "options"), CASES[:9], ids=str)
def test_zeros(kind: str, options: dict[str, Any]) -> None:
    """The gradient of |x| at 0 is 0, as Keras has it on PyTorch; on JAX it is 1. Next to 0 they agree."""
    compare(kind, options, np.array([[1.0, -1.0, 1e-8, -1e-8]], np.float32))
    x = torch.tensor([[0.0, -0.0, 0.5]], requires_grad=True)
    l1, l2 = (getattr(regularizers, kind)(**options).get_config().get(name, 0.0) for name in ("l1", "l2"))
    (l1 * x.abs().sum() + l2 * (x * x).sum()).backward()
    _, slope = ours(getattr(regularizers, kind)(**options), x.detach().numpy())
    np.testing.assert_allclose(slope, x.grad, rtol=1e-6)


@given(
    st.integers(2, 6),
    st.integers(2, 6),
    st.sampled_from(["rows", "columns"]),
    st.sampled_from([1e-4, 1.0, 1e4]),
    st.integers(0, 2**32 - 1),
)
@drawn(20)
def test_orthogonal_matrices_of_any_shape(rows: int, columns: int, mode: str, scale: float, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(rows, columns)) * scale
    compare("OrthogonalRegularizer", {"factor": 1.0, "mode": mode}, x.astype(np.float32))


def test_every_name_of_keras_is_there() -> None:
    """Also those that Keras documents and does not know ("l1_l2")."""
    public = {name for name in dir(keras.regularizers) if not name.startswith("_")}
    assert public - set(dir(regularizers)) == set()
    for name in set(keras.src.regularizers.ALL_OBJECTS_DICT) - {"Regularizer", "regularizer"}:
        assert type(regularizers.get(name)).__name__ == type(keras.regularizers.get(name)).__name__
    for name in ("L1", "L2", "L1L2", "OrthogonalRegularizer"):
        lower = {"L1L2": "l1_l2", "OrthogonalRegularizer": "orthogonal_regularizer"}.get(name, name.lower())
        assert getattr(regularizers, lower) is getattr(regularizers, name)
        assert getattr(keras.regularizers, lower) is getattr(keras.regularizers, name)
        mine, reference = (inspect.signature(getattr(lib.regularizers, name)) for lib in (pellucid, keras))
        assert [(p.name, p.default) for p in mine.parameters.values()] == [
            (p.name, p.default) for p in reference.parameters.values()
        ]


@pytest.mark.parametrize(("kind", "options"), CASES, ids=str)
def test_records_go_both_ways(kind: str, options: dict[str, Any]) -> None:
    """Through JSON, as in a file; Keras keeps some factors as float32."""
    mine, reference = getattr(regularizers, kind)(**options), getattr(keras.regularizers, kind)(**options)
    written, right = (
        json.loads(json.dumps(lib.serialize(it))) for lib, it in ((regularizers, mine), (keras.regularizers, reference))
    )
    assert {k: v for k, v in written.items() if k != "config"} == {k: v for k, v in right.items() if k != "config"}
    for found, expected in [
        (written["config"], right["config"]),
        (regularizers.deserialize(right).get_config(), mine.get_config()),
        (keras.regularizers.deserialize(written).get_config(), reference.get_config()),
    ]:
        assert found.pop("mode", None) == expected.pop("mode", None)
        assert found == pytest.approx(expected, rel=1e-7)
    assert repr(regularizers.get(regularizers.serialize(mine))) == repr(mine)


def halved(x: Any) -> Any:
    """A penalty that both libraries can compute."""
    return (x * x).sum() / 2 if keras.ops.is_tensor(x) or isinstance(x, np.ndarray) else ops.sum(x * x) / 2


class OurScaled(regularizers.Regularizer):
    """A class of one's own, here."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def get_config(self) -> dict[str, Any]:
        return {"scale": self.scale}


class TheirScaled(keras.regularizers.Regularizer):
    """The same there."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def get_config(self) -> dict[str, Any]:
        return {"scale": self.scale}


def test_ones_own_go_both_ways() -> None:
    """Functions and classes are written by name, in the record in which the other library looks for them."""
    written = pellucid.layers.Dense(3, kernel_regularizer=halved).get_config()["kernel_regularizer"]
    assert written == keras.layers.Dense(3, kernel_regularizer=halved).get_config()["kernel_regularizer"]
    assert keras.regularizers.deserialize(written, custom_objects={"halved": halved}) is halved
    restored = regularizers.deserialize(written, custom_objects={"halved": halved})
    x = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    check_close("own function: penalty", ours(restored, x)[0], theirs(halved, x)[0], 1e-6)

    record = keras.layers.serialize(keras.layers.Dense(3))
    record["config"]["kernel_regularizer"] = regularizers.serialize(OurScaled(3.0))
    layer = keras.layers.deserialize(record, custom_objects={"OurScaled": TheirScaled})
    assert layer.kernel_regularizer.scale == 3.0
    record = keras.regularizers.serialize(TheirScaled(2.0))
    names = {"module": None, "class_name": "OurScaled", "registered_name": "OurScaled"}  # Keras adds where it stands
    assert regularizers.serialize(OurScaled(2.0)) == record | names
    assert regularizers.deserialize(record, custom_objects={"TheirScaled": OurScaled}).get_config() == {"scale": 2.0}
