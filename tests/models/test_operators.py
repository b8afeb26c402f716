"""Operators and functions of symbolic tensors: parts of a model that are trained through, saved and summarised."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checks.arrays import fill
from ops.function_cases import CASES, FunctionCase

from pellucid import Input, Model, Sequential, activations, layers, load_model, ops, regularizers
from pellucid.dispatch.symbolic import Operation, SymbolicTensor
from pellucid.engines import ReferenceEngine
from pellucid.errors import ArgumentError, FileError, PellucidError, ShapeError

A, B = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "radd": lambda a, b: 2 + b,
    "subtract": lambda a, b: a - b,
    "an array on the left": lambda a, b: np.arange(4, dtype=np.float32) - b,
    "multiply": lambda a, b: a * b,
    "rmul": lambda a, b: [1.0, 2.0, 3.0, 4.0] * b,
    "divide": lambda a, b: a / (abs(b) + 1),
    "rdivide": lambda a, b: 1 / (abs(b) + 1),
    "power": lambda a, b: abs(a) ** 1.5,
    "rpow": lambda a, b: 2**b,
    "matmul": lambda a, b: a @ np.ones((4, 2), np.float32),
    "negative": lambda a, b: -a,
    "absolute": lambda a, b: abs(a),
    "greater": lambda a, b: (a > b) * 1.0,
    "greater or equal": lambda a, b: (a >= b) * 1.0,
    "less": lambda a, b: (a < b) * 1.0,
    "less or equal": lambda a, b: (a <= b) * 1.0,
    "a slice": lambda a, b: a[..., :1] * b,
    "every other": lambda a, b: a[:, ::-2],
    "one place": lambda a, b: a[:, 2],
    "a list of places": lambda a, b: a[:, [0, 0, 3]],
    "a new axis": lambda a, b: a[:, None] + b[..., None],
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_compute_what_numpy_does(name: str, tmp_path: Path) -> None:
    """And still do when the model has been through a file."""
    a, b = Input((4,)), Input((4,))
    result = OPERATORS[name](a, b)
    model = Model([a, b], result)
    expected = OPERATORS[name](A, B)
    assert isinstance(result, SymbolicTensor) and result.shape == (None, *expected.shape[1:])
    np.testing.assert_allclose(model.predict([A, B]), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.predict([A, B], engine="reference"), expected, rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "model.keras").predict([A, B]), model.predict([A, B]))


def _symbolic(case: FunctionCase) -> tuple[list[SymbolicTensor], list[np.ndarray], Any]:
    """Operands of a case with the first axis as the batch, their numbers, and what the function gives for them."""
    filled = fill({f"x{number}": operand for number, operand in enumerate(case.operands)}, case.name)
    arrays = [array.astype(np.float32) for array in filled.values()]
    inputs = [Input(array.shape[1:]) for array in arrays]
    return inputs, arrays, case.call(ops, list(inputs))


def _has_batch(case: FunctionCase) -> bool:
    """Whether the first axis of all operands can be the batch."""
    return len({x.shape[:1] for x in case.operands}) == 1 and all(len(x.shape) > 1 for x in case.operands)


WITH_BATCHES = [case for case in CASES if _has_batch(case)]


@pytest.mark.parametrize("case", WITH_BATCHES, ids=lambda case: case.name)
def test_functions_describe_and_compute(case: FunctionCase, tmp_path: Path) -> None:
    """Every row of the table of functions: as on arrays, also behind a file; refused as an output without the batch."""
    try:
        inputs, arrays, results = _symbolic(case)
    except ArgumentError as error:
        told = ("(8, ", "8 elements", "depends on a size that is open")
        assert any(part in str(error) for part in told)  # a setting is made for that one size of the batch
        return
    if not all(isinstance(result, SymbolicTensor) for result in results):
        assert case.function in ("dtype", "shape", "ndim", "size")
        return
    expected = case.call(ops, arrays)
    if any(result.shape[:1] != (None,) for result in results):
        with pytest.raises(ShapeError, match="the first axis of an output is the batch"):
            Model(inputs, results)
        return
    if any(array.shape[:1] != arrays[0].shape[:1] for array in expected):
        return  # the batch was repeated, or cut: each row is no longer a sample
    model = Model(inputs, results)
    if np.inf in [abs(value) for value in case.settings.values() if isinstance(value, float)]:
        with pytest.raises(ArgumentError, match="cannot be written as JSON"):
            model.save(tmp_path / "model.keras")
        return
    model.save(tmp_path / "model.keras")
    for each in (model, load_model(tmp_path / "model.keras")):
        found = each.predict(arrays if len(arrays) > 1 else arrays[0], batch_size=len(arrays[0]))
        for result, wanted in zip(found if len(results) > 1 else [found], expected, strict=True):
            np.testing.assert_array_equal(result, wanted)


def test_shapes_of_results() -> None:
    """Open sizes stay open, numbers that are known are known."""
    x = Input((None, 3))
    assert ops.shape(x) in ((None, None, 3), [None, None, 3])
    assert ops.ndim(x) == 3 and ops.size(x) is None
    assert ops.sum(x).shape == () and ops.transpose(x).shape == (3, None, None)
    assert [part.shape for part in ops.split(x, 3, axis=2)] == [(None, None, 1)] * 3
    assert (x[:, 0] + 1).shape == (None, 3)


def test_functions_train() -> None:
    """The gradient flows through, and an activation is as good as its layer."""
    losses = []
    for activate in (lambda x: activations.relu(x), lambda x: layers.ReLU()(x), lambda x: ops.maximum(x, 0.0)):
        x = Input((4,))
        y = layers.Dense(1, kernel_initializer="ones")(activate(layers.Dense(3, kernel_initializer="ones")(x)))
        model = Model(x, y * 2 - 1)
        model.compile("sgd", "mse")
        losses.append(model.fit(A, B[:, :1], epochs=3, verbose=0, shuffle=False).history["loss"])
    assert losses[0] == losses[1] == losses[2] and losses[0][2] < losses[0][0]


def test_a_residual_network() -> None:
    """Model and reference engine agree; layers and functions mix, and a model with functions is a layer."""
    x = Input((8, 8, 3))
    inner = Model(x, layers.Conv2D(3, 3, padding="same")(x) + x)
    y = Input((8, 8, 3))
    model = Model(y, layers.Flatten()(inner(y) * 0.5))
    images = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(
        model.predict(images), model.predict(images, engine=ReferenceEngine()), rtol=1e-5, atol=1e-5
    )
    np.testing.assert_array_equal(copy.deepcopy(model).predict(images), model.predict(images))


def test_the_summary_lists_functions(capsys: pytest.CaptureFixture[str]) -> None:
    """With no weights, and a reason; layers are layers only."""
    x = Input((4,), name="x")
    model = Model(x, layers.Dense(2, name="d")(x)[:, :1] + 1)
    model.summary(derive=True, line_length=120)
    told = capsys.readouterr().out
    assert "get_item" in told and "(GetItem)" in told and "(Add)" in told
    assert told.count("0: a function of its inputs, learns nothing") == 2
    assert [layer.name for layer in model.layers] == ["x", "d"]
    assert "Total params: 10 " in told


def test_names_are_keras_s() -> None:
    """The function's, numbered."""
    x = Input((4,))
    first, second = x + 1, x + 2
    assert isinstance(first.call.layer, Operation)
    assert second.call.layer.name == f"add_{int(first.call.layer.name.partition('_')[2] or 0) + 1}"


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "shapes": (lambda: Input((2,)) + Input((3,)), r"^ops\.add: shapes .* got inputs \(None, 2\), \(None, 3\)$"),
    "a place": (lambda: Input((2,))[:, 5], r"^ops\.get_item: each place must be a whole number from -2 to 1, got 5"),
    "too many places": (lambda: Input((2,))[0, 0, 0], r"^ops\.get_item: a tensor of 2 axes has no part \(0, 0, 0\)"),
    "a text": (lambda: ops.add(Input((2,)), "x"), r"^ops\.add: expected a tensor, a weight, an array or a number"),
    "truth": (lambda: bool(Input((2,)) > 1), r"has no value while a model is described; choose by ops\.where"),
    "iteration": (lambda: list(Input((2,))), r"has no parts to go through .* ops\.unstack"),
    "length": (lambda: len(Input((2,))), r"has no length .* its shape is \(None, 2\)"),
    "a list for one": (lambda: ops.exp([Input((2,)), Input((2,))]), r"^ops\.exp: a list of tensors came where one"),
    "no batch": (lambda: Model(x := Input((2,)), ops.sum(x)), r"the first axis of an output is the batch; Sum .* \(\)"),
    "two of one name": (
        lambda: Model(x := Input((2,), name="add"), Operation.described(ops.add, (x, 1.0), {}, "add")),
        r"layer names must differ; used twice: add$",
    ),
    "in a chain": (lambda: Sequential([Input((2,)) + 1]), r"expected a layer, got what <Operation add"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    """One sentence each."""
    call, message = WRONG[case]
    with pytest.raises(PellucidError, match=message):
        call()


def test_a_symbolic_tensor_inside_a_call() -> None:
    """It has the values that the model gives it; where the layer is called on arrays, there are none."""
    x = Input((2,))

    class Mixed(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return ops.add(inputs, x)

    with pytest.raises(
        ArgumentError, match=r"describes a model and has no values; inside a layer's call\(\) there are"
    ):
        Mixed()(np.ones((1, 2)))
    assert Model(x, Mixed()(x)).predict([[1.0, 2.0]]).tolist() == [[2.0, 4.0]]


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    """A function that is no public one has no name in a file."""
    x = Input((2,))
    model = Model(x, x * regularizers.L2(0.1)(x))
    np.testing.assert_allclose(model.predict([[1.0, 2.0]]), [[0.5, 1.0]], rtol=1e-6)
    with pytest.raises(ArgumentError, match=r"cannot be saved: a file knows the functions of pellucid\.ops and"):
        model.save(tmp_path / "model.keras")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda record: record.update(class_name="Exec"), "unknown function in the model file 'Exec'"),
        (lambda record: record["config"].update(axis=1), "has a function Add 'plus' that cannot be called"),
        (lambda record: record["inbound_nodes"].clear(), "has a function Add 'plus' that cannot be called"),
        (
            lambda record: record["inbound_nodes"][0]["args"].append(3),
            "has a function Add 'plus' that cannot be called",
        ),
        (lambda record: record["inbound_nodes"][0].update(args=[{"class_name": "os"}, 1]), "connects|cannot be called"),
    ],
)
def test_hostile_records(change: Callable[[Any], Any], message: str) -> None:
    """A file says what it likes; the error says what is wrong with it."""
    from pellucid.models.operations import describe, operation_record

    x = Input((2,), name="x")
    operation = Operation.described(ops.add, (x, 1.0), {}, "plus").call.layer
    record = operation_record(
        operation, lambda tensor: {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    )
    assert describe(record, lambda place: x).name == "plus"
    change(record)
    with pytest.raises(FileError, match=message):
        describe(record, lambda place: x)


@pytest.mark.parametrize("compared", [lambda a: a == 0, lambda a: a != 0, lambda a: a != a, lambda a: a == A])
def test_whether_numbers_are_equal_is_asked_by_functions(compared: Any) -> None:
    with pytest.raises(ArgumentError, match=r"compare numbers by ops\.(not_)?equal"):
        compared(Input((4,)))


def test_whether_it_is_the_same_tensor_may_be_asked() -> None:
    a, b = Input((4,)), Input((4,))
    assert a == a and not a == b and a in [b, a] and a != None and {a: 1}[a] == 1  # noqa: E711, SIM201
