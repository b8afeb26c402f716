"""How closely predictions follow their targets, along an axis or several: 1 where they do."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.config import EPSILON
from pellucid.graph import Tensor, builder
from pellucid.measures.shapes import place_of

Along = int | Sequence[int]


def pearson_correlation(target: Tensor, prediction: Tensor, axis: Along = -1) -> Tensor:
    """The mean product of both in standard form, from -1 to 1; NaN where one of the two is constant.

    Args:
        target: of the shape of the predictions.
        prediction: (batch, ..., outputs).
        axis: along which they are compared, which goes; several of them in a list.
    """
    axes = _places(axis, prediction)
    standard = [_centred(x, axes) for x in (target, prediction)]
    first, second = (x / builder.sqrt(builder.variance(x, axes, keepdims=True)) for x in standard)
    return builder.reduce_mean(first * second, axes)


def concordance_correlation(target: Tensor, prediction: Tensor, axis: Along = -1) -> Tensor:
    """Twice the covariance over both variances and the squared distance of the means; 1 where both are equal.

    Args:
        target: see `pearson_correlation`; so are the others.
        prediction: (batch, ..., outputs).
        axis: along which they are compared.

    Source: Lin, A concordance correlation coefficient to evaluate reproducibility, Biometrics 45 (1989).
    """
    axes = _places(axis, prediction)
    first, second = (_centred(x, axes) for x in (target, prediction))
    distance = builder.reduce_mean(target, axes) - builder.reduce_mean(prediction, axes)
    spread = builder.reduce_mean(builder.square(first), axes) + builder.reduce_mean(builder.square(second), axes)
    return 2.0 * builder.reduce_mean(first * second, axes) / (spread + builder.square(distance) + EPSILON)


def _centred(x: Tensor, axes: Sequence[int]) -> Tensor:
    return x - builder.reduce_mean(x, axes, keepdims=True)


def _places(axis: Along, x: Tensor) -> list[int]:
    return [place_of(each, x.shape) for each in ([axis] if isinstance(axis, int) else axis)]
