"""Calls of functions that TensorFlow has, too: `make.py` runs them there, the tests here; both must give the same."""

from __future__ import annotations

from typing import Any

import numpy as np

X = (np.sin(np.arange(60) * 0.37) * np.linspace(1, 0.2, 60)).astype(np.float32)
MELS = np.log(np.abs(np.random.RandomState(0).randn(2, 3, 8)) + 0.1).astype(np.float32)
TEXTS = ["Hello, World! <br />x", "ÉLAN vital", "", " a  b\tc "]

SIGNALS: dict[str, Any] = {
    "stft": lambda s: s.stft(X, 20, 8),
    "stft beyond the end": lambda s: s.stft(
        np.stack([X, -X]), 16, 8, fft_length=16, pad_end=True, window_fn=s.hamming_window
    ),
    "stft without a window": lambda s: s.stft(X, 16, 16, window_fn=None),
    "inverse_stft": lambda s: s.inverse_stft(s.stft(X, 16, 8), 16, 8),
    "inverse_stft with its window": lambda s: s.inverse_stft(
        s.stft(X, 16, 8), 16, 8, window_fn=s.inverse_stft_window_fn(8)
    ),
    "frame": lambda s: s.frame(np.arange(10.0), 4, 3),
    "frame beyond the end": lambda s: s.frame(np.arange(20.0).reshape(10, 2), 4, 3, pad_end=True, pad_value=-1, axis=0),
    "overlap_and_add": lambda s: s.overlap_and_add(np.arange(12.0, dtype=np.float32).reshape(3, 4), 2),
    **{f"hann_window {n}": lambda s, n=n: s.hann_window(n) for n in (1, 5, 6)},
    "hann_window with both ends": lambda s: s.hann_window(6, periodic=False),
    **{f"hamming_window {n}": lambda s, n=n: s.hamming_window(n) for n in (5, 6)},
    "linear_to_mel_weight_matrix": lambda s: s.linear_to_mel_weight_matrix(5, 17, 16000, 80.0, 7600.0),
    "mfccs_from_log_mel_spectrograms": lambda s: s.mfccs_from_log_mel_spectrograms(MELS),
    **{f"dct {n}": lambda s, n=n: s.dct(X[:6], type=n) for n in (1, 2, 3, 4)},
    **{f"dct {n} ortho": lambda s, n=n: s.dct(X[:6], type=n, norm="ortho") for n in (2, 3, 4)},
    "idct": lambda s: s.idct(X[:6]),
    "fft": lambda s: s.fft(X[:6].astype(np.complex64)),
    "ifft": lambda s: s.ifft(X[:6].astype(np.complex64)),
    "rfft": lambda s: s.rfft(X[:6], [8]),
    "irfft": lambda s: s.irfft(s.rfft(X[:6])),
    "rfft2d": lambda s: s.rfft2d(X[:6].reshape(2, 3)),
    "fftshift": lambda s: s.fftshift(X[:5]),
}
STRINGS: dict[str, Any] = {
    "lower": lambda s: s.lower(TEXTS),
    "lower utf-8": lambda s: s.lower(TEXTS, encoding="utf-8"),
    "upper": lambda s: s.upper(TEXTS),
    "strip": lambda s: s.strip(TEXTS),
    "length": lambda s: s.length(TEXTS),
    "length in characters": lambda s: s.length(TEXTS, unit="UTF8_CHAR"),
    "split": lambda s: s.split(TEXTS),
    "split at a space": lambda s: s.split(TEXTS, sep=" "),
    "split one": lambda s: s.split(TEXTS[0]),
    "split once": lambda s: s.split(TEXTS, maxsplit=1),
    "split, first": lambda s: s.split(["a b", "c d e"])[:, :1],
    "split, filled up": lambda s: s.split(TEXTS).to_tensor(),
    "split, of a size": lambda s: s.split(TEXTS).to_tensor(default_value="?", shape=[None, 2]),
    "split, lower": lambda s: s.lower(s.split(["A b", "C"])),
    "unicode_split": lambda s: s.unicode_split(TEXTS, "UTF-8"),
    "bytes_split": lambda s: s.bytes_split(["abc", "d"]),
    "unicode_decode": lambda s: s.unicode_decode(["aé", "b"], "UTF-8"),
    "substr": lambda s: s.substr(TEXTS[:2], 0, 5),
    "substr in characters": lambda s: s.substr(TEXTS[1], 0, 4, unit="UTF8_CHAR"),
    "regex_replace": lambda s: s.regex_replace(TEXTS, r"(\w)o", r"<\1\0>"),
    "regex_replace once": lambda s: s.regex_replace(TEXTS, "[aeiou]", "", replace_global=False),
    "regex_full_match": lambda s: s.regex_full_match(["abc", "x"], "a.*"),
    "ngrams": lambda s: s.ngrams(["a", "b", "c"], 2),
    "ngrams of rows": lambda s: s.ngrams(s.split(["a b c", "d"]), [1, 2], separator="_"),
    "join": lambda s: s.join([["a", "b"], ["c", "d"]], separator="/"),
    "reduce_join": lambda s: s.reduce_join([["a", "b"], ["c", "d"]], axis=-1, separator="-"),
    "reduce_join of all": lambda s: s.reduce_join(["a", "b"]),
    "reduce_join of rows": lambda s: s.reduce_join(s.split(["a b", "c"]), axis=-1, separator=" "),
    "to_number": lambda s: s.to_number(["1.5", "2"]),
    "as_string": lambda s: s.as_string([1, 2]),
    "as_string of fractions": lambda s: s.as_string(np.float32([1.5, 2.0])),
}


def plain(found: Any) -> Any:
    """Lists of numbers and text; of complex numbers both parts."""
    if hasattr(found, "to_list"):
        return [list(map(_text, row)) for row in found.to_list()]
    array = np.asarray(found.numpy() if hasattr(found, "numpy") else found)
    if array.dtype.kind == "b":
        return array.tolist()
    if array.dtype.kind in "OSU":
        return np.array([_text(each) for each in array.ravel().tolist()], object).reshape(array.shape).tolist()
    if array.dtype.kind == "c":
        return [np.round(part, 6).tolist() for part in (array.real, array.imag)]
    return np.round(array, 6).tolist()


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
