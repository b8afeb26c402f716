"""TIFF of every kind that scanners and microscopes write, made byte by byte here; JPEG 2000 and AVIF; raw photos."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pellucid.cli.image_folders import pages_told
from pellucid.data.folders.survey import survey
from pellucid.data.images.apart import read_image_apart
from pellucid.data.images.files import decoded, read_image, upright_size
from pellucid.data.images.reading import Reading
from pellucid.data.masks.values import read_masks
from pellucid.errors import FileError


def _tiff(pixels: np.ndarray, order: str = "<", pages: int = 1, **tags: int) -> bytes:
    """A TIFF as the specification says it, of pixels (rows, columns) or (rows, columns, samples), and equal pages."""
    rows, columns, samples = (*pixels.shape, 1)[:3]
    bits = pixels.dtype.itemsize * 8
    data = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    kinds = {"u": 1, "i": 2, "f": 3}
    first, content = 8 + len(data), b""
    for page in range(pages):
        told = {
            256: columns, 257: rows, 258: tags.get("bits", bits), 259: 1, 262: 2 if samples == 3 else 1, 273: 8,
            277: samples, 278: rows, 279: len(data), 339: kinds[pixels.dtype.kind],
        }  # fmt: skip
        told |= {int(key[1:]): value for key, value in tags.items() if key[0] == "t"}
        next_one = 0 if page == pages - 1 else first + (2 + 12 * len(told) + 4) * (page + 1)
        entries = [struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in sorted(told.items())]
        content += struct.pack(order + "H", len(told)) + b"".join(entries) + struct.pack(order + "I", next_one)
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", first) + data + content


@pytest.fixture
def grey() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (6, 9)).astype(np.uint8)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_greys_are_those_that_were_written(tmp_path: Path, grey: np.ndarray, order: str) -> None:
    """Of 8, 12 and 16 bits, in both orders of bytes, 0 black or white, packed in all the ways that libtiff knows."""
    wide = grey.astype(np.uint16) * 257
    black = {"t262": 0}
    for content, wanted in (
        (_tiff(grey, order), grey),
        (_tiff(wide, order), grey),
        (_tiff(grey, order, **black), 255 - grey),
        (_tiff(np.stack([grey, grey.T.reshape(6, 9), 255 - grey], -1), order), None),
        *([(_tiff(wide, order, **black), 255 - grey)] if order == "<" else []),
    ):
        (tmp_path / "x.tif").write_bytes(content)
        found = read_image(tmp_path / "x.tif")
        if wanted is None:
            assert np.array_equal(found, np.stack([grey, grey.T.reshape(6, 9), 255 - grey], -1))
        else:
            assert found.shape == (6, 9, 1) and np.array_equal(found[..., 0], wanted)
    assert order == ">" or np.array_equal(read_image_apart(_tiff(wide), Reading(6, 9, 1))[..., 0], grey)
    with PIL.Image.open(io.BytesIO(_tiff(wide, order))) as image:
        for packed in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
            image.save(tmp_path / "x.tif", compression=packed)
            assert np.array_equal(read_image(tmp_path / "x.tif")[..., 0], grey)


def test_twelve_bits_are_white_at_4095(tmp_path: Path) -> None:
    """Two numbers in three bytes, as cameras of microscopes write them."""
    values = [0, 4095, 2048, 1024]
    packed = b"".join((a << 12 | b).to_bytes(3, "big") for a, b in zip(values[::2], values[1::2], strict=True))
    head = _tiff(np.frombuffer(packed, np.uint8).reshape(1, 6), bits=12, t256=4)
    (tmp_path / "x.tif").write_bytes(head)
    assert read_image(tmp_path / "x.tif").ravel().tolist() == [0, 255, 127, 63]


def test_palettes_transparency_and_one_bit(tmp_path: Path) -> None:
    colors = np.random.default_rng(0).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    for mode in ("P", "RGBA", "CMYK", "1", "YCbCr"):
        image = PIL.Image.fromarray(colors).convert(mode)
        image.save(tmp_path / "x.tif", compression=None if mode == "YCbCr" else "tiff_lzw")
        wanted = np.asarray(image.convert("RGB"))
        assert np.abs(read_image(tmp_path / "x.tif", channels=3).astype(int) - wanted).max() <= 2, mode


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_as_its_tag_says(tmp_path: Path, grey: np.ndarray, orientation: int) -> None:
    """As the specification says where row 0 and column 0 are; once, and the size without decoding agrees."""
    turns = [grey, grey[:, ::-1], grey[::-1, ::-1], grey[::-1], grey.T, np.rot90(grey, -1), grey[::-1, ::-1].T]
    wanted = [*turns, np.rot90(grey)][orientation - 1]
    for pixels in (grey, grey.astype(np.uint16) * 257):
        (tmp_path / "x.tif").write_bytes(_tiff(pixels, t274=orientation))
        assert np.array_equal(read_image(tmp_path / "x.tif")[..., 0], wanted)
    assert decoded(tmp_path / "x.tif", upright_size) == wanted.shape[::-1]


@pytest.mark.parametrize(
    ("pixels", "tags", "told"),
    [
        (np.ones((2, 2), np.float32), {}, "holds fractions, and nobody knows which is white"),
        (np.ones((2, 2), np.uint32), {}, "holds numbers of 32 bits, and nobody knows which is white; scale it"),
        (np.ones((2, 2), np.int16), {}, "holds numbers with a sign"),
        (
            np.ones((2, 2, 5), np.uint8),
            {},
            "is a TIFF that is damaged, or of a kind that is not read .* as PNG",
        ),
        (np.ones((2, 2, 3), np.uint8), {"t262": 8}, "holds colours of the kind LAB"),
        (np.ones((2, 2, 3), np.uint8), {"t254": 1, "t330": 8}, "is a raw photo with a small preview"),
    ],
)
def test_what_has_no_white_is_refused(tmp_path: Path, pixels: np.ndarray, tags: dict[str, int], told: str) -> None:
    """Read or only looked at, in the same words; a mask may have numbers of any size."""
    path = tmp_path / "x.tif"
    path.write_bytes(_tiff(pixels, **tags))
    with pytest.raises(FileError, match=rf"x\.tif {told}"):
        read_image(path)
    assert list(survey([str(path)]).bad) == [str(path)]
    if pixels.dtype == np.uint32:
        assert read_masks([str(path)], (2, 2)).counts == {1: 4}


def test_pages_are_counted_and_told(tmp_path: Path, grey: np.ndarray) -> None:
    """The first is read; a smaller copy of it is no page, and many are a volume."""
    for name, pages, tags in (("one", 1, {}), ("letter", 2, {}), ("stack", 30, {}), ("pyramid", 3, {"t254": 1})):
        (tmp_path / f"{name}.tif").write_bytes(_tiff(grey, pages=pages, **tags))
        assert np.array_equal(read_image(tmp_path / f"{name}.tif")[..., 0], grey)
    found = survey(sorted(map(str, tmp_path.iterdir())))
    assert {Path(path).stem: count for path, count in found.pages.items()} == {"letter": 2, "stack": 30}
    assert "2 (stack.tif has 30); pages in such number are a volume" in pages_told(found.pages)[0]
    assert pages_told({}) == []


def test_a_cut_or_damaged_tiff_is_named(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)
    buffer = io.BytesIO()
    PIL.Image.fromarray(noise).save(buffer, "TIFF", compression="tiff_lzw")
    path, rng = tmp_path / "x.tif", np.random.default_rng(1)
    for content in (_tiff(noise), buffer.getvalue()):
        for length in range(0, len(content) - 40, len(content) // 9):
            path.write_bytes(content[:length])
            with pytest.raises(FileError, match=r"x\.tif"):
                read_image(path)
        for _ in range(30):
            damaged = bytearray(content)
            for position in rng.integers(0, len(damaged), 3):
                damaged[position] = rng.integers(256)
            path.write_bytes(damaged)
            try:
                assert read_image(path, size=(4, 4)).shape[:2] == (4, 4)
            except FileError as error:
                assert "x.tif" in str(error)


@pytest.mark.parametrize(("name", "options"), [("x.jp2", {}), ("x.avif", {"quality": 100}), ("x.j2k", {})])
def test_other_formats_that_pillow_knows(tmp_path: Path, name: str, options: dict[str, int]) -> None:
    flat = np.full((16, 16, 3), (200, 40, 90), np.uint8)
    PIL.Image.fromarray(flat).save(tmp_path / name, **options)
    assert np.abs(read_image(tmp_path / name).astype(int) - flat).max() <= 3


def test_what_converts_a_photo_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    with pytest.raises(FileError, match=r"a HEIC image. What converts it: magick mogrify -format jpg \*.heic"):
        read_image(tmp_path / "a.heic")
    (tmp_path / "a.NEF").write_bytes(_tiff(np.ones((4, 4), np.uint8)))
    with pytest.raises(FileError, match=r"is a raw photo, which is not read; save it as JPEG: magick .* \*.NEF"):
        read_image(tmp_path / "a.NEF")
