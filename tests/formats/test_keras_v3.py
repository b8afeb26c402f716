"""The `.keras` container: what is written comes back, and whatever breaks a rule is refused with its reason."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pellucid.errors import ArgumentError, FileError
from pellucid.formats.keras_v3 import encode_keras, open_keras, read_keras, write_keras
from pellucid.formats.weight_groups import layer_groups

# What is written comes back -----------------------------------------------------------------------------------------


def test_round_trip(tmp_path: Path, weights: dict[str, list[np.ndarray]]) -> None:
    """Configuration, metadata and every array, bit for bit; integers stay integers."""
    config, metadata = {"class_name": "Model", "deep": [{"é": None}]}, {"date_saved": "2020-01-01@00:00:00"}
    write_keras(tmp_path / "m.keras", config, metadata, weights, names={"layers/conv2d/vars": "stem"})
    contents = read_keras(tmp_path / "m.keras")
    assert contents.config == config
    assert contents.metadata == metadata
    assert set(contents.weights) == set(weights)
    for group, arrays in weights.items():
        assert len(contents.weights[group]) == len(arrays)
        for found, array in zip(contents.weights[group], arrays, strict=True):
            np.testing.assert_array_equal(found, array)
            assert found.shape == array.shape
            assert found.dtype == (np.float32 if array.dtype.kind == "f" else np.int64)


def test_many_arrays_keep_their_order() -> None:
    """Ten comes after nine, not after one."""
    arrays = [np.array(float(i)) for i in range(25)]
    found = read_keras(encode_keras({}, {}, {"optimizer/vars": arrays})).weights["optimizer/vars"]
    assert [float(array) for array in found] == list(range(25))


def test_equal_arguments_give_equal_bytes(weights: dict[str, list[np.ndarray]]) -> None:
    """In this process and in another one."""
    script = (
        "import hashlib, numpy as np\n"
        "from pellucid.formats.keras_v3 import encode_keras\n"
        "content = encode_keras({'a': 1}, {}, {'vars': [np.ones((40, 50))]}, names={'vars': 'x'})\n"
        "print(hashlib.sha256(content).hexdigest())\n"
    )
    here = encode_keras({"a": 1}, {}, {"vars": [np.ones((40, 50))]}, names={"vars": "x"})
    there = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert hashlib.sha256(here).hexdigest() == there.stdout.strip()


def test_arrays_of_any_layout_and_float_type() -> None:
    """Slices, transposes, other byte orders and precisions are stored as plain float32."""
    base = np.arange(24, dtype=np.float64).reshape(4, 6)
    arrays = [base.T, base[::2, 1:], base.astype(">f4"), base.astype(np.float16), base[:0], base[0, 0]]
    found = read_keras(encode_keras({}, {}, {"vars": arrays})).weights["vars"]
    for result, array in zip(found, arrays, strict=True):
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, array)


def test_saving_over_a_file_keeps_it_when_the_new_one_cannot_be_made(tmp_path: Path) -> None:
    """A configuration that JSON cannot say, a bad group or a bad array: the old file is untouched."""
    target = tmp_path / "m.keras"
    write_keras(target, {"old": True}, {}, {})
    bad = [
        ({"rate": float("nan")}, {}),
        ({"function": print}, {}),
        ({}, {"layers/../vars": []}),
        ({}, {"layers/conv2d": []}),
        ({}, {"vars": [np.array(["text"])]}),
        ({}, {"vars": [np.array([1 + 2j])]}),
        ({}, {"vars": [np.array([True])]}),
    ]
    for config, weights in bad:
        with pytest.raises(ArgumentError):
            write_keras(target, config, {}, weights)
    assert read_keras(target).config == {"old": True}
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("class_names", "parent", "groups"),
    [
        ([], "", []),
        (["Dense"], "", ["layers/dense"]),
        (["Dense", "Dense", "Dense"], "", ["layers/dense", "layers/dense_1", "layers/dense_2"]),
        (["InputLayer", "Conv2D", "LeakyReLU"], "", ["layers/input_layer", "layers/conv2d", "layers/leaky_re_lu"]),
        (["Conv3D"], "layers/functional_1", ["layers/functional_1/layers/conv3d"]),
    ],
)
def test_layer_groups(class_names: list[str], parent: str, groups: list[str]) -> None:
    """Snake case and a count, as Keras numbers them."""
    assert layer_groups(class_names, parent=parent) == groups


# Only what is expected is read --------------------------------------------------------------------------------------


def test_expected_shapes_are_asked_of_the_configuration(keras_bytes: bytes) -> None:
    """Groups that are not expected are not read; a layer without weights needs no group."""

    def expected(config: dict) -> dict:
        assert config == {"class_name": "Sequential"}
        return {"layers/dense/vars": [(8, 5)], "layers/flatten/vars": [], "layers/relu/vars": []}

    weights = read_keras(keras_bytes, expected=expected).weights
    assert {group: len(arrays) for group, arrays in weights.items()} == {
        "layers/dense/vars": 1,
        "layers/flatten/vars": 0,
        "layers/relu/vars": 0,
    }


@pytest.mark.parametrize(
    ("group", "shapes", "message"),
    [
        (
            "layers/dense/vars",
            [(5, 8)],
            r"dense/vars/0 has shape \(8, 5\); the model's configuration asks for \(5, 8\)",
        ),
        ("layers/dense/vars", [(8, 5), (5,)], r"dense/vars holds 1 arrays; the model's configuration asks for 2"),
        ("layers/dense_9/vars", [(8, 5)], r"has no weights 'layers/dense_9/vars'; its first groups are: layers/conv2d"),
        ("layers/flatten/vars", [(1,)], "holds 0 arrays"),
        ("layers/conv2d/vars", [], "holds 2 arrays"),
    ],
)
def test_unexpected_weights_are_refused(keras_bytes: bytes, group: str, shapes: list, message: str) -> None:
    """Wrong shape, wrong number, missing group."""
    with pytest.raises(FileError, match=message):
        read_keras(keras_bytes, expected=lambda config: {group: shapes})


def test_quantized_kernels_are_refused(keras_bytes: bytes) -> None:
    """Integers where a layer expects floats are another model; a step count may be one integer."""
    content = encode_keras({}, {}, {"vars": [np.ones((2, 3), np.int8)]})
    with pytest.raises(FileError, match=r"holds int8; expected floats\. Quantized models"):
        read_keras(content, expected=lambda config: {"vars": [(2, 3)]})
    with open_keras(keras_bytes) as file:
        steps, rate = file.weights.read("optimizer/vars", [(), ()])
        assert (int(steps), float(rate)) == (7, pytest.approx(0.001))


def test_declared_shapes_are_known_before_reading(keras_bytes: bytes) -> None:
    """As for a model whose optimizer may or may not be in the file."""
    with open_keras(keras_bytes) as file:
        assert file.config == {"class_name": "Sequential"}
        assert [array.shape for array in file.weights.declared["layers/conv2d/vars"]] == [(3, 3, 1, 2), (2,)]
        assert file.weights.declared["layers/flatten/vars"] == []


def test_budget(keras_bytes: bytes) -> None:
    """`max_bytes` bounds the file's member and the arrays."""
    with pytest.raises(FileError, match=r"declares [\d,]+ bytes; at most 500 are accepted"):
        read_keras(keras_bytes, max_bytes=500)
    content = encode_keras({}, {}, {"vars": [np.ones(1000, np.float16).astype(np.int8)]})
    assert len(read_keras(content, max_bytes=9000).weights["vars"][0]) == 1000
    with pytest.raises(FileError, match=r"holds 8,000 bytes of weights; at most 7,000 are accepted \(max_bytes\)"):
        read_keras(content, max_bytes=7000)


# What people confuse with a .keras file -----------------------------------------------------------------------------


def _torch_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("resnet18/data.pkl", b"\x80\x02}q\x00.")
    return buffer.getvalue()


def _npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file: saving it was interrupted; use an earlier copy"),
        (b"\x89HDF\r\n\x1a\n" + bytes(2000), r"an HDF5 file \(\.h5\): load it in Keras 3 and save it there"),
        (_torch_zip(), r"a PyTorch file \(\.pt, \.pth\): such files can run code"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + bytes(50), "a PyTorch file"),
        (b"\x80\x04\x95\x0f", "a Python pickle: such files can run code"),
        (_npz(), r"a NumPy archive \(\.npz\)"),
        (b"\x10\0\0\0\0\0\0\0" + b'{"a": {}}       ', "a safetensors file"),
        (b'{"class_name": "Sequential"}', "JSON text"),
        (b"<html>Not found</html>", "an HTML or XML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"hello\n", "it looks like text"),
        (bytes(range(256)), "a file of an unknown kind"),
    ],
)
def test_other_files_are_recognized(tmp_path: Path, content: bytes, message: str) -> None:
    """The error says what came, and for the common cases what to do."""
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    with pytest.raises(FileError, match=message) as caught:
        read_keras(path)
    assert str(caught.value).startswith(f"{path} is not a .keras file; it looks like ")


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    """Missing, a folder, a pipe that would block for ever, and a name with NUL."""
    with pytest.raises(FileError, match=r"x\.keras: there is no such file; expected a \.keras file"):
        read_keras(tmp_path / "x.keras")
    with pytest.raises(FileError, match="is a folder"):
        read_keras(tmp_path)
    with pytest.raises(FileError, match="has a NUL character"):
        read_keras("a\0b.keras")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.keras")
        with pytest.raises(FileError, match="is a pipe or a device"):
            read_keras(tmp_path / "pipe.keras")


def test_every_truncation_is_noticed(keras_bytes: bytes) -> None:
    """At 100 lengths and at the last 40 bytes."""
    lengths = {*range(0, len(keras_bytes), len(keras_bytes) // 100), *range(len(keras_bytes) - 40, len(keras_bytes))}
    for length in lengths:
        with pytest.raises(FileError, match=r"damaged or cut short|an empty file|looks like"):
            read_keras(keras_bytes[:length])


def test_random_damage_is_noticed_or_harmless(keras_bytes: bytes, weights: dict[str, list[np.ndarray]]) -> None:
    """Flipped bytes anywhere in the file: the checksums leave no wrong number through."""
    rng = np.random.default_rng(0)
    for position in rng.integers(0, len(keras_bytes), 400):
        damaged = bytearray(keras_bytes)
        damaged[position] ^= 1 << rng.integers(8)
        try:
            found = read_keras(bytes(damaged)).weights
        except FileError:
            continue
        for group, arrays in weights.items():
            for result, array in zip(found[group], arrays, strict=True):
                np.testing.assert_array_equal(result, array)


def test_json_members_must_be_objects(build_zip) -> None:
    """And the error says which member is meant."""
    with pytest.raises(FileError, match=r"<bytes>: config\.json holds a JSON list; expected an object"):
        read_keras(build_zip(config=json.dumps([1]).encode()))
    with pytest.raises(FileError, match=r"<bytes>: metadata\.json is not valid JSON"):
        read_keras(build_zip(metadata=b"{"))
