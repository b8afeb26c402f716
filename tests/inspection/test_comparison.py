"""Filters of two models matched: known permutations, signs and shifts are found; SciPy is the oracle of assignments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import pellucid
from pellucid import Input, Model, Sequential, inspection, layers
from pellucid.errors import ArgumentError, DataError
from pellucid.inspection import compare, recurrence
from pellucid.inspection.alignment import cosine_under_shift, likenesses
from pellucid.inspection.assignment import assigned

RNG = np.random.default_rng(6)
X = RNG.normal(size=(40, 9, 8, 2)).astype(np.float32)


@pytest.mark.parametrize("kind", ["real", "ties", "signed zeros"])
def test_assignments_are_the_best(kind: str) -> None:
    """Of any shape, with ties too: the sum is SciPy's."""
    for _ in range(120):
        shape = tuple(RNG.integers(1, 14, 2))
        gains = RNG.normal(size=shape) if kind == "real" else RNG.integers(-2, 3, shape).astype(float)
        gains = gains * 0.0 if kind == "signed zeros" and shape[0] % 3 == 0 else gains
        found, (rows, columns) = assigned(gains), linear_sum_assignment(-gains)
        has = found >= 0
        assert has.sum() == min(shape) == len(set(found[has].tolist()))
        assert gains[np.flatnonzero(has), found[has]].sum() == pytest.approx(gains[rows, columns].sum(), abs=1e-9)


def test_a_large_assignment_is_scipys() -> None:
    gains = RNG.random((130, 150))
    assert np.array_equal(assigned(gains), linear_sum_assignment(-gains)[1])


def _net(seed: int, name: str = "net") -> Sequential:
    pellucid.clear_session()
    pellucid.set_random_seed(seed)
    return Sequential([
        layers.Input((9, 8, 2)), layers.Conv2D(6, 3, activation="relu", name="first"),
        layers.Conv2D(5, 3, activation="relu", name="second"), layers.Flatten(), layers.Dense(4, name="head"),
    ], name=name)  # fmt: skip


def test_a_permuted_model_is_recognised() -> None:
    """The same function with its filters in another order: every match, both ways, likeness 1, weights too."""
    a, b = _net(1), _net(1, "other")
    one, two = RNG.permutation(6), RNG.permutation(5)
    w = a.get_weights()
    dense = w[4].reshape(5, 4, 5, 4)[:, :, two].reshape(100, 4)
    b.set_weights([w[0][..., one], w[1][one], w[2][:, :, one][..., two], w[3][two], dense, w[5]])
    np.testing.assert_allclose(a.predict(X, verbose=0), b.predict(X, verbose=0), atol=1e-5)
    found = compare(a, b, X)
    first, second, head = found.layers
    assert np.array_equal(first.match, np.argsort(one)) and np.array_equal(second.match, np.argsort(two))
    assert head.match.tolist() == [0, 1, 2, 3]
    for layer in found.layers:
        np.testing.assert_allclose(layer.likeness, 1.0, atol=1e-5)
        assert len(layer.recurring()) == len(layer.match) and (layer.sign == 1).all() and not layer.shift.any()
    np.testing.assert_allclose(first.weights, 1.0, atol=1e-6)
    np.testing.assert_allclose(second.weights, 1.0, atol=1e-6)  # its channels were permuted as the answers say
    assert found.same_answer == 1.0 and found.largest_difference == pytest.approx(0, abs=1e-5) and found.samples == 40


def test_signs_and_shifts_are_recognised() -> None:
    """A kernel that is negative, and one that is moved by a tap."""
    a, b = (Sequential([layers.Input((12, 11, 1)), layers.Conv2D(3, 5, name="conv")]) for _ in range(2))
    kernel = np.zeros((5, 5, 1, 3), np.float32)
    kernel[1:4, 1:4] = RNG.normal(size=(3, 3, 1, 3))
    moved = np.zeros_like(kernel)
    moved[2:5, 0:3, :, 0] = -kernel[1:4, 1:4, :, 2]
    moved[1:4, 1:4, :, 1] = -kernel[1:4, 1:4, :, 0]
    moved[0:3, 1:4, :, 2] = kernel[1:4, 1:4, :, 1]
    a.layers[0].kernel.assign(kernel)
    b.layers[0].kernel.assign(moved)
    for data in (RNG.normal(size=(30, 12, 11, 1)), None):
        (layer,) = compare(a, b, data).layers
        assert layer.match.tolist() == [1, 2, 0] and layer.sign.tolist() == [-1, 1, -1]
        np.testing.assert_allclose(layer.likeness, 1.0, atol=1e-5)
        np.testing.assert_allclose(layer.weights, 1.0, atol=1e-5)
        assert layer.by == ("weights" if data is None else "answers")
    answers = compare(a, b, RNG.normal(size=(30, 12, 11, 1))).layers[0]
    assert answers.shift.tolist() == [[0, 0], [-1, 0], [1, -1]]


def test_likenesses_are_correlations() -> None:
    """NumPy's own, pair by pair; what never changes is like nothing."""
    a, b = RNG.normal(size=(7, 5, 3)), RNG.normal(size=(7, 5, 4))
    b[..., 2] = 3.0
    found, _ = likenesses(a, b, (0,))
    for i, j in np.ndindex(3, 4):
        expected = 0.0 if j == 2 else np.corrcoef(a[..., i].ravel(), b[..., j].ravel())[0, 1]
        assert found[i, j] == pytest.approx(expected, abs=1e-12)
    moved, shifts = likenesses(a, b, (2,))
    for i, j in np.ndindex(3, 4):
        if j != 2:
            parts = {
                s: (a[:, max(s, 0) : 5 + min(s, 0), i], b[:, max(-s, 0) : 5 + min(-s, 0), j]) for s in range(-2, 3)
            }
            each = {s: np.corrcoef(one.ravel(), two.ravel())[0, 1] for s, (one, two) in parts.items()}
            best = max(each, key=lambda s: abs(each[s]))
            assert moved[i, j] == pytest.approx(each[best]) and shifts[i, j].tolist() == [best]


def test_kernels_under_shift() -> None:
    kernel = RNG.normal(size=(3, 3, 2))
    assert cosine_under_shift(kernel, kernel)[0] == pytest.approx(1.0)
    other = RNG.normal(size=(3, 3, 2))
    best = -2.0
    for i in range(-1, 2):
        for j in range(-1, 2):
            padded = np.pad(other, ((1, 1), (1, 1), (0, 0)))[1 - i : 4 - i, 1 - j : 4 - j]
            best = max(best, (kernel * padded).sum() / np.linalg.norm(kernel) / np.linalg.norm(other))
    assert cosine_under_shift(kernel, other)[0] == pytest.approx(best)


def test_more_filters_than_matches() -> None:
    """Of a wider layer some are left over, of a narrower all are found."""
    a = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(5, 3, name="conv")])
    b = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(3, 3, name="conv")])
    b.layers[0].kernel.assign(a.layers[0].kernel.numpy()[..., [4, 0, 2]])
    x = RNG.normal(size=(10, 8, 8, 1))
    one, two = compare(a, b, x).layers[0], compare(b, a, x).layers[0]
    assert (
        one.match.tolist() == [1, -1, 2, -1, 0]
        and np.isnan(one.likeness[[1, 3]]).all()
        and one.recurring() == (0, 2, 4)
    )
    assert two.match.tolist() == [4, 0, 2]


def test_what_recurs_between_seeds() -> None:
    nets = [_net(seed) for seed in (1, 2, 3)]
    kernel = nets[0].layers[0].kernel.numpy()
    nets[1].layers[0].kernel[..., 5] = -kernel[..., 2]
    nets[2].layers[0].kernel[..., 0] = kernel[..., 2]
    nets[1].layers[0].kernel[..., 1] = kernel[..., 4]
    found = recurrence(nets, X, threshold=0.99)
    assert found.recurring("first") == (2,) and found.counts("first")[4] >= 1 and found.others == 2
    assert found.likeness[0].shape == (2, 6)
    pairs = [compare(nets[0], other, X) for other in nets[1:]]
    np.testing.assert_allclose(found.likeness[1], [each.layers[1].likeness for each in pairs])


def test_layers_pair_up() -> None:
    """By name, by order, as told; in models inside; channels first beside last."""
    a = _net(1)
    b = Sequential([layers.Input((9, 8, 2)), layers.Conv2D(6, 3, name="x"), layers.Conv2D(5, 3, name="y"),
                    layers.Flatten(), layers.Dense(4, name="z")])  # fmt: skip
    assert [(each.a, each.b) for each in compare(a, b, X).layers] == [("first", "x"), ("second", "y"), ("head", "z")]
    assert [each.b for each in compare(a, b, X, layers=[("second", "y")]).layers] == ["y"]
    assert [each.a for each in compare(a, _net(2), X, layers=["second"]).layers] == ["second"]
    inner = Sequential([layers.Input((9, 8, 2)), layers.Conv2D(6, 3, name="first")], name="inner")
    c = Sequential([layers.Input((9, 8, 2)), inner, layers.Flatten(), layers.Dense(4, name="head")])
    assert compare(a, c, X, layers=[("first", "inner/first")]).layers[0].b == "inner/first"
    with pytest.raises(ArgumentError, match="do not pair up; say which"):
        compare(a, c, X)


def test_nothing_of_the_models_changes() -> None:
    a, b = _net(1), _net(2)
    before = [array.tobytes() for model in (a, b) for array in model.get_weights()]
    compare(a, b, X)
    assert [array.tobytes() for model in (a, b) for array in model.get_weights()] == before


@pytest.mark.parametrize(
    ("told", "error", "message"),
    [
        (lambda a: compare(a, a, X[..., :1]), DataError, "channels|shape"),
        (lambda a: compare(a, a, X, layers=[]), ArgumentError, "layers is an empty list"),
        (lambda a: compare(a, a, X, layers=["frist"]), ArgumentError, "did you mean 'first'"),
        (lambda a: compare(a, a, X, layers=[("first", "second")]), ArgumentError, "answer maps of one size"),
        (lambda a: compare(a, a, None, layers=["second"]), ArgumentError, "no layer that reads the input itself"),
        (lambda a: compare(a, 3, X), ArgumentError, "compare looks into a model"),
        (lambda a: recurrence([a], X), ArgumentError, "two models or more"),
        (lambda a: recurrence([a, a], iter([X])), ArgumentError, "once for each model"),
        (lambda a: compare(a, a, X, samples=1), ArgumentError, "samples must be"),
    ],
)
def test_what_cannot_be_compared(told: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        told(_net(1))


def test_json_has_the_numbers() -> None:
    import json

    found = compare(_net(1), _net(2), X)
    record = json.loads(found.to_json())
    assert record["record"] == "Comparison" and record["layers"][0]["match"] == found.layers[0].match.tolist()
    assert record["layers"][0]["axes"] == ["filter of a", "filter of b"]
    assert isinstance(found.layers[0], inspection.LayerMatch)


def test_models_with_several_inputs() -> None:
    """Filters that were given another order are found in it; a layer's own input is told by its number."""

    def two() -> Model:
        left, right = Input((6, 6, 1), name="left"), Input((4,), name="right")
        maps = layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3, name="conv")(left))
        both = layers.Concatenate()([maps, layers.Dense(2, name="hidden")(right)])
        return Model([left, right], layers.Dense(2, name="out")(both))

    one, other = two(), two()
    order = [2, 0, 1]
    other.set_weights(one.get_weights())
    other.get_layer("conv").kernel[...] = one.get_layer("conv").kernel.numpy()[..., order]
    rng = np.random.default_rng(0)
    found = compare(one, other, [rng.normal(size=(20, 6, 6, 1)), rng.normal(size=(20, 4))])
    matches = {each.a: each.match.tolist() for each in found.layers}
    assert matches["conv"] == [1, 2, 0] and matches["hidden"] == [0, 1]
    assert found.samples == 20 and found.largest_difference > 0
    by_weights = compare(one, other)
    assert [each.a for each in by_weights.layers] == ["conv", "hidden"]
    assert by_weights.layers[0].match.tolist() == [1, 2, 0]
    with pytest.raises(ArgumentError, match=r"has 2 inputs and .* 1; models are compared that take the same samples"):
        compare(one, Sequential([Input((4,)), layers.Dense(2)]))
