"""Looking at a model again and again: programs and memory are used again, and no record changes for that."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.engines import NativeEngine


class Counting(NativeEngine):
    """A native engine that counts the graphs that it prepares."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared = 0

    def prepare(self, graph: object) -> object:
        self.prepared += 1
        return super().prepare(graph)


def _model(engine: NativeEngine | None = None) -> Sequential:
    model = Sequential(
        [
            layers.Input((12, 12, 3)),
            layers.Conv2D(8, 3, padding="same", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(name="relu"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Dropout(0.5, name="drop"),
            layers.Flatten(name="flat"),
            layers.Dense(5, activation="softmax", name="answer"),
        ]
    )
    if engine is not None:
        model.compile("sgd", "mse", engine=engine)
    return model


def _samples(count: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(count, 12, 12, 3)).astype(np.float32)


def _memory(record: inspection.FeatureMaps) -> int:
    return int(record.maps.__array_interface__["data"][0])


def test_records_stay_as_they_were_however_often_somebody_looks() -> None:
    model, samples = _model(), _samples(6)
    kept = [inspection.feature_maps(model, sample) for sample in samples]
    for records, sample in zip(kept, samples, strict=True):
        exact = inspection.feature_maps(model, sample, engine="reference")
        assert [record.layer for record in records] == [record.layer for record in exact]
        for record, truth in zip(records, exact, strict=True):
            np.testing.assert_allclose(record.maps, truth.maps, rtol=1e-4, atol=1e-5)
            assert not record.maps.flags.writeable


def test_the_memory_of_maps_that_nobody_has_is_used_again() -> None:
    model, (first, second) = _model(), _samples(2)
    model.predict(first[np.newaxis])
    before = {record.layer: _memory(record) for record in inspection.feature_maps(model, first)}
    after = {record.layer: _memory(record) for record in inspection.feature_maps(model, second)}
    assert {name: after[name] for name in ("conv", "norm", "relu")} == {
        name: before[name] for name in ("conv", "norm", "relu")
    }


@pytest.mark.parametrize("count", [1, 3])
def test_numbers_that_layers_hand_on_are_computed_and_kept_once(count: int) -> None:
    model, samples = _model(), _samples(count)
    found = inspection.feature_maps(model, samples if count > 1 else samples[0])
    named = {(record.layer, record.sample): record for record in found}
    for sample in ("0", "1", "2") if count > 1 else ("",):
        pool, drop, flat = (named[name, sample] for name in ("pool", "drop", "flat"))
        assert flat.maps.shape == (6 * 6 * 8,) and not flat.maps.flags.writeable
        assert (flat.maps == pool.maps.reshape(-1)).all() and pool.maps.any()
        assert _memory(pool) == _memory(drop) == _memory(flat)


@pytest.mark.parametrize("part", [lambda maps: maps, lambda maps: maps[2, :, 1], lambda maps: memoryview(maps)])
def test_a_part_that_somebody_has_is_never_written_to(part: object) -> None:
    model, samples = _model(), _samples(3)
    held = part(inspection.feature_maps(model, samples[0], "conv")[0].maps)
    copy = np.array(held)
    for sample in samples[1:]:
        inspection.feature_maps(model, sample, "conv")
    assert (np.array(held) == copy).all()


def test_two_threads_that_look_at_once_get_maps_of_their_own() -> None:
    model, samples = _model(), _samples(40)
    model.predict(samples)
    alone = [inspection.feature_maps(model, sample, "answer")[0].maps.copy() for sample in samples]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda sample: inspection.feature_maps(model, sample, "answer")[0].maps, samples))
    assert all((a == b).all() for a, b in zip(alone, together, strict=True))


def test_a_model_that_has_not_run_yet_is_prepared_once_and_no_weight_moves() -> None:
    engine = Counting()
    model, (first, second) = _model(engine), _samples(2)
    places = [(weight.state.name, weight.offset) for weight in model.weights]
    inspection.feature_maps(model, first)
    inspection.feature_maps(model, second)
    assert engine.prepared == 1
    assert [(weight.state.name, weight.offset) for weight in model.weights] == places


@pytest.mark.parametrize("has_run", [False, True])
def test_what_changes_is_seen(has_run: bool) -> None:
    model, (sample,) = _model(), _samples(1)
    if has_run:
        model.predict(sample[np.newaxis])
    inspection.feature_maps(model, sample, ["conv", "answer"])
    model.get_layer("conv").kernel.assign(np.zeros((3, 3, 3, 8)))
    model.get_layer("answer").activation = "linear"
    conv, answer = inspection.feature_maps(model, sample, ["conv", "answer"])
    assert (conv.maps == 0).all()
    dense = model.get_layer("answer")
    flat = inspection.feature_maps(model, sample, "flat")[0].maps
    np.testing.assert_allclose(answer.maps, flat @ dense.kernel.numpy() + dense.bias.numpy(), rtol=1e-5, atol=1e-6)
