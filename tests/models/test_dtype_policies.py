"""The policy "mixed_bfloat16": which layers have it, what files say of it, what training under it reaches."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid import Sequential, _native, config, layers
from pellucid.datasets import digits
from pellucid.engines import NativeEngine, native
from pellucid.errors import ArgumentError, EngineError
from pellucid.graph import Graph, Tensor, ops
from pellucid.inspection import profile

MIXED = "mixed_bfloat16"
needs_bfloat16 = pytest.mark.skipif(not _native.has_bfloat16(), reason="no AVX512_BF16 here")
pytestmark = pytest.mark.filterwarnings("ignore:this processor multiplies bfloat16")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    config.set_dtype_policy("float32")


def _network(policy: object = None, head: object = None) -> Sequential:
    pellucid.set_random_seed(3)
    return Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu", dtype=policy),
            layers.Conv2D(32, 3, strides=2, activation="relu", dtype=policy, name="strided"),
            layers.Flatten(dtype=policy),
            layers.Dense(32, activation="relu", dtype=policy, name="hidden"),
            layers.Dense(10, activation="softmax", dtype=head or policy, name="head"),
        ]
    )


def _rounded(model: Sequential, engine: NativeEngine | None = None) -> set[str]:
    """The layers that have a kernel for bfloat16 in a training step."""
    model.compile("adam", "sparse_categorical_crossentropy", **({} if engine is None else {"engine": engine}))
    x = np.zeros((32, 8, 8, 1), np.float32)
    calls = profile(model, x, np.zeros(32, int), runs=1).calls
    return {call.layer.split('"')[1] for call in calls if call.variant.startswith("bf16")}


def test_layers_have_the_policy_of_the_time_when_they_were_made() -> None:
    before = layers.Dense(2)
    config.set_dtype_policy(MIXED)
    during, own = layers.Dense(2), layers.Dense(2, dtype="float32")
    assert [layer.dtype_policy for layer in (before, during, own)] == ["float32", MIXED, "float32"]
    assert during.dtype == "float32", "of weights and activations"
    assert config.dtype_policy() == MIXED


def test_forms_of_a_policy() -> None:
    record = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": MIXED}, "registered_name": None}
    assert layers.Dense(2, dtype=record).dtype_policy == MIXED
    for half in ("mixed_float16", "float16"):
        with pytest.raises(ArgumentError, match="mixed_bfloat16"):
            config.set_dtype_policy(half)
    for wrong in ("float64", 3, {"config": {}}, [MIXED]):
        with pytest.raises(ArgumentError, match=r"dtype policy.*Known: float32, mixed_bfloat16"):
            config.set_dtype_policy(wrong)
        with pytest.raises(ArgumentError, match=r'Dense "d": .*dtype policy'):
            layers.Dense(2, dtype=wrong, name="d")
    assert config.dtype_policy() == "float32"


@needs_bfloat16
def test_only_layers_with_the_policy_are_rounded() -> None:
    assert _rounded(_network(MIXED)) == {"strided", "hidden", "head"}
    assert _rounded(_network(MIXED, head="float32")) == {"strided", "hidden"}
    assert _rounded(_network()) == set()
    assert _rounded(_network(MIXED), NativeEngine(bfloat16=False)) == set()
    assert _rounded(_network(MIXED), NativeEngine(exact=True)) == set()


def _precisions(model: Sequential) -> list[str]:
    """Of the products of a prediction, in order."""
    graph = Graph()
    model.emit(graph.add(ops.Input((16, 32), "x")))
    return [node.op.precision for node in graph.nodes if isinstance(node.op, ops.Product)]


def _one_layer(policy: str) -> Sequential:
    return Sequential([layers.Input((32,)), layers.Dense(32, name="hidden", dtype=policy)])


@pytest.mark.parametrize(("inside", "outside"), [("float32", MIXED), (MIXED, "float32")])
def test_layers_of_one_name_keep_their_own_policies(inside: str, outside: str) -> None:
    """In two models, and where the one stands inside the other."""
    precision = {"float32": "float32", MIXED: "bfloat16"}
    inner = _one_layer(inside)
    outer = Sequential([layers.Input((32,)), inner, layers.Dense(32, name="hidden", dtype=outside)])
    again = Sequential([layers.Input((32,)), layers.Dense(32, name="hidden", dtype=outside), inner])
    assert _precisions(inner) == [precision[inside]]
    assert _precisions(_one_layer(outside)) == [precision[outside]]
    assert _precisions(outer) == [precision[inside], precision[outside]]
    assert _precisions(again) == [precision[outside], precision[inside]]


@needs_bfloat16
@pytest.mark.parametrize(("inside", "outside"), [("float32", MIXED), (MIXED, "float32")])
def test_layers_of_one_name_run_by_their_own_policies(inside: str, outside: str) -> None:
    model = Sequential([layers.Input((32,)), _one_layer(inside), layers.Dense(32, name="hidden", dtype=outside)])
    x = np.random.default_rng(1).normal(size=(16, 32)).astype(np.float32)
    products = [call for call in profile(model, x, runs=1).calls if call.kind.startswith("matrix")]
    assert [call.variant.startswith("bf16") for call in products] == [inside == MIXED, outside == MIXED]
    model.compile("sgd", "mse")
    calls = profile(model, x, x, runs=1).calls
    rounded = [call.variant.startswith("bf16") for call in calls if call.kind.startswith("matrix")]
    kernels_of_both, input_of_the_second = 2, 1
    forward = 2
    assert len(rounded) == forward + kernels_of_both + input_of_the_second
    assert sum(rounded) == (2 if inside == MIXED else 3)


class _Mixture(layers.Layer):
    """A layer whose part has another policy than itself."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.part = layers.Dense(32, dtype="float32")
        self.kernel = self.add_weight((32, 32))

    def call(self, inputs: Tensor) -> Tensor:
        return self.part(inputs) @ self.kernel


def test_a_layer_of_a_users_own_has_the_policy_and_its_parts_have_theirs() -> None:
    config.set_dtype_policy(MIXED)
    assert _precisions(Sequential([layers.Input((32,)), _Mixture()])) == ["float32", "bfloat16"]


@needs_bfloat16
def test_what_users_hear_where_it_costs_time(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.zeros((32, 8, 8, 1), np.float32)
    for speed, is_slow in ((0.5, True), (2.0, False)):
        monkeypatch.setattr(native, "bfloat16_speed", lambda _, speed=speed: speed)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            _network(MIXED).predict(x)
        heard = [str(warning.message) for warning in caught if "bfloat16" in str(warning.message)]
        assert bool(heard) is is_slow
        assert all("at 0.5 times the speed of float32" in text for text in heard)


def test_machines_without_the_instruction_refuse_and_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_native, "has_bfloat16", lambda _: False)
    model, x = _network(MIXED), np.zeros((2, 8, 8, 1), np.float32)
    with pytest.raises(EngineError, match=r"mixed_bfloat16 needs .*AVX512_BF16"):
        model.predict(x)
    assert model.predict(x, engine="reference").shape == (2, 10)
    assert model.predict(x, engine=NativeEngine(bfloat16=False)).shape == (2, 10)


def test_files_keep_the_policy(tmp_path: Path) -> None:
    model = _network(MIXED, head="float32")
    model.save(tmp_path / "model.keras")
    for around in ("float32", MIXED):
        config.set_dtype_policy(around)
        again = pellucid.load_model(tmp_path / "model.keras")
        assert [layer.dtype_policy for layer in again.layers] == [layer.dtype_policy for layer in model.layers]


@needs_bfloat16
def test_training_reaches_what_float32_reaches() -> None:
    (x, y), (x_test, y_test) = digits.load_data()
    reached = {}
    for policy in ("float32", MIXED):
        pellucid.set_random_seed(5)
        config.set_dtype_policy(policy)
        stack = [layers.Conv2D(16, 3, activation="relu"), layers.Conv2D(32, 3, strides=2, activation="relu")]
        stack += [layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
        model = Sequential([layers.Input(x.shape[1:]), *stack])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x, y, epochs=4, batch_size=32, verbose=0)
        reached[policy] = float(model.evaluate(x_test, y_test, verbose=0)[1])
        assert all(weights.dtype == np.float32 for weights in model.get_weights())
    assert reached["float32"] > 0.9
    assert reached[MIXED] > reached["float32"] - 0.02, reached
