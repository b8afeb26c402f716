"""Small files that ask for much: memory, operations, long messages. Each is refused, or costs as much as its result."""

from __future__ import annotations

import copy
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model, ops
from pellucid.errors import ArgumentTypeError, FileError, ShapeError
from pellucid.formats.keras_v3 import read_keras, write_keras
from pellucid.graph.ops import MOST_NODES, count_emitted, emitting_within

Config = dict[str, Any]
MB = 2**20


def _changed(model: Model, change: Callable[[Config], object], folder: Path) -> Path:
    """The file of a model whose configuration was changed."""
    path = folder / "model.keras"
    model.save(path)
    contents = read_keras(path)
    config = copy.deepcopy(contents.config)
    change(config)
    write_keras(path, config, contents.metadata, contents.weights)
    return path


def _peak(run: Callable[[], object]) -> int:
    """The most that Python and NumPy held while something ran [bytes]."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: layers.UpSampling2D((2, 1), interpolation="bilinear"), (40_000, 1, 1)),
        (lambda: layers.UpSampling2D((1, 3), interpolation="bicubic"), (1, 30_000, 1)),
        (lambda: layers.UpSampling2D((10**7, 1)), (1, 1, 1)),
        (lambda: layers.UpSampling1D(1000), (10_000, 1)),
        (lambda: layers.Resizing(1, 70_001), (1, 40_000, 1)),
        (lambda: layers.Resizing(3, 1, antialias=True), (100_000, 1, 1)),
        (lambda: layers.Resizing(3, 1, interpolation="lanczos5", antialias=True), (30_000, 1, 1)),
    ],
)
def test_a_shape_that_is_inferred_takes_memory_by_its_lengths(layer: Callable[[], Any], shape: tuple[int, ...]) -> None:
    """And not by the product of the axis before and after."""
    assert _peak(lambda: layer()(Input(shape))) < 60 * MB


def test_a_long_axis_is_resampled_as_numpy_says() -> None:
    """Straight lines between the elements, at the edges the element itself."""
    values = np.random.default_rng(0).normal(size=70_001).astype(np.float32)
    model = Sequential([Input((1, 70_001, 1)), layers.UpSampling2D((1, 2), interpolation="bilinear")])
    places = (np.arange(140_002) + 0.5) / 2 - 0.5
    expected = np.interp(places, np.arange(70_001), values.astype(np.float64))
    found = model.predict(values.reshape(1, 1, -1, 1), verbose=0).ravel()
    np.testing.assert_allclose(found, expected, rtol=0, atol=4e-7 * np.abs(values).max())


def _with(**options: Any) -> Callable[[Config], object]:
    """A change of the options of the last layer."""
    return lambda config: config["config"]["layers"][-1]["config"].update(options)


def _resizing() -> Model:
    return Sequential([Input((3, 1, 1)), layers.Resizing(4, 1, name="resized")])


def test_tables_of_a_file_are_bounded(tmp_path: Path) -> None:
    """By themselves, and by `max_bytes` together; what the file asks for is not made first."""
    path = _changed(_resizing(), _with(height=10**7), tmp_path)

    def refused() -> None:
        with pytest.raises(FileError, match=r"model\.keras: Resizing \"resized\": a table of [\d,]+ bytes"):
            load_model(path)

    assert _peak(refused) < 20 * MB
    path = _changed(_resizing(), _with(height=10_000), tmp_path)
    assert load_model(path).output_shape == (None, 10_000, 1, 1)
    with pytest.raises(FileError, match="max_bytes"):
        load_model(path, max_bytes=200_000)


@pytest.mark.parametrize(
    ("layer", "options"),
    [
        (lambda: layers.ZeroPadding2D(1, name="wide"), {"padding": [[30_000, 30_000], [30_000, 30_000]]}),
        (lambda: layers.UpSampling2D(2, name="wide"), {"size": [20_000, 20_000]}),
        (lambda: layers.Conv2D(2, 1, padding=1, name="wide"), {"padding": [[40_000, 0], [0, 40_000]]}),
    ],
)
def test_what_a_layer_makes_of_one_sample_is_bounded(layer: Callable[[], Any], options: Config, tmp_path: Path) -> None:
    """Two hundred bytes of a file would else become a model that no machine can run."""
    path = _changed(Sequential([Input((4, 4, 1)), layer()]), _with(**options), tmp_path)
    with pytest.raises(FileError, match=r'"wide": what becomes of one sample would take [\d,]+ bytes.*max_bytes'):
        load_model(path)


def test_max_bytes_bounds_a_sample(tmp_path: Path) -> None:
    """Sizes that the model leaves open are nobody's: they are not looked at."""
    known, unknown = (Sequential([Input((size, size, 1)), layers.Conv2D(2, 1)]) for size in (64, None))
    known.save(tmp_path / "known.keras")
    unknown.save(tmp_path / "open.keras")
    assert load_model(tmp_path / "known.keras", max_bytes=40_000).built
    with pytest.raises(FileError, match="would take 32,768 bytes; 20,000 are accepted"):
        load_model(tmp_path / "known.keras", max_bytes=20_000)
    assert load_model(tmp_path / "open.keras", max_bytes=20_000).built


@pytest.mark.parametrize(
    "operation",
    [
        lambda x: ops.flip(x, 1),
        lambda x: ops.roll(x, 1, 1),
        lambda x: x[:, ::2],
        lambda x: ops.pad(x, [(0, 0), (2, 2)], mode="reflect"),
        lambda x: ops.tile(x, (1, 2)),
    ],
)
def test_functions_that_look_up_places(operation: Callable[[Any], Any], tmp_path: Path) -> None:
    """Along an axis that the file makes longer than any memory."""
    x = Input((8,), name="in")

    def long(config: Config) -> None:
        config["config"]["layers"][0]["config"]["batch_shape"] = [None, 2**31 - 1]

    path = _changed(Model(x, operation(x)), long, tmp_path)
    with pytest.raises(FileError, match="a table of"):
        load_model(path)


def test_models_that_call_each_other_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty in each other would be a billion layers; the file has three kilobytes more for each."""
    monkeypatch.setattr("pellucid.graph.ops.MOST_NODES", 2000)
    x = Input((4,))
    inner = Model(x, layers.ReLU()(x), name="inner")
    y = Input((4,))

    def thirty(config: Config) -> None:
        once = copy.deepcopy(config)
        for _ in range(30):
            outer = copy.deepcopy(once)
            place = next(i for i, each in enumerate(outer["config"]["layers"]) if each["class_name"] == "Functional")
            config["config"]["name"] = "inner"
            outer["config"]["layers"][place]["config"] = config["config"]
            config["config"] = outer["config"]

    path = _changed(Model(y, inner(inner(y)), name="outer"), thirty, tmp_path)
    with pytest.raises(FileError, match="more than 2,000 operations to describe"):
        load_model(path)


@pytest.mark.parametrize("more", [0, 1])
def test_as_many_operations_as_are_read(more: int) -> None:
    """Just so many may be emitted, in however many pieces, and not one more."""
    with emitting_within(2**20):
        for _ in range(16):
            count_emitted(MOST_NODES // 16)
        if more:
            with pytest.raises(ShapeError, match="more than 65,536 operations"):
                count_emitted(1)
    count_emitted(1)  # outside nobody counts


def _calls(run: Callable[[], object]) -> int:
    """How many Python functions are called while something runs: time that does not depend on the machine."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("suffix", ["keras", "h5", "onnx"])
def test_work_grows_with_the_number_of_layers(suffix: str, tmp_path: Path) -> None:
    """And not with its square: a file of 3,000 layers once took more than 20 seconds."""
    counts = []
    for layers_of_model in (12, 24, 48):
        path = tmp_path / f"model{layers_of_model}.{suffix}"
        chain = [layers.Dense(2, activation="relu") for _ in range(layers_of_model)]
        Sequential([Input((2,)), *chain]).save(path)
        load_model(path)  # what is imported and kept at first use is not counted
        counts.append(_calls(lambda path=path: load_model(path)))
    assert counts[2] - counts[1] < 2.1 * (counts[1] - counts[0])  # of n squared it would be 4


def test_messages_end(tmp_path: Path) -> None:
    """However long what the file holds is."""
    for value in ("x" * MB, ["x"] * 100_000, {"x" * MB: 1}):
        for key in ("interpolation", "height", "x" * MB):
            path = _changed(_resizing(), _with(**{key: value}), tmp_path)
            with pytest.raises(FileError) as caught:
                load_model(path)
            assert len(str(caught.value)) < 3000


def test_padding_with_what_is_no_finite_number() -> None:
    """The frame has it, and the middle stays: as NumPy does it."""
    x = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    for value in (np.inf, -np.inf, np.nan, 2.5):
        expected = np.pad(x, [(1, 0), (2, 1)], constant_values=value)
        np.testing.assert_array_equal(ops.pad(x, [(1, 0), (2, 1)], constant_values=value), expected)
    with pytest.raises(ArgumentTypeError, match="constant_values is a number"):
        ops.pad(x, 1, constant_values=[1.0, 2.0])


@pytest.mark.parametrize(
    ("number", "options"),
    [
        (0, {"batch_shape": [None] + [1] * 100_000}),
        (1, {"target_shape": [4] + [1] * 1000}),
        (1, {"target_shape": [-1] * 100_000}),
        (1, {f"key{number}": 1 for number in range(40_000)}),
    ],
)
def test_very_many_axes_and_keys(number: int, options: Config, tmp_path: Path) -> None:
    """More than an array can have; refused at once and in a few words."""
    model = Sequential([Input((4,)), layers.Reshape((4, 1))])
    path = _changed(model, lambda config: config["config"]["layers"][number]["config"].update(options), tmp_path)
    with pytest.raises(FileError, match=r"at most 32 axes|at most one unknown dimension|unknown argument") as caught:
        load_model(path)
    assert len(str(caught.value)) < 3000


def test_a_file_that_is_parsed_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The model is the same to the bit; what is refused is said in the same words."""
    model = Sequential([Input((4,)), layers.Dense(3), layers.BatchNormalization(), layers.Dense(2)])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    model.fit(x, x[:, :2], verbose=0)
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = load_model(path, untrusted=True)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    model.train_on_batch(x, x[:, :2])
    loaded.train_on_batch(x, x[:, :2])
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])
    path.write_bytes(path.read_bytes()[:-100])
    said = []
    for untrusted in (False, True):
        with pytest.raises(FileError) as caught:
            load_model(path, untrusted=untrusted)
        said.append(str(caught.value))
    assert said[0] == said[1]
