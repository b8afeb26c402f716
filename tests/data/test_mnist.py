"""MNIST from a folder and from the network, with everything that can be wrong with either."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from pellucid import datasets
from pellucid.data.sets import download, mnist
from pellucid.errors import ArgumentError, FileError

NAMES = [file.name for file in mnist.FILES.values()]


@pytest.fixture
def folder(tmp_path: Path, known_small_mnist: dict[str, bytes]) -> Path:
    """A folder with the four small files, compressed."""
    target = tmp_path / "four files"
    target.mkdir()
    for name, packed in known_small_mnist.items():
        (target / name).write_bytes(packed)
    return target


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, named as a user would."""
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mnist"


# From a folder ------------------------------------------------------------------------------------------------------


def test_shapes_are_those_of_keras(mnist_case) -> None:
    """uint8 images without a channel axis and uint8 labels, as keras.datasets.mnist returns them."""
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data(mnist_case.folder)
    assert x_train.shape == (mnist_case.train_count, 28, 28)
    assert x_test.shape == (mnist_case.test_count, 28, 28)
    assert y_train.shape == (mnist_case.train_count,)
    assert y_test.shape == (mnist_case.test_count,)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert set(y_train) == set(range(10))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("dotted", [True, False])
def test_usual_spellings_are_found(folder: Path, packed: bool, dotted: bool) -> None:
    """With or without .gz, with '-' or '.' before idx."""
    for path in list(folder.iterdir()):
        name = path.name.removesuffix(".gz").replace("-idx", ".idx" if dotted else "-idx")
        content = path.read_bytes()
        path.unlink()
        (folder / (name + (".gz" if packed else ""))).write_bytes(content if packed else gzip.decompress(content))
    (x_train, _), _ = datasets.mnist.load_data(str(folder))
    assert x_train.shape == (20, 28, 28)


def test_other_compression_of_the_same_content_is_accepted(folder: Path) -> None:
    """What a file holds decides, not how it was compressed."""
    for path in folder.iterdir():
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1, mtime=1))
    assert len(datasets.mnist.load_data(folder)) == 2


def test_other_content_is_refused_unless_asked_for(folder: Path) -> None:
    """One changed pixel is not MNIST; check=False takes other data in the same layout."""
    path = folder / "train-images-idx3-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[100] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(FileError, match=r"train-images-idx3-ubyte\.gz is not MNIST's .*SHA-256.*check=False"):
        datasets.mnist.load_data(folder)
    (x_train, _), _ = datasets.mnist.load_data(folder, check=False)
    assert x_train.shape == (20, 28, 28)


@pytest.mark.parametrize("check", [True, False])
def test_wrong_files_are_named(folder: Path, check: bool) -> None:
    """Swapped, cut and missing files, with and without the check of the content."""
    images, labels = folder / "t10k-images-idx3-ubyte.gz", folder / "t10k-labels-idx1-ubyte.gz"
    good = labels.read_bytes()
    shutil.copy(images, labels)
    with pytest.raises(FileError, match=r"t10k-labels.*shape \(10, 28, 28\); expected labels"):
        datasets.mnist.load_data(folder, check=check)
    labels.write_bytes(good[:-9])
    with pytest.raises(FileError, match=r"t10k-labels.* is cut short"):
        datasets.mnist.load_data(folder, check=check)
    labels.unlink()
    with pytest.raises(FileError, match="has not all of MNIST: t10k-labels-idx1-ubyte is missing"):
        datasets.mnist.load_data(folder, check=check)


def test_counts_must_agree(folder: Path, encode_idx) -> None:
    """Without the check of the content the number of labels is still compared."""
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(encode_idx(np.zeros(19, np.uint8))))
    with pytest.raises(FileError, match=r"20 images and .* 19 labels"):
        datasets.mnist.load_data(folder, check=False)


def test_path_must_be_a_folder(folder: Path) -> None:
    """Another file name, or one of the four, gets an answer that helps."""
    with pytest.raises(FileError, match=r"digits\.npz: there is no such file or folder; give one with MNIST"):
        datasets.mnist.load_data("digits.npz")
    with pytest.raises(FileError, match="is one file of MNIST; give the folder in which all of them are"):
        datasets.mnist.load_data(folder / "t10k-labels-idx1-ubyte.gz")
    with pytest.raises(ArgumentError, match="check=False needs a folder"):
        datasets.mnist.load_data(check=False)


# From the network ---------------------------------------------------------------------------------------------------


def test_published_table() -> None:
    """The two mirrors are reached over TLS, and every file has two hashes and its original size."""
    assert all(url.startswith("https://") for url in mnist.MIRRORS)
    assert sum(file.gzip_size for file in mnist.FILES.values()) == 11_594_722
    assert all(len(file.content_sha256) == len(file.gzip_sha256) == 64 for file in mnist.FILES.values())


def test_download_then_cache(mirror, cache: Path, known_small_mnist, monkeypatch, capsys) -> None:
    """The first call downloads with one line a file; the second needs no network."""
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.fill("a", known_small_mnist),))
    first = datasets.mnist.load_data()
    assert first[0][0].shape == (20, 28, 28)
    assert len(mirror.requests) == 4
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("downloading train-images-idx3-ubyte.gz (")
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/closed",))
    second = datasets.mnist.load_data()
    np.testing.assert_array_equal(first[1][0], second[1][0])
    assert capsys.readouterr().err == ""
    assert sorted(path.name for path in cache.iterdir()) == sorted(known_small_mnist)


def test_second_mirror_is_tried(mirror, cache: Path, known_small_mnist, monkeypatch) -> None:
    """A mirror without the file, with another file, and one that breaks off are all passed over."""
    names = list(known_small_mnist)
    bad = mirror.fill("bad", {names[1]: b"an error page", names[2]: known_small_mnist[names[2]]})
    mirror.truncated.add(f"/bad/{names[2]}")
    good = mirror.fill("good", known_small_mnist)
    monkeypatch.setattr(mnist, "MIRRORS", (bad, good))
    assert datasets.mnist.load_data()[1][0].shape == (10, 28, 28)
    assert [path for path in mirror.requests if path.startswith("/bad/")] == [f"/bad/{name}" for name in names]
    assert sorted(path.name for path in cache.iterdir()) == sorted(names)


@pytest.mark.parametrize(
    ("content", "truncated", "reason"),
    [
        (None, False, "the server answered 404"),
        (b"something else", False, "not the expected file"),
        (bytes(100_000), False, "not the expected file"),
        (b"", False, "not the expected file"),
        ("right", True, "the connection broke off"),
    ],
)
def test_failed_download_leaves_nothing(
    mirror, cache: Path, known_small_mnist, monkeypatch, content: bytes | str | None, truncated: bool, reason: str
) -> None:
    """Whatever arrives instead of the file, the cache stays empty and the error says how to go on without a network."""
    name = "train-images-idx3-ubyte.gz"
    sent = known_small_mnist[name] if content == "right" else content
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.fill("a", {} if sent is None else {name: sent}),))
    if truncated:
        mirror.truncated.add(f"/a/{name}")
    with pytest.raises(FileError) as caught:
        datasets.mnist.load_data()
    message = str(caught.value)
    assert f"could not download {name}" in message
    assert reason in message
    assert "--data FOLDER" in message
    assert "load_data(FOLDER)" in message
    assert list(cache.iterdir()) == []


def test_endless_download_is_stopped(mirror, cache: Path, known_small_mnist, monkeypatch) -> None:
    """A server that never stops sending fills no disk: reading ends at the known size."""
    monkeypatch.setattr(mnist, "MIRRORS", (f"{mirror.url}/endless",))
    with pytest.raises(FileError, match="not the expected file"):
        datasets.mnist.load_data()
    assert mirror.sent < mirror.ENOUGH
    assert list(cache.iterdir()) == []


def test_offline(cache: Path, monkeypatch) -> None:
    """Nobody listens: one clear error that names each mirror."""
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/a", "http://127.0.0.1:9/b"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(FileError, match=r"(?s)9/a: no connection.*9/b: no connection.*Without a network"):
        datasets.mnist.load_data()


def test_damaged_cache_is_repaired(mirror, cache: Path, known_small_mnist, monkeypatch) -> None:
    """A file that was cut short in the cache is downloaded again."""
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.fill("a", known_small_mnist),))
    datasets.mnist.load_data()
    victim = cache / "t10k-images-idx3-ubyte.gz"
    victim.write_bytes(victim.read_bytes()[:100])
    assert datasets.mnist.load_data()[1][0].shape == (10, 28, 28)
    assert len(mirror.requests) == 5


def test_cache_that_cannot_be_written(mirror, tmp_path: Path, known_small_mnist, monkeypatch) -> None:
    """A file where the cache folder should be: the error names it and the variable that moves the cache."""
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"a file")
    monkeypatch.setenv("PELLUCID_DATA", str(blocked))
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.fill("a", known_small_mnist),))
    with pytest.raises(FileError, match=r"(?s)could not be kept in .*blocked.*PELLUCID_DATA"):
        datasets.mnist.load_data()


def test_progress_bar_on_a_terminal(mirror, cache: Path, known_small_mnist, monkeypatch, capsys) -> None:
    """On a terminal a bar is drawn on stderr, and nothing on stdout."""
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.fill("a", known_small_mnist),))
    monkeypatch.setattr(download.sys.stderr, "isatty", lambda: True)
    datasets.mnist.load_data()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "100%" in captured.err
