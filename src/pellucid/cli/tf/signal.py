"""`tf.signal`: spectra of sounds, on arrays, as scripts make their data ready; inside of models there is `ops.stft`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.checks import whole
from pellucid.cli.tf.arrays import are_plain, eager
from pellucid.cli.tf.mel import linear_to_mel_weight_matrix, mfccs_from_log_mel_spectrograms
from pellucid.cli.tf.transforms import dct, idct
from pellucid.errors import ArgumentError

__all__ = [
    "dct",
    "fft",
    "fft2d",
    "fftshift",
    "frame",
    "hamming_window",
    "hann_window",
    "idct",
    "ifft",
    "ifft2d",
    "ifftshift",
    "inverse_stft",
    "inverse_stft_window_fn",
    "irfft",
    "linear_to_mel_weight_matrix",
    "mfccs_from_log_mel_spectrograms",
    "overlap_and_add",
    "rfft",
    "rfft2d",
    "stft",
]

Window = Callable[..., Any]


def _plain(name: str, value: Any) -> np.ndarray:
    """An array, of float32 or complex64."""
    if not are_plain(value):
        raise ArgumentError(
            f"tf.signal.{name} works on arrays, before the model: Dataset.map(lambda x, y: (tf.signal.{name}(x, ...), "
            "y)). Inside a model keras.ops.stft and ops.rfft give real and imaginary parts, with gradients"
        )
    array = np.asarray(value).view(np.ndarray)
    return array.astype(np.complex64 if np.iscomplexobj(array) else np.float32)


def _found(array: np.ndarray) -> Any:
    return eager(array.astype(np.complex64 if np.iscomplexobj(array) else np.float32))


def _cosine_window(window_length: int, periodic: bool, mean: float, dtype: Any) -> Any:
    length = whole("tf.signal", "window_length", int(window_length), 1)
    if length == 1:
        return eager(np.ones(1, np.float32 if dtype is None else dtype))
    round_trip = length + periodic * (1 - length % 2) - 1
    values = mean - (1.0 - mean) * np.cos(2.0 * np.pi * np.arange(length) / round_trip)
    return eager(values.astype(np.float32 if dtype is None else dtype))


def hann_window(window_length: int, periodic: bool = True, dtype: Any = None, name: str | None = None) -> Any:
    """One half minus half a cosine; an odd one is symmetric in any case, as in TensorFlow."""
    return _cosine_window(window_length, periodic, 0.5, dtype)


def hamming_window(window_length: int, periodic: bool = True, dtype: Any = None, name: str | None = None) -> Any:
    """0.54 minus 0.46 of a cosine, likewise."""
    return _cosine_window(window_length, periodic, 0.54, dtype)


def frame(
    signal: Any, frame_length: int, frame_step: int, pad_end: bool = False, pad_value: float = 0, axis: int = -1,
    name: str | None = None,
) -> Any:  # fmt: skip
    """Windows along an axis, `frame_step` apart; with `pad_end` also those that go beyond the end."""
    array = np.moveaxis(np.asarray(signal).view(np.ndarray), axis, -1)
    length, step = int(frame_length), whole("tf.signal.frame", "frame_step", int(frame_step), 1)
    size = array.shape[-1]
    count = -(-size // step) if pad_end else max(0, 1 + (size - length) // step)
    if pad_end:
        missing = max(0, (count - 1) * step + length - size)
        array = np.pad(array, [*[(0, 0)] * (array.ndim - 1), (0, missing)], constant_values=pad_value)
    places = np.arange(count)[:, np.newaxis] * step + np.arange(length)
    framed = array[..., places]
    place = axis if axis >= 0 else axis + array.ndim
    return eager(np.moveaxis(framed, (-2, -1), (place, place + 1)))


def overlap_and_add(signal: Any, frame_step: int, name: str | None = None) -> Any:
    """Frames laid over each other `frame_step` apart, and added."""
    frames, step = np.asarray(signal).view(np.ndarray), int(frame_step)
    count, length = frames.shape[-2:]
    found = np.zeros((*frames.shape[:-2], (count - 1) * step + length), frames.dtype)
    for number in range(count):
        found[..., number * step : number * step + length] += frames[..., number, :]
    return eager(found)


def _size(frame_length: int, fft_length: int | None) -> int:
    return 2 ** math.ceil(math.log2(int(frame_length))) if fft_length is None else int(fft_length)


def stft(
    signals: Any, frame_length: int, frame_step: int, fft_length: int | None = None,
    window_fn: Window | None = hann_window, pad_end: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """The spectrum of each window of a sound (..., samples): complex64 (..., windows, fft_length / 2 + 1)."""
    framed = np.asarray(frame(_plain("stft", signals), frame_length, frame_step, pad_end))
    window = 1.0 if window_fn is None else np.asarray(window_fn(int(frame_length), dtype=np.float32))
    return _found(np.fft.rfft(framed * window, _size(frame_length, fft_length)))


def inverse_stft(
    stfts: Any, frame_length: int, frame_step: int, fft_length: int | None = None,
    window_fn: Window | None = hann_window, name: str | None = None,
) -> Any:  # fmt: skip
    """The sound of spectra: windows added where they overlap."""
    length = int(frame_length)
    frames = np.fft.irfft(_plain("inverse_stft", stfts), _size(length, fft_length))[..., :length]
    frames = np.pad(frames, [*[(0, 0)] * (frames.ndim - 1), (0, length - frames.shape[-1])])
    window = 1.0 if window_fn is None else np.asarray(window_fn(length, dtype=np.float32))
    return _found(np.asarray(overlap_and_add(frames * window, frame_step)))


def inverse_stft_window_fn(frame_step: int, forward_window_fn: Window = hann_window, name: str | None = None) -> Window:
    """The window for `inverse_stft` with which it gives back what `stft` with a window was given."""
    step = int(frame_step)

    def window(frame_length: int, dtype: Any = np.float32) -> Any:
        length = int(frame_length)
        forward = np.asarray(forward_window_fn(length, dtype=np.float64))
        overlaps = -(-length // step)
        squares = np.pad(forward**2, (0, overlaps * step - length)).reshape(overlaps, step).sum(0)
        return eager((forward / np.tile(squares, overlaps)[:length]).astype(dtype))

    return window


def _lengths(fft_length: Any) -> list[int] | None:
    return None if fft_length is None else [int(each) for each in np.atleast_1d(fft_length)]


def fft(input: Any, name: str | None = None) -> Any:
    """Fourier's transform along the last axis."""
    return _found(np.fft.fft(_plain("fft", input)))


def ifft(input: Any, name: str | None = None) -> Any:
    """Its inverse."""
    return _found(np.fft.ifft(_plain("ifft", input)))


def fft2d(input: Any, name: str | None = None) -> Any:
    """Along the last two axes."""
    return _found(np.fft.fft2(_plain("fft2d", input)))


def ifft2d(input: Any, name: str | None = None) -> Any:
    """Its inverse."""
    return _found(np.fft.ifft2(_plain("ifft2d", input)))


def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
    """Of real numbers: the half that says all; short signals are filled up with zeros."""
    lengths = _lengths(fft_length)
    return _found(np.fft.rfft(_plain("rfft", input_tensor), None if lengths is None else lengths[0]))


def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
    """Its inverse: real numbers."""
    lengths = _lengths(fft_length)
    return _found(np.fft.irfft(_plain("irfft", input_tensor), None if lengths is None else lengths[0]))


def rfft2d(input_tensor: Any, fft_length: Sequence[int] | None = None, name: str | None = None) -> Any:
    """Of real numbers along the last two axes."""
    return _found(np.fft.rfft2(_plain("rfft2d", input_tensor), _lengths(fft_length)))


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Any:
    """With frequency zero in the middle."""
    return eager(np.fft.fftshift(np.asarray(x), axes))


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Any:
    """Back again."""
    return eager(np.fft.ifftshift(np.asarray(x), axes))
