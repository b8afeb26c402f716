"""Files made to harm: each is refused for its own reason, before memory is taken, and nothing else is touched."""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from pellucid.errors import FileError
from pellucid.formats import plain_hdf5
from pellucid.formats.keras_v3 import open_keras, read_keras

Fill = Callable[[h5py.File], object]

# The zip archive ----------------------------------------------------------------------------------------------------


def _patched(content: bytes, signature: bytes, offset: int, form: str, value: int, member: int = 0) -> bytes:
    """Overwrite one field of the n-th record with that signature."""
    position = -1
    for _ in range(member + 1):
        position = content.index(signature, position + 1)
    patched = bytearray(content)
    struct.pack_into(form, patched, position + offset, value)
    return bytes(patched)


CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


@pytest.mark.parametrize(
    "name",
    ["assets/../x", "assets/a:b", "../../x", "/etc/x", "model.weights.npz", "C:\\x", "a\nb", "Config.json"],
)
def test_extra_member(build_zip, name: str) -> None:
    """Whatever its name: nothing is accepted but the three members, and files below "assets/"."""
    with pytest.raises(FileError, match=r"expected only metadata\.json, config\.json, model\.weights\.h5"):
        read_keras(build_zip(extra={name: b"x"}))


@pytest.mark.parametrize("missing", ["config", "metadata", "weights"])
def test_missing_member(build_zip, missing: str) -> None:
    """The one that is missing is named."""
    with pytest.raises(FileError, match=rf"has no member '.*{missing}"):
        read_keras(build_zip(**{missing: None}))


def test_duplicate_member() -> None:
    """Two configurations: programs would disagree on which one counts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            archive.writestr("config.json", b"{}")
    with pytest.raises(FileError, match=r"holds 'config\.json' twice"):
        read_keras(buffer.getvalue())


def test_encrypted_member(build_zip) -> None:
    """A set flag is enough."""
    with pytest.raises(FileError, match=r"member 'config\.json' is encrypted"):
        read_keras(_patched(build_zip(), CENTRAL, 8, "<H", 1, member=1))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression(build_zip, method: int) -> None:
    """Only what Keras writes, and what other zip programs write by default."""
    with pytest.raises(FileError, match=f"is compressed by method {method}"):
        read_keras(build_zip(compression=method))


def test_deflated_archive_is_read(build_zip) -> None:
    """Packed again by another program."""
    assert read_keras(build_zip(config=b'{"a": 1}', compression=zipfile.ZIP_DEFLATED)).config == {"a": 1}


def test_decompression_bombs(build_zip) -> None:
    """64 MB of zeros in 64 kB: refused by the directory alone, in every member."""
    for member in ("config", "weights"):
        content = build_zip(compression=zipfile.ZIP_DEFLATED, **{member: bytes(2**26)})
        with _little_memory(), pytest.raises(FileError, match=r"decompression bomb|at most 16,777,216 are accepted"):
            read_keras(content)


@pytest.mark.parametrize("declared", [0, 1, 3, 5, 2**31, 2**32 - 2])
def test_declared_size_is_a_lie(build_zip, declared: int) -> None:
    """Smaller or larger than what is stored: the reader stops and says so."""
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        content = _patched(build_zip(compression=compression), CENTRAL, 24, "<I", declared, member=1)
        with _little_memory(), pytest.raises(FileError):
            read_keras(content)


@pytest.mark.parametrize("offset", [1, 10**6, 2**32 - 2])
def test_member_that_lies_elsewhere(build_zip, offset: int) -> None:
    """Overlapping another member, or beyond the end."""
    with pytest.raises(FileError):
        read_keras(_patched(build_zip(), CENTRAL, 42, "<I", offset, member=1))


def test_two_members_in_the_same_bytes(build_zip) -> None:
    """The directory calls one stored member by two names."""
    content = build_zip(config=b"{}", metadata=b"{}")
    with pytest.raises(FileError):
        read_keras(_patched(content, CENTRAL, 42, "<I", 0, member=1))


def test_damaged_member(build_zip) -> None:
    """The checksum is compared."""
    content = build_zip(config=b'{"units": 10}')
    with pytest.raises(FileError, match="damaged"):
        read_keras(content.replace(b'"units": 10', b'"units": 11'))


def test_zip64_lies(build_zip) -> None:
    """An end record that points to a 64-bit directory which is not there."""
    content = build_zip()
    end = content.rindex(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 2**62, 1)
    with pytest.raises(FileError):
        read_keras(content[:end] + locator + content[end:])


# The JSON members ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "not valid JSON"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": 1e999}', "the number 1e999 is too large"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),
        (b'{"a": ' + b"[" * 99 + b"]" * 99 + b"}", None),
        (b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}", "nested more than 500 levels"),
        (b"[" * 200_000, "nested more than 500 levels"),
        (b'{"a":' * 200_000, "nested more than 500 levels"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "not valid JSON"),
        (b"null", "expected an object"),
        (b'{"a": "' + b"x" * 2**24 + b'"}', "at most 16,777,216 are accepted"),
    ],
)
def test_json(build_zip, text: bytes, message: str | None) -> None:
    """Not standard, too deep, too large, or not an object; depth 500 is still accepted."""
    content = build_zip(config=text)
    if message is None:
        assert "a" in read_keras(content).config
        return
    with pytest.raises(FileError, match=message):
        read_keras(content)


# The HDF5 member ----------------------------------------------------------------------------------------------------


def _declare(
    file: h5py.File, shape: tuple[int, ...], chunks: tuple[int, ...] | None = None, gzip: bool = False
) -> None:
    """An array with a shape and no values."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    if chunks:
        plan.set_chunk(chunks)
    if gzip:
        plan.set_deflate(9)
    group = file.create_group("vars")
    h5py.h5d.create(group.id, b"0", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple(shape), plan)


def _external_storage(file: h5py.File) -> None:
    file.create_group("vars").create_dataset("0", (4,), "f4", external=[("/etc/passwd", 0, 16)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "x", (4,))
    file.create_group("vars").create_virtual_dataset("0", layout)


def _loop(file: h5py.File) -> None:
    group = file.create_group("layers/a")
    group["b"] = file["layers"]


def _twice(file: h5py.File) -> None:
    group = file.create_group("vars")
    group["0"] = np.zeros(3, "f4")
    group["1"] = group["0"]


def _compressed(**options: object) -> Fill:
    return lambda file: file.create_group("vars").create_dataset("0", data=np.zeros((64, 64), "f4"), **options)


def _array(values: object, **options: object) -> Fill:
    return lambda file: file.create_group("vars").create_dataset("0", data=values, **options)


def _filled(dtype: object, shape: tuple[int, ...], element: list[float]) -> Fill:
    """An array whose elements are themselves arrays."""

    def fill(file: h5py.File) -> None:
        dataset = file.create_group("vars").create_dataset("0", shape, dtype)
        for i in range(*shape):
            dataset[i] = element

    return fill


HOSTILE: dict[str, tuple[Fill, str]] = {
    "soft link": (lambda f: f.create_group("vars").__setitem__("0", h5py.SoftLink("/x")), "is a SoftLink"),
    "dangling group link": (lambda f: f.__setitem__("layers", h5py.SoftLink("/gone")), "is a SoftLink"),
    "external link": (lambda f: f.__setitem__("vars", h5py.ExternalLink("/etc/x.h5", "/")), "is a ExternalLink"),
    "external storage": (_external_storage, "keeps its values in another file"),
    "virtual array": (_virtual, "virtual array"),
    "4 TB, nothing stored": (lambda f: _declare(f, (2**40,)), "declares 4,398,046,511,104 bytes but only 0 are stored"),
    "shape that overflows": (lambda f: _declare(f, (2**32, 2**32)), "but only 0 are stored"),
    "small, nothing stored": (lambda f: _declare(f, (1000,)), "declares 4,000 bytes but only 0 are stored"),
    "chunks never written": (lambda f: _declare(f, (2**36,), (2**20,)), "but only 0 are stored"),
    "gzip chunks never written": (lambda f: _declare(f, (2**30,), (2**20,), True), "but only 0 are stored"),
    "gzip bomb": (_array(np.zeros(2**22, "f4"), compression="gzip"), "declares 16,777,216 bytes but only"),
    "loop": (_loop, "second name"),
    "one array under two names": (_twice, "second name"),
    "deep": (lambda f: f.create_group("/".join("a" * 402)), "nested more than 400 deep"),
    "dots": (lambda f: f.create_group("layers/...x/..../vars"), "the name"),
    "turned letters": (lambda f: f.create_group("a\u202elayers"), "the name"),
    "long name": (lambda f: f.create_group("a" * 256), "the name"),
    "lzf": (_compressed(compression="lzf"), "is compressed by filter 32000"),
    "scale-offset": (_compressed(scaleoffset=2), "is compressed by filter 6"),
    "text": (_array("some text"), "holds values of type"),
    "texts": (_array(["a", "b"], dtype=h5py.string_dtype()), "holds values of type"),
    "fixed texts": (_array(np.array([b"abc"])), "holds values of type"),
    "compound": (_array(np.zeros(2, [("a", "f4"), ("b", "f4")])), "holds values of type"),
    "complex": (_array(np.zeros(2, "c8")), "holds values of type"),
    "booleans": (_array(np.zeros(2, bool)), "holds values of type"),
    "uint64": (_array(np.zeros(2, "u8")), "holds values of type"),
    "opaque": (_array(np.zeros(2, "V7")), "holds values of type"),
    "bfloat16 as Keras writes it": (_array(np.zeros(2, "V2")), "save the model in float32"),
    "references": (
        lambda f: f.create_group("vars").create_dataset("0", data=[f.ref], dtype=h5py.ref_dtype),
        "holds values of type",
    ),
    "vlen": (_filled(h5py.vlen_dtype("f4"), (1,), [1.0, 2.0]), "holds values of type"),
    "array type": (_filled("(3,)f4", (2,), [1.0, 2.0, 3.0]), "holds values of type"),
    "no shape": (_array(h5py.Empty("f4")), "declares no shape"),
    "stored type": (lambda f: f.__setitem__("vars", np.dtype("f4")), "is a stored data type"),
    "array outside vars": (lambda f: f.__setitem__("layers/dense/kernel", np.zeros(3, "f4")), "not in a group called"),
    "float64 beyond float32": (_array(np.array([1e300])), "too large for float32"),
}


class _little_memory:
    """Fails if the block allocates more than 40 MB, NumPy's arrays included."""

    def __enter__(self) -> None:
        tracemalloc.start()

    def __exit__(self, *_: object) -> None:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 40 * 2**20


@pytest.mark.parametrize("case", HOSTILE)
def test_hdf5(build_h5, case: str) -> None:
    """Each is refused for its own reason and takes no memory."""
    fill, message = HOSTILE[case]
    content = build_h5(fill)
    with _little_memory(), pytest.raises(FileError, match=message):
        read_keras(content)


@pytest.mark.parametrize("array", ["1", "kernel"])
def test_arrays_without_order(build_h5, array: str) -> None:
    """Are no weights of a layer; a class of the user's own may read them by their names."""
    content = build_h5(lambda file: file.__setitem__(f"vars/{array}", np.arange(3.0)))
    with open_keras(content) as file:
        assert file.weights.entries("vars")[array].tolist() == [0.0, 1.0, 2.0]
        with pytest.raises(FileError, match="expected arrays named 0, 1, 2"):
            file.weights.read("vars")


@pytest.mark.parametrize(
    "options",
    [{"compression": "gzip"}, {"compression": "gzip", "shuffle": True, "fletcher32": True}, {"chunks": (16, 16)}],
)
def test_harmless_storage_is_read(build_h5, options: dict) -> None:
    """Chunks and HDF5's own gzip, shuffle and checksum."""
    values = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    content = build_h5(_array(values, **options))
    np.testing.assert_array_equal(read_keras(content).weights["vars"][0], values)


def test_arrays_that_share_their_bytes(build_zip) -> None:
    """Ten small arrays are patched to point into the bytes of a large one: a small file would fill the memory."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="earliest") as file:
        large = file.create_dataset("vars/0", data=np.ones(25_000, "f4"))
        small = [file.create_dataset(f"vars/{i}", data=np.zeros(1237, "f4")) for i in range(1, 11)]
        places = [dataset.id.get_offset() for dataset in small]
        target = large.id.get_offset()
    content = buffer.getvalue()
    for place in places:
        content = content.replace(struct.pack("<QQ", place, 4 * 1237), struct.pack("<QQ", target, 100_000))
    content = content.replace(struct.pack("<Q", 1237), struct.pack("<Q", 25_000))
    with pytest.raises(FileError, match=r"declares 1,100,000 stored bytes in a file of [\d,]+: arrays overlap"):
        read_keras(build_zip(weights=content))


def test_number_of_objects_is_bounded(build_h5, monkeypatch) -> None:
    """Millions of empty groups would take minutes."""
    monkeypatch.setattr(plain_hdf5, "MAX_OBJECTS", 20)
    with pytest.raises(FileError, match="holds more than 20 groups and arrays"):
        read_keras(build_h5(lambda file: [file.create_group(f"g{i}") for i in range(25)]))


def test_member_is_not_hdf5(build_zip) -> None:
    """The member's name alone says nothing."""
    with pytest.raises(FileError, match=r"model\.weights\.h5 is not an HDF5 file; it looks like text"):
        read_keras(build_zip(weights=b"not HDF5"))


def test_damaged_hdf5(build_zip, build_h5) -> None:
    """Behind a correct checksum of the archive: cut anywhere, and 400 random changes of three bytes."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for layer in ("conv2d", "dense"):
            group = file.create_group(f"layers/{layer}/vars")
            group["0"] = np.ones((5, 5), "f4")
            group.create_dataset("1", data=np.ones(50, "f4"), compression="gzip", fletcher32=True)
    content = buffer.getvalue()
    for length in range(0, len(content), 97):
        with pytest.raises(FileError):
            read_keras(build_zip(weights=content[:length]))
    rng = np.random.default_rng(0)
    for _ in range(400):
        damaged = bytearray(content)
        for position in rng.integers(0, len(content), 3):
            damaged[position] = rng.integers(256)
        with contextlib.suppress(FileError):
            read_keras(build_zip(weights=bytes(damaged)))


def test_nothing_else_is_touched(build_h5, tmp_path: Path) -> None:
    """While hostile files are read, no other file is opened, nothing is written, imported, started or connected to."""
    for number, (fill, _) in enumerate(HOSTILE.values()):
        (tmp_path / f"{number}.keras").write_bytes(build_h5(fill))
    script = """
import encodings.ascii, pathlib, sys
from pellucid.errors import FileError
from pellucid.formats.keras_v3 import encode_keras, read_keras
files = sorted(pathlib.Path(sys.argv[1]).iterdir())
read_keras(encode_keras({}, {}, {"vars": [1.5]}))
watching = True
def hook(event, arguments):
    if not watching:
        return
    if event == "open" and pathlib.Path(str(arguments[0])) in files and arguments[1] in ("r", "rb"):
        return
    if event in ("open", "import", "exec", "compile") or event.startswith(("socket.", "subprocess.", "os.", "shutil.")):
        if not event == "import" or arguments[0] not in sys.modules:
            print(event, arguments, flush=True)
            raise SystemExit(3)
sys.addaudithook(hook)
refused = 0
for file in files:
    try:
        read_keras(file)
    except FileError:
        refused += 1
watching = False
print(refused, len(files))
"""
    result = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout.split()) == (0, [str(len(HOSTILE))] * 2), result.stdout + result.stderr
