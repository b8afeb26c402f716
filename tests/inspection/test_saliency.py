"""Saliency by each method, held to PyTorch's gradients and to NumPy; signs, axes, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

import pellucid
from pellucid import Model, Sequential, inspection, layers
from pellucid.errors import ArgumentError
from pellucid.inspection import saliency
from pellucid.inspection.saliency_records import MEANINGS, METHODS

RNG = np.random.default_rng(3)
X = RNG.normal(size=(9, 8, 2)).astype(np.float32)


def _model() -> Sequential:
    """Two convolutions, of which the second has its activation in a layer of its own; strides, colour, softmax."""
    pellucid.clear_session()
    pellucid.set_random_seed(4)
    return Sequential([
        layers.Input((9, 8, 2)), layers.Conv2D(5, 3, activation="relu", name="first"), layers.MaxPooling2D(2),
        layers.Conv2D(6, 2, name="second"), layers.ReLU(name="rectified"), layers.Flatten(),
        layers.Dense(4, activation="softmax", name="head"),
    ])  # fmt: skip


class _Guided(torch.autograd.Function):
    """A ReLU through which the positive part of what comes back goes alone."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return grad.clamp(min=0) * (x > 0)


def _in_torch(model: Sequential, x: torch.Tensor, relu: Any = torch.relu) -> tuple[torch.Tensor, torch.Tensor]:
    """The same network in float64: what goes into the softmax, and the maps behind the second ReLU."""
    weights = [torch.tensor(each.astype(np.float64)) for each in model.get_weights()]
    y = functional.conv2d(x.permute(0, 3, 1, 2), weights[0].permute(3, 2, 0, 1), weights[1])
    y = functional.max_pool2d(relu(y), 2)
    maps = relu(functional.conv2d(y, weights[2].permute(3, 2, 0, 1), weights[3]))
    flat = maps.permute(0, 2, 3, 1).reshape(len(x), -1)
    return flat @ weights[4] + weights[5], maps


def _slopes(model: Sequential, batch: np.ndarray, unit: int, relu: Any = torch.relu) -> np.ndarray:
    x = torch.tensor(batch.astype(np.float64), requires_grad=True)
    _in_torch(model, x, relu)[0][:, unit].sum().backward()
    assert x.grad is not None
    return x.grad.numpy()


def test_gradient_is_that_of_pytorch() -> None:
    model = _model()
    logits = _in_torch(model, torch.tensor(X[None].astype(np.float64)))[0][0].numpy()
    found = saliency(model, X)
    assert found.unit == logits.argmax() and found.score == pytest.approx(logits.max(), rel=1e-5)
    for unit in range(4):
        one = saliency(model, X, unit=unit)
        np.testing.assert_allclose(one.values, _slopes(model, X[None], unit)[0], atol=1e-6)
        assert one.score == pytest.approx(logits[unit], abs=1e-5)
    assert np.array_equal(found.image, X) and found.axes == ("rows", "columns", "channel")
    np.testing.assert_allclose(found.by_place, found.values.sum(axis=-1))


def test_of_the_output_and_of_units_inside() -> None:
    """Behind the softmax, at a position of a map, and the mean of a map, by central differences in float64."""
    model = _model()
    for told in ({"stage": "output", "unit": 2}, {"layer": "second", "unit": 3, "position": (1, 0)},
                 {"layer": "first", "unit": 1, "stage": "output"}):  # fmt: skip
        found = saliency(model, X, engine="reference", **told)  # type: ignore[arg-type]
        for place in ((0, 0, 0), (4, 3, 1), (8, 7, 0)):
            step = np.zeros(X.shape)
            step[place] = 2.0**-9
            above, below = (
                saliency(model, (X + sign * step).astype(np.float32), engine="reference", **told).score  # type: ignore[arg-type]
                for sign in (1, -1)
            )
            assert found.values[place] == pytest.approx((above - below) * 2.0**8, abs=2e-4)


def test_smoothgrad_is_the_mean_over_the_same_noise() -> None:
    model = _model()
    found = saliency(model, X, "smoothgrad", unit=1, samples=10, noise=0.2, seed=5)
    noise = np.random.default_rng(5).normal(0.0, 1.0, (10, *X.shape)) * 0.2 * float(np.ptp(X.astype(np.float64)))
    batch = (X[None] + noise).astype(np.float32)
    np.testing.assert_allclose(found.values, _slopes(model, batch, 1).mean(axis=0), atol=1e-5)
    again = saliency(model, X, "smoothgrad", unit=1, samples=10, noise=0.2, seed=6)
    assert not np.array_equal(found.values, again.values)


def test_integrated_gradients_add_up() -> None:
    """To the score at the sample without that at the baseline, and they are PyTorch's along the same way."""
    model = _model()
    found = saliency(model, X, "integrated", unit=3, baseline=0.5, steps=300)
    base = np.full(X.shape, 0.5)
    ends = _in_torch(model, torch.tensor(np.stack([base, X.astype(np.float64)])))[0][:, 3].numpy()
    assert found.values.sum() == pytest.approx(ends[1] - ends[0], abs=0.02)
    batch = base + ((np.arange(300) + 0.5) / 300)[:, None, None, None] * (X - base)
    slopes = _slopes(model, batch.astype(np.float32), 3).mean(axis=0)
    np.testing.assert_allclose(found.values, (X - base) * slopes, atol=2e-4)
    assert "add up to" in found.notes[0]


def test_guided_is_that_of_its_rule() -> None:
    model = _model()
    found = saliency(model, X, "guided", unit=0)
    np.testing.assert_allclose(found.values, _slopes(model, X[None], 0, _Guided.apply)[0], atol=1e-6)
    assert "no evidence against" in found.meaning_of_negative


def test_occlusion_is_what_covering_takes_away() -> None:
    """Square by square, in NumPy on the logits of PyTorch; every place the mean of the squares that cover it."""
    model = _model()
    found = saliency(model, X, "occlusion", unit=2, patch=3, stride=2, baseline=0.25)

    def score(image: np.ndarray) -> float:
        return float(_in_torch(model, torch.tensor(image[None].astype(np.float64)))[0][0, 2])

    total, counts = np.zeros(X.shape[:2]), np.zeros(X.shape[:2])
    for row in (0, 2, 4, 6):
        for column in (0, 2, 4, 5):  # the last one reaches the edge
            covered = X.copy()
            covered[row : row + 3, column : column + 3] = 0.25
            total[row : row + 3, column : column + 3] += score(X) - score(covered)
            counts[row : row + 3, column : column + 3] += 1
    np.testing.assert_allclose(found.values[..., 0], total / counts, atol=1e-5)


def test_gradcam_weighs_maps_by_their_mean_gradients() -> None:
    model = _model()
    x = torch.tensor(X[None].astype(np.float64), requires_grad=True)
    logits, maps = _in_torch(model, x)
    maps.retain_grad()
    logits[0, 1].backward()
    assert maps.grad is not None
    weights = maps.grad[0].mean(dim=(1, 2))
    expected = (weights[:, None, None] * maps[0]).sum(dim=0).detach()
    found = saliency(model, X, "gradcam", unit=1)
    assert found.maps_of == "rectified" and found.coarse is not None
    np.testing.assert_allclose(found.coarse, expected.numpy(), atol=1e-6)
    stretched = functional.interpolate(expected[None, None], (9, 8), mode="bilinear", align_corners=False)[0, 0]
    np.testing.assert_allclose(found.values[..., 0], stretched.numpy(), atol=1e-6)
    assert saliency(model, X, "gradcam", unit=1, maps_of="first").coarse.shape == (7, 6)  # type: ignore[union-attr]


def test_doubt_is_what_the_model_gives() -> None:
    """The curves are the model's own predictions of samples from which the most important places were taken."""
    model = _model()
    found = saliency(model, X, unit=2)
    order = np.argsort(-found.by_place.ravel(), kind="stable")
    for k, share in enumerate(found.doubt.share):
        count = round(float(share) * 72)
        taken, given = X.reshape(72, 2).copy(), np.zeros((72, 2), np.float32)
        taken[order[:count]] = 0
        given[order[:count]] = X.reshape(72, 2)[order[:count]]
        both = model.predict(np.stack([taken, given]).reshape(2, 9, 8, 2), verbose=0)[:, 2]
        np.testing.assert_allclose([found.doubt.deletion[k], found.doubt.insertion[k]], both, atol=1e-6)
    assert found.doubt.share[[0, -1]].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("method", METHODS)
def test_channels_first_is_the_same(method: str) -> None:
    """Axes are named, not guessed: a model of the other data format has the same map."""
    pellucid.clear_session()
    first = [layers.Conv2D(4, 3, activation="relu", data_format="channels_first"), layers.GlobalAveragePooling2D(
        data_format="channels_first"), layers.Dense(2)]  # fmt: skip
    last = [layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(2)]
    a, b = Sequential([layers.Input((9, 8, 2)), *last]), Sequential([layers.Input((2, 9, 8)), *first])
    b.set_weights(a.get_weights())
    one, two = saliency(a, X, method, unit=1), saliency(b, X.transpose(2, 0, 1), method, unit=1)
    np.testing.assert_allclose(one.values, two.values, atol=1e-6)
    np.testing.assert_allclose(one.image, two.image)
    np.testing.assert_allclose(one.doubt.deletion, two.doubt.deletion, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_every_rank(method: str) -> None:
    """Signals, volumes; rows of numbers where the method does not need maps; a model inside and a branch."""
    for shape, conv in (((12, 2), layers.Conv1D), ((5, 6, 4, 1), layers.Conv3D)):
        model = Sequential([layers.Input(shape), conv(3, 2, activation="relu"), layers.Flatten(), layers.Dense(3)])
        x = RNG.normal(size=shape)
        found = saliency(model, x, method)
        assert found.values.shape[:-1] == shape[:-1] and np.isfinite(found.values).all()
    inner = Sequential([layers.Input((6, 6, 2)), layers.Conv2D(3, 3, activation="relu", name="deep")], name="inner")
    x = layers.Input((6, 6, 2))
    y = layers.Flatten()(layers.Add()([inner(x), layers.Conv2D(3, 3)(x)]))
    assert saliency(Model(x, layers.Dense(2)(y)), np.ones((6, 6, 2)), method).unit in (0, 1)
    if method != "gradcam":
        flat = Sequential([layers.Input((7,)), layers.Dense(5, activation="relu"), layers.Dense(1)])
        assert saliency(flat, np.ones(7), method).values.shape == (7, 1)


def test_nothing_of_the_model_changes() -> None:
    model = _model()
    before = [array.tobytes() for array in model.get_weights()]
    for method in METHODS:
        saliency(model, X, method)
    assert [array.tobytes() for array in model.get_weights()] == before and not model.runtime.is_placed(model.engine)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "gradcam++"}, "method of saliency"),
        ({"steps": 5}, "saliency: steps is of the method integrated; gradient has no use for it"),
        ({"method": "occlusion", "patch": 9}, r"a patch of 9 does not lie in an input of \(9, 8\)"),
        ({"method": "smoothgrad", "noise": -1.0}, "saliency: noise must be"),
        ({"method": "gradcam", "maps_of": "head"}, "head has no maps on the way to head"),
        ({"method": "gradcam", "layer": "first"}, "no layer with maps is on the way to first"),
        ({"method": "guided", "layer": "first"}, "none is on the way to first; say method='gradient'"),
        ({"unit": 4}, "head has units 0 to 3, there is no unit 4"),
        (
            {"layer": "second", "position": (3, 0)},
            r"second gives feature maps of \(2, 2\), there is no position \(3, 0\)",
        ),
        ({"layer": "secnod"}, "did you mean 'second'"),
        ({"stage": "before bias"}, "stage of saliency"),
        ({"call": 1}, "'head' is used once"),
    ],
)
def test_what_cannot_be_asked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        saliency(_model(), X, **arguments)


def test_every_method_says_what_its_signs_mean() -> None:
    assert len({negative for _, negative in MEANINGS.values()}) == len(METHODS) == 6
    record = saliency(_model(), X, "occlusion")
    assert "covering this place raises the score" in inspection.Saliency.meaning_of_negative.fget(record)  # type: ignore[attr-defined]
