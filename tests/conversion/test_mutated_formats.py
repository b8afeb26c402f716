"""Files of other systems with one value replaced, of every kind: a model, or one `FileError`.

`make test` tries a few of each, `make test-long` all. What is read of an ONNX file must be what ONNX Runtime computes.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnxruntime
import pytest
import sampling
from cases.models import branched_cnn, small_cnn
from cases.mutations import mutations, places, replaced, without
from checks.onnx_files import file_of
from checks.refusals import refusal_of
from google.protobuf import json_format
from onnx import ModelProto, helper

from pellucid import Sequential, layers, load_model
from pellucid.conversion.onnx.saving import to_proto
from pellucid.errors import FileError
from pellucid.formats.keras_v3 import read_keras
from pellucid.formats.strict_zip import encode_members
from pellucid.formats.weight_store import encode_weights

GOLDEN = Path(__file__).parent / "golden"
FEW = 15
"""Mutations of each file that are tried in a sample."""
COUNT = FEW if sampling.SAMPLES else 40 * FEW
RNG = np.random.default_rng(3)


def _ours(path: Path) -> None:
    model = Sequential([layers.Input((6, 5, 2)), layers.Conv2D(3, 3, padding=1), layers.BatchNormalization()])
    model.compile("rmsprop", "mse", metrics=["mae"])
    model.save(path)


def _of_tf_keras(path: Path) -> None:
    path.write_bytes((GOLDEN / "tf_keras_2_15.h5").read_bytes())


@pytest.mark.parametrize("text", ["model_config", "training_config"])
@pytest.mark.parametrize("make", [_ours, _of_tf_keras])
@pytest.mark.filterwarnings("ignore")
def test_hdf5_files(make: Callable[[Path], None], text: str, tmp_path: Path) -> None:
    """What a file says of its model, and of how it was compiled."""
    make(tmp_path / "good.h5")
    whole, path = (tmp_path / "good.h5").read_bytes(), tmp_path / "changed.h5"
    with h5py.File(io.BytesIO(whole)) as file:
        record = json.loads(file.attrs[text])
    for name, changed in mutations(record, COUNT, f"{text} {sampling.commit()}"):
        content, encoded = io.BytesIO(whole), json.dumps(changed).encode()
        if len(encoded) > 60_000:
            continue  # more than an attribute can hold
        with h5py.File(content, "a") as file:
            file.attrs[text] = encoded
        path.write_bytes(content.getvalue())
        refusal_of(path, name)


@pytest.mark.filterwarnings("ignore")
def test_archives_of_tf_keras(tmp_path: Path) -> None:
    """The configuration of a `.keras` file in the words of Keras 2."""
    held, path = read_keras(GOLDEN / "tf_keras_2_15.keras"), tmp_path / "changed.keras"
    weights = encode_weights(held.weights, {}, max_bytes=2**30)
    metadata = json.dumps(held.metadata).encode()
    for name, changed in mutations(held.config, COUNT, f"archive {sampling.commit()}"):
        members = {"metadata.json": metadata, "config.json": json.dumps(changed).encode(), "model.weights.h5": weights}
        path.write_bytes(encode_members(members))
        refusal_of(path, name)


def _windows() -> ModelProto:
    """Convolutions, pooling and padding of other systems' kind: channels first."""
    arrays = {
        "w": RNG.normal(size=(4, 3, 3, 2)).astype(np.float32),
        "v": RNG.normal(size=(4, 2, 2, 2)).astype(np.float32),
        "p": np.array([0, 0, 1, 0, 0, 0, 2, 1]),
    }
    nodes = [
        helper.make_node("Pad", ["x", "p"], ["a"], mode="reflect"),
        helper.make_node("Conv", ["a", "w"], ["b"], strides=[2, 1], pads=[1, 0, 1, 1], dilations=[1, 2]),
        helper.make_node("LeakyRelu", ["b"], ["c"], alpha=0.2),
        helper.make_node("AveragePool", ["c"], ["d"], kernel_shape=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1),
        helper.make_node("ConvTranspose", ["d", "v"], ["e"], strides=[2, 1], output_padding=[1, 0]),
        helper.make_node("ReduceMean", ["e"], ["y"], axes=[2], keepdims=0),
    ]
    return file_of(nodes, ("n", 3, 9, 7), arrays)


def _joined() -> ModelProto:
    """What is cut, joined, turned and flattened."""
    arrays = {"w": RNG.normal(size=(48, 5)).astype(np.float32), "b": RNG.normal(size=5).astype(np.float32)}
    nodes = [
        helper.make_node("Split", ["x"], ["a", "b1"], axis=1),
        helper.make_node("Sigmoid", ["b1"], ["c"]),
        helper.make_node("Mul", ["a", "c"], ["d"]),
        helper.make_node("Concat", ["d", "a"], ["e"], axis=1),
        helper.make_node("Transpose", ["e"], ["f"], perm=[0, 2, 1, 3]),
        helper.make_node("Flatten", ["f"], ["g"], axis=1),
        helper.make_node("Gemm", ["g", "w", "b"], ["h"], alpha=0.5, beta=2.0),
        helper.make_node("Softmax", ["h"], ["y"], axis=1),
    ]
    return file_of(nodes, ("n", 4, 3, 4), arrays)


NUMBERS = (0, 1, -1, 2, 7, 2**31, 2**63 - 1, -(2**63), 0.5, 1e38)
OTHERS = ("", "x", "../x\n\x1b[31m", "x" * 5000, [], {}, [0], [-1, 0], True, None)


def _changed(proto: ModelProto, seed: str) -> Iterator[tuple[str, ModelProto]]:
    """Each value of a file replaced, left out, or put into the place of another."""
    record = json_format.MessageToDict(proto, preserving_proto_field_name=True)
    draw, every = random.Random(seed), list(places(record))
    plan = [(place, number) for place in every for number in range(len(NUMBERS) + len(OTHERS) + 2)]
    for place, number in draw.sample(plan, min(3 * COUNT, len(plan))):  # two of three are none of the field's type
        values = [*NUMBERS, *OTHERS, _at(record, draw.choice(every))]
        changed = replaced(record, place, values[number]) if number < len(values) else without(record, place)
        try:
            yield f"{place} {number}", json_format.ParseDict(changed, ModelProto())
        except (json_format.ParseError, ValueError, TypeError, OverflowError):
            continue


def _at(record: Any, place: Any) -> Any:
    for key in place:
        record = record[key]
    return record


SEEDS = [_windows, _joined, lambda: to_proto(small_cnn()), lambda: to_proto(branched_cnn())]


@pytest.mark.parametrize("make", SEEDS)
@pytest.mark.filterwarnings("ignore")
def test_onnx_files(make: Callable[[], ModelProto], tmp_path: Path) -> None:
    """Refused, or a model that computes what ONNX Runtime computes, if that takes the file."""
    path = tmp_path / "changed.onnx"
    onnxruntime.set_default_logger_severity(4)
    for name, proto in _changed(make(), f"{sampling.commit()}"):
        path.write_bytes(proto.SerializeToString())
        if refusal_of(path, name) is None:
            _compare(path, name)


def _compare(path: Path, name: str) -> None:
    model = load_model(path)
    try:
        session = onnxruntime.InferenceSession(str(path))
        given = [RNG.normal(size=[n if isinstance(n, int) else 2 for n in i.shape]) for i in session.get_inputs()]
        feed = {i.name: x.astype(np.float32) for i, x in zip(session.get_inputs(), given, strict=True)}
        expected = session.run(None, feed)
    except Exception:  # its own refusals have no common base; what it refuses has no right answer
        return
    x = [_last(array, tensor.shape) for array, tensor in zip(feed.values(), model.inputs, strict=True)]
    found = model.predict(x if len(x) > 1 else x[0], verbose=0)
    for theirs, ours in zip(expected, found if isinstance(found, list) else [found], strict=True):
        readings = [ours, np.moveaxis(ours, -1, 1)] if ours.ndim > 2 else [ours]  # channels last where the file has not
        fitting = [each for each in readings if each.shape == theirs.shape] or [ours]
        closest = min(fitting, key=lambda each: _distance(each, theirs))  # as many channels as columns: both fit
        np.testing.assert_allclose(closest, theirs, rtol=1e-4, atol=1e-4, err_msg=name)


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max(initial=0)) if a.shape == b.shape else np.inf


def _last(array: np.ndarray, wanted: tuple[int | None, ...]) -> np.ndarray:
    """An input as the model takes it: channels last where the file has them second."""
    sizes = [size or other for size, other in zip(wanted[1:], array.shape[1:], strict=True)]
    return array if list(array.shape[1:]) == sizes else np.moveaxis(array, 1, -1)


CFG = """[net]
height=9
width=7
channels=3
[convolutional]
batch_normalize=1
filters=4
size=3
stride=2
pad=1
activation=leaky
[maxpool]
size=2
stride=1
[shortcut]
from=-2
activation=relu
[route]
layers=-1,0
[upsample]
stride=2
[connected]
output=3
activation=linear
[softmax]
groups=1"""
WORDS = ("0", "1", "-1", "2", "99999999999", "1e9", "", "x", "nan", "-2,1", "1,,", "0x10", "٣", "x" * 5000, "\x1b[31m")
SECTIONS = ("[avgpool]", "[dropout]", "[lstm]", "[net]", "[", "=", "[yolo]", "[convolutional]\nfilters=2\nsize=1")


@pytest.mark.filterwarnings("ignore")
def test_darknet_files(tmp_path: Path) -> None:
    """A line changed, left out, or put elsewhere; with as many numbers as are asked for, and with too few."""
    draw, path = random.Random(sampling.commit()), tmp_path / "changed.cfg"
    head, numbers = np.array([0, 2, 5, 0, 0], "<i4").tobytes(), RNG.random(20_000).astype("<f4").tobytes()
    for _ in range(5 * COUNT):
        lines = CFG.splitlines()
        place = draw.randrange(len(lines))
        name, equals, _ = lines[place].partition("=")
        other = draw.choice(WORDS) if equals else draw.choice(SECTIONS)
        lines[place : place + 1] = draw.choice([[f"{name}{equals}{other}"], [], [lines[place], draw.choice(lines)]])
        path.write_text("\n".join(lines))
        path.with_suffix(".weights").write_bytes(head + numbers)
        message = refusal_of(path, "\n".join(lines)[:2000]) or ""
        asked = message.partition("asks for ")[2].partition(" numbers; the .weights hold")[0].replace(",", "")
        if asked.isdecimal():
            for count in (int(asked), int(asked) // 2):
                path.with_suffix(".weights").write_bytes(head + numbers[: 4 * count])
                refusal_of(path, "\n".join(lines)[:2000])


def test_the_seeds_are_read(tmp_path: Path) -> None:
    """Else all of the above would be refused for one reason."""
    (tmp_path / "a.onnx").write_bytes(_windows().SerializeToString())
    (tmp_path / "b.onnx").write_bytes(_joined().SerializeToString())
    for name in ("a.onnx", "b.onnx"):
        assert refusal_of(tmp_path / name, name) is None
        _compare(tmp_path / name, name)
    (tmp_path / "c.cfg").write_text(CFG)
    (tmp_path / "c.weights").write_bytes(np.zeros(5005, "<i4").tobytes())
    with pytest.raises(FileError, match=r"asks for [\d,]+ numbers; the \.weights hold"):
        load_model(tmp_path / "c.cfg")
