"""Whole training runs on XLA as it optimises for users: the numbers of the reference engine, and its own again."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
import pytest
from cases.models import Data, branched_cnn, compiled, frozen_cnn, images, shared_cnn, small_cnn
from checks.training import check_training, fingerprint

import pellucid
from pellucid import Model, Sequential, callbacks, inspection, layers, optimizers
from pellucid.engines import ReferenceEngine, XLAEngine, get_engine
from pellucid.engines.xla.program import XLAProgram
from pellucid.errors import ArgumentError, EngineError, PellucidError
from pellucid.geometry import Window
from pellucid.graph import Graph, ops, windows

pytestmark = pytest.mark.usefixtures("optimized")
BATCH: Data = images(12, seed=3)


def normalised() -> Sequential:
    """Values that are compared with the maximum of themselves come out of sums of products here."""
    return Sequential(
        [
            layers.Input((10, 10, 1)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("gelu"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(4, activation="softmax"),
        ]
    )


@pytest.mark.parametrize("make", [small_cnn, branched_cnn, shared_cnn, frozen_cnn])
def test_xla_trains_as_the_reference_does(make: Callable[[], Model], note_deviation: Callable[..., None]) -> None:
    worst = check_training(
        lambda engine: compiled(make(), engine, optimizers.SGD(0.1, momentum=0.9)),
        BATCH,
        ReferenceEngine(),
        XLAEngine(),
        steps=4,
    )
    note_deviation("training on xla", worst)


def test_no_gradient_of_a_maximum_is_lost() -> None:
    """XLA computes what a maximum is taken of more than once, and rounds it otherwise each time."""
    x, y = np.random.default_rng(0).random((24, 10, 10, 1), np.float32), np.arange(24) % 4
    models = []
    for engine in ("reference", "xla"):
        pellucid.set_random_seed(5)
        model = normalised()
        model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy", engine=engine)
        for _ in range(2):
            model.train_on_batch(x, y)
        models.append(model)
    for theirs, ours in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-6)


def test_ties_share_the_gradient_of_a_maximum() -> None:
    """As on the other engines: of a map that is 0 everywhere each place gets its part."""
    found = []
    for engine in ("reference", "xla"):
        pellucid.clear_session()
        model = Sequential([layers.Input((2, 2, 1)), layers.GlobalMaxPooling2D(), layers.Dense(1, use_bias=False)])
        model.set_weights([[[1.0]]])
        model.compile("sgd", "mse", engine=engine)
        found.append(inspection.receptive_field(model, "global_max_pooling2d", (), 0, np.zeros((2, 2, 1))).effective)
    np.testing.assert_allclose(found[1], found[0])


def test_fit_evaluate_and_predict() -> None:
    """Masks of dropout are those of the native engine, so are the order of samples and the numbers that are told."""
    told, models = [], []
    data = images(40)
    for engine in ("native", "xla"):
        model = compiled(small_cnn(dropout=0.3), get_engine(engine), optimizers.SGD(0.05, momentum=0.9))
        history = model.fit(data.x, data.y, batch_size=16, epochs=3, verbose=0, validation_split=0.2).history
        told.append([*map(np.array, history.values()), model.evaluate(data.x, data.y, verbose=0)])
        told[-1].append(model.predict(data.x, batch_size=7, verbose=0))
        models.append(model)
    for theirs, ours in zip(*told, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    again = compiled(small_cnn(dropout=0.3), XLAEngine(), optimizers.SGD(0.05, momentum=0.9))
    again.fit(data.x, data.y, batch_size=16, epochs=3, verbose=0, validation_split=0.2)
    assert fingerprint(again) == fingerprint(models[1])


def test_a_model_moves_from_engine_to_engine(tmp_path: Path) -> None:
    """Weights, files, copies and looking work alike wherever the weights live."""
    data = images(16)
    model = compiled(small_cnn(), XLAEngine(), optimizers.Adam(0.01))
    model.fit(data.x, data.y, batch_size=8, verbose=0)
    expected = model.predict(data.x, verbose=0)
    model.save(tmp_path / "model.keras")
    for other in (
        pellucid.load_model(tmp_path / "model.keras"),
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
    ):
        np.testing.assert_allclose(other.predict(data.x, verbose=0), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.predict(data.x, engine="native", verbose=0), expected, rtol=1e-4, atol=1e-6)
    assert len(inspection.feature_maps(model, data.x[0])) > 1
    kernel = model.layers[0].kernel
    kernel[..., 0] = 1.0
    assert (kernel.numpy()[..., 0] == 1.0).all() and kernel.numpy().shape == kernel.shape
    model.fit(data.x, data.y, batch_size=8, verbose=0)
    model.compile("sgd", "sparse_categorical_crossentropy", engine="native")
    model.fit(data.x, data.y, batch_size=8, verbose=0)


def test_a_training_goes_on_on_another_engine_and_back(tmp_path: Path) -> None:
    """Where its record is: an epoch on native, one on XLA, one on native again, as if it had been native throughout."""
    data, ends = images(24), []
    kept = callbacks.BackupAndRestore(tmp_path / "run", delete_checkpoint=False)
    for courses, members in (([(3, "native")], []), ([(1, "native"), (2, "xla"), (3, "native")], [kept])):
        for epochs, engine in courses:
            model = compiled(small_cnn(dropout=0.3), get_engine(engine), optimizers.SGD(0.05, momentum=0.9))
            history = model.fit(data.x, data.y, batch_size=8, epochs=epochs, verbose=0, callbacks=members).history
        ends.append([np.array(history["loss"]), *model.get_weights()])
    assert model.optimizer.iterations == 9
    for theirs, ours in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def _nested(engine: str, optimizer: Callable[[], optimizers.Optimizer], steps: int) -> dict[str, np.ndarray]:
    """How far the weights of models in a model went in some steps; a bias stands before each normalisation."""
    pellucid.clear_session()
    pellucid.set_random_seed(1)
    blocks = [
        Sequential([layers.Conv2D(3, 3), layers.BatchNormalization(), layers.ReLU()], name=name)
        for name in ("first", "second")
    ]
    model = Sequential([layers.Input((7, 7, 1)), *blocks, layers.Flatten(), layers.Dense(4, activation="softmax")])
    model.compile(optimizer(), "sparse_categorical_crossentropy", engine=engine)
    before = model.get_weights()
    x, y = np.random.default_rng(0).random((16, 7, 7, 1), np.float32), np.arange(16) % 4
    for _ in range(steps):
        model.train_on_batch(x, y)
    pairs = zip(model.weights, before, strict=True)
    return {f"{number} {w.name}": w.numpy() - old for number, (w, old) in enumerate(pairs)}


def test_a_bias_before_a_normalisation_has_no_gradient_that_engines_could_agree_on() -> None:
    """The normalisation takes it away again: what is left of its gradient is rounding, and Adam makes whole steps of
    that. All else agrees, and so does all with an optimiser whose steps are as small as gradients."""
    gradients = _nested("reference", lambda: optimizers.SGD(1.0), 1)
    lost = [name for name in gradients if np.abs(gradients[name]).max() < 1e-15]
    assert [name.partition(" ")[2] for name in lost] == ["bias", "bias"]
    means = [name for name in gradients if name.endswith("moving_mean")]  # which follow these biases
    for optimizer, drifting in ((optimizers.SGD, []), (optimizers.Adam, [*lost, *means])):
        native, xla = (_nested(engine, optimizer, 5) for engine in ("native", "xla"))
        apart = {name: float(np.abs(way - xla[name]).max()) for name, way in native.items()}
        assert max(far for name, far in apart.items() if name not in drifting) < 5e-6, apart
        assert max(apart.values()) <= 2 * 5 * 0.001  # as far as Adam goes in five steps, two ways


def test_layers_of_a_model_on_a_device_are_called_on_arrays() -> None:
    """They compute on copies of the weights; what they keep (moving averages) is written back."""
    model, images = normalised(), np.random.default_rng(0).random((4, 10, 10, 1), np.float32)
    model.compile("sgd", "sparse_categorical_crossentropy", engine="xla")
    model.predict(images, verbose=0)
    maps, norm = model.layers[0](images), model.layers[1]
    expected = 0.01 * np.asarray(maps).mean((0, 1, 2))
    norm(maps, training=True)
    np.testing.assert_allclose(norm.moving_mean.numpy(), expected, rtol=1e-5, atol=1e-7)
    assert get_engine("xla").takes(norm.moving_mean.state)


def test_what_cannot_be_had() -> None:
    with pytest.raises(EngineError, match=r"devices=64\): JAX sees \d+ .*xla_force_host_platform_device_count=64"):
        XLAEngine(devices=64)
    for nonsense in (0, -1, 1.5, "two", [], [1]):
        with pytest.raises(ArgumentError, match=r"devices is a number of devices, a list of jax\.devices\(\)"):
            XLAEngine(devices=nonsense)
    with pytest.raises(ArgumentError, match=r"XLAEngine: .*precision"):
        XLAEngine(precision="float16")
    with pytest.raises(PellucidError, match="XLAEngine: fsdp"):
        XLAEngine(fsdp="yes")
    state = get_engine("native").state(3)
    assert not XLAEngine().takes(state) and not get_engine("native").takes(XLAEngine().state(3))


@pytest.mark.parametrize(("precision", "word"), [("float32", "HIGHEST"), ("tensorfloat32", "HIGH")])
def test_how_exact_products_are_is_told_to_xla(precision: str, word: str) -> None:
    """For each product of a step, gradients among them; processors compute the same either way."""
    graph = Graph()
    x, kernel = graph.add(ops.Input((2, 6, 6, 1), "x")), graph.add(ops.Input((3, 3, 1, 2), "k"))
    window = Window((3, 3), (1, 1), (1, 1), ((0, 0), (0, 0)))
    y = graph.add(windows.Convolution(window, 1), x, kernel)
    settings = {"window": window, "groups": 1}
    graph.outputs["y"] = graph.add(windows.ConvolutionKernelGradient(shape=(3, 3, 1, 2), **settings), x, y)
    program = XLAProgram(graph, XLAEngine().placement, precision)
    shapes = {name: jax.ShapeDtypeStruct(shape, np.float32) for name, shape in program.shapes.items()}
    text = program.compiled.lower({}, {}, shapes, jax.ShapeDtypeStruct((3,), np.uint32)).as_text()
    found = re.findall(r"precision_config = \[#stablehlo<precision (\w+)>", text)
    assert found == [word, word], text
