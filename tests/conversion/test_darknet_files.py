"""Darknet's networks against plain loops of NumPy from the same numbers; hostile ones get one sentence."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pellucid import conversion, load_model
from pellucid.cli import main
from pellucid.errors import FileError

CFG = """
# a small one
[net]
batch=1
height=9
width=7
channels=3
learning_rate=0.001

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

[convolutional]
filters=4
size=3
padding=1
groups=2
activation=logistic

[shortcut]
from=-2
activation=relu

[convolutional]
filters=6
size=1
activation=linear

[yolo]
classes=2

[route]
layers=-3,1

[upsample]
stride=2

[route]
layers=-1
groups=2
group_id=1

[maxpool]
size=3
stride=2

[dropout]
probability=.25

[connected]
output=5
batch_normalize=1
activation=tanh

[connected]
output=3
activation=linear

[softmax]
"""


def numbers_of(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count).astype("<f4") * 0.5


COUNTS = [4 * 4, 4 * 3 * 9, 4, 4 * 2 * 9, 6, 6 * 4, 5, 5 * 4 * 5 * 4, 3 * 5, 3, 15]


def stored(folder: Path, cfg: str = CFG, numbers: np.ndarray | None = None, version: tuple[int, int] = (0, 2)) -> Path:
    """The two files; variances are made positive where the reader takes them."""
    given = numbers_of(sum(COUNTS)) if numbers is None else numbers
    header = struct.pack("<iii", *version, 5) + struct.pack("<Q" if sum(version) >= 2 else "<I", 64)
    (folder / "net.cfg").write_text(cfg)
    (folder / "net.weights").write_bytes(header + given.tobytes())
    return folder / "net.cfg"


class Numbers:
    """Gives the next ones."""

    def __init__(self, numbers: np.ndarray) -> None:
        self.rest = numbers.astype(np.float64)

    def __call__(self, *shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        found, self.rest = self.rest[:count], self.rest[count:]
        return found.reshape(shape)


def convolved(x, kernel, stride, pad, groups=1):
    """x (channels, rows, columns), by loops over the taps."""
    filters, channels, size, _ = kernel.shape
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    rows, columns = ((length - size) // stride + 1 for length in x.shape[1:])
    y = np.zeros((filters, rows, columns))
    for f in range(filters):
        first = f // (filters // groups) * channels
        for c in range(channels):
            for k in range(size):
                for m in range(size):
                    seen = x[first + c, k : k + stride * rows : stride, m : m + stride * columns : stride]
                    y[f] += kernel[f, c, k, m] * seen[:rows, :columns]
    return y


def pooled(x, size, stride, padding):
    """As maxpool_layer.c: windows begin padding / 2 before, and what lies outside never wins."""
    rows, columns = ((length + padding - size) // stride + 1 for length in x.shape[1:])
    y = np.full((len(x), rows, columns), -np.inf)
    for i in range(rows):
        for j in range(columns):
            for k in range(size):
                for m in range(size):
                    r, c = i * stride + k - padding // 2, j * stride + m - padding // 2
                    if 0 <= r < x.shape[1] and 0 <= c < x.shape[2]:
                        y[:, i, j] = np.maximum(y[:, i, j], x[:, r, c])
    return y


def normalised(y, shift, scale, mean, variance):
    shift, scale, mean, variance = (each.reshape(-1, *(1,) * (y.ndim - 1)) for each in (shift, scale, mean, variance))
    return scale * (y - mean) / np.sqrt(variance + 1e-5) + shift


def by_hand(x: np.ndarray, take: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """What the file above computes of one image (channels, rows, columns)."""
    shift, scale, mean, variance = take(4), take(4), take(4), take(4)
    y0 = normalised(convolved(x, take(4, 3, 3, 3), 2, 1), shift, scale, mean, variance)
    y0 = np.where(y0 > 0, y0, 0.1 * y0)
    y1 = pooled(y0, 2, 1, 1)
    bias = take(4)
    y2 = 1 / (1 + np.exp(-(convolved(y1, take(4, 2, 3, 3), 1, 1, groups=2) + bias[:, None, None])))
    y3 = np.maximum(y2 + y1, 0)
    bias = take(6)
    y4 = convolved(y3, take(6, 4, 1, 1), 1, 0) + bias[:, None, None]
    y6 = np.concatenate([y3, y1])
    y7 = y6.repeat(2, axis=1).repeat(2, axis=2)
    y9 = pooled(y7[4:], 3, 2, 2)
    shift, matrix = take(5), take(5, y9.size)
    scale, mean, variance = take(5), take(5), take(5)
    y11 = np.tanh(normalised(matrix @ y9.reshape(-1), shift, scale, mean, variance))
    bias = take(3)
    y12 = take(3, 5) @ y11 + bias
    return y4, np.exp(y12) / np.exp(y12).sum()


def positive(numbers: np.ndarray) -> np.ndarray:
    """With variances that are positive: those of the first section, and of the first matrix."""
    result = numbers.copy()
    result[12:16] = np.abs(result[12:16]) + 0.5
    end = sum(COUNTS[:9])
    result[end - 5 : end] = np.abs(result[end - 5 : end]) + 0.5
    return result


@pytest.mark.parametrize("version", [(0, 1), (0, 2)])
def test_against_loops(version: tuple[int, int], tmp_path: Path) -> None:
    """On a map that is not square; heads come out raw, before the last result; both names lead to the model."""
    numbers = positive(numbers_of(sum(COUNTS)))
    path = stored(tmp_path, numbers=numbers, version=version)
    with pytest.warns(UserWarning, match=r"\[yolo\]: its outputs are raw"):
        model = load_model(path)
    x = np.random.default_rng(4).normal(size=(2, 9, 7, 3)).astype(np.float32)
    head, classes = model.predict(x, verbose=0)
    for number, image in enumerate(x):
        wanted_head, wanted = by_hand(np.moveaxis(image, -1, 0).astype(np.float64), Numbers(numbers))
        np.testing.assert_allclose(np.moveaxis(head[number], -1, 0), wanted_head, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(classes[number], wanted, rtol=1e-5, atol=1e-6)
    again, report = conversion.load(tmp_path / "net.weights")
    np.testing.assert_array_equal(again.predict(x, verbose=0)[1], classes)
    assert report.rows[0].source == "[convolutional] 0: biases" and report.count("reshaped") == 5


def test_it_becomes_a_keras_file(tmp_path: Path) -> None:
    path = stored(tmp_path, numbers=positive(numbers_of(sum(COUNTS))))
    assert main.run(["convert", str(path), str(tmp_path / "net.keras"), "--report"]) == 0
    assert main.run(["inspect", str(path)]) == 0
    x = np.ones((1, 9, 7, 3))
    with pytest.warns(UserWarning):
        wanted = load_model(path).predict(x, verbose=0)
    np.testing.assert_array_equal(load_model(tmp_path / "net.keras").predict(x, verbose=0)[1], wanted[1])


EDGES = [(8, 2, 2), (7, 2, 2), (7, 3, 2), (8, 3, 1), (6, 2, 1), (5, 4, 3)]


@pytest.mark.parametrize(("length", "size", "stride"), EDGES)
def test_pooling_at_the_edge(length: int, size: int, stride: int, tmp_path: Path) -> None:
    cfg = f"[net]\nheight={length}\nwidth=9\nchannels=2\n[maxpool]\nsize={size}\nstride={stride}\n"
    model = load_model(stored(tmp_path, cfg, np.zeros(0, "<f4")))
    x = np.random.default_rng(0).normal(size=(1, length, 9, 2)).astype(np.float32)
    wanted = pooled(np.moveaxis(x[0], -1, 0), size, stride, size - 1)
    np.testing.assert_array_equal(np.moveaxis(model.predict(x, verbose=0)[0], -1, 0), wanted)


NET = "[net]\nheight=4\nwidth=4\nchannels=2\n"
REFUSED = {
    "an unknown section": ("[lstm]\noutput=4\n", r"line 5: \[lstm\] is not known; known are convolutional"),
    "an unknown setting": ("[convolutional]\nfilters=1\nxnor=1\n", "xnor=1, which is not known and may change"),
    "an unknown activation": ("[convolutional]\nactivation=stair\n", "activation=stair; known are leaky"),
    "dilation": ("[convolutional]\ndilation=2\n", "needs dilation as a whole number from 1 to 1"),
    "more numbers than there are": ("[convolutional]\nfilters=1000000\nsize=1000\n", "asks for .* numbers more"),
    "a matrix behind a map of gigabytes": (
        "[upsample]\nstride=64\n" * 2 + "[connected]\noutput=1\n",
        "asks for .* numbers more",
    ),
    "fewer numbers than there are": ("", "the .weights hold 4 more"),
    "a size that is no number": ("[convolutional]\nsize=1e3\n", "needs size as a whole number"),
    "a size of 2^63": ("[convolutional]\nfilters=9223372036854775808\n", "needs filters as a whole number"),
    "a size below zero": ("[convolutional]\nsize=-1\n", "needs size as a whole number"),
    "a section before the first": ("[route]\nlayers=-1\n", "refers to section '-1', which is none before it"),
    "itself": ("[dropout]\n[route]\nlayers=1\n", "refers to section '1'"),
    "nothing": ("[route]\n", "refers to section ''"),
    "other shapes": ("[maxpool]\nstride=2\n[upsample]\nstride=4\n[shortcut]\nfrom=0\n", r"adds results of shapes"),
    "no equals sign": ("[convolutional]\nfilters\n", "line 6: expected a setting such as filters=32"),
    "a setting twice": ("[convolutional]\nsize=3\nsize=5\n", "'size' stands twice"),
    "a section that does not end": ("[convolutional\n", "expected a section such as"),
    "a window larger than the map": ("[convolutional]\nsize=9\n", "."),
    "three thousand sections": ("[dropout]\n" * 3000, "at most 2,000 are read"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str, tmp_path: Path) -> None:
    """With the line, and before memory is taken for what is only said."""
    text, words = REFUSED[case]
    path = stored(tmp_path, NET + text, numbers_of(4 if case == "fewer numbers than there are" else 99))
    with pytest.raises(FileError, match=words) as caught:
        load_model(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


def mutated(content: bytes, count: int) -> Iterator[bytes]:
    generator = np.random.default_rng(8)
    lines = content.splitlines(keepends=True)
    for _ in range(count):
        changed = list(lines)
        place = int(generator.integers(len(changed)))
        kind = generator.integers(4)
        if kind == 0:
            del changed[place]
        elif kind == 1:
            changed.insert(place, changed[int(generator.integers(len(changed)))])
        else:
            line = bytearray(changed[place])
            line[int(generator.integers(len(line)))] = int(generator.choice(list(b"0123456789-=[]#,.x\n\xff")))
            changed[place] = bytes(line)
        yield b"".join(changed)


def test_mutations(tmp_path: Path) -> None:
    """A model, or one sentence."""
    stored(tmp_path, numbers=positive(numbers_of(sum(COUNTS))))
    for content in mutated(CFG.encode(), 60):
        (tmp_path / "net.cfg").write_bytes(content)
        try:
            conversion.load(tmp_path / "net.cfg")
        except FileError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("missing", ["net.cfg", "net.weights"])
def test_one_of_two_files(missing: str, tmp_path: Path) -> None:
    path = stored(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(FileError, match=rf"{missing} is missing: a network of Darknet's is two files of one name"):
        load_model(path if missing == "net.weights" else tmp_path / "net.weights")


@pytest.mark.parametrize("content", [b"", bytes(15), b"\xff" * 40, struct.pack("<iiiQ", 0, 2, 5, 0) + b"abc"])
def test_hostile_weights(content: bytes, tmp_path: Path) -> None:
    path = stored(tmp_path)
    (tmp_path / "net.weights").write_bytes(content)
    with pytest.raises(FileError, match=r"net\.weights is|net\.weights"):
        load_model(path)
