"""Image files of every kind that people have, and of the kinds that attack a decoder."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pellucid.data.images.files import read_image
from pellucid.errors import ArgumentError, FileError


@pytest.fixture
def picture() -> np.ndarray:
    """Four flat quadrants, so that a lossy format changes little: red, green, blue, white."""
    pixels = np.full((16, 24, 3), 255, np.uint8)
    pixels[:8, :12] = (255, 0, 0)
    pixels[:8, 12:] = (0, 255, 0)
    pixels[8:, :12] = (0, 0, 255)
    return pixels


@pytest.mark.parametrize("name", ["p.png", "p.bmp", "p.jpg", "p.gif", "p.webp", "p.ppm", "picture-without-a-suffix"])
def test_formats(tmp_path: Path, picture: np.ndarray, name: str) -> None:
    """The content decides, not the suffix; rows are rows and red is first."""
    options = {"jpg": {"quality": 100, "subsampling": 0}, "webp": {"lossless": True}}.get(name.rpartition(".")[2], {})
    kind = {"jpg": "JPEG", "picture-without-a-suffix": "PNG"}.get(name.rpartition(".")[2])
    PIL.Image.fromarray(picture).save(tmp_path / name, format=kind, **options)
    result = read_image(tmp_path / name)
    assert result.dtype == np.uint8
    assert result.shape == (16, 24, 3)
    assert np.abs(result.astype(int) - picture).max() <= 3
    assert result.flags.writeable


def test_channels(tmp_path: Path, picture: np.ndarray) -> None:
    """Grey stays grey unless colour is asked for, and the other way round."""
    PIL.Image.fromarray(picture).save(tmp_path / "colour.png")
    PIL.Image.fromarray(picture[..., 0]).save(tmp_path / "grey.png")
    assert read_image(tmp_path / "colour.png", channels=1).shape == (16, 24, 1)
    assert read_image(tmp_path / "grey.png").shape == (16, 24, 1)
    rgb = read_image(tmp_path / "grey.png", channels=3)
    assert rgb.shape == (16, 24, 3)
    assert np.ptp(rgb, axis=2).max() == 0
    grey = read_image(tmp_path / "colour.png", channels=1)[..., 0]
    assert [grey[0, 0], grey[0, -1], grey[-1, 0], grey[-1, -1]] == [76, 150, 29, 255]  # ITU-R 601 luma


def test_size_is_height_then_width(tmp_path: Path, picture: np.ndarray) -> None:
    """And scaling keeps flat areas flat."""
    PIL.Image.fromarray(picture).save(tmp_path / "p.png")
    small = read_image(tmp_path / "p.png", size=(4, 6))
    assert small.shape == (4, 6, 3)
    assert small[0, 0].tolist() == [255, 0, 0]
    assert small[-1, 0].tolist() == [0, 0, 255]


@pytest.mark.parametrize("mode", ["1", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_modes(tmp_path: Path, mode: str) -> None:
    """Bilevel, palette, transparent, CMYK and 16-bit images all arrive in 0..255."""
    if mode == "I;16":
        image = PIL.Image.fromarray(np.array([[0, 32768, 65535]], np.uint16))
    else:
        image = PIL.Image.fromarray(np.array([[0, 128, 255]], np.uint8)).convert("RGB").convert(mode)
    path = tmp_path / ("p.jpg" if mode == "CMYK" else "p.png")
    image.save(path)
    result = read_image(path)
    assert result.shape == (1, 3, 1 if mode in ("1", "LA", "I;16") else 3)
    assert result[0, 0, 0] <= 20
    assert result[0, 2, 0] >= 235
    if mode == "I;16":
        assert result.ravel().tolist() == [0, 127, 255]


def test_portable_maps_have_the_greys_that_they_say(tmp_path: Path) -> None:
    """Of any depth, binary or as text: what is largest is white."""
    greys = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)
    written = {
        "P5 3 2 255\n": greys.tobytes(),
        "P5 3 2 65535\n": (greys.astype(">u2") * 257).tobytes(),
        "P5 3 2 5\n": (greys // 51).tobytes(),
        "P2 3 2 1000\n": " ".join(str(grey * 1000 // 255) for grey in greys.ravel().tolist()).encode(),
    }
    for head, content in written.items():
        (tmp_path / "x.pgm").write_bytes(head.encode() + content)
        np.testing.assert_array_equal(read_image(tmp_path / "x.pgm")[..., 0], greys, err_msg=head)
        assert read_image(tmp_path / "x.pgm", channels=3).max() == 255
    (tmp_path / "x.pbm").write_bytes(b"P4 8 1\n\x0f")  # a set bit is black
    assert read_image(tmp_path / "x.pbm").ravel().tolist() == [255] * 4 + [0] * 4
    (tmp_path / "x.png").write_bytes(b"Pf\n1 1\n-1.0\n" + np.float32(0.5).tobytes())
    with pytest.raises(FileError, match="holds fractions, and nobody knows which is white"):
        read_image(tmp_path / "x.png")


def test_transparency_is_laid_over_white(tmp_path: Path) -> None:
    """Black ink on a transparent page stays readable."""
    page = np.zeros((2, 2, 4), np.uint8)
    page[0, 0, 3] = 255
    PIL.Image.fromarray(page, "RGBA").save(tmp_path / "ink.png")
    assert read_image(tmp_path / "ink.png", channels=1)[..., 0].tolist() == [[0, 255], [255, 255]]


def test_photo_is_turned_upright(tmp_path: Path, picture: np.ndarray) -> None:
    """Orientation 6: the camera was held turned by a quarter."""
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    PIL.Image.fromarray(picture).save(tmp_path / "p.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "p.png"), np.rot90(picture, -1))


def test_damaged_notes_beside_a_photo_are_passed_over(tmp_path: Path, picture: np.ndarray) -> None:
    """What a camera noted may be torn: no warning for each file, and no refusal where warnings are errors."""
    torn = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\1\0\0\0\6\0\0\0" * 2
    PIL.Image.fromarray(picture).save(tmp_path / "torn.jpg", exif=torn)
    read = "import sys; from pellucid.data.images.files import read_image; print(read_image(sys.argv[1]).shape)"
    command = [sys.executable, "-W", "error::UserWarning", "-c", read, str(tmp_path / "torn.jpg")]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert found.stderr == "" and found.stdout.startswith("(")


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    """Later frames are not decoded."""
    frames = [PIL.Image.new("L", (4, 4), value) for value in (10, 200, 250)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    assert set(read_image(tmp_path / "film.gif", channels=1).ravel()) == {10}


def _png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG whose header says what we like."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_001, 60_000])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_huge_image_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    """A few bytes that declare 64 megapixels or gigapixels cost nothing."""
    (tmp_path / "bomb.png").write_bytes(_png(side, side))
    with pytest.raises(FileError, match=r"bomb\.png declares .*at most 64,000,000 pixels"):
        read_image(tmp_path / "bomb.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_truncated_images_are_named(tmp_path: Path, kind: str) -> None:
    """At any length: an error that names the file, never half a picture."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    PIL.Image.fromarray(noise).save(buffer, kind)
    content = buffer.getvalue()
    path = tmp_path / "half.image"
    for length in range(0, len(content) - 40, max(1, len(content) // 23)):
        path.write_bytes(content[:length])
        with pytest.raises(FileError, match=r"half\.image"):
            read_image(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a JPEG, PNG, .* or PPM image; it looks like an empty file"),
        (b"just text\n", "it looks like text"),
        (b"%PDF-1.7 ...", "it looks like a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "begins as a PNG image and is damaged; copy or export it again"),
        (b"II*\x00" + bytes(100), "is a TIFF that is damaged, or of a kind that is not read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a JPEG"),
        (_png(0, 0), "p.image"),
        (_png(4, 4, b"\0" * 3), "damaged or cut short"),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, message: str) -> None:
    """Only the common formats are decoded; what came is said."""
    (tmp_path / "p.image").write_bytes(content)
    with pytest.raises(FileError, match=message):
        read_image(tmp_path / "p.image")


def test_random_damage_gives_an_image_or_a_file_error(tmp_path: Path, picture: np.ndarray) -> None:
    """Decoders raise many things; only one comes out."""
    rng = np.random.default_rng(1)
    path = tmp_path / "p.image"
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        buffer = io.BytesIO()
        PIL.Image.fromarray(picture).save(buffer, kind)
        for _ in range(60):
            damaged = bytearray(buffer.getvalue())
            for position in rng.integers(0, len(damaged), 3):
                damaged[position] = rng.integers(256)
            path.write_bytes(damaged)
            try:
                assert read_image(path, size=(4, 4)).shape[:2] == (4, 4)
            except FileError as error:
                assert "p.image" in str(error)


@pytest.mark.parametrize("size", [(0, 5), (5,), (10**5, 10**5), (-1, 4)])
def test_bad_size(tmp_path: Path, size: tuple[int, ...]) -> None:
    """Checked before the file is opened."""
    with pytest.raises(ArgumentError, match=r"size must be \(height, width\)"):
        read_image(tmp_path / "nothing", size=size)


def test_bad_channels_and_missing_file(tmp_path: Path) -> None:
    """One sentence each."""
    with pytest.raises(ArgumentError, match="channels must be 1"):
        read_image(tmp_path / "nothing", channels=4)
    with pytest.raises(FileError, match="there is no such file; expected a JPEG"):
        read_image(tmp_path / "nothing")
