"""`tf.dtypes`: types of numbers, and numbers brought to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.cli.tf import bool as bool
from pellucid.cli.tf import cast as cast
from pellucid.cli.tf import double as double
from pellucid.cli.tf import float16 as float16
from pellucid.cli.tf import float32 as float32
from pellucid.cli.tf import float64 as float64
from pellucid.cli.tf import half as half
from pellucid.cli.tf import int8 as int8
from pellucid.cli.tf import int16 as int16
from pellucid.cli.tf import int32 as int32
from pellucid.cli.tf import int64 as int64
from pellucid.cli.tf import string as string
from pellucid.cli.tf import uint8 as uint8
from pellucid.cli.tf import uint16 as uint16
from pellucid.cli.tf import uint32 as uint32
from pellucid.cli.tf import uint64 as uint64
from pellucid.cli.tf.elementwise import saturate_cast as saturate_cast

DType = np.dtype


def as_dtype(type_value: Any) -> np.dtype[Any]:
    """A type by its name, or as it is.

    Example:
        >>> as_dtype("float32")
        dtype('float32')
    """
    return np.dtype(type_value)
