"""Sounds: WAV files as arrays, and arrays as WAV files."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.arraylike import array_that
from pellucid.checks import whole
from pellucid.errors import ArgumentError, FileError, shown

__all__ = ["decode_wav", "encode_wav", "in_one_batch"]

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
"""How samples are written: whole numbers, floating point, or as a longer description says."""
TYPES = {(PCM, 8): "u1", (PCM, 16): "<i2", (PCM, 32): "<i4", (FLOAT, 32): "<f4", (FLOAT, 64): "<f8"}


def decode_wav(
    content: bytes, name: str = "the sound", *, samples: int | None = None, channels: int | None = None
) -> tuple[np.ndarray, int]:
    """The samples of a WAV file.

    Args:
        content: of the file: whole numbers of 8, 16, 24 or 32 bits, or floating point, not compressed.
        name: of the file, for messages.
        samples: how many are wanted: cut off, or filled up with zeros; all by default.
        channels: how many are wanted: the first ones; where there are fewer, the last once more.

    Returns:
        samples (samples, channels), float32 in -1..1 (whole numbers divided by the largest power of two), and how many
        there are in a second.

    Raises:
        FileError: it is no WAV file, is cut off, or is written in another way.

    Example:
        >>> sound, rate = decode_wav(encode_wav([[0.5], [-1.0]], 8000))
        >>> sound.tolist(), rate
        ([[0.5], [-1.0]], 8000)

    Source: Multimedia Programming Interface and Data Specifications 1.0, IBM and Microsoft, 1991; tf.audio.decode_wav.
    """
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise FileError(f"{name} is no WAV file: it begins with {shown(content[:12])}")
    form: tuple[int, int, int, int] | None = None
    for kind, chunk in _chunks(content):
        if kind == b"fmt ":
            form = _form(chunk, name)
        elif kind == b"data" and form is not None:
            code, count, rate, bits = form
            return _of_size(_numbers(chunk, code, bits, name).reshape(-1, count), samples, channels), rate
    raise FileError(f"{name} is cut off: it has no samples, or does not say how they are written")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a file: what each is called, and what it holds, as far as it is there."""
    place = 12
    while place + 8 <= len(content):
        kind, size = content[place : place + 4], struct.unpack_from("<I", content, place + 4)[0]
        yield kind, content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _form(chunk: bytes, name: str) -> tuple[int, int, int, int]:
    """How samples are written, channels, samples in a second, bits of a sample."""
    if len(chunk) < 16:
        raise FileError(f"{name} is cut off where it says how its samples are written")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if code == EXTENSIBLE and len(chunk) >= 26:
        (code,) = struct.unpack_from("<H", chunk, 24)
    if not channels or not rate or (code, bits) not in (*TYPES, (PCM, 24)):
        raise FileError(
            f"{name} has samples of {bits} bits of kind {code}, {channels} channels, {rate} in a second; read are "
            "whole numbers of 8, 16, 24 and 32 bits (kind 1) and floating point (kind 3): convert it"
        )
    return code, channels, rate, bits


def _numbers(chunk: bytes, code: int, bits: int, name: str) -> np.ndarray:
    width = bits // 8
    if len(chunk) % width:
        raise FileError(f"{name} is cut off in the middle of a sample")
    if bits == 24:
        triples = np.frombuffer(chunk, "u1").reshape(-1, 3)
        whole_numbers = np.zeros((len(triples), 4), "u1")
        whole_numbers[:, 1:] = triples  # the upper three bytes of 32 bits, so that the sign is right
        return (whole_numbers.reshape(-1).view("<i4") / 2.0**31).astype(np.float32)
    values = np.frombuffer(chunk, TYPES[code, bits])
    if code == FLOAT:
        return values.astype(np.float32)
    middle = 128.0 if bits == 8 else 0.0
    return ((values - middle) / 2.0 ** (bits - 1)).astype(np.float32)


def _of_size(sound: np.ndarray, samples: int | None, channels: int | None) -> np.ndarray:
    if channels is not None:
        sound = sound[:, np.minimum(np.arange(channels), sound.shape[1] - 1)]
    if samples is None:
        return sound
    kept = sound[:samples]
    return np.pad(kept, [(0, samples - len(kept)), (0, 0)])


def encode_wav(sound: Any, rate: int) -> bytes:
    """A WAV file of 16 bits of samples (samples, channels) in -1..1; what is beyond is cut off.

    Raises:
        ArgumentError: the samples are of another shape, or the rate is below 1.

    Example:
        >>> len(encode_wav([[0.0], [1.0]], 8000))
        48
    """
    array = array_that("encode_wav: the samples", sound)
    if array.ndim != 2:
        raise ArgumentError(f"encode_wav takes samples (samples, channels), got shape {array.shape}")
    rate, channels = whole("encode_wav", "rate", rate, 1), array.shape[1]
    data = np.clip(np.round(array * 32768.0), -32768, 32767).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", PCM, channels, rate, rate * channels * 2, channels * 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def in_one_batch(sounds: Sequence[np.ndarray]) -> np.ndarray:
    """Sounds of several lengths as one array, filled up with zeros to the longest.

    Raises:
        FileError: they differ in channels.

    Example:
        >>> in_one_batch([np.ones((2, 1)), np.ones((1, 1))])[..., 0].tolist()
        [[1.0, 1.0], [1.0, 0.0]]
    """
    counts = sorted({sound.shape[1] for sound in sounds})
    if len(counts) > 1:
        raise FileError(f"sounds of one batch have as many channels each, got {counts}")
    longest = max(map(len, sounds))
    return np.stack([_of_size(sound, longest, None) for sound in sounds])
