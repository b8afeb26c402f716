"""The patches that excite units most: held to a search in NumPy over maps one by one; every source gives the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import pellucid
from pellucid import Sequential, inspection, layers, utils, views
from pellucid.errors import ArgumentError, DataError
from pellucid.inspection import top_patches

RNG = np.random.default_rng(8)
X = RNG.normal(size=(23, 10, 9, 2)).astype(np.float32)
Y = RNG.integers(0, 5, 23)


def _model() -> Sequential:
    pellucid.clear_session()
    pellucid.set_random_seed(2)
    return Sequential([
        layers.Input((10, 9, 2)), layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="first"),
        layers.Conv2D(3, 2, activation="relu", name="second"), layers.Flatten(), layers.Dense(5, name="head"),
    ])  # fmt: skip


def _expected(maps: np.ndarray, unit: int, count: int) -> list[tuple[float, int, tuple[int, ...]]]:
    """Value, sample and place of the strongest, by going through all maps."""
    best = []
    for sample, each in enumerate(maps[..., unit]):
        place = np.unravel_index(int(each.argmax()), each.shape)
        best.append((float(each[place]), sample, tuple(int(i) for i in place)))
    return sorted(best, key=lambda found: -found[0])[:count]


@pytest.mark.parametrize(
    ("layer", "stride", "before", "seen"), [("first", 2, (0, 1), (3, 3)), ("second", 2, (0, 1), (5, 5))]
)
def test_they_are_those_of_a_search(layer: str, stride: int, before: tuple[int, int], seen: tuple[int, int]) -> None:
    """Values, samples, places, and the numbers of the input that are seen there; padding is NaN."""
    model = _model()
    maps = np.stack([inspection.feature_maps(model, x, layer)[0].maps for x in X])
    found = top_patches(model, (X, Y), layer, count=4, batch_size=7)
    padded = np.pad(X.astype(np.float64), ((0, 0), (8, 8), (8, 8), (0, 0)), constant_values=np.nan)
    for unit in range(maps.shape[-1]):
        for rank, (value, sample, place) in enumerate(_expected(maps, unit, 4)):
            assert found.values[unit, rank] == pytest.approx(value, rel=1e-6)
            assert found.samples[unit, rank] == sample and found.positions[unit, rank].tolist() == list(place)
            assert found.labels is not None and found.labels[unit, rank] == Y[sample]
            starts = [p * stride - b for p, b in zip(place, before, strict=True)]
            window = tuple(slice(8 + s, 8 + s + n) for s, n in zip(starts, seen, strict=True))
            np.testing.assert_array_equal(found.patches[unit, rank], padded[sample][window])
            assert found.boxes[unit, rank].tolist() == [[s, s + n - 1] for s, n in zip(starts, seen, strict=True)]
    assert found.seen == 23 and found.axes == ("unit", "rank", "rows", "columns", "channel")
    np.testing.assert_allclose(found.highest, maps.max(axis=(0, 1, 2)), rtol=1e-6)


def test_dense_units_see_all() -> None:
    model = _model()
    found = top_patches(model, X, "head", [3, 1], count=2)
    answers = model.predict(X, verbose=0)
    order = np.argsort(-answers[:, 3], kind="stable")[:2]
    assert found.samples[0].tolist() == order.tolist() and found.positions.shape == (2, 2, 0) and found.labels is None
    np.testing.assert_array_equal(found.patches[0], X[order])
    assert found.units.tolist() == [3, 1]


class _Batches(utils.PyDataset):  # type: ignore[misc]
    def __len__(self) -> int:
        return 3

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        return X[number * 8 : (number + 1) * 8], Y[number * 8 : (number + 1) * 8]


def _sources() -> dict[str, Any]:
    pairs = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    return {
        "arrays": (X, Y),
        "generator": ((X[k : k + 5], Y[k : k + 5]) for k in range(0, 23, 5)),
        "dataset": _Batches(),
        "loader": torch.utils.data.DataLoader(pairs, batch_size=6),
        "without labels": X,
        "rows with a one": (X, np.eye(5)[Y]),
        "list": X.tolist(),
    }


@pytest.mark.parametrize("source", ["generator", "dataset", "loader", "without labels", "list", "rows with a one"])
def test_every_source_gives_the_same(source: str) -> None:
    model = _model()
    one, two = (top_patches(model, _sources()[each], "second", count=3) for each in ("arrays", source))
    assert np.array_equal(one.samples, two.samples) and np.array_equal(one.patches, two.patches, equal_nan=True)
    if source in ("generator", "dataset", "loader", "rows with a one"):
        assert one.labels is not None and two.labels is not None and np.array_equal(one.labels, two.labels)


def test_a_dead_unit_is_said_to_be_dead() -> None:
    model = _model()
    model.layers[0].bias[2] = -100.0
    found = top_patches(model, X, "first")
    assert found.dead == (2,) and found.said(2) == "dead: it answers 0 to every place of 23 samples"
    assert top_patches(model, X, "first", stage="before activation").dead == ()


def test_a_layer_that_answers_nothing_but_nan() -> None:
    """It is said, and a report goes on without; beside one NaN unit the others are found."""
    model = _model()
    model.layers[0].bias[2] = np.nan
    found = top_patches(model, X, "first")
    assert np.isnan(found.values[2]).all() and np.isfinite(found.values[0]).all()
    with pytest.raises(ArgumentError, match="top_patches: all that second answers is NaN"):
        top_patches(model, X, "second")
    assert "all that second answers is NaN" in views.report_html(model, X, Y)


def test_other_ranks_formats_and_few_samples() -> None:
    """Signals, volumes, channels first, transposed convolutions; fewer samples than patches are wanted."""
    signal = Sequential([layers.Input((12, 1)), layers.Conv1D(2, 4, name="c")])
    found = top_patches(signal, RNG.normal(size=(2, 12, 1)), "c", count=3)
    assert found.patches.shape == (2, 3, 4, 1) and found.samples[:, 2].tolist() == [-1, -1]
    assert np.isnan(found.values[:, 2]).all()
    volume = Sequential([layers.Input((5, 6, 7, 1)), layers.Conv3D(2, 2, name="c")])
    assert top_patches(volume, RNG.normal(size=(3, 5, 6, 7, 1)), "c").patches.shape == (2, 9, 2, 2, 2, 1)
    up = Sequential([layers.Input((4, 4, 1)), layers.Conv2DTranspose(2, 3, strides=2, name="c")])
    x = RNG.normal(size=(3, 4, 4, 1)).astype(np.float32)
    top = top_patches(up, x, "c", 1, count=1)
    (first, last) = top.boxes[0, 0].T
    window = x[top.samples[0, 0]][first[0] : last[0] + 1, first[1] : last[1] + 1]
    np.testing.assert_array_equal(top.patches[0, 0], window)
    a = Sequential([layers.Input((6, 5, 2)), layers.Conv2D(3, 3, name="c")])
    b = Sequential([layers.Input((2, 6, 5)), layers.Conv2D(3, 3, data_format="channels_first", name="c")])
    b.set_weights(a.get_weights())
    x = RNG.normal(size=(4, 6, 5, 2)).astype(np.float32)
    one, two = top_patches(a, x, "c", count=2), top_patches(b, x.transpose(0, 3, 1, 2), "c", count=2)
    assert np.array_equal(one.samples, two.samples) and np.array_equal(one.patches, two.patches)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"layer": "fisrt"}, ArgumentError, "did you mean 'first'"),
        ({"units": 4}, ArgumentError, "first has units 0 to 3, there is no unit 4"),
        ({"units": []}, ArgumentError, "units is an empty list"),
        ({"count": 0}, ArgumentError, "top_patches: .*`count`"),
        ({"data": X[..., :1]}, DataError, "channels|shape"),
        ({"data": (X, Y[:3])}, DataError, "there are 23 samples and 3 targets"),
        ({"data": iter([])}, DataError, "the data give no sample"),
    ],
)
def test_what_cannot_be_asked(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        top_patches(_model(), **{"data": X, "layer": "first", **arguments})
