"""Probabilities of classes, as logarithms, from what a model has before its last activation."""

from __future__ import annotations

import numpy as np

__all__ = ["log_probabilities"]


def log_probabilities(scores: np.ndarray, ends: str) -> np.ndarray:
    """Logarithms of probabilities (..., classes) from what a model has before its last activation.

    Args:
        scores: (..., classes), or (..., 1) for two classes.
        ends: the activation: "softmax", "sigmoid", or something else, for numbers as they are: probabilities where they
            add up to 1, else those of a softmax.

    Example:
        >>> np.exp(log_probabilities(np.array([[0.0, 0.0]]), "softmax")).tolist()
        [[0.5, 0.5]]
        >>> np.exp(log_probabilities(np.array([[0.25, 0.75]]), "linear")).tolist()
        [[0.25, 0.75]]
    """
    if scores.shape[-1] == 1:
        return np.asarray(-np.logaddexp(0.0, np.concatenate([scores, -scores], axis=-1)))
    if ends == "sigmoid":
        return np.asarray(-np.logaddexp(0.0, -scores))
    if ends != "softmax" and (scores >= 0).all() and np.allclose(scores.sum(axis=-1), 1.0, atol=1e-4):
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(scores))
    top = scores.max(axis=-1, keepdims=True)
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum(axis=-1, keepdims=True)))
