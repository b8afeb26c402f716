"""Layers with options and shapes that are compared with Keras; a file for each family."""

from __future__ import annotations

from keras_cases import (
    activation,
    attention,
    augmentation,
    convolution,
    dense,
    merging,
    normalization,
    pooling,
    regularization,
    reshaping,
)

CASES = [
    *activation.CASES,
    *attention.CASES,
    *augmentation.CASES,
    *convolution.CASES,
    *dense.CASES,
    *merging.CASES,
    *normalization.CASES,
    *pooling.CASES,
    *regularization.CASES,
    *reshaping.CASES,
]
