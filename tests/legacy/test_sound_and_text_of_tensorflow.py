"""`tf.signal`, `tf.strings` and `tf.audio` of scripts give what TensorFlow's own give (`of_tensorflow/values.json`)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from pellucid import Input
from pellucid.cli import tf
from pellucid.cli.keras_imports import keras_is_pellucid, missing
from pellucid.cli.tf import audio, signal, strings
from pellucid.errors import ArgumentError

OF_TENSORFLOW = Path(__file__).with_name("of_tensorflow")
sys.path.append(str(OF_TENSORFLOW))
from calls import SIGNALS, STRINGS, plain  # noqa: E402

TOLD = json.loads((OF_TENSORFLOW / "values.json").read_text())


@pytest.mark.parametrize("name", SIGNALS)
def test_spectra(name: str) -> None:
    found = SIGNALS[name](signal)
    assert np.asarray(found).dtype in (np.float32, np.complex64, np.float64)
    np.testing.assert_allclose(plain(found), TOLD["signal"][name], atol=2e-5)


@pytest.mark.parametrize("name", STRINGS)
def test_texts(name: str) -> None:
    assert plain(STRINGS[name](strings)) == TOLD["strings"][name]


def test_a_spectrum_goes_on_in_tensorflows_words() -> None:
    spectrum = signal.stft(np.ones((2, 64), np.float32), 16, 8)
    found = tf.abs(spectrum)[..., tf.newaxis] if hasattr(tf, "newaxis") else tf.abs(spectrum)[..., None]
    assert (found.shape, found.dtype) == ((2, 7, 9, 1), np.float32)
    from pellucid.cli.tf import math

    parts = tf.complex(real=math.real(spectrum), imag=math.imag(spectrum))
    np.testing.assert_array_equal(parts, spectrum)
    np.testing.assert_array_equal(math.abs(parts), tf.abs(spectrum))
    sound, rate = audio.decode_wav(audio.encode_wav(np.full((8, 1), 0.5), 16000), desired_samples=4)
    assert (sound.numpy().ravel().tolist(), int(rate)) == ([0.5] * 4, 16000)


def test_inside_a_model_there_are_other_functions() -> None:
    with pytest.raises(ArgumentError, match=r"works on arrays, before the model.*keras.ops.stft"):
        signal.stft(Input((64,)), 16, 8)
    with keras_is_pellucid():
        assert missing("tensorflow.signal.stft") is missing("tensorflow.audio.decode_wav") is None
        assert missing("tensorflow.keras.preprocessing.text.Tokenizer") is None
        assert "StringLookup" in (missing("tensorflow.lookup") or "")
        assert "Hashing" in (missing("tensorflow.keras.layers.Hashing") or "")
