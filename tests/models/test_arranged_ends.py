"""Models whose inputs and outputs lie in dictionaries, tuples and lists in lists; models that begin in the middle."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model, ops
from pellucid.errors import ArgumentError, DataError, PellucidError, ShapeError

A, B = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
ONE, TWO = np.ones((6, 1), np.float32), np.ones((6, 2), np.float32)


def _named() -> Model:
    """Keys that are not in the order of the alphabet, nor the names of layers."""
    a, b = Input((3,), name="a"), Input((3,), name="b")
    two, one = layers.Dense(2, name="d")(a), layers.Dense(1, name="e")(b)
    return Model(inputs={"x": a, "w": b}, outputs={"y": two, "q": one}, name="named")


def _nested() -> Model:
    a, b = Input((3,), name="a"), Input((3,), name="b")
    return Model([a, [b]], [layers.Dense(2, name="d")(a), {"z": layers.Dense(1, name="e")(b)}], name="nested")


def _by_hand(model: Model, name: str, x: np.ndarray) -> np.ndarray:
    kernel, bias = model.get_layer(name).get_weights()
    return x @ kernel + bias


def _same(found: Any, wanted: Any) -> None:
    """In form and in numbers."""
    assert type(found) is type(wanted) or isinstance(wanted, np.ndarray)
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key in wanted:
            _same(found[key], wanted[key])
    elif isinstance(wanted, list | tuple):
        for one, other in zip(found, wanted, strict=True):
            _same(one, other)
    else:
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_dictionaries() -> None:
    """Ends in a row stand in the order of the keys in the alphabet, as in Keras; results come as they were given."""
    model = _named()
    assert [tensor.call.layer.name for tensor in (*model.inputs, *model.outputs)] == ["b", "a", "e", "d"]
    assert list(model.input) == ["x", "w"] and model.output["q"].shape == (None, 1)
    assert (model.input_shape, model.output_shape) == ([(None, 3), (None, 3)], [(None, 1), (None, 2)])
    wanted = {"y": _by_hand(model, "d", A), "q": _by_hand(model, "e", B)}
    _same(model.predict({"w": B, "x": A}), wanted)
    _same(model.predict({"w": B, "x": A}, batch_size=4), wanted)
    _same(model({"w": B, "x": A}), wanted)


def test_lists_in_lists_and_tuples() -> None:
    """The form goes through, however deep; arrays of lists in lists may come in a row."""
    model = _nested()
    wanted = [_by_hand(model, "d", A), {"z": _by_hand(model, "e", B)}]
    for x in ([A, [B]], (A, (B,)), [A, B], {"a": A, "b": B}):
        _same(model.predict(x), wanted)
    _same(model([A, [B]]), wanted)
    a, b = Input((3,)), Input((3,))
    pair = Model((a, b), (a, b))
    _same(pair.predict([A, B]), (A, B))
    single = Model({"k": a}, {"o": a})
    assert (single.input_shape, single.output_shape) == ((None, 3), (None, 3))
    _same(single.predict({"k": A}), {"o": A})


@pytest.mark.parametrize("loss", ["mse", {"y": "mse", "q": "mse"}, ["mse", "mse"]])
def test_training_by_name(loss: Any) -> None:
    """Losses and metrics bear the keys' names."""
    model, x, y = _named(), {"x": A, "w": B}, {"y": TWO, "q": ONE}
    model.compile("sgd", loss, metrics={"q": ["mse"]})
    q, d = ((_by_hand(model, name, data) - 1.0) ** 2 for name, data in (("e", B), ("d", A)))
    told = model.evaluate(x, y, verbose=0, return_dict=True)
    assert told == pytest.approx(
        {"loss": q.mean() + d.mean(), "q_loss": q.mean(), "y_loss": d.mean(), "q_mse": q.mean()}
    )
    history = model.fit(x, y, epochs=5, verbose=0, validation_split=0.5).history
    assert history["loss"][-1] < history["loss"][0]
    assert {"val_y_loss", "val_q_mse"} <= set(history)
    assert model.train_on_batch(x, y, return_dict=True).keys() == told.keys()


def test_outputs_without_a_loss() -> None:
    """May have targets or none."""
    model = _named()
    model.compile("sgd", {"y": "mse"})
    for y in ({"y": TWO}, {"y": TWO, "q": ONE}):
        assert np.isfinite(model.evaluate({"x": A, "w": B}, y, verbose=0, return_dict=True)["loss"])


@pytest.mark.parametrize("loss", ["mse", ["mse", {"z": "mse"}], {"d": "mse", "z": "mse"}])
def test_training_nested(loss: Any) -> None:
    """Losses and targets in the form of the outputs, or by the names that these have."""
    model = _nested()
    model.compile("sgd", loss)
    for y in ([TWO, {"z": ONE}], {"d": TWO, "z": ONE}):
        assert set(model.fit([A, [B]], y, verbose=0).history) == {"loss", "d_loss", "z_loss"}


@pytest.mark.parametrize("make", [_named, _nested])
def test_inside_another_model_and_through_files(make: Callable[[], Model], tmp_path: Path) -> None:
    """Called on tensors in that form; files, configurations and copies keep it."""
    inner, given = make(), {"x": A, "w": B} if make is _named else [A, [B]]
    a, b = Input((3,)), Input((3,))
    results = inner({"x": a, "w": b} if make is _named else [a, [b]])
    two, one = results.values() if make is _named else (results[0], results[1]["z"])
    outer = Model([a, b], layers.Concatenate()([two, one]))
    for model, x in ((inner, given), (outer, [A, B])):
        model.save(tmp_path / "model.keras")
        for other in (load_model(tmp_path / "model.keras"), copy.deepcopy(model)):
            _same(other.predict(x), model.predict(x))
        assert (
            Model.from_config(model.get_config()).get_config()["output_layers"] == model.get_config()["output_layers"]
        )
    np.testing.assert_allclose(
        outer.predict([A, B]), np.hstack([_by_hand(inner, "d", A), _by_hand(inner, "e", B)]), atol=1e-5
    )


def test_inside_a_layer() -> None:
    """A model with names as a part of a layer of one's own."""

    class Both(layers.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.model = _named()

        def call(self, inputs: Any) -> Any:
            found = self.model({"x": inputs, "w": inputs * 2.0})
            return found["y"] + found["q"]

    layer = Both()
    model = Sequential([Input((3,)), layer])
    np.testing.assert_allclose(
        model.predict(A), _by_hand(layer.model, "d", A) + _by_hand(layer.model, "e", 2 * A), atol=1e-5
    )


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a list": (
        lambda: _named().predict([A, B]),
        r"^x of named is a dictionary with 'x', 'w', got a list of 2. The structure of `inputs` doesn't match the "
        r"expected structure: named input\(s\) with keys 'x', 'w'$",
    ),
    "another key": (
        lambda: _named().predict({"x": A, "z": A}),
        r"^unknown entry of x of named 'z'. Known: w, x$",
    ),
    "a key too few": (
        lambda: _named().predict({"x": A}),
        r"^x of named is a dictionary with 'x', 'w'; 'w' is missing$",
    ),
    "another length": (
        lambda: _nested().predict([A, [B, B]]),
        r"^x of nested, number 1 is a list of 1, got a list of 2. "
        r"The structure of `inputs` doesn't match the expected structure$",
    ),
    "called on a list": (
        lambda: _named()([Input((3,)), Input((3,))]),
        r"is called on is a dictionary with .* got a list of 2$",
    ),
    "keys that are no text": (
        lambda: Model({1: Input((3,))}, Input((3,))),
        r"in a dictionary have text as keys, got 1$",
    ),
    "nothing": (lambda: Model({}, Input((3,))), r"^inputs of a model are symbolic tensors, .* got an empty list$"),
    "no ends": (lambda: Model(), r'^Model "functional.*" needs inputs and outputs; or write a class'),
}


@pytest.mark.parametrize("case", WRONG)
def test_other_forms_are_refused(case: str) -> None:
    """In one sentence."""
    call, message = WRONG[case]
    with pytest.raises(PellucidError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_targets_in_another_form() -> None:
    """Said before the first step."""
    model = _named()
    model.compile("sgd", "mse")
    with pytest.raises(DataError, match=r"^named gives a dictionary; pass y as one with q, y, got ndarray$"):
        model.fit({"x": A, "w": B}, ONE)
    with pytest.raises(DataError, match=r"^the output of named named 'q' is missing"):
        model.fit({"x": A, "w": B}, {"y": TWO})


def test_a_model_that_begins_in_the_middle(tmp_path: Path) -> None:
    """At what a layer gives; the layers behind are the same, so that training one trains the other."""
    x = Input((3,))
    hidden = layers.Dense(4, "tanh", name="hidden")(x)
    out = layers.Dense(2, name="out")(hidden * 2.0 + 1.0)
    whole, back, front = Model(x, out), Model(hidden, out), Model(x, hidden)
    assert back.input_shape == (None, 4)
    assert [layer.name for layer in back.layers[1:]] == ["out"]
    np.testing.assert_allclose(back.predict(front.predict(A)), whole.predict(A), atol=1e-6)
    before = whole.predict(A)
    back.compile("sgd", "mse")
    back.fit(front.predict(A), np.ones((6, 2)), verbose=0)
    assert not np.allclose(whole.predict(A), before)
    back.save(tmp_path / "back.keras")
    np.testing.assert_array_equal(
        load_model(tmp_path / "back.keras").predict(np.ones((1, 4))), back.predict(np.ones((1, 4)))
    )
    back.summary(print_fn=str)


def test_in_the_middle_and_at_the_beginning() -> None:
    """Beside an input that stays; one result of several; a layer that is used on both sides."""
    x = Input((4,))
    layer = layers.Dense(4, name="again")
    first = layer(x)
    second = layer(first)
    model = Model([x, first], ops.concatenate([x, second], axis=-1))
    assert len(model.inputs) == 2
    kernel, bias = layer.get_weights()
    given, inner = np.ones((2, 4), np.float32), np.full((2, 4), 2.0, np.float32)
    np.testing.assert_allclose(model.predict([given, inner]), np.hstack([given, inner @ kernel + bias]), atol=1e-5)
    assert layer.output is first or layer.output.shape == first.shape
    with pytest.raises(
        ArgumentError, match=r"^the outputs depend on the input '.*', which is not among the model's inputs"
    ):
        Model(first, ops.concatenate([x, second], axis=-1))


def test_a_build_that_fails_leaves_what_was_built() -> None:
    """A model inside a chain that cannot be built keeps its weights."""
    x = Input((3,))
    inner = Model(x, layers.Dense(2, name="kept")(x))
    chain = Sequential([layers.ReLU(), inner, layers.Conv2D(1, 3)])
    before = inner.predict(A)
    for _ in range(2):
        with pytest.raises(PellucidError):
            Sequential([chain, layers.Dense(1)]).build((None, 3))
    np.testing.assert_array_equal(inner.predict(A), before)
    assert not chain.built and chain.network is None


def test_a_layer_that_was_built_for_another_shape() -> None:
    """Its weights are not broadcast, as in Keras."""
    layer = layers.PReLU(alpha_initializer="ones")
    layer.build((None, 1))
    with pytest.raises(ShapeError, match=r"alpha of shape \(1,\) was made for another input"):
        Sequential([Input((3,)), layer])


def test_inputs_stand_in_their_order() -> None:
    """However often a model is made: files name them in it."""
    ends = [Input((3,), name=f"input_{number}") for number in range(20)]
    for _ in range(3):
        model = Model(ends, layers.Dense(1)(ends[0]))
        assert [layer.name for layer in model.layers[:20]] == [f"input_{number}" for number in range(20)]


@pytest.mark.parametrize("arrange", [lambda a, b, c: [a, [b, c]], lambda a, b, c: ((a, b), [c]), lambda *all: [all]])
def test_a_row_takes_lists_in_lists(arrange: Callable[..., Any]) -> None:
    """As in Keras: several inputs in a row are found in whatever lists they lie; so are the tensors it is called on."""
    inputs = [Input((3,), name=name) for name in "abc"]
    model = Model(inputs, layers.Dense(1)(layers.Concatenate()(inputs)))
    model.compile("sgd", "mse")
    x = A, B, A + B
    expected = model.predict(list(x))
    np.testing.assert_array_equal(model.predict(arrange(*x)), expected)
    np.testing.assert_array_equal(model(arrange(*x)), expected)
    assert model.evaluate(arrange(*x), expected, verbose=0) == 0.0
    assert model.train_on_batch(arrange(*x), expected) == 0.0
    again = Model(inputs, model(arrange(*inputs)))
    np.testing.assert_array_equal(again.predict(list(x)), expected)
    with pytest.raises(DataError, match="expects 3 inputs; pass a list of 3 arrays, got 2"):
        model.predict([A, [B]])
