"""How far a result may lie from the reference: c * eps * sqrt(K) * magnitude, with one named c per family.

K is the longest sum (or product, or search) behind one number of the result: rounding errors of K operations add up
like a random walk. The magnitude is that of the largest number of the result. The factors say how many roundings stand
behind one step of a sum; they are no number to be raised until a test passes.
"""

from __future__ import annotations

import math

EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}

FACTORS = {
    "movement": 0.0,  # numbers are moved, none is computed
    "random": 0.0,  # integers and powers of two
    "selection": 0.0,  # maxima, comparisons and one-hot codes choose among numbers
    "elementwise": 4.0,  # exp and its kin are good to 2 units, their derivatives take one or two operations more
    "reduction": 1.0,  # one rounding per addition
    "pooling": 1.0,
    "matmul": 2.0,  # one rounding per product and one per addition
    "convolution": 2.0,
    "composition": 8.0,  # a handful of functions one after the other
}


def tolerance(family: str, length: int, magnitude: float, dtype: str = "float32") -> float:
    """The largest difference that rounding explains.

    Args:
        family: a key of `FACTORS`.
        length: K, >= 1.
        magnitude: of the largest number of the result.
        dtype: in which the result was computed.
    """
    return FACTORS[family] * EPSILON[dtype] * math.sqrt(length) * magnitude
