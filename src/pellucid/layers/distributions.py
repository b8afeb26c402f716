"""Random numbers of other distributions than the uniform and the normal, as operations of a graph."""

from __future__ import annotations

import math

from pellucid.graph import Tensor, builder

TRIES = 8  # of which each fails with a probability below 1/20
TINY = 2.0**-26  # half of the smallest step of a uniform number
FAR = 80.0  # e to this power is a number yet


def symmetric_beta(uniform: Tensor, other: Tensor, alpha: Tensor | float) -> Tensor:
    """Numbers from 0 to 1 of the beta distribution with both parameters alike.

    Args:
        uniform: numbers from 0 to below 1.
        other: independent ones of that shape.
        alpha: above 0: near 0 the numbers lie at 0 and 1, at 1 anywhere, above around 1/2.

    Source: Devroye, Random variate generation in one line of code, Winter Simulation Conference 1996, by the polar
    method for Student's t of Bailey, Mathematics of Computation 62 (1994).
    """
    square = builder.expm1(builder.minimum(-builder.log(1.0 - uniform) / alpha, FAR))  # of the radius, over 2 alpha
    turn = other * (2.0 * math.pi)
    side = builder.where(builder.greater(builder.cos(turn), 0.0), 0.5, -0.5)
    ratio = builder.maximum(square, TINY) * builder.maximum(builder.square(builder.cos(turn)), TINY)
    return side / builder.sqrt(1.0 + 1.0 / ratio) + 0.5


def gamma(uniform: Tensor, normal: Tensor, last: Tensor, alpha: float) -> Tensor:
    """Numbers of the gamma distribution of scale 1.

    Args:
        uniform: numbers from 0 to below 1, (..., TRIES).
        normal: independent normal ones of that shape.
        last: uniform ones, (...).
        alpha: above 0: the mean.

    Source: Marsaglia and Tsang, A simple method for generating gamma variables, ACM Trans. Math. Softw. 26 (2000).
    """
    mean = alpha + 1.0 - 1.0 / 3.0
    cube = 1.0 + normal * (1.0 / math.sqrt(9.0 * mean))
    is_positive = builder.greater(cube, 0.0)
    cube = builder.where(is_positive, cube * cube * cube, 1.0)
    enough = 0.5 * builder.square(normal) + mean * (1.0 - cube + builder.log(cube))
    taken = is_positive * builder.greater(enough, builder.log(uniform + TINY))
    found = builder.slice_axis(cube, -1, TRIES - 1, TRIES)
    for number in reversed(range(TRIES - 1)):
        is_taken, value = (builder.slice_axis(each, -1, number, number + 1) for each in (taken, cube))
        found = builder.where(is_taken, value, found)
    power = builder.exp(builder.log(1.0 - last) / alpha)  # brings alpha + 1 down to alpha
    return builder.reshape(found, last.shape) * mean * power
