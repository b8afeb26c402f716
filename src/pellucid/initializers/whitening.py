"""First filters that whiten: what they answer to patches of images is uncorrelated, and of one size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import array_that
from pellucid.checks import positive, whole
from pellucid.errors import ArgumentError, DataError, ShapeError, shown
from pellucid.geometry import in_words
from pellucid.graph.ops import Shape
from pellucid.initializers.base import Initializer

LARGEST_PATCH = 160  # numbers; the record holds the square of it
AT_ONCE = 2**21  # numbers of patches that are multiplied at once


class PatchWhitening(Initializer):
    """Filters that whiten the patches of given images: what they answer to them is uncorrelated and has variance 1.

    The filters are the eigenvectors v of the patches' second moments, the largest eigenvalue l first, times
    1 / sqrt(l + epsilon); behind them come the same with the other sign, for an activation that cuts off one side. So
    patches of 2x2x3 fill up to 24 filters; with fewer those of the smallest eigenvalues are left out. Usually the layer
    is then not trained.

    Args:
        images: (images, rows, columns, channels), as the layer will see them, normalised; some thousand suffice. Of the
            patches' own size they are patches; likewise (samples, steps, channels) for Conv1D. They are not kept.
        size: of a patch, which is the layer's kernel size: a number for all axes, or one for each.
        epsilon: keeps directions in which patches hardly differ from being blown up, > 0.
        covariance: in the place of images, what was made of them: second moments of all pairs of numbers of a patch
            (rows * columns * channels on both axes), as `get_config` gives them.

    Attributes:
        covariance: these numbers, float64. Files hold them, up to 160 x 160, so that what is read there can draw again.

    Raises:
        ArgumentError: both images and covariance are given, or neither; an argument is out of range.
        ShapeError: images are smaller than a patch, patches have more than 160 numbers; at the call, the weight is no
            kernel for such patches, or has more filters than there are.
        DataError: a number is NaN or infinite, or too large to be squared.

    Example:
        >>> from pellucid import datasets, layers
        >>> (x, _), _ = datasets.digits.load_data()
        >>> whiten = layers.Conv2D(8, 2, kernel_initializer=PatchWhitening(x, 2, 1e-6), trainable=False)
        >>> answers = whiten(x)[..., :4].reshape(-1, 4)
        >>> (answers.T @ answers / len(answers)).round(2) + 0.0
        array([[1., 0., 0., 0.],
               [0., 1., 0., 0.],
               [0., 0., 1., 0.],
               [0., 0., 0., 1.]], dtype=float32)

    Source: Coates and Ng, Learning Feature Representations with K-means, 2012, for images; Jordan, arXiv 2404.00498,
    section 3.2, for frozen first layers of both signs.
    """

    in_keras: ClassVar[bool] = False

    def __init__(
        self,
        images: npt.ArrayLike | None = None,
        size: int | Sequence[int] = 2,
        epsilon: float = 5e-4,
        covariance: npt.ArrayLike | None = None,
    ) -> None:
        self.epsilon = positive("PatchWhitening", "epsilon", epsilon)
        if (images is None) == (covariance is None):
            raise ArgumentError(
                "PatchWhitening needs images whose patches it is to whiten, or the covariance that was made of them: "
                f"give one of the two, got {'neither' if images is None else 'both'}"
            )
        if images is not None:
            array = array_that("PatchWhitening: images", images)
            self.size = _sizes(size, array.ndim - 2)
            self.covariance = _second_moments(array, self.size)
        else:
            self.size = _sizes(size, 2)
            self.covariance = _given(array_that("PatchWhitening: covariance", covariance), self.size)
        self.covariance.setflags(write=False)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        many = len(self.covariance)
        patch = (*self.size, many // math.prod(self.size))
        if shape[:-1] != patch:
            raise ShapeError(
                f"PatchWhitening of patches of {in_words(patch)} fills kernels {(*patch, 'filters')}, this one has the "
                f"shape {shape}: its size= is that of the kernel, its images are what the layer sees"
            )
        if shape[-1] > 2 * many:
            raise ShapeError(
                f"PatchWhitening: patches of {in_words(patch)} give {2 * many} filters at most, got {shape[-1]}"
            )
        values, vectors = np.linalg.eigh(self.covariance)
        scaled = (vectors / np.sqrt(np.maximum(values, 0.0) + self.epsilon))[:, ::-1]
        largest = np.abs(scaled).argmax(axis=0)  # so that the sign is not the solver's to choose
        scaled = scaled * np.sign(scaled[largest, np.arange(many)])
        return np.concatenate([scaled, -scaled], axis=1)[:, : shape[-1]].reshape(shape)

    def get_config(self) -> dict[str, Any]:
        """Size, epsilon and covariance: no images."""
        return {"size": list(self.size), "epsilon": self.epsilon, "covariance": self.covariance.tolist()}

    def __repr__(self) -> str:
        return f"PatchWhitening(<patches of {in_words(self.size)}>, epsilon={self.epsilon:g})"


def _sizes(size: Any, rank: int) -> tuple[int, ...]:
    """The size of a patch along each axis; as many as there are, where one number stands for all."""
    sizes = size if isinstance(size, list | tuple) and size else [size] * max(rank, 1)
    return tuple(whole("PatchWhitening", "size", each, 1, LARGEST_PATCH) for each in sizes)


def _check_numbers(many: int, size: Shape) -> None:
    if many > LARGEST_PATCH:
        raise ShapeError(
            f"PatchWhitening: patches of {in_words(size)} with their channels have {many:,} numbers, at most "
            f"{LARGEST_PATCH} are whitened; take a smaller size"
        )


def _second_moments(images: np.ndarray, size: Shape) -> np.ndarray:
    """The mean of x times x over all patches of the images, some images at a time; numbers in a kernel's order."""
    if images.ndim != len(size) + 2 or any(have < want for have, want in zip(images.shape[1:-1], size, strict=True)):
        raise ShapeError(
            f"PatchWhitening: images are (images, rows, columns, channels) and no smaller than a patch of "
            f"{in_words(size)}, got the shape {images.shape}"
        )
    many = math.prod(size) * images.shape[-1]
    _check_numbers(many, size)
    if images.size == 0 or images.dtype.kind not in "fiub":
        raise ArgumentError(f"PatchWhitening: images must be real numbers, and some; got {shown(images)}")
    spatial = tuple(range(1, images.ndim - 1))
    places = math.prod(have - want + 1 for have, want in zip(images.shape[1:-1], size, strict=True))
    step, total = max(1, AT_ONCE // (places * many)), np.zeros((many, many))
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is refused below
        for start in range(0, len(images), step):
            windows = np.lib.stride_tricks.sliding_window_view(images[start : start + step], size, axis=spatial)
            patches = np.moveaxis(windows, len(size) + 1, -1).reshape(-1, many).astype(np.float64)
            total += patches.T @ patches
    return _finite(total / (len(images) * places), "images")


def _given(covariance: np.ndarray, size: Shape) -> np.ndarray:
    """A covariance that somebody gives, checked."""
    many = len(covariance) if covariance.ndim == 2 else 0
    if not many or covariance.shape != (many, many) or many % math.prod(size):
        raise ShapeError(
            f"PatchWhitening: the covariance of patches of {in_words(size)} is a square array, rows * columns * "
            f"channels on both axes, got the shape {covariance.shape}"
        )
    _check_numbers(many, size)
    found = _finite(covariance.astype(np.float64), "covariance")
    if not np.allclose(found, found.T):
        raise ArgumentError("PatchWhitening: a covariance is symmetric, this one is not")
    return found


def _finite(values: np.ndarray, name: str) -> np.ndarray:
    if not np.isfinite(values).all():
        raise DataError(f"PatchWhitening: {name} hold a number that is NaN, infinite or too large to be squared")
    return values
