"""Files of events: checksums, fields, histograms and pictures, read back by a reader of our own."""

from __future__ import annotations

import errno
import io
from pathlib import Path

import numpy as np
import pytest
from checks.events import events_of, values_of
from PIL import Image

from pellucid.formats import atomic, event_file
from pellucid.formats.event_file import EventWriter
from pellucid.formats.png import encode_png
from pellucid.formats.record_file import checksum, masked


@pytest.mark.parametrize(
    ("content", "expected"),
    [(bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E), (b"", 0)],
)
def test_checksums_are_those_of_the_standard(content: bytes, expected: int) -> None:
    """The examples of RFC 3720, appendix B.4."""
    assert checksum(content) == expected


def test_masked_checksums() -> None:
    """Rotated by 15 bits, and a constant is added."""
    assert masked(0) == 0xA282EAD8
    assert masked(0xE3069283) == (((0xE3069283 >> 15) | (0xE3069283 << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def written(folder: Path, *added: tuple[str, tuple[object, ...]]) -> Path:
    """The file in which some events were written."""
    writer = EventWriter(folder)
    for method, arguments in added:
        getattr(writer, method)(*arguments)
    writer.flush()
    [path] = folder.iterdir()
    return path


def test_a_file_begins_with_its_version(tmp_path: Path) -> None:
    [first] = events_of(written(tmp_path / "a" / "b"))
    assert first[3] == [b"brain.Event:2"]


@pytest.mark.parametrize("value", [0.5, -1e30, 1e300, float("nan"), float("-inf"), np.float32(0.1), 3])
@pytest.mark.parametrize("step", [0, 127, 128, 2**40])
def test_scalars(tmp_path: Path, value: float, step: int) -> None:
    [(tag, found, field, content)] = values_of(written(tmp_path, ("scalar", ("loss", value, step))))
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(np.frombuffer(content, "<f4")[0], np.float32(value))
    assert (tag, found, field) == ("loss", step, 2)


def test_histograms(tmp_path: Path) -> None:
    """Numbers that are none are left out; where there are none at all it is empty."""
    values = np.array([[1.0, 2.0, np.nan], [4.0, np.inf, 4.0]])
    [one, none] = values_of(
        written(tmp_path, ("histogram", ("w", values, 3)), ("histogram", ("v", np.array([np.nan]), 3)))
    )
    fields = one[3]
    assert [fields[number] for number in range(1, 6)] == [[1.0], [4.0], [4.0], [11.0], [37.0]]
    limits, counts = (np.frombuffer(fields[number][0], "<f8") for number in (6, 7))
    assert len(limits) == len(counts) == event_file.BINS
    assert (counts.sum(), counts[0], counts[-1], limits[-1]) == (4, 1, 2, 4.0)
    assert (np.diff(limits) > 0).all()
    assert none[3][3] == [0.0]


def test_pictures(tmp_path: Path) -> None:
    """As they are, to the byte, read by another library."""
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    [(tag, step, field, content)] = values_of(written(tmp_path, ("picture", ("w/image", picture, 2))))
    assert (tag, step, field, content[1], content[2], content[3]) == ("w/image", 2, 4, [5], [7], [3])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content[4][0]))), picture)


def test_png_of_one_pixel() -> None:
    assert Image.open(io.BytesIO(encode_png(np.full((1, 1, 3), 7, np.uint8)))).getpixel((0, 0)) == (7, 7, 7)


def test_each_writer_has_a_file_of_its_own_and_adds_to_it(tmp_path: Path) -> None:
    writers = [EventWriter(tmp_path) for _ in range(3)]
    for step in range(2):
        for writer in writers:
            writer.scalar("loss", 1.0, step)
            writer.flush()
    files = list(tmp_path.iterdir())
    assert [len(events_of(file)) for file in files] == [3, 3, 3]


def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a record would hide all that come later."""
    writer = EventWriter(tmp_path)
    writer.scalar("loss", 1.0, 0)
    writer.flush()
    [path] = tmp_path.iterdir()

    class Full(io.FileIO):
        def write(self, content: bytes) -> int:  # type: ignore[override]
            super().write(content[:7])
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "open", lambda path, mode, buffering: Full(path, "ab"), raising=False)
        writer.scalar("loss", 2.0, 1)
        with pytest.raises(OSError, match="No space"):
            writer.flush()
    writer.scalar("loss", 3.0, 2)
    writer.flush()
    assert [step for _, step, _, _ in values_of(path)] == [0, 2]
