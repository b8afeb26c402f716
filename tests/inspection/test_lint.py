"""Each fault is found where it was made, nowhere else, with numbers that NumPy computes from the definition."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

import pellucid
from pellucid import Model, Sequential, inspection, layers
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, PellucidError
from pellucid.inspection import Finding, Lint
from pellucid.inspection.findings import KINDS
from pellucid.inspection.sample_files import read_samples
from pellucid.training.door import prepare_inputs
from pellucid.views import lint_text

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 8, 8, 2)).astype(np.float32)


def _model(activation: str = "relu", **options: object) -> Sequential:
    conv = layers.Conv2D(6, 3, activation=activation, name="conv", **options)
    head = layers.Dense(3, activation="softmax", name="head")
    return Sequential([layers.Input((8, 8, 2)), conv, layers.MaxPooling2D(2), layers.Flatten(), head], name="net")


_FRESH = ("noise-like", "never moved")  # what is right of a model that was not trained


def _found(lint: Lint) -> list[tuple[str, str, int | None]]:
    return [(each.kind, each.layer, each.filter) for each in lint.findings if each.kind not in _FRESH]


def test_a_sound_model_is_clean() -> None:
    lint = inspection.lint(_model(), X)
    assert (_found(lint), lint.samples, lint.given) == ([], 40, 40)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("engine", [None, "reference"])
def test_dead_over_all_the_data(data_format: str, engine: str | None) -> None:
    """The range of the answers is that over all samples and places; one sample that wakes a unit is enough."""
    x = X if data_format == "channels_last" else np.moveaxis(X, -1, 1)
    conv = layers.Conv2D(6, 3, activation="relu", name="conv", data_format=data_format)
    model = Sequential([layers.Input(x.shape[1:]), conv, layers.Flatten(), layers.Dense(2)])
    conv.bias[2], conv.bias[4] = -50.0, -6.0
    maps = np.moveaxis(np.stack([inspection.feature_maps(model, each, engine=engine)[1].maps for each in x]), -1, 0)
    silent = [k for k, own in enumerate(maps) if own.max() == own.min()]
    found = inspection.lint(model, x, engine=engine).of("dead")
    assert [each.filter for each in found] == silent and 2 in silent
    assert found[0].evidence == {"lowest": 0.0, "highest": 0.0, "samples": 40, "answers": 40 * 6 * 6}
    assert "; samples 40; answers 1,440)" in found[0].numbers, "counts are told to the last digit"
    awake = x.copy()
    if data_format == "channels_last":
        awake[17] *= 1000
        assert not inspection.lint(model, awake, engine=engine).of("dead")


def test_a_unit_is_dead_once() -> None:
    """Where it falls silent: not again behind pooling, normalisation or activation; an Activation layer counts."""
    inner = Sequential([layers.Input((6, 6, 4)), layers.ReLU(name="act"), layers.MaxPooling2D(2)], name="inner")
    model = Sequential([
        layers.Input((8, 8, 2)), layers.Conv2D(4, 3, name="conv"), inner, layers.BatchNormalization(),
        layers.Activation("tanh"), layers.Flatten(), layers.Dense(3, name="head"),
    ])  # fmt: skip
    model.layers[0].bias[1] = -50.0
    assert _found(inspection.lint(model, X)) == [("dead", "inner/act", 1)]


def test_dead_units_of_a_function_and_of_a_class_of_ones_own() -> None:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.conv = layers.Conv2D(3, 3)

        def call(self, x):  # type: ignore[no-untyped-def]
            return pellucid.activations.relu(self.conv(x))

    own = Own()
    own(X)
    own.conv.bias[1] = -50.0
    assert [kind for kind, _, _ in _found(inspection.lint(own, X))] == ["dead"]
    image = layers.Input((8, 8, 2))
    conv = layers.Conv2D(3, 3, name="conv")
    model = Model(image, pellucid.activations.relu(conv(image)))
    conv.bias[2] = -50.0
    assert [(each.kind, each.filter) for each in inspection.lint(model, X).of("dead")] == [("dead", 2)]


def test_a_layer_that_is_used_twice() -> None:
    """Its units are dead if they are silent in both uses, and told once."""
    image, conv = layers.Input((8, 8, 2)), layers.Conv2D(2, 3, padding="same", activation="relu", name="conv")
    model = Model(image, [conv(image), conv(conv(image) - 100.0)])
    conv.kernel[...] = np.abs(conv.kernel.numpy())
    assert not inspection.lint(model, X).of("dead")
    conv.bias[1] = -1e6
    assert [each.filter for each in inspection.lint(model, X).of("dead")] == [1]


@pytest.mark.parametrize(("activation", "ends"), [("tanh", (-1, 1)), ("sigmoid", (0, 1)), ("relu6", (None, 6))])
def test_saturated_units(activation: str, ends: tuple[float | None, float]) -> None:
    """The share of answers within 2% of an end of the activation; of ReLU6 the upper end counts."""
    model = _model(activation)
    model.layers[0].kernel[..., 3] *= 500 if activation != "relu6" else 0.1
    model.layers[0].bias[3] = 0.0 if activation != "relu6" else 50.0
    maps = np.stack([inspection.feature_maps(model, each)[1].maps[..., 3] for each in X])
    low, high = ends
    room = 0.02 * (high - (low or 0))
    share = np.mean((maps >= high - room) | (False if low is None else maps <= low + room))
    (found,) = inspection.lint(model, X, ignore="dead").of("saturated")
    assert (found.layer, found.filter) == ("conv", 3) and found.value == pytest.approx(share) and share > 0.95
    model = _model("linear")
    model.layers[-1].kernel[...] *= 1e4  # what a model gives may be sure of itself
    assert not inspection.lint(model, X).of("saturated")


@pytest.mark.parametrize(("factor", "kind"), [(30.0, "exploding"), (0.02, "vanishing")])
def test_activations_that_explode_or_vanish(factor: float, kind: str) -> None:
    """The first of the layers is told at which the spread, computed here in float64, has changed a thousandfold."""
    deep = Sequential([layers.Input((16,)), *(layers.Dense(16, name=f"d{k}", use_bias=False) for k in range(5))])
    values, x = [np.linalg.qr(RNG.normal(size=(16, 16)))[0] * factor for _ in range(5)], RNG.normal(size=(50, 16))
    deep.set_weights(values)
    spreads, y = [x.std(axis=0)], x
    for kernel in values:
        y = y @ kernel
        spreads.append(y.std(axis=0))
    shares = [float(np.sqrt(np.mean(s**2) / np.mean(spreads[0] ** 2))) for s in spreads[1:]]
    first = next(k for k, share in enumerate(shares) if not 1e-3 < share < 1e3)
    lint = inspection.lint(deep, x)
    assert _found(lint) == [(kind, f"d{first}", None)]
    (found,) = lint.of(kind)
    assert found.value == pytest.approx(shares[first], rel=1e-4)
    assert found.evidence["spread of d0"] == pytest.approx(float(np.sqrt(np.mean(spreads[1] ** 2))), rel=1e-4)


def test_numbers_that_overflow_explode() -> None:
    model = Sequential([layers.Input((4,)), *(layers.Dense(4, name=name) for name in "abc")])
    for layer in model.layers:
        layer.kernel[...] *= 1e30
    (found,) = inspection.lint(model, RNG.normal(size=(20, 4))).of("exploding")
    assert found.layer == "a" and np.isfinite(found.value)


def test_duplicates_have_their_cosine() -> None:
    model = _model()
    kernel = model.layers[0].kernel
    kernel[..., 4] = 3 * kernel.numpy()[..., 1] + 1e-4
    (found,) = inspection.lint(model).of("duplicate")
    a, b = (kernel.numpy()[..., k].ravel().astype(np.float64) for k in (1, 4))
    assert (found.filter, found.evidence["same as filter"]) == (4, 1)
    assert found.value == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-9)
    kernel[..., 4] = -kernel.numpy()[..., 1]  # the opposite is another filter
    assert not inspection.lint(model).of("duplicate")


def test_filters_that_read_different_channels_are_no_duplicates() -> None:
    """Depthwise, grouped and locally connected filters are compared with those that read the same numbers."""
    model = Sequential([layers.Input((6, 6, 4)), layers.DepthwiseConv2D(3, name="deep")])
    model.layers[0].kernel[...] = np.repeat(RNG.normal(size=(3, 3, 1, 1)), 4, axis=2)
    assert not _found(inspection.lint(model))
    grouped = Sequential([layers.Input((6, 6, 4)), layers.Conv2D(4, 3, groups=2, name="groups")])
    kernel = RNG.normal(size=(3, 3, 2, 4))
    kernel[..., 2], kernel[..., 3] = kernel[..., 0], kernel[..., 2] + 1
    grouped.layers[0].kernel[...] = kernel
    assert not _found(inspection.lint(grouped))
    kernel[..., 3] = kernel[..., 2] * 2
    grouped.layers[0].kernel[...] = kernel
    assert _found(inspection.lint(grouped)) == [("duplicate", "groups", 3)]


@pytest.mark.parametrize("units", [2, 300])
def test_filters_of_few_weights_are_no_duplicates_by_chance(units: int) -> None:
    """Of one or two weights many point nearly the same way: only what chance does not explain is told."""
    for inputs in (1, 2, 3):
        model = Sequential([layers.Input((inputs,)), layers.Dense(units)])
        assert not inspection.lint(model).of("duplicate")


@pytest.mark.parametrize("initial", ["zeros", "ones"])
def test_symmetry_that_was_never_broken(initial: str) -> None:
    lint = inspection.lint(_model(kernel_initializer=initial))
    assert _found(lint)[0] == ("symmetric", "conv", None)
    assert not lint.of("duplicate") and not lint.of("noise-like") and lint.of("never moved")


def test_channels_that_nobody_reads() -> None:
    model = _model()
    model.layers[0].kernel[:, :, 1] = 1e-6
    model.layers[-1].kernel[5] = 0.0
    norms = np.linalg.norm(model.layers[-1].kernel.numpy(), axis=1)
    found = inspection.lint(model).of("unused channel")
    assert [(each.layer, each.channel) for each in found] == [("conv", 1), ("head", 5)]
    assert found[1].value == 0 and found[1].evidence["norm of the largest channel"] == pytest.approx(norms.max())
    assert found[1].threshold == pytest.approx(1e-3 * np.median(norms))


def test_noise_and_patterns() -> None:
    """A fresh draw is noise, a bank of lines is none; one noisy filter of 7x7 among gratings is told."""
    assert inspection.lint(_model()).of("noise-like")[0].layer == "conv"
    assert not inspection.lint(_model(kernel_initializer="lines")).of("noise-like")
    wave = np.sin(np.arange(7) / 2)[:, None, None, None] * np.ones((7, 7, 2, 6))
    kernel = wave + 0.05 * RNG.normal(size=wave.shape)
    kernel[..., 4] = _uncorrelated()
    model = Sequential([layers.Input((8, 8, 2)), layers.Conv2D(6, 7, name="conv")])
    model.layers[0].kernel[...] = kernel
    (found,) = inspection.lint(model).of("noise-like")
    own = model.layers[0].kernel.numpy()[..., 4].astype(np.float64)
    z = [(own[1:] * own[:-1]).sum() / np.sqrt(84), (own[:, 1:] * own[:, :-1]).sum() / np.sqrt(84)]
    assert found.filter == 4 and found.value == pytest.approx(np.mean(np.square(z)) / np.mean(own**2) ** 2)


def test_deep_filters_may_do_without_a_pattern() -> None:
    inner = Sequential([layers.Input((8, 8, 2)), layers.Conv2D(4, 3, name="first")], name="inner")
    model = Sequential([layers.Input((8, 8, 2)), layers.Rescaling(2.0), inner, layers.Conv2D(4, 3, name="second")])
    assert [each.layer for each in inspection.lint(model).of("noise-like")] == ["inner/first"]


def test_duplicates_among_very_many() -> None:
    """The nearest earlier filter, by all cosines at once."""
    model = Sequential([layers.Input((20,)), layers.Dense(600, name="wide")])
    kernel = RNG.normal(size=(20, 600))
    kernel[:, 550], kernel[:, 299], kernel[:, 300] = kernel[:, 3], 2 * kernel[:, 298], kernel[:, 298]
    model.layers[0].kernel[...] = kernel
    found = inspection.lint(model).of("duplicate")
    assert [(each.filter, each.evidence["same as filter"]) for each in found] in (
        [(299, 298), (300, 298), (550, 3)], [(299, 298), (300, 299), (550, 3)]
    )  # fmt: skip


def _uncorrelated() -> np.ndarray:
    """Random numbers whose neighbours happen to have little to do with each other."""
    for seed in range(100):
        own = np.random.default_rng(seed).normal(size=(7, 7, 2))
        if abs((own[1:] * own[:-1]).sum()) < 5 and abs((own[:, 1:] * own[:, :-1]).sum()) < 5:
            return own
    raise AssertionError


def test_weights_that_never_moved() -> None:
    """Against what they were; frozen ones and those that moved are none; what is not known is said."""
    model = _model()
    before = model.get_weights()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.layers[0].trainable = False
    model.fit(X, np.arange(40) % 3, verbose=0)
    assert not inspection.lint(model, initial=before).of("never moved")
    model.layers[0].trainable = True
    (found,) = inspection.lint(model, initial=before).of("never moved")
    assert (found.layer, found.filter, found.value) == ("conv", None, 0.0)
    model.layers[0].kernel[..., :5] = 1.0
    (found,) = inspection.lint(model, initial=before).of("never moved")
    assert (found.layer, found.filter) == ("conv", 5)
    assert [each.filter for each in inspection.lint(model).of("never moved")] == [5], "it stands in their story"
    assert [each.layer for each in inspection.lint(_model()).of("never moved")] == ["conv", "head"]
    model.layers[0].kernel.assign(before[0])
    assert "not known how they began: conv/kernel." in " ".join(inspection.lint(model).notes)
    seeded = _model(kernel_initializer=pellucid.initializers.HeNormal(seed=3))
    seeded.layers[0].kernel.assign(seeded.layers[0].kernel.numpy())
    assert inspection.lint(seeded).of("never moved")[0].layer == "conv", "the initialiser tells"


def test_looking_draws_no_seed_and_writes_nothing() -> None:
    model = _model()
    model.compile("adam", "sparse_categorical_crossentropy")
    state = [(weight.state.name, weight.offset, weight.numpy().tobytes()) for weight in model.weights]
    lint_text(inspection.lint(model, X, initial=model.get_weights()))
    assert [(weight.state.name, weight.offset, weight.numpy().tobytes()) for weight in model.weights] == state
    seed = pellucid.random.next_seed()
    pellucid.clear_session()
    pellucid.set_random_seed(0)
    _model().compile("adam", "sparse_categorical_crossentropy")
    assert pellucid.random.next_seed() == seed


def test_samples_are_bounded_and_told() -> None:
    many = np.repeat(X, 10, axis=0)
    lint = inspection.lint(_model(), many, samples=50, batch_size=7)
    assert (lint.samples, lint.given) == (50, 400) and "50 of 400 samples were used, evenly spread." in lint.notes
    one = inspection.lint(_model(), X[:1])
    assert "dead" not in one.looked_for and "There is one sample, so that" in one.notes[0]
    assert "3 samples are few" in inspection.lint(_model(), X[:3]).notes[0]
    assert "dead" not in inspection.lint(_model(), np.zeros((20, 8, 8, 2))).looked_for


def test_batches_one_after_the_other() -> None:
    """A generator is gone through as far as is needed; targets beside the samples are left aside."""
    model, taken = _model(), list[int]()
    model.layers[0].bias[2] = -50.0

    def batches():  # type: ignore[no-untyped-def]
        for start in range(0, 40, 10):
            taken.append(start)
            yield X[start : start + 10], np.zeros(10)

    lint = inspection.lint(model, batches(), samples=15)
    assert (lint.samples, lint.given, taken) == (15, 15, [0, 10]) and "The first 15 samples were used." in lint.notes
    assert _found(lint) == [("dead", "conv", 2)]
    with pytest.raises(DataError, match="give no batch"):
        inspection.lint(model, iter([]))


def test_several_inputs() -> None:
    a, b = layers.Input((4,), name="a"), layers.Input((3,), name="b")
    left, right = layers.Dense(5, "relu", name="left"), layers.Dense(5, name="right")
    model = Model([a, b], layers.Dense(1)(left(a) + right(b)))
    left.bias[2] = -99.0
    data = {"a": RNG.normal(size=(20, 4)), "b": RNG.normal(size=(20, 3))}
    assert _found(inspection.lint(model, data)) == [("dead", "left", 2)]


BAD = {
    "no model": (lambda: inspection.lint("net"), ArgumentTypeError, "lint looks into a model, got 'net'"),  # type: ignore[arg-type]
    "not built": (lambda: inspection.lint(Sequential([layers.Dense(2)])), ArgumentError, "does not know its input"),
    "wrong shape": (lambda: inspection.lint(_model(), X[..., :1]), DataError, "was built for samples of shape"),
    "a kind": (lambda: inspection.lint(_model(), ignore="deaf"), ArgumentError, "did you mean 'dead'"),
    "other weights": (lambda: inspection.lint(_model(), initial=[]), ArgumentError, "has 4 weights, initial has 0"),
    "no samples": (lambda: inspection.lint(_model(), X, samples=0), ArgumentError, "samples must be"),
    "of a kind": (lambda: inspection.lint(_model()).of("deaf"), ArgumentError, "did you mean 'dead'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_looked_at(case: str) -> None:
    look, error, message = BAD[case]
    with pytest.raises(error, match=message) as caught:
        look()
    assert isinstance(caught.value, PellucidError)


def test_text_has_the_numbers_of_the_record() -> None:
    findings = (
        *(Finding("dead", "conv", k, "range", 0.0, 1e-6, {}, "Take it out.") for k in (0, 1, 5)),
        Finding("unused channel", "head", None, "norm", 0.25, 0.5, {"norm of all": 2.0}, "Look why.", 7),
    )
    text = lint_text(Lint("net", findings, 30, 90, KINDS, ("30 of 90 samples were used.",)), width=60)
    assert "dead: conv, filters 0-1 and 5" in text and text.count("Take it out.") == 1
    assert "unused channel: head, input channel 7\n    norm 0.25 (threshold 0.5; norm of all 2)" in text
    assert (
        text.startswith("net: 4 findings, in its weights and its answers to 30")
        and max(map(len, text.split("\n"))) <= 60
    )


def test_records_are_plain() -> None:
    lint = inspection.lint(_model(kernel_initializer="ones"), X)
    with pytest.raises(AttributeError):
        lint.findings[0].value = 1.0  # type: ignore[misc]
    assert json.dumps([dict(finding.evidence) for finding in lint.findings])


def test_of_a_large_file_only_what_is_used_is_read(tmp_path, monkeypatch):
    """A file of two GB that holds nothing but zeros, and takes no room on the disk."""
    path = tmp_path / "data.npy"
    data = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(20_000, 160, 160, 1))
    data[19_999] = 1.0
    del data
    module, taken = sys.modules["pellucid.inspection.lint"], []

    def prepared(x, *others):
        taken.append(np.shape(x))
        return prepare_inputs(x, *others)

    monkeypatch.setattr(module, "prepare_inputs", prepared)
    model = Sequential(
        [layers.Input((160, 160, 1)), layers.Conv2D(2, 3, strides=32, name="c"), layers.Flatten(), layers.Dense(2)]
    )
    found = inspection.lint(model, read_samples(path), samples=4)
    assert taken == [(4, 160, 160, 1)]
    assert "4 of 20000 samples were used, evenly spread." in lint_text(found).replace("\n", " ")
    (record,) = inspection.feature_maps(model, read_samples(path)[19_999], "input")
    assert (record.maps == 1.0).all()
