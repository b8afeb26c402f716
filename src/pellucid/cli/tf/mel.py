"""Spectra as the ear hears them: `tf.signal`'s mel scale, and the numbers that speech recognisers took of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager
from pellucid.cli.tf.transforms import dct
from pellucid.errors import ArgumentError

__all__ = ["linear_to_mel_weight_matrix", "mfccs_from_log_mel_spectrograms"]

BREAK, FACTOR = 700.0, 1127.0
"""Mel = 1127 log(1 + Hz / 700), as in the HTK (S. Young et al., The HTK Book)."""


def _mel(hertz: Any) -> Any:
    return FACTOR * np.log(1.0 + hertz / BREAK)


def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20, num_spectrogram_bins: int = 129, sample_rate: Any = 8000,
    lower_edge_hertz: float = 125.0, upper_edge_hertz: float = 3800.0, dtype: Any = np.float32,
    name: str | None = None,
) -> Any:  # fmt: skip
    """Triangles, one for each mel band: a spectrum (..., num_spectrogram_bins) times this is one of mel bands."""
    rate, lower, upper = float(sample_rate), float(lower_edge_hertz), float(upper_edge_hertz)
    if not (num_mel_bins > 0 and num_spectrogram_bins > 1 and 0 <= lower < upper <= rate / 2):
        raise ArgumentError(
            f"linear_to_mel_weight_matrix: 0 <= lower_edge_hertz < upper_edge_hertz <= {rate / 2:g}, half of the rate; "
            f"got {lower:g} and {upper:g}, {num_mel_bins} bands of {num_spectrogram_bins}"
        )
    bins = _mel(np.linspace(0.0, rate / 2, int(num_spectrogram_bins))[1:])[:, np.newaxis]  # none of frequency zero
    edges = np.linspace(_mel(lower), _mel(upper), int(num_mel_bins) + 2)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return eager(np.pad(triangles, [(1, 0), (0, 0)]).astype(dtype))


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Any:
    """The cosine transform of the logarithms of mel bands (..., bands), divided by the root of twice their number."""
    array = np.asarray(log_mel_spectrograms, np.float32)
    found = np.asarray(dct(array)) / np.sqrt(2.0 * array.shape[-1])
    return eager(found.astype(np.float32))
