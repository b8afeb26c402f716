"""Model files that are damaged or made to harm, through `load_model`: always one `FileError`, never anything else."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.errors import FileError
from pellucid.formats.keras_v3 import KerasContents, read_keras, write_keras

Config = dict[str, Any]


@pytest.fixture
def sequential(tmp_path: Path) -> KerasContents:
    """What the file of a compiled chain holds: input, convolution, flatten, dense."""
    model = Sequential(
        [
            Input((8, 8, 1), name="in"),
            layers.Conv2D(2, 3, name="conv"),
            layers.Flatten(name="flat"),
            layers.Dense(3, "softmax", name="head"),
        ],
        name="chain",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return _contents(model, tmp_path)


@pytest.fixture
def functional(tmp_path: Path) -> KerasContents:
    """What the file of a residual network holds: in, a, b, add."""
    x = Input((4,), name="in")
    a = layers.Dense(4, name="a")(x)
    b = layers.Dense(4, name="b")(a)
    return _contents(Model(x, layers.Add(name="add")([a, b]), name="graph"), tmp_path)


def _contents(model: Model, folder: Path) -> KerasContents:
    model.save(folder / "good.keras")
    return read_keras(folder / "good.keras")


def _refused(contents: KerasContents, change: Callable[[Config], object], folder: Path) -> str:
    """The message for a file whose configuration was changed."""
    config, path = copy.deepcopy(contents.config), folder / "changed.keras"
    change(config)
    write_keras(path, config, contents.metadata, contents.weights)
    with pytest.raises(FileError) as caught:
        load_model(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


def _layer(config: Config, number: int) -> Config:
    return config["config"]["layers"][number]


def _option(number: int, **options: Any) -> Callable[[Config], object]:
    """A change of a layer's options."""
    return lambda config: _layer(config, number)["config"].update(options)


def _record(number: int, **entries: Any) -> Callable[[Config], object]:
    """A change of a layer's record."""
    return lambda config: _layer(config, number).update(entries)


def _compile(**entries: Any) -> Callable[[Config], object]:
    return lambda config: config["compile_config"].update(entries)


def _drop(number: int, key: str) -> Callable[[Config], object]:
    return lambda config: _layer(config, number)["config"].pop(key)


CHAINS: dict[str, tuple[Callable[[Config], object], str]] = {
    "misspelt class": (_record(1, class_name="Conv2d"), "unknown layer class .*'Conv2d'; did you mean 'Conv2D'"),
    "class with code": (_record(1, class_name="Lambda"), "code in files is never run"),
    "class of another module": (_record(1, module="os", class_name="system"), "'system' is a class of the writer's"),
    "the base class": (_record(1, class_name="Layer"), ""),
    "no class": (_record(1, class_name=None), "unknown layer class"),
    "a list of classes": (_record(1, class_name=["Conv2D"]), ""),
    "unknown option": (_option(1, evil=1), "'?conv'?.*evil"),
    "no options": (_record(1, config=None), ""),
    "options as a list": (_record(1, config=[1]), ""),
    "filters as text": (_option(1, filters="3"), "Expected an integer value for `filters`.*filters='3'"),
    "filters beyond all": (_option(1, filters=2**40), "argument `filters`.*should be a positive integer"),
    "filters below 0": (_option(1, filters=-1), "argument `filters`.*should be a positive integer"),
    "missing filters": (_drop(1, "filters"), "filters"),
    "other filters": (_option(1, filters=3), r"\(3, 3, 1, 2\).*\(3, 3, 1, 3\)"),
    "huge filters": (_option(1, filters=2**31 - 1), ""),
    "no kernel size": (_option(1, kernel_size=[]), "must be a tuple of 2 integers.*one number stands for all"),
    "kernel size as a mapping": (_option(1, kernel_size={}), "kernel_size"),
    "kernel larger than the input": (_option(1, kernel_size=[9, 9]), "asks for .9, 9, 1, 2."),
    "unknown padding": (_option(1, padding="smae"), "did you mean 'same'"),
    "padding as a list": (_option(1, padding=["same"]), "padding"),
    "unknown activation": (_option(1, activation="evil"), "unknown activation 'evil'"),
    "activation with code": (_option(1, activation={"class_name": "function", "config": "os.system"}), "activation"),
    "activation as a list": (_option(1, activation=["relu"]), "activation"),
    "unknown initialiser": (_option(1, kernel_initializer="evil"), "unknown initializer 'evil'"),
    "initialiser with a bad seed": (
        _option(1, kernel_initializer={"class_name": "GlorotUniform", "config": {"seed": "x"}}), "seed",
    ),
    "initialiser with unknown settings": (
        _option(1, kernel_initializer={"class_name": "GlorotUniform", "config": {"evil": 1}}), "evil",
    ),
    "initialiser without a class": (_option(1, kernel_initializer={"config": {}}), "initializer"),
    "regulariser": (_option(1, kernel_regularizer={"class_name": "evil"}), "unknown regularizer 'evil'"),
    "complex numbers": (_option(1, dtype="complex64"), "only float32"),
    "dtype as a list": (_option(1, dtype=[1]), "only float32"),
    "bias as text": (_option(1, use_bias="no"), "use_bias must be True or False"),
    "trainable as text": (_option(1, trainable="no"), "trainable must be True or False"),
    "name as a path": (_option(1, name="../../etc/passwd"), "a name takes"),
    "name as a list": (_option(1, name=["conv"]), "name"),
    "one name twice": (_option(1, name="head"), "head"),
    "no input shape": (_drop(0, "batch_shape"), "batch_shape"),
    "input shape as text": (_option(0, batch_shape="abc"), "shape"),
    "input shape missing": (_option(0, batch_shape=None), "shape"),
    "input shape empty": (_option(0, batch_shape=[]), "shape|axes"),
    "negative input": (_option(0, batch_shape=[None, -8, 8, 1]), "positive integer"),
    "fractional input": (_option(0, batch_shape=[None, 8.5, 8, 1]), "positive integer"),
    "input of 400 digits": (_option(0, batch_shape=[None, 10**400, 8, 1]), "positive integer"),
    "huge input": (_option(0, batch_shape=[None, 2**31 - 1, 2**31 - 1, 1]), ""),
    "large input": (_option(0, batch_shape=[None, 2**15, 2**15, 1]), "one sample would take"),
    "sparse input": (_option(0, sparse=True), "sparse"),
    "layers as a mapping": (lambda c: c["config"].update(layers={}), "no list of layers"),
    "layers as numbers": (lambda c: c["config"].update(layers=[1]), "no list of layers"),
    "a second input": (lambda c: c["config"]["layers"].append(_layer(c, 0)), "several layers of one name: in"),
    "too many layers": (lambda c: c["config"].update(layers=[_layer(c, 2)] * 10_001), "10001|10,001"),
    "a model inside": (lambda c: c["config"]["layers"].append(copy.deepcopy(c)), "sequential.*is missing in the file"),
    "an unknown kind": (lambda c: c.update(class_name="Evil"), "class 'Evil'"),
    "a list of kinds": (lambda c: c.update(class_name=["Sequential"]), "class"),
    "no configuration": (lambda c: c.update(config=None), ""),
    "model name as a list": (lambda c: c["config"].update(name=["x"]), "a name takes"),
    "unknown optimizer": (_compile(optimizer={"class_name": "evil", "config": {}}), "unknown optimizer 'evil'"),
    "no optimizer": (_compile(optimizer=None), "optimizer"),
    "learning rate as text": (
        _compile(optimizer={"class_name": "Adam", "config": {"learning_rate": "a"}}), "learning_rate",
    ),
    "unknown optimizer setting": (_compile(optimizer={"class_name": "Adam", "config": {"evil": 1}}), "evil"),
    "unknown loss": (_compile(loss="evil"), "unknown loss 'evil'"),
    "loss without a class": (_compile(loss={"a": 1}), "loss"),
    "loss as a number": (_compile(loss=5), "loss"),
    "unknown metric": (_compile(metrics=["evil"]), "unknown metric 'evil'"),
    "metrics as a number": (_compile(metrics=5), "metrics"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHAINS)
def test_configurations_of_chains(case: str, sequential: KerasContents, tmp_path: Path) -> None:
    """Each with the file's path, in one sentence."""
    change, message = CHAINS[case]
    assert re.search(message, _refused(sequential, change, tmp_path))


def _history(place: object, number: int = 1) -> Callable[[Config], object]:
    """Another source for the layer of a number."""
    return lambda c: _layer(c, number)["inbound_nodes"][0]["args"][0]["config"].update(keras_history=place)


def _ends(key: str, value: object) -> Callable[[Config], object]:
    return lambda c: c["config"].update({key: value})


GRAPHS: dict[str, tuple[Callable[[Config], object], str]] = {
    "a cycle": (_history(["b", 0, 0]), ""),
    "itself": (_history(["a", 0, 0]), ""),
    "a layer that is not there": (_history(["zz", 0, 0]), "zz"),
    "a second result": (_history(["in", 0, 1]), ""),
    "a call that is not there": (_history(["in", 7, 0]), ""),
    "a call before the first": (_history(["in", -1, 0]), ""),
    "a place of two parts": (_history(["in", 0]), ""),
    "a place that is text": (_history("in"), ""),
    "a place in a place": (_history([["in"], 0, 0]), ""),
    "no place": (_history(None), ""),
    "no connection": (_record(1, inbound_nodes=[]), ""),
    "connections as a number": (_record(1, inbound_nodes=5), ""),
    "connections as text": (_record(1, inbound_nodes=["abc"]), ""),
    "no arguments": (_record(1, inbound_nodes=[{"args": []}]), ""),
    "empty arguments": (_record(1, inbound_nodes=[{"args": [[]]}]), ""),
    "no args": (_record(1, inbound_nodes=[{}]), ""),
    "a layer without a name": (_drop(1, "name"), ""),
    "two layers of one name": (_option(2, name="a"), ""),
    "a sum of unlike shapes": (_option(1, units=5), ""),
    "no outputs": (lambda c: c["config"].pop("output_layers"), "output_layers"),
    "outputs that are not there": (_ends("output_layers", ["zz", 0, 0]), "zz"),
    "an output of a later call": (_ends("output_layers", ["add", 7, 0]), "add"),
    "an output of an earlier call": (_ends("output_layers", ["add", -1, 0]), "add"),
    "outputs as text": (_ends("output_layers", "add"), "output_layers"),
    "outputs in outputs": (_ends("output_layers", [[["add"], 0, 0]]), ""),
    "an input that is a layer": (_ends("input_layers", ["a", 0, 0]), ""),
    "inputs as a mapping of nothing": (_ends("input_layers", {"x": []}), ""),
    "inputs as an empty mapping": (_ends("input_layers", {}), "input_layers"),
    "a number among the inputs": (_ends("input_layers", {"x": 5}), ""),
    "an output without an input": (_ends("input_layers", []), "input_layers"),
}  # fmt: skip


@pytest.mark.parametrize("case", GRAPHS)
def test_configurations_of_graphs(case: str, functional: KerasContents, tmp_path: Path) -> None:
    """Each with the file's path, in one sentence."""
    change, message = GRAPHS[case]
    assert re.search(message, _refused(functional, change, tmp_path))


WEIGHTS: dict[str, tuple[Callable[[dict[str, list[np.ndarray]]], object], str]] = {
    "a missing layer": (lambda w: w.pop("layers/conv2d/vars"), "layers/conv2d/vars"),
    "a missing bias": (lambda w: w["layers/dense/vars"].pop(), "layers/dense/vars"),
    "a transposed kernel": (
        lambda w: w.update({"layers/dense/vars": [w["layers/dense/vars"][0].T, w["layers/dense/vars"][1]]}),
        r"\(3, 72\).*\(72, 3\)",
    ),
    "another number": (
        lambda w: w.update({"layers/dense/vars": [w["layers/dense/vars"][0][:-1], w["layers/dense/vars"][1]]}),
        r"\(71, 3\).*\(72, 3\)",
    ),
    "an empty array": (lambda w: w["layers/dense/vars"].__setitem__(1, np.zeros(0)), r"\(0,\).*\(3,\)"),
}  # fmt: skip


@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_that_do_not_fit(case: str, sequential: KerasContents, tmp_path: Path) -> None:
    """Group or weight, what is there, what the configuration asks for."""
    change, message = WEIGHTS[case]
    weights = {group: [array.copy() for array in arrays] for group, arrays in sequential.weights.items()}
    change(weights)
    write_keras(tmp_path / "changed.keras", sequential.config, sequential.metadata, weights)
    with pytest.raises(FileError, match=message) as caught:
        load_model(tmp_path / "changed.keras")
    assert str(tmp_path / "changed.keras") in str(caught.value)


def test_a_file_cut_short_anywhere(sequential: KerasContents, tmp_path: Path) -> None:
    """At a hundred places."""
    whole = (tmp_path / "good.keras").read_bytes()
    for length in np.linspace(0, len(whole) - 1, 100, dtype=int):
        (tmp_path / "cut.keras").write_bytes(whole[:length])
        with pytest.raises(FileError, match=r"cut\.keras"):
            load_model(tmp_path / "cut.keras")


def test_a_changed_byte_anywhere(sequential: KerasContents, tmp_path: Path) -> None:
    """At four hundred random places: refused, or the very same model."""
    whole = (tmp_path / "good.keras").read_bytes()
    expected = load_model(tmp_path / "good.keras").get_weights()
    rng = np.random.default_rng(0)
    refused = 0
    for place in rng.integers(0, len(whole), 400):
        changed = bytearray(whole)
        changed[place] ^= int(rng.integers(1, 256))
        (tmp_path / "changed.keras").write_bytes(changed)
        try:
            found = load_model(tmp_path / "changed.keras").get_weights()
        except FileError:
            refused += 1
        else:
            assert all(map(np.array_equal, expected, found))
    assert refused > 300


OTHER_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "an empty file"),
    "text": (b"not a model\n" * 50, "text"),
    "pickle": (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.", "pickle"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(200), "in another number of bytes than 8"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(200), "PNG"),
    "an empty zip": (b"PK\x05\x06" + bytes(18), "an empty zip archive"),
    "zeros": (bytes(5000), ""),
}


@pytest.mark.parametrize("case", OTHER_FILES)
def test_files_that_are_something_else(case: str, tmp_path: Path) -> None:
    """It is said what the file looks like."""
    content, message = OTHER_FILES[case]
    (tmp_path / "other.keras").write_bytes(content)
    with pytest.raises(FileError, match=f"other.keras.*{message}") as caught:
        load_model(tmp_path / "other.keras")
    assert "\n" not in str(caught.value)


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    """Missing, a folder, a folder that is not there."""
    (tmp_path / "folder.keras").mkdir()
    for name in ("missing.keras", "folder.keras", "no/such/folder.keras"):
        with pytest.raises(FileError, match=name):
            load_model(tmp_path / name)


@pytest.mark.skipif(sys.platform != "linux", reason="reads memory as Linux tells it")
def test_sizes_are_not_believed_before_the_weights_are_seen(sequential: KerasContents, tmp_path: Path) -> None:
    """A small file that declares 180 million weights costs no memory."""
    config = copy.deepcopy(sequential.config)
    _layer(config, 1)["config"]["filters"] = 20_000_000
    write_keras(tmp_path / "bomb.keras", config, sequential.metadata, sequential.weights)
    program = (
        "import sys; from pellucid import load_model\n"
        "try: load_model(sys.argv[1])\n"
        "except OSError as error: print(error)\n"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "bomb.keras")], capture_output=True, text=True, check=True
    )
    message, peak = done.stdout.splitlines()
    assert "bomb.keras" in message
    assert int(peak) < 200_000  # kB; the weights alone would take 720,000
