"""Every constraint of Keras: the same names and projections, and records that either library reads."""

from __future__ import annotations

import inspect
import json
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_oracle import check_close

import pellucid
from pellucid import constraints
from pellucid.engines import get_engine
from pellucid.graph import Graph
from pellucid.graph.ops import Input

SHAPES = [(7,), (5, 3), (64, 10), (5, 2, 3), (3, 3, 2, 4), (2, 3, 4, 5, 6)]
"""Biases, Dense kernels, and kernels of one, two and three axes."""

SETTINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5}),
    ("MaxNorm", {"max_value": 0}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 0.9}),
    ("MinMaxNorm", {"min_value": 0.7, "max_value": 0.7, "rate": 0.3}),
    ("MinMaxNorm", {"rate": 0.0}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
)


def axes_of(rank: int) -> list[Any]:
    """None, each end, and all but the last: the inputs of each unit or filter."""
    return [0, -1, None, list(range(rank - 1)) or [0]]


def ours(constraint: Any, w: np.ndarray) -> np.ndarray:
    """The projection on the native engine."""
    graph = Graph()
    graph.outputs["w"] = constraint(graph.add(Input(w.shape, "w")))
    return get_engine("native").prepare(graph).run({"w": w}, {})["w"]


def compare(kind: str, options: dict[str, Any], w: np.ndarray) -> None:
    """In units of the largest weight."""
    mine, reference = (getattr(library.constraints, kind)(**options) for library in (pellucid, keras))
    found, right = ours(mine, w), np.asarray(reference(w))
    size = max(float(np.abs(right).max(initial=0.0)), 1e-30)
    check_close(f"{kind}: projection", found / size, right / size, 1e-6)


@pytest.mark.parametrize(("kind", "options"), SETTINGS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_projection(kind: str, options: dict[str, Any], shape: tuple[int, ...]) -> None:
    for scale in (0.0, 1e-8, 0.05, 1.0, 100.0):
        w = (np.random.default_rng(0).normal(size=shape) * scale).astype(np.float32)
        for axis in axes_of(len(shape)) if kind != "NonNeg" else [None]:
            compare(kind, options | ({} if kind == "NonNeg" else {"axis": axis}), w)


@given(
    st.sampled_from(["MaxNorm", "MinMaxNorm", "UnitNorm"]),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.integers(0, 2**32 - 1),
    st.data(),
)
@settings(max_examples=40)
def test_any_shape_and_axes(kind: str, shape: list[int], seed: int, data: st.DataObject) -> None:
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True))
    compare(kind, {"axis": axes}, np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def test_every_name_of_keras_is_there() -> None:
    public = {name for name in dir(keras.constraints) if not name.startswith("_")}
    assert public - set(dir(constraints)) == set()
    for name in set(keras.src.constraints.ALL_OBJECTS_DICT) - {"Constraint", "constraint"}:
        mine, reference = constraints.get(name), keras.constraints.get(name)
        assert (type(mine).__name__, mine.get_config()) == (type(reference).__name__, reference.get_config())
    for name, lower in [("MaxNorm", "max_norm"), ("MinMaxNorm", "min_max_norm"), ("NonNeg", "non_neg")]:
        assert getattr(constraints, lower) is getattr(constraints, name)
        mine, reference = (inspect.signature(getattr(lib.constraints, name)) for lib in (pellucid, keras))
        assert [(p.name, p.default) for p in mine.parameters.values()] == [
            (p.name, p.default) for p in reference.parameters.values()
        ]


@pytest.mark.parametrize(
    ("kind", "options"), [*SETTINGS, ("MaxNorm", {"axis": [0, 1, 2]}), ("UnitNorm", {"axis": None})], ids=str
)
def test_records_go_both_ways(kind: str, options: dict[str, Any]) -> None:
    """Through JSON, as in a file."""
    mine, reference = (getattr(library.constraints, kind)(**options) for library in (pellucid, keras))
    written, right = (
        json.loads(json.dumps(room.serialize(it))) for room, it in ((constraints, mine), (keras.constraints, reference))
    )
    assert written == right
    assert repr(constraints.deserialize(right)) == repr(mine) == repr(constraints.get(written))
    assert keras.constraints.deserialize(written).get_config() == reference.get_config()


def doubled(w: Any) -> Any:
    """What both libraries can compute."""
    return w * 2


class OurBounded(constraints.Constraint):
    """A class of one's own, here."""

    def __init__(self, limit: float = 1.0) -> None:
        self.limit = limit

    def get_config(self) -> dict[str, Any]:
        return {"limit": self.limit}


class TheirBounded(keras.constraints.Constraint):
    """The same there."""

    def __init__(self, limit: float = 1.0) -> None:
        self.limit = limit

    def get_config(self) -> dict[str, Any]:
        return {"limit": self.limit}


def test_ones_own_go_both_ways() -> None:
    """Functions and classes are written by name, in the record in which the other library looks for them."""
    written = pellucid.layers.Dense(3, kernel_constraint=doubled).get_config()["kernel_constraint"]
    assert written == keras.layers.Dense(3, kernel_constraint=doubled).get_config()["kernel_constraint"]
    assert keras.constraints.deserialize(written, custom_objects={"doubled": doubled}) is doubled
    w = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    restored = constraints.deserialize(written, custom_objects={"doubled": doubled})
    check_close("own function: projection", ours(restored, w), doubled(w), 0.0)

    record = keras.layers.serialize(keras.layers.Dense(3))
    record["config"]["kernel_constraint"] = constraints.serialize(OurBounded(3.0))
    layer = keras.layers.deserialize(record, custom_objects={"OurBounded": TheirBounded})
    assert layer.kernel_constraint.limit == 3.0
    record = keras.constraints.serialize(TheirBounded(2.0))
    names = {"module": None, "class_name": "OurBounded", "registered_name": "OurBounded"}  # Keras adds where it stands
    assert constraints.serialize(OurBounded(2.0)) == record | names
    assert constraints.deserialize(record, custom_objects={"TheirBounded": OurBounded}).get_config() == {"limit": 2.0}
