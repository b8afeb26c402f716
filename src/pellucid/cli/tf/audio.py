"""`tf.audio`: WAV files."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager
from pellucid.data.words import sounds
from pellucid.errors import ArgumentError, shown

__all__ = ["decode_wav", "encode_wav"]


def decode_wav(contents: Any, desired_channels: int = -1, desired_samples: int = -1, name: str | None = None) -> Any:
    """The samples of a WAV file (samples, channels) in -1..1, and how many there are in a second."""
    content = contents if isinstance(contents, bytes) else np.asarray(contents).item()
    if not isinstance(content, bytes):
        raise ArgumentError(f"tf.audio.decode_wav takes what tf.io.read_file gives, got {shown(contents)}")
    samples, channels = (None if int(each) < 0 else int(each) for each in (desired_samples, desired_channels))
    sound, rate = sounds.decode_wav(content, samples=samples, channels=channels)
    return eager(sound), eager(np.asarray(rate, np.int32))


def encode_wav(audio: Any, sample_rate: Any, name: str | None = None) -> bytes:
    """A WAV file of samples (samples, channels) in -1..1."""
    return sounds.encode_wav(audio, int(sample_rate))
