"""The pages that train (8, 16 and 18), held to the same trainings in PyTorch, from the same weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import torch

import pellucid
from pellucid import Sequential, inspection, layers, learn, optimizers

RATE, PADS = 0.2, 1
RNG = np.random.default_rng(5)
X = RNG.random((32, 6, 6, 1), dtype=np.float32)
Y = (X.mean(axis=(1, 2, 3)) > np.median(X.mean(axis=(1, 2, 3)))).astype(np.int64)
Begun = list[list[np.ndarray]]
Weights = dict[str, torch.Tensor]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], tuple[learn.Page, Begun]]:
    """A page on a small net, and the weights of each training of it at the beginning.

    All samples are one batch, so that their order does not count.
    """
    begun: Begun = []
    fit = Sequential.fit

    def noted(model: Any, *given: Any, **settings: Any) -> Any:
        begun.append(model.get_weights())
        return fit(model, *given, **settings)

    def page(number: int) -> tuple[learn.Page, Begun]:
        pellucid.set_random_seed(number)
        body = [layers.Conv2D(3, 3, activation="relu", name="c"), layers.Flatten(), layers.Dense(2, "softmax")]
        model = Sequential([layers.Input((6, 6, 1)), *body], name="small")
        model.compile(optimizers.SGD(RATE), "sparse_categorical_crossentropy")
        monkeypatch.setattr(pellucid.Model, "fit", noted)
        return learn.page(number, model, "c", X, Y), begun

    return page


def tensors(begun: list[np.ndarray]) -> Weights:
    """Weights as PyTorch has them, in float64; the dense layer reads places before channels, as here."""
    kernel, bias, dense, ends = (torch.tensor(np.asarray(each, np.float64)) for each in begun)
    return {"kernel": kernel, "bias": bias, "dense": dense, "ends": ends}


def summed(weights: Weights, x: np.ndarray) -> torch.Tensor:
    """What the convolution has before its activation (samples, filters, rows, columns)."""
    planes = torch.tensor(np.moveaxis(x.astype(np.float64), -1, 1))
    return torch.nn.functional.conv2d(planes, weights["kernel"].permute(3, 2, 0, 1), weights["bias"])


def loss(weights: Weights, x: np.ndarray, y: np.ndarray) -> torch.Tensor:
    rows = torch.relu(summed(weights, x)).permute(0, 2, 3, 1).flatten(1)
    return torch.nn.functional.cross_entropy(rows @ weights["dense"] + weights["ends"], torch.tensor(y))


def trained(begun: list[np.ndarray], x: np.ndarray, y: np.ndarray, steps: int) -> tuple[Weights, float]:
    """The weights after so many steps of plain gradient descent, and the loss before the last."""
    weights, before = tensors(begun), 0.0
    for _ in range(steps):
        leaves = {name: each.clone().requires_grad_() for name, each in weights.items()}
        found = loss(leaves, x, y)
        found.backward()
        before = float(found)
        weights = {name: (each - RATE * each.grad).detach() for name, each in leaves.items()}
    return weights, before


def test_filters_that_begin_equal(made: Callable[[int], tuple[learn.Page, Begun]]) -> None:
    """Page 8: how far they are apart after one epoch."""
    page, begun = made(8)
    assert len(begun) == 2 and all((weight == weight.flat[0]).all() for weight in begun[0])
    for words, weights in zip(("all weights", "only these"), begun, strict=True):
        kernel = trained(weights, X, Y, 1)[0]["kernel"].numpy()
        (told,) = (number for what, number in page.numbers.items() if what.startswith(words))
        assert told == pytest.approx(np.ptp(kernel, axis=-1).max(), rel=1e-3, abs=1e-7)


def test_two_runs(made: Callable[[int], tuple[learn.Page, Begun]]) -> None:
    """Page 16: correlations by NumPy, the match by SciPy."""
    page, begun = made(16)
    ends = [trained(weights, X, Y, 6)[0] for weights in begun]
    one, two = (summed(weights, X).numpy() for weights in ends)
    every = np.zeros((3, 3))
    for dy, dx in np.ndindex(3, 3):
        mine = one[:, :, max(dy - 1, 0) : 4 + min(dy - 1, 0), max(dx - 1, 0) : 4 + min(dx - 1, 0)]
        its = two[:, :, max(1 - dy, 0) : 4 + min(1 - dy, 0), max(1 - dx, 0) : 4 + min(1 - dx, 0)]
        rows = [np.moveaxis(each, 1, 0).reshape(3, -1) for each in (mine, its)]
        every = np.maximum(every, np.abs(np.corrcoef(*rows)[:3, 3:]))
    best = scipy.optimize.linear_sum_assignment(-every)
    numbers = {what.partition(":")[2] or what: number for what, number in page.numbers.items()}
    assert numbers[" mean likeness of matched filters"] == pytest.approx(every[best].mean(), abs=1e-4)
    assert numbers["mean likeness by chance"] == pytest.approx(every.mean(), abs=1e-4)
    found = next(part for part in page.parts if isinstance(part, inspection.Comparison))
    assert found.layers[0].match.tolist() == best[1].tolist()


def test_overfitting(made: Callable[[int], tuple[learn.Page, Begun]]) -> None:
    """Page 18: the gap of the run without dropout, and its curves' last point."""
    page, begun = made(18)
    weights, learned = trained(begun[0], X[:8], Y[:8], 25)
    held = float(loss(weights, X[8:], Y[8:]))
    (told,) = (number for what, number in page.numbers.items() if what.startswith("without dropout"))
    assert told == pytest.approx(held - learned, abs=1e-4)
    runs = next(part for part in page.parts if isinstance(part, inspection.TrainingRuns)).runs
    assert runs["without dropout"].curves["val_loss"][-1] == pytest.approx(held, rel=1e-4)
