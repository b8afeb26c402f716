"""MultiHeadAttention and Embedding against Keras's: results, gradients, files in both directions, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid import GradientTape, Input, Model, layers, ops
from pellucid.dispatch.arrangement import Arguments
from pellucid.engines import get_engine
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph
from pellucid.graph.ops import Input as InputOp

assert keras_oracle.keras is keras

RNG = np.random.default_rng(3)
QUERY, VALUE, KEY = (RNG.normal(size=shape).astype(np.float32) for shape in ((2, 4, 6), (2, 5, 7), (2, 5, 3)))
IMAGE = RNG.normal(size=(2, 3, 4, 6)).astype(np.float32)
SEEN = (RNG.uniform(size=(2, 4, 5)) > 0.4).astype(np.float32)
SEEN[:, 0] = 0  # nothing at all
OF_QUERY, OF_VALUE, OF_KEY = (
    np.array([[1, 1, 0, 1]] * 2),
    np.array([[1, 0, 1, 1, 1]] * 2),
    np.array([[1, 1, 0, 1, 0]] * 2),
)
CASES: dict[str, tuple[dict[str, Any], tuple[np.ndarray, ...], dict[str, Any]]] = {
    "of itself": ({}, (QUERY, QUERY.copy()), {}),
    "value and key": ({"value_dim": 5}, (QUERY, VALUE, KEY), {"return_attention_scores": True}),
    "no bias": ({"use_bias": False, "output_shape": 3}, (QUERY, VALUE), {}),
    "two axes of results": ({"output_shape": (2, 3)}, (QUERY, VALUE), {}),
    "a gate": ({"use_gate": True}, (QUERY, VALUE), {}),
    "causal": ({}, (QUERY, QUERY.copy()), {"use_causal_mask": True}),
    "a window": ({"sliding_window": 2}, (QUERY, VALUE), {"use_causal_mask": True}),
    "masked": ({}, (QUERY, VALUE), {"attention_mask": SEEN}),
    "masked, with scores": ({}, (QUERY, VALUE), {"attention_mask": SEEN, "return_attention_scores": True}),
    "masks of inputs": ({}, (QUERY, VALUE), {"value_mask": OF_VALUE, "key_mask": OF_KEY}),
    "both axes of images": ({}, (IMAGE, IMAGE.copy()), {"return_attention_scores": True}),
    "one axis of images": ({"attention_axes": (2,)}, (IMAGE, IMAGE.copy()), {}),
    "dropout, not trained": ({"dropout": 0.5}, (QUERY, VALUE), {"use_causal_mask": True}),
}


def _pair(options: dict[str, Any], arrays: tuple[np.ndarray, ...]) -> tuple[Any, Any]:
    ours, theirs = (library.layers.MultiHeadAttention(2, 4, **options) for library in (pellucid, keras))
    ours(*arrays)
    theirs.build(*(array.shape for array in arrays))
    ours.set_weights([RNG.normal(size=weight.shape) for weight in theirs.get_weights()])
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def _first(result: Any) -> Any:
    return result[0] if isinstance(result, list | tuple) else result


@pytest.mark.parametrize("name", CASES)
def test_many_heads(name: str) -> None:
    """Results and scores; gradients for weights and inputs; the reference engine gives the same."""
    options, arrays, told = CASES[name]
    ours, theirs = _pair(options, arrays)
    factors = RNG.normal(size=ours.compute_output_shape(*(array.shape for array in arrays))).astype(np.float32)

    def total(weights: list[jax.Array], inputs: list[jax.Array]) -> tuple[jax.Array, Any]:
        drawn = [variable.value for variable in theirs.non_trainable_variables]
        result, _ = theirs.stateless_call(weights, drawn, *inputs, **told)
        return (_first(result) * factors).sum(), result

    run = jax.jit(jax.value_and_grad(total, argnums=(0, 1), has_aux=True))
    (_, expected), slopes = run([w.value for w in theirs.trainable_variables], list(arrays))
    found = ours(*arrays, **told)
    pairs = zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]
    for mine, other in pairs:
        keras_oracle.check_close("MultiHeadAttention: output", np.asarray(mine), np.asarray(other), 1e-5)
    with GradientTape() as tape:
        inputs = [ops.convert_to_tensor(array) for array in arrays]
        for array in inputs:
            tape.watch(array)
        loss = ops.sum(_first(ours(*inputs, **told)) * factors)
    gradients = tape.gradient(loss, [*ours.trainable_weights, *inputs])
    for mine, other in zip(gradients, [*slopes[0], *slopes[1]], strict=True):
        keras_oracle.check_close("MultiHeadAttention: gradient", np.asarray(mine), np.asarray(other), 1e-4)

    graph = Graph()
    tensors = [graph.add(InputOp(array.shape, f"x{n}")) for n, array in enumerate(arrays)]
    masks = {name: graph.lift(value) if isinstance(value, np.ndarray) else value for name, value in told.items()}
    graph.outputs = {"y": _first(ours.emit(Arguments(tuple(tensors), masks)))}
    state = {weight.state.name: weight.state for weight in ours.weights}
    exact = get_engine("reference").prepare(graph).run({f"x{n}": a for n, a in enumerate(arrays)}, state)["y"]
    keras_oracle.check_close("MultiHeadAttention: engines", np.asarray(_first(found)), exact, 1e-5)


def test_masks_of_inputs() -> None:
    """A query that is masked sees nothing, a value is not seen. (Keras 3.15.1 forgets the mask of the query.)"""
    layer = layers.MultiHeadAttention(2, 4)
    seen = (OF_QUERY[:, :, None] * OF_VALUE[:, None, :] * OF_KEY[:, None, :]).astype(np.float32)
    masks = {"query_mask": OF_QUERY, "value_mask": OF_VALUE, "key_mask": OF_KEY}
    np.testing.assert_array_equal(layer(QUERY, VALUE, **masks), layer(QUERY, VALUE, attention_mask=seen))


def test_dropout_of_many_heads() -> None:
    """About the share of the weights that was asked for is 0 in training, and what is left adds up as before."""
    layer = layers.MultiHeadAttention(4, 4, dropout=0.25, output_shape=1, seed=1)
    x = np.zeros((8, 32, 3), np.float32)
    layer(x, x)
    layer.set_weights([np.ones(w.shape) if w.shape == (4, 4) or w.shape == (4, 4, 1) else w for w in layer.weights])
    steady, dropped = layer(x, x), layer(x, x, training=True)
    assert np.ptp(steady) == 0
    assert 0.05 < np.std(dropped / steady) < 0.2  # sqrt(0.25 / 0.75 / (32 * 4)) is 0.051 for each head by itself: 0.10
    assert abs(np.mean(dropped / steady) - 1) < 0.02


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_files_in_both_directions(tmp_path: Path, suffix: str) -> None:
    """Attention of all kinds, EinsumDense and Embedding, in files of each library read by the other."""

    def make(library: Any) -> Any:
        kinds = library.layers
        which = library.Input((4,))
        x = kinds.Embedding(10, 6)(which)
        x = x + kinds.MultiHeadAttention(2, 3, dropout=0.1, attention_axes=1, name="heads")(x, value=x, key=x)
        y, weights = kinds.MultiHeadAttention(2, 3, use_gate=True)(x, x, return_attention_scores=True)
        y = kinds.EinsumDense("abc,cd->abd", output_shape=(4, 6), bias_axes="d", activation="relu")(y)
        y = kinds.Attention(use_scale=True, dropout=0.1)([y, x], use_causal_mask=True)
        return library.Model(which, [kinds.AdditiveAttention()([y, x]), weights])

    numbers = RNG.integers(0, 10, size=(3, 4))
    ways = [(keras, pellucid), (pellucid, keras)]
    for source, target in ways if suffix == "keras" else ways[:1]:
        model = make(source)
        model.set_weights([RNG.normal(size=weight.shape) * 0.5 for weight in model.weights])
        expected = model.predict(numbers, verbose=0)
        path = str(tmp_path / f"{source.__name__}.{suffix}")
        model.save(path)
        read = getattr(target, "models", target).load_model(path)
        for mine, other in zip(read.predict(numbers, verbose=0), expected, strict=True):
            np.testing.assert_allclose(mine, other, atol=2e-6)


def test_embedding() -> None:
    """Rows and the gradient of the table, where a number comes twice; what is no row is told as NaN."""
    numbers = np.array([[0, 2], [2, 1]])
    ours, theirs = (library.layers.Embedding(3, 4) for library in (pellucid, keras))
    ours(numbers)
    theirs(numbers)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_array_equal(ours(numbers), np.asarray(theirs(numbers)))
    with GradientTape() as tape:
        loss = ops.sum(ours(numbers) * np.arange(16.0).reshape(2, 2, 4))
    (slope,) = tape.gradient(loss, ours.trainable_weights)
    np.testing.assert_array_equal(slope, [[0, 1, 2, 3], [12, 13, 14, 15], [12, 14, 16, 18]])
    assert np.isnan(ours(np.array([3, -1]))).all()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.MultiHeadAttention(2, 3, flash_attention=True), "results are the same"),
        (lambda: layers.MultiHeadAttention(2, 3, attention_axes=3)(QUERY, QUERY), "attention_axes"),
        (lambda: layers.MultiHeadAttention(2, 3)(QUERY[0, 0], QUERY), "places"),
        (lambda: layers.MultiHeadAttention(2, 3)(QUERY, VALUE, KEY[:, :3]), "same axes"),
        (lambda: layers.MultiHeadAttention(2, 3)(IMAGE, IMAGE, use_causal_mask=True), "one axis"),
        (lambda: layers.MultiHeadAttention(2, 3)(QUERY, QUERY, mask=SEEN), "mask"),
        (lambda: layers.Attention()(QUERY), "query, value"),
        (lambda: layers.Attention()([QUERY, VALUE]), "features"),
        (lambda: layers.Attention()([QUERY, QUERY], mask=OF_QUERY), "list"),
        (lambda: layers.Embedding(3, 4, mask_zero=True), "no.*mask|mask.*none"),
        (lambda: layers.EinsumDense("ab->ac", 4), "equation"),
        (lambda: layers.EinsumDense("ab,bc->ac", 4, bias_axes="b"), "bias_axes"),
        (lambda: layers.EinsumDense("ab,bc->ac", 4)(QUERY), "2 axes"),
        (lambda: layers.EinsumDense("abc,cd->abd", (3, 4))(QUERY), "do not match"),
    ],
)
def test_what_is_refused(make: Any, words: str) -> None:
    """With the layer's name, and what to do."""
    with pytest.raises((ArgumentError, ShapeError), match=words) as caught:
        make()
    assert any(kind in str(caught.value) for kind in ("MultiHeadAttention", "Attention", "Embedding", "EinsumDense"))


def test_all_by_name() -> None:
    """A layer may be called with names alone, on symbolic tensors, arrays and within a model's call."""
    layer, x = layers.MultiHeadAttention(2, 3), Input((4, 6))
    model = Model(x, layer(query=x, value=x))
    np.testing.assert_array_equal(model.predict(QUERY, verbose=0), layer(value=QUERY, query=QUERY))


def test_it_is_built_for_shapes_in_a_row_or_by_name() -> None:
    """As every layer whose `build` takes several; one that takes one says so."""
    shapes = [(None, 4, 6), (None, 5, 7), (None, 5, 3)]
    for count in (2, 3):
        named = dict(zip(("query_shape", "value_shape", "key_shape"), shapes[:count], strict=False))
        found = []
        for library in (keras, pellucid):
            for args, words in ((shapes[:count], {}), ([], named)):
                layer = library.layers.MultiHeadAttention(2, 3)
                layer.build(*args, **words)
                found.append([tuple(weight.shape) for weight in layer.weights])
        assert all(each == found[0] for each in found)
    with pytest.raises(ArgumentError, match=r'Dense "last": build takes input_shape, got 2 shapes; several'):
        layers.Dense(2, name="last").build(*shapes[:2])
